"""What a network says of a position, and the moves that follow from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from .board import Board
from .coordinates import PASS, to_gtp
from .moves import BLACK, NAMES
from .svg import board_svg

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Evaluation", "Suggestion", "suggestions"]

_SHOWN = 10  # moves, where nobody says how many


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """A network's answer for one position.

    `priors`: (size, size) float32, the probability of each point as the network gave it, nothing
    masked. `pass_prior`: that of a pass; all together are 1. `value`: the chance, 0..1, that who is
    to move wins; None where the network has no such head. `ownership`: (size, size) float32, -1..1,
    1 what will be Black's; None where it has no such head. `stones` and `to_move` are the position.
    """

    priors: NDArray[np.float32]
    pass_prior: float
    value: float | None = None
    ownership: NDArray[np.float32] | None = None
    stones: tuple[int, ...] = ()
    to_move: int = BLACK

    @property
    def size(self) -> int:
        """The board's number of lines."""
        return len(self.priors)

    def ranking(self) -> Iterator[Suggestion]:
        """Every point without a stone and the pass, the most probable first.

        Among equals the lower point comes first, the pass last. Some may be illegal: `suggestions`
        asks the board.
        """
        flat = np.append(self.priors.ravel(), np.float32(self.pass_prior))
        order, last = np.argsort(-flat, kind="stable").tolist(), len(flat) - 1
        for index in order:
            if index == last:
                yield Suggestion(PASS, self.pass_prior)
            elif not self.stones or not self.stones[index]:
                yield Suggestion(index, float(flat[index]))

    def to_dict(self, count: int = _SHOWN) -> dict[str, Any]:
        """The most probable moves, and the other heads' answers, for JSON."""
        owner = self.ownership
        return {
            "size": self.size,
            "to_move": NAMES[self.to_move].lower(),
            "moves": [move.to_dict(self.size) for move in islice(self.ranking(), count)],
            "pass": _short(self.pass_prior),
            "value": None if self.value is None else _short(self.value),
            "ownership": None if owner is None else [[_short(v) for v in row] for row in owner],
        }

    def to_json(self, count: int = _SHOWN) -> str:
        """`to_dict` as a JSON object."""
        return json.dumps(self.to_dict(count))

    def __repr__(self) -> str:
        """The best move alone."""
        best = next(self.ranking())
        name = to_gtp(best.point, self.size)
        return f"<darknet.Evaluation {NAMES[self.to_move]}: {name} {best.probability:.4f}>"

    def __str__(self) -> str:
        """A line for each of the most probable moves: ``D4: 0.170291``."""
        return "\n".join(
            f"{to_gtp(move.point, self.size)}: {move.probability:f}"
            for move in islice(self.ranking(), _SHOWN)
        )

    def _repr_html_(self) -> str:
        """The board with its heat, for notebooks; the best moves are numbered."""
        free = [move for move in self.ranking() if move.point != PASS]
        most = max((move.probability for move in free), default=0.0) or 1.0
        picture = board_svg(
            self.size,
            self.stones or (0,) * self.size**2,
            heat={m.point: m.probability / most for m in free if m.probability > 0.02 * most},
            labels={move.point: str(place) for place, move in enumerate(free[:_SHOWN], 1)},
        )
        chance = "" if self.value is None else f", wins {self.value:.1%}"
        words = ", ".join(
            f"{to_gtp(move.point, self.size)} {move.probability:.1%}" for move in free[:5]
        )
        head = f"{NAMES[self.to_move]} to move{chance}: {words}, pass {self.pass_prior:.1%}"
        return f"<figure>{picture}<figcaption>{head}</figcaption></figure>"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A move, perhaps PASS, and the probability that the network gave it."""

    point: int
    probability: float

    def to_dict(self, size: int) -> dict[str, Any]:
        """The move's name (GTP) and its probability, for JSON."""
        return {"move": to_gtp(self.point, size), "probability": _short(self.probability)}


def suggestions(evaluation: Evaluation, board: Board, count: int = _SHOWN) -> list[Suggestion]:
    """The `count` most probable moves that are legal now, a pass among them, the best first.

    Probabilities are as the network gave them; among equals the lower point comes first, a pass
    last.
    """
    found: list[Suggestion] = []
    for move in evaluation.ranking():
        if len(found) >= count:
            break
        if board.is_legal(move.point):
            found.append(move)
    return found


def _short(value: float) -> float:
    """Six digits: what float32 has."""
    return float(f"{value:.6g}")
