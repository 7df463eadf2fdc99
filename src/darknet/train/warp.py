"""Sampling a photograph: by whole pixels, or bilinearly at any place.

Whole numbers are the middles of pixels, as in C. What lies outside the photograph is its edge, or
with `reflect` the photograph mirrored at the middles of its outermost pixels: c b a b c ...
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..image import Pixels

__all__ = ["TO_ONE", "Affine", "shifted", "warped"]

T = TypeVar("T", np.intp, np.float64)
Affine = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f: the pixel (x, y) is sampled at (a x + b y + c, d x + e y + f)."""

TO_ONE = np.float32(1 / 255)
PAD_LIMIT = 4  # times the pixels that are sampled from: beyond, padding would cost more
EXTRA = 64  # pixels of padding that are always cheap


def shifted(
    photographs: Sequence[Pixels],
    left: NDArray[np.intp],
    top: NDArray[np.intp],
    flip: NDArray[np.bool_],
    width: int,
    height: int,
    *,
    reflect: bool = False,
) -> Pixels:
    """Windows (count, height, width, channels) of photographs of one size.

    left, top: where in its photograph each begins. flip: which ones are mirrored.
    """
    tall, wide, channels = photographs[0].shape
    across = np.arange(width)
    columns = np.where(flip[:, None], across[::-1], across) + left[:, None]
    columns = _within(columns, wide, reflect)
    rows = _within(np.arange(height) + top[:, None], tall, reflect)
    rows += np.arange(len(photographs))[:, None] * tall
    flat = np.stack(photographs).reshape(-1, channels)
    return flat.take(rows[:, :, None] * wide + columns[:, None, :], axis=0)


def warped(
    pixels: Pixels,
    places: Affine,
    width: int,
    height: int,
    out: NDArray[np.float32],
    *,
    reflect: bool = False,
) -> None:
    """The photograph sampled at `places`, 0..1, into `out`: (channels, height, width).

    Within half a level of exact: Pillow's bilinear filter works in doubles and drops the fraction
    of the result, for which half a level is added here.
    """
    a, b, c, d, e, f = places
    corners = [(x, y) for x in (0, width - 1) for y in (0, height - 1)]
    span_x = [a * x + b * y + c for x, y in corners]
    span_y = [d * x + e * y + f for x, y in corners]
    left, right = math.floor(min(span_x)), math.floor(max(span_x)) + 2
    top, bottom = math.floor(min(span_y)), math.floor(max(span_y)) + 2
    inside = _inside(left, right, pixels.shape[1]) * _inside(top, bottom, pixels.shape[0])
    if (right - left - EXTRA) * (bottom - top - EXTRA) > PAD_LIMIT * inside:
        found = _gathered(pixels, places, width, height, reflect)
        np.multiply(found.transpose(2, 0, 1), TO_ONE, out=out)
        return
    window = _window(pixels, left, right, top, bottom, reflect)
    image = Image.fromarray(window[:, :, 0] if window.shape[2] == 1 else window)
    moved = (a, b, c - left + (1 - a - b) / 2, d, e, f - top + (1 - d - e) / 2)
    affine, bilinear = Image.Transform.AFFINE, Image.Resampling.BILINEAR
    found = np.asarray(image.transform((width, height), affine, moved, bilinear))
    np.multiply(np.atleast_3d(found).transpose(2, 0, 1), TO_ONE, out=out)
    out += TO_ONE / 2


def _within(places: NDArray[T], length: int, reflect: bool) -> NDArray[T]:
    """Places along a side of the photograph, those beyond it brought inside."""
    last = length - 1
    if not reflect or not last:
        return np.clip(places, 0, last)
    found: NDArray[T] = last - np.abs(last - places % (2 * last))
    return found


def _inside(start: int, end: int, length: int) -> int:
    return max(1, min(end, length) - max(start, 0))


def _window(pixels: Pixels, left: int, right: int, top: int, bottom: int, reflect: bool) -> Pixels:
    """A rectangle of the photograph, which may go beyond it."""
    tall, wide, _ = pixels.shape
    if left >= 0 and top >= 0 and right <= wide and bottom <= tall:
        return pixels[top:bottom, left:right]
    if reflect:
        rows = _within(np.arange(top, bottom), tall, True)
        return pixels[rows[:, None], _within(np.arange(left, right), wide, True)]
    first, last = max(0, left), min(wide, right)  # of the columns that are there
    edge = np.clip(np.arange(top, bottom), 0, tall - 1)
    strip = pixels[edge, min(first, wide - 1) : max(1, last)]
    before, after = max(0, min(0, right) - left), max(0, right - max(wide, left))
    found = np.empty((bottom - top, right - left, pixels.shape[2]), np.uint8)
    found[:, :before] = strip[:, :1]
    found[:, right - left - after :] = strip[:, -1:]
    found[:, before : right - left - after] = strip[:, : right - left - after - before]
    return found


def _gathered(
    pixels: Pixels, places: Affine, width: int, height: int, reflect: bool
) -> NDArray[np.float32]:
    """The same with numpy, for samples that lie far outside."""
    a, b, c, d, e, f = places
    tall, wide, _ = pixels.shape
    y, x = np.mgrid[:height, :width].astype(np.float64)
    across = _within(a * x + b * y + c, wide, reflect)
    down = _within(d * x + e * y + f, tall, reflect)
    left, top = across.astype(np.intp), down.astype(np.intp)
    right, bottom = np.minimum(left + 1, wide - 1), np.minimum(top + 1, tall - 1)
    share = (across - left).astype(np.float32)[:, :, None]
    above = pixels[top, left] * (1 - share) + pixels[top, right] * share
    below = pixels[bottom, left] * (1 - share) + pixels[bottom, right] * share
    share = (down - top).astype(np.float32)[:, :, None]
    found: NDArray[np.float32] = above * (1 - share) + below * share
    return found
