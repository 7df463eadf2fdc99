"""Is it right as often as it is sure? Accuracy against confidence, as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .calibration import Bin, chance_error
from .canvas import Canvas, canvas, shortened, width_of

__all__ = ["PHOTOGRAPHS", "Second", "Terms", "reliability"]

SIDE = 520  # pixels of the plot
STRIP = 90  # of the histogram below it
_LEFT, _TOP, _RIGHT, _BOTTOM, _GAP = 74, 96, 30, 56, 34
_INK, _FAINT, _LINES = "#222222", "#6b7280", "#e4e9ee"
_BAR, _GREY = "#4878a8", "#aab7c4"
_OVER, _UNDER = "#e9b3ab", "#b9dcc4"  # what accuracy lacks of confidence, and has beyond it
_SECOND = "#8a2f00"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is answered, what it is to be right, and what the two axes say."""

    answers: str
    right: str
    confidence: str
    accuracy: str


PHOTOGRAPHS = Terms("photographs", "right", "confidence, %", "accuracy, %")


@dataclass(frozen=True, slots=True)
class Second:
    """Other bins to draw over the first, as dots with a line, and what they are called."""

    bins: Sequence[Bin]
    name: str


def reliability(
    bins: Sequence[Bin],
    error: float | None,
    title: str,
    *,
    terms: Terms = PHOTOGRAPHS,
    second: Second | None = None,
    form: str = "png",
) -> bytes:
    """A picture: a bar for the accuracy in every bin, and below how many answers it has.

    error: the expected calibration error; None (and no bins) where there is none. form: "png" or
    "svg", an element that is a file too.
    """
    width = _LEFT + SIDE + _RIGHT
    drawing = canvas(width, _TOP + SIDE + _GAP + STRIP + _BOTTOM, form)
    drawing.words((18, 23), shortened(title, 20, width - 36), _INK, size=20)
    if error is None:
        said = "The outputs are no probabilities (no softmax?): there is no confidence."
    elif math.isnan(error):
        said = f"There are no {terms.answers}."
    else:
        chance = f"(chance alone: {100 * chance_error(bins):.2f} %)"
        said = f"Calibration error {100 * error:.2f} % {chance}: the mean gap, by {terms.answers}."
    drawing.words((18, 50), said, _FAINT)
    _legend(drawing, terms, second)
    _scale(drawing, terms)
    most = max((one.count for one in bins), default=1)
    for one in bins:
        _bar(drawing, one)
        _count(drawing, one, most)
    drawing.line((_place(0, 0), _place(1, 1)), _FAINT, 2)
    if second is not None:
        _dots(drawing, second.bins)
    below = _TOP + SIDE + _GAP + STRIP
    drawing.words((_LEFT + SIDE // 2, below + 34), terms.confidence, _INK, anchor="middle")
    drawing.line(((_LEFT, below), (_LEFT + SIDE, below)), _LINES)
    return drawing.data()


def _place(confidence: float, accuracy: float) -> tuple[float, float]:
    return _LEFT + SIDE * confidence, _TOP + SIDE * (1 - accuracy)


def _legend(drawing: Canvas, terms: Terms, second: Second | None) -> None:
    left = 18
    for colour, words in ((_BAR, terms.right), (_OVER, "too sure"), (_UNDER, "not sure enough")):
        drawing.box(left, 69, left + 12, 81, colour)
        drawing.words((left + 18, 75), words, _FAINT)
        left += 40 + int(width_of(words, 14))
    if second is not None:
        drawing.line(((left, 75), (left + 20, 75)), _SECOND, 2)
        drawing.dot((left + 10, 75), 5, _SECOND)
        drawing.words((left + 26, 75), second.name, _FAINT)


def _scale(drawing: Canvas, terms: Terms) -> None:
    below = _TOP + SIDE + _GAP + STRIP
    for step in range(0, 101, 20):
        x, y = _place(step / 100, step / 100)
        drawing.line(((_LEFT, y), (_LEFT + SIDE, y)), _LINES)
        drawing.line(((x, _TOP), (x, _TOP + SIDE)), _LINES)
        drawing.words((_LEFT - 8, y), f"{step}", _FAINT, anchor="right")
        drawing.words((x, below + 14), f"{step}", _FAINT, anchor="middle")
    drawing.words((23, _TOP + SIDE // 2), terms.accuracy, _INK, upright=True)


def _bar(drawing: Canvas, one: Bin) -> None:
    """Up to the accuracy, and from there to the confidence."""
    left, right = _sides(one)
    bottom, accuracy, confidence = (
        _place(0, share)[1] for share in (0, one.accuracy, one.confidence)
    )
    drawing.box(left, accuracy, right, bottom, _BAR)
    if one.confidence > one.accuracy:
        drawing.box(left, confidence, right, accuracy, _OVER)
    elif one.confidence < one.accuracy:
        drawing.box(left, accuracy, right, confidence, _UNDER)


def _count(drawing: Canvas, one: Bin, most: int) -> None:
    left, right = _sides(one)
    below = _TOP + SIDE + _GAP + STRIP
    top = below - max(1, (STRIP - 14) * one.count / most)
    drawing.box(left, top, right, below - 1, _GREY)
    words = f"{one.count:,}" if one.count < 10_000 else f"{one.count / 1000:,.0f}k"
    drawing.words(((left + right) / 2, top - 8), words, _FAINT, size=11, anchor="middle")


def _sides(one: Bin) -> tuple[float, float]:
    return _place(one.low, 0)[0] + 1, _place(one.high, 0)[0] - 1


def _dots(drawing: Canvas, bins: Sequence[Bin]) -> None:
    places = [_place(one.confidence, one.accuracy) for one in bins]
    if len(places) > 1:
        drawing.line(places, _SECOND, 2)
    for place in places:
        drawing.dot(place, 5, _SECOND)
