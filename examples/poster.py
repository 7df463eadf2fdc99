"""The picture that the demo draws: photographs, what a network sees of them, and its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from darknet.image import Pixels
from darknet.picture import encoded, fitted, font

__all__ = ["Answers", "Row", "drawn"]

WIDTH, HEAD, ROW, MARGIN = 1200, 104, 322, 32  # pixels, as all sizes here
PHOTOGRAPH, SEEN = (336, 224), 224  # seven for each of 32
INK, PALE, PAPER, HEADER = "#1d2733", "#6b7785", "#ffffff", "#16283c"
TRACK, FIRST, OTHER = "#e8ecf1", "#2f7fc1", "#a9c6e0"


@dataclass(frozen=True)
class Answers:
    """What one network says: its heading, and (class, probability), the most probable first."""

    heading: str
    top: Sequence[tuple[str, float]]


@dataclass(frozen=True)
class Row:
    """A photograph with words above and below it, what a network gets of it, and the answers.

    `photograph` and `seen` are uint8 (height, width, 3); `by` is the network that sees it so.
    """

    photograph: Pixels
    caption: str
    credit: str
    seen: Pixels
    by: str
    answers: Sequence[Answers]


def drawn(rows: Sequence[Row], about: str) -> bytes:
    """All rows below each other, as a PNG; `about` is the line below the title."""
    picture = Image.new("RGB", (WIDTH, HEAD + ROW * len(rows)), PAPER)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, WIDTH, HEAD - 1), HEADER)
    draw.text((MARGIN, 18), "What is in this photograph?", PAPER, font("", 32))
    draw.text((MARGIN, 64), about, OTHER, font("", 18))
    for number, row in enumerate(rows):
        top = HEAD + number * ROW
        if number:
            draw.line((MARGIN, top, WIDTH - MARGIN, top), TRACK, 2)
        _row(picture, draw, top, row)
    return encoded(picture)


def _row(picture: Image.Image, draw: ImageDraw.ImageDraw, top: int, row: Row) -> None:
    small, words = font("", 16), top + 20
    left, below = MARGIN, top + 48
    draw.text((left, words), fitted(draw, small, row.caption, PHOTOGRAPH[0]), PALE, small)
    picture.paste(_framed(row.photograph), (left, below))
    credit, tiny = below + PHOTOGRAPH[1] + 8, font("", 13)
    draw.text((left, credit), fitted(draw, tiny, row.credit, PHOTOGRAPH[0]), PALE, tiny)
    left += PHOTOGRAPH[0] + MARGIN
    height, width = row.seen.shape[:2]
    draw.text((left, words), f"{row.by} sees {width} x {height}", PALE, small)
    seen = Image.fromarray(row.seen).resize((SEEN, SEEN), Image.Resampling.NEAREST)
    picture.paste(seen, (left, below))
    left += SEEN + MARGIN
    room = WIDTH - left - MARGIN * len(row.answers)
    for answers in row.answers:
        width = room // len(row.answers)
        draw.text((left, words), fitted(draw, small, answers.heading, width), PALE, small)
        _bars(draw, answers.top, left, below, width)
        left += width + MARGIN


def _framed(pixels: Pixels) -> Image.Image:
    """The photograph, all of it, in the middle of its place."""
    place = Image.new("RGB", PHOTOGRAPH, PAPER)
    whole = ImageOps.contain(Image.fromarray(pixels), PHOTOGRAPH, Image.Resampling.LANCZOS)
    place.paste(whole, ((place.width - whole.width) // 2, (place.height - whole.height) // 2))
    return place


def _bars(
    draw: ImageDraw.ImageDraw, top: Sequence[tuple[str, float]], left: int, above: int, width: int
) -> None:
    """A name, its share and a bar below them, for each class; the first one stands out."""
    step = PHOTOGRAPH[1] // max(1, len(top))
    for number, (name, probability) in enumerate(top):
        high = above + number * step
        letters = font(name, 19 if number == 0 else 17)
        share = f"{100 * probability:.1f} %"
        ink = INK if number == 0 else PALE
        draw.text((left, high), fitted(draw, letters, name, width - 90), ink, letters)
        draw.text((left + width, high), share, ink, letters, anchor="ra")
        bar = (left, high + 26, left + width, high + 34)
        draw.rounded_rectangle(bar, 4, TRACK)
        end = left + width * min(1.0, max(0.0, probability))
        if end - left >= 8:
            draw.rounded_rectangle((left, bar[1], end, bar[3]), 4, FIRST if number == 0 else OTHER)
