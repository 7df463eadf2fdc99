"""The diagram of a reviewed move: what was played, in a red ring, and what the network would play.

Nothing in it comes from outside: numbers and the names of points alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from .coordinates import PASS
from .evaluation import Suggestion
from .handicap import fixed, most_fixed
from .moves import BLACK
from .review_data import Reviewed
from .svg import board_svg, place

__all__ = ["review_board"]

LEAST = 0.01
"""Suggestions that are less probable are not drawn."""
_PLAYED, _INK = "#d0021b", "#111"
_PALE, _DEEP = (96, 150, 196), (4, 60, 130)  # red, green, blue of what is improbable, and sure


def review_board(size: int, move: Reviewed) -> str:
    """The board before the move as an ``<svg>`` element, with discs and the played stone on it.

    A disc has the move's probability in percent, and is deeper in colour the more probable; the
    network's first move has a black rim. A pass is nowhere.
    """
    last = None if move.last == PASS else move.last
    picture = board_svg(size, move.stones, last=last)
    discs = [one for one in move.best if one.probability >= LEAST and one.point != PASS]
    parts = list(_stars(size, move.stones))
    for one in discs:
        if one.point != move.point:
            parts += _disc(size, one, first=one == move.best[0])
    if move.point != PASS:
        parts += _played(size, move)
    return picture.removesuffix("</svg>") + "".join(parts) + "</svg>"


def _stars(size: int, stones: tuple[int, ...]) -> Iterator[str]:
    most = most_fixed(size)
    for point in fixed(size, most) if most else ():
        if not stones[point]:
            x, y = place(point, size)
            yield f'<circle cx="{x}" cy="{y}" r="3" fill="{_INK}"/>'


def _disc(size: int, one: Suggestion, *, first: bool) -> Iterator[str]:
    x, y = place(one.point, size)
    depth = min(one.probability, 1.0) ** 0.5
    mixed = (round(pale + depth * (deep - pale)) for pale, deep in zip(_PALE, _DEEP, strict=True))
    rim = f' stroke="{_INK}" stroke-width="2"' if first else ""
    fill = "#" + "".join(f"{part:02x}" for part in mixed)
    yield f'<circle cx="{x}" cy="{y}" r="11" fill="{fill}"{rim}/>'
    yield (
        f'<text x="{x}" y="{y + 4}" font-size="11" font-weight="600" fill="#fff">'
        f"{100 * one.probability:.0f}</text>"
    )


def _played(size: int, move: Reviewed) -> Iterator[str]:
    x, y = place(move.point, size)
    fill = _INK if move.colour == BLACK else "#fafafa"
    yield (
        f'<circle cx="{x}" cy="{y}" r="11.5" fill="{fill}" stroke="{_PLAYED}" stroke-width="3"/>'
    )
