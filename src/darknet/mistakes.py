"""A sheet of mistakes: photographs in a grid, each with the answer, its class, and their bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from .image import Pixels
from .picture import Font, encoded, fitted, font

__all__ = ["MAX_TILES", "Tile", "sheet", "thumbnail"]

SIDE = 208  # pixels of a photograph's place
GAP = 18
ROW = 40  # pixels of a class, with its bar
HEAD = 64
COLUMNS = 5
MAX_TILES = 500
_PAPER, _MAT, _INK, _FAINT, _TRACK = "#ffffff", "#eef1f4", "#222222", "#6b7280", "#e8ecf1"
_TRUE, _FALSE = "#2f855a", "#c0392b"


@dataclass(frozen=True, slots=True)
class Tile:
    """One mistake: a `thumbnail`, the answer and the class, and how probable each was, 0..1."""

    picture: Image.Image
    truth: str
    truth_probability: float
    answer: str
    probability: float


def thumbnail(pixels: Pixels | None) -> Image.Image:
    """The whole photograph, uint8 (height, width, 3 or 1), in a square; empty for None."""
    square = Image.new("RGB", (SIDE, SIDE), _MAT)
    if pixels is None:
        return square
    photograph = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    small = ImageOps.contain(photograph.convert("RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS)
    square.paste(small, ((SIDE - small.width) // 2, (SIDE - small.height) // 2))
    return square


def sheet(tiles: Sequence[Tile], title: str, note: str) -> bytes:
    """A PNG: the title, the note, and the tiles, five in a row; at most 500 of them."""
    tiles = tiles[:MAX_TILES]
    columns = min(COLUMNS, max(3, len(tiles)))
    width = GAP + columns * (SIDE + GAP)
    rows = -(-len(tiles) // columns)
    step = SIDE + 2 * ROW + GAP
    canvas = Image.new("RGB", (width, HEAD + rows * step), _PAPER)
    draw = ImageDraw.Draw(canvas)
    text = "".join([title, note, *(tile.truth + tile.answer for tile in tiles)])
    heading, letters = font(text, 20), font(text, 15)
    draw.text((GAP, 12), fitted(draw, heading, title, width - 2 * GAP), _INK, heading)
    draw.text((GAP, 38), fitted(draw, letters, note, width - 2 * GAP), _FAINT, letters)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        left, top = GAP + column * (SIDE + GAP), HEAD + row * step
        canvas.paste(tile.picture, (left, top))
        top += SIDE + 6
        _bar(draw, letters, (left, top), tile.answer, tile.probability, _FALSE)
        _bar(draw, letters, (left, top + ROW), tile.truth, tile.truth_probability, _TRUE)
    return encoded(canvas)


def _bar(
    draw: ImageDraw.ImageDraw,
    letters: Font,
    place: tuple[int, int],
    name: str,
    probability: float,
    colour: str,
) -> None:
    """A class with its probability, above a bar of that length; true ones are green."""
    left, top = place
    share = f"{100 * probability:.1f} %"
    room = SIDE - int(draw.textlength(share, letters)) - 10
    draw.text((left, top), fitted(draw, letters, name, room), colour, letters)
    draw.text((left + SIDE, top), share, _INK, letters, anchor="ra")
    draw.rectangle((left, top + 22, left + SIDE, top + 28), _TRACK)
    length = max(0.0, min(1.0, probability)) * SIDE
    if length >= 1:
        draw.rectangle((left, top + 22, left + length, top + 28), colour)
