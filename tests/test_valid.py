"""Validation: scores worked out by hand with networks whose answers are known."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import darknet
from conftest import ROOT, network
from darknet.errors import ImageError, InputError, Unreadable
from darknet.image import size_of
from darknet.labelled import read_labelled
from darknet.preprocess import METHODS, Views, views_of
from darknet.tasks.scores import Scored, Validation
from darknet.weights import Weights
from pure_colours import CFG, COLOURS, LN2, colour_net, paint, picker, prepare


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Eight photographs, six of them what their folders say; the network; to work in."""
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


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
    assert (one.low, one.high, one.count, one.accuracy) == (7 / 15, 8 / 15, 8, 0.75)
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
