"""The lines of packed games, all of a file, and the shares by which they are held out (`split`)."""

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

__all__ = ["Lines", "shares_of"]

_SIZE, _POINTS = 19, 361
_HEADER = 6
_OFFSET = 2  # makes a pass (-1) and the mark after the setup stones (-2) numbers from 0 on


def shares_of(games: PackedGames) -> NDArray[np.float64]:
    """(games,): each game's `split.share_of`, to the bit; some 30,000 games a second."""
    lines = Lines(games)
    return np.array([lines.share(number) for number in range(len(games))])


class Lines:
    """What was played in each game, the same for games that differ by a symmetry of the board."""

    def __init__(self, games: PackedGames) -> None:
        self._games = games
        goes = np.array([(*symmetry(_SIZE, view), PASS) for view in range(SYMMETRIES)])
        self._table = (goes + _OFFSET).astype(np.uint16)
        self._names = [str(value - _OFFSET) for value in range(_POINTS + _OFFSET)]

    def share(self, number: int) -> float:
        """`split.share_of` a game."""
        line = [self._names[value] for value in self._least(number, MOVES).tolist()]
        text = f"{_SIZE}:{','.join(line)}".encode()
        digest = hashlib.blake2b(text, digest_size=8).digest()
        return (int.from_bytes(digest) >> 11) / 2**53

    def whole(self, number: int) -> bytes:
        """A game's setup stones and all of its moves: that of a longer game begins with it."""
        return self._least(number, None).tobytes()

    def _least(self, number: int, most: int | None) -> NDArray[np.uint16]:
        """The least of the eight views, as lists of numbers compare; at `most` so many moves."""
        games = self._games
        words = games.words[games.begins[number] : games.begins[number + 1]]
        stones = int(words[4]) & 0xFF
        end = None if most is None else _HEADER + stones + most
        views = self._table[:, words[_HEADER:end] & 0x1FF]
        mark = np.zeros((SYMMETRIES, 1), np.uint16)
        views = np.concatenate([np.sort(views[:, :stones]), mark, views[:, stones:]], axis=1)
        # big-endian, so that bytes compare as the lists of numbers do
        least = min(view.tobytes() for view in views.astype(">u2"))
        return np.frombuffer(least, ">u2")
