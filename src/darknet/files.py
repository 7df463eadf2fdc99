"""Files: read with a bound on their size, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import DarknetError, InputError, printable

__all__ = ["beside", "read_bytes", "write_atomic"]


def read_bytes(
    path: str | os.PathLike[str], limit: int, what: str, error: type[DarknetError]
) -> bytes:
    """The file's bytes; `error` when it cannot be read or has more than `limit` bytes.

    `what` is the kind of file that was expected ("a .cfg file"), for the message.
    """
    label = printable(os.fspath(path), 200)
    try:
        if os.path.isdir(path):
            raise error(f"{label}: is a folder; expected {what}")
        with open(path, "rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        raise error(f"{label}: cannot be read: {reason}; expected {what}") from None
    if len(data) > limit:
        raise error(f"{label}: larger than {limit:,} bytes; expected {what}")
    return data


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
    import tempfile  # costs more than the rest of this module, and readers do not need it

    handle, name = tempfile.mkstemp(prefix=".darknet-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _mode(target))
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


def _mode(target: Path) -> int:
    """Permissions: those of the file that is replaced, else what the umask leaves of 0666."""
    try:
        return target.stat().st_mode & 0o7777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
