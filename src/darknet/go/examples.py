"""What a network learns Go from: positions with a little of their past, small.

A position takes about 260 bytes here; the planes that a network sees are made where it computes
(`darknet.go_training.views`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from .positions import few_liberties, replayed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from .packed import PackedGames

__all__ = ["BYTES", "PAST", "UNKNOWN", "Examples", "examples"]

UNKNOWN = -1
"""In `Examples.last`: no such move, or none that is known."""
PAST = 5
"""Moves before a position that are kept."""
BYTES = 5 * 48 + 2 * PAST + 2 + 2 + 1
"""What an example takes in memory."""
_HEADER = 6  # u16 numbers of a packed game before its setup stones


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Positions of 19 lines, and what was played.

    `bits`: (n, 5, 48) uint8, as `Positions.bits`: own stones, other stones, stones of either side
    in chains of one, two and three liberties. `last`: (n, 5) int16, the last five moves' points,
    the newest first, 361 for a pass, -1 for none. `kos`: (n,) int16, the point that a ko forbids,
    or -1. `moves`: (n,) int16, what was played, 361 for a pass. `won`: (n,) int8, 1 where who
    moves won the game, -1 where the other did, 0 where it is not known.
    """

    bits: NDArray[np.uint8]
    last: NDArray[np.int16]
    kos: NDArray[np.int16]
    moves: NDArray[np.int16]
    won: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.moves)

    def take(self, which: slice | NDArray[np.int64]) -> Examples:
        """Those of `which`, in its order."""
        return Examples(*(getattr(self, field.name)[which] for field in fields(self)))

    @classmethod
    def joined(cls, parts: Sequence[Examples]) -> Examples:
        """All of them, one after the other."""
        if len(parts) == 1:
            return parts[0]
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def examples(games: PackedGames, numbers: ArrayLike | None = None) -> Examples:
    """Every position of the games `numbers`, in that order; of all games where it is None.

    Raises what `positions.replayed` raises.
    """
    found = replayed(games, numbers)
    begins = games.begins[found.games]
    # a game's first number has its source and its result, the fifth its setup stones
    results = games.words[begins] >> 8
    setups = games.words[begins + 4] & 0xFF
    words = games.words[begins + _HEADER + setups + found.turns]
    colours = np.where(words >> 15 == 1, 2, 1)  # as results have it: 1 Black, 2 White
    won = np.where(results == 0, 0, np.where(results == colours, 1, -1))
    last = np.full((len(found), PAST), UNKNOWN, np.int16)
    for back in range(1, PAST + 1):
        known = found.turns >= back
        last[known, back - 1] = found.moves[np.flatnonzero(known) - back]
    return Examples(
        bits=np.concatenate([found.bits, few_liberties(found.bits)], axis=1),
        last=last,
        kos=found.kos,
        moves=found.moves,
        won=won.astype(np.int8),
    )
