"""What to play where all dead stones have to be taken off by moves, as KGS asks for."""

from __future__ import annotations

from ..coordinates import PASS
from ..evaluation import suggestions
from ..status import dead_stones
from .session import Session
from .views import facing

__all__ = ["cleanup_move"]


def cleanup_move(session: Session, colour: int) -> int:
    """The network's best move that takes liberties of the other side's dead stones; else a pass."""
    board = facing(session.board, colour)
    dead = dead_stones(session.board, session.rules, session.policy)
    theirs = [point for point in dead if board[point] == -colour]
    liberties = frozenset().union(*(board.liberties(point) for point in theirs))
    if not liberties:
        return PASS
    evaluation = session.policy.evaluate(board, symmetries=session.choice.symmetries)
    for suggestion in suggestions(evaluation, board, board.points + 1):
        if suggestion.point in liberties:
            return suggestion.point
    return PASS
