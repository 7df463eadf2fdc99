"""The operations as ONNX nodes (opset 17), for export and for ONNX Runtime.

A tensor is the name of a value in the graph. The batch may be a symbol: nothing here knows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ..layers.ops import Pair
from ..network import Network
from ..weights import Weights
from .evaluate import evaluate

__all__ = ["OPSET", "OnnxOps", "halved", "to_onnx"]

OPSET = 17
IR_VERSION = 8


def to_onnx(network: Network, weights: Weights, batch: int | str = "batch") -> onnx.ModelProto:
    """The network as an ONNX model; `batch` is a number or the name of a free dimension.

    The input is ``image``, (batch, channels, height, width); the outputs are ``output`` (and
    ``output_1`` ... where there are several), as the layers give them.
    """
    ops = OnnxOps()
    shape = network.input
    sides = [batch, shape.channels, shape.height, shape.width]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, sides)
    tensors: list[Mapping[str, str]] = [
        {name: ops.weight(f"layer{index}_{name}", array) for name, array in arrays.items()}
        for index, arrays in enumerate(weights.arrays)
    ]
    results = evaluate(network, ops, tensors, "image")
    outputs = []
    for number, (result, node) in enumerate(zip(results, network.outputs, strict=True)):
        name = f"output_{number}" if number else "output"
        ops.nodes.append(helper.make_node("Identity", [result], [name]))
        out = node.output
        sides = [batch, out.channels, out.height, out.width]
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, sides))
    graph = helper.make_graph(ops.nodes, "darknet", [image], outputs, ops.initializers())
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its filters stored in half precision and cast back, in half the bytes.

    Arithmetic stays in float32. An array with a value beyond half precision's 65,504 stays as it
    is, and so do biases, which are small.
    """
    limit = np.finfo(np.float16).max
    kept, casts = [], []
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype == np.float32 and array.ndim > 1 and np.all(np.abs(array) <= limit):
            stored = f"{tensor.name}_half"
            kept.append(numpy_helper.from_array(array.astype(np.float16), stored))
            casts.append(helper.make_node("Cast", [stored], [tensor.name], to=TensorProto.FLOAT))
        else:
            kept.append(tensor)
    graph = model.graph
    nodes = [*casts, *graph.node]
    graph = helper.make_graph(nodes, graph.name, graph.input, graph.output, kept)
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


class OnnxOps:
    """ONNX's interpretation: every call appends nodes to a graph."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self._arrays: dict[str, NDArray[np.generic]] = {}

    def initializers(self) -> list[onnx.TensorProto]:
        """The constants that some node uses."""
        used = {name for node in self.nodes for name in node.input}
        return [
            numpy_helper.from_array(array, name)
            for name, array in self._arrays.items()
            if name in used
        ]

    def weight(self, name: str, array: NDArray[np.generic]) -> str:
        """Register an array under a name."""
        self._arrays[name] = np.ascontiguousarray(array)
        return name

    def _node(self, kind: str, *inputs: str, **attributes: object) -> str:
        name = f"value{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def _ints(self, values: Sequence[int]) -> str:
        return self.weight("ints_" + "_".join(map(str, values)), np.asarray(values, np.int64))

    def constant(self, value: NDArray[np.float32] | float) -> str:
        return self.weight(f"constant{len(self._arrays)}", np.asarray(value, np.float32))

    def conv2d(
        self, x: str, weight: str, *, stride: Pair, padding: Pair, dilation: int, groups: int
    ) -> str:
        return self._node(
            "Conv",
            x,
            weight,
            strides=list(stride),
            pads=[*padding, *padding],
            dilations=[dilation, dilation],
            group=groups,
        )

    def conv_transpose2d(self, x: str, weight: str, *, stride: Pair, padding: int) -> str:
        return self._node("ConvTranspose", x, weight, strides=list(stride), pads=[padding] * 4)

    def max_pool(self, x: str, *, size: Pair, stride: Pair, before: Pair, after: Pair) -> str:
        where = {"kernel_shape": list(size), "strides": list(stride), "pads": [*before, *after]}
        return self._node("MaxPool", x, **where)

    def avg_pool(self, x: str, *, size: Pair, stride: Pair, before: Pair, after: Pair) -> str:
        where = {"kernel_shape": list(size), "strides": list(stride), "pads": [*before, *after]}
        return self._node("AveragePool", x, count_include_pad=0, **where)

    def upsample(self, x: str, factor: int) -> str:
        scales = self.constant(np.asarray([1, 1, factor, factor], np.float32))
        modes = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return self._node("Resize", x, "", scales, mode="nearest", **modes)

    def matmul(self, x: str, y: str, *, transpose_y: bool = False) -> str:
        if transpose_y:
            return self._node("Gemm", x, y, transB=1)
        return self._node("MatMul", x, y)

    def add_bias(self, x: str, bias: str) -> str:
        return self.add(x, self._channels(bias))

    def batch_norm(
        self,
        x: str,
        *,
        scale: str,
        bias: str,
        mean: str,
        variance: str,
        epsilon: float,
        add_to_root: bool,
    ) -> str:
        tiny = self.constant(epsilon)
        if add_to_root:
            root = self.add(self._node("Sqrt", variance), tiny)
        else:
            root = self._node("Sqrt", self.add(variance, tiny))
        factor = self.div(scale, root)
        shift = self.sub(bias, self.mul(mean, factor))
        return self.add(self.mul(x, self._channels(factor)), self._channels(shift))

    def _channels(self, vector: str) -> str:
        return self._node("Reshape", vector, self._ints([1, -1, 1, 1]))

    def softmax(self, x: str, axis: int) -> str:
        return self._node("Softmax", x, axis=axis + 1)

    def mean(self, x: str, axes: Sequence[int]) -> str:
        return self._node("ReduceMean", x, axes=[axis + 1 for axis in axes])

    def sum(self, x: str, axes: Sequence[int]) -> str:
        return self._node("ReduceSum", x, self._ints([axis + 1 for axis in axes]))

    def max(self, x: str, axes: Sequence[int]) -> str:
        return self._node("ReduceMax", x, axes=[axis + 1 for axis in axes])

    def dropout(self, x: str, probability: float) -> str:
        return x

    def concat(self, xs: Sequence[str], axis: int) -> str:
        return self._node("Concat", *xs, axis=axis + 1)

    def slice(self, x: str, axis: int, start: int, stop: int, step: int = 1) -> str:
        where = (self._ints([number]) for number in (start, stop, axis + 1, step))
        return self._node("Slice", x, *where)

    def pad(self, x: str, before: Sequence[int], after: Sequence[int]) -> str:
        return self._node("Pad", x, self._ints([0, *before, 0, *after]))

    def reshape(self, x: str, shape: Sequence[int]) -> str:
        return self._node("Reshape", x, self._ints([0, *shape]))

    def transpose(self, x: str, axes: Sequence[int]) -> str:
        return self._node("Transpose", x, perm=[0, *(axis + 1 for axis in axes)])

    def add(self, x: str, y: str) -> str:
        return self._node("Add", x, y)

    def sub(self, x: str, y: str) -> str:
        return self._node("Sub", x, y)

    def mul(self, x: str, y: str) -> str:
        return self._node("Mul", x, y)

    def div(self, x: str, y: str) -> str:
        return self._node("Div", x, y)

    def maximum(self, x: str, y: str) -> str:
        return self._node("Max", x, y)

    def minimum(self, x: str, y: str) -> str:
        return self._node("Min", x, y)

    def power(self, x: str, exponent: float) -> str:
        return self._node("Pow", x, self.constant(exponent))

    def exp(self, x: str) -> str:
        return self._node("Exp", x)

    def tanh(self, x: str) -> str:
        return self._node("Tanh", x)

    def sigmoid(self, x: str) -> str:
        return self._node("Sigmoid", x)

    def softplus(self, x: str) -> str:
        return self._node("Softplus", x)

    def floor(self, x: str) -> str:
        return self._node("Floor", x)

    def leaky_relu(self, x: str, slope: float) -> str:
        return self._node("LeakyRelu", x, alpha=slope) if slope else self._node("Relu", x)

    def where_positive(self, x: str, yes: str, no: str) -> str:
        return self._node("Where", self._node("Greater", x, self.constant(0)), yes, no)
