"""Files: read with a bound on their size, written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from .errors import DarknetError, InputError, printable

__all__ = ["PHOTOGRAPHS", "beside", "open_file", "read_bytes", "write_atomic"]

PHOTOGRAPHS = frozenset(
    ".jpg .jpeg .jpe .jfif .png .bmp .gif .ppm .pgm .pnm .tif .tiff .webp .tga".split()  # noqa: SIM905
)
"""The suffixes, in small letters, of files that are taken for photographs in a folder."""


def open_file(path: str | os.PathLike[str], what: str, error: type[DarknetError]) -> BinaryIO:
    """A regular file, open for reading; `error` when there is none.

    `what` is the kind of file that was expected ("a .cfg file"), for the message. Pipes and
    devices are refused: they may never end, or never begin.
    """
    label = printable(os.fspath(path), 200)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise error(f"{label}: is a folder; expected {what}")
        if not stat.S_ISREG(mode):
            raise error(f"{label}: is a pipe or device, not a file; expected {what}")
        return open(path, "rb")
    except (OSError, ValueError) as problem:
        raise _unreadable(label, problem, what, error) from None


def read_bytes(
    path: str | os.PathLike[str], limit: int, what: str, error: type[DarknetError]
) -> bytes:
    """The file's bytes; `error` when it cannot be read or has more than `limit` bytes."""
    label = printable(os.fspath(path), 200)
    with open_file(path, what, error) as file:
        try:
            data = file.read(limit + 1)
        except OSError as problem:
            raise _unreadable(label, problem, what, error) from None
    if len(data) > limit:
        raise error(f"{label}: larger than {limit:,} bytes; expected {what}")
    return data


def _unreadable(
    label: str, problem: OSError | ValueError, what: str, error: type[DarknetError]
) -> DarknetError:
    reason = problem.strerror if isinstance(problem, OSError) else problem
    return error(f"{label}: cannot be read: {reason}; expected {what}")


def write_atomic(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file that appears whole or not at all, also when power fails in between.

    A link's target is written; what is no file (a pipe, /dev/null) is written to as it stands.
    Raises InputError when it cannot be written; nothing is left behind then.
    """
    try:
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file() and not target.is_dir():
            target.write_bytes(data)
        else:
            _replace(target, data)
    except (OSError, ValueError) as problem:
        where = printable(os.fspath(path), 200)
        reason = problem.strerror if isinstance(problem, OSError) else problem
        raise InputError(f"{where}: cannot be written: {reason}") from None


def _replace(target: Path, data: bytes) -> None:
    name = target.parent / f".darknet-{os.getpid()}-{os.urandom(6).hex()}"
    handle = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            os.chmod(name, stat.S_IMODE(target.stat().st_mode))
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def beside(path: str, file: str) -> list[Path]:
    """Where `path`, written in `file`, may be: as it is, beside `file`, or in the folder above.

    Darknet's own files say ``data/coco.names`` and were run from the folder above theirs.
    """
    folder = Path(file).parent
    above = folder / ".." if folder.name in ("", "..") else folder.parent
    return [Path(path), folder / path, above / path]
