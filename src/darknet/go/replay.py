"""The loop of `positions`, compiled by Numba (the extra `go`): games replayed at full speed.

This module is imported when it is asked for, as Numba takes half a second. Compiled code is kept on
disk where Numba can write (NUMBA_CACHE_DIR, or beside this file).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ILLEGAL", "LIMBS", "MOST", "liberties", "replay"]

F = TypeVar("F", bound=Callable[..., Any])
SIZE = 19
POINTS = SIZE * SIZE
LIMBS = 6  # uint64 that hold the board's bits
MOST = 3
"""Liberties that are told apart: chains of one, two and three; those with more are not listed."""
_HEADER = 6  # u16 numbers before the setup stones
_POINT, _WHITE = 0x01FF, 0x8000
ILLEGAL = ("", "there is a stone", "it would take its own last liberty", "the ko forbids it",
           "a setup stone would have no liberty")  # fmt: skip
"""What the codes that `replay` gives mean."""


def _compiled(function: F) -> F:
    """Compiled at the first call, without Python's lock; kept on disk where there is a place."""
    try:
        return njit(cache=True, nogil=True)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # Numba found no folder that it may write to
        return njit(nogil=True)(function)  # type: ignore[no-any-return]


@_compiled
def _has_liberty(
    stones: NDArray[np.int8], around: NDArray[np.int16], start: int, chain: NDArray[np.int16],
    mark: NDArray[np.int32], stamp: int,
) -> int:  # fmt: skip
    """0 if the chain at `start` has a liberty, else its length; its stones are in `chain` then."""
    colour, length, at = stones[start], 1, 0
    chain[0] = start
    mark[start] = stamp
    while at < length:
        point = chain[at]
        at += 1
        for way in range(4):
            beside = around[point, way]
            if beside < 0:
                break
            found = stones[beside]
            if found == 0:
                return 0
            if found == colour and mark[beside] != stamp:
                mark[beside] = stamp
                chain[length] = beside
                length += 1
    return length


@_compiled
def _flip(bits: NDArray[np.uint64], colour: int, point: int) -> None:
    """A stone comes or goes in the bits of Black (row 0) or White (row 1)."""
    row = 0 if colour > 0 else 1
    bits[row, point >> 6] ^= np.uint64(1) << np.uint64(point & 63)


@_compiled
def _ko_after(
    stones: NDArray[np.int8], around: NDArray[np.int16], point: int, colour: int, taken: int
) -> int:
    """The point just taken if the stone that took it stands alone in atari, else -1."""
    for way in range(4):
        beside = around[point, way]
        if beside < 0:
            break
        if stones[beside] == colour or (stones[beside] == 0 and beside != taken):
            return -1
    return taken


@_compiled
def _play(
    stones: NDArray[np.int8], bits: NDArray[np.uint64], around: NDArray[np.int16],
    chain: NDArray[np.int16], mark: NDArray[np.int32], clock: NDArray[np.int32],
    point: int, colour: int,
) -> tuple[int, int]:  # fmt: skip
    """Play on a free point: why it is illegal (0: it is not), and the point that a ko forbids."""
    stones[point] = colour
    total, last = 0, -1
    for way in range(4):
        beside = around[point, way]
        if beside < 0:
            break
        if stones[beside] == -colour:
            clock[0] += 1
            length = _has_liberty(stones, around, beside, chain, mark, clock[0])
            for index in range(length):
                stones[chain[index]] = 0
                _flip(bits, -colour, chain[index])
                last = chain[index]
            total += length
    if total == 0:
        clock[0] += 1
        if _has_liberty(stones, around, point, chain, mark, clock[0]) > 0:
            stones[point] = 0
            return 2, -1
    _flip(bits, colour, point)
    ko = _ko_after(stones, around, point, colour, last) if total == 1 else -1
    return 0, ko


@_compiled
def _set_up(
    stones: NDArray[np.int8], bits: NDArray[np.uint64], around: NDArray[np.int16],
    chain: NDArray[np.int16], mark: NDArray[np.int32], clock: NDArray[np.int32],
    words: NDArray[np.uint16],
) -> bool:  # fmt: skip
    """Clear the board and place the setup stones; False where one has no liberty."""
    stones[:] = 0
    bits[:] = 0
    for word in words:
        stones[word & _POINT] = -1 if word & _WHITE else 1
    for point in range(POINTS):
        if stones[point] != 0:
            _flip(bits, stones[point], point)
            clock[0] += 1
            if _has_liberty(stones, around, point, chain, mark, clock[0]) > 0:
                return False
    return True


@_compiled
def replay(
    words: NDArray[np.uint16], begins: NDArray[np.int64], numbers: NDArray[np.int64],
    around: NDArray[np.int16], bits: NDArray[np.uint64], moves: NDArray[np.int16],
    kos: NDArray[np.int16],
) -> tuple[int, int, int]:  # fmt: skip
    """Replay the games `numbers`, and write down every position before a move.

    `bits` (n, 2, LIMBS): own and other stones, seen from the side that moves; `moves` (n,): 0..361;
    `kos` (n,): the point that a ko forbids, or -1. Gives what was wrong first: (index into
    ILLEGAL, place in `numbers`, move); (0, ..) if nothing.
    """
    stones, chain = np.zeros(POINTS, np.int8), np.zeros(POINTS, np.int16)
    mark, clock = np.zeros(POINTS, np.int32), np.zeros(1, np.int32)
    now, at = np.zeros((2, LIMBS), np.uint64), 0
    for place in range(len(numbers)):
        begin = begins[numbers[place]]
        setup, count = np.int64(words[begin + 4]) & 0xFF, np.int64(words[begin + 5])
        first = begin + _HEADER + setup
        if not _set_up(stones, now, around, chain, mark, clock, words[begin + _HEADER : first]):
            return 4, place, 0
        ko, to_move = -1, 0
        for turn in range(count):
            word = np.int64(words[first + turn])
            point, colour = int(word & _POINT), -1 if word & _WHITE else 1
            own = 0 if colour > 0 else 1
            for limb in range(LIMBS):
                bits[at, 0, limb] = now[own, limb]
                bits[at, 1, limb] = now[1 - own, limb]
            is_forbidden = ko >= 0 and colour == to_move
            moves[at], kos[at] = point, ko if is_forbidden else -1
            at += 1
            if point == POINTS:
                ko = -1
            elif stones[point] != 0:
                return 1, place, turn
            elif is_forbidden and point == ko:
                return 3, place, turn
            else:
                code, ko = _play(stones, now, around, chain, mark, clock, point, colour)
                if code:
                    return code, place, turn
            to_move = -colour
    return 0, 0, 0


@_compiled
def _count_liberties(
    stones: NDArray[np.int8], around: NDArray[np.int16], start: int, chain: NDArray[np.int16],
    mark: NDArray[np.int64], stamp: int,
) -> tuple[int, int]:  # fmt: skip
    """The chain at `start`: how many stones, written to `chain`, and how many liberties."""
    colour, length, at, count = stones[start], 1, 0, 0
    chain[0] = start
    mark[start] = stamp
    while at < length:
        point = chain[at]
        at += 1
        for way in range(4):
            beside = around[point, way]
            if beside < 0:
                break
            if mark[beside] == stamp:
                continue
            if stones[beside] == 0:
                mark[beside] = stamp
                count += 1
            elif stones[beside] == colour:
                mark[beside] = stamp
                chain[length] = beside
                length += 1
    return length, count


@_compiled
def liberties(bits: NDArray[np.uint64], around: NDArray[np.int16], few: NDArray[np.uint64]) -> None:
    """Which stones are in chains of one, two and three liberties.

    `bits` (n, 2, LIMBS): own and other stones; `few` (n, MOST, LIMBS), filled: both sides' stones.
    """
    stones, chain = np.zeros(POINTS, np.int8), np.zeros(POINTS, np.int16)
    # 64 bits: the chains of thirty million positions are more than 32 can count
    mark, done = np.zeros(POINTS, np.int64), np.zeros(POINTS, np.int64)
    stamp = 0
    for number in range(len(bits)):
        for point in range(POINTS):
            limb, bit = point >> 6, np.uint64(point & 63)
            own = np.int8(bits[number, 0, limb] >> bit & np.uint64(1))
            stones[point] = own - np.int8(bits[number, 1, limb] >> bit & np.uint64(1))
        few[number] = 0
        for start in range(POINTS):
            if stones[start] == 0 or done[start] == number + 1:
                continue
            stamp += 1
            length, count = _count_liberties(stones, around, start, chain, mark, stamp)
            for index in range(length):
                point = chain[index]
                done[point] = number + 1
                if 1 <= count <= MOST:
                    few[number, count - 1, point >> 6] |= np.uint64(1) << np.uint64(point & 63)
