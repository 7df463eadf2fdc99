"""A network against itself: games for looking at, or for training on."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from .choice import Choice
from .match import Match, Plan
from .match_judge import Referee
from .match_result import GameResult
from .match_seats import NetworkSeat
from .moves import BLACK, WHITE
from .packed import PackedGame, write_packed
from .policy import Policy
from .records import read_record

__all__ = ["SelfPlay", "SelfResult", "write_games"]

_RESULTS = {"B": 1, "W": 2}
_RESIGNED, _ON_TIME, _COUNTED = 1, 2, 3
PACKED_SIZE = 19


@dataclass(frozen=True, eq=False, repr=False)
class SelfResult:
    """What came of self-play: the games that are over, by number."""

    name: str
    terms: str
    planned: int
    games: list[GameResult]

    def _winners(self) -> Counter[int | None]:
        return Counter(_winner(game) for game in self.games if game.counts)

    def to_dict(self) -> dict[str, Any]:
        """What ``darknet go self --json`` prints (docs/json.md)."""
        winners = self._winners()
        return {
            "weights": self.name,
            "terms": self.terms,
            "planned": self.planned,
            "finished": len(self.games),
            "black": winners[BLACK],
            "white": winners[WHITE],
            "draws": winners[None],
            "void": sum(not game.counts for game in self.games),
            "distinct": len({game.line for game in self.games}),
            "mean_moves": self._mean_moves() if self.games else None,
            "endings": dict(sorted(Counter(str(game.how) for game in self.games).items())),
            "games": [
                {
                    "number": game.number,
                    "result": game.result,
                    "how": str(game.how),
                    "reason": game.reason,
                    "moves": game.moves,
                }
                for game in self.games
            ],
        }

    def _mean_moves(self) -> float:
        return round(sum(game.moves for game in self.games) / len(self.games), 1)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.name} against itself: {self.terms}"
        if not self.games:
            yield "no game was finished"
            return
        winners, distinct = self._winners(), len({game.line for game in self.games})
        yield (
            f"{len(self.games)} games: Black won {winners[BLACK]}, White {winners[WHITE]}, drawn"
            f" {winners[None]}; {self._mean_moves():g} moves on the average"
        )
        endings = Counter(str(game.how) for game in self.games)
        yield "ended by " + ", ".join(f"{how} {count}" for how, count in sorted(endings.items()))
        if distinct < len(self.games):
            yield f"{distinct} of them differ: a higher --temperature gives more"


def _winner(game: GameResult) -> int | None:
    if game.won is None:
        return None
    return BLACK if bool(game.won) == game.first_is_black else WHITE


class SelfPlay(Match):
    """A network's games against itself, which may be watched; as `Match`, with its errors."""

    def __init__(
        self,
        plan: Plan,
        policy: Policy,
        choice: Choice,
        openings: Iterable[tuple[int, ...]],
    ) -> None:
        self._name = policy.name
        seats = NetworkSeat(policy, choice), NetworkSeat(policy, choice)
        super().__init__(plan, *seats, openings, Referee("first", plan.terms))

    def summary(self) -> SelfResult:
        """What came of the games that are over."""
        result = self.result()
        return SelfResult(self._name, result.terms, result.planned, list(result.games))


def write_games(plan: Plan, games: Iterable[GameResult], path: str | os.PathLike[str]) -> None:
    """The games as one packed file, which appears whole or not at all.

    InputError for boards that are not of 19 lines.
    """
    if plan.terms.size != PACKED_SIZE:
        raise InputError(
            f"{os.fspath(path)}: packed games have {PACKED_SIZE} lines, not {plan.terms.size}"
        )
    write_packed(path, (_packed(plan, game) for game in games))


def _packed(plan: Plan, game: GameResult) -> PackedGame:
    record = read_record(plan.path(game.number))
    how = {"R": _RESIGNED, "T": _ON_TIME}.get(game.result[2:], _COUNTED)
    komi = plan.terms.komi
    return PackedGame(
        setup=(),
        moves=tuple(record.moves()),
        result=_RESULTS.get(game.result[:1], 0),
        how=how if game.counts and game.result[2:] != "F" else 0,
        komi=komi if komi > 0 and (2 * komi).is_integer() else None,
    )
