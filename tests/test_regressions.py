"""Faults that readers, users and the fuzzer found, one test each, so that they stay mended."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import darknet
from conftest import ROOT, network, random_weights
from darknet.cli import main
from darknet.engines import Settings, open_engine
from darknet.errors import DarknetError, NetworkError
from darknet.options import MAX_WARNINGS
from darknet.preprocess import checked_method
from darknet.runner import Runner
from darknet.weights import Weights

IMAGE = "[net]\nwidth=16\nheight=16\nchannels=3\n"
SMALL = IMAGE + "[conv]\nfilters=4\nsize=3\npad=1\n[avgpool]\n[softmax]\n"


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with net.cfg, net.weights, names and a photograph, to work in."""
    (tmp_path / "net.cfg").write_text(SMALL)
    net = network(SMALL)
    Weights.initial(net, np.random.default_rng(3)).save(tmp_path / "net.weights", net)
    (tmp_path / "four.names").write_text("ant\nbee\ncat\n\x1b]0;owned\x07\n")
    Image.new("RGB", (20, 20), "red").save(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """A shell's command in which `darknet` is this one."""
    line = command.replace("darknet ", f"{sys.executable} -m darknet ", 1)
    return subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, timeout=60)


def test_answers_go_to_a_file_while_a_bar_is_drawn(small: Path) -> None:
    pty = pytest.importorskip("pty", reason="pseudo-terminals are Unix's")
    program = (
        "import time, darknet.cli.progress as p; p.PATIENCE_SECONDS = 0.0\n"
        "for n in p.progress(range(30), 30, 'Counting'): print('answer', n); time.sleep(.02)"
    )
    child, terminal = pty.openpty()
    with open("answers.txt", "w") as answers:
        command = [sys.executable, "-c", program]
        with subprocess.Popen(command, stdout=answers, stderr=terminal) as started:
            os.close(terminal)
            drawn = b""
            while True:
                try:
                    drawn += os.read(child, 4096)
                except OSError:
                    break
            assert started.wait(30) == 0
    os.close(child)
    assert len(Path("answers.txt").read_text().splitlines()) == 30
    assert b"Counting" in drawn
    assert b"answer" not in drawn


@pytest.mark.parametrize("name", ["resnet18", "resnext50"])
def test_a_resnet_does_not_take_photographs_whole(shared: Path, name: str) -> None:
    cfg = darknet.Cfg.read(shared / "data" / "cfg" / "pjreddie" / f"{name}.cfg")
    assert checked_method(None, darknet.Network.build(cfg)) == "crop"


def test_an_average_pool_inside_does_not_make_a_network_resizable() -> None:
    squeeze = "[conv]\nfilters=4\n[avgpool]\n[conv]\nfilters=4\n[scale_channels]\nfrom=-3\n"
    net = network(f"{IMAGE}{squeeze}[conv]\nfilters=2\n[softmax]\n")
    assert not net.resizable
    assert network(SMALL).resizable


def test_save_never_replaces_a_photograph(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("a.png").read_bytes()
    os.link("a.png", "hard.png")
    for target in ("a.png", ".", "hard.png"):
        assert main(["classify", "net.cfg", "net.weights", "a.png", "--save", target]) == 2
        assert "is read here" in capsys.readouterr().err
    assert Path("a.png").read_bytes() == before


def test_names_cannot_send_escapes_to_the_terminal(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["classify", "net.cfg", "net.weights", "a.png", "--names", "four.names"]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["classifier"]])
def test_without_arguments_there_is_help(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 0
    assert "Commands:\n" in capsys.readouterr().out


@pytest.mark.parametrize("flags", [["-i", "0"], ["-nogpu"]])
def test_old_flags_may_stand_before_the_command(small: Path, flags: list[str]) -> None:
    assert main([*flags, "classify", "net.cfg", "net.weights", "a.png", "-thresh", ".2"]) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a Unix shell's redirections")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_closed_streams_are_no_traceback(small: Path, closed: str) -> None:
    done = shell(f"darknet classify net.cfg net.weights a.png {closed}")
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


def test_completion_offers_files(small: Path) -> None:
    words = {"COMP_WORDS": "darknet classify ne", "COMP_CWORD": "2"}
    command = [sys.executable, "-m", "darknet"]
    environment = {**os.environ, **words, "_DARKNET_COMPLETE": "bash_complete"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("file,")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_pipes_are_refused_at_once(small: Path) -> None:
    os.mkfifo("pipe")
    for words in (["pipe", "net.weights", "a.png"], ["net.cfg", "pipe", "a.png"]):
        assert main(["classify", *words]) == 2
    assert main(["classify", "net.cfg", "net.weights", "pipe"]) == 2


def test_a_1x1_convolution_with_stride_and_padding_is_not_moved_by_an_engine(engine: str) -> None:
    net = network(
        f"{IMAGE}[activation]\nactivation=relu\n[conv]\nfilters=2\nsize=1\nstride=2\npadding=1\n"
    )
    weights = random_weights(net)
    batch = np.random.default_rng(0).uniform(-1, 1, (1, 3, 16, 16)).astype(np.float32)
    found = open_engine(engine, net, weights, 1, Settings()).run(batch)[0]
    wanted = open_engine("reference", net, weights, 1, Settings()).run(batch)[0]
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


def test_unequal_strides_with_room_for_one_window_are_right_in_every_engine(engine: str) -> None:
    net = network(
        "[net]\nwidth=3\nheight=16\nchannels=1\n"
        "[conv]\nfilters=8\nsize=3\nstride_x=2\nstride_y=1\nactivation=linear\n"
    )
    weights = random_weights(net)
    batch = np.random.default_rng(0).uniform(-1, 1, (1, 1, 16, 3)).astype(np.float32)
    found = open_engine(engine, net, weights, 1, Settings()).run(batch)[0]
    kernel, biases = weights[0]["weights"], weights[0]["biases"]
    rows = [(batch[0, 0, row : row + 3] * kernel[:, 0]).sum((1, 2)) + biases for row in range(14)]
    np.testing.assert_allclose(found[0, :, :, 0].T, rows, rtol=1e-4, atol=1e-5)


def test_many_strides_of_1x1_convolutions_do_not_overflow() -> None:
    net = network(IMAGE + "[conv]\nstride=2\nactivation=linear\n" * 40)
    engine = open_engine("openvino", net, random_weights(net), 1, Settings())
    assert engine.run(np.zeros((1, 3, 16, 16), np.float32))[0].shape == (1, 1, 1, 1)


def test_a_typed_photograph_is_not_replaced(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a.png\n"))
    before = Path("a.png").read_bytes()
    assert main(["classify", "net.cfg", "net.weights", "--save", "."]) == 2
    assert Path("a.png").read_bytes() == before


def test_one_layer_added_many_times_is_added_once() -> None:
    net = network(
        f"{IMAGE}[conv]\nfilters=2\n" + f"[shortcut]\nfrom={'-1,' * 100}\nbeta=.01\n" * 20
    )
    engine = open_engine("openvino", net, random_weights(net), 1, Settings())
    assert np.isfinite(engine.run(np.zeros((1, 3, 16, 16), np.float32))[0]).all()


@pytest.mark.parametrize(
    "section",
    [
        "[deconv]\nfilters=2\nstride=32768\n",
        "[shortcut]\nfrom=" + "0," * 200,
        "[route]\nlayers=" + "0," * 200,
    ],
)
def test_what_ends_or_stalls_an_engine_is_refused(section: str) -> None:
    with pytest.raises(DarknetError):
        network(f"{IMAGE}[conv]\nfilters=4\n[conv]\nfilters=4\n{section}")


def test_live_values_count_against_the_limit() -> None:
    wide = "[conv]\nfilters=64\n" * 20 + "".join(f"[shortcut]\nfrom={n}\n" for n in range(20))
    with pytest.raises(NetworkError, match="more than the limit"):
        network(IMAGE + wide, limit=20 * 64 * 16 * 16 * 4)


def test_thousands_of_sections_and_unknown_options_take_no_time() -> None:
    start = time.process_time()
    net = network(IMAGE + "".join(f"odd{n}=1\n" for n in range(20_000)) + "[avg]\n" * 5_000)
    assert len(net.warnings) == MAX_WARNINGS + 1
    assert all(line.isprintable() for line in net.warnings)
    assert time.process_time() - start < 20  # it took minutes; no benchmark


def test_common_options_belong_to_every_section_and_to_no_fork() -> None:
    net = network(f"{IMAGE}[local]\nfilters=2\nsize=3\ndontload=1\nstopbackward=1\n")
    assert net.fork == "pjreddie"
    assert net.parameters == 0
    assert net.warnings == ()


def test_closing_while_others_predict_is_safe(engine: str) -> None:
    net = network(SMALL)
    runner = Runner(net, random_weights(net), engine=engine)
    batch = np.zeros((1, 3, 16, 16), np.float32)
    failures: list[BaseException] = []

    def predict() -> None:
        try:
            for _ in range(20):
                runner.predict(batch)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=predict) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        runner.close()
    for thread in threads:
        thread.join()
    assert failures == []


def test_every_link_in_the_documents_leads_somewhere() -> None:
    import re

    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
