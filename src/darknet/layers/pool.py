"""Layers that change the size of an image without weights: pooling, upsample, crop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ..errors import NetworkError, UnsupportedError
from ..options import flag, integer, number
from .base import ALEXEYAB, MAX_STRIDE, Layer, Node, Shape, padded_size, section, windows

if TYPE_CHECKING:
    from .ops import Ops, Pair

T = TypeVar("T")
BY_SIZE = -1  # maxpool's padding when the cfg gives none: size - 1

__all__ = ["Avgpool", "Crop", "LocalAvgpool", "Maxpool", "Upsample"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Pool(Layer):
    """Abstract: what layers share that slide a window without weights."""

    size: int = integer(0, "Width and height of the window; 0: as stride.", minimum=0)
    stride: int = integer(1, "Pixels from one window to the next.", minimum=1, maximum=MAX_STRIDE)
    stride_x: int = integer(
        0, "Horizontal stride; 0 means as stride.", minimum=0, maximum=MAX_STRIDE, fork=ALEXEYAB
    )
    stride_y: int = integer(
        0, "Vertical stride; 0 means as stride.", minimum=0, maximum=MAX_STRIDE, fork=ALEXEYAB
    )
    padding: int = integer(
        BY_SIZE, "Padding of both sides together, half before; -1: size - 1.", minimum=BY_SIZE
    )
    antialiasing: int = integer(0, "1: blur before striding (not run here).", fork=ALEXEYAB)
    maxpool_depth: int = integer(0, "1: pool over channels (not run here).", fork=ALEXEYAB)
    out_channels: int = integer(1, "Channels that maxpool_depth=1 leaves.", fork=ALEXEYAB)

    @property
    def window(self) -> int:
        """Width and height of the window."""
        return self.size or self.stride

    @property
    def strides(self) -> Pair:
        """(vertical, horizontal) stride."""
        return self.stride_y or self.stride, self.stride_x or self.stride

    @property
    def total_padding(self) -> int:
        """Padding of both sides together."""
        return self.window - 1 if self.padding == BY_SIZE else self.padding

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(input + padding - size) / stride + 1 on both axes."""
        for key in ("antialiasing", "maxpool_depth"):
            if getattr(self, key):
                raise UnsupportedError(f"{key}={getattr(self, key)} is not run by this version")
        if (self.total_padding + 1) // 2 >= self.window:
            raise NetworkError(
                f"padding={self.padding} puts whole windows of {self.window} outside the image"
            )
        down, across = self.strides
        return Shape(
            inputs[0].channels,
            windows(inputs[0].height, self.window, down, self.total_padding),
            windows(inputs[0].width, self.window, across, self.total_padding),
        )

    def size_text(self) -> str:
        """Size x size / stride."""
        return f"{self.window:2d} x{self.window:2d} /{max(self.strides):2d}"

    def workspace(self, inputs: Sequence[Shape], output: Shape) -> int:
        """The padded image."""
        return padded_size(inputs[0], self.total_padding)

    def borders(self, given: Shape, wanted: Shape) -> tuple[Pair, Pair]:
        """(top, left) and (bottom, right): half the padding, and what the last window needs."""
        before = self.total_padding // 2
        after = [
            max(0, (count - 1) * stride + self.window - length - before)
            for count, stride, length in zip(
                (wanted.height, wanted.width),
                self.strides,
                (given.height, given.width),
                strict=True,
            )
        ]
        return (before, before), (after[0], after[1])


@section("maxpool", "max", label="max")
class Maxpool(Pool):
    """The largest value of each window, channel by channel."""

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """max_pool."""
        before, after = self.borders(node.inputs[0], node.output)
        size = (self.window, self.window)
        return ops.max_pool(inputs[0], size=size, stride=self.strides, before=before, after=after)


@section("local_avgpool", label="avg")
class LocalAvgpool(Pool):
    """The mean of each window, channel by channel; what lies outside the image does not count."""

    forks = (ALEXEYAB,)

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """avg_pool."""
        before, after = self.borders(node.inputs[0], node.output)
        size = (self.window, self.window)
        return ops.avg_pool(inputs[0], size=size, stride=self.strides, before=before, after=after)


@section("avgpool", "avg", label="avg")
class Avgpool(Layer):
    """The mean of every channel over the whole image."""

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """One value a channel."""
        return Shape(inputs[0].channels)

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """Mean over rows and columns."""
        return ops.mean(inputs[0], (1, 2))


@section("upsample", label="upsample")
class Upsample(Layer):
    """Every pixel repeated stride x stride times; a negative stride adds such blocks up instead."""

    stride: int = integer(
        2,
        "Factor on width and height; negative: divide by it.",
        minimum=-MAX_STRIDE,
        maximum=MAX_STRIDE,
    )
    scale: float = number(1, "Factor on every value.")

    @property
    def factor(self) -> int:
        """How many times larger, or smaller, each side gets."""
        return abs(self.stride)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Width and height times stride, or divided by it."""
        channels, height, width = inputs[0].channels, inputs[0].height, inputs[0].width
        if self.stride > 0:
            return Shape(channels, height * self.factor, width * self.factor)
        if self.stride == 0 or height % self.factor or width % self.factor:
            raise NetworkError(f"stride={self.stride} does not divide {width} x {height}")
        return Shape(channels, height // self.factor, width // self.factor)

    def size_text(self) -> str:
        """The factor."""
        return f"{self.stride}x"

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """upsample, or the sum over blocks, times scale."""
        scale, size = self.scale, (self.factor, self.factor)
        if self.stride > 0:
            x = ops.upsample(inputs[0], self.factor)
        else:
            x = ops.avg_pool(inputs[0], size=size, stride=size, before=(0, 0), after=(0, 0))
            scale *= self.factor**2
        return x if scale == 1 else ops.mul(x, ops.constant(scale))


@section("crop", label="crop")
class Crop(Layer):
    """The middle of the image, with values moved from 0..1 to -1..1 (old classifiers begin so)."""

    resizable = False

    crop_height: int = integer(1, "Height that is left.", minimum=1)
    crop_width: int = integer(1, "Width that is left.", minimum=1)
    noadjust: bool = flag(False, "1: values stay as they are.")
    flip: bool = flag(False, "Training only: mirror half of the images.", ignored=True)
    angle: float = number(0, "Training only: rotate by up to this many degrees.", ignored=True)
    saturation: float = number(
        1, "Training only: change saturation by up to this factor.", ignored=True
    )
    exposure: float = number(
        1, "Training only: change brightness by up to this factor.", ignored=True
    )
    shift: float = number(0, "Training only: move colours by up to this much.", ignored=True)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """crop_width x crop_height."""
        if self.crop_height > inputs[0].height or self.crop_width > inputs[0].width:
            raise NetworkError(
                f"crop_width x crop_height {self.crop_width} x {self.crop_height} is more than "
                f"the {inputs[0].width} x {inputs[0].height} that comes in"
            )
        return Shape(inputs[0].channels, self.crop_height, self.crop_width)

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """The middle, times 2 minus 1."""
        given, wanted = node.inputs[0], node.output
        top, left = (given.height - wanted.height) // 2, (given.width - wanted.width) // 2
        x = ops.slice(inputs[0], 1, top, top + wanted.height)
        x = ops.slice(x, 2, left, left + wanted.width)
        if self.noadjust:
            return x
        return ops.sub(ops.mul(x, ops.constant(2)), ops.constant(1))
