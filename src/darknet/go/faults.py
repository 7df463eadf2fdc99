"""Packed games that cannot be learned from: found before a run, not in the midst of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..errors import RecordError
from .packed import PackedGames
from .positions import replayed

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SHELF", "faults"]

SHELF = 500
"""Games that are replayed at once: millions of positions a second, in little memory."""
_MOVES = 5  # the place of their number in a game's header, in u16 numbers


def faults(
    games: PackedGames, numbers: NDArray[np.int64], least: int = 0
) -> Iterator[tuple[int, str]]:
    """(number, why) of those among `numbers` that have fewer moves than `least`, or illegal ones.

    Illegal is what `positions.replayed` refuses. InputError where Numba is missing.
    """
    counts = games.words[games.begins[numbers] + _MOVES]
    for number in numbers[counts < least].tolist():
        moves = int(games.words[games.begins[number] + _MOVES])
        yield number, f"{moves:,} moves; expected at least {least:,}"
    long = numbers[counts >= least]
    for start in range(0, len(long), SHELF):
        yield from _illegal(games, long[start : start + SHELF])


def _illegal(games: PackedGames, numbers: NDArray[np.int64]) -> Iterator[tuple[int, str]]:
    """All at once; where one of them is illegal, halves, until it stands alone."""
    try:
        replayed(games, numbers)
    except RecordError as problem:
        if len(numbers) == 1:
            (number,) = numbers.tolist()
            yield number, str(problem).removeprefix(f"{games.label}: game {number + 1:,}, ")
            return
        half = len(numbers) // 2
        yield from _illegal(games, numbers[:half])
        yield from _illegal(games, numbers[half:])
