"""A download that is not finished: its bytes, and a note of which file's they are.

The note is written once a second and says how many bytes are surely on the disk; what comes after
them, when a process was killed or power failed, is cut off before the download goes on.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import asdict, dataclass, replace
from io import FileIO
from pathlib import Path

from ..errors import InputError
from ..files import write_atomic
from .cache import read_note
from .catalogue import WeightsFile

__all__ = ["Part", "PartNote"]

_SYNC_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class PartNote:
    """Whose bytes a part has.

    `url` is the source as it was asked, `validator` its strong ETag or Last-Modified ('' for
    none); `size` and `sha256` are the catalogue's; `received` counts the bytes on the disk.
    """

    url: str
    validator: str
    size: int | None
    sha256: str | None
    received: int = 0


class Part:
    """The part file at `path`. Its methods raise OSError as the system does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.received = 0
        self._note_path = path.with_name(path.name + ".json")
        self._open: tuple[FileIO, PartNote] | None = None
        self._synced = 0.0

    @classmethod
    def beside(cls, path: Path) -> Part:
        """The part of the file that is to be at `path`."""
        return cls(path.with_name(f"{path.name}.part"))

    def usable(self, file: WeightsFile, url: str) -> PartNote | None:
        """The note of a part that can be gone on with from this source.

        Where the sha256 is known any source will do, since the whole is compared in the end.
        Without it only the same source, which says by its validator that the file is the same.
        """
        note = self.note()
        if note is None or (note.size, note.sha256) != (file.size, file.sha256):
            return None
        if note.received <= 0 or (file.size is not None and note.received > file.size):
            return None
        if self.path.is_symlink() or not self.path.is_file():
            return None
        if self.path.stat().st_size < note.received:
            return None
        if note.url == url and (note.validator or note.sha256):
            return note
        return replace(note, validator="") if note.sha256 else None

    def note(self) -> PartNote | None:
        """What is remembered about the part; None where nothing (sensible) is."""
        match read_note(self._note_path):
            case {
                "url": str(url),
                "validator": str(validator),
                "size": int() | None as size,
                "sha256": str() | None as sha256,
                "received": int(received),
            }:
                return PartNote(url, validator, size, sha256, received)
        return None

    def begin(self, note: PartNote) -> None:
        """Start from nothing; another file's part is discarded."""
        self.discard()
        self._start(FileIO(self.path, "x"), note)

    def resume(self, note: PartNote) -> None:
        """Go on after the bytes that `note` is sure of."""
        file = FileIO(self.path, "r+")
        self._start(file, note)
        file.truncate(note.received)
        file.seek(note.received)

    def _start(self, file: FileIO, note: PartNote) -> None:
        self._open = file, note
        self.received = note.received
        self._synced = time.monotonic()

    def write(self, piece: bytes) -> None:
        """Append; the part has been begun or resumed."""
        file, _ = self._opened()
        view = memoryview(piece)
        while view:  # a raw write may take less than it is given
            written = file.write(view)
            self.received += written
            view = view[written:]
        if time.monotonic() - self._synced > _SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Bytes to the disk, then the note that counts them."""
        file, note = self._opened()
        os.fsync(file.fileno())
        note = replace(note, received=self.received)
        write_atomic(self._note_path, json.dumps(asdict(note), indent=1).encode())
        self._synced = time.monotonic()

    def _opened(self) -> tuple[FileIO, PartNote]:
        if self._open is None:
            raise ValueError(f"{self.path} is not open")
        return self._open

    def close(self) -> None:
        """Keep what can be kept. Where even that fails (a full disk), the last note counts."""
        if self._open is None:
            return
        with contextlib.suppress(OSError, InputError):
            self.sync()
        with contextlib.suppress(OSError):
            self._open[0].close()
        self._open = None

    def discard(self) -> None:
        """Delete the bytes and the note."""
        self.close()
        self._note_path.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        self.received = 0

    def forget(self) -> None:
        """Delete the note: the bytes have been moved to where they belong."""
        self._note_path.unlink(missing_ok=True)
