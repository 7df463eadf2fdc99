"""A game looked over by a network: for each move what it would have played, and how sure it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from ..errors import InputError, RecordError
from .board import Board
from .coordinates import PASS
from .kept_rules import kept_rules
from .moves import BLACK, WHITE, Move
from .policy import Evaluation, Policy, suggestions
from .records import Line, Record
from .review_data import Review, Reviewed

__all__ = ["Reviewer", "review"]

DEFAULT_BATCH = 16
SHOWN = 10
"""Suggestions kept for a move."""
MAX_MOVES = 5000
"""Of a game: the longest have a thousand, and the work grows with the square."""
_ABOUT = ("RE", "DT", "EV", "RO", "PC", "RU", "KM", "HA", "BR", "WR")


def review(
    record: Record,
    policy: Policy,
    *,
    line: Line | None = None,
    symmetries: bool = False,
    batch: int = DEFAULT_BATCH,
) -> Review:
    """Look a game over: its main line, or another `line` of its tree.

    symmetries: average the board's eight. batch: positions answered at once. Raises RecordError
    for a record that cannot be replayed or has no moves, InputError for a size that the network
    does not take.
    """
    reviewer = Reviewer(record, policy, line=line, symmetries=symmetries, batch=batch)
    for _ in reviewer.run():
        pass
    return reviewer.result()


class Reviewer:
    """One review, which may be watched. Arguments and errors as for `review`."""

    def __init__(
        self,
        record: Record,
        policy: Policy,
        *,
        line: Line | None = None,
        symmetries: bool = False,
        batch: int = DEFAULT_BATCH,
    ) -> None:
        if batch < 1:
            raise InputError(f"batch={batch}: expected at least 1")
        policy.check_size(record.size)
        self._record, self._policy = record, policy
        self._line = record.main_line() if line is None else line
        self._symmetries, self._batch = symmetries, batch
        self._komi = record.komi or 0.0
        self.total = _checked_moves(record, self._line) + 1
        self._moves: list[Reviewed] = []
        self._chances: list[float | None] = []  # one more than moves at the end

    def run(self) -> Iterator[int]:
        """The number of each move as it is done; the position at the end is one more."""
        waiting = _steps(self._record, self._line)
        while steps := list(islice(waiting, self._batch)):
            boards = [board for board, _ in steps]
            answers = self._policy.evaluate_all(boards, symmetries=self._symmetries)
            for (board, move), answer in zip(steps, answers, strict=True):
                self._chances.append(_chance(board, answer))
                if move is not None:
                    self._moves.append(self._reviewed(board, move, answer))
                yield len(self._chances)

    def result(self) -> Review:
        """The review of the moves that were done."""
        record = self._record
        names = {BLACK: record.text("PB") or "Black", WHITE: record.text("PW") or "White"}
        about = {name: text for name in _ABOUT if (text := record.text(name))}
        return Review(
            source=record.label,
            size=record.size,
            weights=self._policy.name,
            symmetries=self._symmetries,
            names=names,
            about=about,
            moves=tuple(
                replace(move, chance_after=after)
                for move, after in zip(self._moves, [*self._chances[1:], None], strict=False)
            ),
        )

    def _reviewed(self, board: Board, move: Move, answer: Evaluation) -> Reviewed:
        order = suggestions(answer, board, board.points + 1)
        place = next((n for n, one in enumerate(order) if one.point == move.point), len(order))
        return Reviewed(
            number=len(self._moves) + 1,
            colour=move.colour,
            point=move.point,
            probability=_probability(answer, move.point),
            rank=1 + place,
            best=tuple(order[:SHOWN]),
            stones=board.stones,
            last=None if board.last is None else board.last.point,
            chance=self._chances[-1],
            lead=self._lead(answer),
        )

    def _lead(self, answer: Evaluation) -> float | None:
        return None if answer.ownership is None else float(answer.ownership.sum()) - self._komi


def _checked_moves(record: Record, line: Line) -> int:
    """How many moves a line has; RecordError where there are none, or they cannot be played."""
    count = len(record.moves(line))
    if not count:
        raise RecordError(f"{record.label}: has no moves to review")
    if count > MAX_MOVES:
        raise RecordError(f"{record.label}: {count:,} moves: no game has more than {MAX_MOVES:,}")
    record.board(line)
    return count


def _steps(record: Record, line: Line) -> Iterator[tuple[Board, Move | None]]:
    """Each move with a board before it, whoever plays to move; then the last board alone."""
    board = None
    for board, move in record.replay(line, kept_rules(record, line)):
        before = board.copy()
        if before.to_move != move.colour:
            before.edit({}, move.colour)
        yield before, move
    if board is not None:
        yield board, None  # the last move has been played on it by now


def _chance(board: Board, answer: Evaluation) -> float | None:
    """Black's chance to win."""
    if answer.value is None:
        return None
    return answer.value if board.to_move == BLACK else 1 - answer.value


def _probability(answer: Evaluation, point: int) -> float:
    return answer.pass_prior if point == PASS else float(answer.priors.ravel()[point])
