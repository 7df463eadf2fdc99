"""Is it right as often as it is sure? Accuracy against confidence, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PIL import Image, ImageDraw

from .picture import Font, encoded, fitted, font

__all__ = ["BinLike", "reliability"]

SIDE = 520  # pixels of the plot
STRIP = 90  # of the histogram below it
_LEFT, _TOP, _RIGHT, _BOTTOM, _GAP = 74, 96, 30, 56, 34
_PAPER, _INK, _FAINT, _LINES = "#ffffff", "#222222", "#6b7280", "#e4e9ee"
_BAR, _GREY = "#4878a8", "#aab7c4"
_OVER, _UNDER = "#e9b3ab", "#b9dcc4"  # what accuracy lacks of confidence, and has beyond it


class BinLike(Protocol):
    """Photographs answered with a confidence above `low` and at most `high`."""

    @property
    def low(self) -> float:
        """More than this, 0..1."""
        ...

    @property
    def high(self) -> float:
        """At most this, 0..1."""
        ...

    @property
    def photographs(self) -> int:
        """How many."""
        ...

    @property
    def confidence(self) -> float:
        """Mean of the answers' probabilities, 0..1."""
        ...

    @property
    def accuracy(self) -> float:
        """Share that was right, 0..1."""
        ...


def reliability(bins: Sequence[BinLike], error: float | None, title: str) -> bytes:
    """A PNG: a bar for the accuracy in every bin, and below how many photographs it has.

    error: the expected calibration error; None (and no bins) where there is none.
    """
    width = _LEFT + SIDE + _RIGHT
    canvas = Image.new("RGB", (width, _TOP + SIDE + _GAP + STRIP + _BOTTOM), _PAPER)
    draw = ImageDraw.Draw(canvas)
    heading, letters = font(title, 20), font("", 14)
    draw.text((18, 12), fitted(draw, heading, title, width - 36), _INK, heading)
    if error is None:
        said = "The outputs are no probabilities (no softmax?): there is no confidence."
    else:
        said = f"Expected calibration error {100 * error:.2f} %: the mean gap, by photographs."
    draw.text((18, 42), said, _FAINT, letters)
    _legend(draw, letters)
    _scale(canvas, draw, letters)
    most = max((one.photographs for one in bins), default=1)
    for one in bins:
        _bar(draw, one)
        _count(draw, one, most)
    draw.line((*_place(0, 0), *_place(1, 1)), _FAINT, 2)
    below = _TOP + SIDE + _GAP + STRIP
    draw.text((_LEFT + SIDE // 2, below + 34), "confidence, %", _INK, letters, anchor="mm")
    draw.text((_LEFT - 8, below - STRIP), f"{most:,}", _FAINT, letters, anchor="rm")
    draw.line((_LEFT, below, _LEFT + SIDE, below), _LINES)
    return encoded(canvas)


def _place(confidence: float, accuracy: float) -> tuple[float, float]:
    return _LEFT + SIDE * confidence, _TOP + SIDE * (1 - accuracy)


def _legend(draw: ImageDraw.ImageDraw, letters: Font) -> None:
    left = 18
    for colour, words in ((_BAR, "right"), (_OVER, "too sure"), (_UNDER, "not sure enough")):
        draw.rectangle((left, 69, left + 12, 81), colour)
        draw.text((left + 18, 66), words, _FAINT, letters)
        left += 40 + int(draw.textlength(words, letters))


def _scale(canvas: Image.Image, draw: ImageDraw.ImageDraw, letters: Font) -> None:
    below = _TOP + SIDE + _GAP + STRIP
    for step in range(0, 101, 20):
        x, y = _place(step / 100, step / 100)
        draw.line((_LEFT, y, _LEFT + SIDE, y), _LINES)
        draw.line((x, _TOP, x, _TOP + SIDE), _LINES)
        draw.text((_LEFT - 8, y), f"{step}", _FAINT, letters, anchor="rm")
        draw.text((x, below + 14), f"{step}", _FAINT, letters, anchor="mm")
    label = Image.new("RGB", (120, 18), _PAPER)
    ImageDraw.Draw(label).text((60, 9), "accuracy, %", _INK, letters, anchor="mm")
    canvas.paste(label.rotate(90, expand=True), (14, _TOP + SIDE // 2 - 60))


def _bar(draw: ImageDraw.ImageDraw, one: BinLike) -> None:
    """Up to the accuracy, and from there to the confidence."""
    left, right = _place(one.low, 0)[0] + 1, _place(one.high, 0)[0] - 1
    bottom, accuracy, confidence = (
        _place(0, share)[1] for share in (0, one.accuracy, one.confidence)
    )
    draw.rectangle((left, accuracy, right, bottom), _BAR)
    if one.confidence > one.accuracy:
        draw.rectangle((left, confidence, right, accuracy), _OVER)
    elif one.confidence < one.accuracy:
        draw.rectangle((left, accuracy, right, confidence), _UNDER)


def _count(draw: ImageDraw.ImageDraw, one: BinLike, most: int) -> None:
    left, right = _place(one.low, 0)[0] + 1, _place(one.high, 0)[0] - 1
    below = _TOP + SIDE + _GAP + STRIP
    draw.rectangle((left, below - max(1, STRIP * one.photographs / most), right, below - 1), _GREY)
