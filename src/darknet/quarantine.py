"""A quarantine list: the photographs of a data set that are to be left out, and why.

A table with tabs between the columns, as ``darknet data check --quarantine FILE`` writes it:

    path	reason	where	line	part
    photographs/cat/7.jpg	damaged or cut off: ...	train.list:7
    photographs/cat/8.jpg	named twice	train.list:9	9
    photographs/cat/9.jpg	in valid too	train.list:10		train

`path` is as the data set has it; `where` is for people. With a `line`, only that line of the list
is left out, and the photograph's other lines stay; with a `part` (train or valid), it is left out
there alone.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property

from .errors import InputError, printable
from .files import beside, read_bytes, write_atomic
from .parts import PARTS

__all__ = ["LeftOut", "Quarantine"]

MAX_BYTES = 512 * 2**20
WHAT = "a quarantine list (darknet data check DATA --quarantine FILE writes one)"
HEADER = ("path", "reason", "where", "line", "part")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A photograph that is left out: its path, why, and where it stands.

    `line` 0 means all lines of a list, `part` '' both parts.
    """

    path: str
    reason: str
    where: str = ""
    line: int = 0
    part: str = ""


@dataclass(frozen=True)
class Quarantine:
    """The entries of a list; `label` is the file."""

    label: str
    entries: tuple[LeftOut, ...]

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Quarantine:
        """The list in a file; InputError with the line that is not one."""
        label = os.fspath(path)
        data = read_bytes(path, MAX_BYTES, WHAT, InputError)
        lines = data.decode("utf-8", "surrogateescape").split("\n")
        where = printable(label, 200)
        header = tuple(lines[0].rstrip("\r").split("\t"))
        if header != HEADER[: len(header)]:
            raise InputError(f"{where}:1: expected {WHAT}")
        rows = [(number, row.rstrip("\r")) for number, row in enumerate(lines[1:], 2)]
        return cls(label, tuple(_entry(row, f"{where}:{n}") for n, row in rows if row.strip()))

    def write(self) -> None:
        """Write the file, whole or not at all; InputError where that cannot be done."""
        rows = [
            HEADER,
            *((e.path, e.reason, e.where, str(e.line or ""), e.part) for e in self.entries),
        ]
        text = "\n".join("\t".join(_cell(cell) for cell in row) for row in rows)
        write_atomic(self.label, f"{text}\n".encode("utf-8", "surrogateescape"))

    def has(self, path: str, line: int, part: str) -> bool:
        """True for a photograph that is left out of a part; `line` is the one of its list."""
        entries = self._by_path.get(os.path.abspath(path), ())
        return any(e.line in (0, line) and e.part in ("", part) for e in entries)

    @cached_property
    def _by_path(self) -> dict[str, list[LeftOut]]:
        """The entries by path; paths are as seen from here, and from the list's own folder."""
        found: dict[str, list[LeftOut]] = {}
        for entry in self.entries:
            for path in {os.path.abspath(path) for path in beside(entry.path, self.label)[:2]}:
                found.setdefault(path, []).append(entry)
        return found


def _entry(row: str, where: str) -> LeftOut:
    cells = row.split("\t")
    if not 1 <= len(cells) <= len(HEADER) or not cells[0].strip():
        raise InputError(f"{where}: {printable(row, 100)}: expected {' '.join(HEADER)}, with tabs")
    path, reason, at, line, part = (*cells, "", "", "", "")[: len(HEADER)]
    if line.strip() and not (line.strip().isascii() and line.strip().isdigit() and len(line) < 10):
        raise InputError(f"{where}: line {printable(line)}: expected a number, or nothing")
    if part not in ("", *PARTS):
        raise InputError(f"{where}: part {printable(part)}: expected train, valid, or nothing")
    return LeftOut(path, reason, at, int(line.strip() or 0), part)


def _cell(text: str) -> str:
    return text.replace("\t", " ").replace("\n", " ").replace("\r", " ")
