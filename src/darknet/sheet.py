"""Contact sheets: many small pictures in a grid, with what they are, beside a photograph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .errors import printable
from .picture import font

__all__ = [
    "GAP",
    "GRID",
    "TALLEST",
    "Block",
    "Tile",
    "along",
    "coloured",
    "composed",
    "filter_picture",
    "map_picture",
]

GRID = 1240
"""Pixels that a grid is wide."""
GAP = 10
"""Pixels between two tiles."""
TALLEST = 4
"""A tile is at most this many times as high as wide, lest a column of pixels fill the memory."""
SMOOTH_FROM = 5
"""Filters of this size and more are enlarged smoothly; smaller ones show squares."""
_MARGIN, _CAPTION = 28, 17
_INK, _QUIET, _PAPER, _DEAD, _EMPTY = "#1f2933", "#66727f", "#ffffff", "#b3400f", "#e4e4e4"
_LINE = 255  # grey
_MAGMA = (
    "000004 0a0822 1d1147 36106b 51127c 6a1c81 832681 9c2e7f b73779 cf4070 e55064 f4695c fb8761 "
    "fea571 fec287 fde0a1 fcfdbf"
)
"""17 of the 256 colours of magma (Smith and van der Walt, CC0): equal steps look equal."""

_ANCHORS = np.array([list(bytes.fromhex(colour)) for colour in _MAGMA.split()], np.float64)
Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture with the line below it."""

    picture: Image.Image
    caption: str
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A grid of tiles, all of one size, with what it shows."""

    title: str
    about: str
    tiles: Sequence[Tile]
    columns: int

    @property
    def rows(self) -> int:
        """Rows of the grid."""
        return ceil(len(self.tiles) / self.columns)


def coloured(values: NDArray[np.float32]) -> Picture:
    """Values (height, width) as colours, the least dark and the largest light.

    The outermost half per cent at both ends is cut off: one bright corner would darken the rest.
    """
    low, high = np.percentile(values, (0.5, 99.5))
    if high <= low:
        low, high = float(values.min()), float(values.max())
    share = np.clip((values - low) / max(high - low, 1e-30), 0, 1)
    steps = np.linspace(0, 1, len(_ANCHORS))
    rgb = [np.interp(share, steps, _ANCHORS[:, channel]) for channel in range(3)]
    return np.stack(rgb, -1).round().astype(np.uint8)


def map_picture(values: NDArray[np.float32], width: int, height: int) -> Image.Image:
    """A feature map (height, width) in colours: pixels stay visible where there are few."""
    picture = Image.fromarray(coloured(values))
    smaller = picture.width > width or picture.height > height
    how = Image.Resampling.LANCZOS if smaller else Image.Resampling.NEAREST
    return picture.resize((width, height), how)


def filter_picture(values: NDArray[np.float32], side: int) -> Image.Image:
    """A filter (channels, height, width), `side` pixels wide: 0 is grey, and the rest beside it.

    Three channels are red, green and blue; others stand side by side in a square, each as greys.
    """
    largest = float(np.abs(values).max()) or 1.0
    pixels = np.clip(127.5 + 127.5 * values / largest, 0, 255).round().astype(np.uint8)
    if len(pixels) != 3:
        return _mosaic(pixels, side)
    picture = Image.fromarray(pixels.transpose(1, 2, 0))
    few = pixels.shape[1] < SMOOTH_FROM
    how = Image.Resampling.NEAREST if few else Image.Resampling.BICUBIC
    return picture.resize((side, along(side, picture.width, picture.height)), how)


def _mosaic(channels: Picture, side: int) -> Image.Image:
    """Channels (n, height, width) in rows and columns, thin lines between them."""
    count, height, width = channels.shape
    square = ceil(count**0.5)
    columns = next((n for n in range(square, 2 * square + 1) if count % n == 0), square)
    rows = ceil(count / columns)
    line = 1 if width > 1 else 0
    room = (side - line * (columns - 1)) // (columns * width)
    times = max(1, min(room, TALLEST * side // (rows * height)))
    channels = channels.repeat(times, 1).repeat(times, 2)
    down, across = height * times + line, width * times + line
    canvas = np.full((rows * down - line, columns * across - line), _LINE, np.uint8)
    for number, channel in enumerate(channels):
        top, left = down * (number // columns), across * (number % columns)
        canvas[top : top + height * times, left : left + width * times] = channel
    picture = Image.fromarray(canvas)
    tall = along(side, picture.width, picture.height)
    shrinks = picture.width > side or picture.height > tall
    how = Image.Resampling.BOX if shrinks else Image.Resampling.NEAREST
    return picture.resize((side, tall), how).convert("RGB")


def along(across: int, width: int, height: int) -> int:
    """The height of a tile `across` pixels wide that shows `width` x `height`: 1 to TALLEST * it.

    What is longer is squeezed.
    """
    return max(1, min(round(across * height / width), TALLEST * across))


def composed(
    title: str, about: str, blocks: Sequence[Block], left: Image.Image | None, *, scale: bool
) -> Image.Image:
    """The whole sheet: blocks below each other, on the right of a picture if there is one.

    `scale` adds the strip of colours that says what dark and light mean.
    """
    start = _MARGIN if left is None else left.width + 2 * _MARGIN
    head = 84
    heights = [_height(block) for block in blocks]
    bottom = max(head + sum(heights), head + (left.height if left else 0))
    canvas = Image.new("RGB", (start + GRID + _MARGIN, bottom + _MARGIN), _PAPER)
    draw = ImageDraw.Draw(canvas)
    _write(draw, (_MARGIN, 18), title, 26, _INK)
    _write(draw, (_MARGIN, 52), about, 16, _QUIET)
    if scale:
        _strip(canvas, draw, start + GRID)
    if left is not None:
        canvas.paste(left, (_MARGIN, head))
    top = head
    for block, height in zip(blocks, heights, strict=True):
        _paste(canvas, draw, block, start, top)
        top += height
    return canvas


def _strip(canvas: Image.Image, draw: ImageDraw.ImageDraw, right: int) -> None:
    """The colours from the least value to the largest."""
    ramp = np.tile(np.linspace(0, 1, 180, dtype=np.float32), (12, 1))
    words = "largest of its map"
    width = round(draw.textlength(words, font(words, 14)))
    _write(draw, (right - width, 52), words, 14, _QUIET)
    canvas.paste(Image.fromarray(coloured(ramp)), (right - width - 190, 54))
    _write(draw, (right - width - 198, 52), "least", 14, _QUIET, anchor="ra")


_HEAD = 52  # of a block


def _tile_height(block: Block) -> int:
    return block.tiles[0].picture.height + _CAPTION + GAP if block.tiles else 0


def _height(block: Block) -> int:
    return _HEAD + block.rows * _tile_height(block) + 14


def _paste(
    canvas: Image.Image, draw: ImageDraw.ImageDraw, block: Block, left: int, top: int
) -> None:
    _write(draw, (left, top), block.title, 19, _INK)
    _write(draw, (left, top + 25), block.about, 14, _QUIET)
    for number, tile in enumerate(block.tiles):
        width, height = tile.picture.size
        x = left + (number % block.columns) * (width + GAP)
        y = top + _HEAD + (number // block.columns) * _tile_height(block)
        canvas.paste(tile.picture, (x, y))
        if tile.dead:
            draw.rectangle((x, y, x + width - 1, y + height - 1), _EMPTY)
            draw.line((x, y, x + width - 1, y + height - 1), _DEAD, 1)
            draw.line((x, y + height - 1, x + width - 1, y), _DEAD, 1)
        caption = f"{tile.caption} dead" if tile.dead else tile.caption
        _write(draw, (x, y + height + 1), caption, 12, _DEAD if tile.dead else _QUIET, width=width)


def _write(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    words: str,
    size: int,
    colour: str,
    *,
    anchor: str = "la",
    width: int = 0,
) -> None:
    """One line of text, cut off where it is wider than `width` (if that is not 0)."""
    words = printable(words, 300)
    letters = font(words, size)
    while width and words and draw.textlength(words, letters) > width:
        words = words[:-1]
    draw.text(place, words, colour, letters, anchor=anchor)
