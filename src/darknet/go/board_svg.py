"""A board as SVG: stones, the last move, the move that was played, and a network's suggestions.

Nothing in it comes from outside: numbers and the names of points alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .coordinates import COLUMNS, PASS
from .evaluation import Suggestion
from .handicap import fixed, most_fixed
from .moves import BLACK, EMPTY

__all__ = ["LEAST_SHOWN", "board_svg"]

LEAST_SHOWN = 0.01
"""Suggestions that are less probable are not drawn."""
_CELL = 24  # between two lines
_EDGE = 30  # from the border of the picture to the first line
_WOOD, _LINE, _BLACK, _WHITE = "#e6c489", "#7a5c2e", "#1b1b1b", "#fbfbf8"
_PLAYED, _SUGGESTED = "#c43c00", "#0072b2"
_LABELS = 8  # probabilities written on the board


def board_svg(
    size: int,
    stones: Sequence[int],
    *,
    last: int | None = None,
    played: tuple[int, int] | None = None,
    suggested: Sequence[Suggestion] = (),
    title: str = "",
) -> str:
    """The drawing, as an ``<svg>`` element.

    `stones` is as `Board.stones`; `last` the point played before, `played` (colour, point) of the
    move that came then, drawn as a stone in a ring. `suggested` moves are discs with their
    probability in percent, deeper in colour the more probable; the first has a ring. A pass is
    nowhere. `title` is what a screen reader says; plain words, not a user's.
    """
    side = 2 * _EDGE + (size - 1) * _CELL
    parts = [
        f'<svg class="board" viewBox="0 0 {side} {side}" role="img" xmlns='
        f'"http://www.w3.org/2000/svg"><title>{title}</title>',
        f'<rect width="{side}" height="{side}" rx="6" fill="{_WOOD}"/>',
        *_grid(size),
        *_letters(size),
        *(_stone(size, point, colour) for point, colour in enumerate(stones) if colour),
    ]
    if last is not None and last != PASS and stones[last] != EMPTY:
        parts.append(_last(size, last, stones[last]))
    taken = {played[1]} if played is not None else set()
    for number, one in enumerate(suggested):
        if one.probability >= LEAST_SHOWN and one.point != PASS and one.point not in taken:
            parts += _disc(size, one, first=number == 0, label=number < _LABELS)
    if played is not None and played[1] != PASS:
        parts += _played(size, *played)
    return "".join([*parts, "</svg>"])


def _at(size: int, point: int) -> tuple[int, int]:
    row, column = divmod(point, size)
    return _EDGE + column * _CELL, _EDGE + row * _CELL


def _grid(size: int) -> Iterator[str]:
    end = _EDGE + (size - 1) * _CELL
    lines = "".join(
        f"M{_EDGE} {at}H{end}M{at} {_EDGE}V{end}" for at in range(_EDGE, end + 1, _CELL)
    )
    yield f'<path d="{lines}" stroke="{_LINE}" fill="none"/>'
    most = most_fixed(size)
    for point in fixed(size, most) if most else ():
        x, y = _at(size, point)
        yield f'<circle cx="{x}" cy="{y}" r="3" fill="{_LINE}"/>'


def _letters(size: int) -> Iterator[str]:
    far = 2 * _EDGE + (size - 1) * _CELL
    yield f'<g font-size="11" font-family="sans-serif" text-anchor="middle" fill="{_LINE}">'
    for number in range(size):
        at = _EDGE + number * _CELL
        for edge in (10, far - 10):
            yield f'<text x="{at}" y="{edge + 4}">{COLUMNS[number]}</text>'
            yield f'<text x="{edge}" y="{at + 4}">{size - number}</text>'
    yield "</g>"


def _stone(size: int, point: int, colour: int) -> str:
    x, y = _at(size, point)
    fill = _BLACK if colour == BLACK else _WHITE
    return f'<circle cx="{x}" cy="{y}" r="11" fill="{fill}" stroke="#4a4a4a" stroke-width=".8"/>'


def _last(size: int, point: int, colour: int) -> str:
    x, y = _at(size, point)
    stroke = _WHITE if colour == BLACK else _BLACK
    return f'<circle cx="{x}" cy="{y}" r="5" fill="none" stroke="{stroke}" stroke-width="1.8"/>'


def _disc(size: int, one: Suggestion, *, first: bool, label: bool) -> Iterator[str]:
    x, y = _at(size, one.point)
    opacity = 0.35 + 0.6 * min(one.probability, 1.0) ** 0.5
    ring = f' stroke="{_BLACK}" stroke-width="1.6"' if first else ""
    yield f'<circle cx="{x}" cy="{y}" r="11" fill="{_WOOD}"/>'  # no line through the number
    fill = f'fill="{_SUGGESTED}" fill-opacity="{opacity:.2f}"'
    yield f'<circle cx="{x}" cy="{y}" r="11" {fill}{ring}/>'
    if label:
        yield (
            f'<text x="{x}" y="{y + 4}" font-size="11" font-weight="600" font-family="sans-serif"'
            f' text-anchor="middle" fill="#fff">{100 * one.probability:.0f}</text>'
        )


def _played(size: int, colour: int, point: int) -> Iterator[str]:
    x, y = _at(size, point)
    yield _stone(size, point, colour)
    yield f'<circle cx="{x}" cy="{y}" r="12.5" fill="none" stroke="{_PLAYED}" stroke-width="3"/>'
