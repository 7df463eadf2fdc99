"""What a path holds: packed games, game records, DarkGo's records; seen in what it begins with."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import RecordError, printable
from ..files import open_file
from .classic import RECORD

__all__ = ["WHAT", "is_classic", "is_packed", "is_sgf", "sgf_files"]

WHAT = (
    "packed games (.bin, .bin.xz), a game record (.sgf) or a folder of records, or 94-byte records"
)
_PACKED = (b"DKGOGAM1", b"\xfd7zXZ\x00")


def is_packed(path: str | os.PathLike[str]) -> bool:
    """Whether it begins as packed games do, or as a file packed with xz."""
    return not os.path.isdir(path) and _start(path).startswith(_PACKED)


def is_sgf(path: str | os.PathLike[str]) -> bool:
    """Whether it is called or begins as a game record."""
    return os.fspath(path).lower().endswith(".sgf") or _start(path).lstrip().startswith(b"(;")


def is_classic(path: str | os.PathLike[str]) -> bool:
    """Whether it begins with one of DarkGo's records of 94 bytes, and is no game record.

    That may have the end of a line in the same place.
    """
    start = _start(path)
    return len(start) == RECORD and start.endswith(b"\n") and not is_sgf(path)


def sgf_files(path: str | os.PathLike[str]) -> list[str]:
    """The file, or all of a folder and of those in it; RecordError where there are none."""
    label = printable(os.fspath(path), 200)
    if not os.path.isdir(path):
        if is_sgf(path):
            return [os.fspath(path)]
        raise RecordError(f"{label}: begins with {_start(path)[:8]!a}; expected {WHAT}")
    found = sorted(one for one in Path(path).rglob("*") if one.suffix.lower() == ".sgf")
    files = [os.fspath(one) for one in found if one.is_file()]
    if not files:
        raise RecordError(f"{label}: has no .sgf file; expected {WHAT}")
    return files


def _start(path: str | os.PathLike[str]) -> bytes:
    with open_file(path, WHAT, RecordError) as file:
        return file.read(RECORD)
