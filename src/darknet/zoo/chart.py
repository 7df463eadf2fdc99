"""A comparison as a picture: accuracy against operations, every bubble as large as its weights.

Drawn with matplotlib (the extra ``plot``), on a canvas of its own: no window, no global state.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi
from typing import TYPE_CHECKING

from ..errors import InputError
from ..plot import BLUE, DPI, GREY, QUIET, check_installed, encoded, letters, new_figure, quiet
from .labels import Box, Bubble, place

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from .compare import Comparison
    from .describe import Row

__all__ = ["draw", "figure"]

FEW = 6  # networks whose figures stand below their names
LARGEST = 2400.0  # square points of the largest bubble
_CLASSIC, _OTHER = BLUE, GREY
_TICKS = [step * 10.0**power for power in range(-3, 6) for step in (1, 2, 5)]
_MORE_TICKS = [step * 10.0**power for power in range(-3, 6) for step in (1, 1.5, 2, 3, 5, 7)]
_LEGEND = (5, 50, 250)  # megabytes
_OPERATIONS = "operations for one input, GFLOPs (a multiply-add is two; log scale)"


def draw(comparison: Comparison, form: str = "png") -> bytes:
    """The chart as a "png" or "svg" file's bytes; InputError when matplotlib is not installed."""
    check_installed()
    return encoded(figure(comparison), form)


def figure(comparison: Comparison) -> Figure:
    """Top-1 against operations, and against milliseconds too where those were measured.

    Points are (`Row.gflops` or `Row.milliseconds`, `Published.top1`); the bubble's area is
    proportional to `Row.megabytes`. Networks without a published accuracy are left out.
    Raises InputError when none is left.
    """
    rows = [row for row in comparison.rows if row.model.published]
    rows.sort(key=lambda row: -row.size)  # the small ones stay visible
    if not rows:
        raise InputError("a chart needs networks whose accuracy is published")
    contents = [(rows, [row.gflops for row in rows], _OPERATIONS, "GFLOPs")]
    timed = [row for row in rows if row.milliseconds is not None]
    if timed:
        label = f"time for one input, ms (median; {comparison.engine}; log scale)"
        contents.append((timed, [row.milliseconds or 0.0 for row in timed], label, "ms"))
    drawn = new_figure(17 if timed else 10.5, 6.6)
    panels = drawn.subplots(1, len(contents), sharey=True, squeeze=False)[0]
    right = 1 - 1.4 / drawn.get_figwidth()
    drawn.subplots_adjust(0.75 / drawn.get_figwidth(), 0.115, right, 0.82, wspace=0.06)
    scale = LARGEST / max(row.megabytes for row in rows)
    _heading(drawn, timed=bool(timed), mixed=not all(row.model.classic for row in rows))
    _legend(drawn, right, scale)
    panels[0].set_ylabel("top-1 accuracy as published, %", **letters(10))
    for panel, (shown, across, label, unit) in zip(panels, contents, strict=True):
        points = _panel(panel, shown, across, scale)
        panel.set_xlabel(label, **letters(10))
        renderer = drawn.canvas.get_renderer()  # type: ignore[attr-defined]
        _name(panel, shown, points, unit, renderer)
    return drawn


def _panel(
    axes: Axes, rows: Sequence[Row], across: Sequence[float], scale: float
) -> PathCollection:
    """The bubbles of one panel, the largest at the bottom."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    accuracy = _accuracies(rows)
    axes.set_xscale("log")
    axes.set_xlim(min(across) / (1.5 if len(rows) <= FEW else 2.3), max(across) * 1.75)
    margin = 1.5 + 0.1 * (max(accuracy) - min(accuracy))
    axes.set_ylim(min(accuracy) - margin, max(accuracy) + margin)
    ticks = _TICKS if max(across) > 5 * min(across) else _MORE_TICKS
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    quiet(axes)
    return axes.scatter(
        across,
        accuracy,
        s=[scale * row.megabytes for row in rows],
        c=[_CLASSIC if row.model.classic else _OTHER for row in rows],
        edgecolors="white",
        linewidths=1.0,
        alpha=0.82,
        zorder=3,
    )


def _accuracies(rows: Sequence[Row]) -> list[float]:
    return [row.model.published.top1 for row in rows if row.model.published]


def _name(
    axes: Axes, rows: Sequence[Row], points: PathCollection, unit: str, renderer: RendererAgg
) -> None:
    """Every bubble's name where there is room for it, with a line where that is not beside it."""
    places = axes.transData.transform(points.get_offsets())
    labels = [_label(axes, row, unit if len(rows) <= FEW else "") for row in rows]
    bubbles = []
    for texts, (x, y), area in zip(labels, places, points.get_sizes(), strict=True):
        sizes = [text.get_window_extent(renderer) for text in texts]
        width, height = max(box.width for box in sizes), sum(box.height for box in sizes)
        bubbles.append(Bubble(x, y, (area / pi) ** 0.5 * DPI / 72, width, height))
    frame = axes.get_window_extent(renderer)
    boxes = place(bubbles, Box(frame.x0, frame.y0, frame.width, frame.height))
    to_data = axes.transData.inverted()
    for texts, bubble, box in zip(labels, bubbles, boxes, strict=True):
        y = box.y
        for text in reversed(texts):
            text.set_position(tuple(to_data.transform((box.x, y))))
            y += text.get_window_extent(renderer).height
        if box.distance(bubble.x, bubble.y) > bubble.radius + 14:
            ends = to_data.transform([(bubble.x, bubble.y), box.nearest(bubble.x, bubble.y)])
            axes.plot(ends[:, 0], ends[:, 1], color=QUIET, linewidth=0.8, zorder=4)


def _label(axes: Axes, row: Row, unit: str) -> list[Text]:
    """A network's name, and what is known of it below: not in their places yet."""
    from matplotlib.patheffects import withStroke

    strong = row.model.classic
    weight = "bold" if strong else "normal"
    style = letters(10.5 if strong else 9.5)
    texts = [axes.text(1, 0, row.model.title, va="bottom", fontweight=weight, zorder=5, **style)]
    if unit:
        value = f"{row.gflops:.2f}" if unit == "GFLOPs" else f"{row.milliseconds or 0.0:.1f}"
        said = f"{value} {unit}, {row.megabytes:.{0 if row.megabytes >= 10 else 1}f} MB"
        texts.append(axes.text(1, 0, said, va="bottom", zorder=5, **letters(8.5, QUIET)))
    for text in texts:
        text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
    return texts


def _heading(drawn: Figure, *, timed: bool, mixed: bool) -> None:
    blue = " Blue: the table of the Tiny Darknet page." if mixed else ""
    left = 0.3 / drawn.get_figwidth()
    against = "operations, and against time on this machine" if timed else "operations"
    drawn.text(left, 0.935, f"Accuracy against {against}", fontweight="bold", **letters(15))
    said = (
        "ImageNet classifiers. Top-1 as published, on the 50,000 validation photographs; "
        f"operations and size of weights (area)\nas computed from the cfg.{blue}"
    )
    drawn.text(left, 0.865, said, linespacing=1.4, **letters(9.5, QUIET))


def _legend(drawn: Figure, left: float, scale: float) -> None:
    """What an area means: discs within each other, beside the panels."""
    from matplotlib.patches import Circle

    across, along = 1.4 * 72, 2.2 * 72  # points
    size = (across / 72 / drawn.get_figwidth(), along / 72 / drawn.get_figheight())
    axes = drawn.add_axes((left, 0.82 - size[1], *size))
    axes.set_axis_off()
    axes.set_xlim(0, across)
    axes.set_ylim(-along, 0)
    radii = [(scale * megabytes / pi) ** 0.5 for megabytes in _LEGEND]
    middle, bottom = 4 + max(radii), -20 - 2 * max(radii)
    axes.text(4, -4, "weights", va="top", **letters(9, QUIET))
    for radius in sorted(radii, reverse=True):
        place = (middle, bottom + radius)
        axes.add_patch(Circle(place, radius, facecolor=_OTHER, edgecolor="white", linewidth=1))
    for number, (megabytes, radius) in enumerate(zip(_LEGEND, radii, strict=True)):
        top = bottom + 2 * radius
        beside = max(top - 3, bottom + 12 * number)
        axes.text(
            middle + max(radii) + 5, beside, f"{megabytes} MB", va="center", **letters(8.5, QUIET)
        )
