"""Boards as text: ``X`` or ``#`` Black, ``O`` White, ``.`` or ``+`` empty; row 0 first.

Spaces are left out, as are column letters and row numbers around the board, so that what `draw`
gives can be read again.
"""

from __future__ import annotations

from ..errors import InputError, printable
from .board import Board
from .coordinates import COLUMNS
from .moves import BLACK, EMPTY, WHITE, Ko

__all__ = ["draw", "read"]

_COLOURS = {"X": BLACK, "#": BLACK, "O": WHITE, ".": EMPTY, "+": EMPTY}
_SYMBOLS = {BLACK: "X", WHITE: "O", EMPTY: "."}


def read(text: str, *, to_move: int = BLACK, ko: Ko = Ko.SIMPLE, suicide: bool = False) -> Board:
    """The board of a diagram; its stones are one edit, or none where it is empty.

    Raises InputError for what is no square of these signs, and IllegalMoveError where a chain has
    no liberty.
    """
    rows = [row for line in text.splitlines() if (row := _row(line))]
    if not rows or any(len(row) != len(rows) for row in rows):
        sizes = ", ".join(str(len(row)) for row in rows[:30])
        raise InputError(f"a diagram of {len(rows)} rows with {sizes or 'no'} points: not a square")
    board = Board(len(rows), ko=ko, suicide=suicide)
    points = (_COLOURS[sign] for row in rows for sign in row)
    stones = {point: colour for point, colour in enumerate(points) if colour}
    if stones or to_move != BLACK:
        board.edit(stones, to_move)
    return board


def _row(line: str) -> str:
    """The signs of a line; nothing for a line of column letters or an empty one."""
    words = line.split()
    if words and "".join(words) == COLUMNS[: len(words)]:
        return ""
    row = "".join(word for word in words if not word.isdecimal())
    strange = next((sign for sign in row if sign not in _COLOURS), None)
    if strange is not None:
        raise InputError(
            f'a diagram\'s line "{printable(line)}": "{printable(strange)}" is no point'
        )
    return row


def draw(board: Board, *, labels: bool = False) -> str:
    """The board as lines of signs, with column letters and row numbers where `labels` says so."""
    size, stones = board.size, board.stones
    lines = []
    for row in range(size):
        signs = " ".join(_SYMBOLS[colour] for colour in stones[row * size : (row + 1) * size])
        number = size - row
        lines.append(f"{number:2d} {signs} {number}" if labels else signs)
    if labels:
        letters = "   " + " ".join(COLUMNS[:size])
        lines = [letters, *lines, letters]
    return "\n".join(lines)
