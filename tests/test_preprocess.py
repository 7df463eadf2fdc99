"""The ways to bring a photograph to size: sizes, pixels, and what tiny answers then."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import darknet
from conftest import ROOT, network
from darknet.errors import ImageError, InputError
from darknet.preprocess import METHODS, checked_method, prepare

FULLY = network("[net]\nwidth=8\nheight=8\nchannels=3\n[conv]\nfilters=4\n[avgpool]\n")
FIXED = network("[net]\nwidth=8\nheight=8\nchannels=3\n[connected]\noutput=4\n")


def noise(width, height, channels=3):
    shape = (height, width, channels)
    return np.random.default_rng(width * 1000 + height).integers(0, 256, shape, np.uint8)


def numbered(width, height):
    """Pixels that say where they come from: red the row, green the column."""
    rows, columns = np.mgrid[:height, :width]
    return np.dstack([rows, columns, 0 * rows]).astype(np.uint8)


# ---- which method


def test_whole_is_the_default_where_the_network_can_be_resized():
    assert checked_method(None, FULLY) == "whole"
    assert checked_method(None, FIXED) == "crop"


@pytest.mark.parametrize("method", METHODS)
def test_every_method_can_be_chosen(method):
    assert checked_method(method, FULLY) == method


def test_whole_needs_a_network_that_can_be_resized():
    with pytest.raises(
        InputError, match=r"whole: test.cfg .*; use crop, area, square or letterbox"
    ):
        checked_method("whole", FIXED)


def test_the_command_line_offers_them_all():
    from darknet.cli.classify import classify

    (option,) = (each for each in classify.params if each.name == "preprocess")
    assert list(option.type.choices) == list(METHODS)


def test_an_unknown_method_is_named_with_its_neighbour():
    with pytest.raises(InputError, match=r'leterbox: expected one of .*did you mean "letterbox"'):
        checked_method("leterbox", FULLY)


# ---- sizes


SIZES = [  # photograph, network, what `whole` gives: (width, height) each
    ((500, 333), (224, 224), (336, 224)),  # 500 * 224 / 333 = 336.3
    ((333, 500), (224, 224), (224, 336)),
    ((768, 576), (224, 224), (298, 224)),  # dog.jpg
    ((224, 224), (224, 224), (224, 224)),
    ((100, 100), (224, 224), (224, 224)),
    ((1, 1), (224, 224), (224, 224)),
    ((1, 16), (28, 28), (28, 448)),
    ((16, 1), (28, 28), (448, 28)),
    ((50, 20), (32, 16), (40, 16)),  # the shorter side of the network
]


@pytest.mark.parametrize(("photograph", "net", "expected"), SIZES)
def test_whole_brings_the_shorter_side_to_the_networks(photograph, net, expected):
    assert prepare(noise(*photograph), *net, "whole").shape == (3, expected[1], expected[0])


@pytest.mark.parametrize("size", [(1, 17), (17, 1), (3, 1000)])
def test_whole_refuses_a_long_strip(size):
    with pytest.raises(ImageError, match=rf"{size[0]} x {size[1]} pixels is too long a strip"):
        prepare(noise(*size), 8, 8, "whole")


SIDES = st.integers(1, 80)


@settings(deadline=None, max_examples=150)
@given(photograph=st.tuples(SIDES, SIDES), net=st.tuples(SIDES, SIDES))
@pytest.mark.parametrize("method", ["letterbox", "crop", "square", "area"])
def test_the_other_methods_give_the_networks_size(method, photograph, net):
    image = prepare(noise(*photograph), *net, method)
    assert (image.shape, image.dtype) == ((3, net[1], net[0]), np.float32)
    assert image.flags.c_contiguous
    assert image.min() >= 0
    assert image.max() <= 1


@settings(deadline=None, max_examples=150)
@given(photograph=st.tuples(SIDES, SIDES), net=st.tuples(SIDES, SIDES))
def test_letterbox_is_the_largest_whole_photograph_with_grey_around(photograph, net):
    (have_w, have_h), (w, h) = photograph, net
    if w / have_w < h / have_h:  # as C has it: the other side is cut to whole pixels
        inner_w, inner_h = w, have_h * w // have_w
    else:
        inner_w, inner_h = have_w * h // have_h, h
    inner_w, inner_h = max(1, inner_w), max(1, inner_h)  # C makes nothing of a thin strip
    expected = np.full((3, h, w), 0.5, np.float32)
    left, top = (w - inner_w) // 2, (h - inner_h) // 2
    expected[:, top : top + inner_h, left : left + inner_w] = 1
    white = np.full((have_h, have_w, 3), 255, np.uint8)
    np.testing.assert_array_equal(prepare(white, w, h, "letterbox"), expected)


@pytest.mark.parametrize("method", ["letterbox", "crop", "square", "area"])
@pytest.mark.parametrize("strip", [(1, 60_000), (60_000, 1), (3, 5_000)])
def test_strips_of_any_length_cost_little(method, strip):
    assert prepare(noise(*strip), 64, 32, method).shape == (3, 32, 64)


# ---- pixels


def test_values_are_0_to_1_channels_first():
    image = prepare(np.array([[[0, 51, 255]]], np.uint8), 2, 2, "square")
    for plane, value in zip(image, (0, 0.2, 1), strict=True):
        np.testing.assert_allclose(plane, value, rtol=1e-6)


def test_grey_stays_one_channel():
    for method in METHODS:
        assert prepare(noise(9, 8, 1), 8, 8, method).shape[0] == 1


@pytest.mark.parametrize(
    ("size", "top", "left"), [((13, 8), 0, 2), ((8, 13), 2, 0), ((8, 8), 0, 0), ((11, 8), 0, 1)]
)
def test_crop_square_and_area_take_the_middle(size, top, left):
    # The shorter side fits already: nothing is resampled. (13 - 8) / 2 = 2 pixels go before.
    for method in ("crop", "square", "area"):
        red, green, _ = np.rint(prepare(numbered(*size), 8, 8, method) * 255)
        assert red[:, 0].tolist() == list(range(top, top + 8))
        assert green[0].tolist() == list(range(left, left + 8))


def test_crop_resizes_before_it_cuts_and_square_after():
    picture = numbered(32, 16)  # to 16 x 8, aligned at the corners: every 2.07th column
    crop = prepare(picture, 8, 8, "crop")[1, 0] * 255
    square = prepare(picture, 8, 8, "square")[1, 0] * 255
    np.testing.assert_allclose(crop, [column * 31 / 15 for column in range(4, 12)], rtol=1e-5)
    np.testing.assert_allclose(square, [8 + column * 15 / 7 for column in range(8)], rtol=1e-5)


def grey(*rows):
    """A grey photograph of these rows."""
    return np.array(rows, np.uint8)[:, :, None]


def area(pixels, width, height):
    return prepare(pixels, width, height, "area")[0] * np.float32(255)


def test_area_is_the_mean_of_the_pixels_that_fall_into_one():
    picture = grey([10, 20, 0, 0], [30, 40, 0, 4], [1, 1, 255, 255], [1, 2, 255, 255])
    np.testing.assert_allclose(area(picture, 2, 2), [[25, 1], [1.25, 255]], rtol=1e-6)


def test_area_shares_a_pixel_that_falls_into_two():
    # Three to two: each new pixel has one whole old one and half of the middle one.
    # (0 + 90/2) / 1.5 = 30, (90/2 + 30) / 1.5 = 50; the rows likewise, all three equal.
    picture = grey([0, 90, 30], [0, 90, 30], [0, 90, 30])
    np.testing.assert_allclose(area(picture, 2, 2), [[30, 50], [30, 50]], rtol=1e-6)
    np.testing.assert_allclose(area(picture.swapaxes(0, 1), 2, 2), [[30, 30], [50, 50]], rtol=1e-6)


@pytest.mark.parametrize("upright", [False, True])
def test_area_cuts_the_middle_out_after_averaging(upright):
    # 10 x 4 to 5 x 2, of which columns 1 and 2 (from 0) are the middle: old columns 2 to 5.
    picture = grey(*[[0, 0, 10, 20, 30, 50, 99, 99, 99, 99]] * 4)
    expected = np.array([[15, 40], [15, 40]])
    if upright:
        picture, expected = picture.swapaxes(0, 1), expected.T
    np.testing.assert_allclose(area(picture, 2, 2), expected, rtol=1e-6)


@pytest.mark.parametrize("size", [(32, 32), (40, 32), (32, 57), (20, 20), (31, 90), (1, 1)])
def test_area_is_crop_where_there_is_nothing_to_average(size):
    picture = noise(*size)
    np.testing.assert_array_equal(
        prepare(picture, 32, 32, "area"), prepare(picture, 32, 32, "crop")
    )


def test_area_of_the_networks_size_is_the_photograph_itself():
    picture = noise(32, 32)
    np.testing.assert_array_equal(
        prepare(picture, 32, 32, "area"), picture.transpose(2, 0, 1) * np.float32(1 / 255)
    )


def test_area_makes_grey_of_a_fine_pattern_and_crop_does_not():
    rows, columns = np.mgrid[:320, :320]
    board = ((rows + columns) % 2 * 255).astype(np.uint8)[:, :, None]
    np.testing.assert_array_equal(area(board, 32, 32), np.full((32, 32), 127.5))
    assert np.ptp(prepare(board, 32, 32, "crop")) > 0.9


def test_area_is_pillows_box_filter_where_a_whole_number_of_pixels_falls_into_one():
    picture = noise(32 * 9, 32 * 9)
    theirs = np.asarray(Image.fromarray(picture).resize((32, 32), Image.Resampling.BOX))
    ours = prepare(picture, 32, 32, "area").transpose(1, 2, 0) * 255
    assert np.abs(ours - theirs).max() <= 1  # they round, rows and columns


@settings(deadline=None, max_examples=100)
@given(photograph=st.tuples(SIDES, SIDES), net=st.tuples(SIDES, SIDES), value=st.integers(0, 255))
def test_area_keeps_one_colour(photograph, net, value):
    picture = np.full((photograph[1], photograph[0], 3), value, np.uint8)
    image = prepare(picture, *net, "area")
    np.testing.assert_array_equal(image, np.float32(value) * np.float32(1 / 255))


def test_whole_and_letterbox_keep_the_corners():
    picture = numbered(40, 20)
    for image in (prepare(picture, 8, 8, "whole"), prepare(picture, 8, 8, "letterbox")[:, 2:6]):
        assert image[:, 0, 0].tolist() == [0, 0, 0]
        np.testing.assert_allclose(image[:, -1, -1] * 255, [19, 39, 0], rtol=1e-5)


# ---- real weights and photographs

DOG = {
    "whole": "malamute .170, Eskimo dog .066, dogsled .065, standard schnauzer .050, "
    "Siberian husky .038",
    "letterbox": "malamute .1451, Newfoundland .0609, dogsled .0559, standard schnauzer .0455, "
    "Eskimo dog .0405",
    "crop": "dogsled .447998, malamute .122784, Afghan hound .059693, collie .050339, "
    "Eskimo dog .038743",
}
"""What the classic Darknet, pjreddie's of today and AlexeyAB's answer (semantics.md)."""


@pytest.fixture(scope="module")
def tiny(shared):
    pytest.importorskip("openvino")
    with darknet.load(
        ROOT / "cfg" / "tiny.cfg", shared / "data" / "weights" / "tiny" / "tiny.weights"
    ) as loaded:
        yield loaded


@pytest.mark.parametrize(("method", "expected"), DOG.items(), ids=DOG)
def test_dog_jpg_is_answered_as_by_each_darknet(tiny, shared, method, expected):
    top = tiny.classify(shared / "data" / "images" / "dog.jpg", preprocess=method).top(5)
    pairs = [answer.rsplit(" ", 1) for answer in expected.split(", ")]
    assert [name for name, _ in top] == [name for name, _ in pairs]
    # Another JPEG decoder's rounding: up to 0.003 here.
    found = [probability for _, probability in top]
    assert found == pytest.approx([float(probability) for _, probability in pairs], abs=0.01)


def test_the_default_is_the_published_answer(tiny, shared):
    dog = shared / "data" / "images" / "dog.jpg"
    assert tiny.classify(dog).top(5) == tiny.classify(dog, preprocess="whole").top(5)


@pytest.mark.slow
def test_tiny_is_as_accurate_as_published_on_500_photographs(tiny, shared):
    folder = shared / "data" / "imagenet500"
    with (folder / "labels.tsv").open(newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        labels = {row["file"]: int(row["darknet_index"]) for row in rows}
    answers = tiny.classify([folder / name for name in labels], preprocess="crop", batch=25)
    ranks = [answer.ranking(5) for answer in answers]
    truth = list(labels.values())
    top1 = np.mean([rank[0] == label for rank, label in zip(ranks, truth, strict=True)])
    top5 = np.mean([label in rank for rank, label in zip(ranks, truth, strict=True)])
    assert len(truth) == 500
    assert 100 * top1 == pytest.approx(63.6, abs=0.4)
    assert 100 * top5 == pytest.approx(84.4, abs=0.4)
