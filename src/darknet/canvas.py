"""A drawing of boxes, lines and words, made once and had as PNG (Pillow) or as SVG."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Protocol

from PIL import Image, ImageDraw

from .picture import encoded, fitted, font

__all__ = ["Canvas", "canvas", "shortened", "width_of"]

Place = tuple[float, float]
_ANCHORS = {"left": ("start", "l"), "middle": ("middle", "m"), "right": ("end", "r")}
"""Which end of words is where they are said to be: in SVG, and in Pillow."""
_PAPER = "#ffffff"


class Canvas(Protocol):
    """Something to draw on; places and sizes in pixels from the upper left corner."""

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        """A filled rectangle."""
        ...

    def line(self, places: Sequence[Place], colour: str, width: int = 1) -> None:
        """A line through all places."""
        ...

    def dot(self, place: Place, radius: float, colour: str) -> None:
        """A filled circle, with a white edge."""
        ...

    def words(
        self, place: Place, text: str, colour: str, *, size: int = 14, anchor: str = "left",
        upright: bool = False,
    ) -> None:  # fmt: skip
        """Words, `place` in the middle of their height; upright ones, of its middle, go upwards."""
        ...

    def data(self) -> bytes:
        """The file."""
        ...


def canvas(width: int, height: int, form: str) -> Canvas:
    """A white one; `form` is "png" or "svg"."""
    return _Svg(width, height) if form == "svg" else _Png(width, height)


class _Png:
    """`Canvas`, drawn with Pillow."""

    def __init__(self, width: int, height: int) -> None:
        self._image = Image.new("RGB", (width, height), _PAPER)
        self._draw = ImageDraw.Draw(self._image)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        self._draw.rectangle((left, top, right, bottom), colour)

    def line(self, places: Sequence[Place], colour: str, width: int = 1) -> None:
        self._draw.line(list(places), colour, width)

    def dot(self, place: Place, radius: float, colour: str) -> None:
        x, y = place
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), colour, _PAPER)

    def words(
        self, place: Place, text: str, colour: str, *, size: int = 14, anchor: str = "left",
        upright: bool = False,
    ) -> None:  # fmt: skip
        letters = font(text, size)
        if not upright:
            self._draw.text(place, text, colour, letters, anchor=f"{_ANCHORS[anchor][1]}m")
            return
        width, height = int(self._draw.textlength(text, letters)) + 2, size + 4
        label = Image.new("RGB", (width, height), _PAPER)
        drawn = ImageDraw.Draw(label)
        drawn.text((width // 2, height // 2), text, colour, letters, anchor="mm")
        corner = int(place[0]) - height // 2, int(place[1]) - width // 2
        self._image.paste(label.rotate(90, expand=True), corner)

    def data(self) -> bytes:
        return encoded(self._image)


class _Svg:
    """`Canvas`, as an ``<svg>`` element, which is a file too."""

    def __init__(self, width: int, height: int) -> None:
        self._parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="sans-serif">',
            f'<rect width="{width}" height="{height}" fill="{_PAPER}"/>',
        ]

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        sides = f'width="{right - left:.1f}" height="{bottom - top:.1f}"'
        self._parts.append(f'<rect x="{left:.1f}" y="{top:.1f}" {sides} fill="{colour}"/>')

    def line(self, places: Sequence[Place], colour: str, width: int = 1) -> None:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        look = f'fill="none" stroke="{colour}" stroke-width="{width}"'
        self._parts.append(f'<polyline points="{points}" {look}/>')

    def dot(self, place: Place, radius: float, colour: str) -> None:
        look = f'fill="{colour}" stroke="{_PAPER}"'
        self._parts.append(f'<circle cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="{radius}" {look}/>')

    def words(
        self, place: Place, text: str, colour: str, *, size: int = 14, anchor: str = "left",
        upright: bool = False,
    ) -> None:  # fmt: skip
        x, y = place
        turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if upright else ""
        end = "middle" if upright else _ANCHORS[anchor][0]
        look = f'font-size="{size}" text-anchor="{end}" dy="0.35em"'
        start = f'<text x="{x:.1f}" y="{y:.1f}" {look} fill="{colour}"{turn}>'
        self._parts.append(f"{start}{html.escape(text)}</text>")

    def data(self) -> bytes:
        return ("".join(self._parts) + "</svg>").encode("utf-8", "xmlcharrefreplace")


def shortened(text: str, size: int, width: int) -> str:
    """The words, their end cut off where they would be wider than `width`."""
    draw = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    return fitted(draw, font(text, size), text, width)


def width_of(text: str, size: int) -> float:
    """How wide words are, in Pillow's letters."""
    draw = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    return draw.textlength(text, font(text, size))
