"""When an array of a source is an array of a layer in another form, and how it is brought over."""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from ..layers import Node, WeightSpec
from .entries import Entry, Values
from .grouping import squeezed
from .naming import Layout

__all__ = ["arranged", "either_way", "fits"]


def fits(entry: Entry, spec: WeightSpec, node: Node, layout: Layout) -> bool:
    """True where the values are the spec's, but for axes of length 1, flattening, and `layout`."""
    if spec.role != "weight":
        return entry.size == spec.size and squeezed(entry.shape) == squeezed(spec.shape)
    shape = entry.shape
    if entry.transposed:
        return len(shape) == 2 and _same(shape[::-1], spec.shape)
    if layout == "oihw" or len(shape) not in (2, 4):
        return _same(shape, spec.shape)
    if len(shape) == 4:
        return _same((shape[3], shape[2], shape[0], shape[1]), spec.shape)
    return _same((shape[1], shape[0]), spec.shape) and _window(spec, node) is not None


def either_way(entry: Entry, spec: WeightSpec, node: Node) -> bool:
    """True where both layouts fit, and give the values another order: a square matrix."""
    if spec.role != "weight" or entry.transposed:
        return False
    shape = entry.shape
    if not (fits(entry, spec, node, "oihw") and fits(entry, spec, node, "hwio")):
        return False
    if len(shape) == len(spec.shape) == 4 and (shape[3], shape[2], *shape[:2]) != spec.shape:
        return False  # fits but for axes of length 1: three filters of 3x3, each for one channel
    order = {2: (1, 0), 4: (3, 2, 0, 1)}.get(len(shape), ())
    moved = [axis for axis in order if shape[axis] > 1]
    return moved != sorted(moved)


def arranged(
    values: Values, entry: Entry, spec: WeightSpec, node: Node, layout: Layout
) -> NDArray[np.floating]:
    """The values in the spec's shape and order, float64 where they are, else float32."""
    kind = np.float64 if values.dtype.itemsize > 4 else np.float32
    array: NDArray[np.floating] = values.astype(kind, copy=False)
    if spec.role == "weight":
        if entry.transposed:
            array = array.T
        elif layout == "hwio" and array.ndim == 4:
            array = array.transpose(3, 2, 0, 1)
        elif layout == "hwio" and array.ndim == 2:
            # what was flattened there had its channels last
            window = _window(spec, node) or (1, 1, spec.size // spec.shape[0])
            array = array.reshape(*window, spec.shape[0]).transpose(3, 2, 0, 1)
    return np.ascontiguousarray(array).reshape(spec.shape)


def _same(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Equal but for ones, or one of them with all that belongs to an output in one axis."""
    if shape == wanted:
        return True
    if not shape or shape[0] != wanted[0] or prod(shape) != prod(wanted):
        return False
    return squeezed(shape) == squeezed(wanted) or len(shape) == 2 or len(wanted) == 2


def _window(spec: WeightSpec, node: Node) -> tuple[int, int, int] | None:
    """(height, width, channels) of what one output of the layer sees."""
    if len(spec.shape) == 4:
        _, channels, height, width = spec.shape
        return height, width, channels
    given = node.inputs[0]
    if len(spec.shape) == 2 and given.size == spec.shape[1]:
        return given.height, given.width, given.channels
    return None
