"""Layers that join the outputs of others: route, shortcut, and their kin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from ..errors import NetworkError
from ..options import REQUIRED, choice, flag, integer, integers, number
from .activations import ACTIVATIONS, activate
from .base import ALEXEYAB, Layer, Node, Shape, WeightSpec, same_image_size, section

if TYPE_CHECKING:
    from .ops import Ops

T = TypeVar("T")
MAX_JOINED = 128  # layers that one section names: the time that engines take grows with the cube

__all__ = ["Empty", "Route", "Sam", "ScaleChannels", "Shortcut"]


def _absolute(layer: int, index: int) -> int:
    """Darknet's layer numbers: negative ones count back from `index`."""
    return layer if layer >= 0 else index + layer


@section("route", label="route")
class Route(Layer):
    """The outputs of other layers, channels one after the other."""

    layers: tuple[int, ...] = integers(REQUIRED, "Layers to join (negative: counted back).")
    groups: int = integer(
        1, "Take only one of this many groups of channels.", minimum=1, fork=ALEXEYAB
    )
    group_id: int = integer(0, "Which group, counted from 0.", minimum=0, fork=ALEXEYAB)
    stream: int = integer(-1, "A detail of C's GPU code.", fork=ALEXEYAB, ignored=True)
    wait_stream: int = integer(-1, "A detail of C's GPU code.", fork=ALEXEYAB, ignored=True)

    def sources(self, index: int) -> tuple[int, ...]:
        """The layers named."""
        if not 1 <= len(self.layers) <= MAX_JOINED:
            raise NetworkError(
                f"layers= names {len(self.layers)} layers; expected 1 to {MAX_JOINED}"
            )
        return tuple(_absolute(layer, index) for layer in self.layers)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Channels added up, or one group of each; width and height must be equal."""
        same_image_size(inputs)
        if self.group_id >= self.groups:
            raise NetworkError(f"group_id={self.group_id} is not one of groups={self.groups}")
        if any(shape.channels % self.groups for shape in inputs):
            counts = ", ".join(str(shape.channels) for shape in inputs)
            raise NetworkError(f"groups={self.groups} does not divide the {counts} channels")
        channels = sum(shape.channels // self.groups for shape in inputs)
        return Shape(channels, inputs[0].height, inputs[0].width)

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """Concat along the channels, of a slice of each where there are groups."""
        parts = list(inputs)
        if self.groups > 1:
            sizes = [shape.channels // self.groups for shape in node.inputs]
            parts = [
                ops.slice(x, 0, self.group_id * size, (self.group_id + 1) * size)
                for x, size in zip(parts, sizes, strict=True)
            ]
        return parts[0] if len(parts) == 1 else ops.concat(parts, 0)


@section("shortcut", label="res")
class Shortcut(Layer):
    """Adds the output of other layers to the previous one (ResNet).

    Where sizes differ, as in C: the smaller number of channels is added, and the larger image is
    read, or written, at every second (third, ...) pixel.
    """

    from_: tuple[int, ...] = integers(REQUIRED, "Layers to add (negative: counted back).")
    activation: str = choice("linear", "Applied to the sum.", tuple(ACTIVATIONS))
    alpha: float = number(1, "Factor on the previous layer.")
    beta: float = number(1, "Factor on the layers that are added.")
    weights_type: str = choice(
        "none",
        "Learned factors: one a layer, or one a channel.",
        ("none", "per_feature", "per_layer", "per_channel"),
        fork=ALEXEYAB,
    )
    weights_normalization: str = choice(
        "none",
        "Learned factors are made to add up to 1.",
        ("none", "relu", "avg_relu", "softmax"),
        fork=ALEXEYAB,
    )

    def sources(self, index: int) -> tuple[int, ...]:
        """The previous layer, then those named."""
        if not 1 <= len(self.from_) <= MAX_JOINED:
            raise NetworkError(f"from= names {len(self.from_)} layers; expected 1 to {MAX_JOINED}")
        return (index - 1, *(_absolute(layer, index) for layer in self.from_))

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The previous layer's."""
        base = inputs[0]
        for other in inputs[1:]:
            large, small = sorted((other, base), key=lambda shape: shape.width, reverse=True)
            factor = large.width // small.width
            if large.height // small.height != factor:
                raise NetworkError(
                    f"{base} and {other} differ by other factors in width and height"
                )
        return base

    def weights(self, inputs: Sequence[Shape]) -> tuple[WeightSpec, ...]:
        """With weights_type: a factor for every input, or for its every channel."""
        if self.weights_type == "none":
            return ()
        count = inputs[0].channels if self.weights_type == "per_channel" else 1
        return tuple(
            WeightSpec(f"weights_{number}", (count, 1, 1), "weight")
            for number in range(len(inputs))
        )

    def size_text(self) -> str:
        """The layers."""
        return ",".join(map(str, self.from_))

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """The sum of everything, scaled, then the activation."""
        if self.weights_type == "none":
            return activate(ops, self._plain_sum(ops, inputs, node), self.activation)
        fitted = [
            x if shape == node.output else _fit(ops, x, shape, node.output)
            for x, shape in zip(inputs, node.inputs, strict=True)
        ]
        factors = self._learned(ops, weights)
        total = ops.mul(fitted[0], factors[0])
        for x, factor in zip(fitted[1:], factors[1:], strict=True):
            total = ops.add(total, ops.mul(x, factor))
        return activate(ops, total, self.activation)

    def _plain_sum(self, ops: Ops[T], inputs: Sequence[T], node: Node) -> T:
        """alpha times the previous layer, and beta times each other, as often as it is named."""
        total = inputs[0]
        if self.alpha != 1:
            total = ops.mul(total, self._alpha(ops, node))
        places = {source: place for place, source in enumerate(node.sources[1:], 1)}
        for source, place in places.items():
            shape, x = node.inputs[place], inputs[place]
            factor = self.beta * node.sources[1:].count(source)
            x = x if shape == node.output else _fit(ops, x, shape, node.output)
            total = ops.add(total, x if factor == 1 else ops.mul(x, ops.constant(factor)))
        return total

    def _learned(self, ops: Ops[T], weights: Mapping[str, T]) -> list[T]:
        """One factor an input, made to add up to 1 where the options say so."""
        learned = [weights[f"weights_{number}"] for number in range(1 + len(self.from_))]
        if self.weights_normalization == "none":
            return learned
        if self.weights_normalization == "softmax":
            largest = learned[0]
            for factor in learned[1:]:
                largest = ops.maximum(largest, factor)
            shares = [ops.exp(ops.sub(factor, largest)) for factor in learned]
        else:
            shares = [ops.leaky_relu(factor, 0.0) for factor in learned]
        total = ops.constant(1e-4)
        for share in shares:
            total = ops.add(total, share)
        return [ops.div(share, total) for share in shares]

    def _alpha(self, ops: Ops[T], node: Node) -> T:
        """alpha where something is added, 1 where nothing is: so C scales the previous layer."""
        import numpy as np

        given = node.inputs[1]
        ones = np.ones((1, given.channels, given.height, given.width), np.float32)
        where = ops.constant(ones)
        if given != node.output:
            where = _fit(ops, where, given, node.output)
        return ops.add(ops.mul(where, ops.constant(self.alpha - 1)), ops.constant(1))


def _fit(ops: Ops[T], x: T, given: Shape, wanted: Shape) -> T:
    """`x` brought to the shape `wanted`: every second pixel taken, zeros put between, and so on."""
    stride = max(1, given.width // wanted.width)
    spread = max(1, wanted.width // given.width)
    if given.channels > wanted.channels:
        x = ops.slice(x, 0, 0, wanted.channels)
    channels = min(given.channels, wanted.channels)
    sides = []
    for axis, have, want in ((1, given.height, wanted.height), (2, given.width, wanted.width)):
        count = min(-(-have // stride), -(-want // spread))
        if (stride, count) != (1, have):
            x = ops.slice(x, axis, 0, (count - 1) * stride + 1, stride)
        sides.append(count)
    height, width = sides
    if spread > 1:
        x = ops.reshape(x, (channels, height, 1, width, 1))
        x = ops.pad(x, (0, 0, 0, 0, 0), (0, 0, spread - 1, 0, spread - 1))
        height, width = height * spread, width * spread
        x = ops.reshape(x, (channels, height, width))
        x = ops.slice(ops.slice(x, 1, 0, wanted.height), 2, 0, wanted.width)
        height, width = min(height, wanted.height), min(width, wanted.width)
    missing = (wanted.channels - channels, wanted.height - height, wanted.width - width)
    return ops.pad(x, (0, 0, 0), missing) if any(missing) else x


@section("scale_channels", label="scale")
class ScaleChannels(Layer):
    """Another layer's image times the previous layer: one factor a channel (squeeze and excite)."""

    forks = (ALEXEYAB,)

    from_: int = integer(REQUIRED, "The layer to scale (negative: counted back).")
    scale_wh: bool = flag(False, "1: one factor a pixel instead of one a channel.")
    activation: str = choice("linear", "Applied to the product.", tuple(ACTIVATIONS))

    def sources(self, index: int) -> tuple[int, ...]:
        """The previous layer, then the one to scale."""
        return (index - 1, _absolute(self.from_, index))

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """That of the layer to scale."""
        factors, image = inputs
        wanted = Shape(1, image.height, image.width) if self.scale_wh else Shape(image.channels)
        if factors != wanted:
            raise NetworkError(
                f"expected factors of {wanted} for an image of {image}, not {factors}"
            )
        return image

    def size_text(self) -> str:
        """The layer."""
        return str(self.from_)

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """The product, then the activation."""
        return activate(ops, ops.mul(inputs[1], inputs[0]), self.activation)


@section("sam", label="sam")
class Sam(Layer):
    """Another layer's image times the previous layer, value by value (spatial attention)."""

    forks = (ALEXEYAB,)

    from_: int = integer(REQUIRED, "The layer to multiply by (negative: counted back).")
    activation: str = choice("linear", "Applied to the product.", tuple(ACTIVATIONS))

    def sources(self, index: int) -> tuple[int, ...]:
        """The previous layer, then the one named."""
        return (index - 1, _absolute(self.from_, index))

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The shape that both have."""
        if inputs[0] != inputs[1]:
            raise NetworkError(f"expected two equal shapes, not {inputs[0]} and {inputs[1]}")
        return inputs[0]

    def size_text(self) -> str:
        """The layer."""
        return str(self.from_)

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """The product, then the activation."""
        return activate(ops, ops.mul(inputs[0], inputs[1]), self.activation)


@section("empty", "silence", label="empty")
class Empty(Layer):
    """Passes its input on."""

    forks = (ALEXEYAB,)
