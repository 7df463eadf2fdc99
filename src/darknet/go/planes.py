"""What a network sees of a position: planes of size x size, from the side of who is to move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..errors import InputError
from .board import Board
from .chains import chains
from .coordinates import PASS
from .moves import Entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..network import Network

__all__ = ["CLASSIC", "PAST", "STRONG", "Planes", "planes_for"]

PAST = 5
"""Moves before a position that `STRONG` shows."""


class Planes(Protocol):
    """One way to write a position down for a network."""

    @property
    def count(self) -> int:
        """How many planes: the network's channels."""
        ...

    def of(self, board: Board) -> NDArray[np.float32]:
        """(count, size, size), row 0 at the top, seen from `board.to_move`."""
        ...


class _Classic:
    """DarkGo's one plane: 1 an own stone, -1 the other's, 0 empty."""

    count = 1

    def of(self, board: Board) -> NDArray[np.float32]:
        return (board.array() * board.to_move).astype(np.float32)[None]


CLASSIC: Planes = _Classic()
"""One plane: 1 an own stone, -1 the other's, 0 empty (pjreddie.com/darknet/darkgo-go-in-darknet)"""


class _Strong:
    """Sixteen planes: stones, the edge, liberties, the last moves, ko.

    | plane | ones at |
    | --- | --- |
    | 0, 1 | own stones, the other's |
    | 2 | every point: beside the zeros that convolutions pad with it shows the edge |
    | 3, 4, 5 | own stones in chains of one, two, three liberties |
    | 6, 7, 8 | the other's |
    | 9 to 13 | the last five moves, the newest first, a point each; nothing for a pass |
    | 14 | the point that the ko forbids |
    | 15 | every point, where the last moves are known (or the board is empty, before the first) |
    """

    count = 16

    def of(self, board: Board) -> NDArray[np.float32]:
        planes = np.zeros((self.count, board.points), np.float32)
        stones = np.array(board.stones, np.int8) * board.to_move
        planes[0], planes[1], planes[2] = stones > 0, stones < 0, 1
        for chain, liberties in chains(board.stones, board.size):
            if 1 <= liberties <= _FEW:
                own = stones[chain[0]] > 0
                planes[(2 if own else 5) + liberties, chain] = 1
        past = _last_moves(board)
        for back, point in enumerate(past):
            if point != PASS:
                planes[9 + back, point] = 1
        if board.ko is not None:
            planes[14, board.ko] = 1
        planes[15] = bool(past) or not stones.any()
        return planes.reshape(self.count, board.size, board.size)


_FEW = 3


def _last_moves(board: Board) -> list[int]:
    """The points of the last moves since the last edit, the newest first."""
    found = []
    for entry in board.recent(PAST):
        if not isinstance(entry, Entry):
            break
        found.append(entry.move.point)
    return found


STRONG: Planes = _Strong()
"""Sixteen planes with the position's past, in the manner of C. J. Maddison et al. (arXiv:1412.6564)
and D. Silver et al. (Nature 529, 2016)."""

_KINDS = {planes.count: planes for planes in (CLASSIC, STRONG)}


def planes_for(network: Network) -> Planes:
    """The planes that a network takes; InputError where it takes something else."""
    shape = network.input
    if shape.channels in _KINDS and shape.width == shape.height > 1:
        return _KINDS[shape.channels]
    raise InputError(
        f"{network.cfg.label}: its input is {shape}; expected one square plane, as DarkGo's"
        " networks take (1 own, -1 other, 0 empty), or sixteen (darknet help go)"
    )
