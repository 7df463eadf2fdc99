"""How often a network's first move was the player's: all in all, and by what the moves share.

*top-1* is the share of positions in which the move that was played is the most probable one,
*top-5* in which it is among the five most probable. Occupied points do not count, as in Darknet's
C code; among equals the lower point comes first, a pass last. *loss* is the mean of -ln p for the p
that the network gave to the move played.

Positions of one game are alike, so an interval counts games: with hits y of n positions in g games
the share is r = sum y / sum n, its variance g / (g-1) * sum (y - r n)² / (sum n)², and the interval
r ± 1.96 of its root (a ratio's, Cochran, Sampling Techniques, 3rd edition, 6.5).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .moves import BLACK, NAMES

__all__ = ["PHASES", "Answered", "GoValidation", "Group"]

PHASES = (("moves 1-60", 1, 60), ("moves 61-150", 61, 150), ("moves 151 on", 151, None))
"""Parts of a game by the number of the move: name, first, and last (None: to the end)."""
LEAST = 2.0**-126
"""What a probability of 0 counts as in the loss: float32's least normal number, a loss of 87.3."""
TOP = 5
_Z95 = 1.959964
_ROUNDING = 1e-12  # sums of squares of hits below it are 0


@dataclass(frozen=True, slots=True)
class Answered:
    """One position: what the network gave the move that was played.

    `rank` is the move's place in the network's order, from 1. `game` tells positions of one game
    from those of others; `number` is that of the move in it, `colour` who played it, both None
    where nothing says.
    """

    rank: int
    probability: float
    game: int
    number: int | None
    colour: int | None
    source: str

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
    return _Z95 * math.sqrt(squares * games / (games - 1)) / n


def _number(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None


@dataclass(frozen=True, eq=False, repr=False)
class GoValidation:
    """A network's accuracy over positions of games.

    cfg, weights, data: what was run on what; `kind` is packed, sgf or classic. symmetries: true
    where eight symmetries were averaged. available: positions that there were to draw from, of
    `games_available` games; seed: which were drawn. held_out: the share of the games that was drawn
    from (`split`), None for all. unreadable: what could not be read, and was left out.
    """

    cfg: str
    weights: str
    data: str
    kind: str
    symmetries: bool
    available: int
    games_available: int
    seed: int
    held_out: float | None
    answered: tuple[Answered, ...]
    unreadable: tuple[str, ...]
    seconds: float

    def __len__(self) -> int:
        return len(self.answered)

    @property
    def overall(self) -> Group:
        """All positions."""
        return Group.of("all", self.answered)

    @property
    def phases(self) -> list[Group]:
        """By the number of the move (`PHASES`); empty where it is not known."""
        known = [one for one in self.answered if one.number is not None]
        groups = (
            Group.of(name, [one for one in known if _within(one.number, first, last)])
            for name, first, last in PHASES
        )
        return [group for group in groups if group.positions]

    @property
    def colours(self) -> list[Group]:
        """By who played, Black first; empty where it is not known."""
        known = [one for one in self.answered if one.colour is not None]
        return self._by(known, lambda one: NAMES[one.colour or BLACK])

    @property
    def sources(self) -> list[Group]:
        """By where the games come from; empty where nothing says."""
        return self._by([one for one in self.answered if one.source], lambda one: one.source)

    def _by(self, answered: Iterable[Answered], key: Callable[[Answered], str]) -> list[Group]:
        parts: dict[str, list[Answered]] = {}
        for one in answered:
            parts.setdefault(key(one), []).append(one)
        return [Group.of(name, parts[name]) for name in sorted(parts)]

    def to_dict(self) -> dict[str, Any]:
        """What ``darknet go valid --json`` prints (docs/json.md)."""
        return {
            "cfg": self.cfg,
            "weights": self.weights,
            "data": self.data,
            "kind": self.kind,
            "symmetries": self.symmetries,
            "available": self.available,
            "games_available": self.games_available,
            "seed": self.seed,
            "held_out": self.held_out,
            "seconds": round(self.seconds, 3),
            **self.overall.to_dict(),
            "phases": [group.to_dict() for group in self.phases],
            "colours": [group.to_dict() for group in self.colours],
            "sources": [group.to_dict() for group in self.sources],
            "unreadable": list(self.unreadable),
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        of = "" if len(self) == self.available else f" of {self.available:,}, seed {self.seed}"
        held = "" if self.held_out is None else f" of the {100 * self.held_out:g} % held out"
        views = ", mean of 8 symmetries" if self.symmetries else ""
        yield f"{self.weights} on {self.data}{views}"
        games = self.overall.games
        count = "1 game" if games == 1 else f"{games:,} games"
        where = "" if self.kind == "classic" else f" from {count}{held}"
        yield f"{len(self):,} positions{of}{where}"
        yield ""
        yield f"{'':16s} {'positions':>10s} {'top-1 %':>8s} {'±':>5s} {'top-5 %':>8s} {'loss':>7s}"
        for group in (self.overall, *self.phases, *self.colours, *self.sources):
            yield _row(group)


def _within(number: int | None, first: int, last: int | None) -> bool:
    return number is not None and number >= first and (last is None or number <= last)


def _row(group: Group) -> str:
    error = "" if math.isnan(group.error) else f"{100 * group.error:.1f}"
    shares = f"{100 * group.top1:8.1f} {error:>5s} {100 * group.top5:8.1f}"
    return f"{group.name:16s} {group.positions:10,d} {shares} {group.loss:7.3f}"
