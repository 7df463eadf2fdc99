"""The text formats: .cfg (sections of options) and .data (options alone).

A cfg is lines of ``[section]``, ``key=value``, comments (``#`` or ``;`` in the first column that
is not white space) and blank lines. White space anywhere in a line means nothing. The bytes that
were read are kept, so ``Cfg.read(path).to_bytes()`` gives the file back, comments and all.

Accepted as C does: CRLF, tabs, no newline at the end, spaces around ``=`` and within lists, bytes
that are not UTF-8 (in comments and text). Accepted beyond it: a byte order mark.
Refused where C crashes or guesses: options before the first section, a line without ``=``, a
``[section]`` that is not closed, an empty key.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from .errors import CfgError, did_you_mean, printable
from .files import beside, read_bytes
from .log import tell_once

__all__ = ["Cfg", "Data", "Entry", "Section"]

DATA_KEYS = (
    "classes", "train", "valid", "test", "names", "labels", "backup", "top", "results", "eval",
    "map", "tree", "leaves", "paths", "difficult",
)  # fmt: skip
"""What the Darknets look for in .data files; not all of it is used here."""
MAX_BYTES = 16 * 2**20  # the largest known cfg has 110 kB
_DROP_SPACE = {ord(c): None for c in " \t\r\n\v\f"}
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``key=value`` line; `line` counts from 1.

    `given`: the words that set it where that was no file (``--momentum 0.95``), for messages; its
    line is the section's then, unless the file had the option.
    """

    key: str
    value: str
    line: int
    given: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A ``[name]`` line and the options below it; `label` is the file's name for messages."""

    name: str
    line: int
    entries: tuple[Entry, ...]
    label: str

    def get(self, key: str) -> str | None:
        """The value of the first entry with this key (the first one counts), or None."""
        return next((entry.value for entry in self.entries if entry.key == key), None)

    def told(self, entry: Entry) -> str:
        """An option with its value and where it stands, for messages; or as it was given."""
        words = f"{printable(entry.key)}={printable(entry.value)}"
        return entry.given or f"{printable(self.label, 200)}:{entry.line}: [{self.name}] {words}"

    def told_of(self, key: str, default: object) -> str:
        """The same by its key; `default` is its value where nothing set it."""
        found = next((entry for entry in self.entries if entry.key == key), None)
        if found is None:
            return f"{printable(self.label, 200)}: [{self.name}] {key}={_written(default)}"
        return self.told(found)


@dataclass(frozen=True, slots=True)
class Cfg:
    """A network description as sections that know their lines, and the exact text of them.

    Line n of the file is ``lines[n - 1]``, also where options were set: those that the file did not
    have stand with their section's line.
    """

    label: str
    lines: tuple[str, ...]
    sections: tuple[Section, ...]

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Cfg:
        """Read a .cfg file; CfgError says what is wrong and in which line."""
        label = os.fspath(path)
        return cls.parse(read_bytes(path, MAX_BYTES, "a .cfg file", CfgError), label)

    @classmethod
    def parse(cls, source: str | bytes, label: str = "<cfg>") -> Cfg:
        """Read a cfg from text; `label` names it in messages."""
        decoded = (
            _encodable(source, label)
            if isinstance(source, str)
            else (_decode(source, label, "a .cfg"))
        )
        lines = _split_lines(decoded, label)
        sections = _parse_sections(lines, label)
        if not sections:
            raise CfgError(f"{label}: no [section] in it: this is not a .cfg file")
        return cls(label, lines, sections)

    @classmethod
    def build(
        cls, sections: Iterable[tuple[str, Mapping[str, object]]], label: str = "<cfg>"
    ) -> Cfg:
        """Make a cfg from (name, options) pairs, written the way Darknet's own files are."""
        blocks = (
            "\n".join(
                [f"[{name}]", *(f"{key}={_written(value)}" for key, value in options.items()), ""]
            )
            for name, options in sections
        )
        return cls.parse("\n".join(blocks), label)

    def with_option(self, section: int, key: str, value: object, given: str = "") -> Cfg:
        """A copy in which section number `section` says ``key=value``; other bytes stay.

        `given`: the words that set it, for messages.
        """
        target = self.sections[section]
        text = _encodable(f"{key}={_written(value)}", self.label)
        new = _parse_line(text, target.line, self.label)
        if set("\r\n") & set(text) or not isinstance(new, Entry) or new.key != key:
            raise CfgError(f"{self.label}:{target.line}: {key}: an option is one line of text")
        own = [number for number, entry in enumerate(target.entries) if entry.key == key]
        at = own[0] if own else 0
        line = target.entries[at].line if own else target.line
        new = replace(new, line=line, given=given)
        entries = (*target.entries[:at], new, *target.entries[at + len(own[:1]) :])
        lines = list(self.lines)
        header, ending = _first_line(lines[target.line - 1])
        if line == target.line:
            added = [entry for entry in entries if entry.line == line]
            lines[line - 1] = header + "".join(f"{e.key}={e.value}{ending}" for e in added)
        else:
            lines[line - 1] = text + ending
        sections = list(self.sections)
        sections[section] = replace(target, entries=entries)
        return Cfg(self.label, tuple(lines), tuple(sections))

    @property
    def layers_text(self) -> str:
        """The text from the second section on: the layers, whatever ``[net]`` says."""
        return "".join(self.lines[self.sections[1].line - 1 :]) if len(self.sections) > 1 else ""

    def to_bytes(self) -> bytes:
        """The file's bytes: exactly those read, where nothing was changed."""
        return "".join(self.lines).encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Data:
    """A .data file: ``classes``, ``names``, ``labels``, ``train``, ``valid``, ``top`` ..."""

    label: str
    entries: tuple[Entry, ...]

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Data:
        """Read a .data file; CfgError says what is wrong and in which line."""
        label = os.fspath(path)
        data = read_bytes(path, MAX_BYTES, "a .data file", CfgError)
        lines = _split_lines(_decode(data, label, "a .data"), label)
        found = [_parse_line(line, number, label) for number, line in enumerate(lines, 1)]
        for number, entry in enumerate(found, 1):
            if isinstance(entry, str):
                raise CfgError(
                    f"{label}:{number}: [{printable(entry)}] in a .data file: is this a .cfg?"
                )
        read = cls(label, tuple(entry for entry in found if isinstance(entry, Entry)))
        for line in read.odd():
            tell_once(line)
        return read

    def odd(self) -> Iterator[str]:
        """A line for every key that no Darknet knows, and for all but the first of equal ones."""
        lines: dict[str, int] = {}
        for entry in self.entries:
            where = f"{printable(self.label, 200)}:{entry.line}: {printable(entry.key)}="
            if entry.key not in DATA_KEYS:
                yield f"{where} is not known{did_you_mean(entry.key, DATA_KEYS)}"
            elif entry.key in lines:
                yield f"{where} stands in line {lines[entry.key]} too, and the first one counts"
            lines.setdefault(entry.key, entry.line)

    def check_classes(self, outputs: int, network: str) -> None:
        """The log hears where ``classes`` is not the number of a network's outputs."""
        count = self.integer("classes", minimum=1)
        if count is not None and count != outputs:
            label = printable(self.label, 200)
            tell_once(f"{label}: classes={count:,}, but {network} has {outputs:,} outputs")

    def get(self, key: str) -> str | None:
        """The value of the first entry with this key, or None."""
        return next((entry.value for entry in self.entries if entry.key == key), None)

    def integer(self, key: str, minimum: int = 0) -> int | None:
        """The value of `key` as an integer of at least `minimum`, None when it is absent."""
        entry = next((entry for entry in self.entries if entry.key == key), None)
        if entry is None:
            return None
        if not (entry.value.isascii() and entry.value.isdigit() and len(entry.value) < 10) or (
            int(entry.value) < minimum
        ):
            raise CfgError(
                f"{self.label}:{entry.line}: {key}={printable(entry.value)}: "
                f"expected an integer of at least {minimum}"
            )
        return int(entry.value)

    def there(self, key: str) -> Path | None:
        """As `path`; CfgError that names both files where there is no such file or folder."""
        found = self.path(key)
        if found is None or os.path.exists(found):
            return found
        entry = next(entry for entry in self.entries if entry.key == key)
        looked = "" if os.path.isabs(found) else f" (looked here, and where {self.label} is)"
        raise CfgError(
            f"{self.label}:{entry.line}: {key}={printable(entry.value)}: no such file or folder"
            f"{looked}"
        )

    def path(self, key: str) -> Path | None:
        """The file that `key` names: as written, beside the .data file, or a folder above."""
        value = self.get(key)
        if value is None:
            return None
        tries = beside(value, self.label)
        return next((path for path in tries if os.path.exists(path)), tries[0])


def _written(value: object) -> str:
    """A value as it stands in a file: 0 or 1 for a bool, commas within a list."""
    if isinstance(value, bool):
        return str(int(value))
    return ",".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _first_line(text: str) -> tuple[str, str]:
    """A section's line without the options that were added to it, and how lines end there."""
    line, newline, _ = text.partition("\n")
    ending = "\r\n" if line.endswith("\r") else "\n"
    return (f"{line}\n" if newline else f"{line}{ending}"), ending


def _encodable(source: str, label: str) -> str:
    try:
        source.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise CfgError(f"{label}: half of a character (a lone surrogate) in the text") from None
    return source


def _decode(data: bytes, label: str, what: str) -> str:
    if b"\0" in data[:4096]:
        raise CfgError(f"{label}: binary, not text; expected {what} file (are the two swapped?)")
    return data.decode("utf-8", "surrogateescape")


def _split_lines(source: str, label: str) -> tuple[str, ...]:
    """Lines with their endings; only a newline ends one, as in C (not form feeds or U+2028)."""
    if "\n" not in source and "\r" in source.strip():
        raise CfgError(
            f"{label}: its lines end in CR alone; expected LF or CRLF (convert the file)"
        )
    lines = source.split("\n")
    tail = lines.pop()
    return (*(f"{line}\n" for line in lines), *([tail] if tail else []))


def _parse_line(raw: str, number: int, label: str) -> Entry | str | None:
    """An option, the name of a section, or None for a comment or a blank line."""
    line = raw.lstrip(_BOM).translate(_DROP_SPACE) if number == 1 else raw.translate(_DROP_SPACE)
    where = f"{label}:{number}"
    if not line or line[0] in "#;":
        return None
    if line[0] == "[":
        if line[-1] != "]" or len(line) < 3:
            remark = " (a # remark has a line of its own)" if set("#;") & set(line) else ""
            raise CfgError(
                f"{where}: {printable(line)}: expected [section] alone on its line{remark}"
            )
        return line[1:-1]
    key, equals, value = line.partition("=")
    if not equals or not key:
        raise CfgError(f"{where}: {printable(line)}: expected key=value, [section] or # comment")
    return Entry(key, value, number)


def _parse_sections(lines: tuple[str, ...], label: str) -> tuple[Section, ...]:
    sections: list[Section] = []
    entries: list[Entry] = []
    for number, raw in enumerate(lines, 1):
        found = _parse_line(raw, number, label)
        if isinstance(found, str):
            if sections:
                sections[-1] = replace(sections[-1], entries=tuple(entries))
            sections.append(Section(found, number, (), label))
            entries = []
        elif found is not None:
            if not sections:
                raise CfgError(
                    f"{label}:{number}: {printable(found.key)}= before the first [section]"
                )
            entries.append(found)
    if sections:
        sections[-1] = replace(sections[-1], entries=tuple(entries))
    return tuple(sections)
