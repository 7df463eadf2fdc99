"""What a source of weights holds: named arrays, known by shape before their values are read."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from ..errors import DarknetError, WeightsError, printable
from ..layers import Fork
from ..layers.base import Role
from ..layers.norm import EPSILON

__all__ = [
    "Contents",
    "Entry",
    "Values",
    "check_size",
    "fail",
    "fork_said",
    "plural",
    "reading",
    "twice",
]

Values = NDArray[np.generic]
MAX_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One array of the source.

    `load` reads its values (floating point, of `shape`). What a file's graph says beside the name
    (ONNX): the array's `role`, the `group` of arrays that one layer has, `transposed` where a
    matrix has its inputs first, and a batch normalization's `epsilon` (with its variance).
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    load: Callable[[], Values]
    role: Role | None = None
    group: str | None = None
    transposed: bool = False
    epsilon: float | None = None

    @property
    def size(self) -> int:
        """How many values."""
        return prod(self.shape)

    def __str__(self) -> str:
        return f"{printable(self.name, 120)} {self.shape} {self.dtype}"


@dataclass(frozen=True, slots=True)
class Contents:
    """A source's arrays of floats, and the names of what is no weight (counters, indices).

    `ordered` is True where the arrays come in the order of the layers. Formats that sort their
    names keep no order; their entries are in natural order (conv2 before conv10).
    `may_be_hwio` is False where the format's own layout is known (torch's). `fork` is whose batch
    normalization an export of this package says it has; `beside` are the other files that are read.
    """

    label: str
    form: str
    entries: tuple[Entry, ...]
    ignored: tuple[str, ...] = ()
    ordered: bool = True
    may_be_hwio: bool = True
    fork: Fork | None = None
    beside: tuple[str, ...] = ()


def fork_said(metadata: Mapping[str, str] | None) -> Fork | None:
    """The fork that ``darknet export`` wrote into a file's metadata; None for none, or another."""
    said = (metadata or {}).get("fork")
    return next((fork for fork in EPSILON if fork == said), None)


@contextmanager
def reading(label: str, what: str) -> Iterator[None]:
    """Whatever a library raises for a damaged file becomes one WeightsError.

    Libraries that unpickle and parse raise almost anything then (KeyError, RuntimeError,
    AttributeError ...), so there is no shorter list than Exception. Their warnings (of headers
    from Python 2, of storages' old names) are none of the user's.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except DarknetError:
        raise
    except MemoryError:
        raise WeightsError(
            f"{label}: asks for more memory than there is; expected {what}"
        ) from None
    except Exception as problem:
        lines = str(problem).strip().splitlines()
        reason = printable(lines[0], 200) if lines else type(problem).__name__
        raise WeightsError(f"{label}: cannot be read as {what}: {reason}") from None


def fail(label: str, entry: str, why: str) -> WeightsError:
    """The error for one array of a file."""
    return WeightsError(f"{label}: {printable(entry, 120)}: {why}")


def twice(names: Sequence[str]) -> str | None:
    """A name that comes twice, if one does."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def check_size(entries: Iterable[tuple[str, Sequence[int]]], limit: int, label: str) -> None:
    """WeightsError where the (name, shape) pairs want more than `limit` bytes as float32."""
    total = 0
    for count, (name, shape) in enumerate(entries):
        if count >= MAX_ENTRIES:
            raise WeightsError(f"{label}: more than {MAX_ENTRIES:,} arrays")
        if any(side < 0 for side in shape) or len(shape) > 32:
            raise fail(label, name, f"is no array: shape {printable(str(tuple(shape)))}")
        total += 4 * prod(shape)
        if total > limit:
            raise WeightsError(
                f"{label}: its arrays would take more than {limit:,} bytes, several times what "
                "the network needs; is it another network's?"
            )


def plural(count: int, what: str) -> str:
    """``1 array``, ``2 arrays``."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
