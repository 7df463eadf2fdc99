"""Tar archives of photographs, read once from beginning to end; nothing is unpacked to the disk.

The standard library's tarfile takes twice as long, for what is not asked here: only regular files
are read, with their names (ustar, GNU's long names, pax paths), and the sum of their sizes is
bounded before any is taken into memory.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from typing import BinaryIO, NamedTuple

from .errors import InputError, printable
from .files import PHOTOGRAPHS, open_file
from .system import available_bytes

__all__ = ["Encoded", "is_archive", "read_archive"]

BLOCK = 512
SHARE = 2  # half of the memory that is free may be taken
MAX_NAME = 65_536  # bytes of a long name, or of pax records
MAX_FILE = 512 * 2**20  # as of a photograph on the disk
WHAT = "an archive of photographs (.tar, .tar.gz, .tar.xz, .tar.bz2, .tar.zst)"
_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\x00": "lzma",
    b"BZh": "bz2",
    b"\x28\xb5\x2f\xfd": "compression.zstd",
}
_REGULAR, _LINKS, _SPARSE = (b"0", b"\0", b"7"), (b"1", b"2"), b"S"
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL = b"L", b"K", b"x", b"g"


class Encoded(bytes):
    """An encoded photograph from an archive; `label` is its name, for messages."""

    label: str = "<bytes>"

    @classmethod
    def named(cls, data: bytes, label: str) -> Encoded:
        """Bytes with a label."""
        found = cls(data)
        found.label = label
        return found


class _Header(NamedTuple):
    name: str
    size: int
    kind: bytes


def is_archive(path: str | os.PathLike[str]) -> bool:
    """True for a file that begins as a tar, or as a compressed file; InputError if unreadable."""
    with open_file(path, WHAT, InputError) as file:
        start = file.read(BLOCK)
    return start[257:262] == b"ustar" or _packing(start) is not None


def read_archive(path: str | os.PathLike[str]) -> dict[str, Encoded]:
    """The photographs of an archive (by their suffixes) by their names in it, sorted.

    Names have no ``./`` before them; hidden files are left out; of two files with one name the
    later one counts, as for tar. The last archive that was read is remembered.

    Raises InputError for one that is damaged or cut off, has links or devices for photographs, or
    is too large for the memory that is free.
    """
    label = os.fspath(path)
    try:
        found = os.stat(label)
    except OSError as problem:
        where = printable(label, 200)
        raise InputError(f"{where}: cannot be read: {problem.strerror}; expected {WHAT}") from None
    return dict(_read(label, found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=1)
def _read(label: str, mtime: int, size: int) -> dict[str, Encoded]:
    where = printable(label, 200)
    limit = available_bytes() // SHARE
    found: dict[str, Encoded] = {}
    with open_file(label, WHAT, InputError) as raw:
        file, problems = _unpacked(raw, where)
        try:
            for name, data in _members(file, where, limit):
                found[name] = Encoded.named(data, f"{label}/{name}")
        except MemoryError:
            raise InputError(f"{where}: not enough memory to read it") from None
        except problems as problem:
            reason = printable(str(problem) or type(problem).__name__, 120)
            raise InputError(
                f"{where}: damaged or cut off after {len(found):,} photographs: {reason}"
            ) from None
    return dict(sorted(found.items()))


def _packing(start: bytes) -> str | None:
    return next((module for magic, module in _MAGIC.items() if start.startswith(magic)), None)


def _unpacked(raw: BinaryIO, where: str) -> tuple[BinaryIO, tuple[type[Exception], ...]]:
    """The tar within a compressed file, and what reading that raises where it is damaged."""
    name = _packing(raw.read(BLOCK))
    raw.seek(0)
    problems: list[type[Exception]] = [OSError, EOFError, ValueError]
    if name is None:
        return raw, tuple(problems)
    try:
        module = import_module(name)
    except ImportError:
        hint = "decompress it first (zstd -d)" if "zstd" in name else "decompress it first"
        raise InputError(f"{where}: this Python cannot read it ({name}): {hint}") from None
    known = (getattr(module, error, None) for error in ("LZMAError", "ZstdError"))
    problems += [error for error in (*known, zlib.error) if error is not None]
    return module.open(raw), tuple(problems)


def _members(file: BinaryIO, where: str, limit: int) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every photograph."""
    total, long_name, pax = 0, "", {}
    read, skip = _reader(file, where)
    while True:
        header = _header(read(BLOCK), where)
        if header is None:
            _rest(file, where)
            return
        name, size, kind = header
        padded = -(-size // BLOCK) * BLOCK
        if kind in (_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL):
            if size > MAX_NAME:
                raise InputError(f"{where}: a name of {size:,} bytes; expected {WHAT}")
            text = read(padded)[:size]
            if kind == _LONG_NAME:
                long_name = _decoded(text)
            elif kind == _PAX:
                pax = _records(text)
            continue
        name = pax.get("path") or long_name or name
        if pax.get("size", "").isdecimal():
            size = int(pax["size"])
            padded = -(-size // BLOCK) * BLOCK
        sparse = kind == _SPARSE or any(key.startswith("GNU.sparse") for key in pax)
        long_name, pax = "", {}
        name = name.removeprefix("./")
        if not _is_photograph(name):
            skip(padded if kind in _REGULAR or kind == _SPARSE else 0)
            continue
        if sparse or kind not in _REGULAR:
            what = "a sparse file" if sparse else "a link" if kind in _LINKS else "no regular file"
            raise InputError(
                f"{where}: {printable(name, 200)} is {what} in it; expected the photographs "
                "themselves (tar --dereference --hard-dereference)"
            )
        total += size
        if size > MAX_FILE or total > limit:
            raise InputError(
                f"{where}: more than {min(limit, MAX_FILE if size > MAX_FILE else limit):,} bytes "
                f"of photographs, at {printable(name, 200)}: unpack it to a folder, and use that"
            )
        yield name, read(padded)[:size]


def _rest(file: BinaryIO, where: str) -> None:
    """What follows the end mark is zeros; a compressed file's own sum is checked at its end."""
    while data := file.read(2**20):
        if data.strip(b"\0"):
            raise InputError(f"{where}: more after tar's end mark: are these two archives in one?")


def _reader(file: BinaryIO, where: str) -> tuple[Callable[[int], bytes], Callable[[int], None]]:
    """Read exactly so many bytes, or skip them."""

    def read(count: int) -> bytes:
        data = file.read(count)
        if len(data) < count:
            raise InputError(f"{where}: cut off: it ends within a file, or without tar's end mark")
        return data

    def skip(count: int) -> None:
        while count:
            count -= len(read(min(count, 2**20)))

    return read, skip


def _header(block: bytes, where: str) -> _Header | None:
    """A member's header; None at the end mark."""
    if not block.strip(b"\0"):
        return None
    written = _number(block[148:156])
    if written is None or sum(block) - sum(block[148:156]) + 8 * 32 != written:
        raise InputError(f"{where}: no tar header where one should be; expected {WHAT}")
    size = _number(block[124:136])
    if size is None or size < 0:
        raise InputError(f"{where}: a file without a size in it; expected {WHAT}")
    name = _decoded(block[:100])
    prefix = _decoded(block[345:500]) if block[257:263] == b"ustar\0" else ""
    return _Header(f"{prefix}/{name}" if prefix else name, size, block[156:157])


def _number(field: bytes) -> int | None:
    """Octal digits, or GNU's bytes of a large number; None for neither."""
    if field[0] in (0x80, 0xFF):
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.split(b"\0")[0].strip() or b"0", 8)
    except ValueError:
        return None


def _decoded(name: bytes) -> str:
    return name.split(b"\0")[0].decode("utf-8", "surrogateescape")


def _records(text: bytes) -> dict[str, str]:
    """A pax header's ``12 path=a.jpg`` lines; what is no such line ends them."""
    found: dict[str, str] = {}
    while text:
        length, _, rest = text.partition(b" ")
        if not (length.isdigit() and len(length) < 9 and 0 < int(length) <= len(text)):
            break
        key, _, value = rest[: int(length) - len(length) - 2].partition(b"=")
        found[_decoded(key)] = _decoded(value)
        text = text[int(length) :]
    return found


def _is_photograph(name: str) -> bool:
    if os.path.splitext(name)[1].lower() not in PHOTOGRAPHS:
        return False
    return not any(part.startswith(".") and part != ".." for part in name.split("/"))
