"""What a network says of a position, and the moves that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .board import Board
from .coordinates import PASS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Evaluation", "Suggestion", "suggestions"]


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """A network's answer for one position.

    `priors`: (size, size) float32, the probability of each point as the network gave it, nothing
    masked. `pass_prior`: that of a pass; all together are 1. `value`: the chance, 0..1, that who is
    to move wins; None where the network has no such head. `ownership`: (size, size) float32, -1..1,
    1 what will be Black's; None where it has no such head.
    """

    priors: NDArray[np.float32]
    pass_prior: float
    value: float | None = None
    ownership: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A move, perhaps PASS, and the probability that the network gave it."""

    point: int
    probability: float


def suggestions(evaluation: Evaluation, board: Board, count: int = 10) -> list[Suggestion]:
    """The `count` most probable moves that are legal now, a pass among them, the best first.

    Probabilities are as the network gave them; among equals the lower point comes first, a pass
    last.
    """
    flat = np.append(evaluation.priors.ravel(), np.float32(evaluation.pass_prior))
    found: list[Suggestion] = []
    for index in np.argsort(-flat, kind="stable").tolist():
        if len(found) >= count:
            break
        point = PASS if index == board.points else index
        if board.is_legal(point):
            found.append(Suggestion(point, float(flat[index])))
    return found
