"""Layers that slide learned filters over an image: convolutional, deconvolutional, local."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from ..errors import NetworkError, UnsupportedError
from ..options import choice, flag, integer, number
from .activations import ACTIVATIONS, activate
from .base import (
    ALEXEYAB,
    MAX_STRIDE,
    PJREDDIE,
    Layer,
    Node,
    Shape,
    WeightSpec,
    padded_size,
    section,
    windows,
)
from .norm import batch_norm_or_bias, batch_norm_specs

if TYPE_CHECKING:
    from .ops import Ops

T = TypeVar("T")
NOT_SHARED = -1_000_000_000  # AlexeyAB's own default for share_index

__all__ = ["Convolutional", "Deconvolutional", "Local"]


@section("convolutional", "conv", label="conv")
class Convolutional(Layer):
    """Filters slid over the image: a weighted sum of every window, one channel per filter."""

    filters: int = integer(1, "Number of filters: the channels of the output.", minimum=1)
    size: int = integer(1, "Width and height of a filter.", minimum=1)
    stride: int = integer(1, "Pixels from one window to the next.", minimum=1, maximum=MAX_STRIDE)
    stride_x: int = integer(
        0, "Horizontal stride; 0 means as stride.", minimum=0, maximum=MAX_STRIDE, fork=ALEXEYAB
    )
    stride_y: int = integer(
        0, "Vertical stride; 0 means as stride.", minimum=0, maximum=MAX_STRIDE, fork=ALEXEYAB
    )
    pad: bool = flag(False, "1: pad by size/2 on every side, and padding is not looked at.")
    padding: int = integer(0, "Zeros on every side, when pad=0.", minimum=0)
    dilation: int = integer(1, "Distance between a filter's taps.", minimum=1, fork=ALEXEYAB)
    groups: int = integer(1, "Split channels and filters into independent groups.", minimum=1)
    batch_normalize: bool = flag(False, "1: batch normalization before the activation.")
    activation: str = choice("logistic", "Applied to every output.", tuple(ACTIVATIONS))
    binary: bool = flag(False, "1: filters count as their signs times their mean size.")
    xnor: bool = flag(False, "1: as binary, and the input counts as its signs too.")
    flipped: bool = flag(False, "1: the file has the filters transposed, taps first.")
    share_index: int = integer(
        NOT_SHARED, "Use the weights of this layer (negative: counted back).", fork=ALEXEYAB
    )
    antialiasing: int = integer(0, "1: blur before striding (not run here).", fork=ALEXEYAB)
    deform: int = integer(0, "1: deformable filters (not run here).", fork=ALEXEYAB)
    stretch: int = integer(0, "1: stretched filters (not run here).", fork=ALEXEYAB)
    stretch_sway: int = integer(0, "1: stretched, swayed filters (not run here).", fork=ALEXEYAB)
    sway: int = integer(0, "1: swayed filters (not run here).", fork=ALEXEYAB)
    rotate: int = integer(0, "1: rotated filters (not run here).", fork=ALEXEYAB)
    bin_output: bool = flag(
        False, "1: a faster path of xnor in C; same values.", fork=ALEXEYAB, ignored=True
    )
    dot: float = number(0, "Training only: penalty on filters that agree.", ignored=True)
    train_only_bn: int = integer(
        0, "Training only: filters stay fixed.", fork=ALEXEYAB, ignored=True
    )
    assisted_excitation: int = integer(
        0, "Training only: excite true boxes.", fork=ALEXEYAB, ignored=True
    )

    @property
    def strides(self) -> tuple[int, int]:
        """(vertical, horizontal) stride."""
        return self.stride_y or self.stride, self.stride_x or self.stride

    @property
    def border(self) -> int:
        """Zeros on every side of the image, before dilation."""
        return self.size // 2 if self.pad else self.padding

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(input + 2 border - size) / stride + 1 on both axes, `filters` channels."""
        self._check(inputs[0])
        extent = self.dilation * (self.size - 1) + 1
        padding = 2 * self.border * self.dilation
        down, across = self.strides
        return Shape(
            self.filters,
            windows(inputs[0].height, extent, down, padding),
            windows(inputs[0].width, extent, across, padding),
        )

    def _check(self, shape: Shape) -> None:
        if shape.channels % self.groups or self.filters % self.groups:
            raise NetworkError(
                f"groups={self.groups} must divide the {shape.channels} channels of the input "
                f"and filters={self.filters}"
            )
        for key in ("antialiasing", "deform", "stretch", "stretch_sway", "sway", "rotate"):
            if getattr(self, key):
                raise UnsupportedError(f"{key}={getattr(self, key)} is not run by this version")

    def weights(self, inputs: Sequence[Shape]) -> tuple[WeightSpec, ...]:
        """biases; scales, means, variances if normalized; filters."""
        shape = (self.filters, inputs[0].channels // self.groups, self.size, self.size)
        return (
            WeightSpec("biases", (self.filters,), "bias"),
            *batch_norm_specs(self.filters if self.batch_normalize else 0),
            WeightSpec("weights", shape, "weight", outputs="last" if self.flipped else "first"),
        )

    def weights_from(self, index: int) -> int:
        """The layer that ``share_index`` names, else itself."""
        if self.share_index == NOT_SHARED:
            return index
        return self.share_index if self.share_index >= 0 else index + self.share_index

    def flops(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Two for each tap of each output."""
        return 2 * self.size**2 * inputs[0].channels // self.groups * output.size

    def workspace(self, inputs: Sequence[Shape], output: Shape) -> int:
        """The padded image."""
        return padded_size(inputs[0], 2 * self.border * self.dilation)

    def size_text(self) -> str:
        """Size x size / stride."""
        return f"{self.size:2d} x{self.size:2d} /{max(self.strides):2d}"

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """conv2d, then batch normalization or biases, then the activation."""
        x, kernel = inputs[0], weights["weights"]
        if self.xnor:
            x = ops.where_positive(x, ops.constant(1), ops.constant(-1))
        if self.xnor or self.binary:
            kernel = _binarized(ops, kernel)
        border = self.border * self.dilation
        sides = (node.output.height, node.output.width)
        # oneDNN, below OpenVINO and torch, gets unequal strides wrong where one window fits: there
        # the stride is a slice of the output.
        sliced = self.strides[0] != self.strides[1] and 1 in sides
        x = ops.conv2d(
            x,
            kernel,
            stride=(1, 1) if sliced else self.strides,
            padding=(border, border),
            dilation=self.dilation,
            groups=self.groups,
        )
        if sliced:
            for axis, (count, step) in enumerate(zip(sides, self.strides, strict=True), 1):
                x = ops.slice(x, axis, 0, (count - 1) * step + 1, step)
        x = batch_norm_or_bias(ops, x, weights, node)
        return activate(ops, x, self.activation)


def _binarized(ops: Ops[T], kernel: T) -> T:
    """Each filter as plus or minus the mean of its absolute values."""
    negative = ops.mul(kernel, ops.constant(-1))
    size = ops.mean(ops.maximum(kernel, negative), (0, 1, 2))
    return ops.where_positive(kernel, size, ops.mul(size, ops.constant(-1)))


@section("deconvolutional", "deconv", label="deconv")
class Deconvolutional(Layer):
    """The transpose of a convolution: every input pixel stamps a filter on a larger image."""

    forks = (PJREDDIE,)

    filters: int = integer(1, "Number of filters: the channels of the output.", minimum=1)
    size: int = integer(1, "Width and height of a filter.", minimum=1)
    stride: int = integer(
        1, "Pixels of the output from one stamp to the next.", minimum=1, maximum=MAX_STRIDE
    )
    pad: bool = flag(False, "1: cut size/2 from every side, and padding is not looked at.")
    padding: int = integer(0, "Pixels cut from every side, when pad=0.", minimum=0)
    batch_normalize: bool = flag(False, "1: batch normalization before the activation.")
    activation: str = choice("logistic", "Applied to every output.", tuple(ACTIVATIONS))

    @property
    def border(self) -> int:
        """Pixels cut from every side."""
        return self.size // 2 if self.pad else self.padding

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """(input - 1) stride + size - 2 border on both axes, `filters` channels."""
        height, width = (
            (length - 1) * self.stride + self.size - 2 * self.border
            for length in (inputs[0].height, inputs[0].width)
        )
        if min(height, width) < 1:
            raise NetworkError(f"padding {self.border} leaves nothing of the output")
        return Shape(self.filters, height, width)

    def weights(self, inputs: Sequence[Shape]) -> tuple[WeightSpec, ...]:
        """biases; scales, means, variances if normalized; filters (channels in first)."""
        shape = (inputs[0].channels, self.filters, self.size, self.size)
        return (
            WeightSpec("biases", (self.filters,), "bias"),
            *batch_norm_specs(self.filters if self.batch_normalize else 0),
            WeightSpec("weights", shape, "weight", fan_in=inputs[0].channels * self.size**2),
        )

    def flops(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Two for each tap of each input pixel and filter."""
        return 2 * self.size**2 * self.filters * inputs[0].size

    def workspace(self, inputs: Sequence[Shape], output: Shape) -> int:
        """The output before its border is cut."""
        return padded_size(output, 2 * self.border)

    def size_text(self) -> str:
        """Size x size / stride."""
        return f"{self.size:2d} x{self.size:2d} /{self.stride:2d}"

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """conv_transpose2d, then batch normalization or biases, then the activation."""
        # A single row or column has no next one. Told of a long step to it, oneDNN takes memory for
        # it, and torch ends the process.
        sides = (node.inputs[0].height, node.inputs[0].width)
        steps = [min(self.stride, self.size) if side == 1 else self.stride for side in sides]
        x = ops.conv_transpose2d(
            inputs[0], weights["weights"], stride=(steps[0], steps[1]), padding=self.border
        )
        return activate(ops, batch_norm_or_bias(ops, x, weights, node), self.activation)


@section("local", label="local")
class Local(Layer):
    """A convolution with filters of its own at every position (yolov1's first dense layer)."""

    resizable = False

    filters: int = integer(1, "Number of filters: the channels of the output.", minimum=1)
    size: int = integer(1, "Width and height of a filter.", minimum=1, maximum=16)
    stride: int = integer(1, "Pixels from one window to the next.", minimum=1, maximum=MAX_STRIDE)
    pad: bool = flag(False, "1: pad by size/2 on every side.")
    activation: str = choice("logistic", "Applied to every output.", tuple(ACTIVATIONS))

    @property
    def border(self) -> int:
        """Zeros on every side. (C pads by 1 whatever the size, and agrees where size is 3.)"""
        return self.size // 2 if self.pad else 0

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """As a convolution's."""
        height, width = (
            windows(length, self.size, self.stride, 2 * self.border)
            for length in (inputs[0].height, inputs[0].width)
        )
        return Shape(self.filters, height, width)

    def weights(self, inputs: Sequence[Shape]) -> tuple[WeightSpec, ...]:
        """One bias an output; then for every position its filters, (filters, taps)."""
        output = self.output_shape(inputs)
        taps = inputs[0].channels * self.size**2
        positions = output.height * output.width
        return (
            WeightSpec("biases", (output.channels, output.height, output.width), "bias"),
            WeightSpec("weights", (positions, self.filters, taps), "weight", fan_in=taps),
        )

    def flops(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Two for each tap of each output."""
        return 2 * self.size**2 * inputs[0].channels * output.size

    def workspace(self, inputs: Sequence[Shape], output: Shape) -> int:
        """The windows, one after the other."""
        return self.size**2 * inputs[0].channels * output.height * output.width

    def size_text(self) -> str:
        """Size x size / stride."""
        return f"{self.size:2d} x{self.size:2d} /{self.stride:2d}"

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """Every window times the filters of its position."""
        output, channels = node.output, node.inputs[0].channels
        positions = output.height * output.width
        border = (0, self.border, self.border)
        x = ops.pad(inputs[0], border, border)
        # taps in the file's order: channel, row, column -> (channels, taps, positions)
        patches = [
            ops.reshape(
                ops.slice(
                    ops.slice(x, 1, row, row + self.stride * output.height, self.stride),
                    2,
                    column,
                    column + self.stride * output.width,
                    self.stride,
                ),
                (channels, 1, positions),
            )
            for row in range(self.size)
            for column in range(self.size)
        ]
        taps = ops.reshape(ops.concat(patches, 1), (1, channels * self.size**2, positions))
        columns = ops.transpose(taps, (2, 1, 0))
        values = ops.matmul(weights["weights"], columns)
        x = ops.reshape(
            ops.transpose(values, (1, 0, 2)), (self.filters, output.height, output.width)
        )
        return activate(ops, ops.add(x, weights["biases"]), self.activation)
