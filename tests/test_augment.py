"""Augmentation, against the plain loops that Darknet's rules come to, in float64."""

from __future__ import annotations

import colorsys
import math
from dataclasses import replace

import numpy as np
import pytest

from conftest import network
from darknet.errors import InputError
from darknet.train.augment import Augmentation, Draw
from darknet.train.colour import distort

LEVEL = 1 / 255
STILL = Draw(1, 8, 0, 0, 0, False, 0, 1, 1, 0, 0, 0, 0)


def photograph(width: int, height: int, channels: int = 3, seed: int = 0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)


def inside(place: int, length: int, reflect: bool) -> int:
    """The pixel that is taken where `place` is meant: by walking there, one step at a time."""
    if not reflect or length == 1:
        return min(max(place, 0), length - 1)
    at, step = 0, 1
    for _ in range(abs(place)):
        if not 0 <= at + step < length:
            step = -step
        at += step
    return at  # to the left of pixel 0 comes pixel 1, as to its right


def plain(pixels, draw: Draw, width: int, height: int, center: bool = False, reflect: bool = False):
    """What C computes, pixel by pixel: (channels, height, width), before colours change."""
    tall, wide, channels = pixels.shape
    out = np.zeros((channels, height, width))
    shorter = tall if tall < wide * draw.aspect else max(1, int(wide * draw.aspect))  # C: / 0
    scale = draw.size / shorter
    dx = draw.across * (wide * scale / draw.aspect - width) / 2 + draw.left
    dy = draw.down * (tall * scale - height) / 2 + draw.up
    cos, sin = math.cos(draw.radians), math.sin(draw.radians)
    for y in range(height):
        for x in range(width):
            u = (x - width / 2) / scale * draw.aspect + dx / scale * draw.aspect
            v = (y - height / 2) / scale + dy / scale
            rx, ry = cos * u - sin * v + wide / 2, sin * u + cos * v + tall / 2
            if center:
                side = min(wide, tall)
                rx = (wide - side) // 2 + (x + draw.left) * (side - 1) / (width - 1)
                ry = (tall - side) // 2 + (y + draw.up) * (side - 1) / (height - 1)
            left, top = math.floor(rx), math.floor(ry)
            for j, i, share in (
                (top, left, (1 - ry + top) * (1 - rx + left)),
                (top, left + 1, (1 - ry + top) * (rx - left)),
                (top + 1, left, (ry - top) * (1 - rx + left)),
                (top + 1, left + 1, (ry - top) * (rx - left)),
            ):
                value = pixels[inside(j, tall, reflect), inside(i, wide, reflect)]
                out[:, y, x] += share * value / 255
    return out[:, :, ::-1] if draw.flip else out


def plain_colour(image, hue: float, saturation: float, exposure: float):
    """Through HSV and back, a pixel at a time."""
    out = np.zeros(image.shape)
    for y in range(image.shape[1]):
        for x in range(image.shape[2]):
            h, s, v = colorsys.rgb_to_hsv(*image[:, y, x].astype(float))
            out[:, y, x] = colorsys.hsv_to_rgb((h + hue) % 1, s * saturation, v * exposure)
    return out.clip(0, 1)


SHAPES = [(12, 9), (9, 12), (8, 8), (31, 20), (3, 40), (1, 1), (2, 1)]


@pytest.mark.parametrize(("wide", "tall"), SHAPES)
@pytest.mark.parametrize("options", [
    {"low": 8, "high": 8},
    {"low": 8, "high": 16},
    {"low": 4, "high": 30, "angle": 30, "aspect": 0.75},
    {"low": 5, "high": 9, "angle": 180, "aspect": 2, "translate": 3, "flip": True},
    {"low": 1, "high": 2, "angle": 45, "translate": 9},
    {"low": 8, "high": 16, "center": True, "flip": True, "translate": 2},
    {"low": 5, "high": 9, "angle": 180, "aspect": 2, "translate": 3, "reflect": True},
    {"low": 1, "high": 2, "angle": 45, "translate": 9, "reflect": True},
])  # fmt: skip
def test_windows_are_those_of_c(wide, tall, options):
    """A level of tolerance: pixels between pixels are rounded to one, once."""
    augmentation = Augmentation(width=8, height=8, **options)
    pixels = photograph(wide, tall)
    for draw in augmentation.draw(np.random.default_rng(1), 6):
        found = augmentation.apply(pixels, draw)
        assert found.dtype == np.float32
        wanted = plain(pixels, draw, 8, 8, augmentation.center, augmentation.reflect)
        np.testing.assert_allclose(found, wanted, atol=LEVEL)


def test_windows_need_not_be_square_nor_coloured():
    augmentation = Augmentation(width=6, height=11, low=9, high=14, angle=10)
    pixels = photograph(20, 15, channels=1)
    for draw in augmentation.draw(np.random.default_rng(2), 4):
        found = augmentation.apply(pixels, draw)
        np.testing.assert_allclose(found, plain(pixels, draw, 6, 11), atol=LEVEL)


def test_moving_by_whole_pixels_is_exact():
    """No rounding at all: levels come out as they went in, in photographs of several sizes."""
    augmentation = Augmentation(width=8, height=8, low=8, high=8, flip=True, translate=4)
    photographs = [photograph(8, 8, seed=n) for n in range(9)] + [photograph(10, 8)]
    draws = augmentation.draw(np.random.default_rng(3), 10)
    assert {draw.flip for draw in draws} == {False, True}
    assert max(abs(draw.left) for draw in draws) == 4
    out = np.full((10, 3, 8, 8), np.nan, np.float32)
    augmentation.apply_all(photographs, draws, out)
    for pixels, draw, found in zip(photographs, draws, out, strict=True):
        wanted = plain(pixels, draw, 8, 8)
        exact = pixels.shape[1] == 8
        np.testing.assert_allclose(found, wanted, atol=1e-6 if exact else LEVEL)
        np.testing.assert_array_equal(found, augmentation.apply(pixels, draw))


ROW = np.array([10, 20, 30, 40], np.uint8)


@pytest.mark.parametrize(
    ("left", "flip", "repeated", "mirrored"),
    [
        (0, False, [10, 20, 30, 40], [10, 20, 30, 40]),
        (-2, False, [10, 10, 10, 20], [30, 20, 10, 20]),
        (3, False, [40, 40, 40, 40], [40, 30, 20, 10]),
        (-2, True, [20, 10, 10, 10], [20, 10, 20, 30]),
        (-6, False, [10, 10, 10, 10], [10, 20, 30, 40]),  # a whole turn: 2 (4 - 1) pixels
        (7, False, [40, 40, 40, 40], [20, 30, 40, 30]),
    ],
)
def test_beyond_the_edge_it_is_repeated_or_the_photograph_mirrored(left, flip, repeated, mirrored):
    """Moved by whole pixels, to the right and down alike."""
    pixels = np.repeat(np.stack([ROW] * 4)[:, :, None], 3, axis=2)
    across = STILL._replace(size=4, left=left, flip=flip)
    down = STILL._replace(size=4, up=left)
    for reflect, wanted in ((False, repeated), (True, mirrored)):
        one = Augmentation(width=4, height=4, low=4, high=4, reflect=reflect)
        levels = np.rint(one.apply(pixels, across) * 255).astype(int)
        assert levels.tolist() == [[wanted] * 4] * 3
        if not flip:
            levels = np.rint(one.apply(pixels.transpose(1, 0, 2), down) * 255).astype(int)
            assert levels[0].T.tolist() == [wanted] * 4


def test_which_ones_are_mirrored_may_be_given_and_changes_no_other_draw():
    augmentation = Augmentation(width=8, height=8, low=8, high=16, angle=7, hue=0.1, flip=True)
    given = np.array([True, False, True, True])
    draws = augmentation.draw(np.random.default_rng(6), 4, given)
    assert [draw.flip for draw in draws] == given.tolist()
    others = augmentation.draw(np.random.default_rng(6), 4)
    assert [draw._replace(flip=False) for draw in draws] == [
        draw._replace(flip=False) for draw in others
    ]
    never = replace(augmentation, flip=False).draw(np.random.default_rng(6), 4, given)
    assert not any(draw.flip for draw in never)


def test_nothing_is_changed_by_default():
    pixels = photograph(8, 8)
    augmentation = Augmentation(width=8, height=8, low=8, high=8)
    (draw,) = augmentation.draw(np.random.default_rng(0), 1)
    np.testing.assert_allclose(
        augmentation.apply(pixels, draw), pixels.transpose(2, 0, 1) / 255, atol=1e-7
    )


@pytest.mark.parametrize("hue", [0, 0.1, -0.1, 0.5, -0.49, 1])
@pytest.mark.parametrize(("saturation", "exposure"), [(1, 1), (0.7, 1.4), (1.5, 0.6), (3, 3)])
def test_colours_are_those_of_hsv(hue, saturation, exposure):
    """Float32 against float64: 1e-5 is some hundred roundings."""
    image = photograph(16, 16).transpose(2, 0, 1).astype(np.float32) / 255
    image[:, 0] = [[0], [0], [0]]
    image[:, 1] = [[0.5], [0.5], [0.5]]
    image[:, 2] = [[1], [1], [0]]
    image[:, 3] = [[0.2], [1], [1]]
    image[:, 4] = [[1], [0], [1]]
    wanted = plain_colour(image, hue, saturation, exposure)
    distort(image[None], [hue], [saturation], [exposure])
    np.testing.assert_allclose(image, wanted, atol=1e-5)


def test_large_images_are_changed_in_strips_all_of_them():
    image = photograph(200, 170).transpose(2, 0, 1).astype(np.float32) / 255
    small = image[:, 100:102].copy()
    distort(image[None], [0.1], [0.8], [1.2])
    distort(small[None], [0.1], [0.8], [1.2])
    np.testing.assert_array_equal(image[:, 100:102], small)


def test_every_image_has_its_own_colours():
    """Many small images at once, some of them without a turn of the hue."""
    images = np.stack([photograph(9, 8, seed=n) for n in range(300)])
    images = np.ascontiguousarray(images.transpose(0, 3, 1, 2), np.float32) / 255
    generator = np.random.default_rng(0)
    hue, saturation, exposure = generator.uniform(0.5, 1.5, (3, 300)).astype(np.float32)
    hue[::3] = 0
    one_by_one = images.copy()
    for n in range(300):
        distort(one_by_one[n : n + 1], hue[n : n + 1], saturation[n : n + 1], exposure[n : n + 1])
    distort(images, hue, saturation, exposure)
    np.testing.assert_allclose(images, one_by_one, atol=1e-6)


def test_grey_has_exposure_alone():
    image = np.full((1, 2, 2), 0.4, np.float32)
    distort(image[None], [0.3], [2], [1.5])
    np.testing.assert_allclose(image, 0.6, atol=1e-6)
    distort(image[None], [0], [1], [5])
    assert (image == 1).all()


def test_a_square_becomes_grey_and_may_be_cut_off():
    augmentation = Augmentation(width=8, height=8, low=8, high=8, cutout=4)
    pixels = photograph(8, 8)
    for draw in augmentation.draw(np.random.default_rng(4), 20):
        found, plain_one = (
            a.apply(pixels, draw) for a in (augmentation, replace(augmentation, cutout=0))
        )
        grey = (found != plain_one).any(0)
        rows, columns = np.nonzero(grey)
        assert (found[:, grey] == 0.5).all()
        assert 2 <= np.ptp(rows) + 1 <= 4
        assert 2 <= np.ptp(columns) + 1 <= 4
        assert grey.sum() == (np.ptp(rows) + 1) * (np.ptp(columns) + 1)


def test_draws_are_uniform_and_within_what_net_says():
    augmentation = Augmentation(
        width=8, height=6, low=5, high=7, angle=90, aspect=0.5, hue=0.1, saturation=2,
        exposure=1.5, flip=True, translate=2, cutout=1,
    )  # fmt: skip
    draws = augmentation.draw(np.random.default_rng(5), 4000)
    columns = dict(zip(Draw._fields, np.array(draws, float).T, strict=True))
    for name, low, high in (
        ("aspect", 0.5, 2), ("size", 5, 7), ("radians", -math.pi / 2, math.pi / 2),
        ("across", -1, 1), ("down", -1, 1), ("flip", 0, 1), ("hue", -0.1, 0.1),
        ("saturation", 0.5, 2), ("exposure", 1 / 1.5, 1.5), ("left", -2, 2), ("up", -2, 2),
        ("column", 0, 7), ("row", 0, 5),
    ):  # fmt: skip
        drawn = columns[name]
        assert low <= drawn.min() < drawn.max() <= high
        assert drawn.min() < low + 0.05 * (high - low)
        assert drawn.max() > high - 0.05 * (high - low)
    assert 0.47 < columns["flip"].mean() < 0.53
    assert 0.47 < (columns["saturation"] > 1).mean() < 0.53
    between = columns["saturation"][columns["saturation"] > 1]
    assert 1.47 < between.mean() < 1.53
    assert [round((columns["left"] == n).mean(), 1) for n in range(-2, 3)] == [0.2] * 5


def test_one_option_does_not_change_what_is_drawn_for_the_others():
    small = Augmentation(width=8, height=8, low=8, high=16)
    large = replace(small, angle=7, hue=0.1, flip=True, translate=4, saturation=0.5)
    for one, other in zip(
        small.draw(np.random.default_rng(6), 9),
        large.draw(np.random.default_rng(6), 9),
        strict=True,
    ):
        assert (one.size, one.across, one.down) == (other.size, other.across, other.down)


def net(text: str):
    return network(f"[net]\n{text}\nchannels=3\n[softmax]\n").net


def test_net_says_what_is_done():
    found = Augmentation.of(
        net("width=224\nheight=200\nangle=7\nhue=.1\nsaturation=.75\naspect=.75")
    )
    assert (found.width, found.height, found.low, found.high) == (224, 200, 224, 448)
    assert (found.angle, found.hue, found.saturation, found.exposure) == (7, 0.1, 0.75, 1)
    assert found.flip
    assert found.colours
    found = Augmentation.of(net("width=28\nheight=28\nmin_crop=40\nmax_crop=32\nflip=0\ncenter=1"))
    assert (found.low, found.high, found.flip, found.center) == (32, 40, False, True)
    found = Augmentation.of(
        net("width=28\nheight=28\nmin_ratio=.5\nmax_ratio=1.99\ntranslate=4\ncutout=8")
    )
    assert (found.low, found.high, found.translate, found.cutout) == (14, 55, 4, 8)
    assert not any((found.colours, found.reflect, found.alternate))
    found = Augmentation.of(net("width=28\nheight=28\nreflect=1\nalternate_flip=1"))
    assert (found.reflect, found.alternate, found.flip) == (True, True, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("width=8\nheight=8\nsaturation=0", r"saturation=0: expected above 0 \(1 changes nothing"),
        ("width=8\nheight=8\naspect=-1", "aspect=-1: expected above 0"),
        ("inputs=8", r"\[net\]: no width and height; expected a network for photographs"),
        ("width=8\nheight=8\nmin_ratio=.01", "scaled to 0 to 16: expected at least 1"),
    ],
)
def test_what_cannot_be_done(text, message):
    with pytest.raises(InputError, match=message):
        Augmentation.of(net(text))
