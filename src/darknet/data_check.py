"""Is a data set fit to be trained on? Every photograph decoded, every class looked up.

What cannot be used: photographs that cannot be read, that have no class or two, and that are the
same to the byte but of two classes. What is worth knowing: photographs that are there twice, or in
the training part and the validation part (what is learned by heart is then not told from what is
understood), sizes, greys, and how many photographs every class has.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from .archive import Encoded
from .class_names import empty_folders
from .data_report import Decoded, Problem, Report
from .errors import ImageError, printable
from .files import read_bytes
from .image import MAX_BYTES, kind_of, open_image
from .labelled import Photograph, Survey, survey
from .parts import Part

__all__ = ["DataCheck"]

AHEAD = 8  # photographs a thread that wait for their turn


@dataclass(frozen=True, slots=True)
class _Task:
    part: str
    photograph: Photograph
    where: str


class DataCheck:
    """One look at all photographs of a data set, which may be watched.

    parts: train, valid, or both; () for data that are not divided, read once. size: width and
    height of a network's input, to count what is smaller, or None.

    Raises InputError for a source that cannot be read.
    """

    def __init__(
        self,
        source: str | os.PathLike[str],
        names: Sequence[str],
        parts: Sequence[Part],
        size: tuple[int, int] | None = None,
    ) -> None:
        self._label, self._names, self._size = os.fspath(source), tuple(names), size
        self._surveys: dict[str, Survey] = {
            part: survey(source, names, part) for part in parts
        } or {"all": survey(source, names, "train")}
        self._empty = empty_folders(source)
        self._decoded: list[Decoded] = []
        self._unreadable: list[Problem] = []

    def __len__(self) -> int:
        return sum(len(found.labelled) for found in self._surveys.values())

    @property
    def inputs(self) -> list[str]:
        """Every file that is read, not to be overwritten."""
        found: list[str] = []
        for one in self._surveys.values():
            found += [*one.labelled.files, *(p.path for p in one.labelled.photographs)]
        return found

    def run(self, threads: int | None = None) -> Iterator[Decoded | Problem]:
        """Decode every photograph, as many at once as there are cores; in the data's order."""
        count = threads or os.cpu_count() or 1
        tasks = (
            _Task(part, one, found.labelled.where(one))
            for part, found in self._surveys.items()
            for one in found.labelled.photographs
        )
        with ThreadPoolExecutor(count, "check") as pool:
            ahead: deque[Future[Decoded | Problem]] = deque(
                pool.submit(_look, task) for task in islice(tasks, AHEAD * count)
            )
            try:
                while ahead:
                    found = ahead.popleft().result()
                    ahead.extend(pool.submit(_look, task) for task in islice(tasks, 1))
                    if isinstance(found, Problem):
                        self._unreadable.append(found)
                    else:
                        self._decoded.append(found)
                    yield found
            finally:
                for future in ahead:
                    future.cancel()

    def status(self) -> str:
        """How it stands, for a progress bar."""
        return f"{len(self._unreadable):,} unreadable" if self._unreadable else ""

    def result(self) -> Report:
        """What was found, of the photographs that were looked at so far."""
        faults = [
            Problem("class", part, fault.path, fault.where, fault.reason)
            for part, found in self._surveys.items()
            for fault in found.faults
        ]
        problems = [*self._unreadable, *faults, *_repeated(self._surveys), *_same(self._decoded)]
        return Report(
            label=self._label,
            names=self._names,
            parts=tuple(self._surveys),
            decoded=tuple(self._decoded),
            problems=tuple(problems),
            size=self._size,
            empty=self._empty,
        )


def _look(task: _Task) -> Decoded | Problem:
    """Read a photograph's bytes, and decode them."""
    one, where = task.photograph, task.where
    try:
        data = one.data
        if data is None:
            read = read_bytes(one.path, MAX_BYTES, "a photograph", ImageError)
            data = Encoded.named(read, one.path)
        pixels = open_image(data)
        kind = kind_of(data)
    except ImageError as error:
        reason = str(error).removeprefix(f"{printable(one.path, 200)}: ")
        return Problem("unreadable", task.part, one.path, where, reason)
    digest = hashlib.blake2b(data, digest_size=16).digest()
    height, width, _ = pixels.shape
    return Decoded(task.part, one.path, one.index, where, one.line, width, height, kind, digest)


def _repeated(surveys: dict[str, Survey]) -> Iterator[Problem]:
    """Photographs that a list names more than once, from the second time on."""
    for part, found in surveys.items():
        first: dict[str, Photograph] = {}
        for one in found.labelled.photographs:
            before = first.setdefault(os.path.abspath(one.path), one)
            if before is not one:
                reason = f"named twice: in line {before.line} too"
                where = found.labelled.where(one)
                yield Problem("repeated", part, one.path, where, reason, one.line)


def _same(decoded: Sequence[Decoded]) -> Iterator[Problem]:
    """Photographs that are another one to the byte.

    Of one class, the first stays, and one to validate with before one to train on; of two classes
    none stays, as nobody knows which is right.
    """
    groups: dict[bytes, dict[str, Decoded]] = {}
    for one in decoded:
        groups.setdefault(one.digest, {}).setdefault(os.path.abspath(one.path), one)
        kept = groups[one.digest][os.path.abspath(one.path)]
        if kept.part != one.part:  # one file, named in both parts
            groups[one.digest][f"{one.part}\0{one.path}"] = one
    for group in groups.values():
        if len(group) > 1:
            yield from _group(list(group.values()))


def _group(same: list[Decoded]) -> Iterator[Problem]:
    if len({one.index for one in same}) > 1:
        for one in same:
            other = next(o for o in same if o.index != one.index)
            reason = f"the same bytes as {printable(other.path, 200)}, which has another class"
            yield Problem("conflict", one.part, one.path, one.where, reason)
        return
    keeper = next((one for one in same if one.part == "valid"), same[0])
    for one in same:
        if one is not keeper:
            leak = one.part != keeper.part
            what = "a photograph to validate with" if leak else "the same bytes"
            reason = f"{what}: {printable(keeper.path, 200)}"
            yield Problem("leak" if leak else "same", one.part, one.path, one.where, reason)
