"""Validation: scores worked out by hand with networks whose answers are known; the command."""

from __future__ import annotations

import csv
import io
import json
import math
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
from conftest import ROOT, network
from darknet.cli import main
from darknet.confusion import confusion_matrix
from darknet.errors import ImageError, InputError, Unreadable
from darknet.image import open_image, size_of
from darknet.labelled import read_labelled
from darknet.preprocess import METHODS, Views, views_of
from darknet.reliability import reliability
from darknet.tasks.scores import Scored, Validation
from darknet.weights import Weights

COLOURS = ("red", "green", "blue")
SCHEMA = json.loads((ROOT / "docs/schemas/valid.schema.json").read_text())
CFG = """[net]
width=8
height=8
channels=3
[conv]
filters=3
size=1
activation=linear
[avgpool]
"""
SOFTMAX = f"{CFG}[softmax]\n"
LN2 = math.log(2)


def picker(text: str = SOFTMAX) -> tuple[darknet.Network, Weights]:
    """A network that answers the colour: a pure one gets 1/2, and the two others 1/4 each.

    The means of the channels, times ln 2, are the softmax's input: 2 : 1 : 1 for a pure colour.
    """
    net = network(text)
    weights = Weights.initial(net, np.random.default_rng(0))
    arrays = weights.arrays[0]
    arrays["biases"] = np.zeros(3, np.float32)  # type: ignore[index]
    arrays["weights"] = (LN2 * np.eye(3, dtype=np.float32)).reshape(3, 3, 1, 1)  # type: ignore[index]
    return net, weights


def colour_net(text: str = SOFTMAX) -> darknet.Net:
    net, weights = picker(text)
    return darknet.load(net.cfg, weights, names=COLOURS, engine="reference")


def paint(path: Path, colour: str, size: tuple[int, int] = (8, 8)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Pillow's "green" is (0, 128, 0): "lime" is the pure one
    Image.new("RGB", size, "lime" if colour == "green" else colour).save(path)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight photographs, six of them what their folders say; the network; to work in."""
    painted = "red/red red/red red/red red/green green/green green/green blue/blue blue/red"
    for number, words in enumerate(painted.split()):
        truth, colour = words.split("/")
        paint(tmp_path / "photographs" / truth / f"{number}-{colour}.png", colour)
    net, weights = picker()
    weights.save(tmp_path / "net.weights", net)
    (tmp_path / "net.cfg").write_text(SOFTMAX)
    (tmp_path / "names.list").write_text("\n".join(COLOURS))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> int:
    return main(["classifier", "valid", "photographs", "net.cfg", "net.weights", *words])


# ---- scores by hand


def test_scores_by_hand(folder):
    found = colour_net().validate("photographs", top=2)
    assert len(found) == 8
    assert found.top1 == 6 / 8
    # 3-green.png is red only second; 7-red.png has blue and green equal, and green comes first
    assert [one.rank for one in found.scored] == [0, 2, 0, 0, 0, 0, 0, 1]
    assert (found.topk, found.accuracy(3)) == (7 / 8, 1.0)
    assert found.loss == pytest.approx((6 * LN2 + 2 * 2 * LN2) / 8, rel=1e-6)
    # all confidences are 1/2, in the bin from 7/15 to 8/15; three quarters of the answers are right
    assert found.calibration == pytest.approx(0.25, abs=1e-6)
    (one,) = found.bins
    assert (one.low, one.high, one.photographs, one.accuracy) == (7 / 15, 8 / 15, 8, 0.75)
    assert found.interval(1) == pytest.approx((0.4093, 0.9285), abs=1e-4)  # Wilson, 6 of 8
    scores = [
        (one.index, one.photographs, one.top1, one.topk, one.mistake) for one in found.per_class
    ]
    assert scores == [(0, 4, 0.75, 1, (1, 1)), (1, 2, 1, 1, None), (2, 2, 0.5, 0.5, (0, 1))]
    assert [(c.truth, c.answer, c.photographs) for c in found.confused()] == [(0, 1, 1), (2, 0, 1)]
    assert [Path(one.source).name for one in found.worst()] == ["7-red.png", "3-green.png"]
    assert found.unreadable == ()
    assert found.preprocess == "whole"


def scored(*pairs: tuple[float, bool]) -> Validation:
    """Photographs of class 0 with these confidences, right or wrong."""
    ones = [Scored(str(n), 0, int(not ok), p, p if ok else 0.0, int(not ok))
            for n, (p, ok) in enumerate(pairs)]  # fmt: skip
    return Validation("c", "d", COLOURS, "crop", 1, False, 3, tuple(ones), (), 1.0, 0.5)


def test_calibration_by_hand():
    """Two of three at 0.9 are right: |2/3 - 0.9|; the one at 0.2 is wrong: 0.2. By number."""
    found = scored((0.9, True), (0.9, True), (0.9, False), (0.2, False))
    assert found.calibration == pytest.approx((3 * abs(2 / 3 - 0.9) + 0.2) / 4)
    assert scored((1.0, True)).calibration == 0
    assert scored((0.0, False)).calibration == 0
    # a bin has its upper end: 3/15 belongs to the third
    assert [one.high for one in scored((3 / 15, True)).bins] == [3 / 15]


def test_a_probability_of_zero_has_a_finite_loss():
    assert scored((1.0, False)).loss == pytest.approx(126 * LN2)


def test_mistakes_are_ordered():
    found = scored((0.3, False), (0.9, False), (0.99, True), (0.6, False))
    assert [one.probability for one in found.worst(2)] == [0.9, 0.6]
    assert found.worst(0) == []
    assert found.confused(0) == []


def test_outputs_that_are_no_probabilities_have_no_loss(folder):
    """Without the softmax the outputs are ln 2 and 0; three times that is more than 1."""
    net, weights = picker(CFG)
    weights.arrays[0]["weights"] *= 3  # type: ignore[index]
    loaded = darknet.load(net.cfg, weights, names=COLOURS, engine="reference")
    found = loaded.validate("photographs")
    assert (found.top1, found.loss, found.calibration, found.bins) == (0.75, None, None, ())
    assert "no softmax" in str(found)
    assert found.to_dict()["calibration"] == {"error": None, "bins": []}


def test_nothing_read_is_no_score_at_all(tmp_path):
    (tmp_path / "red").mkdir()
    (tmp_path / "red/1.png").write_bytes(b"no picture")
    found = colour_net().validate(tmp_path)
    assert math.isnan(found.top1)
    assert (found.loss, found.calibration, len(found), len(found.unreadable)) == (None, None, 0, 1)
    assert found.to_dict()["top1"] is None
    assert "1 more unreadable" in str(found)
    assert "1 more unreadable" in found._repr_html_()


def test_top_is_what_was_asked_or_the_data_say_or_five(folder):
    (folder / "my.data").write_text("valid=photographs\ntop=2\n")
    net = colour_net()
    assert net.validate("my.data").top == 2
    assert net.validate("my.data", top=1).top == 1
    assert net.validate("photographs").top == 3  # five, but there are three classes
    with pytest.raises(InputError, match="top=0: expected at least 1"):
        net.validate("photographs", top=0)


def test_batches_and_shapes_do_not_change_the_scores(folder):
    for number, size in enumerate([(9, 8), (8, 12), (9, 8), (30, 10)]):
        paint(folder / "photographs" / "blue" / f"x{number}.png", "blue", size)
    net = colour_net()
    expected = net.validate("photographs")
    assert len(expected) == 12
    paths = [one.path for one in read_labelled("photographs", COLOURS).photographs]
    assert [one.source for one in expected.scored] == paths
    for method in ("whole", "crop"):
        for batch in (1, 3, 64):
            found = net.validate("photographs", batch=batch, preprocess=method)
            assert [one.rank for one in found.scored] == [one.rank for one in expected.scored]
            assert found.loss == pytest.approx(expected.loss, rel=1e-6)


def test_photographs_of_one_shape_are_answered_together(folder):
    """Sizes in turn, as they lie in the folder, would be four changes of shape."""
    for path in (folder / "photographs").rglob("*.png"):
        path.unlink()
    for number in range(4):
        paint(folder / f"photographs/red/{number}.png", "red", (8, 8) if number % 2 else (16, 8))
    validator = colour_net().validator("photographs")
    order = [Path(one.source).stem for one in validator.run() if isinstance(one, Scored)]
    assert order == ["1", "3", "0", "2"]
    assert [Path(one.source).stem for one in validator.result().scored] == ["0", "1", "2", "3"]


def test_a_run_may_be_watched_and_left(folder):
    validator = colour_net().validator("photographs", top=2)
    assert validator.status() == ""
    said = [validator.status() for _ in validator.run()]
    assert said[0] == "top-1 100.0, top-2 100.0"
    assert said[-1] == "top-1 75.0, top-2 87.5"
    left = colour_net().validator("photographs")
    run = left.run()
    next(run)
    run.close()
    assert len(left.result()) == 1


def test_data_read_for_other_classes_are_refused(folder):
    data = read_labelled("photographs", (*COLOURS, "black"))
    with pytest.raises(InputError, match="read for 4 classes, but the network has 3"):
        colour_net().validate(data)


# ---- several views


SIDES = """[net]
width=2
height=1
channels=3
[connected]
output=2
activation=linear
[softmax]
"""


def test_the_mirror_image_is_averaged_by_hand(tmp_path):
    """Output 0 is the left pixel's red, output 1 the right one's, times ln 2.

    Left red alone: 2/3 and 1/3; with the mirror image both are 1/2.
    """
    net = network(SIDES)
    weights = Weights.initial(net, np.random.default_rng(0))
    table = np.zeros((2, 6), np.float32)  # the input is red left, red right, green left ...
    table[0, 0] = table[1, 1] = LN2
    weights.arrays[0]["biases"] = np.zeros(2, np.float32)  # type: ignore[index]
    weights.arrays[0]["weights"] = table.reshape(weights.arrays[0]["weights"].shape)  # type: ignore[index]
    pixels = np.zeros((1, 2, 3), np.uint8)
    pixels[0, 0, 0] = 255
    (tmp_path / "left").mkdir()
    Image.fromarray(pixels).save(tmp_path / "left/1.png")
    loaded = darknet.load(net.cfg, weights, names=("left", "right"), engine="reference")
    for flip, probability in ((False, 2 / 3), (True, 1 / 2)):
        found = loaded.validate(tmp_path, flip=flip)
        assert found.scored[0].truth_probability == pytest.approx(probability, rel=1e-6)
        assert (found.flip, found.crops) == (flip, 1)


def test_crops_are_the_corners_and_the_middle():
    """14 of 16 pixels: corners at 0 and 2, the middle at 1; nothing is resampled."""
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    images = views_of(pixels, 14, 14, "crop", Views.of(5))
    whole = pixels.transpose(2, 0, 1) / 255
    places = [(0, 0), (0, 2), (2, 0), (2, 2), (1, 1)]
    expected = np.stack([whole[:, top : top + 14, left : left + 14] for top, left in places])
    np.testing.assert_allclose(images, expected, atol=1e-6)
    ten = views_of(pixels, 14, 14, "crop", Views.of(10))
    np.testing.assert_allclose(ten, np.concatenate([expected, expected[..., ::-1]]), atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_one_view_is_the_prepared_photograph(method):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 16, 3), np.uint8)
    one, two = views_of(pixels, 14, 14, method, Views()), Views.of(1, flip=True)
    both = views_of(pixels, 14, 14, method, two)
    assert (len(one), len(both), two.count, Views.of(5).count, Views.of(10).count) == (
        1,
        2,
        2,
        5,
        10,
    )
    assert Views.of(5, flip=True) == Views.of(10)
    np.testing.assert_array_equal(both[0], one[0])
    np.testing.assert_array_equal(both[1], one[0][..., ::-1])


def test_strips_have_no_corners():
    with pytest.raises(ImageError, match="170 x 10 pixels is too long a strip for crops at its co"):
        views_of(np.zeros((10, 170, 3), np.uint8), 8, 8, "crop", Views.of(5))


def test_crops_of_every_size_and_batch_agree(folder):
    net = colour_net()
    for crops in (5, 10):
        expected = net.validate("photographs", crops=crops)
        assert (expected.crops, expected.flip, expected.top1) == (crops, crops == 10, 0.75)
        found = net.validate("photographs", crops=crops, batch=3)
        assert [one.rank for one in found.scored] == [one.rank for one in expected.scored]
    assert "10 crops, averaged" in str(expected)
    with pytest.raises(InputError, match="crops=3: expected 1, 5 or 10"):
        net.validate("photographs", crops=3)
    with pytest.raises(InputError, match="preprocess=whole: 5 crops are cut in their own way"):
        net.validate("photographs", crops=5, preprocess="whole")


def test_the_size_of_a_photograph_without_decoding_it(tmp_path):
    paint(tmp_path / "a.png", "red", (30, 20))
    (tmp_path / "b.png").write_bytes(b"none")
    assert size_of(str(tmp_path / "a.png")) == (30, 20)
    assert size_of(str(tmp_path / "b.png")) == size_of(str(tmp_path / "c.png")) == (0, 0)


# ---- the command


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


def test_notebooks_see_tables(folder):
    found = colour_net().validate("photographs")
    shown = found._repr_html_()
    assert "<td>75.00 %</td>" in shown
    assert shown.count("<table>") == 3
    odd = Validation(
        "<b>", "d", ("<i>", "x"), "crop", 1, False, 1,
        (Scored("<s>", 0, 1, 0.9, 0.1, 1),), (Unreadable("x", ImageError("x")),), 1.0, 0.5,
    )  # fmt: skip
    assert not {"<b>", "<i>", "<s>"} & set(odd._repr_html_().replace(">", "> ").split())
    assert repr(found).startswith(
        "<darknet.Validation test.cfg on photographs: 8 photographs, top-"
    )


# ---- real photographs


@pytest.mark.slow
def test_the_accuracy_of_tiny_darknet(shared):
    """63.6 and 84.4 % with crop, as measured when the photographs were chosen."""
    weights = shared / "data/weights/tiny/tiny.weights"
    net = darknet.load(ROOT / "cfg/tiny.cfg", weights)
    found = net.validate(shared / "data/imagenet500", preprocess="crop", batch=8)
    assert len(found) == 500
    assert found.top1 == pytest.approx(0.636, abs=0.004)
    assert found.topk == pytest.approx(0.844, abs=0.004)
    assert found.loss is not None
    assert 1.4 < found.loss < 1.6


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
