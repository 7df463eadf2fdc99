"""What depends on a board's size alone: neighbours, diagonals, hash keys, the symmetries."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

__all__ = ["SYMMETRIES", "Keys", "diagonals", "neighbours", "symmetry", "zobrist"]

SYMMETRIES = 8
"""Turns and flips of a square board; number 0 leaves it as it is."""

Keys = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
"""Hash keys by colour and point: [0] is unused, [1] Black's, [-1] (the last) White's."""


@lru_cache(maxsize=32)
def neighbours(size: int) -> tuple[tuple[int, ...], ...]:
    """For each point the two to four points beside it."""
    found = []
    for point in range(size * size):
        row, column = divmod(point, size)
        beside = []
        if row > 0:
            beside.append(point - size)
        if column > 0:
            beside.append(point - 1)
        if column < size - 1:
            beside.append(point + 1)
        if row < size - 1:
            beside.append(point + size)
        found.append(tuple(beside))
    return tuple(found)


@lru_cache(maxsize=32)
def diagonals(size: int) -> tuple[tuple[int, ...], ...]:
    """For each point the one to four points diagonally beside it."""
    found = []
    for point in range(size * size):
        row, column = divmod(point, size)
        rows = [r for r in (row - 1, row + 1) if 0 <= r < size]
        columns = [c for c in (column - 1, column + 1) if 0 <= c < size]
        found.append(tuple(r * size + c for r in rows for c in columns))
    return tuple(found)


@lru_cache(maxsize=32)
def zobrist(size: int) -> tuple[Keys, int]:
    """Keys of 63 random bits for stones, and one for White being to move; always the same ones.

    Two of the positions of a game have the same hash by chance once in some 10^14 games.
    """
    points = size * size
    drawn = np.random.default_rng(size).integers(1, 2**63, 2 * points + 1).tolist()
    keys: Keys = ((), tuple(drawn[:points]), tuple(drawn[points : 2 * points]))
    return keys, drawn[-1]


@lru_cache(maxsize=256)
def symmetry(size: int, number: int) -> tuple[int, ...]:
    """Where each point goes under symmetry `number`, 0 to 7.

    That is number % 4 quarter turns to the left, after a flip of left and right from 4 on.
    """
    points = np.arange(size * size).reshape(size, size)
    flipped = points[:, ::-1] if number >= SYMMETRIES // 2 else points
    source = np.rot90(flipped, number % (SYMMETRIES // 2))  # which point comes to each place
    goes = np.empty(size * size, dtype=np.int64)
    goes[source.ravel()] = np.arange(size * size)
    return tuple(goes.tolist())
