"""How often a network's first move was the player's, over positions that share something.

*top-1* is the share of positions in which the move that was played is the most probable one,
*top-5* in which it is among the five most probable. Occupied points do not count, as in Darknet's
C code; among equals the lower point comes first, a pass last. *loss* is the mean of -ln p for the p
that the network gave to the move played.

Positions of one game are alike, so an interval counts games: with hits y of n positions in g games
the share is r = sum y / sum n, its variance g / (g-1) * sum (y - r n)² / (sum n)², and the interval
r ± t of its root (a ratio's, Cochran, Sampling Techniques, 3rd edition, 6.5), t being Student's for
g - 1 degrees of freedom: 1.96 for many games, 4.3 for three.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["LEAST", "TOP", "Answered", "Group"]

LEAST = 2.0**-126
"""What a probability of 0 counts as in the loss: float32's least normal number, a loss of 87.3."""
TOP = 5
_Z95 = 1.959964
_T95 = {1: 12.706205, 2: 4.302653, 3: 3.182446}  # where the expansion falls short
_ROUNDING = 1e-12  # sums of squares of hits below it are 0


@dataclass(frozen=True, slots=True)
class Answered:
    """One position: what the network gave the move that was played.

    `rank` is the move's place in the network's order, from 1. `game` tells positions of one game
    from those of others; `number` is that of the move in it, `colour` who played it, both None
    where nothing says. `confidence` is what the network gave its own first move.
    """

    rank: int
    probability: float
    game: int
    number: int | None
    colour: int | None
    source: str
    confidence: float

    @property
    def loss(self) -> float:
        """-ln of the probability."""
        return -math.log(max(self.probability, LEAST))


@dataclass(frozen=True, slots=True)
class Group:
    """Positions that share something, and how well they were answered; shares of 0..1.

    `error` is half the 95 % interval of `top1`; NaN where the games do not tell it: one alone, or
    the same share in all.
    """

    name: str
    positions: int
    games: int
    top1: float
    top5: float
    loss: float
    error: float

    @classmethod
    def of(cls, name: str, answered: Sequence[Answered]) -> Group:
        """The group of these positions; NaN for what none of them can say."""
        n, nothing = len(answered), math.nan
        per_game = Counter(one.game for one in answered)
        if not n:
            return cls(name, 0, 0, nothing, nothing, nothing, nothing)
        hits = Counter(one.game for one in answered if one.rank == 1)
        top1 = sum(hits.values()) / n
        top5 = sum(one.rank <= TOP for one in answered) / n
        loss = math.fsum(one.loss for one in answered) / n
        return cls(name, n, len(per_game), top1, top5, loss, _error(hits, per_game, top1))

    def to_dict(self) -> dict[str, Any]:
        """For JSON; null for NaN."""
        return {
            "name": self.name,
            "positions": self.positions,
            "games": self.games,
            "top1": _number(self.top1),
            "top5": _number(self.top5),
            "loss": _number(self.loss),
            "error": _number(self.error),
        }


def _error(hits: Counter[int], per_game: Counter[int], share: float) -> float:
    games, n = len(per_game), per_game.total()
    if games < 2:
        return math.nan
    squares = math.fsum((hits[game] - share * count) ** 2 for game, count in per_game.items())
    if squares < _ROUNDING:  # no hit in any game, say, which does not prove that none can be
        return math.nan
    return _t95(games - 1) * math.sqrt(squares * games / (games - 1)) / n


def _t95(freedom: int) -> float:
    """Student's t of a 95 % interval (Abramowitz and Stegun, 26.7.5; to 0.001 from 4 on)."""
    if freedom in _T95:
        return _T95[freedom]
    z = _Z95
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return math.fsum(term / freedom**power for power, term in enumerate(terms))


def _number(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None
