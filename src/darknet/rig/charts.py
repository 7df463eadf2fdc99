"""Pictures of a prediction and of a plan: what binds, where the time goes, the roofline, the money.

Drawn with matplotlib (the extra ``plot``); `darknet.plot` has what all charts share.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..plot import BLUE, GREEN, GREY, INK, QUIET, RED, drawable, encoded, letters, new_figure, quiet
from .planning import Candidate, Plan
from .prediction import Prediction
from .ranges import rounded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = ["COLOURS", "cards", "report"]

COLOURS = {"arithmetic": BLUE, "memory bandwidth": RED, "launching": GREY}
"""Of the limits, in every picture."""
_WIDTH, _HEIGHT = 13.0, 8.6
_ROOM = 1.35
"""A box's name stands beside it where it costs so many times as much as the last one."""


def report(found: Prediction, plan: Plan | None = None, form: str = "png") -> bytes:
    """All pictures of a prediction, as a "png" or "svg" file's bytes."""
    figure = new_figure(_WIDTH, _HEIGHT)
    axes = figure.subplots(2, 2)
    figure.suptitle(_title(found), x=0.02, ha="left", **letters(15))
    draw_stages(axes[0][0], found)
    draw_layers(axes[0][1], found)
    draw_roofline(axes[1][0], found)
    if plan is None:
        _say(axes[1][1], "Cost against time", "give --budget to look for boxes to buy")
    else:
        draw_money(axes[1][1], plan, found)
    figure.subplots_adjust(0.13, 0.08, 0.975, 0.88, wspace=0.28, hspace=0.42)
    return encoded(figure, form)


def _title(found: Prediction) -> str:
    request = found.request
    use = "training" if request.training else "inference"
    words = f"{request.network.cfg.label} on {request.box.name or request.box.label}: {use}, "
    return drawable(f"{words}{found.images_per_s.text()} images/s", 140)


def draw_stages(axes: Axes, found: Prediction) -> None:
    """Photographs a second that each stage lets through, as ranges; the binding one red."""
    _frame(axes, "What each stage lets through", "images/s")
    names = [stage.name for stage in found.stages]
    for row, stage in enumerate(found.stages):
        speed, colour = stage.images_per_s, RED if stage is found.binding else GREY
        axes.barh(row, speed.likely, height=0.5, color=colour)
        axes.plot([speed.low, speed.high], [row, row], color=INK, linewidth=1.4, marker="|")
        axes.annotate(
            f" {rounded(speed.likely)}", (speed.high, row), xytext=(5, 0), va="center",
            textcoords="offset points", **letters(9.5),
        )  # fmt: skip
    axes.set_xscale("log")
    speeds = [stage.images_per_s for stage in found.stages]
    axes.set_xlim(min(one.low for one in speeds) / 3, max(one.high for one in speeds) * 4)
    _plain_ticks(axes.xaxis)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")


def draw_layers(axes: Axes, found: Prediction) -> None:
    """Every layer's milliseconds, in the network's order, coloured by its limit."""
    timing = found.compute.timing
    title = (
        f"Where the time goes: {rounded(1e3 * timing.seconds)} ms for {timing.batch} photographs"
    )
    _frame(axes, title, "layer", "ms")
    for limit, colour in COLOURS.items():
        layers = [layer for layer in timing.layers if layer.limit == limit]
        if not layers:
            continue
        share = timing.by_limit.get(limit, 0.0) / timing.seconds
        axes.bar(
            [layer.index for layer in layers],
            [1e3 * layer.seconds for layer in layers],
            width=0.85,
            color=colour,
            label=f"{limit}: {100 * share:.0f} %",
        )
    axes.set_xlim(-0.7, len(timing.layers) - 0.3)
    axes.margins(y=0.25)
    _whole_numbers(axes)
    axes.grid(visible=False, axis="x")
    _legend(axes)


def draw_roofline(axes: Axes, found: Prediction) -> None:
    """FLOP/s of every layer against its operations a byte, below what the device's peaks allow."""
    timing, device = found.compute.timing, found.compute.device
    _frame(axes, f"Roofline of {drawable(device.name)}", "operations a byte", "GFLOP/s")
    shown = [layer for layer in timing.layers if layer.flops and layer.seconds]
    if not shown:
        _say(axes, "Roofline", "no layer of this network computes")
        return
    peak, bandwidth = _peaks(found)
    ridge = peak / bandwidth
    left = min(ridge / 4, *(layer.flops / layer.bytes for layer in shown)) / 2
    right = max(ridge * 4, *(layer.flops / layer.bytes for layer in shown)) * 2
    roof = [(left, left * bandwidth), (ridge, peak), (right, peak)]
    axes.plot([x for x, _ in roof], [y / 1e9 for _, y in roof], color=INK, linewidth=1.6)
    for limit, colour in COLOURS.items():
        layers = [layer for layer in shown if layer.limit == limit]
        axes.scatter(
            [layer.flops / layer.bytes for layer in layers],
            [layer.flops / layer.seconds / 1e9 for layer in layers],
            s=[14 + 500 * layer.seconds / timing.seconds for layer in layers],
            color=colour, alpha=0.65, edgecolors="white", linewidths=0.6, label=limit,
        )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlim=(left, right))
    _plain_ticks(axes.xaxis, axes.yaxis)
    axes.annotate(
        f"{rounded(peak / 1e9)} GFLOP/s", (right, peak / 1e9), xytext=(-4, 5),
        textcoords="offset points", ha="right", **letters(9.5, QUIET),
    )  # fmt: skip
    axes.annotate(
        f"{rounded(bandwidth / 1e9)} GB/s", (left, left * bandwidth / 1e9),
        xytext=(8, 0), textcoords="offset points", va="top", **letters(9.5, QUIET),
    )  # fmt: skip


def _peaks(found: Prediction) -> tuple[float, float]:
    """FLOP/s and bytes/s: a card's as rated, a processor's as measured."""
    device, measured = found.compute.device, found.request.box.measured
    if found.request.box.cards or measured is None:
        return device.peak, device.bandwidth
    return max(device.peak, measured.gemm), measured.bandwidth


def draw_money(axes: Axes, plan: Plan, found: Prediction) -> None:
    """Days (or images/s) against dollars; those that no cheaper box is as fast as are joined."""
    days, cost = found.days is not None, found.money
    known = bool(cost.parts_usd) and not cost.unpriced
    title = f"Cost against time (line: the budget{'; star: this box' if known else ''})"
    _frame(axes, title, "dollars", "days" if days else "images/s")
    every = (*plan.candidates, *plan.beyond)
    best = plan.frontier

    def height(one: Candidate) -> float:
        speed = one.prediction.days if days else one.prediction.images_per_s
        return speed.likely if speed else 0.0

    others = [one for one in every if one not in best]
    axes.scatter([one.usd for one in others], [height(one) for one in others], s=16, color=GREY)
    axes.plot(
        [one.usd for one in best], [height(one) for one in best], color=BLUE, marker="o",
        markersize=5, linewidth=1.2,
    )  # fmt: skip
    axes.axvline(plan.budget, color=RED, linewidth=1)
    axes.set(xscale="log", yscale="log")
    for one in _apart(best):
        cards = one.box.gpus[0]
        axes.annotate(
            drawable(f"{cards.count} x {cards.gpu.name}"), (one.usd, height(one)), xytext=(5, 5),
            textcoords="offset points", **letters(8.5),
        )  # fmt: skip
    axes.set_xlim(right=2.5 * max(one.usd for one in every))
    if known:
        speed = found.days if days else found.images_per_s
        assert speed is not None  # noqa: S101 - there are days
        axes.plot(cost.parts_usd, speed.likely, marker="*", markersize=13, color=GREEN)
    _plain_ticks(axes.xaxis, axes.yaxis)


def _apart(best: Sequence[Candidate]) -> list[Candidate]:
    """Those whose names have room beside them."""
    found: list[Candidate] = []
    for one in best:
        if not found or one.usd > _ROOM * found[-1].usd:
            found.append(one)
    return found


def _whole_numbers(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _plain_ticks(*which: Axis) -> None:
    """Numbers in place of powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    for axis in which:
        low, high = axis.get_view_interval()
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 300 * low else (1,)))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: rounded(value)))


def cards(shown: Sequence[tuple[str, float | None, str]], title: str, form: str = "png") -> bytes:
    """Bars of GFLOPS a dollar; a row: card, value (None where unknown), words beside it."""
    figure = new_figure(9.5, 1.3 + 0.27 * len(shown))
    axes = figure.subplots()
    _frame(axes, title, "GFLOPS a dollar (float32)")
    for row, (_, value, words) in enumerate(shown):
        axes.barh(row, value or 0, height=0.62, color=BLUE)
        known = "" if value is None else f"{value:.1f}  "
        axes.text(
            value or 0, row, f" {known}{words}", va="center", **letters(9, INK if value else QUIET)
        )
    axes.set_yticks(range(len(shown)), [drawable(name) for name, _, _ in shown])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlim(0, 1.35 * max([value or 0 for _, value, _ in shown], default=0) or 1)
    axes.grid(visible=False, axis="y")
    top = 0.62 / figure.get_figheight()
    figure.subplots_adjust(0.26, top, 0.97, 1 - top)
    return encoded(figure, form)


def _frame(axes: Axes, title: str, x: str, y: str = "") -> None:
    quiet(axes)
    axes.set_title(title, loc="left", pad=9, **letters(12))
    axes.set_xlabel(x, **letters(9.5, QUIET))
    axes.set_ylabel(y, **letters(9.5, QUIET))


def _legend(axes: Axes) -> None:
    from matplotlib.font_manager import FontProperties

    from ..plot import FONT

    prop = FontProperties(family=FONT, size=9)
    axes.legend(frameon=False, loc="upper right", prop=prop, labelcolor=INK)


def _say(axes: Axes, title: str, words: str) -> None:
    """A panel that has nothing to show, and says so."""
    axes.clear()
    _frame(axes, title, "")
    axes.set(xticks=[], yticks=[])
    axes.text(
        0.5, 0.5, words, ha="center", va="center", transform=axes.transAxes, **letters(10, QUIET)
    )
