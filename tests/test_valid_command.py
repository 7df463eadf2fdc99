"""`darknet classifier valid`: what it prints, draws and writes, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

import darknet
from conftest import ROOT
from darknet.cli import main
from darknet.confusion import confusion_matrix
from darknet.image import open_image
from darknet.reliability import reliability
from pure_colours import COLOURS, colour_net, prepare

SCHEMA = json.loads((ROOT / "docs/schemas/valid.schema.json").read_text())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight photographs, six of them what their folders say; the network; to work in."""
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> int:
    return main(["classifier", "valid", "photographs", "net.cfg", "net.weights", *words])


def test_the_command_prints_the_scores(folder, capsys):
    tables = ("--per-class", "--confused", "1", "--worst", "5")
    assert run("-t", "2", "--names", "names.list", *tables) == 0
    out = capsys.readouterr()
    lines = out.out.splitlines()
    assert lines[0] == "net.cfg on photographs"
    assert "photographs   8" in lines
    assert "classes       3   (of 3)" in lines
    assert "preprocess    whole" in lines
    assert "top-1         75.00 %   (6 of 8; 95 % interval 40.9 to 92.9)" in lines
    assert any(line.startswith("top-2         87.50 %") for line in lines)
    assert "loss          0.8664   (mean of -log p)" in lines
    assert "calibration   0.2500   (expected error, 15 bins)" in lines
    assert any(line.split() == ["red", "4", "75.0", "100.0", "green", "(1)"] for line in lines)
    assert any(line.split() == ["1", "red", "green"] for line in lines)
    assert any(line.endswith(f"{os.sep}7-red.png") for line in lines)
    assert out.err == ""


def test_the_form_of_c(folder, capsys):
    (folder / "valid.list").write_text(
        "\n".join(str(path) for path in sorted((folder / "photographs").rglob("*.png")))
    )
    (folder / "colours.data").write_text(
        "classes=3\nvalid = valid.list\nlabels = names.list\ntop = 2\n"
    )
    words = ["classifier", "valid", "colours.data", "net.cfg", "net.weights", "-i", "0", "-nogpu"]
    assert main(words) == 0
    assert "top-2         87.50 %" in capsys.readouterr().out


def test_json_follows_its_schema(folder, capsys):
    (folder / "photographs/red/broken.png").write_bytes(b"")
    assert run("--json", "--names", "names.list", "--worst", "1") == 2
    out = capsys.readouterr()
    document = json.loads(out.out)
    jsonschema.validate(document, SCHEMA)
    assert (document["photographs"], document["top1"], len(document["worst"])) == (8, 0.75, 1)
    assert document["unreadable"][0]["source"].endswith("broken.png")
    assert (document["cfg"], document["weights"]) == ("net.cfg", "net.weights")
    net = darknet.load("net.cfg", "net.weights", names="names.list")
    same = net.validate("photographs").to_dict(worst=1)
    assert set(document) - set(same) == {"weights"}
    for one in (same, document):
        for key in ("seconds_per_photograph", "network_seconds_per_photograph", "weights"):
            one.pop(key, None)
    assert same == document
    jsonschema.validate(
        {**same, "weights": "", "seconds_per_photograph": 0, "network_seconds_per_photograph": 0},
        SCHEMA,
    )


def test_unreadable_photographs_are_told_and_do_not_count(folder, capsys):
    (folder / "photographs/red/9.png").write_bytes(b"")
    (folder / "photographs/blue/9.png").write_bytes(b"<html>")
    assert run("--names", "names.list") == 2
    out = capsys.readouterr()
    told = [line for line in out.err.splitlines() if line.startswith("darknet: ")]
    assert [Path(line.split(": ")[1]).parent.name for line in told] == ["blue", "red"]
    assert "photographs   8   (2 more unreadable)" in out.out
    assert "top-1         75.00 %" in out.out


def test_csv_has_a_line_for_every_photograph(folder):
    (folder / "photographs/red/9.png").write_bytes(b"")
    assert run("--names", "names.list", "--csv", "new/answers.csv") == 2
    rows = list(csv.DictReader(io.StringIO((folder / "new/answers.csv").read_text())))
    assert len(rows) == 9
    assert [row["rank"] for row in rows] == ["1", "3", "1", "1", "1", "1", "1", "2", ""]
    assert rows[1] | {"file": ""} == {
        "file": "", "class": "2", "name": "blue", "answer": "0", "answer_name": "red",
        "probability": "0.5", "class_probability": "0.25", "rank": "3", "error": "",
    }  # fmt: skip
    assert "empty (0 bytes)" in rows[8]["error"]


def test_mistakes_are_drawn(folder):
    assert run("--names", "names.list", "--save", "mistakes.png") == 0
    picture = open_image("mistakes.png")
    # two mistakes, both above: red (taken for it, blue in truth), and green (taken for it)
    colours = {tuple(colour) for colour in picture.reshape(-1, 3)[::7].tolist()}
    assert {(255, 0, 0), (0, 255, 0)} <= colours
    assert (0, 0, 255) not in colours
    assert run("--names", "names.list", "--save", "one.png", "--worst", "1") == 0
    colours = {tuple(colour) for colour in open_image("one.png").reshape(-1, 3)[::7].tolist()}
    assert (255, 0, 0) in colours
    assert (0, 255, 0) not in colours


def test_the_matrix_by_hand(folder):
    found = colour_net().validate("photographs")
    assert found.matrix.tolist() == [[3, 1, 0], [0, 2, 0], [1, 0, 1]]
    assert found.matrix.dtype == np.int64
    assert found.to_dict()["matrix"] == found.matrix.tolist()
    nothing = replace(found, scored=(), names=[str(number) for number in range(101)])
    assert nothing.matrix.sum() == 0
    assert nothing.to_dict()["matrix"] is None


def test_the_matrix_and_the_calibration_are_drawn(folder):
    words = ("--matrix", "matrix.png", "--calibration", "new/calibration.png")
    assert run("--names", "names.list", *words) == 0
    found = colour_net().validate("photographs")
    title = "net.cfg on photographs: top-1 75.0 % of 8"
    assert Path("matrix.png").read_bytes() == confusion_matrix(COLOURS, found.matrix, title)
    expected = reliability(found.bins, found.calibration, title)
    assert Path("new/calibration.png").read_bytes() == expected


def test_no_mistakes_are_a_sheet_with_its_title(folder):
    (folder / "photographs/red/3-green.png").unlink()
    (folder / "photographs/blue/7-red.png").unlink()
    assert run("--names", "names.list", "--save", "none.png") == 0
    assert open_image("none.png").shape[0] < 100


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--save", "x.jpg"), "--save x.jpg: expected a name that ends in .png"),
        (("--matrix", "x.jpg"), "--matrix x.jpg: expected a name that ends in .png"),
        (("--calibration", "x"), "--calibration x: expected a name that ends in .png"),
        (("--matrix", "x.png", "--calibration", "x.png"), "x.png: is an input, or written twice"),
        (("--save", "photographs/red/0-red.png"), "0-red.png: is an input, or written twice"),
        (("--csv", "net.cfg"), "--csv net.cfg: is an input"),
        (("--csv", "x.png", "--save", "x.png"), "--csv x.png: is an input, or written twice"),
        (("--csv", "photographs"), "--csv photographs: expected a file's name, not a folder"),
        (("--csv", "names.list"), "--csv names.list: is an input"),
        (("--csv", "net.cfg/x.csv"), "cannot be made a folder"),
        (("--crops", "5", "--preprocess", "whole"), "5 crops are cut in their own way"),
        (("--crops", "3"), "Invalid value for '--crops'"),
        (("more",), "Got unexpected extra argument (more)"),
        (("--names", "none.list"), "none.list: cannot be read"),
    ],
)
def test_what_is_refused_before_the_work(folder, words, message, capsys):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    names = () if "--names" in words else ("--names", "names.list")
    assert run(*names, *words) == 2
    out = capsys.readouterr()
    assert message in out.err
    assert len(out.err.splitlines()) == 1
    assert out.out == ""
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_lists_of_the_data_are_kept(folder, capsys):
    (folder / "photographs/labels.tsv").write_text("file\tclass\nred/0-red.png\tred\n")
    (folder / "my.data").write_text("valid=photographs\nnames=names.list\n")
    words = ["classifier", "valid", "my.data", "net.cfg", "net.weights"]
    for name in ("photographs/labels.tsv", "my.data", "names.list"):
        before = (folder / name).read_bytes()
        assert main([*words, "--csv", name]) == 2
        assert f"--csv {name}: is an input" in capsys.readouterr().err
        assert (folder / name).read_bytes() == before


def test_missing_words_are_named(folder, capsys):
    for words, message in (
        ([], "Missing argument 'DATA'"),
        (["photographs"], "Missing argument 'CFG' or 'MODEL'"),
        (["photographs", "net.cfg"], "Missing argument 'WEIGHTS'"),
        (["nowhere", "net.cfg", "net.weights"], "nowhere: cannot be read: No such file"),
    ):
        assert main(["classifier", "valid", *words]) == 2
        assert message in capsys.readouterr().err


def test_limit_takes_a_sample(folder, capsys):
    assert run("--names", "names.list", "--limit", "3", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["photographs"], document["classes"]) == (3, 3)


def test_photographs_named_twice_are_told(folder, capsys):
    (folder / "my.list").write_text("photographs/red/0-red.png\nphotographs/red/0-red.png\n")
    words = ["my.list", "net.cfg", "net.weights", "--names", "names.list"]
    assert main(["classifier", "valid", *words]) == 0
    out = capsys.readouterr()
    assert "0-red.png: named 2 times, and counted so" in out.err
    assert "photographs   2" in out.out


def test_cs_other_names(folder, capsys):
    words = ["photographs", "net.cfg", "net.weights", "--names", "names.list", "--json"]
    for name, crops, method in (("valid10", 10, "crop"), ("validfull", 1, "whole")):
        assert main(["classifier", name, *words]) == 0
        document = json.loads(capsys.readouterr().out)
        assert (document["crops"], document["preprocess"]) == (crops, method)
    for name in ("validcrop", "validmulti"):
        assert main(["classifier", name, *words]) == 2
        assert f"classifier {name} is not here; use darknet classifier valid --" in (
            capsys.readouterr().err
        )
    assert main(["classifier", "validx", *words]) == 2
    assert "No such command 'validx'" in capsys.readouterr().err


def test_the_group_lists_it_once(capsys):
    assert main(["classifier"]) == 0
    out = capsys.readouterr().out
    assert out.count("\n  valid ") == 1
    assert "valid10" not in out


def test_a_bar_shows_the_scores_so_far(folder):
    pty = pytest.importorskip("pty", reason="pseudo-terminals are Unix's")
    program = (
        "import darknet.cli.progress as p; p.PATIENCE_SECONDS = 0.0\n"
        "from darknet.cli import main; import sys; sys.exit(main(sys.argv[1:]))"
    )
    words = ["photographs", "net.cfg", "net.weights", "--names", "names.list", "-t", "2"]
    child, terminal = pty.openpty()
    command = [sys.executable, "-c", program, "classifier", "valid", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=terminal, env={**os.environ, "COLUMNS": "120"}
    ) as started:
        os.close(terminal)
        drawn = b""
        while True:
            try:
                drawn += os.read(child, 4096)
            except OSError:
                break
        assert started.stdout is not None
        out = started.stdout.read()
        assert started.wait(30) == 0
    os.close(child)
    assert b"Validating: top-1 75.0, top-2 87.5" in drawn
    assert b"top-1         75.00 %" in out


def test_an_archive_is_answered_as_its_folder(folder, capsys):
    """With mistakes drawn from memory, where no file is on the disk."""
    with tarfile.open("colours.tar.xz", "w:xz") as opened:
        opened.add("photographs", "colours/test")
    options = ("--names", "names.list", "--json", "--worst", "2", "--save")
    assert run(*options, "folder.png") == 0
    of_folder = json.loads(capsys.readouterr().out)
    (folder / "photographs").rename("moved")
    words = ("classifier", "valid", "colours.tar.xz", "net.cfg", "net.weights", *options)
    assert main([*words, "archive.png"]) == 0
    of_archive = json.loads(capsys.readouterr().out)
    assert of_archive["top1"] == of_folder["top1"]
    (first, *_) = of_archive["worst"]
    assert first["source"] == "colours.tar.xz/colours/test/blue/7-red.png"
    with Image.open("folder.png") as one, Image.open("archive.png") as other:
        tiles = (0, 64, one.width, one.height)  # below the title, which has the data's name
        assert one.crop(tiles).tobytes() == other.crop(tiles).tobytes()
