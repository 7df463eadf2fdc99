"""What is in a weights file: smallest, mean, largest, deviation of every array; zeros and NaN."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .errors import WeightsError
from .layers import Node, WeightSpec
from .network import Network
from .weights import Array, Weights

__all__ = [
    "ArrayStatistics",
    "Statistics",
    "check_finite",
    "damage",
    "six_digits",
    "statistics",
]

_HEADING = ("layer", "section", "array", "numbers", "min", "mean", "max", "std", "zeros", "bad")


@dataclass(frozen=True, slots=True)
class ArrayStatistics:
    """One array of one layer.

    `minimum`, `mean`, `maximum` and `std` (over N) are of the finite numbers, NaN where there are
    none. `zeros` is the share of zeros; `nan` and `infinite` are counts, and `negative` that of a
    variance's negative numbers, whose roots would be NaN.
    """

    layer: int
    section: str
    array: str
    count: int
    minimum: float
    mean: float
    maximum: float
    std: float
    zeros: float
    nan: int
    infinite: int
    negative: int

    def to_dict(self) -> dict[str, Any]:
        """The fields, for JSON (docs/json.md): null for a NaN."""
        return {
            key: None if isinstance(value, float) and math.isnan(value) else value
            for key, value in asdict(self).items()
        }

    def cells(self) -> tuple[str, ...]:
        """The columns of the table."""
        numbers = (f"{n:.4g}" for n in (self.minimum, self.mean, self.maximum, self.std))
        return (
            str(self.layer),
            self.section,
            self.array,
            f"{self.count:,}",
            *numbers,
            f"{self.zeros:.1%}",
            self.bad,
        )

    @property
    def bad(self) -> str:
        """``3 NaN 1 inf``: what no array should have; empty where it has none."""
        counts = ((self.nan, "NaN"), (self.infinite, "inf"), (self.negative, "negative"))
        return " ".join(f"{count:,} {what}" for count, what in counts if count)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Every array of a network's weights, in file order, and the images seen in training."""

    cfg: str
    seen: int
    arrays: tuple[ArrayStatistics, ...]

    def to_dict(self) -> dict[str, Any]:
        """The fields, for JSON (docs/json.md)."""
        return {
            "cfg": self.cfg,
            "seen": self.seen,
            "arrays": [array.to_dict() for array in self.arrays],
        }

    def __str__(self) -> str:
        rows = [_HEADING, *(array.cells() for array in self.arrays)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADING))]
        return "\n".join(_aligned(row, widths) for row in rows)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{word}</th>" for word in _HEADING)
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in array.cells())}</tr>"
            for array in self.arrays
        )
        return f"<table><tr>{head}</tr>{body}</table>"


def _aligned(row: tuple[str, ...], widths: list[int]) -> str:
    """Words to the left, numbers to the right."""
    cells = (
        f"{cell:<{width}}" if column in (1, 2) else f"{cell:>{width}}"
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()


def statistics(network: Network, weights: Weights) -> Statistics:
    """Look at every array.

    (C prints means and deviations for connected layers with batch normalization alone.)

    Raises WeightsError where the weights are not the network's.
    """
    weights.check(network)
    return Statistics(network.cfg.label, weights.header.seen, tuple(_rows(network, weights)))


def _rows(network: Network, weights: Weights) -> Iterator[ArrayStatistics]:
    for node in network.nodes:
        for spec in node.weights:
            array = weights[node.index][spec.name]
            yield _of(array, node, spec)


def _of(array: Array, node: Node, spec: WeightSpec) -> ArrayStatistics:
    good = array[np.isfinite(array)].astype(np.float64)
    none = not good.size
    return ArrayStatistics(
        layer=node.index,
        section=node.layer.names[0],
        array=spec.name,
        count=array.size,
        minimum=math.nan if none else float(good.min()),
        mean=math.nan if none else float(good.mean()),
        maximum=math.nan if none else float(good.max()),
        std=math.nan if none else float(good.std()),
        zeros=float(np.count_nonzero(array == 0) / array.size),
        nan=int(np.count_nonzero(np.isnan(array))),
        infinite=int(np.count_nonzero(np.isinf(array))),
        negative=int(np.count_nonzero(good < 0)) if spec.role == "variance" else 0,
    )


def damage(network: Network, weights: Weights) -> str:
    """The first array with what no array should have, for a message; empty where none has it.

    ``layer 3 [convolutional]: rolling_variance has 2 negative``.
    """
    found = next((array for array in _rows(network, weights) if array.bad), None)
    return f"layer {found.layer} [{found.section}]: {found.array} has {found.bad}" if found else ""


def check_finite(values: Array, what: str, consequence: str = "") -> None:
    """WeightsError where a value is NaN or infinite.

    The message begins with `what` ("layer 3 has NaN or infinity") and ends with `consequence`.
    """
    if not np.isfinite(values).all():
        why = "(are the weights damaged, or made for another network?)"
        raise WeightsError(f"{what} {why}{', ' if consequence else ''}{consequence}")


def six_digits(value: float | np.floating[Any]) -> float:
    """A float32's digits, for JSON: more of them say nothing."""
    return float(f"{float(value):.6g}")
