"""The names of points: numbers, GTP vertices, SGF points, and what people type.

A point is a number: row * size + column, row 0 at the top and column 0 at the left, as in SGF,
in DarkGo's input and in the packed games. A pass is `PASS`, -1, whatever the size.

| corner of a 19 x 19 board | point | row, column | GTP and typed | SGF |
| --- | --- | --- | --- | --- |
| top left | 0 | 0, 0 | A19 | aa |
| top right | 18 | 0, 18 | T19 | sa |
| bottom left | 342 | 18, 0 | A1 | as |
| bottom right | 360 | 18, 18 | T1 | ss |
| pass | -1 | | pass | empty, or tt up to 19 lines |

GTP's columns leave out I, so that 25 lines end at Z; its rows count from the bottom, from 1. SGF's
letters are a to y for columns and for rows from the top, and leave out none. What people type is
a GTP vertex with any case and spaces: ``A 15``, ``a15``.
"""

from __future__ import annotations

import re
from typing import Final

from ..errors import InputError, printable

__all__ = [
    "COLUMNS",
    "MAX_SIZE",
    "MIN_SIZE",
    "PASS",
    "check_size",
    "from_gtp",
    "from_sgf",
    "from_typed",
    "to_gtp",
    "to_sgf",
]

PASS: Final = -1
"""The move that places no stone."""
MIN_SIZE: Final = 2
MAX_SIZE: Final = 25
COLUMNS: Final = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
"""The letters of the columns in GTP, from the left."""

_LETTERS: Final = "abcdefghijklmnopqrstuvwxy"
_VERTEX = re.compile(r"([A-Z])([0-9]{1,3})", re.ASCII)
_TT_SIZE: Final = 19  # the last size on which "tt" is no point


def check_size(size: object) -> int:
    """The number of lines of a board; InputError for a rectangle or what is not in 2..25."""
    if isinstance(size, int) and not isinstance(size, bool) and MIN_SIZE <= size <= MAX_SIZE:
        return size
    raise InputError(
        f"a board of {printable(str(size))} lines: expected a square one of"
        f" {MIN_SIZE} to {MAX_SIZE}"
    )


def to_gtp(point: int, size: int) -> str:
    """The GTP vertex of a point, ``D4``, or ``pass``; InputError off the board."""
    if point == PASS:
        return "pass"
    row, column = _place(point, size)
    return f"{COLUMNS[column]}{size - row}"


def from_gtp(text: str, size: int) -> int:
    """The point of a GTP vertex in any case, or PASS; InputError if it is none on this board."""
    word = text.strip().upper()
    if word == "PASS":
        return PASS
    found = _VERTEX.fullmatch(word)
    if not found:
        raise InputError(f'"{printable(text)}" is no point: expected a column and a row as D4')
    letter, row = found[1], int(found[2])
    if letter == "I":
        raise InputError(f'"{printable(text)}" is no point: there is no column I (H, then J)')
    column = COLUMNS.index(letter)
    if column >= size or not 1 <= row <= size:
        raise InputError(
            f"{word} is not on a board of {size} lines: expected A1 to {COLUMNS[size - 1]}{size}"
        )
    return (size - row) * size + column


def from_typed(text: str, size: int) -> int:
    """The point that a person typed, ``A 15`` or ``a15``, or PASS; InputError as `from_gtp`."""
    return from_gtp("".join(text.split()), size)


def to_sgf(point: int, size: int) -> str:
    """The SGF point, ``dp``; a pass is empty, as FF[4] has it. InputError off the board."""
    if point == PASS:
        return ""
    row, column = _place(point, size)
    return _LETTERS[column] + _LETTERS[row]


def from_sgf(text: str, size: int) -> int:
    """The point of an SGF move, or PASS for an empty one and for ``tt`` up to 19 lines.

    Raises InputError for what is not on the board.
    """
    if text == "" or (text == "tt" and size <= _TT_SIZE):
        return PASS
    last = _LETTERS[size - 1]
    if len(text) != 2 or not all("a" <= letter <= last for letter in text):
        raise InputError(
            f'"{printable(text)}" is not on a board of {size} lines: expected aa to {last}{last}'
        )
    return _LETTERS.index(text[1]) * size + _LETTERS.index(text[0])


def _place(point: int, size: int) -> tuple[int, int]:
    if not 0 <= point < size * size:
        raise InputError(f"point {point} is not on a board of {size} lines: 0 to {size * size - 1}")
    return divmod(point, size)
