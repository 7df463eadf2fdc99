"""ONNX models -> their initializers, in the order in which the graph uses them.

Names say little in many of them (``onnx::Conv_193``), so what the graph says is kept too: which
node an array belongs to, whether a matrix has its inputs first, batch normalizations' epsilons,
what a Gemm multiplies by, the better name behind a Cast (``darknet export --half``).
(https://onnx.ai/onnx/repo-docs/IR.html)
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import WeightsError
from ..files import open_file
from ..layers.base import Role
from .entries import Contents, Entry, Values, check_size, fail, fork_said, reading, twice
from .naming import has_role, own

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
_PASSES_ON = ("Identity", "Cast")
_SETTINGS = ("Clip", "Expand", "Pad", "Pow", "Range", "Resize", "Tile", "Upsample")
_SCALARS = ((), (1,))


@dataclass(frozen=True, slots=True)
class _Use:
    """Where the graph uses an array first, under the name `alias`.

    `factor`: what the operation multiplies the array by.
    """

    alias: str
    group: str
    operation: str
    role: Role | None
    transposed: bool = False
    epsilon: float | None = None
    factor: float = 1


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
        entries, ignored, beside = [], [], set[str]()
        for name, use in _uses(model.graph.node, set(tensors), label).items():
            tensor = tensors[name]
            entry = _entry(tensor, use, Path(path).parent, label)
            if entry is None:
                ignored.append(name)
                continue
            entries.append(entry)
            if tensor.data_location == onnx.TensorProto.EXTERNAL:
                beside.add(str(Path(path).parent / _where(tensor)["location"]))
        again = twice([entry.name for entry in entries])
        if again is not None:
            raise fail(label, again, "is there twice")
        fork = fork_said({pair.key: pair.value for pair in model.metadata_props})
    return Contents(
        label,
        "onnx",
        tuple(entries),
        tuple(ignored),
        may_be_hwio=False,
        fork=fork,
        beside=tuple(sorted(beside)),
    )


def _uses(nodes: Iterable[onnx.NodeProto], names: set[str], label: str) -> dict[str, _Use]:
    """The first use of every initializer; through Identity and Cast too, which exporters leave."""
    uses: dict[str, _Use] = {}
    alias: dict[str, str] = {}
    for number, node in enumerate(nodes):
        if node.op_type in _PASSES_ON and len(node.input) == len(node.output) == 1:
            alias[node.output[0]] = alias.get(node.input[0], node.input[0])
            continue
        for place, given in enumerate(node.input):
            name = alias.get(given, given)
            if name in names and name not in uses:
                group = f"{node.name or node.op_type}#{number}"
                uses[name] = _use(node, given, group, place, label)
    return uses


def _use(node: onnx.NodeProto, given: str, group: str, place: int, label: str) -> _Use:
    roles: Sequence[Role | None] = _ROLES.get(node.op_type, ())
    role = roles[place] if place < len(roles) else None
    numbers = {attribute.name: attribute for attribute in node.attribute}
    epsilon, factor, inputs_first = None, 1.0, node.op_type == "MatMul"
    if role == "variance":
        epsilon = float(numbers["epsilon"].f) if "epsilon" in numbers else 1e-5
    if node.op_type == "Gemm":
        if "transA" in numbers and numbers["transA"].i:
            raise fail(
                label, given, "goes into a Gemm with transA=1, which no layer of Darknet's is"
            )
        inputs_first = not ("transB" in numbers and numbers["transB"].i)
        scale = numbers.get("beta" if place == 2 else "alpha")
        factor = 1.0 if scale is None else float(scale.f)
    transposed = inputs_first and role == "weight"
    return _Use(given, group, node.op_type, role, transposed, epsilon, factor)


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
    load = partial(_load, tensor, str(folder), label, use.factor)
    transposed = use.transposed and len(shape) == 2
    name = tensor.name if _says(tensor.name) or not _says(use.alias) else use.alias
    return Entry(name, shape, kind, load, use.role, use.group, transposed, use.epsilon)


def _says(name: str) -> bool:
    """True for a name that says what the array is; not for ``layer3_weights_1_half``."""
    return has_role(name) or (own(name) is not None and not name.endswith("_half"))


def _where(tensor: onnx.TensorProto) -> dict[str, str]:
    """Where the array's values are; of a key that comes twice the last counts, as in onnx."""
    return {pair.key: pair.value for pair in tensor.external_data}


def _check_beside(tensor: onnx.TensorProto, folder: Path, label: str) -> None:
    """WeightsError unless the array's own file is a regular one in the model's folder."""
    where = _where(tensor)
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


def _load(tensor: onnx.TensorProto, folder: str, label: str, factor: float) -> Values:
    from onnx import numpy_helper

    with reading(label, "an ONNX model"):
        values: Values = numpy_helper.to_array(tensor, folder)
        if values.shape != tuple(tensor.dims):
            raise fail(label, tensor.name, "has another number of values than its shape says")
        return values if factor == 1 else values.astype(np.float64) * factor
