"""The board as lines of styled text: stones, the last move, a ko, suggestions, what is counted.

A line is a list of `Span`, text with the name of a style; what a style looks like is the screen's
business, and without colours a style means nothing. So that nothing depends on them, the plain
board has signs of its own:

| sign | |
| --- | --- |
| ``X`` ``O`` | stones of Black and White; ``(X)`` is the last move |
| ``.`` ``+`` | empty points; those of handicap stones |
| ``*`` | where a ko may not be taken back now |
| ``1`` to ``9``, ``0`` | suggestions; 0 is the tenth (10 where colours keep it apart) |
| ``b`` ``w`` | counting: points of Black and White |
| ``x`` ``o`` | counting: dead stones |

With colours and Unicode the points are crossings of lines on wood, and stones are discs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..board import Board
from ..coordinates import COLUMNS
from ..handicap import fixed, most_fixed
from ..moves import BLACK, EMPTY, WHITE

__all__ = ["HEATS", "Line", "Look", "Marks", "Span", "board_lines", "board_width", "heat", "plain"]

HEATS = 8
"""How many steps the colour of suggestions has: styles heat0, the least, to heat7."""
_FEW_STARS, _FEW_STARS_BELOW = 5, 15


class Span(NamedTuple):
    """Text in one style."""

    text: str
    style: str = ""


Line = list[Span]


@dataclass(frozen=True, slots=True)
class Look:
    """What the screen can show; `width` in columns, 0 for what is no screen."""

    colour: bool = False
    unicode: bool = False
    width: int = 0


@dataclass(frozen=True, slots=True)
class Marks:
    """What is drawn over a board: suggestions as (label, heat 0..1), dead stones, owners."""

    suggestions: Mapping[int, tuple[str, float]] = field(default_factory=dict)
    dead: frozenset[int] = frozenset()
    owner: Sequence[int] = ()


class _Signs(NamedTuple):
    stones: Mapping[int, str]
    dead: Mapping[int, str]
    owned: Mapping[int, str]
    ko: str
    star: str
    gap: str
    last: tuple[str, str]


_PLAIN = _Signs(
    {BLACK: "X", WHITE: "O"}, {BLACK: "x", WHITE: "o"}, {BLACK: "b", WHITE: "w"}, "*", "+", " ",
    ("(", ")"),
)  # fmt: skip
_DISCS = _Signs(
    {BLACK: "●", WHITE: "●"}, {BLACK: "✗", WHITE: "✗"}, {BLACK: "■", WHITE: "■"}, "□", "╋", "─",
    ("(", ")"),
)  # fmt: skip
_STYLES = {BLACK: "black", WHITE: "white"}
_CROSSINGS = ("┌┬┐", "├┼┤", "└┴┘")


def plain(line: Line) -> str:
    """A line without its styles."""
    return "".join(span.text for span in line).rstrip()


def heat(share: float) -> str:
    """The style of a share 0..1 of the best suggestion's probability."""
    return f"heat{min(HEATS - 1, max(0, int(share * HEATS)))}"


def board_width(size: int) -> int:
    """Columns of `board_lines`."""
    return 2 * size + 6


def board_lines(board: Board, look: Look, marks: Marks) -> list[Line]:
    """The board with its letters and numbers: `board.size` + 2 lines of `board_width` columns."""
    letters = [Span("   " + " ".join(COLUMNS[: board.size]) + "    ", "letters")]
    drawing = _Drawing(board, look, marks)
    return [letters, *(drawing.row(row) for row in range(board.size)), letters]


class _Drawing:
    def __init__(self, board: Board, look: Look, marks: Marks) -> None:
        self._board, self._look, self._marks = board, look, marks
        self._stones = board.stones
        self._signs = _DISCS if look.colour and look.unicode else _PLAIN
        last = board.last
        self._last = last.point if last is not None else None
        self._stars = stars(board.size)

    def row(self, row: int) -> Line:
        size = self._board.size
        line = [Span(f"{size - row:2d}", "letters"), Span(" ", "wood")]
        for column in range(size):
            point = row * size + column
            line.append(self._point(point, row, column))
            line.append(Span(self._signs.gap if column < size - 1 else " ", "wood"))
        for column in range(size):
            self._beside(line, row * size + column, 2 * column + 1)
        line.append(Span(f"{size - row:<2d} ", "letters"))
        return line

    def _beside(self, line: Line, point: int, at: int) -> None:
        """What a point changes in the gaps at its sides, `at` and `at` + 2."""
        suggested = self._marks.suggestions.get(point)
        if suggested:
            label, share = suggested
            before = label[:-1].rjust(1) if self._look.colour else " "
            line[at] = Span(before, heat(share))
        elif point == self._last:
            for place, sign in zip((at, at + 2), self._signs.last, strict=True):
                line[place] = Span(sign, "last")

    def _point(self, point: int, row: int, column: int) -> Span:
        stone, signs, marks = self._stones[point], self._signs, self._marks
        if point in marks.dead:
            return Span(signs.dead[stone], f"dead {_STYLES[stone]}")
        if stone:
            return Span(signs.stones[stone], _STYLES[stone])
        if point in marks.suggestions:
            label, share = marks.suggestions[point]
            return Span(label[-1], heat(share))
        owner = marks.owner[point] if marks.owner else EMPTY
        if owner:
            return Span(signs.owned[owner], f"owned {_STYLES[owner]}")
        if point == self._board.ko:
            return Span(signs.ko, "ko")
        return Span(self._empty(point, row, column), "wood")

    def _empty(self, point: int, row: int, column: int) -> str:
        if point in self._stars:
            return self._signs.star
        if self._signs is _PLAIN:
            return "."
        return _CROSSINGS[_third(row, self._board.size)][_third(column, self._board.size)]


def _third(line: int, size: int) -> int:
    """0 for the first line, 2 for the last, 1 between."""
    return 0 if line == 0 else 2 if line == size - 1 else 1


def stars(size: int) -> frozenset[int]:
    """The points that a board has marked: nine, five on smaller ones, none on the smallest."""
    most = most_fixed(size)
    if size < _FEW_STARS_BELOW:
        most = min(most, _FEW_STARS)
    return frozenset(fixed(size, most)) if most else frozenset()
