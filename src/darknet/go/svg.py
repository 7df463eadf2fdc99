"""A board as an SVG picture: stones, the last move, heat, labels. For notebooks and pages."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence

from .coordinates import COLUMNS, PASS
from .moves import BLACK

__all__ = ["board_svg", "place"]

_CELL = 24  # pixels from line to line
_WOOD, _LINE, _HEAT = "#e6bf7a", "#5b4522", "#b3261e"


def board_svg(
    size: int,
    stones: Sequence[int],
    *,
    last: int | None = None,
    heat: Mapping[int, float] | None = None,
    labels: Mapping[int, str] | None = None,
    width: int = 480,
) -> str:
    """The picture as an ``<svg>`` element, `width` pixels wide.

    `stones`: the colour at every point. `heat`: 0..1 for points, the more the redder. `labels`:
    short texts on points. `last`: the point of the last move, marked; a pass marks none.
    """
    side = _CELL * (size + 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{width}" '
        f'height="{width}" font-family="sans-serif" text-anchor="middle">',
        f'<rect width="{side}" height="{side}" fill="{_WOOD}"/>',
        *_lines(size),
        *_names(size),
        *(_warm(point, share, size) for point, share in (heat or {}).items()),
        *(_stone(point, colour, size) for point, colour in enumerate(stones) if colour),
        *(_label(point, text, stones[point], size) for point, text in (labels or {}).items()),
    ]
    if last is not None and last != PASS and stones[last]:
        x, y = place(last, size)
        ink = "#fff" if stones[last] == BLACK else "#000"
        parts.append(f'<circle cx="{x}" cy="{y}" r="5" fill="none" stroke="{ink}"/>')
    return "".join((*parts, "</svg>"))


def place(point: int, size: int) -> tuple[int, int]:
    """Where a point is in the picture: x and y."""
    row, column = divmod(point, size)
    return (column + 1) * _CELL, (row + 1) * _CELL


def _lines(size: int) -> Iterator[str]:
    first, last = _CELL, _CELL * size
    for at in range(first, last + 1, _CELL):
        for x1, y1, x2, y2 in ((first, at, last, at), (at, first, at, last)):
            yield f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{_LINE}"/>'


def _names(size: int) -> Iterator[str]:
    """The columns' letters below and the rows' numbers at the left."""
    bottom = _CELL * size + 19
    for index in range(size):
        at = _CELL * (index + 1)
        yield f'<text x="{at}" y="{bottom}" font-size="9" fill="{_LINE}">{COLUMNS[index]}</text>'
        yield f'<text x="7" y="{at + 3}" font-size="9" fill="{_LINE}">{size - index}</text>'


def _warm(point: int, share: float, size: int) -> str:
    x, y = place(point, size)
    opacity = max(0.0, min(1.0, share))
    return (
        f'<rect x="{x - _CELL // 2}" y="{y - _CELL // 2}" width="{_CELL}" height="{_CELL}" '
        f'fill="{_HEAT}" fill-opacity="{opacity:.2f}"/>'
    )


def _stone(point: int, colour: int, size: int) -> str:
    x, y = place(point, size)
    fill = "#111" if colour == BLACK else "#fafafa"
    return f'<circle cx="{x}" cy="{y}" r="11" fill="{fill}" stroke="#111"/>'


def _label(point: int, text: str, colour: int, size: int) -> str:
    x, y = place(point, size)
    ink = "#fff" if colour == BLACK else "#000"
    return f'<text x="{x}" y="{y + 4}" font-size="10" fill="{ink}">{html.escape(text)}</text>'
