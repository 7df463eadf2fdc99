"""A match: many games between two players, colours alternated, every opening played twice.

Each game is written as SGF when it is over, so that a match that was ended goes on from the games
that are there. Games 2k - 1 and 2k have opening k; the first contestant has Black in the former.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, printable
from .board import Board
from .match_game import Outcome, Seat, Terms, play_game
from .match_judge import Referee
from .match_record import read_game, sgf_of
from .match_result import GameResult, MatchResult
from .moves import BLACK, WHITE
from .records import record_of
from .split import line_of

__all__ = ["Match", "Plan"]


@dataclass(frozen=True)
class Plan:
    """What is to be played, and where it is written.

    `openings`, and how the `players` are set up, are in words, for a match that goes on: others
    would make it another match.
    """

    games: int
    terms: Terms
    folder: Path
    seed: int = 0
    openings: str = ""
    players: str = ""

    def __post_init__(self) -> None:
        if self.games < 1:
            raise InputError(f"{self.games} games: expected at least 1")
        if self.seed < 0:
            raise InputError(f"seed {self.seed}: expected 0 or more")

    def path(self, number: int) -> Path:
        """The file of a game."""
        return self.folder / f"game-{number:04d}.sgf"

    def identity(self, first: str, second: str) -> dict[str, str]:
        """What the games of one match have in common."""
        terms = self.terms
        return {
            "first": first,
            "second": second,
            "size": str(terms.size),
            "rules": terms.rules.name,
            "komi": f"{terms.komi:g}",
            "seed": str(self.seed),
            "openings": self.openings,
            "players": self.players,
        }


class Match:
    """One match, which may be watched. The seats are the caller's to close.

    Raises RecordError for files in the folder that are no games of a match, and InputError where
    they are of another one, or records cannot be written here.
    """

    def __init__(
        self,
        plan: Plan,
        first: Seat,
        second: Seat,
        openings: Iterable[tuple[int, ...]],
        referee: Referee,
    ) -> None:
        self._plan, self._first, self._second = plan, first, second
        self._names = _names(first, second)
        self._referee = referee
        record_of(plan.terms.board())  # a missing sgfmill is told now, not after a game
        self._openings = iter(openings)
        self._opened: list[tuple[int, ...]] = []
        self._opening(1)  # openings that are none are told now, too
        self._identity = plan.identity(*self._names)
        self._games: dict[int, GameResult] = {}
        for number in range(1, plan.games + 1):
            if plan.path(number).exists():
                self._games[number] = read_game(plan.path(number), number, self._identity)

    @property
    def found(self) -> int:
        """Games that were there before `run`."""
        return len(self._games)

    def run(self) -> Iterator[GameResult]:
        """Play what is missing; each game as it is over and written."""
        _make(self._plan.folder)
        for number in range(1, self._plan.games + 1):
            if number not in self._games:
                self._games[number] = self._play(number)
                yield self._games[number]

    def _play(self, number: int) -> GameResult:
        first = BLACK if number % 2 else WHITE
        seats = {first: self._first, -first: self._second}
        seed = self._plan.seed * 1_000_003 + number
        outcome = play_game(
            self._plan.terms,
            {BLACK: seats[BLACK], WHITE: seats[WHITE]},
            self._opening(number),
            seed,
            lambda board: self._referee.judge(board, seats, first),
        )
        result = _result(number, first, outcome)
        names = self._names if first == BLACK else self._names[::-1]
        record = sgf_of(outcome, result, names, self._plan.terms, self._identity)
        path = self._plan.path(number)
        if path.exists():
            raise InputError(
                f"{printable(str(path), 200)}: was written by another program meanwhile: two"
                " matches need two folders"
            )
        record.write(path)
        return result

    def _opening(self, number: int) -> tuple[int, ...]:
        """That of a game, drawn when it is needed: a plan may be long. InputError after the end."""
        wanted = (number + 1) // 2
        while len(self._opened) < wanted:
            opening = next(self._openings, None)
            if opening is None:
                raise InputError(f"{len(self._opened)} openings: game {number} needs another")
            self._opened.append(opening)
        return self._opened[wanted - 1]

    def status(self) -> str:
        """How it stands: ``12 : 8``."""
        tally = self.result().tally
        points = tally.wins + tally.draws / 2, tally.losses + tally.draws / 2
        return f"{points[0]:g} : {points[1]:g}"

    def result(self) -> MatchResult:
        """What came of the games that are over."""
        terms = self._plan.terms
        words = f"{terms.size} lines, {terms.rules.name} rules, komi {terms.komi:g}"
        games = [self._games[number] for number in sorted(self._games)]
        return MatchResult(*self._names, words, games, self._plan.games)


def _make(folder: Path) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as problem:
        raise InputError(f"{folder}: cannot be made a folder: {problem.strerror}") from None


def _names(first: Seat, second: Seat) -> tuple[str, str]:
    """Two names that differ."""
    if first.name == second.name:
        return f"{first.name} (1)", f"{second.name} (2)"
    return first.name, second.name


def _result(number: int, first: int, outcome: Outcome) -> GameResult:
    verdict, winner = outcome.verdict, outcome.winner
    return GameResult(
        number=number,
        first_is_black=first == BLACK,
        won=None if winner is None else int(winner == first),
        how=outcome.how,
        result=outcome.result,
        reason=outcome.reason,
        moves=len(outcome.board.moves),
        line=_line(outcome.board),
        said_first=None if verdict is None else verdict.said[first],
        said_second=None if verdict is None else verdict.said[-first],
        ours=None if verdict is None else verdict.ours,
    )


def _line(board: Board) -> str:
    return line_of(board.size, [move.point for move in board.moves])
