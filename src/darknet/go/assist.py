"""A one-move look at chains in atari, which small networks overlook: what `assist` changes.

- A move that leaves three stones or more of one's own in atari, taking nothing, is not played, nor
  is one that lengthens a chain which a ladder (`ladder`) catches all the same.
- A move that saves n stones from being taken, or takes n that would get away otherwise, counts n
  times its probability.
"""

from __future__ import annotations

from collections.abc import Iterable

from .board import Board
from .evaluation import Suggestion
from .geometry import neighbours
from .ladder import escapes, hunted

__all__ = ["advised"]

_BIG = 3  # stones
_LOOKED_AT = 12  # moves, the most probable first


def advised(board: Board, moves: Iterable[Suggestion]) -> list[Suggestion]:
    """The moves of who is to move as the reader sees them, the best first.

    Probabilities of moves at stake are multiplied. Where every move is refused they stay.
    """
    moves = list(moves)
    stakes = _stakes(board)
    weighed = [
        Suggestion(move.point, move.probability * max(1, stakes.get(move.point, 1)))
        for move in moves
    ]
    weighed.sort(key=lambda move: -move.probability)
    looked = [m for m in weighed[:_LOOKED_AT] if not _loses_stones(board, m.point)]
    return looked + weighed[_LOOKED_AT:] or weighed


def _stakes(board: Board) -> dict[int, int]:
    """For the moves that matter how many stones they save and take."""
    stakes: dict[int, int] = {}
    seen: set[int] = set()
    for point, there in enumerate(board.stones):
        if not there or point in seen:
            continue
        chain = board.chain(point)
        seen.update(chain)
        liberties = board.liberties(point)
        if len(liberties) != 1:
            continue
        ways = escapes(board, point)  # the other side's: if it were its turn
        if there == -board.to_move:
            ways = tuple(liberties) if ways else ()
        for move in ways:
            stakes[move] = stakes.get(move, 0) + len(chain)
    return stakes


def _loses_stones(board: Board, point: int) -> bool:
    """True for a self-atari of many stones, and for a step in a ladder that is lost."""
    colour, twin = board.to_move, board.copy()
    was_in_atari = any(
        board[near] == colour and len(board.liberties(near)) == 1
        for near in neighbours(board.size)[point]
    )
    taken = twin.play(point)
    length, liberties = len(twin.chain(point)), len(twin.liberties(point))
    if taken or (length < _BIG and not was_in_atari):
        return False
    return liberties == 1 or (was_in_atari and liberties == 2 and bool(hunted(twin, point)))
