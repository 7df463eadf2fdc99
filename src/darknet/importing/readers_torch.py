"""torch's files -> their arrays, by torch's own reader of weights alone.

``torch.load(weights_only=True)`` builds tensors and plain containers and refuses all else, so
nothing that a file says is run; what it builds beyond a state dict is refused before (`pickled`). (https://docs.pytorch.org/docs/stable/notes/serialization.html)
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from ..errors import WeightsError, printable
from ..files import read_bytes
from .entries import Contents, Entry, Values, check_size, reading
from .pickled import forbidden_in_stream, forbidden_in_zip

if TYPE_CHECKING:
    import torch

__all__ = ["read_torch"]

_NESTED = ("state_dict", "model_state_dict", "model", "net", "weights")
WHAT = "a torch state dict"
_COUNTER = "num_batches_tracked"


def read_torch(path: str, label: str, limit: int, *, is_zip: bool) -> Contents:
    """The tensors of a state dict, which may lie in a checkpoint beside other things.

    `is_zip` is False for a file as torch wrote it before version 1.6: it is read from memory, as
    then no more is read than there is, whatever lengths it claims.
    WeightsError for a file with objects in it (a whole model that was pickled), TorchScript, or
    tensors that would take more than `limit` bytes.
    """
    try:
        import torch
    except ImportError:
        raise WeightsError(
            f"{label}: a torch file, which needs torch: pip install 'darknet-python[train]'"
        ) from None
    with reading(label, WHAT):
        data = b"" if is_zip else read_bytes(path, limit, WHAT, WeightsError)
        odd = forbidden_in_zip(path, label) if is_zip else forbidden_in_stream(data)
        if odd is not None:
            raise _objects(label, f" (the file has {printable(odd, 100)})")
        try:
            file = path if is_zip else io.BytesIO(data)
            found = torch.load(file, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError:
            raise _objects(label) from None
        tensors = _state_dict(found, label)
        check_size(((name, tuple(t.shape)) for name, t in tensors.items()), limit, label)
        entries, ignored = [], []
        for name, tensor in tensors.items():
            if tensor.is_floating_point() and not name.endswith(_COUNTER):
                kind = str(tensor.dtype).removeprefix("torch.")
                load = partial(_values, tensor, label)
                entries.append(Entry(name, tuple(tensor.shape), kind, load))
            else:
                ignored.append(name)
    return Contents(label, "torch", tuple(entries), tuple(ignored), may_be_hwio=False)


def _objects(label: str, which: str = "") -> WeightsError:
    return WeightsError(
        f"{label}: holds Python objects, which are never run here, or is damaged; expected "
        f"a state dict: torch.save(model.state_dict(), ...){which}"
    )


def _state_dict(found: object, label: str) -> dict[str, torch.Tensor]:
    """The tensors by name: of the mapping itself, or of the one in it that has them."""
    tensors = _tensors(found)
    if not tensors and isinstance(found, Mapping):
        inner = [found[key] for key in _NESTED if key in found]
        tensors = next(filter(None, map(_tensors, inner)), {})
    if not tensors:
        what = type(found).__name__
        raise WeightsError(
            f"{label}: a torch file of a {what} without tensors by name; expected a state dict: "
            "torch.save(model.state_dict(), ...)"
        )
    return tensors


def _tensors(found: object) -> dict[str, torch.Tensor]:
    import torch

    if not isinstance(found, Mapping):
        return {}
    return {
        name: value
        for name, value in found.items()
        if isinstance(name, str) and isinstance(value, torch.Tensor)
    }


def _values(tensor: torch.Tensor, label: str) -> Values:
    import torch

    with reading(label, WHAT):
        kind = torch.float64 if tensor.dtype == torch.float64 else torch.float32
        values: Values = tensor.detach().to(kind).contiguous().numpy()
        return values
