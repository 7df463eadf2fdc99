"""Packed games become positions for training: hundreds of thousands a second on one core.

Every move gives a position: the board before it, from the side of who moves, and the move. Boards
are bits, 96 bytes each, so that many millions fit into memory; `Positions.stones` unpacks them.
Illegal moves are refused as `Board` refuses them: simple ko, no suicide.

Needs Numba, which comes with the extra `go`. The work is done without Python's lock, so that
threads replay side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, RecordError
from .geometry import neighbours
from .packed import SIZE, PackedGames

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["POINTS", "Positions", "few_liberties", "replayed"]

POINTS = SIZE * SIZE
_MOVES = 5  # the place of their number in a game's header, in u16 numbers


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Positions of 19 lines and the moves that followed.

    `bits`: (n, 2, 48) uint8, own and other stones of who moves, a bit a point from the lowest bit
    of the first byte on, row by row from the top; the last 23 bits are 0. `moves`: (n,) int16,
    row * 19 + column, or 361 for a pass. `kos`: (n,) int16, the point that a ko forbids, or -1.
    `games`: (n,) int32, the number of the game; `turns`: (n,) int32, the number of the move in it.
    """

    bits: NDArray[np.uint8]
    moves: NDArray[np.int16]
    kos: NDArray[np.int16]
    games: NDArray[np.int32]
    turns: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.moves)

    def stones(self, which: slice | NDArray[np.int64] | None = None) -> NDArray[np.int8]:
        """Boards as (n, 19, 19) int8: 1 own, -1 other, 0 empty; of `which` alone if it is given."""
        bits = self.bits if which is None else self.bits[which]
        planes = np.unpackbits(bits, axis=2, count=POINTS, bitorder="little").view(np.int8)
        boards: NDArray[np.int8] = planes[:, 0] - planes[:, 1]
        return boards.reshape(-1, SIZE, SIZE)


def replayed(games: PackedGames, numbers: ArrayLike | None = None) -> Positions:
    """Every position of the games `numbers`, in that order; of all games where it is None.

    Raises InputError where Numba is not installed or a number is none of a game's, RecordError for
    an illegal move.
    """
    compiled = _compiled()
    chosen = np.arange(len(games)) if numbers is None else np.asarray(numbers)
    if chosen.ndim != 1 or (len(chosen) and not 0 <= chosen.min() <= chosen.max() < len(games)):
        raise InputError(f"numbers of games: expected a list of some of 0 to {len(games) - 1:,}")
    chosen = chosen.astype(np.int64)
    counts = games.words[games.begins[chosen] + _MOVES].astype(np.int64)
    total = int(counts.sum())
    bits = np.empty((total, 2, compiled.LIMBS), np.uint64)
    moves, kos = np.empty(total, np.int16), np.empty(total, np.int16)
    code, place, turn = compiled.replay(
        games.words, games.begins, chosen, _around(), bits, moves, kos
    )
    if code:
        raise RecordError(
            f"{games.label}: game {chosen[place] + 1:,}, move {turn + 1:,} is illegal:"
            f" {compiled.ILLEGAL[code]}"
        )
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    return Positions(
        bits=bits.astype("<u8", copy=False).view(np.uint8),
        moves=moves,
        kos=kos,
        games=np.repeat(chosen, counts).astype(np.int32),
        turns=(np.arange(total) - starts).astype(np.int32),
    )


def few_liberties(bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Which stones of positions are in chains of one, two and three liberties.

    `bits` as `Positions.bits`, (n, 2, 48); the answer is (n, 3, 48), own and other stones alike.
    """
    compiled = _compiled()
    few = np.empty((len(bits), compiled.MOST, compiled.LIMBS), np.uint64)
    compiled.liberties(np.ascontiguousarray(bits).view("<u8"), _around(), few)
    return few.astype("<u8", copy=False).view(np.uint8)


def _compiled() -> ModuleType:
    """The module `replay`; InputError where Numba is missing."""
    try:
        return import_module(".replay", __package__)
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("darknet"):
            raise
        raise InputError(
            "positions need Numba, which is not installed: pip install darknet-python[go]"
        ) from None
    except ImportError as problem:  # Numba's word on a NumPy that it does not know
        raise InputError(f"positions need Numba, which does not start: {problem}") from problem


@lru_cache(maxsize=1)
def _around() -> NDArray[np.int16]:
    """For each point those beside it, (361, 4), -1 where there are fewer."""
    rows = [(*beside, -1, -1)[:4] for beside in neighbours(SIZE)]
    return np.array(rows, dtype=np.int16)
