"""Which part of the padding around an image matters."""

from __future__ import annotations

from collections.abc import Sequence

from ..layers.ops import Pair

__all__ = ["as_padding", "reached"]


def reached(sides: Sequence[int], size: Pair, stride: Pair, before: Pair, after: Pair) -> Pair:
    """How much of the padding below and to the right is in any window; `sides` are the image's."""
    down, across = (
        max(0, (length + b + a - window) // step * step + window - length - b)
        for length, window, step, b, a in zip(sides, size, stride, before, after, strict=True)
    )
    return down, across


def as_padding(
    sides: Sequence[int], size: Pair, stride: Pair, before: Pair, after: Pair
) -> Pair | None:
    """The padding on both sides alike, of at most half a window; None where it is not like that.

    That much torch pads by itself, without a copy of the image.
    """
    after = reached(sides, size, stride, before, after)
    if before == after and all(2 * b <= s for b, s in zip(before, size, strict=True)):
        return before
    return None
