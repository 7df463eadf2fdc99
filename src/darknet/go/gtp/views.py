"""The same position, turned."""

from __future__ import annotations

from ..board import Board
from ..coordinates import PASS
from ..geometry import symmetry
from ..moves import Edit, Ko

__all__ = ["turned"]


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
    return twin.facing(board.to_move)
