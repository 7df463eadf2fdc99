"""Eyes: points that their owner had better not fill.

An *eye* of a colour is an empty point whose neighbours are all stones of that colour, either of one
chain, or with at most one of the other colour on the diagonal points, none where the point is at
the edge. An eye is *true* where none of those neighbours is in atari: with one in atari, filling
may be what saves it.
"""

from __future__ import annotations

from .board import Board
from .geometry import diagonals, neighbours

__all__ = ["is_eye", "is_suicide", "is_true_eye"]


def is_eye(board: Board, point: int, colour: int) -> bool:
    """True for an eye of `colour`."""
    around = neighbours(board.size)[point]
    if board[point] or any(board[beside] != colour for beside in around):
        return False
    corners = diagonals(board.size)[point]
    others = sum(board[corner] == -colour for corner in corners)
    if others == 0 or (others == 1 and len(corners) == 4):
        return True
    return set(around) <= set(board.chain(around[0]))


def is_true_eye(board: Board, point: int, colour: int) -> bool:
    """True for an eye of `colour` whose neighbours all have another liberty."""
    return is_eye(board, point, colour) and all(
        len(board.liberties(beside)) > 1 for beside in neighbours(board.size)[point]
    )


def is_suicide(board: Board, point: int, colour: int) -> bool:
    """True where a stone of `colour` on `point`, if legal, would take its own chain."""
    if not board.suicide:
        return False
    for beside in neighbours(board.size)[point]:
        there = board[beside]
        if not there or (len(board.liberties(beside)) > 1) == (there == colour):
            return False  # a liberty, another one of an own chain, or a chain that is taken
    return True
