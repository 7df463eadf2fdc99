"""What a network says of a game, move by move.

Of a move are told the *probability* that the network gave it, its *rank* among the moves that were
legal (a pass among them), and two losses: *loss*, -ln of the probability, as in training, and
*gap*, by how much the network's first move was more probable. Where the network has a value head,
*drop* is by how much the move lowered its player's chance to win, in the network's eyes.

The worst moves are those with the greatest drop, or without such a head the greatest gap: what the
network was surest of, and was not played. It is a judge of habit: a gap is no proof of a mistake.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from .coordinates import to_gtp
from .evaluation import Suggestion
from .moves import BLACK, NAMES, WHITE
from .valid_scores import LEAST, TOP

__all__ = ["Review", "Reviewed", "Side"]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One move of a game, and what the network said before it.

    `number` counts from 1. `rank` is from 1. `best` are the network's moves, the first one first;
    `stones` the board before the move, as `Board.stones`, and `last` the point played before.
    `chance` is Black's to win before the move, 0..1, `lead` Black's points ahead, komi counted;
    None where the network has no head for it.
    """

    number: int
    colour: int
    point: int
    probability: float
    rank: int
    best: tuple[Suggestion, ...]
    stones: tuple[int, ...]
    last: int | None
    chance: float | None = None
    chance_after: float | None = None
    lead: float | None = None

    @property
    def loss(self) -> float:
        """-ln of the move's probability."""
        return -math.log(max(self.probability, LEAST))

    @property
    def gap(self) -> float:
        """How much more probable the network's first move was, 0..1."""
        return max(self.best[0].probability - self.probability, 0.0)

    @property
    def drop(self) -> float | None:
        """How much of the chance to win the move lost its player; None without a value head."""
        if self.chance is None or self.chance_after is None:
            return None
        return self.colour * (self.chance - self.chance_after)

    def to_dict(self, size: int) -> dict[str, Any]:
        """For JSON: points as in GTP, Black's chance and lead."""
        return {
            "number": self.number,
            "colour": _LETTER[self.colour],
            "move": to_gtp(self.point, size),
            "probability": _rounded(self.probability),
            "rank": self.rank,
            "loss": _rounded(self.loss),
            "gap": _rounded(self.gap),
            "drop": _rounded(self.drop),
            "chance": _rounded(self.chance),
            "lead": _rounded(self.lead),
            "best": [
                {"move": to_gtp(one.point, size), "probability": _rounded(one.probability)}
                for one in self.best
            ],
        }


_LETTER = {BLACK: "B", WHITE: "W"}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


@dataclass(frozen=True, slots=True)
class Side:
    """All moves of one player.

    How many; which shares were the network's first, and among its first five; their mean loss. NaN
    without moves.
    """

    colour: int
    name: str
    moves: int
    first: float
    first_five: float
    loss: float

    @property
    def suffix(self) -> str:
        """What follows the name: the colour, where the name is another word."""
        colour = NAMES[self.colour]
        return "" if self.name == colour else f" ({colour})"

    def to_dict(self) -> dict[str, Any]:
        """For JSON; null for NaN."""
        return {
            "colour": _LETTER[self.colour],
            "name": self.name,
            "moves": self.moves,
            "first": _known(self.first),
            "first_five": _known(self.first_five),
            "loss": _known(self.loss),
        }


def _known(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


@dataclass(frozen=True, eq=False, repr=False)
class Review:
    """A game looked over. Made by `review`.

    `names` are the players', by colour; `players` what each of them did. `about` says of the game
    what its record says: result, date, event, rules, komi, where they are there.
    """

    source: str
    size: int
    weights: str
    symmetries: bool
    names: dict[int, str]
    about: dict[str, str]
    moves: tuple[Reviewed, ...]

    @property
    def players(self) -> tuple[Side, Side]:
        """Black and White."""
        return self._side(BLACK), self._side(WHITE)

    def _side(self, colour: int) -> Side:
        own = [move for move in self.moves if move.colour == colour]
        n = len(own)
        if not n:
            return Side(colour, self.names[colour], 0, math.nan, math.nan, math.nan)
        first = sum(move.rank == 1 for move in own) / n
        five = sum(move.rank <= TOP for move in own) / n
        loss = math.fsum(move.loss for move in own) / n
        return Side(colour, self.names[colour], n, first, five, loss)

    @property
    def has_value(self) -> bool:
        """True where the network has a value head."""
        return any(move.drop is not None for move in self.moves)

    @property
    def blameless(self) -> str:
        """What it means that there are no `worst` moves."""
        if self.has_value:
            return "no move lowered the chance to win"
        return "every move was the network's first"

    def worst(self, count: int) -> list[Reviewed]:
        """At most `count` moves, the worst first: by drop, or by gap; none that lost nothing."""

        def badness(move: Reviewed) -> float:
            return move.drop or 0.0 if self.has_value else move.gap

        found = sorted(self.moves, key=lambda move: (-badness(move), move.number))
        return [move for move in found[:count] if badness(move) > 0]

    def to_dict(self, worst: int = 10) -> dict[str, Any]:
        """What ``darknet go review --json`` prints (docs/json.md)."""
        return {
            "source": self.source,
            "size": self.size,
            "weights": self.weights,
            "symmetries": self.symmetries,
            "about": self.about,
            "players": [side.to_dict() for side in self.players],
            "worst": [move.number for move in self.worst(worst)],
            "moves": [move.to_dict(self.size) for move in self.moves],
        }
