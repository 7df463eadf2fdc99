"""Accuracy of a policy network: how often is its move the one that a player chose?

Positions are drawn at random, without the same one twice, from all moves of the games (or of those
held out, see `split`): a seed gives the same ones, and each position has the same chance.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, RecordError
from ..layers import Softmax
from ..network import place
from .board import Board
from .coordinates import PASS
from .moves import EMPTY
from .policy import Evaluation, Policy
from .tempering import KEPT, log_sums
from .valid_data import Games, Position, games_in
from .valid_result import GoValidation, Kept
from .valid_scores import Answered

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DEFAULT_COUNT", "GoValidator", "rank_of", "validate"]

DEFAULT_COUNT = 10_000
"""Positions: enough that top-1 is known to a percent."""
DEFAULT_BATCH = 32


def validate(
    policy: Policy,
    data: str | os.PathLike[str],
    *,
    count: int | None = DEFAULT_COUNT,
    seed: int = 0,
    held_out: float | None = None,
    symmetries: bool = False,
    batch: int = DEFAULT_BATCH,
    calibrate: bool = False,
    history: bool = True,
) -> GoValidation:
    """The accuracy of a network over the games of a file or folder (`valid_data.games_in`).

    count: positions to draw; None for all. held_out: draw from the games whose share is below
    this. symmetries: average the board's eight. batch: positions answered at once. calibrate: find
    a temperature for [softmax] too (`GoValidation.tempered`), which keeps 64 bytes a position.
    history: False shows positions without the moves before, as one that was typed by hand.
    Raises InputError for numbers out of bounds, RecordError for data that cannot be read.
    """
    validator = GoValidator(
        policy,
        games_in(data),
        count=count,
        seed=seed,
        held_out=held_out,
        symmetries=symmetries,
        batch=batch,
        calibrate=calibrate,
        history=history,
    )
    for _ in validator.run():
        pass
    return validator.result()


class GoValidator:
    """One run over positions of games, which may be watched. Arguments as for `validate`."""

    def __init__(
        self,
        policy: Policy,
        games: Games,
        *,
        count: int | None = DEFAULT_COUNT,
        seed: int = 0,
        held_out: float | None = None,
        symmetries: bool = False,
        batch: int = DEFAULT_BATCH,
        calibrate: bool = False,
        history: bool = True,
    ) -> None:
        _check(count, seed, held_out, batch)
        self._softmax = _softmax_of(policy, symmetries=symmetries) if calibrate else None
        self._policy, self._games, self._symmetries, self._batch = policy, games, symmetries, batch
        self._seed, self._held_out, self._history = seed, held_out, history
        self._left_out, sizes = _sizes(policy, games)
        self._from = [
            game
            for game, size in enumerate(games.sizes)
            if size in sizes and (held_out is None or games.share(game) < held_out)
        ]
        self._available = sum(games.moves[game] for game in self._from)
        if not self._available:
            held = "" if held_out is None else f" in the {100 * held_out:g} % held out"
            raise RecordError(f"{games.label}: no move in it{held}")
        self.total = self._available if count is None else min(count, self._available)
        self._answered: list[Answered] = []
        self._sums: list[NDArray[np.float32]] = []
        self._right = 0
        self._seconds = 0.0

    def run(self) -> Iterator[Answered]:
        """Every position's answer as it comes."""
        started = time.perf_counter()
        waiting = self._positions()
        while positions := list(islice(waiting, self._batch)):
            for one in self._answer(positions):
                self._answered.append(one)
                self._right += one.rank == 1
                self._seconds = time.perf_counter() - started
                yield one

    def _positions(self) -> Iterator[Position]:
        counts = np.array([self._games.moves[game] for game in self._from], dtype=np.int64)
        ends = np.cumsum(counts)
        drawn = np.random.default_rng(self._seed).choice(self._available, self.total, replace=False)
        wanted: dict[int, list[int]] = {}
        for number in drawn.tolist():
            at = int(np.searchsorted(ends, number, side="right"))
            wanted.setdefault(at, []).append(number - int(ends[at] - counts[at]))
        for at, places in wanted.items():  # in the order drawn: half a run is a fair sample too
            yield from self._games.positions(self._from[at], sorted(places))

    def _answer(self, positions: Sequence[Position]) -> Iterator[Answered]:
        for group in _by_size(positions):
            boards = [position.board for position in group]
            if not self._history:
                boards = [_without_past(board) for board in boards]
            found = self._policy.evaluate_all(boards, symmetries=self._symmetries)
            if self._softmax is not None:
                self._sums.append(log_sums(np.stack([_flat(one) for one in found])))
            for position, evaluation in zip(group, found, strict=True):
                rank, probability = rank_of(evaluation, position)
                yield Answered(
                    rank,
                    probability,
                    position.game,
                    position.number,
                    position.colour,
                    self._games.source(position.game),
                    _confidence_of(evaluation, position),
                )

    def status(self) -> str:
        """How it stands: ``top-1 47.3``."""
        count = len(self._answered)
        return f"top-1 {100 * self._right / count:.1f} %" if count else ""

    def result(self) -> GoValidation:
        """The accuracy over what was answered so far."""
        return GoValidation(
            cfg=self._policy.runner.network.cfg.label,
            weights=self._policy.name,
            data=self._games.label,
            kind=self._games.kind,
            symmetries=self._symmetries,
            history=self._history,
            available=self._available,
            games_available=len(self._from),
            seed=self._seed,
            held_out=self._held_out,
            answered=tuple(self._answered),
            unreadable=(*self._games.unreadable, *self._left_out),
            seconds=self._seconds,
            kept=self._kept(),
        )

    def _kept(self) -> Kept | None:
        if self._softmax is None:
            return None
        sums = np.concatenate(self._sums) if self._sums else np.empty((0, KEPT), np.float32)
        return Kept(sums[: len(self._answered)], *self._softmax)  # less, where interrupted


def _check(count: int | None, seed: int, held_out: float | None, batch: int) -> None:
    if count is not None and count < 1:
        raise InputError(f"count={count}: expected at least 1")
    if batch < 1:
        raise InputError(f"batch={batch}: expected at least 1")
    if seed < 0:
        raise InputError(f"seed={seed}: expected 0 or more")
    if held_out is not None and not 0 < held_out <= 1:
        raise InputError(f"held_out={held_out:g}: expected a share above 0, at most 1")


def _softmax_of(policy: Policy, *, symmetries: bool) -> tuple[float, str]:
    """The temperature that the network has, and where; InputError where another is not to be had.

    The mean of eight views with a temperature is none of their mean.
    """
    if symmetries:
        raise InputError(
            "calibrate: expected one view of each position: [softmax] has its temperature before"
            " the mean of the eight symmetries is taken"
        )
    node = policy.softmax
    layer, where = node.layer, place(node)
    if not isinstance(layer, Softmax) or layer.groups > 1 or layer.tree:
        raise InputError(f"{where}: calibrate: expected one [softmax] over all moves")
    return layer.temperature, where


def _sizes(policy: Policy, games: Games) -> tuple[list[str], set[int]]:
    """What is left out for its size, in words, and the sizes that the network takes.

    Raises InputError where it takes none of them.
    """
    left_out: list[str] = []
    taken: set[int] = set()
    problem: InputError | None = None
    for size, count in sorted(Counter(games.sizes).items()):
        try:
            policy.check_size(size)
            taken.add(size)
        except InputError as error:
            problem = error
            left_out.append(f"{games.label}: {count:,} games of {size} lines left out: {error}")
    if problem is not None and not taken:
        raise problem
    return left_out, taken


def _without_past(board: Board) -> Board:
    bare = Board(board.size)
    stones = {point: colour for point, colour in enumerate(board.stones) if colour != EMPTY}
    bare.edit(stones, board.to_move)
    return bare


def _by_size(positions: Sequence[Position]) -> list[list[Position]]:
    groups: dict[int, list[Position]] = {}
    for position in positions:
        groups.setdefault(position.board.size, []).append(position)
    return list(groups.values())


def _flat(evaluation: Evaluation) -> NDArray[np.float32]:
    """The probabilities of all points, and last of the pass."""
    return np.append(evaluation.priors.ravel(), np.float32(evaluation.pass_prior))


def _free(position: Position) -> NDArray[np.bool_]:
    """The points without a stone, and the pass."""
    return np.append(position.board.array().ravel() == 0, True)


def _confidence_of(evaluation: Evaluation, position: Position) -> float:
    """The probability of the network's first move."""
    return float(_flat(evaluation)[_free(position)].max())


def rank_of(evaluation: Evaluation, position: Position) -> tuple[int, float]:
    """The place of the move that was played, from 1, in the network's order; its probability.

    Occupied points do not count. Among equals the lower point comes first, a pass last.
    """
    board = position.board
    values, free = _flat(evaluation), _free(position)
    point = board.points if position.move == PASS else position.move
    mine = values[point]
    before = np.count_nonzero(free & (values > mine))
    before += np.count_nonzero(free[:point] & (values[:point] == mine))
    return int(before) + 1, float(mine)
