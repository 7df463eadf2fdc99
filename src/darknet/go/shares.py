"""The shares of a whole file of packed games, by which games are held out: `split`, fast."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from .coordinates import PASS
from .geometry import SYMMETRIES, symmetry
from .split import MOVES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .packed import PackedGames

__all__ = ["shares_of"]

_SIZE, _POINTS = 19, 361
_HEADER = 6
_OFFSET = 2  # makes a pass (-1) and the mark after the setup stones (-2) numbers from 0 on


def shares_of(games: PackedGames) -> NDArray[np.float64]:
    """(games,): each game's `split.share_of`, to the bit; some 50,000 games a second."""
    goes = np.array([(*symmetry(_SIZE, view), PASS) for view in range(SYMMETRIES)])
    table = (goes + _OFFSET).astype(np.uint16)
    names = [str(value - _OFFSET) for value in range(_POINTS + _OFFSET)]
    return np.array([_share(games.words[begin:], table, names) for begin in games.begins[:-1]])


def _share(words: NDArray[np.uint16], table: NDArray[np.uint16], names: list[str]) -> float:
    stones, count = int(words[4]) & 0xFF, min(int(words[5]), MOVES)
    points = words[_HEADER : _HEADER + stones + count] & 0x1FF
    views = table[:, points]
    if stones:
        mark = np.zeros((SYMMETRIES, 1), views.dtype)
        views = np.concatenate([np.sort(views[:, :stones]), mark, views[:, stones:]], axis=1)
    # big-endian, so that bytes compare as the lists of numbers do
    least = min(view.tobytes() for view in views.astype(">u2"))
    line = [names[value] for value in np.frombuffer(least, ">u2").tolist()]
    text = ",".join(line if stones else ["-2", *line])
    digest = hashlib.blake2b(f"{_SIZE}:{text}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / 2**53
