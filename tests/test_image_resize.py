"""Darknet's resampling, against its routine as loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from darknet.image import resize
from photographs import RGB


def resized(pixels, width, height):
    """resize_image: columns first, then rows; the last of each is the image's own last."""
    rows, columns, channels = pixels.shape
    across = (columns - 1) / (width - 1) if width > 1 else 0
    down = (rows - 1) / (height - 1) if height > 1 else 0
    part = np.zeros((rows, width, channels))
    for r in range(rows):
        for c in range(width):
            if c == width - 1 or columns == 1:
                part[r, c] = pixels[r, columns - 1]
                continue
            x = int(c * across)
            share = c * across - x
            part[r, c] = (1 - share) * pixels[r, x] + share * pixels[r, x + 1]
    out = np.zeros((height, width, channels))
    for r in range(height):
        if r == height - 1 or rows == 1:
            out[r] = part[rows - 1]
            continue
        y = int(r * down)
        share = r * down - y
        out[r] = (1 - share) * part[y] + share * part[y + 1]
    return out


def test_resize_written_out():
    row = np.array([[[0], [100], [40]]], np.uint8)
    np.testing.assert_allclose(resize(row, 5, 1).ravel(), [0, 50, 100, 70, 40])
    column = row.transpose(1, 0, 2)
    np.testing.assert_allclose(resize(column, 1, 5).ravel(), [0, 50, 100, 70, 40])
    np.testing.assert_allclose(resize(row, 2, 3), [[[0], [40]]] * 3)


SIDES = st.integers(1, 12)
PICTURES = st.tuples(SIDES, SIDES, st.sampled_from([1, 3])).flatmap(
    lambda shape: arrays.arrays(np.uint8, shape)
)


@settings(deadline=None, max_examples=150)
@given(pixels=PICTURES, width=SIDES, height=SIDES)
def test_resize_is_darknets(pixels, width, height):
    found = resize(pixels, width, height)
    assert (found.shape, found.dtype) == ((height, width, pixels.shape[2]), np.float32)
    # Positions up to 11 in float32: 1e-6 of a pixel, times 255.
    np.testing.assert_allclose(found, resized(pixels, width, height), atol=2e-3)


@settings(deadline=None, max_examples=100)
@given(pixels=PICTURES, width=st.integers(1, 300), height=st.integers(1, 300))
def test_resize_stays_within_the_values_and_keeps_the_corners(pixels, width, height):
    found = resize(pixels, width, height)
    assert found.min() >= pixels.min() - 1e-3
    assert found.max() <= pixels.max() + 1e-3
    np.testing.assert_array_equal(found[-1, -1], pixels[-1, -1])
    if width > 1 and height > 1:
        np.testing.assert_array_equal(found[0, 0], pixels[0, 0])


def test_resize_to_its_own_size_changes_nothing_and_gives_an_array_of_its_own():
    found = resize(RGB, 3, 2)
    np.testing.assert_array_equal(found, RGB)
    assert not np.shares_memory(found, RGB)


@pytest.mark.parametrize("size", [(1, 1), (7, 1), (1, 7), (5, 3)])
def test_one_pixel_fills_any_size(size):
    assert (resize(np.full((1, 1, 3), 77, np.uint8), *size) == 77).all()
