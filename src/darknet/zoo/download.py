"""Fetching weights into the cache: sources in turn, going on where a download ended, verified.

The file is received beside its place, compared, and only then moved there. What the server says
about size and content is not believed: at most the known size is read, a page of HTML is told by
its bytes, and the sha256 decides.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..errors import DownloadError, InputError, WeightsError
from ..mismatch import not_weights
from .cache import Cache, Check, Examined, Note
from .catalogue import WeightsFile
from .part import Part, PartNote
from .source import Answer, Client, Settings, shown_url

__all__ = ["Fetched", "Progress", "Settings", "WeightsFile", "fetch", "is_offline"]

Progress = Callable[[int, int | None], None]
"""Told the bytes that are there, and of how many (None: unknown)."""

_HEAD = 1024  # bytes that tell a page of HTML from weights
_OFF = ("", "0", "no", "off", "false")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is in the cache, and right.

    `status` is "present" where nothing was downloaded and "repaired" where a damaged file was
    replaced. `verified` is False where no checksum was known beforehand: then `sha256` is the
    only thing to compare with another's copy. `source` is the URL, or the path it was added from.
    """

    path: Path
    size: int
    sha256: str
    verified: bool
    status: Literal["present", "downloaded", "repaired"]
    source: str


def is_offline() -> bool:
    """Whether ``$DARKNET_OFFLINE`` forbids downloading: 1, or anything but 0, no, off, false."""
    return os.environ.get("DARKNET_OFFLINE", "").strip().lower() not in _OFF


def fetch(
    file: WeightsFile,
    cache: Cache | None = None,
    *,
    check: Check | None = None,
    offline: bool | None = None,
    force: bool = False,
    settings: Settings | None = None,
    progress: Progress | None = None,
    tell: Callable[[str], None] | None = None,
) -> Fetched:
    """The file's place in the cache, downloaded where it is missing or damaged.

    `check` is asked about a file whose sha256 is not known; it raises WeightsError for a wrong
    one. `offline` None means what the environment says (`is_offline`). `force` downloads again
    what is there. `progress` and `tell` hear how it goes; `tell` gets lines that are no errors.

    Any number of processes and threads may fetch the same file at once: one downloads, the others
    wait for it. When it is interrupted the part stays, and the next call goes on there.

    Raises DownloadError when no source gives the right file (or offline forbids to ask),
    InputError when the cache cannot be written.
    """
    cache = Cache.default() if cache is None else cache
    offline = is_offline() if offline is None else offline
    if offline and force:
        raise InputError(f"{file.name}: cannot be downloaded again while offline")
    if not force:
        found = cache.examine(file)  # without the lock: the folder may be read-only
        if found.state == "right":
            return _present(cache, file, found.sha256)
        if offline and found.state != "unknown":
            raise DownloadError(_offline(cache, file, found))
    with cache.lock(file.name, tell):
        job = _Job(file, cache, check, settings or Settings(), progress, tell)
        try:
            found = job.look(offline)
            if found.state == "right" and not force:
                return _present(cache, file, found.sha256)
            return job.download(found.state == "damaged", force)
        except OSError as problem:  # the network's are DownloadErrors by now
            raise InputError(job.unwritten(problem)) from None


def _present(cache: Cache, file: WeightsFile, sha256: str) -> Fetched:
    path, note = cache.path(file.name), cache.note(file.name)
    verified = file.sha256 is not None
    source = note.source if note else str(path)
    return Fetched(path, path.stat().st_size, sha256, verified, "present", source)


def _offline(cache: Cache, file: WeightsFile, found: Examined) -> str:
    state = f"{found.why} and must be" if found.state == "damaged" else "is not in the cache, to be"
    return (
        f"{cache.path(file.name)}: {state} downloaded, which being offline (--offline, "
        "DARKNET_OFFLINE) forbids; darknet cache add takes a file that you have"
    )


class _Job:
    """One fetch, by the holder of the lock."""

    def __init__(
        self,
        file: WeightsFile,
        cache: Cache,
        check: Check | None,
        settings: Settings,
        progress: Progress | None,
        tell: Callable[[str], None] | None,
    ) -> None:
        self._file = file
        self._cache = cache
        self._check = check
        self._settings = settings
        self._progress = progress or (lambda received, of: None)
        self._tell = tell or (lambda line: None)
        self._path = cache.path(file.name)
        self._part = Part.beside(self._path)

    def look(self, offline: bool) -> Examined:
        """What is here by now, which another may have fetched; a damaged file is left."""
        found = self._cache.examine(self._file)
        if found.state == "unknown":
            found = self._checked(found)
        if found.state != "right" and offline:
            raise DownloadError(_offline(self._cache, self._file, found))
        if found.state == "damaged":
            self._tell(f"{self._path}: {found.why}; downloading it again")
        return found

    def _checked(self, found: Examined) -> Examined:
        """A file without any checksum (put here by hand): `check` decides, and it is noted."""
        try:
            sha256 = self._cache.judge(self._file, self._path, self._check)
        except WeightsError as problem:
            return Examined("damaged", found.sha256, str(problem))
        self._cache.adopt(self._file, self._path, sha256, str(self._path))
        return Examined("right", sha256)

    def download(self, repair: bool, afresh: bool) -> Fetched:
        """Try the sources in turn; DownloadError with what each said."""
        if afresh:
            self._part.discard()
        said = []
        with Client(self._settings) as client:
            for url in self._file.sources:
                try:
                    note = self._from(client, url)
                except (DownloadError, WeightsError) as problem:
                    said.append(f"{shown_url(url)}: {problem}")
                    if len(said) < len(self._file.sources):
                        self._tell(f"{said[-1]}; trying the next source")
                    continue
                except KeyboardInterrupt:
                    self._tell(f"{self._file.name}: {self._kept() or 'nothing is kept'}")
                    raise
                status: Literal["repaired", "downloaded"] = "repaired" if repair else "downloaded"
                return Fetched(
                    self._path, note.size, note.sha256, note.verified, status, note.source
                )
        raise DownloadError(self._failed(said))

    def _failed(self, said: list[str]) -> str:
        what = "; ".join(said) or "no source is known"
        have = "darknet cache add takes a file that you have"
        return f"{self._file.name}: not downloaded: {what}; {self._kept() or have}"

    def _kept(self) -> str:
        """What to do about a part, '' where there is none."""
        notes = [self._part.usable(self._file, url) for url in self._file.sources]
        kept = max((note.received for note in notes if note), default=0)
        return f"{kept:,} bytes are kept: run again to resume" if kept else ""

    def _from(self, client: Client, url: str) -> Note:
        """Receive from one source and adopt. What turns out wrong is discarded.

        Where that had been resumed, the beginning may be to blame: once more, from the start.
        """
        while True:
            try:
                resumed = self._receive(client, url)
            finally:
                self._part.close()
            try:
                sha256 = self._cache.judge(self._file, self._part.path, self._check)
            except WeightsError as problem:
                self._part.discard()
                if not resumed:
                    raise WeightsError(f"{problem}; it was discarded") from None
                continue
            note = self._cache.adopt(self._file, self._part.path, sha256, url)
            self._part.forget()
            return note

    def _receive(self, client: Client, url: str) -> bool:
        """Fill the part; whether it had been begun before."""
        size, kept = self._file.size, self._part.usable(self._file, url)
        received = kept.received if kept else 0
        if kept and received == size:
            return True
        self._need_room(received)
        answer = client.get(url, received, kept.validator if kept else "", size)
        with contextlib.closing(answer):
            pieces = answer.pieces()
            if kept and answer.start:
                self._part.resume(kept)
            else:
                self._begin(url, answer, pieces)
            self._fill(pieces, size if size is not None else answer.total)
        return answer.start > 0

    def _begin(self, url: str, answer: Answer, pieces: Iterator[bytes]) -> None:
        """Start the part, once the first bytes are not something else's: an older part stays."""
        head = b""
        for piece in pieces:
            head += piece
            if len(head) >= _HEAD:
                break
        what = not_weights(head, len(head))
        if what:
            raise WeightsError(f"{what}; expected {self._file.name}")
        self._part.begin(PartNote(url, answer.validator, self._file.size, self._file.sha256))
        self._add(head)

    def _fill(self, pieces: Iterator[bytes], of: int | None) -> None:
        """Receive to the end. A break after the last byte that was wanted is none."""
        size, broken = self._file.size, "it ended early"
        self._progress(self._part.received, of)
        try:
            for piece in pieces:
                self._add(piece)
                self._progress(self._part.received, of)
        except DownloadError as problem:
            broken = str(problem)
            if size is None:
                raise DownloadError(self._broken(broken, of)) from None
        if size is not None and self._part.received < size:
            raise DownloadError(self._broken(broken, of))

    def _broken(self, how: str, of: int | None) -> str:
        whole = f" of {of:,}" if of is not None else ""
        return f"{how}: received {self._part.received:,}{whole} bytes"

    def _add(self, piece: bytes) -> None:
        limit = self._settings.largest if self._file.size is None else self._file.size
        if self._part.received + len(piece) > limit:
            self._part.discard()
            raise WeightsError(f"more than the expected {limit:,} bytes; it was discarded")
        self._part.write(piece)

    def unwritten(self, problem: OSError) -> str:
        """What the system refused, and what is kept."""
        kept = self._kept() or "the cache folder is DARKNET_CACHE"
        return f"{self._path}: cannot be written: {problem.strerror}; {kept}"

    def _need_room(self, received: int) -> None:
        if self._file.size is None:
            return
        free = shutil.disk_usage(self._cache.folder).free
        needed = self._file.size - received
        if free < needed:
            raise InputError(
                f"{self._path}: needs {needed:,} bytes, but its disk has {free:,} free (the cache "
                "folder is DARKNET_CACHE)"
            )
