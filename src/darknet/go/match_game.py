"""One game between two players of any kind: who may sit down, how it goes on, how it ends.

A game ends by two passes, a resignation, or when a player fails: an illegal move, an answer that
is none, too long a thought, a crash. A failure loses, and its reason is kept. Beyond a number of
moves a game has no result: only a long cycle, or a player who never passes, comes so far.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ..errors import InputError
from .board import Board
from .coordinates import check_size, to_gtp
from .moves import BLACK, NAMES, WHITE, Move
from .rules import Rules

__all__ = ["FailureError", "How", "Outcome", "Seat", "Terms", "Verdict", "play_game"]


class How(StrEnum):
    """How a game ended."""

    SCORE = "score"
    RESIGNATION = "resignation"
    ILLEGAL = "illegal move"
    TIME = "time"
    CRASH = "crash"
    REFUSAL = "refusal"
    """A program refuses to move, or does not take a legal move for one."""
    LENGTH = "length"


_LETTERS = {How.RESIGNATION: "R", How.TIME: "T"}
_FORFEIT = "F"


class FailureError(Exception):
    """A player cannot go on: `how` is ILLEGAL, TIME, CRASH or REFUSAL; the text says why."""

    def __init__(self, how: How, reason: str) -> None:
        super().__init__(reason)
        self.how = how


@dataclass(frozen=True, slots=True)
class Terms:
    """What both players agree on. `most_moves`: beyond them a game has no result.

    Raises InputError for a size or komi that no board has, or no moves at all.
    """

    size: int
    rules: Rules
    komi: float
    most_moves: int

    def __post_init__(self) -> None:
        """InputError as the class says."""
        points = check_size(self.size) ** 2
        if not -points <= self.komi <= points:
            raise InputError(f"komi {self.komi:g}: expected {-points} to {points}")
        if self.most_moves < 1:
            raise InputError(f"most_moves={self.most_moves}: expected at least 1")

    def board(self) -> Board:
        """An empty board under these rules."""
        return Board(self.size, ko=self.rules.ko, suicide=self.rules.suicide)


class Seat(Protocol):
    """A player, or whatever plays for one. All but `close` may raise FailureError."""

    name: str

    def begin(self, terms: Terms, seed: int) -> None:
        """An empty board; `seed` is for what the player draws in this game."""
        ...

    def played(self, move: Move) -> None:
        """A move of the other side, or of the opening."""
        ...

    def choose(self, board: Board) -> int | None:
        """The point that `board.to_move` plays, PASS, or None to resign; `board` is as it stands.

        It counts as played; `played` is not called for it.
        """
        ...

    def score(self, board: Board) -> str | None:
        """The result of a finished game, ``B+3.5`` or ``0``; None where the player cannot tell."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a counted game, and what each player (by colour) and we said it is.

    None is not asked, or no answer.
    """

    result: str
    said: Mapping[int, str | None]
    ours: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A game that is over. `winner` is BLACK, WHITE, or None (a draw, or no result).

    `result` is as SGF has it: ``B+3.5``, ``W+R``, ``W+T``, ``B+F``, ``0``, ``Void``.
    """

    board: Board
    winner: int | None
    how: How
    result: str
    reason: str = ""
    verdict: Verdict | None = None


Judge = Callable[[Board], Verdict]


def play_game(
    terms: Terms, seats: Mapping[int, Seat], opening: Sequence[int], seed: int, judge: Judge
) -> Outcome:
    """Play from the empty board: the opening, then in turns; `judge` counts after two passes."""
    board = terms.board()
    for colour in (BLACK, WHITE):
        try:
            seats[colour].begin(terms, seed)
        except FailureError as failure:
            return _failed(board, colour, failure)
    for point in opening:
        for colour, seat in seats.items():
            try:
                seat.played(Move(board.to_move, point))
            except FailureError as failure:
                return _failed(board, colour, failure)
        board.play(point)
    while len(board.moves) < terms.most_moves:
        outcome = _turn(board, seats)
        if outcome is not None:
            return outcome
        if board.passes >= 2:
            return _counted(board, judge(board))
    reason = f"no result after {terms.most_moves} moves"
    return Outcome(board, None, How.LENGTH, "Void", reason)


def _turn(board: Board, seats: Mapping[int, Seat]) -> Outcome | None:
    """One move; the outcome where it ends the game other than by passes."""
    colour = board.to_move
    try:
        point = seats[colour].choose(board.copy())
        if point is None:
            return _won(board, -colour, How.RESIGNATION, f"{NAMES[colour]} resigned")
        if (why := board.why_illegal(point)) is not None:
            where = to_gtp(point, board.size)
            raise FailureError(How.ILLEGAL, f"played {where}: {why.value}")
    except FailureError as failure:
        return _failed(board, colour, failure)
    board.play(point)
    try:
        seats[-colour].played(Move(colour, point))
    except FailureError as failure:
        return _failed(board, -colour, failure)
    return None


def _failed(board: Board, colour: int, failure: FailureError) -> Outcome:
    return _won(board, -colour, failure.how, f"{NAMES[colour]} {failure}")


def _won(board: Board, winner: int, how: How, reason: str) -> Outcome:
    side = "B" if winner == BLACK else "W"
    return Outcome(board, winner, how, f"{side}+{_LETTERS.get(how, _FORFEIT)}", reason)


def _counted(board: Board, verdict: Verdict) -> Outcome:
    winner = {"B": BLACK, "W": WHITE}.get(verdict.result[:1])
    return Outcome(board, winner, How.SCORE, verdict.result, verdict=verdict)
