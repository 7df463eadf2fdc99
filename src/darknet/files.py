"""Files: read with a bound on their size, written whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import DarknetError, InputError, printable

__all__ = [
    "PHOTOGRAPHS",
    "beside",
    "identity",
    "is_device",
    "open_file",
    "read_bytes",
    "refuse_inputs",
    "same_file",
    "sha256_of",
    "staged",
    "write_atomic",
    "write_together",
]

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


def sha256_of(path: str | os.PathLike[str], what: str, error: type[DarknetError]) -> str:
    """The SHA-256 of a file, in hex, read in pieces; `error` when it cannot be read."""
    import hashlib  # milliseconds that summary does without

    digest = hashlib.sha256()
    with open_file(path, what, error) as file:
        try:
            while piece := file.read(2**20):
                digest.update(piece)
        except OSError as problem:
            label = printable(os.fspath(path), 200)
            raise _unreadable(label, problem, what, error) from None
    return digest.hexdigest()


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
        if is_device(target):
            target.write_bytes(data)
        else:
            _replace(target, data)
    except (OSError, ValueError) as problem:
        where = printable(os.fspath(path), 200)
        reason = problem.strerror if isinstance(problem, OSError) else problem
        raise InputError(f"{where}: cannot be written: {reason}") from None


def is_device(path: str | os.PathLike[str]) -> bool:
    """True for what is neither file nor folder, and is written to as it stands: /dev/null."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


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


@contextmanager
def staged(*targets: str | os.PathLike[str]) -> Iterator[tuple[Path, ...]]:
    """Paths to write to, whose files take the places of `targets` together when the block ends.

    They lie in a temporary folder beside each target and have its name. When the block fails,
    nothing has changed. The first target is the one that programs open: the old one is taken away
    before its parts change, and the new one comes after them, so that it never stands beside the
    parts of another. (When power fails in that moment, there is none.)

    Raises InputError when they cannot be written.
    """
    finals = tuple(Path(os.path.realpath(target)) for target in targets)
    folders: dict[Path, Path] = {}
    try:
        for final in finals:
            if final.exists() and not final.is_file():
                raise InputError(f"{printable(str(final), 200)}: is a folder or device, not a file")
            if final.parent not in folders:
                made = tempfile.mkdtemp(prefix=".darknet-", dir=final.parent)
                folders[final.parent] = Path(made)
        places = tuple(folders[final.parent] / final.name for final in finals)
        yield places
        for place, final in zip(places, finals, strict=True):
            _settle(place, final)
        _take_places(places, finals)
    except OSError as problem:
        where = printable(os.fspath(targets[0]), 200)
        raise InputError(f"{where}: cannot be written: {problem.strerror or problem}") from None
    finally:
        for folder in folders.values():
            shutil.rmtree(folder, ignore_errors=True)


def write_together(contents: Sequence[tuple[str | os.PathLike[str], bytes]]) -> None:
    """Write files of which all appear or none, in the order of `staged`.

    What is no file (a pipe, /dev/null) is written to as it stands. InputError as for `staged`.
    """
    files = [(path, data) for path, data in contents if not is_device(path)]
    with staged(*(path for path, _ in files)) as places:
        for place, (_, data) in zip(places, files, strict=True):
            place.write_bytes(data)
        for path, data in contents:
            if is_device(path):
                write_atomic(path, data)


def _settle(place: Path, final: Path) -> None:
    """The bytes on the disk, and the mode of the file that is replaced, or of any new file."""
    with open(place, "rb+") as file:
        os.fsync(file.fileno())
    mode = final.stat().st_mode if final.exists() else _new_mode(place.parent)
    os.chmod(place, stat.S_IMODE(mode))


def _new_mode(folder: Path) -> int:
    """The mode that a new file gets: libraries that write for us choose others (0600).

    A file is made to see it, as asking for the umask means changing it, for other threads too.
    """
    probe = folder / f".mode-{os.urandom(6).hex()}"
    handle = os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        return os.fstat(handle).st_mode
    finally:
        os.close(handle)
        os.unlink(probe)


def _take_places(places: Sequence[Path], finals: Sequence[Path]) -> None:
    if len(finals) == 1:
        os.replace(places[0], finals[0])
        return
    kept: list[tuple[Path, Path]] = []
    placed: list[Path] = []
    try:
        for number, final in enumerate(finals):
            if final.exists():
                old = places[number].with_name(f"{number}.old")
                os.replace(final, old)
                kept.append((old, final))
        for place, final in reversed(list(zip(places, finals, strict=True))):
            os.replace(place, final)
            placed.append(final)
    except BaseException:
        for final in placed:
            final.unlink(missing_ok=True)
        for old, final in reversed(kept):
            os.replace(old, final)
        raise


def identity(path: str | os.PathLike[str]) -> tuple[int, int] | str:
    """What two paths have in common that lead to one file, by whatever name or link."""
    try:
        found = os.stat(path)
        return found.st_dev, found.st_ino
    except OSError:
        return os.path.realpath(path)
    except ValueError:  # a name with a zero in it, which no file has
        return os.fspath(path)


def same_file(path: str | os.PathLike[str], others: Iterable[str | os.PathLike[str]]) -> bool:
    """True when `path` is one of the other files, by whatever name or link."""
    own = identity(path)
    return any(identity(other) == own for other in others)


def refuse_inputs(
    target: str | os.PathLike[str], inputs: Iterable[str | os.PathLike[str]], hint: str
) -> None:
    """InputError where to write `target` would be to overwrite one of the files that are read.

    `inputs` are paths, not words that stand for one; `hint` says what the user can do.
    """
    if same_file(target, inputs):
        label = printable(os.fspath(target), 200)
        raise InputError(f"{label}: is read here, and is not overwritten: {hint}")


def beside(path: str, file: str) -> list[Path]:
    """Where `path`, written in `file`, may be: as it is, beside `file`, or in the folder above.

    Darknet's own files say ``data/coco.names`` and were run from the folder above theirs.
    """
    folder = Path(file).parent
    above = folder / ".." if folder.name in ("", "..") else folder.parent
    return [Path(path), folder / path, above / path]
