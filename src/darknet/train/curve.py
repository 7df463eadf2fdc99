"""The curve of a training run as a picture: loss, accuracy where it was validated, and the rate.

Drawn with matplotlib, again and again while the network trains; so what there is to draw is
thinned first, and a picture of a million batches costs no more than one of a thousand.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..files import write_atomic
from ..plot import (
    BLUE,
    FONT,
    GREEN,
    INK,
    QUIET,
    RED,
    check_installed,
    drawable,
    encoded,
    letters,
    new_figure,
    quiet,
)
from .record import Step

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["History", "draw_curve", "draw_rates", "figure", "rates_figure"]

Floats = NDArray[np.float64]
POINTS = 1200  # of a line: about one a pixel
LOG_FROM = 8.0  # largest average loss as a multiple of the smallest: then the scale is a log one
LARGEST = 1e30  # beyond, a number counts as none: it has no place on a scale
_WIDTH, _HEIGHT = 10.5, 6.6  # inches
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.075, 0.895, 0.80, 0.075


class History:
    """The steps of a run, thinned so that a run of any length needs a few megabytes.

    All of them up to `most`, then every second, every fourth and so on; those with a validation,
    those whose loss is no number, and the last are always there.
    """

    def __init__(self, steps: Iterable[Step] = (), *, most: int = 20_000) -> None:
        self._most, self._every = max(2, most), 1
        self._kept: list[Step] = []
        self._last: Step | None = None
        for step in steps:
            self.add(step)

    def add(self, step: Step) -> None:
        """One more."""
        self._last = step
        if not self._counts(step):
            return
        self._kept.append(step)
        if len(self._kept) > self._most:
            self._every *= 2
            self._kept = [step for step in self._kept if self._counts(step)]

    def _counts(self, step: Step) -> bool:
        return step.batch % self._every == 0 or step.top1 is not None or not _finite(step)

    def __iter__(self) -> Iterator[Step]:
        yield from self._kept
        if self._last is not None and self._last not in self._kept[-1:]:
            yield self._last

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _finite(step: Step) -> bool:
    return math.isfinite(step.loss)


def draw_curve(steps: Iterable[Step], path: str | os.PathLike[str], title: str) -> None:
    """Write the PNG of a run, whole or not at all.

    Raises InputError where it cannot be written, or matplotlib is not installed.
    """
    write_atomic(path, encoded(figure(steps, title)))


def figure(steps: Iterable[Step], title: str) -> Figure:
    """Panels over the batches: the loss, validation where there was one, the rate.

    Where batches are there twice (a run that went on from an earlier one), the later row counts.
    """
    check_installed("the curve of a training run")
    shown = _latest(steps)
    tested = [step for step in shown if step.top1 is not None]
    drawn = new_figure(_WIDTH, _HEIGHT)
    heights = (3.2, 2.0, 0.9) if tested else (4.4, 1.0)
    panels = drawn.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[
        :, 0
    ]
    drawn.subplots_adjust(_LEFT, _BOTTOM, _RIGHT, _TOP, hspace=0.13)
    for panel in panels:
        quiet(panel)
    _heading(drawn, title, shown, tested)
    if not shown:
        return drawn
    batches = np.array([step.batch for step in shown], np.float64)
    _limits(panels[0], batches)
    _loss(panels[0], shown, batches)
    if tested:
        _validation(panels[1], tested)
    _rate(panels[-1], shown, batches)
    _epochs(panels[0], shown[-1])
    panels[-1].set_xlabel("batches", **letters(10))
    drawn.align_ylabels(list(panels))
    return drawn


def _drawable(values: Floats) -> NDArray[np.bool_]:
    return np.abs(values) < LARGEST  # false for NaN, too


def _latest(steps: Iterable[Step]) -> list[Step]:
    """In order of batches, of each the row that was written last."""
    found: list[Step] = []
    for step in reversed(list(steps)):
        if not found or step.batch < found[-1].batch:
            found.append(step)
    return found[::-1]


def _heading(drawn: Figure, title: str, steps: Sequence[Step], tested: Sequence[Step]) -> None:
    left = _LEFT - 0.045
    drawn.text(left, 0.94, drawable(title, 90), fontweight="bold", **letters(15))
    drawn.text(left, 0.895, _summary(steps, tested), **letters(10, QUIET))


def _summary(steps: Sequence[Step], tested: Sequence[Step]) -> str:
    """Where the run stands, in a line."""
    if not steps:
        return "no batch yet"
    last = steps[-1]
    words = [
        f"batch {last.batch:,}",
        f"epoch {last.epoch:.2f}",
        f"loss {_short(last.average)} on average",
        f"rate {_short(last.rate)}",
    ]
    if tested:
        best = max(tested, key=_top1)
        words.append(f"best top-1 {_top1(best):.2f} % after batch {best.batch:,}")
    return "   \N{MIDDLE DOT}   ".join(words)


def _top1(step: Step) -> float:
    return -math.inf if step.top1 is None or math.isnan(step.top1) else step.top1


def _short(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else "not a number"


def _limits(axes: Axes, batches: Floats) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    first, last = batches[0], batches[-1]
    margin = 0.5 if first == last else 0.0
    axes.set_xlim((0 if first < 0.1 * last else first) - margin, last + margin)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _epochs(axes: Axes, last: Step) -> None:
    """The same axis in passes over the data, above everything."""
    ratio = last.epoch / last.batch
    if not 1e-9 < ratio < LARGEST:
        return
    above = axes.secondary_xaxis(
        "top",
        functions=(lambda at: np.multiply(at, ratio), lambda at: np.divide(at, ratio)),
    )
    above.tick_params(colors=QUIET, labelsize=9.5, length=0, pad=2)
    above.spines["top"].set_visible(False)
    above.set_xlabel("epochs", labelpad=4, **letters(10))


def draw_rates(
    rates: Sequence[float],
    losses: Sequence[float],
    suggestion: float,
    path: str | os.PathLike[str],
) -> None:
    """Write the PNG of a search for the learning rate: the loss against rates that grow.

    Raises InputError as `draw_curve`.
    """
    write_atomic(path, encoded(rates_figure(rates, losses, suggestion)))


def rates_figure(rates: Sequence[float], losses: Sequence[float], suggestion: float) -> Figure:
    """The loss against the rate (a log scale), with the rate that is suggested."""
    check_installed("the curve of a training run")
    from matplotlib.ticker import NullLocator

    drawn = new_figure(_WIDTH, 5.0)
    axes = drawn.subplots()
    drawn.subplots_adjust(_LEFT, 0.11, 0.97, 0.80)
    quiet(axes)
    left = _LEFT - 0.045
    drawn.text(left, 0.92, f"learning_rate={suggestion:g}", fontweight="bold", **letters(15))
    said = "A tenth of the rate where the loss was smallest, in a short run whose rate grows."
    drawn.text(left, 0.86, said, **letters(10, QUIET))
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("learning rate (log scale)", **letters(10))
    axes.set_ylabel("loss, smoothed", **letters(10))
    axes.plot(rates, losses, "-", color=BLUE, linewidth=1.9)
    axes.axvline(suggestion, color=GREEN, linewidth=1.6)
    axes.annotate(
        f"{suggestion:g}", (suggestion, 0.97), va="top", xytext=(5, 0),
        xycoords=axes.get_xaxis_transform(), textcoords="offset points", **letters(10, GREEN),
    )  # fmt: skip
    if len(losses):
        best = min(range(len(losses)), key=losses.__getitem__)
        low, high = losses[best], max(losses[: best + 1])  # how steeply it rises then is no matter
        axes.set_ylim(low - 0.1 * (high - low) - 1e-6, high + 0.5 * (high - low) + 1e-6)
        axes.plot(
            [rates[best]], [losses[best]], "o", markersize=10, markerfacecolor="none",
            markeredgecolor=INK, markeredgewidth=1.3,
        )  # fmt: skip
    return drawn


# ---- panels


def _loss(axes: Axes, steps: Sequence[Step], batches: Floats) -> None:
    """Every batch faint, the running average on top of it; red lines where it is no number."""
    loss = np.array([step.loss for step in steps], np.float64)
    average = np.array([step.average for step in steps], np.float64)
    good = _drawable(average) & _drawable(loss)
    axes.set_ylabel("loss", **letters(10))
    lost = batches[~good]
    if len(lost):
        axes.vlines(lost[:POINTS], 0, 1, RED, linewidth=1.0, transform=axes.get_xaxis_transform())
        side = _side(axes, lost[0], 0.45)  # the legend is on the right
        axes.annotate(
            f"not a number: batch {lost[0]:,.0f}", (lost[0], 0.97), va="top", ha=side,
            xycoords=axes.get_xaxis_transform(), xytext=(5 if side == "left" else -5, 0),
            textcoords="offset points", **letters(9, RED),
        )  # fmt: skip
    if not good.any():
        return
    _scale(axes, loss[good], average[good])
    style = "." if len(steps) < 3 else ""
    picked = _thinned(loss, POINTS)
    axes.plot(
        batches[picked], np.where(good, loss, np.nan)[picked], style + "-",
        color=BLUE, alpha=0.28, linewidth=0.8, label="a batch",
    )  # fmt: skip
    axes.plot(
        _means(batches, POINTS), _means(np.where(good, average, np.nan), POINTS), style + "-",
        color=BLUE, linewidth=1.9, label="running average",
    )  # fmt: skip
    _beside(axes, average[good][-1], _short(average[good][-1]), BLUE)
    axes.legend(loc="upper right", frameon=False, labelcolor=INK, prop={"size": 9, "family": FONT})


def _scale(axes: Axes, loss: Floats, average: Floats) -> None:
    """Bounds that a few wild batches do not spoil; a log scale where the loss falls far."""
    low = min(average.min(), np.percentile(loss, 0.5))
    high = max(average.max(), np.percentile(loss, 99.5))
    if low > 0 and average.max() > LOG_FROM * average.min():
        from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

        axes.set_yscale("log")
        axes.set_ylim(low / 1.15, high * 1.15)
        steps = (1, 2, 5) if high < 1000 * low else (1,)
        ticks = [step * 10.0**power for power in range(-8, 9) for step in steps]
        axes.yaxis.set_major_locator(FixedLocator(ticks))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        return
    if 0 <= low < 0.4 * high:
        low = 0.0
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 0.05
    axes.set_ylim(low - (margin if low else 0), high + margin)


def _validation(axes: Axes, tested: Sequence[Step]) -> None:
    """Top-1 and top-5 of every validation, the best top-1 marked."""
    batches = [step.batch for step in tested]
    axes.set_ylabel("validation, %", **letters(10))
    top1 = [math.nan if step.top1 is None else step.top1 for step in tested]
    top5 = [math.nan if step.top5 is None else step.top5 for step in tested]
    size = 4.0 if len(tested) <= 60 else 0.0
    shown = [value for value in (*top1, *top5) if math.isfinite(value)]
    if not shown:
        return
    low, high = min(shown), max(shown)
    margin = max(1.0, 0.12 * (high - low))
    axes.set_ylim(max(-1.0, low - margin), min(102.0, high + margin))
    near = abs(top5[-1] - top1[-1]) < 0.14 * (high - low + 2 * margin)
    lines = ((top5, "top-5", 0.45, 6 if near else 0), (top1, "top-1", 1.0, -6 if near else 0))
    for values, name, alpha, shift in lines:
        finite = [value for value in values if math.isfinite(value)]
        if finite:
            axes.plot(
                batches, values, "o-", color=GREEN, alpha=alpha, linewidth=1.6, markersize=size,
                markeredgewidth=0, label=name,
            )  # fmt: skip
            _beside(axes, finite[-1], f"{name} {finite[-1]:.1f}", GREEN, shift)
    best = max(tested, key=_top1)
    if math.isfinite(_top1(best)):
        _best(axes, best)


def _best(axes: Axes, best: Step) -> None:
    axes.plot(
        [best.batch], [_top1(best)], "o", markersize=10, markerfacecolor="none",
        markeredgecolor=INK, markeredgewidth=1.3, zorder=5, clip_on=False,
    )  # fmt: skip
    side = _side(axes, best.batch)
    axes.annotate(
        f"best {_top1(best):.2f} %", (best.batch, _top1(best)), va="top", ha=side,
        xytext=(9 if side == "left" else -9, -7), textcoords="offset points", zorder=6,
        **letters(9),
    )  # fmt: skip


def _rate(axes: Axes, steps: Sequence[Step], batches: Floats) -> None:
    rate = np.array([step.rate for step in steps], np.float64)
    rate[~_drawable(rate)] = np.nan
    axes.set_ylabel("rate", **letters(10))
    picked = _thinned(rate, POINTS)
    style = "." if len(steps) < 3 else ""
    axes.plot(batches[picked], rate[picked], style + "-", color=QUIET, linewidth=1.5)
    top = float(np.nanmax(rate)) if np.isfinite(rate).any() else 0.0
    axes.set_ylim(0, 1.15 * top or 1.0)
    axes.locator_params(axis="y", nbins=2)
    _beside(axes, rate[-1], _short(rate[-1]), QUIET)


def _beside(axes: Axes, value: float, said: str, colour: str, shift: int = 0) -> None:
    """A line's last value, to the right of the panel, moved up by `shift` points."""
    low, high = axes.get_ylim()
    if low <= value <= high:
        axes.annotate(
            said, (1.0, value), xycoords=axes.get_yaxis_transform(), va="center",
            xytext=(6, shift), textcoords="offset points", fontweight="bold",
            **letters(9.5, colour),
        )  # fmt: skip


def _side(axes: Axes, batch: float, share: float = 0.75) -> str:
    """How text at this batch is aligned: it stands to the right of it up to this share."""
    low, high = axes.get_xlim()
    return "left" if batch < low + share * (high - low) else "right"


def _means(values: Floats, most: int) -> Floats:
    """The values, or the means of at most `most` stretches of them (without NaN)."""
    if len(values) <= most:
        return values
    starts = np.linspace(0, len(values), most, endpoint=False).astype(np.intp)
    there = np.isfinite(values)
    counts = np.add.reduceat(there, starts, dtype=np.float64)
    sums = np.add.reduceat(np.where(there, values, 0.0), starts)
    out: Floats = np.divide(sums, counts, out=np.full(most, np.nan), where=counts > 0)
    return out


def _thinned(values: Floats, most: int) -> NDArray[np.intp]:
    """Indices of at most `most` values that draw as all of them would.

    Of every stretch its smallest and its largest, in their order, so that no spike is lost.
    """
    if len(values) <= most:
        return np.arange(len(values))
    parts = np.array_split(np.arange(len(values)), max(1, (most - 2) // 2))
    there = np.isfinite(values)
    filled = np.where(there, values, values[there].mean() if there.any() else 0.0)
    ends = [part[[filled[part].argmin(), filled[part].argmax()]] for part in parts]
    return np.unique(np.concatenate([*ends, [0, len(values) - 1]]))
