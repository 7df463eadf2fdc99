"""What the network expects: its best moves, and how play goes on after each.

There is no search. A *candidate* is one of the network's best moves with a *line*: the move, then
the network's best answer, the best answer to that, and so on. Lines grow by one move each time they
are deepened, all together in batches of eight.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from ..board import Board
from ..choice import winning_chance
from ..coordinates import PASS
from ..evaluation import Evaluation, suggestions
from ..status import ownership
from .session import Session

__all__ = ["LONGEST", "Analysis", "Candidate", "Wanted"]

LONGEST = 12
"""Moves of a line."""
_BATCH = 8  # few enough to stop soon
_MOST = 10


@dataclass(frozen=True)
class Wanted:
    """Which moves are looked at: how many, and which not (or which alone)."""

    least: int = 0
    most: int | None = None
    avoided: frozenset[int] = frozenset()
    allowed: frozenset[int] | None = None

    @property
    def count(self) -> int:
        """How many moves."""
        return max(_MOST, self.least) if self.most is None else self.most

    def takes(self, point: int) -> bool:
        """Whether a move is to be looked at."""
        return point not in self.avoided and (self.allowed is None or point in self.allowed)


@dataclass
class Candidate:
    """One move and what follows it. `board` is the board at the end of the line."""

    probability: float
    line: list[int]
    board: Board
    after: Evaluation | None = field(default=None)
    """What the network says after the first move, with the other side to move."""

    @property
    def is_over(self) -> bool:
        """True where the line cannot grow: it is long enough, or both have passed."""
        return len(self.line) >= LONGEST or self.line[-2:] == [PASS, PASS]

    def grow(self, evaluation: Evaluation) -> None:
        """Put the network's best move in the position at the end behind the line."""
        if self.after is None:
            self.after = evaluation
        best = suggestions(evaluation, self.board, 1)[0].point
        self.line.append(best)
        self.board.play(best)


class Analysis:
    """The candidates of a position for one side."""

    def __init__(self, session: Session, colour: int, wanted: Wanted) -> None:
        self.colour = colour
        self.session = session
        self.board, self.root = session.evaluate(colour)
        listed = suggestions(self.root, self.board, self.board.points + 1)
        taken = [found for found in listed if wanted.takes(found.point)][: wanted.count]
        self.candidates = [self._candidate(found.point, found.probability) for found in taken]

    def _candidate(self, point: int, probability: float) -> Candidate:
        board = self.board.copy()
        board.play(point, self.colour)
        return Candidate(probability, [point], board)

    def deepen(self) -> Iterator[None]:
        """Let all lines grow by one move; one step is one batch of the network."""
        growing = [found for found in self.candidates if not found.is_over]
        for at in range(0, len(growing), _BATCH):
            part = growing[at : at + _BATCH]
            answers = self.session.policy.evaluate_all([found.board for found in part])
            for found, evaluation in zip(part, answers, strict=True):
                found.grow(evaluation)
            yield

    @property
    def is_over(self) -> bool:
        """True where no line grows any more."""
        return all(found.is_over for found in self.candidates)

    # -- From the side of who is to move -------------------------------------------------------

    def chance(self, candidate: Candidate | None = None) -> float | None:
        """The chance to win, 0..1, after a candidate or now; None where the network has no idea."""
        white_gets = self.session.compensation
        if candidate is None or candidate.after is None:
            return winning_chance(self.root, white_gets)
        others = winning_chance(candidate.after, white_gets)
        return None if others is None else 1 - others

    def owners(self, candidate: Candidate | None = None) -> list[float] | None:
        """For each point -1..1, 1 what will be one's own; None where the network has no idea."""
        evaluation = candidate.after if candidate else self.root
        if evaluation is None or evaluation.ownership is None:
            return None
        return [float(value) * self.colour for value in evaluation.ownership.ravel()]

    @cached_property
    def estimate(self) -> list[float]:
        """As `owners` now, by fast games to the end where the network has no idea."""
        owners = self.owners()
        if owners is not None:
            return owners
        played_out = ownership(self.session.board)
        return [float(value) * self.colour for value in played_out.ravel()]

    def lead(self, candidate: Candidate | None = None) -> float | None:
        """By how many points one is ahead, by the network's ownership; None without it."""
        owners = self.owners(candidate)
        if owners is None and candidate is not None:
            owners = self.owners()
        if owners is None:
            return None
        return sum(owners) - self.colour * self.session.compensation
