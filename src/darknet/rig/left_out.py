"""How far off the predictor is for a card that it was not fitted to.

Every card (or chip: some have the same) is left out in turn; what the others' fit says of it is
compared with what was published.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .fit import Array, Table, fitted_to
from .reference_speeds import Row

__all__ = ["Key", "Left", "card", "chip", "leave_one_out", "spread_of", "summary"]

Key = Callable[[Row], str]
QUANTILE = 0.9
LEAST_SPREAD = 1.2


def card(row: Row) -> str:
    """The card of a row."""
    return row.gpu.name


def chip(row: Row) -> str:
    """Its chip, which several cards may have."""
    return row.gpu.chip or row.gpu.name


@dataclass(frozen=True)
class Left:
    """A row that a fit without its card says something of: predicted and measured images/s.

    `spread`: the range's factor, which other cards' errors gave.
    """

    row: Row
    predicted: float
    spread: float

    @property
    def error(self) -> float:
        """The logarithm of predicted by measured."""
        return float(np.log(self.predicted / self.row.images_per_s))

    @property
    def inside(self) -> bool:
        """Whether the measured speed lies in the range."""
        return bool(abs(self.error) <= np.log(self.spread))


def leave_one_out(given: Sequence[Row], key: Key = card) -> list[Left]:
    """Every row, predicted by a fit to the rows of all other cards (or chips, by `key`).

    The range of a row is set by the errors that cards left out of that same fit have in turn:
    neither the row nor its card has a say in it.
    """
    of = {name: [row for row in given if key(row) == name] for name in sorted(set(map(key, given)))}
    whole = fitted_to(Table(given))
    pairs: dict[frozenset[str], Array] = {}

    def without(*names: str) -> Array:
        gone = frozenset(names)
        if gone not in pairs:
            rest = [row for row in given if key(row) not in gone]
            pairs[gone] = fitted_to(Table(rest), whole)
        return pairs[gone]

    found: list[Left] = []
    for name, own in of.items():
        others = ((other, there) for other, there in of.items() if other != name)
        errors = [e for other, there in others for e in _errors(there, without(name, other))]
        speeds = Table(own).speeds(without(name))
        spread = spread_of(errors)
        found += [Left(row, float(s), spread) for row, s in zip(own, speeds, strict=True)]
    return found


def spread_of(errors: Sequence[float]) -> float:
    """The factor that nine of ten errors are within."""
    return max(LEAST_SPREAD, float(np.exp(np.quantile(np.abs(errors), QUANTILE))))


def _errors(given: Sequence[Row], parameters: Array) -> list[float]:
    table = Table(given)
    return list(np.log(table.speeds(parameters) / table.measured))


def summary(left: Sequence[Left]) -> dict[str, Any]:
    """Shares of rows within 1.5 times, and inside the printed range."""
    errors = np.array([abs(one.error) for one in left])
    return {
        "rows": len(left),
        "within_1_5": float((errors <= np.log(1.5)).mean()),
        "inside_range": float(np.mean([one.inside for one in left])),
        "median_factor": float(np.exp(np.median(errors))),
        "worst_factor": float(np.exp(errors.max())),
    }
