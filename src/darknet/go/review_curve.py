"""The curve of a reviewed game: as SVG for a page, and as a PNG file drawn with matplotlib.

Above, where the network has a value head, Black's chance to win. Then for each move a bar of its
gap, Black's upwards and White's downwards, the worst with their numbers. Below (in the PNG), how
probable the network held each player's last ten moves, on the average.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .coordinates import to_gtp
from .moves import BLACK, WHITE
from .review_data import Review, Reviewed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["curve_png", "curve_svg"]

WINDOW = 10
LABELLED = 5
_INK, _BLUE, _RED, _FAINT = "#1f2933", "#0072b2", "#c43c00", "#e4e9ee"
_LABEL_SHARE = 0.07  # of the axis, that a label is wide
_WIDTH, _HEIGHT = 900, 150  # of a panel, in the units of the SVG


def _averages(review: Review, colour: int) -> tuple[list[int], list[float]]:
    """(numbers, percents): at each move of a player, the mean probability of the last ten."""
    own = [move for move in review.moves if move.colour == colour]
    means = []
    for place in range(len(own)):
        last = own[max(0, place + 1 - WINDOW) : place + 1]
        means.append(100 * sum(move.probability for move in last) / len(last))
    return [move.number for move in own], means


# ---- PNG


def curve_png(review: Review) -> bytes:
    """The curve as a PNG file's bytes. InputError where matplotlib is not installed."""
    from ..plot import check_installed, drawable, encoded, letters, new_figure, quiet

    check_installed("the picture of a review")
    panels = [_draw_gaps, _draw_averages]
    if review.has_value:
        panels.insert(0, _draw_chance)
    figure = new_figure(10, 1.2 + 2.4 * len(panels))
    black, white = (f"{drawable(side.name, 40)}{side.suffix}" for side in review.players)
    figure.suptitle(f"{black} against {white}", x=0.065, ha="left", **letters(13))
    all_axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for axes, draw in zip(all_axes, panels, strict=True):
        quiet(axes)
        draw(axes, review)
        axes.set_xlim(0, review.moves[-1].number + 1)
    all_axes[-1].set_xlabel("move", **letters(9.5))
    figure.subplots_adjust(left=0.065, right=0.985, top=1 - 0.75 / figure.get_figheight(),
                           bottom=0.55 / figure.get_figheight(), hspace=0.28)  # fmt: skip
    return encoded(figure)


def _draw_chance(axes: Axes, review: Review) -> None:
    from ..plot import letters

    known = [move for move in review.moves if move.chance is not None]
    chances = [100 * (move.chance or 0.0) for move in known]
    axes.plot([move.number for move in known], chances, color=_INK, linewidth=1.4)
    axes.axhline(50, color=_FAINT, linewidth=1.4, zorder=0)
    for move in _apart(review):
        height = 100 * (move.chance or 0.0)
        axes.plot([move.number], [height], "o", color=_RED, markersize=4)
        _label(axes, review, move, height, move.colour)  # the curve goes to the other side
    axes.set_ylim(-8, 108)
    axes.set_title("Black's chance to win, %", loc="left", **letters(10))


def _draw_gaps(axes: Axes, review: Review) -> None:
    from ..plot import letters

    for colour, fill in ((BLACK, _INK), (WHITE, _BLUE)):
        own = [move for move in review.moves if move.colour == colour]
        heights = [100 * colour * move.gap for move in own]
        axes.bar([move.number for move in own], heights, width=0.9, color=fill)
    for move in () if review.has_value else _apart(review):
        _label(axes, review, move, 100 * move.colour * move.gap, move.colour)
    axes.axhline(0, color=_INK, linewidth=0.6)
    top = 100 * _top(review)
    axes.set_ylim(-1.2 * top, 1.2 * top)
    ticks = [-top, -top / 2, 0, top / 2, top]
    axes.set_yticks(ticks, [f"{abs(tick):g}" for tick in ticks])
    words = "how much more probable the network's move was, % (Black's above, White's below)"
    axes.set_title(words, loc="left", **letters(10))


def _label(axes: Axes, review: Review, move: Reviewed, height: float, up: int) -> None:
    """A move's number and point, above (`up` 1) or below (-1) a height."""
    from ..plot import letters

    axes.annotate(
        f"{move.number} {to_gtp(move.point, review.size)}", (move.number, height), (0, 4 * up),
        textcoords="offset points", ha="center", va="bottom" if up > 0 else "top",
        **letters(8.5, _RED),
    )  # fmt: skip


def _apart(review: Review) -> list[Reviewed]:
    """The worst moves whose labels do not run into each other."""
    room = len(review.moves) * _LABEL_SHARE
    chosen: list[Reviewed] = []
    for move in review.worst(2 * LABELLED):
        beside = (one for one in chosen if one.colour == move.colour)
        if all(abs(one.number - move.number) > room for one in beside):
            chosen.append(move)
    return chosen[:LABELLED]


def _top(review: Review) -> float:
    """What the axis of gaps goes up to: the greatest, rounded up."""
    most = max(move.gap for move in review.moves)
    return next((top for top in (0.1, 0.2, 0.4, 0.6, 0.8) if most <= top), 1.0)


def _draw_averages(axes: Axes, review: Review) -> None:
    from ..plot import letters

    for colour, fill, name in ((BLACK, _INK, "Black"), (WHITE, _BLUE, "White")):
        numbers, means = _averages(review, colour)
        axes.plot(numbers, means, color=fill, linewidth=1.6, label=name)
    axes.set_ylim(0, None)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 0.98), borderaxespad=0, frameon=False,
                ncols=2, prop={"size": 8.5})  # fmt: skip
    axes.set_title(f"probability of the moves played, mean of {WINDOW}, %", loc="left",
                   **letters(10))  # fmt: skip


# ---- SVG


def curve_svg(review: Review, worst: Sequence[Reviewed]) -> str:
    """The curve as an ``<svg>`` element; what marks the `worst` moves leads to ``#move-N``."""
    marked = set() if review.has_value else {move.number for move in worst}
    panels = [_svg_gaps(review, marked)]
    if review.has_value:
        panels.insert(0, _svg_chance(review, worst))
    height = len(panels) * (_HEIGHT + 30)
    parts = [
        f'<svg class="curve" viewBox="0 0 {_WIDTH} {height}" role="img" xmlns='
        '"http://www.w3.org/2000/svg"><title>the curve of the game</title>'
    ]
    for number, panel in enumerate(panels):
        parts += [f'<g transform="translate(0 {number * (_HEIGHT + 30) + 24})">', *panel, "</g>"]
    return "".join([*parts, "</svg>"])


def _x(review: Review, number: float) -> float:
    return 40 + (_WIDTH - 50) * number / (review.moves[-1].number + 1)


def _caption(words: str) -> str:
    return f'<text x="40" y="-9" class="caption">{words}</text>'


def _svg_chance(review: Review, worst: Sequence[Reviewed]) -> Iterator[str]:
    known = [move for move in review.moves if move.chance is not None]
    points = " ".join(
        f"{_x(review, move.number):.1f},{_HEIGHT * (1 - (move.chance or 0.0)):.1f}"
        for move in known
    )
    yield _caption("Black's chance to win")
    for share in (0, 50, 100):
        at = _HEIGHT * (1 - share / 100)
        yield f'<path class="line" d="M40 {at}H{_WIDTH - 10}"/>'
        yield f'<text x="34" y="{at + 4}" class="tick">{share} %</text>'
    yield f'<polyline class="chance" points="{points}"/>'
    for move in worst:
        at = _HEIGHT * (1 - (move.chance or 0.0))
        dot = f'<circle class="worst" cx="{_x(review, move.number):.1f}" cy="{at:.1f}" r="4">'
        name = f"<title>{move.number} {to_gtp(move.point, review.size)}</title></circle>"
        yield f'<a href="#move-{move.number}">{dot}{name}</a>'


def _svg_gaps(review: Review, worst: set[int]) -> Iterator[str]:
    middle = _HEIGHT / 2
    yield _caption("how much more probable the network&#8217;s move was: Black above, White below")
    top_gap = _top(review)
    for part in (-1, 0, 1):
        at = middle * (1 - part)
        yield f'<path class="line" d="M40 {at}H{_WIDTH - 10}"/>'
        yield f'<text x="34" y="{at + 4}" class="tick">{abs(100 * part * top_gap):g} %</text>'
    width = max((_WIDTH - 50) / (len(review.moves) + 1) * 0.85, 0.6)
    for move in review.moves:
        height = max(middle * move.gap / top_gap, 0.5)
        top = middle - height if move.colour == BLACK else middle
        kind = "black" if move.colour == BLACK else "white"
        mark = " worst" if move.number in worst else ""
        name = to_gtp(move.point, review.size)
        bar = (
            f'<rect class="{kind}{mark}" x="{_x(review, move.number) - width / 2:.1f}"'
            f' y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"><title>{move.number} {name}:'
            f" {100 * move.probability:.1f} %</title></rect>"
        )
        yield f'<a href="#move-{move.number}">{bar}</a>' if mark else bar
    yield from _svg_numbers(review)


def _svg_numbers(review: Review) -> Iterator[str]:
    end = review.moves[-1].number
    step = next((step for step in (10, 20, 50, 100, 200) if end / step <= 12), 500)
    for number in range(step, end + 1, step):
        yield f'<text x="{_x(review, number):.1f}" y="{_HEIGHT + 4}" class="number">{number}</text>'
