"""ONNX models -> their initializers, in the order in which the graph uses them.

Names say little in many of them (``onnx::Conv_193``), so what the graph says is kept too: which
node an array belongs to, whether a matrix has its inputs first, batch normalizations' epsilons.
(https://onnx.ai/onnx/repo-docs/IR.html)
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import WeightsError
from ..files import open_file
from ..layers.base import Role
from .entries import Contents, Entry, Values, check_size, fail, reading, twice
from .naming import has_role

if TYPE_CHECKING:
    import onnx

__all__ = ["read_onnx"]

_ROLES: dict[str, tuple[Role | None, ...]] = {
    "Conv": (None, "weight", "bias"),
    "ConvTranspose": (None, "weight", "bias"),
    "Gemm": (None, "weight", "bias"),
    "MatMul": (None, "weight"),
    "BatchNormalization": (None, "scale", "bias", "mean", "variance"),
}
_SETTINGS = ("Clip", "Expand", "Pad", "Pow", "Range", "Resize", "Tile", "Upsample")
_SCALARS = ((), (1,))


@dataclass(frozen=True, slots=True)
class _Use:
    """Where the graph uses an array first."""

    group: str
    operation: str
    role: Role | None
    transposed: bool = False
    epsilon: float | None = None


def read_onnx(path: str, label: str, limit: int) -> Contents:
    """The initializers that some node uses. Constants of one value are no weights.

    Arrays in files of their own are read where those lie beside the model. WeightsError for a
    damaged model, or arrays of more than `limit` bytes.
    """
    try:
        import onnx
    except ImportError:
        raise WeightsError(
            f"{label}: an ONNX model, which needs onnx: pip install 'darknet-python[onnx]'"
        ) from None
    with reading(label, "an ONNX model"):
        model = onnx.load(path, load_external_data=False)
        tensors = {tensor.name: tensor for tensor in model.graph.initializer}
        again = twice([tensor.name for tensor in model.graph.initializer])
        if again is not None:
            raise fail(label, again, "is there twice")
        if not model.graph.node:
            raise WeightsError(f"{label}: an ONNX model without nodes, or no ONNX model")
        check_size(((name, tuple(t.dims)) for name, t in tensors.items()), limit, label)
        entries, ignored = [], []
        for name, use in _uses(model.graph.node, set(tensors)).items():
            entry = _entry(tensors[name], use, Path(path).parent, label)
            if entry is None:
                ignored.append(name)
            else:
                entries.append(entry)
    return Contents(label, "onnx", tuple(entries), tuple(ignored), may_be_hwio=False)


def _uses(nodes: Iterable[onnx.NodeProto], names: set[str]) -> dict[str, _Use]:
    """The first use of every initializer; through Identity nodes too, which exporters leave."""
    uses: dict[str, _Use] = {}
    alias: dict[str, str] = {}
    for number, node in enumerate(nodes):
        if node.op_type == "Identity" and len(node.input) == len(node.output) == 1:
            alias[node.output[0]] = alias.get(node.input[0], node.input[0])
            continue
        for place, given in enumerate(node.input):
            name = alias.get(given, given)
            if name in names and name not in uses:
                uses[name] = _use(node, f"{node.name or node.op_type}#{number}", place)
    return uses


def _use(node: onnx.NodeProto, group: str, place: int) -> _Use:
    roles: Sequence[Role | None] = _ROLES.get(node.op_type, ())
    role = roles[place] if place < len(roles) else None
    numbers = {attribute.name: attribute for attribute in node.attribute}
    inputs_first = node.op_type == "MatMul" or (
        node.op_type == "Gemm" and not ("transB" in numbers and numbers["transB"].i)
    )
    epsilon = None
    if role == "variance":
        epsilon = float(numbers["epsilon"].f) if "epsilon" in numbers else 1e-5
    return _Use(group, node.op_type, role, inputs_first and role == "weight", epsilon)


def _entry(tensor: onnx.TensorProto, use: _Use, folder: Path, label: str) -> Entry | None:
    """The array, None where it is no weight: whole numbers, a constant, an operation's setting."""
    import onnx

    kinds = {
        onnx.TensorProto.FLOAT: "float32",
        onnx.TensorProto.FLOAT16: "float16",
        onnx.TensorProto.BFLOAT16: "bfloat16",
        onnx.TensorProto.DOUBLE: "float64",
    }
    kind, shape = kinds.get(tensor.data_type), tuple(tensor.dims)
    constant = use.role is None and shape in _SCALARS and not has_role(tensor.name)
    if kind is None or use.operation in _SETTINGS or constant:
        return None
    if tensor.data_location == onnx.TensorProto.EXTERNAL:
        _check_beside(tensor, folder, label)
    load = partial(_load, tensor, str(folder), label)
    transposed = use.transposed and len(shape) == 2
    return Entry(tensor.name, shape, kind, load, use.role, use.group, transposed, use.epsilon)


def _check_beside(tensor: onnx.TensorProto, folder: Path, label: str) -> None:
    """WeightsError unless the array's own file is a regular one in the model's folder."""
    where = {pair.key: pair.value for pair in tensor.external_data}
    location = where.get("location", "")
    if not location or os.path.basename(location) != location or location in (".", ".."):
        raise fail(label, tensor.name, "lies in a file that is not beside the model")
    with open_file(folder / location, f"the arrays of {label}", WeightsError) as file:
        size = os.fstat(file.fileno()).st_size
    length = where.get("length", "")
    width = {1: 4, 10: 2, 16: 2, 11: 8}.get(tensor.data_type, 4)
    wanted = width
    for side in tensor.dims:
        wanted *= side
    if not (length.isascii() and length.isdigit() and int(length[:18]) == wanted <= size):
        raise fail(label, tensor.name, f"needs {wanted:,} bytes of {location}, which lacks them")


def _load(tensor: onnx.TensorProto, folder: str, label: str) -> Values:
    from onnx import numpy_helper

    with reading(label, "an ONNX model"):
        values: Values = numpy_helper.to_array(tensor, folder)
        if values.shape != tuple(tensor.dims):
            raise fail(label, tensor.name, "has another number of values than its shape says")
        return values
