"""The operations in numpy: short, slow, and what every engine is compared with.

Tensors are arrays (batch, ...). Written to be checked by eye against `darknet.layers.ops`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..layers.ops import Pair

__all__ = ["NumpyOps"]

Array = NDArray[np.floating[Any]]


class NumpyOps:
    """numpy's interpretation, in the precision of the arrays that come in."""

    def constant(self, value: NDArray[np.float32] | float) -> Array:
        return np.asarray(value, np.float32)

    def conv2d(
        self, x: Array, weight: Array, *, stride: Pair, padding: Pair, dilation: int, groups: int
    ) -> Array:
        x = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
        extent = [dilation * (size - 1) + 1 for size in weight.shape[2:]]
        windows = sliding_window_view(x, extent, axis=(2, 3))
        windows = windows[:, :, :: stride[0], :: stride[1], ::dilation, ::dilation]
        parts = [
            np.tensordot(part, kernel, ((1, 4, 5), (1, 2, 3)))
            for part, kernel in zip(
                np.split(windows, groups, axis=1), np.split(weight, groups), strict=True
            )
        ]
        return np.moveaxis(np.concatenate(parts, axis=-1), -1, 1)

    def conv_transpose2d(self, x: Array, weight: Array, *, stride: Pair, padding: int) -> Array:
        batch, _, height, width = x.shape
        _, filters, size, _ = weight.shape
        down, right = stride
        full = np.zeros(
            (batch, filters, (height - 1) * down + size, (width - 1) * right + size), x.dtype
        )
        stamps = np.einsum("bchw,cfyx->bfhwyx", x, weight)
        for row, column in product(range(height), range(width)):
            top, left = row * down, column * right
            full[:, :, top : top + size, left : left + size] += stamps[:, :, row, column]
        return full[:, :, padding : full.shape[2] - padding, padding : full.shape[3] - padding]

    def max_pool(self, x: Array, *, size: Pair, stride: Pair, before: Pair, after: Pair) -> Array:
        return self._windows(x, size, stride, before, after, -np.inf).max(axis=(4, 5))

    def avg_pool(self, x: Array, *, size: Pair, stride: Pair, before: Pair, after: Pair) -> Array:
        inside = np.ones_like(x[:1, :1])
        counts = self._windows(inside, size, stride, before, after, 0).sum(axis=(4, 5))
        return self._windows(x, size, stride, before, after, 0).sum(axis=(4, 5)) / counts

    def _windows(
        self, x: Array, size: Pair, stride: Pair, before: Pair, after: Pair, outside: float
    ) -> Array:
        border = ((0, 0), (0, 0), (before[0], after[0]), (before[1], after[1]))
        padded = np.pad(x, border, constant_values=outside)
        return sliding_window_view(padded, size, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]

    def upsample(self, x: Array, factor: int) -> Array:
        return x.repeat(factor, axis=2).repeat(factor, axis=3)

    def matmul(self, x: Array, y: Array, *, transpose_y: bool = False) -> Array:
        return x @ (y.swapaxes(-1, -2) if transpose_y else y)

    def add_bias(self, x: Array, bias: Array) -> Array:
        return x + bias[:, None, None]

    def batch_norm(
        self,
        x: Array,
        *,
        scale: Array,
        bias: Array,
        mean: Array,
        variance: Array,
        epsilon: float,
        add_to_root: bool,
    ) -> Array:
        root = np.sqrt(variance) + epsilon if add_to_root else np.sqrt(variance + epsilon)
        return (x - mean[:, None, None]) / root[:, None, None] * scale[:, None, None] + bias[
            :, None, None
        ]

    def softmax(self, x: Array, axis: int) -> Array:
        exponent = np.exp(x - x.max(axis=axis + 1, keepdims=True))
        return exponent / exponent.sum(axis=axis + 1, keepdims=True)

    def mean(self, x: Array, axes: Sequence[int]) -> Array:
        return x.mean(axis=tuple(axis + 1 for axis in axes), keepdims=True)

    def sum(self, x: Array, axes: Sequence[int]) -> Array:
        return x.sum(axis=tuple(axis + 1 for axis in axes), keepdims=True)

    def max(self, x: Array, axes: Sequence[int]) -> Array:
        return x.max(axis=tuple(axis + 1 for axis in axes), keepdims=True)

    def dropout(self, x: Array, probability: float) -> Array:
        return x

    def concat(self, xs: Sequence[Array], axis: int) -> Array:
        return np.concatenate(xs, axis=axis + 1)

    def slice(self, x: Array, axis: int, start: int, stop: int, step: int = 1) -> Array:
        return x[(slice(None),) * (axis + 1) + (slice(start, stop, step),)]

    def pad(self, x: Array, before: Sequence[int], after: Sequence[int]) -> Array:
        return np.pad(x, [(0, 0), *zip(before, after, strict=True)])

    def reshape(self, x: Array, shape: Sequence[int]) -> Array:
        return x.reshape(len(x), *shape)

    def transpose(self, x: Array, axes: Sequence[int]) -> Array:
        return x.transpose(0, *(axis + 1 for axis in axes))

    def add(self, x: Array, y: Array) -> Array:
        return x + y

    def sub(self, x: Array, y: Array) -> Array:
        return x - y

    def mul(self, x: Array, y: Array) -> Array:
        return x * y

    def div(self, x: Array, y: Array) -> Array:
        return x / y

    def maximum(self, x: Array, y: Array) -> Array:
        return np.maximum(x, y)

    def minimum(self, x: Array, y: Array) -> Array:
        return np.minimum(x, y)

    def power(self, x: Array, exponent: float) -> Array:
        return x ** np.asarray(exponent, x.dtype)

    def exp(self, x: Array) -> Array:
        return np.exp(x)

    def tanh(self, x: Array) -> Array:
        return np.tanh(x)

    def sigmoid(self, x: Array) -> Array:
        return np.asarray(0.5, x.dtype) * (np.tanh(x * np.asarray(0.5, x.dtype)) + 1)

    def softplus(self, x: Array) -> Array:
        return np.logaddexp(x, np.asarray(0, x.dtype))

    def floor(self, x: Array) -> Array:
        return np.floor(x)

    def leaky_relu(self, x: Array, slope: float) -> Array:
        if slope == 0:
            return np.maximum(x, np.asarray(0, x.dtype))
        return np.where(x > 0, x, x * np.asarray(slope, x.dtype))

    def where_positive(self, x: Array, yes: Array, no: Array) -> Array:
        return np.where(x > 0, yes, no)
