"""In which order positions are learned from: an epoch is all of them once, well mixed.

A position of a game is much like the next one, so games are put in a random order, about two
thousand of them replayed together (a *shelf*), and a shelf's positions shuffled. Everything is a
function of the seed and of the number of a batch: a run goes on where another stopped, and two
processes see together what one would see alone.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, RecordError
from .examples import UNKNOWN, Examples, examples
from .geometry import SYMMETRIES

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .packed import PackedGames

__all__ = ["SHELF", "Mixed", "Mixer", "drawn_views"]

SHELF = 2_000
"""Games that are mixed with each other: some 400,000 positions, 100 MB."""
_KEPT = 2  # epochs, and shelves before the next one: a batch may lie on two


@dataclass(frozen=True, slots=True, eq=False)
class Mixed:
    """A process's share of a batch: positions, and in which of the board's eight views each is."""

    examples: Examples
    views: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class _Epoch:
    """The games of an epoch, shelf by shelf, and where in the run each shelf's positions begin."""

    number: int
    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    """One more than there are shelves: the last is where the next epoch begins."""


class Mixer:
    """Batches of positions of the games `numbers`. Asked by one thread.

    handicap: how often, 0..1, a game with setup stones is in an epoch. forgotten: the share of
    positions that are shown without their past. Raises InputError for shares out of bounds and for
    numbers of no game, or of one twice; RecordError where there are no positions.
    """

    def __init__(
        self,
        games: PackedGames,
        numbers: ArrayLike,
        *,
        seed: int = 0,
        handicap: float = 1,
        forgotten: float = 0,
        shelf: int = SHELF,
    ) -> None:
        for name, share in (("handicap", handicap), ("forgotten", forgotten)):
            if not 0 <= share <= 1:
                raise InputError(f"{name}={share:g}: expected a share of 0 to 1")
        self._games, self._seed, self._shelf = games, seed, shelf
        self._handicap, self._forgotten = handicap, forgotten
        self._numbers = _checked(numbers, len(games))
        begins = games.begins[self._numbers]
        self._moves = games.words[begins + 5].astype(np.int64)
        self._has_setup = (games.words[begins + 4] & 0xFF) > 0
        even = int(self._moves[~self._has_setup].sum())
        self.count = even + round(handicap * int(self._moves[self._has_setup].sum()))
        """Positions of an epoch; of handicap games the number that is to be expected."""
        if not self.count:
            raise RecordError(f"{games.label}: no positions to learn from")
        self._epochs: list[_Epoch] = []
        self._shelves: dict[tuple[int, int], Future[Examples]] = {}
        self._pool = ThreadPoolExecutor(1, "games")

    def batch(self, number: int, size: int, share: slice | None = None) -> Mixed:
        """Batch `number`, from 0, of batches of `size`; of it the part `share`, or all."""
        share = slice(0, size) if share is None else share
        draw = np.random.default_rng([self._seed, number, 1])
        views = drawn_views(draw, size)[share]
        known = draw.random(size)[share] >= self._forgotten
        start = number * size
        found = self._positions(start + share.start, start + share.stop)
        found.last[~known] = UNKNOWN
        return Mixed(found, views)

    def close(self) -> None:
        """Stop the thread that replays games ahead."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    # ---- where a position is

    def _positions(self, first: int, last: int) -> Examples:
        """The run's positions `first` to `last` - 1; their past may be written to."""
        parts: list[Examples] = []
        while first < last:
            epoch, shelf = self._place(first)
            starts = epoch.starts
            stop = min(last, int(starts[shelf + 1]))
            found = self._shelf_of(epoch, shelf).result()
            parts.append(found.take(slice(first - starts[shelf], stop - starts[shelf])))
            first = stop
        found = Examples.joined(parts)
        return replace(found, last=found.last.copy())  # which is written to

    def _place(self, position: int) -> tuple[_Epoch, int]:
        """The epoch and the shelf of one of the run's positions."""
        if self._epochs and position < self._epochs[0].starts[0]:
            self._epochs.clear()  # gone back: epochs are counted from the first
        while not self._epochs or position >= self._epochs[-1].starts[-1]:
            number = self._epochs[-1].number + 1 if self._epochs else 0
            epoch = self._make_epoch(number)
            while epoch.starts[0] == epoch.starts[-1]:  # by chance no handicap game is in it
                epoch = self._make_epoch(epoch.number + 1)
            self._epochs = [*self._epochs, epoch][-_KEPT:]
        epoch = next(one for one in reversed(self._epochs) if one.starts[0] <= position)
        return epoch, int(np.searchsorted(epoch.starts, position, side="right")) - 1

    def _make_epoch(self, number: int) -> _Epoch:
        draw = np.random.default_rng([self._seed, number, 2])
        order = draw.permutation(len(self._numbers))
        is_in = ~self._has_setup | (draw.random(len(order)) < self._handicap)
        order = order[is_in[order]]
        cuts = np.arange(0, len(order), self._shelf)
        counts = np.add.reduceat(self._moves[order], cuts) if len(order) else cuts
        begin = int(self._epochs[-1].starts[-1]) if self._epochs else 0
        starts = begin + np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return _Epoch(number, self._numbers[order], starts)

    # ---- what is on a shelf

    def _shelf_of(self, epoch: _Epoch, shelf: int) -> Future[Examples]:
        """A shelf, replayed; the next one, be it the next epoch's, is begun."""
        for one, number in ((epoch, shelf), self._place(int(epoch.starts[shelf + 1]))):
            key = (one.number, number)
            if key not in self._shelves:
                self._shelves[key] = self._pool.submit(self._replay, one, number)
        current = (epoch.number, shelf)
        for old in sorted(self._shelves)[: -_KEPT - 1]:
            if old < current:
                del self._shelves[old]
        return self._shelves[current]

    def _replay(self, epoch: _Epoch, shelf: int) -> Examples:
        chosen = epoch.order[shelf * self._shelf : (shelf + 1) * self._shelf]
        found = examples(self._games, chosen)
        draw = np.random.default_rng([self._seed, epoch.number, shelf, 3])
        return found.take(draw.permutation(len(found)))


def drawn_views(draw: np.random.Generator, size: int) -> NDArray[np.uint8]:
    """(size,): in which of the board's eight views each position of a batch is seen."""
    return draw.integers(SYMMETRIES, size=size, dtype=np.uint8)


def _checked(numbers: ArrayLike, count: int) -> NDArray[np.int64]:
    """Numbers of games, each once; InputError where they are not."""
    found = np.asarray(numbers)
    if found.size == 0:
        found = np.empty(0, np.int64)  # an empty list is of floats
    is_list = found.ndim == 1 and np.issubdtype(found.dtype, np.integer)
    if not is_list or (found < 0).any() or (found >= count).any():
        raise InputError(f"numbers of games: expected a list of some of 0 to {count - 1:,}")
    if len(np.unique(found)) != len(found):
        raise InputError("numbers of games: one is there twice; an epoch has each game once")
    return found.astype(np.int64)
