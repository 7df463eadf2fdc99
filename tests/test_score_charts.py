"""Pictures of scores: a confusion matrix of any size, and confidence against accuracy."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from darknet.cli.scored import Outputs
from darknet.confusion import (
    MAX_CLASSES,
    NUMBERED,
    _coloured,
    _shrunk,
    clustered,
    confusion_matrix,
)
from darknet.errors import InputError
from darknet.reliability import _TOP, SIDE, Second, reliability
from darknet.tasks.scores import Bin

BLUE, RED = (33, 92, 152), (178, 34, 24)


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def names(count: int) -> list[str]:
    return [f"class {number}" for number in range(count)]


def colours(picture: np.ndarray) -> set[tuple[int, ...]]:
    return set(map(tuple, picture.reshape(-1, 3).tolist()))


# ---- the matrix


def test_colours_are_shares_of_the_row():
    found = _coloured(np.array([[9, 1, 0], [0, 50, 0], [0, 0, 0]]))
    assert tuple(found[1, 1]) == BLUE
    assert found[0, 2].tolist() == found[1, 0].tolist() == [247, 248, 250]  # never
    right, wrong = found[0, 0].astype(int), found[0, 1].astype(int)
    assert right[2] - right[0] > 100  # a dark blue
    assert wrong[0] - wrong[2] > 40  # a tenth of the row is well to be seen
    assert len({tuple(cell) for cell in found[2].tolist()}) == 1  # no photographs: grey
    assert tuple(_coloured(np.array([[0, 3], [0, 1]]))[0, 1]) == RED


def test_few_classes_have_numbers_and_stay_in_order():
    counts = np.diag([5, 5, 5])
    picture = opened(confusion_matrix(names(3), counts, "title"))
    blues = np.argwhere((picture == BLUE).all(2))
    rows, columns = blues[:, 0], blues[:, 1]
    assert abs(np.corrcoef(rows, columns)[0, 1]) > 0.8  # a diagonal, from the upper left
    assert (255, 255, 255) in colours(picture[rows.min() : rows.min() + NUMBERED])  # letters


@pytest.mark.parametrize("count", [1, 2, 10, 31, 100, 121, 500])
def test_any_number_of_classes_is_drawn(count):
    generator = np.random.default_rng(0)
    counts = generator.integers(0, 2, (count, count)) + 5 * np.eye(count, dtype=np.int64)
    pairs = ["7  dog, taken for cat"] * 20
    picture = opened(confusion_matrix(names(count), counts, "x" * 300, pairs))
    assert max(picture.shape) < 2500
    assert (247, 248, 250) in colours(picture) or count == 1


def test_more_classes_than_pixels_are_shrunk():
    colours = np.full((5, 5, 3), 200, np.uint8)
    colours[4, 1] = 10
    assert _shrunk(colours, 2)[..., 0].tolist() == [[200, 200], [10, 200]]


def test_names_of_any_kind_are_drawn():
    odd = ["", "x" * 500, "\u72ac", "a\nb\x1b"]
    confusion_matrix(odd, np.ones((4, 4), np.int64), "\u72ac$", ["\u72ac"])


def test_classes_that_are_confused_become_neighbours():
    """Three groups, dealt out like cards: their order is found again."""
    counts = 100 * np.eye(9, dtype=np.int64)
    for group in range(3):
        for one in range(group, 9, 3):
            for two in range(group, 9, 3):
                counts[one, two] += 10
    order = clustered(counts).tolist()
    assert sorted(order) == list(range(9))
    assert sorted(sorted(order[at : at + 3]) for at in (0, 3, 6)) == [
        [0, 3, 6], [1, 4, 7], [2, 5, 8],
    ]  # fmt: skip


def test_a_chain_of_confusions_stays_a_chain():
    """0 with 2, 2 with 4, 4 with 1: whichever pair is first, the ends meet."""
    counts = np.zeros((5, 5), np.int64)
    counts[0, 2], counts[2, 4], counts[1, 4] = 9, 5, 7
    order = clustered(counts).tolist()
    assert order[:4] in ([0, 2, 4, 1], [1, 4, 2, 0])
    assert order[4] == 3  # never confused: last


@pytest.mark.parametrize("count", [0, 1, 2])
def test_there_may_be_nothing_to_order(count):
    assert clustered(np.zeros((count, count), np.int64)).tolist() == list(range(count))


def test_too_many_classes_are_refused_before_the_work(tmp_path):
    outputs = Outputs([], matrix=str(tmp_path / "matrix.png"))
    outputs.check_classes(MAX_CLASSES)
    with pytest.raises(InputError, match=r"matrix\.png: 21,842 classes are too many to draw"):
        outputs.check_classes(21_842)
    Outputs([], save=str(tmp_path / "x.png")).check_classes(21_842)


# ---- calibration


def test_a_bar_ends_at_its_accuracy():
    """A quarter of those with a confidence of 1/2 is right: blue up to 25 %, red up to 50 %."""
    found = Bin(7 / 15, 8 / 15, 8, 0.5, 0.25)
    picture = opened(reliability([found], 0.25, "title"))
    column = picture[:, 74 + SIDE // 2 + 8]  # beside the diagonal
    blue = np.flatnonzero((column == (72, 120, 168)).all(1))
    red = np.flatnonzero((column == (233, 179, 171)).all(1))
    assert (blue.min(), blue.max()) == (_TOP + SIDE * 3 // 4 + 1, _TOP + SIDE)
    assert red.min() == _TOP + SIDE // 2
    assert (185, 220, 196) not in colours(picture[_TOP:])


def test_not_sure_enough_is_green():
    found = Bin(0.0, 1 / 15, 1, 0.05, 1.0)
    picture = opened(reliability([found], 0.95, "title"))
    assert (185, 220, 196) in colours(picture[_TOP:])
    assert (233, 179, 171) not in colours(picture[_TOP:])


def test_outputs_that_are_no_probabilities():
    picture = opened(reliability((), None, "title"))
    assert (72, 120, 168) not in colours(picture[_TOP:])


def test_an_svg_has_the_same_boxes():
    found = [Bin(7 / 15, 8 / 15, 8, 0.5, 0.25), Bin(14 / 15, 1.0, 2_500, 0.97, 0.99)]
    picture = opened(reliability(found, 0.25, "a & b"))
    drawn = ElementTree.fromstring(reliability(found, 0.25, "a & b", form="svg"))
    boxes = [element for element in drawn if element.get("x") and element.tag.endswith("rect")]
    assert len(boxes) == 3 + 2 * 3
    for box in boxes:
        x, y, wide, high = (float(box.get(name)) for name in ("x", "y", "width", "height"))
        seen = picture[round(y + high / 2), round(x + 2)]
        assert "#" + bytes(seen.tolist()).hex() == box.get("fill")
        assert wide > 0
    said = [element.text for element in drawn]
    assert "a & b" in said
    assert {"8", "2,500"} <= set(said)


def test_a_second_curve_is_drawn_over_the_bars():
    found = [Bin(0.4, 7 / 15, 8, 0.45, 0.25), Bin(14 / 15, 1.0, 2, 0.97, 0.99)]
    second = Second([Bin(0.4, 7 / 15, 8, 0.45, 0.75)], "later")
    dots = (138, 47, 0)
    assert dots not in colours(opened(reliability(found, 0.1, "title")))
    picture = opened(reliability(found, 0.1, "title", second=second))
    assert tuple(picture[_TOP + SIDE // 4, 74 + round(0.45 * SIDE)].tolist()) == dots
