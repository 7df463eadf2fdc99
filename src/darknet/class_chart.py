"""How many photographs every class has, as bars: a row a class, a colour a part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw

from .picture import encoded, fitted, font

__all__ = ["MAX_CLASSES", "balance"]

WIDTH = 900  # pixels
LEFT, RIGHT, HEAD, ROW, MARGIN = 210, 80, 74, 22, 16
MAX_CLASSES = 1000  # drawn; of more, the ones with the fewest photographs
_COLOURS = ("#4878a8", "#d9822b")  # they differ in lightness too, for eyes without colour
_PAPER, _INK, _FAINT, _TRACK = "#ffffff", "#222222", "#6b7280", "#e8ecf1"


def balance(title: str, names: Sequence[str], counts: Mapping[str, Sequence[int]]) -> bytes:
    """A PNG. counts: by part, the photographs of each class; every part has its own scale."""
    parts = list(counts)
    order = list(range(len(names)))
    if len(order) > MAX_CLASSES:
        order = sorted(order, key=lambda index: (counts[parts[0]][index], index))[:MAX_CLASSES]
    bar = (ROW - 6) // len(parts)
    canvas = Image.new("RGB", (WIDTH, HEAD + ROW * len(order) + MARGIN), _PAPER)
    draw = ImageDraw.Draw(canvas)
    text = title + "".join(names[index] for index in order)
    heading, letters, small = font(text, 20), font(text, 14), font("0", 11)
    draw.text((MARGIN, 12), fitted(draw, heading, title, WIDTH - 2 * MARGIN), _INK, heading)
    left = MARGIN
    for part, colour in zip(parts, _COLOURS, strict=False):
        draw.rectangle((left, 46, left + 12, 58), colour)
        words = f"{part}: {sum(counts[part]):,} photographs"
        draw.text((left + 18, 44), words, _FAINT, letters)
        left += 40 + int(draw.textlength(words, letters))
    for row, index in enumerate(order):
        top = HEAD + row * ROW
        name = fitted(draw, letters, names[index], LEFT - MARGIN - 8)
        draw.text((LEFT - 8, top + 2), name, _INK, letters, anchor="ra")
        for number, part in enumerate(parts):
            most = max(1, *counts[part])
            place = top + 3 + number * bar
            length = (WIDTH - LEFT - RIGHT) * counts[part][index] / most
            draw.rectangle((LEFT, place, WIDTH - RIGHT, place + bar - 2), _TRACK)
            if length >= 1:
                draw.rectangle((LEFT, place, LEFT + length, place + bar - 2), _COLOURS[number])
        found = " / ".join(f"{counts[part][index]:,}" for part in parts)
        draw.text((WIDTH - RIGHT + 6, top + 4), found, _FAINT, small)
    return encoded(canvas)
