"""A photograph with its answer drawn below it: the classes and their bars."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from .errors import printable
from .image import Pixels

__all__ = ["Font", "drawn", "encoded", "fitted", "font", "with_bars"]

Font = ImageFont.ImageFont | ImageFont.FreeTypeFont

WIDTH = 640  # pixels of the picture, whatever the photograph's
MAX_HEIGHT = 960  # of the photograph in it
MAX_NAME = 100  # characters of a class name that are looked at
_SYSTEM_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf", "arial.ttf")
_INK, _PAPER, _BAR, _TRACK = "#222222", "#ffffff", "#4878a8", "#e8ecf1"


def with_bars(pixels: Pixels, answers: Sequence[tuple[str, float]]) -> bytes:
    """`drawn` as a PNG."""
    return encoded(drawn(pixels, answers))


def encoded(picture: Image.Image) -> bytes:
    """A picture as a PNG."""
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def drawn(pixels: Pixels, answers: Sequence[tuple[str, float]]) -> Image.Image:
    """640 pixels wide: the photograph, and a row with a bar for each (name, probability).

    `pixels` is uint8 (height, width, 3 or 1).
    """
    photograph = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    photograph = photograph.convert("RGB")
    scale = min(WIDTH / photograph.width, MAX_HEIGHT / photograph.height)
    size = (max(1, round(photograph.width * scale)), max(1, round(photograph.height * scale)))
    photograph = photograph.resize(size, Image.Resampling.LANCZOS)
    row, margin = 34, 16
    height = size[1] + (2 * margin + row * len(answers) if answers else 0)
    canvas = Image.new("RGB", (WIDTH, height), _PAPER)
    canvas.paste(photograph, ((WIDTH - size[0]) // 2, 0))
    draw = ImageDraw.Draw(canvas)
    letters = font("".join(name for name, _ in answers), 20)
    for number, (name, probability) in enumerate(answers):
        top = size[1] + margin + number * row
        _row(draw, letters, top, name, probability, row, margin)
    return canvas


def font(text: str, size: int) -> Font:
    """Pillow's own font, which has ASCII alone; for other text one of the system's, if any."""
    if not text.isascii():
        for name in _SYSTEM_FONTS:
            with contextlib.suppress(OSError):
                return ImageFont.truetype(name, round(0.9 * size))
    return ImageFont.load_default(size)


def _row(
    draw: ImageDraw.ImageDraw,
    font: Font,
    top: int,
    name: str,
    probability: float,
    row: int,
    margin: int,
) -> None:
    left, right = 290, WIDTH - 86
    draw.text((margin, top + 4), fitted(draw, font, name, left - 2 * margin), _INK, font)
    draw.rounded_rectangle((left, top + 6, right, top + row - 8), 4, _TRACK)
    share = max(0.0, min(1.0, probability))
    if share * (right - left) >= 1:
        end = left + share * (right - left)
        draw.rounded_rectangle((left, top + 6, end, top + row - 8), 4, _BAR)
    draw.text((WIDTH - margin, top + 4), f"{100 * probability:.1f} %", _INK, font, anchor="ra")


def fitted(
    draw: ImageDraw.ImageDraw,
    font: Font,
    name: str,
    width: int,
) -> str:
    """The name, its end cut off where it is wider than `width` pixels."""
    name = printable(name, MAX_NAME)
    if draw.textlength(name, font) <= width:
        return name
    while name and draw.textlength(name + "...", font) > width:
        name = name[:-1]
    return name + "..."
