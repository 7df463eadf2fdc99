"""Positions that belong to no game, as DarkGo's records have them: mixed, all of them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import RecordError
from .examples import PAST, UNKNOWN, Examples
from .mixing import Mixed, drawn_views
from .positions import few_liberties

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .classic import Samples

__all__ = ["LooseMixer", "loose_examples"]

POINTS = 361
_BYTES = 48  # a board of bits


def loose_examples(samples: Samples) -> Examples:
    """Positions without a past, of games that nobody says the winner of."""
    count = len(samples)
    flat = samples.positions.reshape(count, POINTS)
    bits = np.zeros((count, 2, _BYTES), np.uint8)
    for side, value in enumerate((1, -1)):
        packed = np.packbits(flat == value, axis=1, bitorder="little")
        bits[:, side, : packed.shape[1]] = packed
    return Examples(
        bits=np.concatenate([bits, few_liberties(bits)], axis=1),
        last=np.full((count, PAST), UNKNOWN, np.int16),
        kos=np.full(count, UNKNOWN, np.int16),
        moves=samples.moves,
        won=np.zeros(count, np.int8),
    )


class LooseMixer:
    """Batches of positions, each once an epoch, as `mixing.Mixer` makes them of games.

    Raises RecordError where there are none.
    """

    def __init__(self, found: Examples, label: str, *, seed: int = 0) -> None:
        if not len(found):
            raise RecordError(f"{label}: no positions to learn from")
        self.count = len(found)
        """Positions of an epoch."""
        self._found, self._seed = found, seed
        self._orders: dict[int, NDArray[np.int64]] = {}

    def batch(self, number: int, size: int, share: slice | None = None) -> Mixed:
        """Batch `number`, from 0, of batches of `size`; of it the part `share`, or all."""
        share = slice(0, size) if share is None else share
        draw = np.random.default_rng([self._seed, number, 1])
        views = drawn_views(draw, size)[share]
        places = np.arange(number * size + share.start, number * size + share.stop)
        epochs, within = np.divmod(places, self.count)
        chosen = [self._order(epoch)[within[epochs == epoch]] for epoch in np.unique(epochs)]
        return Mixed(self._found.take(np.concatenate(chosen)), views)

    def close(self) -> None:
        """Nothing to stop: no thread is at work."""

    def _order(self, epoch: int) -> NDArray[np.int64]:
        """The epoch's; of those before, the last one is kept: a batch may lie on two."""
        if epoch not in self._orders:
            draw = np.random.default_rng([self._seed, epoch, 2])
            self._orders = {e: o for e, o in self._orders.items() if e == epoch - 1}
            self._orders[epoch] = draw.permutation(self.count)
        return self._orders[epoch]
