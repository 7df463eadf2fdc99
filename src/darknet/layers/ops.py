"""The closed list of operations that every layer's forward pass is written with.

A tensor has the batch as its first axis, and no operation touches or names that axis: shapes and
axes below count from the one after it (axis 0 is the channel). An image is (channels, height,
width), and so is a vector, as (n, 1, 1). Numbers are float32.

Interpreters (`darknet.interp`) implement this protocol once each: numpy (the oracle), OpenVINO,
ONNX, torch. An operation that two layers can share belongs here; one that can be written with the
others does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Ops", "Pair"]

T = TypeVar("T")
Pair = tuple[int, int]
"""(vertical, horizontal)."""


class Ops(Protocol[T]):
    """What an interpreter can do with its own kind of tensor T."""

    # Tensors that are not computed.
    def constant(self, value: NDArray[np.float32] | float) -> T:
        """A fixed array, broadcast over the batch."""
        ...

    # Sliding windows. Weights are laid out as in the file.
    def conv2d(
        self, x: T, weight: T, *, stride: Pair, padding: Pair, dilation: int, groups: int
    ) -> T:
        """Cross-correlation with zeros around; weight (filters, channels/groups, size, size)."""
        ...

    def conv_transpose2d(self, x: T, weight: T, *, stride: Pair, padding: int) -> T:
        """Transpose of conv2d; weight (channels in, filters, size, size), stride (down, right)."""
        ...

    def max_pool(self, x: T, *, size: Pair, stride: Pair, before: Pair, after: Pair) -> T:
        """Largest value in each window, with -inf around the image."""
        ...

    def avg_pool(self, x: T, *, size: Pair, stride: Pair, before: Pair, after: Pair) -> T:
        """Mean of what each window covers of the image; what lies outside does not count."""
        ...

    def upsample(self, x: T, factor: int) -> T:
        """Every pixel repeated `factor` times in both directions."""
        ...

    # Whole-tensor arithmetic.
    def matmul(self, x: T, y: T, *, transpose_y: bool = False) -> T:
        """Numpy's matmul over the last two axes, the batch included where x has two axes."""
        ...

    def batch_norm(
        self, x: T, *, scale: T, bias: T, mean: T, variance: T, epsilon: float, add_to_root: bool
    ) -> T:
        """(x - mean) / deviation * scale + bias, per channel.

        deviation is ``sqrt(variance) + epsilon`` if `add_to_root` (pjreddie's), else
        ``sqrt(variance + epsilon)`` (AlexeyAB's). An interpreter that trains uses the batch's own
        mean and variance and moves the rolling ones.
        """
        ...

    def add_bias(self, x: T, bias: T) -> T:
        """x + bias, one value per channel."""
        ...

    def softmax(self, x: T, axis: int) -> T:
        """exp(x) / sum(exp(x)) along one axis, computed without overflow."""
        ...

    def mean(self, x: T, axes: Sequence[int]) -> T:
        """Mean over the axes, which stay with length 1."""
        ...

    def sum(self, x: T, axes: Sequence[int]) -> T:
        """Sum over the axes, which stay with length 1."""
        ...

    def max(self, x: T, axes: Sequence[int]) -> T:
        """Largest value over the axes, which stay with length 1."""
        ...

    def dropout(self, x: T, probability: float) -> T:
        """The identity, except in an interpreter that trains."""
        ...

    # Moving values about.
    def concat(self, xs: Sequence[T], axis: int) -> T:
        """The tensors one after the other along an axis."""
        ...

    def slice(self, x: T, axis: int, start: int, stop: int, step: int = 1) -> T:
        """x[start:stop:step] along one axis; 0 <= start < stop."""
        ...

    def pad(self, x: T, before: Sequence[int], after: Sequence[int]) -> T:
        """Zeros before and after along every axis."""
        ...

    def reshape(self, x: T, shape: Sequence[int]) -> T:
        """The same values in the same order under another shape."""
        ...

    def transpose(self, x: T, axes: Sequence[int]) -> T:
        """Axes in another order."""
        ...

    # Element by element, broadcasting as numpy does.
    def add(self, x: T, y: T) -> T:
        """x + y."""
        ...

    def sub(self, x: T, y: T) -> T:
        """x - y."""
        ...

    def mul(self, x: T, y: T) -> T:
        """x * y."""
        ...

    def div(self, x: T, y: T) -> T:
        """x / y."""
        ...

    def maximum(self, x: T, y: T) -> T:
        """The larger of the two."""
        ...

    def minimum(self, x: T, y: T) -> T:
        """The smaller of the two."""
        ...

    def power(self, x: T, exponent: float) -> T:
        """x ** exponent, for x >= 0."""
        ...

    def exp(self, x: T) -> T:
        """e ** x."""
        ...

    def tanh(self, x: T) -> T:
        """Hyperbolic tangent."""
        ...

    def sigmoid(self, x: T) -> T:
        """1 / (1 + exp(-x))."""
        ...

    def softplus(self, x: T) -> T:
        """log(1 + exp(x))."""
        ...

    def floor(self, x: T) -> T:
        """The largest whole number that is not larger."""
        ...

    def leaky_relu(self, x: T, slope: float) -> T:
        """X where it is positive, slope * x elsewhere; a slope of 0 is the plain ReLU."""
        ...

    def where_positive(self, x: T, yes: T, no: T) -> T:
        """`yes` where x > 0, `no` elsewhere."""
        ...
