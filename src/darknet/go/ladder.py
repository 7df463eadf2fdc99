"""Ladders: a chain that runs from atari to atari, read to the end.

Only such lines are read: the runner extends at its last liberty or takes a chain beside it that is
in atari; the hunter plays one of the runner's two liberties. Simple ko, no other repetition. A line
that grows too long counts as an escape.
"""

from __future__ import annotations

from dataclasses import dataclass

from .board import Board
from .geometry import neighbours
from .moves import Ko

__all__ = ["escapes", "hunted", "is_caught"]

_MOST, _DEEPEST = 1500, 90  # positions in all, and the runner's moves in one line


def is_caught(board: Board, point: int) -> bool:
    """True where the chain at `point`, in atari and to move, is taken whatever it does."""
    return not escapes(board, point)


def escapes(board: Board, point: int) -> tuple[int, ...]:
    """The moves that save the chain at `point`, in atari and to move; none if it is caught."""
    reader = _Reader.of(board, point, board[point])
    return tuple(move for move in reader.ways_out() if reader.gets_away(move, 0))


def hunted(board: Board, point: int) -> tuple[int, ...]:
    """The moves of the other side, to move, that catch the chain at `point` in a ladder.

    It has two liberties: one in atari is taken, no ladder, and one with three is free.
    """
    reader = _Reader.of(board, point, -board[point])
    return tuple(move for move in reader.attacks() if reader.catches(move, 0))


@dataclass(slots=True)
class _Reader:
    """The board that is read on, the runner's point and colour, and how many positions are left."""

    board: Board
    point: int
    runner: int
    left: int = _MOST

    @classmethod
    def of(cls, board: Board, point: int, to_move: int) -> _Reader:
        """With simple ko and no past, `to_move` to move."""
        twin = Board(board.size, ko=Ko.SIMPLE)
        twin.edit({p: colour for p, colour in enumerate(board.stones) if colour}, to_move)
        twin.ko = board.ko if to_move == board.to_move else None
        return cls(twin, point, board[point])

    def ways_out(self) -> list[int]:
        """Liberties of chains in atari beside the runner, then its own last one."""
        ways: list[int] = []
        for stone in self.board.chain(self.point):
            for near in neighbours(self.board.size)[stone]:
                if self.board[near] == -self.runner:
                    liberties = self.board.liberties(near)
                    ways += liberties if len(liberties) == 1 else ()
        return list(dict.fromkeys((*ways, *self.board.liberties(self.point))))

    def gets_away(self, move: int, depth: int) -> bool:
        """True if the runner is not caught after its `move`."""
        self.left -= 1
        if self.left < 0 or depth > _DEEPEST:
            return True
        if not self.board.is_legal(move, self.runner):
            return False
        self.board.play(move, self.runner)
        count = len(self.board.liberties(self.point))
        away = count > 1 and not any(self.catches(move, depth) for move in self.attacks())
        self.board.undo()
        return away

    def attacks(self) -> list[int]:
        """The runner's liberties where it has two of them."""
        liberties = sorted(self.board.liberties(self.point))
        return liberties if len(liberties) == 2 else []

    def catches(self, move: int, depth: int) -> bool:
        """True if the runner is caught after the hunter's `move`."""
        if not self.board.is_legal(move, -self.runner):
            return False
        self.board.play(move, -self.runner)
        caught = len(self.board.liberties(self.point)) == 1 and not any(
            self.gets_away(way, depth + 1) for way in self.ways_out()
        )
        self.board.undo()
        return caught
