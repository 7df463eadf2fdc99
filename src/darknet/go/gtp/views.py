"""The same position, seen otherwise: turned, or with the other side to move."""

from __future__ import annotations

from ..board import Board
from ..coordinates import PASS
from ..geometry import symmetry
from ..moves import Edit, Ko

__all__ = ["facing", "turned"]


def facing(board: Board, colour: int) -> Board:
    """The board, or where it is not `colour`'s turn a copy on which it is.

    GTP lets a colour move twice in a row; nobody has passed in between.
    """
    if board.to_move == colour:
        return board
    twin = board.copy()
    twin.to_move, twin.ko = colour, None
    return twin


def turned(board: Board, number: int) -> Board:
    """The board, with its past, under symmetry `number` (as `geometry.symmetry` has them)."""
    goes = symmetry(board.size, number)
    free = Board(board.size, ko=Ko.NONE, suicide=True)
    for entry in board.past:
        if isinstance(entry, Edit):
            changes = {goes[point]: now for point, _, now in entry.changes}
            free.edit(changes, entry.new_to_move)
        else:
            colour, point = entry.move
            free.play(PASS if point == PASS else goes[point], colour)
    twin = free.under(board.ko_rule, board.suicide)
    return facing(twin, board.to_move)
