"""What came of a match: games won by either side, Elo, how games ended, who disagreed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..errors import RecordError, printable
from .elo import Tally
from .match_game import How

__all__ = ["GameResult", "MatchResult"]


@dataclass(frozen=True, slots=True)
class GameResult:
    """One game of a match, from the side of the first contestant.

    `number` is from 1. `first_is_black`; `won`: 1 the first won, 0 the second, None neither (a
    draw, or, where `how` is LENGTH, no result). `result` is as SGF has it, `reason` says why a game
    ended that was not counted. `said` is the score that each contestant told, `ours` our own count;
    None where it was not asked or not told. `line` stands for the moves, turned as they may be.
    """

    number: int
    first_is_black: bool
    won: int | None
    how: How
    result: str
    reason: str
    moves: int
    line: str
    said_first: str | None = None
    said_second: str | None = None
    ours: str | None = None

    @property
    def counts(self) -> bool:
        """False for a game without a result."""
        return self.how is not How.LENGTH

    @property
    def disagreed(self) -> bool:
        """True where both contestants told a score, and not the same."""
        return None not in (self.said_first, self.said_second) and (
            self.said_first != self.said_second
        )

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "how": str(self.how)}

    @classmethod
    def from_dict(cls, found: Any, label: str) -> GameResult:
        """The game of what `to_dict` gave; RecordError for anything else."""
        try:
            return cls(**{**found, "how": How(found["how"])})
        except (TypeError, KeyError, ValueError):
            shown = printable(json.dumps(found))
            raise RecordError(f"{label}: {shown}: is no game's result") from None


@dataclass(frozen=True, eq=False, repr=False)
class MatchResult:
    """A match so far: both names, its terms in words, and the games that are over, by number."""

    first: str
    second: str
    terms: str
    games: Sequence[GameResult]
    planned: int

    @property
    def tally(self) -> Tally:
        """Games won, drawn and lost by the first; those without a result are left out."""
        return self._tally(self.games)

    def _tally(self, games: Sequence[GameResult]) -> Tally:
        points = Counter(game.won for game in games if game.counts)
        return Tally(points[1], points[None], points[0])

    @property
    def as_black(self) -> Tally:
        """The games in which the first had Black."""
        return self._tally([game for game in self.games if game.first_is_black])

    @property
    def as_white(self) -> Tally:
        """The games in which the first had White."""
        return self._tally([game for game in self.games if not game.first_is_black])

    @property
    def void(self) -> int:
        """Games without a result."""
        return sum(not game.counts for game in self.games)

    @property
    def distinct(self) -> int:
        """Games that differ from each other, under the board's symmetries."""
        return len({game.line for game in self.games})

    @property
    def disagreements(self) -> list[GameResult]:
        """Games of which the contestants told different scores."""
        return [game for game in self.games if game.disagreed]

    @property
    def failures(self) -> list[GameResult]:
        """Games that one side lost by a failure: an illegal move, its time, a crash, a refusal."""
        bad = (How.ILLEGAL, How.TIME, How.CRASH, How.REFUSAL)
        return [game for game in self.games if game.how in bad]

    def to_dict(self) -> dict[str, Any]:
        """What ``darknet go match --json`` prints (docs/json.md)."""
        tally = self.tally
        return {
            "first": self.first,
            "second": self.second,
            "terms": self.terms,
            "planned": self.planned,
            "finished": len(self.games),
            **_tally_dict(tally),
            "void": self.void,
            "distinct": self.distinct,
            "score": tally.score if tally.games else None,
            "score_low": tally.interval[0],
            "score_high": tally.interval[1],
            "elo": tally.elo.to_dict(),
            "as_black": _tally_dict(self.as_black),
            "as_white": _tally_dict(self.as_white),
            "endings": dict(sorted(Counter(str(game.how) for game in self.games).items())),
            "disagreements": [game.number for game in self.disagreements],
            "games": [game.to_dict() for game in self.games],
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.first} against {self.second}: {self.terms}"
        if not self.games:
            yield "no game was finished"
            return
        tally = self.tally
        yield _words(f"{tally.games} games", tally)
        low, high = tally.interval
        if tally.games:
            yield f"score {100 * tally.score:.1f} % (95 %: {100 * low:.1f} to {100 * high:.1f} %)"
            yield f"Elo {tally.elo}"
        yield _words("as Black", self.as_black)
        yield _words("as White", self.as_white)
        endings = Counter(str(game.how) for game in self.games)
        yield "ended by " + ", ".join(f"{how} {count}" for how, count in sorted(endings.items()))
        yield from self._notes()

    def _notes(self) -> Iterator[str]:
        if self.void:
            yield f"{self.void} without a result, not counted"
        if self.distinct < len(self.games):
            yield (
                f"only {self.distinct} of {len(self.games)} games differ: the interval is too"
                " narrow; vary the openings or the players' moves"
            )
        for game in self.failures:
            yield f"game {game.number}: {game.result}: {game.reason}"
        for game in self.disagreements:
            yield (
                f"game {game.number}: {game.result}: {self.first} says {game.said_first},"
                f" {self.second} {game.said_second}, our count {game.ours or 'was not asked'}"
            )


def _tally_dict(tally: Tally) -> dict[str, int]:
    return {"wins": tally.wins, "draws": tally.draws, "losses": tally.losses}


def _words(what: str, tally: Tally) -> str:
    return f"{what}: {tally.wins} won, {tally.draws} drawn, {tally.losses} lost"
