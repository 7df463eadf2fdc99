"""Normalization layers, and the batch normalization that other layers carry inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from ..options import integer, number
from .base import ALEXEYAB, PJREDDIE, Fork, Layer, Node, Shape, WeightSpec, section

if TYPE_CHECKING:
    from .ops import Ops

T = TypeVar("T")

__all__ = ["EPSILON", "Batchnorm", "L2norm", "Normalization"]

EPSILON: dict[Fork, float] = {PJREDDIE: 1e-6, ALEXEYAB: 1e-5}
"""What each fork adds in a batch normalization: pjreddie to the root, AlexeyAB to the variance."""


def batch_norm_specs(channels: int) -> tuple[WeightSpec, ...]:
    """Scales, means and variances, in file order; nothing for 0 channels."""
    if not channels:
        return ()
    return (
        WeightSpec("scales", (channels,), "scale"),
        WeightSpec("rolling_mean", (channels,), "mean"),
        WeightSpec("rolling_variance", (channels,), "variance"),
    )


def batch_norm_or_bias(ops: Ops[T], x: T, weights: Mapping[str, T], node: Node) -> T:
    """Batch normalization where the layer says so, else just its biases.

    Its own option counts: weights that it shares may have scales for their owner's sake.
    """
    if not getattr(node.layer, "batch_normalize", True):
        return ops.add_bias(x, weights["biases"])
    return ops.batch_norm(
        x,
        scale=weights["scales"],
        bias=weights["biases"],
        mean=weights["rolling_mean"],
        variance=weights["rolling_variance"],
        epsilon=EPSILON[node.fork],
        add_to_root=node.fork == PJREDDIE,
    )


@section("batchnorm", label="BN")
class Batchnorm(Layer):
    """Batch normalization by itself: each channel to mean 0 and deviation 1, times its scale."""

    def weights(self, inputs: Sequence[Shape]) -> tuple[WeightSpec, ...]:
        """scales, means, variances. There are biases too, zero, but the file has none."""
        channels = inputs[0].channels
        biases = WeightSpec("biases", (channels,), "bias", stored=False)
        return (*batch_norm_specs(channels), biases)

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """batch_norm with the layer's own arrays."""
        return batch_norm_or_bias(ops, inputs[0], weights, node)


@section("normalization", "lrn", label="lrn")
class Normalization(Layer):
    """Local response normalization across channels (AlexNet, section 3.3).

    x / (kappa + alpha * S)**beta, where S is a running sum of squares over a window of channels.
    Darknet keeps a running sum, which never adds channel size/2 (it starts with the channels below
    it and goes on with those above) and takes it away when the window leaves it: every sum lacks
    that one channel's square. Weights were trained with that, so it is kept.
    """

    size: int = integer(5, "Channels in the window.", minimum=1, maximum=255)
    alpha: float = number(0.0001, "Factor on the sum of squares.")
    beta: float = number(0.75, "Exponent.")
    kappa: float = number(1, "Added to the sum.", minimum=0)

    def workspace(self, inputs: Sequence[Shape], output: Shape) -> int:
        """The squares, padded, and their running sums."""
        return 2 * output.size + (self.size - 1) * output.height * output.width

    def size_text(self) -> str:
        """The window."""
        return f"{self.size}"

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """The squares, shifted and added up, then the power."""
        x, channels = inputs[0], node.inputs[0].channels
        half = self.size // 2
        squares = ops.mul(x, x)
        padded = ops.pad(squares, ((self.size - 1) // 2, 0, 0), (half, 0, 0))
        sums = ops.slice(padded, 0, 0, channels)
        for shift in range(1, self.size):
            sums = ops.add(sums, ops.slice(padded, 0, shift, shift + channels))
        if half < channels:
            sums = ops.sub(sums, ops.slice(squares, 0, half, half + 1))
        norms = ops.add(ops.mul(sums, ops.constant(self.alpha)), ops.constant(self.kappa))
        return ops.mul(x, ops.power(norms, -self.beta))


@section("l2norm", label="l2norm")
class L2norm(Layer):
    """Every pixel's channels divided by their length. (Where all are 0 they stay 0; C has NaN.)"""

    forks = (PJREDDIE,)

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """X / sqrt(sum of squares over channels)."""
        x = inputs[0]
        squares = ops.sum(ops.mul(x, x), (0,))
        length = ops.power(ops.maximum(squares, ops.constant(1e-30)), 0.5)
        return ops.div(x, length)
