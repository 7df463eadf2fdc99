"""Layers that treat the image as one vector of values: connected, softmax, cost and their kin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from ..errors import NetworkError
from ..options import choice, flag, integer, number, text
from ..tree import Tree
from .activations import ACTIVATIONS, activate
from .base import ALEXEYAB, PJREDDIE, Layer, Node, Shape, WeightSpec, section
from .norm import batch_norm_or_bias, batch_norm_specs

if TYPE_CHECKING:
    from .ops import Ops

T = TypeVar("T")
COSTS = ("sse", "masked", "smooth", "L1", "seg", "wgan")

__all__ = ["Activation", "Connected", "Cost", "Dropout", "Logistic", "Softmax"]


@section("connected", "conn", label="connected")
class Connected(Layer):
    """Every output a weighted sum of every input."""

    resizable = False

    output: int = integer(1, "Number of outputs.", minimum=1)
    activation: str = choice("logistic", "Applied to every output.", tuple(ACTIVATIONS))
    batch_normalize: bool = flag(False, "1: batch normalization before the activation.")

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """A vector of `output` values."""
        return Shape(self.output)

    def weights(self, inputs: Sequence[Shape]) -> tuple[WeightSpec, ...]:
        """biases; weights (output, inputs); scales, means, variances if normalized."""
        return (
            WeightSpec("biases", (self.output,), "bias"),
            WeightSpec("weights", (self.output, inputs[0].size), "weight", outputs="header"),
            *batch_norm_specs(self.output if self.batch_normalize else 0),
        )

    def flops(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Two for each weight."""
        return 2 * inputs[0].size * output.size

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """matmul, then batch normalization or biases, then the activation."""
        x = ops.reshape(inputs[0], (node.inputs[0].size,))
        x = ops.matmul(x, weights["weights"], transpose_y=True)
        x = ops.reshape(x, (self.output, 1, 1))
        return activate(ops, batch_norm_or_bias(ops, x, weights, node), self.activation)


@section("dropout", label="dropout")
class Dropout(Layer):
    """Training only: a share of the values becomes 0, the others grow to make up for it."""

    probability: float = number(0.5, "The share.", minimum=0, maximum=1)
    dropblock: bool = flag(False, "Training only: drop whole blocks.", fork=ALEXEYAB, ignored=True)
    dropblock_size_rel: float = number(
        0, "Training only: a block's relative size.", fork=ALEXEYAB, ignored=True
    )
    dropblock_size_abs: int = integer(
        0, "Training only: a block's size.", fork=ALEXEYAB, ignored=True
    )

    def size_text(self) -> str:
        """The probability."""
        return f"p = {self.probability:.2f}"

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """dropout: the identity unless training."""
        return ops.dropout(inputs[0], self.probability)


@section("softmax", "soft", label="softmax")
class Softmax(Layer):
    """Values to probabilities: exp(x / temperature), divided by the sum over its group."""

    is_open_answer = True

    groups: int = integer(1, "Split the values into this many groups.", minimum=1)
    temperature: float = number(1, "Above 1 flatter, below 1 sharper.", minimum=1e-6)
    tree: str = text("", "File of a softmax tree; its groups are used instead.")
    spatial: bool = flag(False, "1: over the channels of every pixel.")
    noloss: bool = flag(False, "Training only: 1: no loss here.")

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """A vector of as many values, or with ``spatial`` the same image."""
        if not self.tree and inputs[0].size % self.groups:
            raise NetworkError(f"groups={self.groups} does not divide {inputs[0].size} inputs")
        return inputs[0] if self.spatial else Shape(inputs[0].size)

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """Softmax along the class axis of every group."""
        x, size = inputs[0], node.inputs[0].size
        if self.temperature != 1:
            x = ops.mul(x, ops.constant(1 / self.temperature))
        if self.spatial:
            return ops.softmax(x, 0)
        if self.tree:
            return ops.reshape(self._by_tree(ops, ops.reshape(x, (size,)), node), (size, 1, 1))
        grouped = ops.softmax(ops.reshape(x, (self.groups, size // self.groups)), 1)
        return ops.reshape(grouped, (size, 1, 1))

    def _by_tree(self, ops: Ops[T], x: T, node: Node) -> T:
        groups = Tree.read(self.tree, cfg=node.label).groups
        if sum(groups) != node.inputs[0].size:
            raise NetworkError(
                f"{node.label}:{node.line}: [softmax] tree={self.tree} has {sum(groups)} classes; "
                f"the layer has {node.inputs[0].size} inputs"
            )
        parts, start = [], 0
        for size in groups:
            parts.append(ops.softmax(ops.slice(x, 0, start, start + size), 0))
            start += size
        return ops.concat(parts, 0)


@section("cost", label="cost")
class Cost(Layer):
    """Training only: the loss. Answers are read from the layer before it."""

    is_loss = True

    type: str = choice("sse", "How the loss is measured.", COSTS)
    scale: float = number(1, "Factor on the gradient.")
    ratio: float = number(0, "Share of the gradient that is kept.", ignored=True)
    noobj: float = number(1, "Factor on the gradient where there is no object.", ignored=True)
    thresh: float = number(0, "Values nearer than this to the truth count as equal.", ignored=True)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """A vector of as many values."""
        return Shape(inputs[0].size)

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """The values unchanged."""
        return ops.reshape(inputs[0], (node.output.size, 1, 1))


@section("activation", label="activation")
class Activation(Layer):
    """An activation by itself."""

    is_open_answer = True

    activation: str = choice("linear", "Applied to every value.", tuple(ACTIVATIONS))

    def size_text(self) -> str:
        """Which one."""
        return self.activation

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """The activation."""
        return activate(ops, inputs[0], self.activation)


@section("logistic", label="logistic")
class Logistic(Layer):
    """1 / (1 + exp(-x)); for training, with cross-entropy as the loss."""

    is_open_answer = True

    forks = (PJREDDIE,)

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """Sigmoid."""
        return ops.sigmoid(inputs[0])
