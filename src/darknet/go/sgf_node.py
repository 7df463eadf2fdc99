"""What the properties of one SGF node say: moves, setup stones, whose turn, the board's size.

A node's properties are as sgfmill has them: the values of each, as bytes, by its name. Nothing here
knows the file that they come from: the InputErrors say what is wrong, and whoever reads the record
adds where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import InputError, printable
from .coordinates import MAX_SIZE, MIN_SIZE, PASS, from_sgf, to_gtp, to_sgf
from .moves import BLACK, EMPTY, WHITE, Edit, Entry, Move

__all__ = [
    "Properties",
    "move_in",
    "set_entry",
    "setup_in",
    "sgfmill",
    "shown",
    "size_in",
    "turn_in",
]

Properties = Mapping[str, Sequence[bytes]]
"""The values of each property of a node."""

_SIZE = re.compile(rb"\s*([0-9]{1,4})(?:\s*:\s*([0-9]{1,4}))?\s*")
_COLOURS = {"B": BLACK, "W": WHITE}
_SETUP = {"AB": BLACK, "AW": WHITE, "AE": EMPTY}
_LETTERS = {colour: name for name, colour in _COLOURS.items()}
_SETUP_LETTERS = {colour: name for name, colour in _SETUP.items()}


def size_in(properties: Properties) -> int:
    """The lines of the board, of a root of a game of Go; InputError where it is another game's."""
    game = properties.get("GM", [b"1"])[0].strip()
    if game not in (b"1", b""):
        raise InputError(f"GM[{shown(game)}]: expected 1, which is Go")
    raw = properties.get("SZ", [b"19"])[0]
    sides = _SIZE.fullmatch(raw)
    if sides and sides[2] is not None and int(sides[1]) != int(sides[2]):
        raise InputError(
            f"SZ[{shown(raw)}]: rectangular boards are not played here: expected a square of"
            f" {MIN_SIZE} to {MAX_SIZE} lines"
        )
    if not sides or not MIN_SIZE <= int(sides[1]) <= MAX_SIZE:
        raise InputError(f"SZ[{shown(raw)}]: expected {MIN_SIZE} to {MAX_SIZE} lines")
    return int(sides[1])


def move_in(properties: Properties, size: int) -> Move | None:
    """The move of a node; None where it has none. InputError for one that is none, or for two."""
    names = [name for name in _COLOURS if name in properties]
    if not names:
        return None
    name = names[0]
    if len(names) > 1 or len(properties[name]) > 1:
        raise InputError("more than one move in a node")
    return Move(_COLOURS[name], _point(name, properties[name][0], size))


def setup_in(properties: Properties, size: int) -> dict[int, int]:
    """The colour of each point that a node sets or clears; InputError for what is no point."""
    setup: dict[int, int] = {}
    for name, colour in _SETUP.items():
        values = properties.get(name, ())
        if len(values) > size**2:
            raise InputError(f"{name} has {len(values):,} values, more than points")
        for value in values:
            for point in _rectangle(name, value, size):
                if setup.setdefault(point, colour) != colour:
                    raise InputError(f"{to_gtp(point, size)} is set twice in a node")
    return setup


def turn_in(properties: Properties) -> int | None:
    """Who is to move, by PL; None where it is not there. InputError for what is no colour."""
    raw = properties.get("PL")
    if raw is None:
        return None
    colour = _COLOURS.get(raw[0].strip()[:1].decode("latin-1").upper())
    if colour is None:
        raise InputError(f"PL[{shown(raw[0])}]: expected B or W")
    return colour


def set_entry(node: Any, entry: Entry | Edit, size: int) -> None:
    """Write a move, or an edit as setup stones and the turn, into a node of sgfmill's."""
    if isinstance(entry, Entry):
        node.set_raw(_LETTERS[entry.move.colour], to_sgf(entry.move.point, size).encode())
        return
    for colour, name in _SETUP_LETTERS.items():
        points = [to_sgf(point, size) for point, before, now in entry.changes
                  if now == colour and before != now]  # fmt: skip
        if points:
            node.set_raw_list(name, [point.encode() for point in sorted(points)])
    node.set_raw("PL", _LETTERS[entry.new_to_move].encode())


def _rectangle(name: str, value: bytes, size: int) -> Iterator[int]:
    """The points of ``aa``, or of ``aa:cc``; AE[] and the like, which have none, are let be."""
    if not value.strip():
        return
    corners = [_point(name, part, size) for part in value.split(b":", 1)]
    if PASS in corners:
        raise InputError(f"{name}[{shown(value)}]: a pass is no point")
    (top, left), (bottom, right) = (divmod(corners[i], size) for i in (0, -1))
    for row in range(top, bottom + 1):
        yield from range(row * size + left, row * size + right + 1)


def _point(name: str, raw: bytes, size: int) -> int:
    try:
        return from_sgf(raw.decode("latin-1").strip(), size)
    except InputError as problem:
        raise InputError(f"{name}: {problem}") from None


def shown(raw: bytes) -> str:
    """A value's bytes for a message."""
    return printable(raw[:60].decode("latin-1"), 40)


def sgfmill(module: str) -> Any:
    """A module of sgfmill, imported when a record is met; InputError where it is not installed."""
    from importlib import import_module

    try:
        return import_module(f"sgfmill.{module}")
    except ImportError:
        raise InputError(
            "game records need sgfmill, which is not installed: pip install 'darknet-python[go]'"
        ) from None
