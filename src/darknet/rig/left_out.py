"""How far off the predictor is for a card that it was not fitted to.

Every card is left out in turn; what the others' fit says of it is compared with what was published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .fit import Array, Table, fitted_to
from .reference_speeds import Row

__all__ = ["Left", "leave_one_out", "spread_of", "summary"]

QUANTILE = 0.9
LEAST_SPREAD = 1.2


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


def leave_one_out(given: Sequence[Row]) -> list[Left]:
    """Every row, predicted by a fit to the rows of all other cards.

    The range of a row is set by the errors that cards left out of that same fit have in turn:
    neither the row nor its card has a say in it.
    """
    cards = sorted({row.gpu.name for row in given})
    whole = fitted_to(Table(given))
    pairs: dict[frozenset[str], Array] = {}

    def without(*names: str) -> Array:
        key = frozenset(names)
        if key not in pairs:
            table = Table([row for row in given if row.gpu.name not in key])
            pairs[key] = fitted_to(table, whole)
        return pairs[key]

    found: list[Left] = []
    for card in cards:
        own = [row for row in given if row.gpu.name == card]
        errors = [
            error
            for other in cards
            if other != card
            for error in _errors([r for r in given if r.gpu.name == other], without(card, other))
        ]
        speeds = Table(own).speeds(without(card))
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
