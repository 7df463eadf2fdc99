"""Which classes are taken for which: a confusion matrix as a picture.

A row is a class, a column an answer, a cell's colour the share of the row's photographs: blue
where they are right, red where they are wrong. Few classes have names and numbers; of many the
matrix is a texture, in an order that puts classes side by side that are taken for each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from .errors import printable
from .picture import Font, encoded, fitted, font

__all__ = ["MAX_CLASSES", "PAIRS", "clustered", "confusion_matrix"]

Counts = NDArray[np.int64]
IN_GIVEN_ORDER = 30  # classes up to which the order is the given one
NAMED = 120  # classes up to which there are names
NUMBERED = 34  # pixels of a cell from which there are numbers in it
MAX_CLASSES = 4000  # drawn: a gigabyte is needed for that
MAX_CLUSTERED = 3000  # beyond, ordering takes minutes
MAX_SIDE = 2000  # pixels of the matrix
PAIRS = 10  # listed below a matrix without names
_MARGIN, _HEAD, _LINE = 18, 92, 20
_PAPER, _INK, _FAINT, _EMPTY = "#ffffff", "#222222", "#6b7280", "#eef1f4"
_LOW, _RIGHT, _WRONG = (247, 248, 250), (33, 92, 152), (178, 34, 24)


def confusion_matrix(
    names: Sequence[str], counts: Counts, title: str, pairs: Sequence[str] = ()
) -> bytes:
    """A PNG. counts: (classes, classes), photographs by class and answer; at most MAX_CLASSES.

    pairs: lines that say what is confused most often, for a matrix that has no room for names.
    """
    count = len(names)
    order = np.arange(count)
    if IN_GIVEN_ORDER < count <= MAX_CLUSTERED:
        order = clustered(counts)
    names, counts = [names[int(index)] for index in order], counts[np.ix_(order, order)]
    cell = _cell(count)
    named = count <= NAMED
    letters = font("".join(names) if named else "", min(16, max(9, cell - 1)))
    left, top = _names_room(names, letters) if named else (_MARGIN, _HEAD + 4)
    colours = _coloured(counts)
    side = max(1, cell * count)
    if side > MAX_SIDE:
        colours, side = _shrunk(colours, MAX_SIDE), MAX_SIDE
    right = 84 if named and cell >= NUMBERED else _MARGIN
    listed = pairs[:PAIRS] if not named else ()
    below = _MARGIN + (_LINE * (len(listed) + 1) if listed else 0)
    width = max(left + side + right, 560)
    canvas = Image.new("RGB", (width, top + side + below), _PAPER)
    texture = Image.fromarray(colours).resize((side, side), Image.Resampling.NEAREST)
    canvas.paste(texture, (left, top))
    draw = ImageDraw.Draw(canvas)
    _heading(draw, title, width, clusters=IN_GIVEN_ORDER < count <= MAX_CLUSTERED, classes=count)
    if named:
        _names(canvas, draw, names, letters, (left, top), cell)
    if named and cell >= NUMBERED:
        _grid(draw, (left, top), cell, count)
        _numbers(draw, counts, (left, top), cell)
    if listed:
        _list(draw, listed, (left, top + side + _MARGIN // 2), width)
    return encoded(canvas)


def _cell(count: int) -> int:
    """Pixels of a cell."""
    if count <= NAMED:
        return max(11, min(64, 760 // max(1, count)))
    return max(1, MAX_SIDE // count)


# ---- order


def clustered(counts: Counts) -> NDArray[np.int64]:
    """An order of the classes in which those that are taken for each other are neighbours.

    The two groups that are confused most, on average over their pairs, become one, again and again;
    of the ways to put one behind the other the one counts that has the nearest classes together.
    """
    count = len(counts)
    near = (counts + counts.T).astype(np.float64)
    np.fill_diagonal(near, 0.0)
    mean, sizes = near.copy(), np.ones(count)
    np.fill_diagonal(mean, -1.0)
    groups: list[list[int]] = [[index] for index in range(count)]
    while count:
        one, two = sorted(divmod(int(mean.argmax()), count))
        if mean[one, two] <= 0:
            break
        groups[one] = _side_by_side(groups[one], groups[two], near)
        groups[two] = []
        share = sizes[one] / (sizes[one] + sizes[two])
        mean[one] = mean[:, one] = share * mean[one] + (1 - share) * mean[two]
        mean[two] = mean[:, two] = mean[one, one] = -1.0
        sizes[one] += sizes[two]
    groups.sort(key=lambda group: -len(group))  # those that are never confused come last
    return np.array([index for group in groups for index in group], np.int64)


def _side_by_side(one: list[int], two: list[int], near: NDArray[np.float64]) -> list[int]:
    ways = [(a, b) for a in (one, one[::-1]) for b in (two, two[::-1])]
    first, second = max(ways, key=lambda way: near[way[0][-1], way[1][0]])
    return first + second


# ---- colours


def _coloured(counts: Counts) -> NDArray[np.uint8]:
    """(classes, classes, 3): every cell's colour. Small shares of mistakes are made visible."""
    totals = counts.sum(1, keepdims=True)
    shares = np.divide(
        counts, totals, out=np.zeros(counts.shape, np.float32), where=totals > 0, casting="unsafe"
    )
    right = np.eye(len(counts), dtype=bool)
    strength = np.where(right, 0.15 + 0.85 * shares, shares**0.4)
    strength[shares == 0] = 0
    low, right_end, wrong_end = np.array((_LOW, _RIGHT, _WRONG), np.float32)
    ends = np.where(right[..., None], right_end, wrong_end)
    colours: NDArray[np.float32] = low + strength[..., None] * (ends - low)
    colours[np.broadcast_to(totals == 0, counts.shape)] = (228, 231, 235)  # no photographs
    return colours.round().astype(np.uint8)


def _shrunk(colours: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The darkest of the cells that share a pixel."""
    edges = np.linspace(0, len(colours), side + 1).astype(int)[:-1]
    rows: NDArray[np.uint8] = np.minimum.reduceat(colours, edges, axis=0)
    both: NDArray[np.uint8] = np.minimum.reduceat(rows, edges, axis=1)
    return both


# ---- words


def _heading(
    draw: ImageDraw.ImageDraw, title: str, width: int, *, clusters: bool, classes: int
) -> None:
    room = width - 2 * _MARGIN
    heading, letters = font(title, 20), font("", 14)
    draw.text((_MARGIN, 12), fitted(draw, heading, title, room), _INK, heading)
    said = "A row is a class, a column an answer"
    if clusters:
        said += f"; of {classes:,} classes, those that are confused stand together"
    draw.text((_MARGIN, 42), fitted(draw, letters, f"{said}.", room), _FAINT, letters)
    left = _MARGIN
    for words, end in (("right", _RIGHT), ("wrong", _WRONG)):
        draw.text((left, 66), words, _FAINT, letters)
        left += int(draw.textlength(words, letters)) + 6
        for step in range(60):
            share = (step / 59) if end == _RIGHT else (step / 59) ** 0.4
            colour = tuple(round(a + share * (b - a)) for a, b in zip(_LOW, end, strict=True))
            draw.line((left + step, 69, left + step, 79), colour)
        left += 64
        draw.text((left, 66), "100 %", _FAINT, letters)
        left += int(draw.textlength("100 %", letters)) + 20


def _names_room(names: Sequence[str], letters: Font) -> tuple[int, int]:
    """Pixels left of the matrix and above it."""
    draw = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    widest = max((draw.textlength(printable(name, 40), letters) for name in names), default=0.0)
    room = min(220, int(widest) + 4)
    return _MARGIN + room + 8, _HEAD + room + 22


def _names(
    canvas: Image.Image,
    draw: ImageDraw.ImageDraw,
    names: Sequence[str],
    letters: Font,
    corner: tuple[int, int],
    cell: int,
) -> None:
    """Classes beside the rows, and standing above the columns."""
    left, top = corner
    room = left - _MARGIN - 8
    for number, name in enumerate(names):
        shown = fitted(draw, letters, name, room + 4)
        middle = number * cell + cell // 2
        draw.text((left - 6, top + middle), shown, _INK, letters, anchor="rm")
        wide = int(draw.textlength(shown, letters)) + 4
        label = Image.new("RGB", (wide, cell), _PAPER)
        ImageDraw.Draw(label).text((2, cell // 2), shown, _INK, letters, anchor="lm")
        canvas.paste(label.rotate(90, expand=True), (left + number * cell, top - 4 - wide))


def _grid(draw: ImageDraw.ImageDraw, corner: tuple[int, int], cell: int, count: int) -> None:
    left, top = corner
    for number in range(count + 1):
        at = number * cell
        draw.line((left, top + at, left + cell * count, top + at), _PAPER)
        draw.line((left + at, top, left + at, top + cell * count), _PAPER)


def _numbers(draw: ImageDraw.ImageDraw, counts: Counts, corner: tuple[int, int], cell: int) -> None:
    """Photographs in every cell that has any, and beside the row the share that is right."""
    left, top = corner
    letters, strong = font("0", max(11, min(17, cell // 3))), font("0", 15)
    totals = counts.sum(1)
    for row, total in enumerate(totals):
        for column in np.flatnonzero(counts[row]).tolist():
            share = counts[row, column] / total
            dark = share > 0.4 if row == column else share > 0.3
            place = (left + column * cell + cell // 2, top + row * cell + cell // 2)
            said = f"{counts[row, column]:,}"
            if draw.textlength(said, letters) <= cell - 2:
                draw.text(place, said, _PAPER if dark else _INK, letters, anchor="mm")
        said = f"{100 * counts[row, row] / total:.1f} %" if total else "none"
        place = (left + cell * len(counts) + 10, top + row * cell + cell // 2)
        draw.text(place, said, _INK, strong, anchor="lm")


def _list(
    draw: ImageDraw.ImageDraw, lines: Sequence[str], corner: tuple[int, int], width: int
) -> None:
    left, top = corner
    room = width - 2 * _MARGIN
    strong = font("".join(lines), 15)
    draw.text((left, top), "Most often taken for another:", _INK, strong)
    for number, line in enumerate(lines, 1):
        place = (left, top + number * _LINE)
        draw.text(place, fitted(draw, strong, line, room), _FAINT, strong)
