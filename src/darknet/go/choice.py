"""Which move is played: the network's, by the rules, with passes where they are right.

The most probable legal move is played, or one drawn by probability where a temperature says so, but
never one that fills an eye of one's own (`eyes`) or takes one's own stones. Near the end of a game,
as `endgame` judges it, only moves that are still worth something are left, and then a pass: a
network trained on games without passes does not know when to stop.

A game always ends: after three moves for every point of the board only passes come.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp

import numpy as np

from ..errors import InputError
from .assist import advised
from .board import Board
from .coordinates import PASS
from .endgame import Ending, standing
from .evaluation import Evaluation, Suggestion
from .eyes import is_suicide, is_true_eye
from .policy import Policy
from .rules import Rules
from .status import likely_dead

__all__ = ["Choice", "Chosen", "Player", "winning_chance"]

_LONGEST = 3  # moves for every point of the board
_MANY_STONES, _MANY_MOVES = 0.4, 0.6  # for every point: from here a game may be near its end
_SURE, _NEAR = 0.5, 3  # an answer that is given though little is left: probability, lines away
_PLAYOUTS, _TRUSTED = 32, 8  # fast games; moves for which the network's word holds
_SLOPE = 6.0  # points ahead that are a chance of 73 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How moves are chosen.

    temperature: 0 plays the most probable move; above, moves are drawn by p ** (1 / temperature).
    temperature_moves: only for so many moves of the game, both sides' counted; 0: for all.
    resign_below: resign where the chance to win, 0..1, is less; 0 never, and never where the
    network has neither a value nor an ownership head.
    allow_pass: False passes only where there is no other move.
    symmetries: the mean of the board's eight views.
    assist: a reader of ataris and ladders may overrule the network (`assist`).

    Raises InputError for a value out of bounds.
    """

    temperature: float = 0.0
    temperature_moves: int = 0
    resign_below: float = 0.0
    allow_pass: bool = True
    symmetries: bool = False
    assist: bool = False

    def __post_init__(self) -> None:
        """InputError for a value out of bounds."""
        if not 0 <= self.temperature <= 100:
            raise InputError(f"temperature={self.temperature:g}: expected 0 to 100")
        if self.temperature_moves < 0:
            raise InputError(f"temperature_moves={self.temperature_moves}: expected 0 or more")
        if not 0 <= self.resign_below <= 1:
            raise InputError(f"resign_below={self.resign_below:g}: expected a chance, 0 to 1")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A move, PASS, or None to resign; what the network said; and why, in a few words."""

    point: int | None
    evaluation: Evaluation
    reason: str


class Player:
    """Chooses moves with a policy. It remembers when to look for the end: one for each game.

    `seed` makes what is drawn repeatable; InputError where it is below 0. Not for several threads
    at once.
    """

    def __init__(
        self, policy: Policy, choice: Choice | None = None, seed: int | None = None
    ) -> None:
        if seed is not None and seed < 0:
            raise InputError(f"seed {seed}: expected 0 or more")
        self.policy, self.choice = policy, choice or Choice()
        self._draw = np.random.default_rng(seed)
        self._looked, self._look_again, self._ask_again = 0, 0, 0  # numbers of moves

    def choose(
        self,
        board: Board,
        rules: Rules,
        komi: float,
        colour: int | None = None,
        *,
        handicap: int = 0,
        clean_up: bool = False,
    ) -> Chosen:
        """The move of `colour`, by default of who is to move. The board stays as it is.

        `handicap` is in stones. `clean_up` takes dead stones off the board before passing, as is
        always done where the rules know no agreement on them.
        """
        board = board.facing(colour)
        found = self.policy.evaluate(board, symmetries=self.choice.symmetries)
        chance = winning_chance(found, komi + rules.bonus.points(handicap))
        if chance is not None and chance < self.choice.resign_below:
            return Chosen(None, found, f"the chance to win is {chance:.1%}")
        if len(board.moves) >= _LONGEST * board.points:
            return Chosen(PASS, found, "the game is too long")
        best = next(_sensible(board, found), None)
        if best is None:
            return Chosen(PASS, found, "there is no other move")
        ending = self._ending(board, rules, komi, handicap, clean_up)
        if ending is None:
            return self._play(board, found, None, "policy")
        is_answer = best.probability >= _SURE and _is_near_last(board, best.point)
        why = ending.why_pass(is_answer, next(found.ranking()).point == PASS)
        if why:
            return Chosen(PASS, found, why)
        points = ending.points | {best.point} if is_answer else ending.points
        return self._play(board, found, points, "policy, among the moves worth something")

    def _ending(
        self, board: Board, rules: Rules, komi: float, handicap: int, clean_up: bool
    ) -> Ending | None:
        """The judgement of the game's end; None while it is far, or passes are not wanted."""
        moves = len(board.moves)
        if moves < self._looked:  # another game, or moves taken back
            self._looked, self._look_again, self._ask_again = 0, 0, 0
        stones = sum(map(abs, board.stones))
        is_late = stones >= _MANY_STONES * board.points or moves >= _MANY_MOVES * board.points
        if not (self.choice.allow_pass and is_late) or (
            moves < self._look_again and not board.passes
        ):
            return None
        now = standing(board, *likely_dead(board, playouts=_PLAYOUTS))
        if now.is_near_end and (board.passes or moves >= self._ask_again):
            # So far by simple rules: does the network think so too? It takes its time, so that it
            # is not asked at every move, but always where another pass ends the game.
            now = standing(board, *likely_dead(board, self.policy))
            self._ask_again = moves + _TRUSTED if now.is_near_end else 0
        left = len(now.open) + len(now.unclear)
        self._looked, self._look_again = moves, moves + 1 + left // 8
        if not now.is_near_end:
            return None
        return Ending.of(board, now, rules, komi, handicap, clean_up=clean_up)

    def _play(
        self, board: Board, found: Evaluation, points: frozenset[int] | None, reason: str
    ) -> Chosen:
        """The best of the sensible moves, or one drawn; of `points` alone where they are given."""
        sensible = _sensible(board, found)
        moves = sensible if points is None else (m for m in sensible if m.point in points)
        best = None
        if self.choice.assist:
            given = list(moves)
            best, moves = next(iter(given), None), iter(advised(board, given))
        wanted = self.choice.temperature_moves
        is_drawn = self.choice.temperature > 0 and (not wanted or len(board.moves) < wanted)
        chosen = self._drawn(list(moves)) if is_drawn else next(moves, None)
        if chosen is None:
            return Chosen(PASS, found, "nothing is left to play for")
        if best is not None and not is_drawn and chosen.point != best.point:
            reason = "assist"
        return Chosen(chosen.point, found, reason)

    def _drawn(self, moves: list[Suggestion]) -> Suggestion | None:
        if not moves:
            return None
        logs = np.log(np.maximum([move.probability for move in moves], 1e-30))
        with np.errstate(over="ignore"):  # nearly no temperature: all but the best get nothing
            weights = np.exp((logs - logs.max()) / self.choice.temperature)
        return moves[int(self._draw.choice(len(moves), p=weights / weights.sum()))]


def winning_chance(found: Evaluation, compensation: float) -> float | None:
    """The chance of who is to move to win, 0..1; None where the network says nothing about it.

    That is the value head's, or, from an ownership head, 1 / (1 + exp(-lead / 6)) for a lead in
    points: a rule of thumb. `compensation` is White's: komi, and what the rules give for handicap
    stones.
    """
    if found.value is not None or found.ownership is None:
        return found.value
    lead = found.to_move * (float(found.ownership.sum()) - compensation)
    return 1 / (1 + exp(-max(-100.0, min(100.0, lead / _SLOPE))))


def _sensible(board: Board, found: Evaluation) -> Iterator[Suggestion]:
    """Legal moves, without passes, suicides and moves into own eyes, the most probable first."""
    colour = board.to_move
    return (
        move
        for move in found.ranking()
        if move.point != PASS
        and board.is_legal(move.point)
        and not is_true_eye(board, move.point, colour)
        and not is_suicide(board, move.point, colour)
    )


def _is_near_last(board: Board, point: int) -> bool:
    """True for a point within three lines of the last stone played."""
    last = board.last
    if last is None or last.point == PASS:
        return False
    rows, columns = zip(divmod(point, board.size), divmod(last.point, board.size), strict=True)
    return max(abs(rows[0] - rows[1]), abs(columns[0] - columns[1])) <= _NEAR
