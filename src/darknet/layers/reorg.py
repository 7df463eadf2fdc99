"""Layers that trade pixels for channels: reorg in Darknet's order, reorg3d in the plain one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from ..errors import NetworkError
from ..options import flag, integer
from .base import ALEXEYAB, MAX_STRIDE, Layer, Node, Shape, section

if TYPE_CHECKING:
    from .ops import Ops

T = TypeVar("T")

__all__ = ["Reorg", "Reorg3d"]


def _deeper(given: Shape, factor: int) -> Shape:
    """factor^2 times the channels, 1 / factor the sides; NetworkError where it does not divide."""
    if given.height % factor or given.width % factor:
        raise NetworkError(f"stride={factor} does not divide {given.width} x {given.height}")
    return Shape(given.channels * factor**2, given.height // factor, given.width // factor)


def _wider(given: Shape, factor: int) -> Shape:
    """The reverse of `_deeper`."""
    if given.channels % factor**2:
        raise NetworkError(f"stride={factor} squared does not divide {given.channels} channels")
    return Shape(given.channels // factor**2, given.height * factor, given.width * factor)


def _depth_to_space(ops: Ops[T], x: T, factor: int, given: Shape) -> T:
    """Channels (row, column, channel) to blocks of factor x factor pixels."""
    wanted = _wider(given, factor)
    x = ops.reshape(x, (factor, factor, wanted.channels, given.height, given.width))
    x = ops.transpose(x, (2, 3, 0, 4, 1))
    return ops.reshape(x, (wanted.channels, wanted.height, wanted.width))


def _space_to_depth(ops: Ops[T], x: T, factor: int, wide: Shape) -> T:
    """Blocks of factor x factor pixels to channels (row, column, channel); `wide` is x's shape."""
    deep = _deeper(wide, factor)
    x = ops.reshape(x, (wide.channels, deep.height, factor, deep.width, factor))
    x = ops.transpose(x, (2, 4, 0, 1, 3))
    return ops.reshape(x, (deep.channels, deep.height, deep.width))


@section("reorg", label="reorg")
class Reorg(Layer):
    """Rearranges an image into more channels and fewer pixels, in Darknet's peculiar order.

    Not space-to-depth: C runs the routine over the values as if they were an image of channels /
    stride^2 channels and stride times the sides, and every YOLOv2 was trained on what comes out.
    (`reorg3d` is the plain one.)
    """

    stride: int = integer(1, "Factor on width and height.", minimum=1, maximum=MAX_STRIDE)
    reverse: bool = flag(False, "1: fewer channels and more pixels (a plain depth-to-space).")
    flatten: bool = flag(False, "1: values in pixel order instead of channel order.")
    extra: int = integer(0, "Append this many zeros to the values (Go's pass).", minimum=0)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """stride^2 times the channels, 1 / stride the sides; with extra a longer vector."""
        given = inputs[0]
        if self.extra:
            return Shape(given.size + self.extra)
        if self.reverse:
            return _wider(given, self.stride)
        if not self.flatten:
            _wider(given, self.stride)  # what C takes the values for must be a shape, too
        return _deeper(given, self.stride)

    def size_text(self) -> str:
        """The factor."""
        return f"+{self.extra}" if self.extra else f"/{self.stride:2d}"

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """Reshape and transpose, as the options say."""
        x, given, wanted = inputs[0], node.inputs[0], node.output
        if self.extra:
            flat = ops.reshape(x, (given.size,))
            return ops.reshape(ops.pad(flat, (0,), (self.extra,)), (wanted.size, 1, 1))
        if self.flatten:
            pixels = given.height * given.width
            sides = (pixels, given.channels) if self.reverse else (given.channels, pixels)
            x = ops.transpose(ops.reshape(x, sides), (1, 0))
        elif self.reverse:
            x = _depth_to_space(ops, x, self.stride, given)
        else:
            wide = _wider(given, self.stride)
            x = ops.reshape(x, (wide.channels, wide.height, wide.width))
            x = _space_to_depth(ops, x, self.stride, wide)
        return ops.reshape(x, (wanted.channels, wanted.height, wanted.width))


@section("reorg3d", label="reorg3d")
class Reorg3d(Layer):
    """Space-to-depth: every stride x stride block of pixels becomes channels of one pixel."""

    forks = (ALEXEYAB,)

    stride: int = integer(1, "Factor on width and height.", minimum=1, maximum=MAX_STRIDE)
    reverse: bool = flag(False, "1: depth-to-space.")

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """stride^2 times the channels, 1 / stride the sides; or the reverse."""
        return (_wider if self.reverse else _deeper)(inputs[0], self.stride)

    def size_text(self) -> str:
        """The factor."""
        return f"/{self.stride:2d}"

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """Reshape and transpose."""
        move = _depth_to_space if self.reverse else _space_to_depth
        return move(ops, inputs[0], self.stride, node.inputs[0])
