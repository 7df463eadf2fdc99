"""The folder of downloaded weights: what is in it, whether it is right, putting in, taking out.

A file ``tiny.weights`` has companions, all plain files beside it::

    tiny.weights.json        the note: size, sha256, where it came from (without it: put by hand)
    tiny.weights.part        a download that is not finished, and its note tiny.weights.part.json
    tiny.weights.add         a copy that is being made of a file that the user has
    tiny.weights.lock        held by the process that downloads, adds or removes

A file appears under its own name only when it is known to be right, and whole. The folder is
``$DARKNET_CACHE``, or the user's cache folder of the platform.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from ..errors import DarknetError, InputError, WeightsError, printable
from ..files import open_file, read_bytes, sha256_of, write_atomic
from ..mismatch import not_weights
from .catalogue import WeightsFile

__all__ = ["Cache", "Check", "Examined", "Note", "read_note"]

Check = Callable[[Path], None]
"""Raises WeightsError unless the file can be the one that is wanted."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")
_COMPANIONS = (".json", ".part", ".part.json", ".add", ".lock")
_MAX_NOTE = 16_384  # bytes
_PATIENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Note:
    """What is remembered about a cached file, in ``NAME.json``.

    `source` is a URL or the path that it was added from; `verified` says that the sha256 was known
    beforehand, not just computed; `changed` is the file's time of modification then (nanoseconds):
    with another one it has to be read again.
    """

    name: str
    size: int
    sha256: str
    source: str
    verified: bool
    changed: int


@dataclass(frozen=True, slots=True)
class Examined:
    """A cached file, read and compared.

    `state` is "unknown" where nothing is known to compare with; `why` says what is wrong with a
    damaged one; `sha256` is that of the file as it is ('' where it was not read).
    """

    state: Literal["absent", "right", "damaged", "unknown"]
    sha256: str = ""
    why: str = ""


def _instead(path: Path) -> tuple[str, int]:
    """What a file is that is no .weights file ('' if it may be one), and its size in bytes."""
    with open_file(path, "a .weights file", WeightsError) as opened:
        start = opened.read(1024)
        size = os.fstat(opened.fileno()).st_size
    return not_weights(start, size), size


def _sha256(path: Path) -> str:
    return sha256_of(path, "a .weights file", InputError)


def read_note(path: Path) -> dict[str, object]:
    """The JSON object in a note; empty where there is none, or something else."""
    try:
        found = json.loads(read_bytes(path, _MAX_NOTE, "a note", InputError))
    except (InputError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


class Cache:
    """The folder. It need not exist until something is put into it."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    @classmethod
    def default(cls) -> Cache:
        """``$DARKNET_CACHE``, else the platform's cache folder (~/.cache/darknet on Linux)."""
        told = os.environ.get("DARKNET_CACHE")
        if told:
            return cls(os.path.abspath(os.path.expanduser(told)))
        from platformdirs import user_cache_dir

        return cls(user_cache_dir("darknet"))

    def path(self, name: str) -> Path:
        """Where the file of this name is, or would be. InputError for what is no plain name."""
        if not _NAME.fullmatch(name) or name.endswith(_COMPANIONS):
            raise InputError(
                f'"{printable(name)}": no name for a file in the cache; expected letters, digits, '
                "dots and dashes, such as tiny.weights"
            )
        return self.folder / name

    def find(self, file: WeightsFile) -> Path | None:
        """The cached file, unless its size or content is known to be wrong.

        Its bytes are read only where it was changed since it was noted.
        """
        path, note = self.path(file.name), self.note(file.name)
        size = file.size if file.size is not None else note.size if note else None
        try:
            found = path.stat()
        except OSError:
            return None
        if not path.is_file() or size not in (None, found.st_size):
            return None
        if note is not None and found.st_mtime_ns != note.changed:
            return path if self.examine(file).state == "right" else None
        return path

    def is_as_noted(self, name: str) -> bool:
        """True where the file has the time and size that its note says."""
        note = self.note(name)
        try:
            found = self.path(name).stat()
        except OSError:
            return False
        return note is not None and (found.st_mtime_ns, found.st_size) == (note.changed, note.size)

    def note(self, name: str) -> Note | None:
        """What is remembered about a file; None where nothing (sensible) is."""
        match read_note(self._beside(name, ".json")):
            case {
                "name": str(noted),
                "size": int(size),
                "sha256": str(sha256),
                "source": str(source),
                "verified": bool(verified),
                "changed": int(changed),
            } if noted == name:
                return Note(name, size, sha256, source, verified, changed)
        return None

    def examine(self, file: WeightsFile) -> Examined:
        """Read the cached file and compare it: with the catalogue's sha256, else the note's."""
        path = self.path(file.name)
        if not os.path.lexists(path):
            return Examined("absent")
        try:
            what, size = _instead(path)
            if what:
                return Examined("damaged", "", f"is {what}, expected a .weights file")
            if file.size is not None and size != file.size:
                return Examined("damaged", "", f"has {size:,} bytes, expected {file.size:,}")
            found = _sha256(path)
        except (OSError, DarknetError) as problem:
            return Examined("damaged", "", f"cannot be read: {problem}")
        note = self.note(file.name)
        expected = file.sha256 or (note.sha256 if note else None)
        if expected is None:
            return Examined("unknown", found)
        if found != expected.lower():
            return Examined("damaged", found, f"has sha256 {found}, expected {expected}")
        return Examined("right", found)

    def judge(self, file: WeightsFile, path: Path, check: Check | None) -> str:
        """The sha256 of a candidate for the cache, if it is the right file; else WeightsError.

        Where the catalogue has no sha256, `check` decides.
        """
        what, size = _instead(path)
        if what:
            raise WeightsError(f"{what}; expected {file.name}")
        if file.size is not None and size != file.size:
            raise WeightsError(f"{size:,} bytes; {file.name} has {file.size:,}")
        found = _sha256(path)
        if file.sha256 is not None:
            if found != file.sha256.lower():
                raise WeightsError(f"sha256 is {found}, expected {file.sha256}")
        elif check is None:
            raise InputError(f"{file.name}: no checksum is known, and nothing else to check it by")
        else:
            check(path)
        return found

    def adopt(self, file: WeightsFile, path: Path, sha256: str, source: str) -> Note:
        """Move a judged file of this folder under its own name, and note what it is.

        The old note goes first: whatever happens in between, none speaks of another file.
        """
        target, note_path = self.path(file.name), self._beside(file.name, ".json")
        found = path.stat()  # a file keeps its time when it is moved
        verified = file.sha256 is not None
        note = Note(file.name, found.st_size, sha256, source, verified, found.st_mtime_ns)
        note_path.unlink(missing_ok=True)
        os.replace(path, target)
        write_atomic(note_path, json.dumps(asdict(note), indent=1).encode())
        return note

    def add(
        self,
        file: WeightsFile,
        source: Path,
        check: Check | None = None,
        tell: Callable[[str], None] | None = None,
        *,
        origin: str = "",
    ) -> Note:
        """Copy a file that the user has into the cache, if it is the right one.

        Waits, and tells so, while another process has the lock. `origin` is what the note says of
        where it came from, instead of the path.

        Raises WeightsError when it is not, InputError when it cannot be read or written.
        """
        try:
            sha256 = self.judge(file, source, check)
        except WeightsError as problem:
            said, label = str(problem), _shown(source)
            where = "" if said.startswith(f"{label}:") else f"{label}: "
            raise WeightsError(f"{where}{said}; it was not added") from None
        with self.lock(file.name, tell), self._writing(file.name):
            copy = self._beside(file.name, ".add")
            try:
                shutil.copyfile(source, copy)
                with copy.open("rb+") as written:
                    os.fsync(written.fileno())
                if _sha256(copy) != sha256:
                    raise WeightsError(f"{_shown(source)}: changed while it was copied")
                return self.adopt(file, copy, sha256, origin or str(source.absolute()))
            finally:
                copy.unlink(missing_ok=True)

    def remove(self, name: str, tell: Callable[[str], None] | None = None) -> bool:
        """Delete a file and its companions; False where there was nothing. InputError if it fails.

        Waits, and tells so, while another process has the lock.
        """
        paths = [self._beside(name, suffix) for suffix in ("", *_COMPANIONS[:-1])]
        if not any(os.path.lexists(path) for path in paths):
            return False
        with self.lock(name, tell), self._writing(name):
            for path in paths:  # the lock stays: another process may be waiting for it
                path.unlink(missing_ok=True)
        return True

    def names(self) -> list[str]:
        """The files that are here by `adopt`: those with a note. Other files are none of ours."""
        return [name for name in self._noted(".json") if self.note(name) is not None]

    def unfinished(self) -> list[str]:
        """The files whose download was begun and not finished."""
        return [name for name in self._noted(".part.json") if self._beside(name, ".part").exists()]

    def _noted(self, suffix: str) -> list[str]:
        try:
            found = sorted(os.listdir(self.folder))
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise InputError(
                f"{_shown(self.folder)}: cannot be read: {problem.strerror}; expected the cache "
                "folder (DARKNET_CACHE)"
            ) from None
        names = [name.removesuffix(suffix) for name in found if name.endswith(suffix)]
        return [n for n in names if _NAME.fullmatch(n) and not n.endswith(_COMPANIONS)]

    def _beside(self, name: str, suffix: str) -> Path:
        path = self.path(name)
        return path.with_name(path.name + suffix)

    @contextlib.contextmanager
    def lock(self, name: str, tell: Callable[[str], None] | None = None) -> Iterator[None]:
        """Hold the file's lock; the folder is made. Waits for another process, and tells so.

        One lock rather than a part file for each process: who comes second finds the file there
        instead of downloading it again, and there is one part to resume. The system lets it go
        when a process dies.
        """
        from filelock import FileLock, Timeout

        with self._writing(name):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._beside(name, ".lock"))
            try:
                lock.acquire(timeout=_PATIENCE_SECONDS)
            except Timeout:
                if tell is not None:
                    tell(f"{name}: another process has it; waiting")
                lock.acquire()
        try:
            yield
        finally:
            lock.release()

    @contextlib.contextmanager
    def _writing(self, name: str) -> Iterator[None]:
        """What the system refuses, as one line."""
        try:
            yield
        except DarknetError:
            raise
        # filelock's own NotImplementedError: a file system that has no locks
        except (OSError, NotImplementedError) as problem:
            reason = getattr(problem, "strerror", None) or problem
            raise InputError(
                f"{_shown(self.folder / name)}: cannot be written: {reason} (the cache folder is "
                "DARKNET_CACHE)"
            ) from None


def _shown(path: Path) -> str:
    return printable(str(path), 200)
