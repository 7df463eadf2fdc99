"""The operations as OpenVINO graph nodes, built directly.

A tensor is an `openvino.Output`. Shapes are static; the graph is compiled by the engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as op

from ..layers.ops import Pair
from ..network import Network
from ..weights import Weights
from .evaluate import evaluate

__all__ = ["OpenVinoOps", "to_model"]

_END = 2**31 - 1  # beyond the end of any axis
Tensor = Any  # openvino.Output; its stubs type every operation as Node, which works as well


def to_model(network: Network, weights: Weights, batch: int) -> ov.Model:
    """The network as an OpenVINO model: (batch, channels, height, width) in, one result an output.

    A batch of -1 is left free. The model keeps views of the weights' arrays.
    """
    shape = network.input
    image = op.parameter([batch, shape.channels, shape.height, shape.width], np.float32)
    image.set_friendly_name("image")
    ops = OpenVinoOps()
    tensors: list[Mapping[str, Tensor]] = [
        {name: _weight(array) for name, array in arrays.items()} for arrays in weights.arrays
    ]
    results = evaluate(network, ops, tensors, image.output(0))
    return ov.Model([op.result(result) for result in results], [image], "darknet")


def _weight(array: NDArray[np.float32]) -> Tensor:
    shareable = array.flags.c_contiguous and array.flags.writeable
    return op.constant(array, shared_memory=shareable).output(0)


def _ints(values: Sequence[int]) -> Tensor:
    return op.constant(np.asarray(values, np.int64)).output(0)


class OpenVinoOps:
    """OpenVINO's interpretation."""

    def constant(self, value: NDArray[np.float32] | float) -> Tensor:
        return op.constant(np.asarray(value, np.float32)).output(0)

    def conv2d(
        self,
        x: Tensor,
        weight: Tensor,
        *,
        stride: Pair,
        padding: Pair,
        dilation: int,
        groups: int,
    ) -> Tensor:
        if max(stride) > 1 and tuple(weight.shape)[2:] == (1, 1):
            # OpenVINO moves such strides up before other layers, where it forgets the padding, and
            # multiplies them until they overflow: here the stride is a slice of the image.
            if any(padding):
                x, padding = self.pad(x, (0, *padding), (0, *padding)), (0, 0)
            x = self.slice(self.slice(x, 1, 0, _END, stride[0]), 2, 0, _END, stride[1])
            stride = (1, 1)
        where = (list(stride), list(padding), list(padding), [dilation, dilation])
        if groups == 1:
            return op.convolution(x, weight, *where).output(0)
        filters, *taps = weight.shape
        grouped = op.reshape(weight, _ints([groups, filters // groups, *taps]), False)
        return op.group_convolution(x, grouped, *where).output(0)

    def conv_transpose2d(self, x: Tensor, weight: Tensor, *, stride: Pair, padding: int) -> Tensor:
        border = [padding, padding]
        return op.convolution_backprop_data(
            x, weight, list(stride), pads_begin=border, pads_end=border
        ).output(0)

    def max_pool(self, x: Tensor, *, size: Pair, stride: Pair, before: Pair, after: Pair) -> Tensor:
        where = (list(stride), [1, 1], list(before), list(after), list(size))
        return op.max_pool(x, *where).output(0)

    def avg_pool(self, x: Tensor, *, size: Pair, stride: Pair, before: Pair, after: Pair) -> Tensor:
        where = (list(stride), list(before), list(after), list(size))
        return op.avg_pool(x, *where, exclude_pad=True).output(0)

    def upsample(self, x: Tensor, factor: int) -> Tensor:
        scales = op.constant(np.asarray([factor, factor], np.float32))
        return op.interpolate(
            x,
            scales,
            "nearest",
            "scales",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
            axes=_ints([2, 3]),
        ).output(0)

    def matmul(self, x: Tensor, y: Tensor, *, transpose_y: bool = False) -> Tensor:
        return op.matmul(x, y, False, transpose_y).output(0)

    def add_bias(self, x: Tensor, bias: Tensor) -> Tensor:
        return self.add(x, self._channels(bias))

    def batch_norm(
        self,
        x: Tensor,
        *,
        scale: Tensor,
        bias: Tensor,
        mean: Tensor,
        variance: Tensor,
        epsilon: float,
        add_to_root: bool,
    ) -> Tensor:
        tiny = self.constant(epsilon)
        if add_to_root:
            root = self.add(op.sqrt(variance), tiny)
        else:
            root = op.sqrt(self.add(variance, tiny)).output(0)
        factor = self.div(scale, root)
        shift = self.sub(bias, self.mul(mean, factor))
        return self.add(self.mul(x, self._channels(factor)), self._channels(shift))

    def _channels(self, vector: Tensor) -> Tensor:
        return op.reshape(vector, _ints([1, -1, 1, 1]), False).output(0)

    def softmax(self, x: Tensor, axis: int) -> Tensor:
        return op.softmax(x, axis + 1).output(0)

    def mean(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        return op.reduce_mean(x, _ints([axis + 1 for axis in axes]), True).output(0)

    def sum(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        return op.reduce_sum(x, _ints([axis + 1 for axis in axes]), True).output(0)

    def max(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        return op.reduce_max(x, _ints([axis + 1 for axis in axes]), True).output(0)

    def dropout(self, x: Tensor, probability: float) -> Tensor:
        return x

    def concat(self, xs: Sequence[Tensor], axis: int) -> Tensor:
        return op.concat(list(xs), axis + 1).output(0)

    def slice(self, x: Tensor, axis: int, start: int, stop: int, step: int = 1) -> Tensor:
        return op.slice(x, _ints([start]), _ints([stop]), _ints([step]), _ints([axis + 1])).output(
            0
        )

    def pad(self, x: Tensor, before: Sequence[int], after: Sequence[int]) -> Tensor:
        zero = self.constant(0)
        return op.pad(x, _ints([0, *before]), _ints([0, *after]), "constant", zero).output(0)

    def reshape(self, x: Tensor, shape: Sequence[int]) -> Tensor:
        return op.reshape(x, _ints([0, *shape]), True).output(0)

    def transpose(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        return op.transpose(x, _ints([0, *(axis + 1 for axis in axes)])).output(0)

    def add(self, x: Tensor, y: Tensor) -> Tensor:
        return op.add(x, y).output(0)

    def sub(self, x: Tensor, y: Tensor) -> Tensor:
        return op.subtract(x, y).output(0)

    def mul(self, x: Tensor, y: Tensor) -> Tensor:
        return op.multiply(x, y).output(0)

    def div(self, x: Tensor, y: Tensor) -> Tensor:
        return op.divide(x, y).output(0)

    def maximum(self, x: Tensor, y: Tensor) -> Tensor:
        return op.maximum(x, y).output(0)

    def minimum(self, x: Tensor, y: Tensor) -> Tensor:
        return op.minimum(x, y).output(0)

    def power(self, x: Tensor, exponent: float) -> Tensor:
        return op.power(x, self.constant(exponent)).output(0)

    def exp(self, x: Tensor) -> Tensor:
        return op.exp(x).output(0)

    def tanh(self, x: Tensor) -> Tensor:
        return op.tanh(x).output(0)

    def sigmoid(self, x: Tensor) -> Tensor:
        return op.sigmoid(x).output(0)

    def softplus(self, x: Tensor) -> Tensor:
        return op.softplus(x).output(0)

    def floor(self, x: Tensor) -> Tensor:
        return op.floor(x).output(0)

    def leaky_relu(self, x: Tensor, slope: float) -> Tensor:
        if slope == 0:
            return op.relu(x).output(0)
        return op.prelu(x, op.constant(np.asarray([slope], np.float32))).output(0)

    def where_positive(self, x: Tensor, yes: Tensor, no: Tensor) -> Tensor:
        return op.select(op.greater(x, self.constant(0)), yes, no).output(0)
