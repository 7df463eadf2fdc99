"""What a network sees of a position: planes of size x size, from the side of who is to move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..errors import InputError
from .board import Board

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..network import Network

__all__ = ["CLASSIC", "Planes", "planes_for"]


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


def planes_for(network: Network) -> Planes:
    """The planes that a network takes; InputError where it takes something else."""
    shape = network.input
    if shape.channels == CLASSIC.count and shape.width == shape.height > 1:
        return CLASSIC
    raise InputError(
        f"{network.cfg.label}: its input is {shape}; expected one square plane, as DarkGo's"
        " networks take (1 own, -1 other, 0 empty)"
    )
