"""The command line: lines, exit codes, JSON, pictures; one process where that is what counts."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import jsonschema
import numpy as np
import pytest
from PIL import Image

from conftest import ROOT, network
from darknet.cli import COMMANDS, cli, main
from darknet.weights import Weights

SMALL = """
[net]
width=16
height=16
channels=3
[conv]
filters=4
size=3
pad=1
activation=leaky
[avgpool]
[softmax]
"""
SCHEMAS = ROOT / "docs" / "schemas"


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with net.cfg, net.weights, a.png, b.png and broken.png, to work in."""
    (tmp_path / "net.cfg").write_text(SMALL)
    net = network(SMALL)
    Weights.initial(net, np.random.default_rng(3)).save(tmp_path / "net.weights", net)
    for name, colour in (("a", "red"), ("b", "blue")):
        Image.new("RGB", (20, 20), colour).save(tmp_path / f"{name}.png")
    (tmp_path / "broken.png").write_bytes((tmp_path / "a.png").read_bytes()[:40])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> int:
    """The command with the small network."""
    return main(["classify", "net.cfg", "net.weights", *words])


def process(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    command = [sys.executable, "-m", "darknet", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)  # type: ignore[call-overload]


def test_classify_prints_darknets_lines(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("a.png", "-t", "2") == 0
    first, *classes = capsys.readouterr().out.splitlines()
    assert first.startswith("a.png: Predicted in 0.")
    assert first.endswith(" seconds.")
    assert len(classes) == 2
    name, probability = classes[0].split(": ")
    assert name.startswith("class ")
    assert len(probability.split(".")[1]) == 6


def test_json_follows_its_schema(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("a.png", "broken.png", "--json") == 2
    out = capsys.readouterr()
    document = json.loads(out.out)
    jsonschema.validate(document, json.loads((SCHEMAS / "classify.schema.json").read_text()))
    assert [result["source"] for result in document["results"]] == ["a.png", "broken.png"]
    assert "broken.png" in document["results"][1]["error"]


def test_summary_json_follows_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", str(ROOT / "cfg" / "tiny.cfg"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json.loads((SCHEMAS / "summary.schema.json").read_text()))
    assert document["parameters"] == 1_046_488


def test_a_broken_photograph_does_not_stop_the_others(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("broken.png", "missing.png", "b.png", "-t", "1") == 2
    out = capsys.readouterr()
    assert out.out.startswith("b.png: Predicted")
    errors = [line for line in out.err.splitlines() if line.startswith("darknet: ")]
    assert [line.split(":")[1].strip() for line in errors] == ["broken.png", "missing.png"]


def test_folders_and_patterns_are_expanded(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small / "broken.png").unlink()
    (small / "more").mkdir()
    shutil.copy(small / "a.png", small / "more" / "c.PNG")
    for words in ((".",), ("./*.png", "more")):
        assert run(*words, "-t", "1") == 0
        named = [line for line in capsys.readouterr().out.splitlines() if "Predicted" in line]
        assert [Path(line.split(":")[0]).name for line in named] == ["a.png", "b.png", "c.PNG"]


@pytest.mark.parametrize("word", ["*.tga", "empty"])
def test_nothing_found_is_an_error_that_costs_the_others_nothing(
    small: Path, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (small / "empty").mkdir()
    assert run(word) == 2
    assert word in capsys.readouterr().err
    assert run("a.png", word, "b.png", "--save", "drawn") == 2
    out, err = capsys.readouterr()
    assert [line.split(":")[0] for line in out.splitlines() if "Predicted" in line] == [
        "a.png", "b.png",
    ]  # fmt: skip
    assert err.splitlines()[-1].startswith(f"darknet: {word}: no ")
    assert sorted(os.listdir("drawn")) == ["a.png", "b.png"]
    assert run("a.png", word, "b.png", "--json") == 2
    results = json.loads(capsys.readouterr().out)["results"]
    assert [one["source"] for one in results] == ["a.png", word, "b.png"]
    assert results[1]["error"].startswith(f"{word}: no ")


def test_a_program_that_sends_no_paths_is_told(
    small: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert run() == 2
    assert "no IMAGE is given, and standard input has no paths" in capsys.readouterr().err


def test_bytes_that_are_no_photograph_are_told_as_the_argument_is_written(
    small: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"hello, this is text")))
    assert run("-", "a.png", "--json") == 2
    first, second = json.loads(capsys.readouterr().out)["results"]
    assert first["source"] == "-"
    assert first["error"].startswith("-: ")
    assert second["source"] == "a.png"


def test_paths_come_from_stdin(
    small: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a.png\n\n  b.png \n"))
    assert run("-t", "1") == 0
    out = capsys.readouterr().out
    assert "a.png: Predicted" in out
    assert "b.png: Predicted" in out
    assert "Enter Image Path" not in out  # no terminal, no prompt


def test_a_photograph_comes_from_stdin(small: Path) -> None:
    command = [sys.executable, "-m", "darknet", "classify", "net.cfg", "net.weights", "-"]
    done = subprocess.run(
        [*command, "--save", "out.png"],
        input=(small / "a.png").read_bytes(),
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith(b"-: Predicted in")
    with Image.open("out.png") as picture:
        assert picture.size[0] == 640


def test_save_draws_one_picture_or_a_folder_of_them(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("a.png", "--save", "answer.png") == 0
    with Image.open("answer.png") as picture:
        assert picture.format == "PNG"
    (small / "other").mkdir()
    shutil.copy("a.png", "other/a.png")
    assert run("a.png", "other/a.png", "--save", "drawn") == 0
    assert sorted(os.listdir("drawn")) == ["a-2.png", "a.png"]
    assert run("a.png", "--save", "answer.jpg") == 2
    assert "answer.jpg" in capsys.readouterr().err


def test_classifier_predict_takes_names_and_top_from_the_data_file(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (small / "my.names").write_text("ant\nbee\ncat\ndog\n")
    (small / "my.data").write_text("classes=4\nnames = my.names\ntop=3\n")
    assert main(["classifier", "predict", "my.data", "net.cfg", "net.weights", "a.png"]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert len(lines) == 3
    assert {line.split(":")[0] for line in lines} < {"ant", "bee", "cat", "dog"}


def test_classifier_predict_tells_that_the_data_file_is_of_another_network(
    small: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (small / "my.data").write_text("classes=5\nvald=x\n")
    assert main(["classifier", "predict", "my.data", "net.cfg", "net.weights", "a.png"]) == 0
    assert caplog.messages == [
        'my.data:2: vald= is not known; did you mean "valid"?',
        "my.data: classes=5, but net.cfg has 4 outputs",
    ]


def test_verbose_prints_the_table_to_stderr(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("a.png", "-v", "-nogpu", "-i", "0") == 0
    out = capsys.readouterr()
    assert out.err.startswith("layer     filters")
    assert "OpenVINO" in out.err
    assert out.out.startswith("a.png: Predicted")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["clasify"], "classify"),
        (["classify"], "CFG"),
        (["classify", "net.cfg", "net.weights", "a.png", "--tpo", "3"], "--top"),
        (["classify", "net.cfg", "net.weights", "a.png", "-t", "0"], "0"),
        (["classify", "net.cfg", "net.weights", "a.png", "--engine", "tensorflow"], "openvino"),
        (["classify", "net.weights", "net.cfg", "a.png"], "swapped"),
        (["classify", "net.cfg", "a.png", "a.png"], "PNG"),
        (["classify", "net.cfg", "net.weights", "a.png", "--names", "none.txt"], "none.txt"),
        (["summary", "a.png"], "swapped"),
        (["summary", "."], "folder"),
        (["help", "convolutionel"], "convolutional"),
        (["completion", "powershell"], "bash"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    small: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.startswith("darknet: ")
    assert out.err.count("\n") == 1
    assert said in out.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-top", "2"], "not a valid integer range; did you mean --top?"),
        (["-json"], "No such option '-json'; did you mean --json?"),
        (["-t", "op"], "not a valid integer range (see"),
    ],
)
def test_one_dash_in_place_of_two_is_told(
    small: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("a.png", *words) == 2
    assert said in capsys.readouterr().err


def test_unknown_options_of_a_cfg_are_told(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small / "odd.cfg").write_text(SMALL.replace("size=3", "size=3\nstrid=1"))
    assert main(["summary", "odd.cfg"]) == 0
    assert 'did you mean "stride"' in capsys.readouterr().err


def commands() -> list[list[str]]:
    """Every command and subcommand."""
    found = []
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        found.append([name])
        if isinstance(command, click.Group):
            found += [[name, inner] for inner in command.commands]
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_has_help_and_stands_in_the_reference(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--help"]) == 0
    assert capsys.readouterr().out.startswith("Usage: darknet " + " ".join(words))
    page = (ROOT / "docs" / "reference" / "commands.md").read_text()
    assert f"## darknet {' '.join(words)}\n" in page


def test_help_explains_sections_from_their_declarations(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["help", "conv"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("[convolutional] (also [conv])")
    assert "at least 1" in out
    assert main(["help", "--json"]) == 0
    names = [found["section"] for found in json.loads(capsys.readouterr().out)["sections"]]
    assert names[0] == "net"
    assert "softmax" in names


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_command(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    assert main(["completion", shell]) == 0
    assert "_DARKNET_COMPLETE" in capsys.readouterr().out


def test_the_reader_may_go_away() -> None:
    command = f"{sys.executable} -m darknet summary {ROOT / 'cfg' / 'tiny.cfg'} | head -1"
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith("layer")
    assert done.stderr == ""


def test_a_full_disk_is_one_line() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "darknet", "summary", str(ROOT / "cfg" / "tiny.cfg")],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "No space left" in done.stderr


def test_ctrl_c_leaves_with_130_and_no_traceback(small: Path) -> None:
    pty = pytest.importorskip("pty", reason="pseudo-terminals are Unix's")
    child, terminal = pty.openpty()
    command = [sys.executable, "-m", "darknet", "classify", "net.cfg", "net.weights"]
    with subprocess.Popen(
        command,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background
    ) as started:
        os.close(terminal)
        assert started.stderr is not None
        said = b""
        while not said.endswith(b"Enter Image Path:"):
            said += started.stderr.read(1)
        time.sleep(0.1)
        started.send_signal(signal.SIGINT)
        error = started.stderr.read().decode()
        assert started.wait(30) == 130
    os.close(child)
    assert "Traceback" not in error


def test_the_answer_of_the_classic_page(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = shared / "data"
    weights, photograph = data / "weights/tiny/tiny.weights", data / "images/dog.jpg"
    assert main(["classify", str(ROOT / "cfg/tiny.cfg"), str(weights), str(photograph)]) == 0
    names = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert names == ["malamute", "Eskimo dog", "dogsled", "standard schnauzer", "Siberian husky"]


def test_a_command_of_c_that_is_not_here_yet_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detector", "test", "coco.data", "yolo.cfg", "yolo.weights"]) == 2
    line = capsys.readouterr().err
    assert line.startswith("darknet: detector: detection is not in this version yet")


@pytest.mark.parametrize("command", ["export", "visualize", "classify"])
def test_a_misspelt_model_is_told_where_weights_could_follow(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "tinny", "x.onnx"]) == 2
    assert 'no model of this name; did you mean "tiny"?' in capsys.readouterr().err
