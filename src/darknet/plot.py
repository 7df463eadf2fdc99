"""What the package's charts share: colours, letters, a canvas without a window.

Drawn with matplotlib (the extra ``plot``), without pyplot: no window, no global state. Functions
that draw may run in any thread.
"""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Any

from .errors import InputError, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "DPI",
    "FONT",
    "GREEN",
    "GREY",
    "INK",
    "LINES",
    "QUIET",
    "RED",
    "check_installed",
    "drawable",
    "encoded",
    "letters",
    "new_figure",
    "quiet",
]

DPI = 150
BLUE, GREEN, RED, GREY = "#0072b2", "#00845f", "#c43c00", "#aab7c4"
"""They differ in lightness too, for eyes without colour."""
INK, QUIET, LINES = "#1f2933", "#66727f", "#e4e9ee"
FONT = ["DejaVu Sans"]  # comes with matplotlib: the same picture on every machine


def check_installed(what: str = "a chart") -> None:
    """InputError unless matplotlib is there; `what` needs it."""
    import logging

    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # not our user's folders and fonts
    try:
        import matplotlib as _  # noqa: F401
    except ImportError:
        raise InputError(
            f'{what} needs matplotlib, which is not installed: pip install "darknet-python[plot]"'
        ) from None


def new_figure(width: float, height: float) -> Figure:
    """A white figure on a canvas of its own; sizes in inches of 150 pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    made = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(made)
    return made


def encoded(figure: Figure, form: str = "png") -> bytes:
    """The figure as a "png" or "svg" file's bytes, the same at every run."""
    out = io.BytesIO()
    metadata = {"Date": None} if form == "svg" else {"Software": None}
    figure.savefig(out, format=form, dpi=DPI, metadata=metadata)
    return out.getvalue()


def quiet(axes: Axes) -> None:
    """A frame that stays behind what it frames: faint lines, no ticks, no box."""
    axes.set_axisbelow(True)
    axes.grid(color=LINES, linewidth=0.8)
    axes.tick_params(colors=QUIET, labelsize=9.5, length=0, labelfontfamily=FONT[0])
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(LINES)


def letters(size: float, colour: str = INK) -> dict[str, Any]:
    """Letters of this size in points, for whatever writes."""
    return {"fontsize": size, "color": colour, "fontfamily": FONT}


def drawable(words: str, limit: int = 60) -> str:
    """Words that come from a user, for a chart: in one line, without what the letters lack.

    A dollar sign would begin a formula.
    """
    known = _characters()
    shown = printable(words, limit)
    return "".join(c if ord(c) in known else "?" for c in shown).replace("$", r"\$")


@cache
def _characters() -> frozenset[int]:
    from matplotlib.font_manager import findfont
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(findfont(FONT[0])).get_charmap())
