"""Which games are held out: by what was played, not by where a game stands.

A game has a share, a number of 0..1 that its first moves alone decide, the same on every machine
and in whatever file it is, turned or flipped as it may be. Training takes the games from a limit
on, validation those below it: no game, and no copy of one, is on both sides. (A copy that was cut
off before move 60 is another game: nobody knows how it went on.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from .coordinates import PASS
from .geometry import SYMMETRIES, symmetry

__all__ = ["MOVES", "line_of", "share_of"]

MOVES = 60
"""Moves that are looked at: copies of a game are often cut off, or go on, towards the end."""


def share_of(size: int, moves: Sequence[int], setup: Iterable[int] = ()) -> float:
    """A game's share, 0 <= share < 1, from its setup stones' and moves' points.

    Two games that differ by a symmetry of the board, or after move 60, have the same.
    """
    number = int(line_of(size, moves[:MOVES], setup), 16)
    return (number >> 11) / 2**53  # as many bits as a float has


def line_of(size: int, moves: Sequence[int], setup: Iterable[int] = ()) -> str:
    """A short name for a line of moves: 16 hex digits, the same under the board's symmetries."""
    stones = tuple(setup)
    least = min(_turned(symmetry(size, turn), stones, moves) for turn in range(SYMMETRIES))
    text = f"{size}:{','.join(map(str, least))}".encode()
    return hashlib.blake2b(text, digest_size=8).hexdigest()


def _turned(goes: Sequence[int], setup: Sequence[int], moves: Sequence[int]) -> list[int]:
    """Points under a symmetry: the setup in order of its places, then the moves."""
    placed = sorted(goes[point] for point in setup)
    return [*placed, -2, *(PASS if point == PASS else goes[point] for point in moves)]
