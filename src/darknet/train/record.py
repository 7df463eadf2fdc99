"""What happened in a training run, batch by batch: NAME.csv and NAME.jsonl, and TensorBoard.

Both files have a row for every batch, in the same columns: CSV for spreadsheets and plotting
programs, JSON lines for programs. A row is written whole, and is with the operating system before
the next batch starts; so ``kill -9`` costs at most the row that is being written.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from ..errors import InputError, printable
from ..files import open_file, staged

if TYPE_CHECKING:
    from .tensorboard import Board

__all__ = ["COLUMNS", "Recorder", "Step", "read_steps", "stream_steps"]

MAX_LINE = 10_000  # characters of a row; ours have some 150


@dataclass(frozen=True, slots=True)
class Step:
    """One batch of a training run.

    batch: how many batches were trained then, from 1. epoch: passes over the data, 1.5 being
    halfway through the second. seen: photographs so far, as in the weights file. loss: mean over
    the batch, in nats; average: its running average, .9 of the last and .1 of this. rate: the
    learning rate. seconds: the whole batch took; images: photographs in it. waited: share 0..1 of
    that time that went into waiting for photographs. top1, top5: per cent, where the network was
    validated after this batch.
    """

    batch: int
    epoch: float
    seen: int
    loss: float
    average: float
    rate: float
    seconds: float
    images: int
    waited: float
    top1: float | None = None
    top5: float | None = None

    @property
    def speed(self) -> float:
        """Photographs a second."""
        return self.images / self.seconds if self.seconds > 0 else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The columns; None for a number that JSON has no word for (NaN, infinity)."""
        values = {name: getattr(self, name) for name in COLUMNS}
        return {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in values.items()
        }


COLUMNS = tuple(field.name for field in fields(Step))
"""Of the CSV file, and the keys of the JSON lines."""
_WHOLE = frozenset({"batch", "seen", "images"})
_OPTIONAL = frozenset({"top1", "top5"})


# ---- rows


class _Form(Protocol):
    """How a step is written as a line, and read back; ValueError or KeyError for what is none."""

    head: str

    def write(self, step: Step) -> str: ...
    def read(self, line: str) -> Step: ...


class _Csv:
    head = ",".join(COLUMNS) + "\n"

    def write(self, step: Step) -> str:
        values = (getattr(step, name) for name in COLUMNS)
        return ",".join("" if value is None else repr(value) for value in values) + "\n"

    def read(self, line: str) -> Step:
        cells = line.split(",")
        return _step(dict(zip(COLUMNS, (cell or None for cell in cells), strict=True)))


class _Jsonl:
    head = ""

    def write(self, step: Step) -> str:
        return json.dumps(step.to_dict(), allow_nan=False) + "\n"

    def read(self, line: str) -> Step:
        found = json.loads(line)
        if not isinstance(found, dict):
            raise ValueError(line)
        return _step(found)


_FORMS: dict[str, _Form] = {".csv": _Csv(), ".jsonl": _Jsonl()}


def _step(cells: dict[str, Any]) -> Step:
    values: dict[str, Any] = {}
    for name in COLUMNS:
        value = cells[name]
        if value is None and name in _OPTIONAL:
            values[name] = None
        elif name in _WHOLE:
            values[name] = int(value)
        else:
            values[name] = math.nan if value is None else float(value)
    return Step(**values)


def read_steps(path: str | os.PathLike[str]) -> list[Step]:
    """The rows of a .csv or .jsonl record, in file order; a torn last line is left out.

    Raises InputError for another file, with file:line for a row that is none.
    """
    return list(stream_steps(path))


def stream_steps(path: str | os.PathLike[str]) -> Iterator[Step]:
    """As `read_steps`, one after the other: a long run has a million."""
    path = Path(path)
    label = printable(os.fspath(path), 200)
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise InputError(f"{label}: expected a record of a training run, .csv or .jsonl")
    with open_file(path, "a record of a training run", InputError) as file:
        for number, raw in enumerate(iter(lambda: file.readline(MAX_LINE), b""), 1):
            if not raw.endswith(b"\n") and len(raw) < MAX_LINE:
                return  # the last one, torn by a kill
            line = raw.decode("ascii", "replace")
            if number == 1 and line == form.head:
                continue
            try:
                yield form.read(line.rstrip())
            except (ValueError, KeyError, TypeError):
                shown = printable(line.rstrip(), 60)
                raise InputError(
                    f"{label}:{number}: {shown}: no row of a training run; expected "
                    f"{', '.join(COLUMNS)}"
                ) from None


# ---- writing


class Recorder:
    """Writes NAME.csv and NAME.jsonl in `folder`, a row in each for every `add`.

    An earlier run's files become NAME.previous.csv and .jsonl. `tensorboard` also writes events
    into the folder NAME.tensorboard. Raises InputError for a folder that cannot be written.
    """

    def __init__(
        self, folder: str | os.PathLike[str], name: str, *, tensorboard: bool = False
    ) -> None:
        self._board = _board(folder, name, 1) if tensorboard else None
        paths = _paths(folder, name)
        for path in paths:
            _move_away(path)
        self._files = _opened(paths)

    @classmethod
    def resume(
        cls,
        folder: str | os.PathLike[str],
        name: str,
        batch: int,
        *,
        tensorboard: bool = False,
    ) -> Self:
        """Goes on with the record of a run of which `batch` batches count.

        Rows after those are dropped, and so is a torn line; where one of the files is missing or
        shorter, it is written again from the other. A file changes whole or not at all.
        """
        board = _board(folder, name, batch + 1) if tensorboard else None
        paths = _paths(folder, name)
        _mend(paths, batch)
        made = cls.__new__(cls)
        made._board, made._files = board, _opened(paths)
        return made

    def add(self, step: Step) -> None:
        """A row in each file; InputError where that fails (a full disk), and no file has it then.

        It may be called again after that.
        """
        done: list[_File] = []
        try:
            for file in self._files:
                file.append(step)
                done.append(file)
        except InputError:
            for file in done:
                file.take_back()
            raise
        if self._board is not None:
            self._board.add(step)

    def sync(self) -> None:
        """Have the rows on the disk itself, for the case that power fails. A checkpoint does."""
        for file in self._files:
            file.sync()

    def close(self) -> None:
        """No more rows."""
        for file in self._files:
            file.close()
        if self._board is not None:
            self._board.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()


class _File:
    """One file, written at its end."""

    def __init__(self, path: Path) -> None:
        self._path, self._form = path, _FORMS[path.suffix]
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - closed by close
        self._before = self._end = self._file.seek(0, io.SEEK_END)
        try:
            if not self._end:
                self._write(self._form.head)
        except InputError:
            self._file.close()
            raise

    def append(self, step: Step) -> None:
        self._write(self._form.write(step))

    def _write(self, line: str) -> None:
        data = line.encode()
        self._before = self._end
        try:
            if self._file.write(data) != len(data):  # the disk is full
                self._file.write(data[-1:])  # says so by its error
                raise OSError("only a part of it was taken")
        except OSError as problem:
            self.take_back()
            raise _unwritable(self._path, problem) from None
        self._end += len(data)

    def take_back(self) -> None:
        """Without the last line."""
        with contextlib.suppress(OSError):  # a device; or the disk itself fails
            self._file.truncate(self._before)
        self._end = self._before

    def sync(self) -> None:
        try:
            os.fsync(self._file.fileno())
        except OSError as problem:
            raise _unwritable(self._path, problem) from None

    def close(self) -> None:
        self._file.close()


def _board(folder: str | os.PathLike[str], name: str, first: int) -> Board:
    from .tensorboard import Board  # brings torch

    return Board(Path(folder, f"{name}.tensorboard"), first)


def _paths(folder: str | os.PathLike[str], name: str) -> list[Path]:
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise _unwritable(place, problem) from None
    return [place / f"{name}{suffix}" for suffix in _FORMS]


def _opened(paths: list[Path]) -> list[_File]:
    files: list[_File] = []
    for path in paths:
        try:
            files.append(_File(path))
        except (OSError, InputError) as problem:
            for file in files:
                file.close()
            if isinstance(problem, OSError):
                raise _unwritable(path, problem) from None
            raise
    return files


def _move_away(path: Path) -> None:
    if path.is_file() and path.stat().st_size:
        try:
            path.replace(path.with_suffix(f".previous{path.suffix}"))
        except OSError as problem:
            raise _unwritable(path, problem) from None


def _unwritable(path: Path, problem: OSError) -> InputError:
    where = printable(os.fspath(path), 200)
    return InputError(f"{where}: cannot be written: {problem.strerror or problem}")


def _mend(paths: list[Path], batch: int) -> None:
    """Both files with the rows up to `batch`, from the one that has more of them."""
    found = [_measured(path, batch) for path in paths]
    most = max(rows for rows, _ in found)
    source = next(path for path, (rows, _) in zip(paths, found, strict=True) if rows == most)
    for path, (rows, size) in zip(paths, found, strict=True):
        if rows < most:
            _rewrite(path, source, batch)
        elif path.exists() and path.stat().st_size != size:
            _rewrite(path, path, batch)


def _kept(path: Path, batch: int) -> Iterator[Step]:
    return (step for step in stream_steps(path) if step.batch <= batch)


def _measured(path: Path, batch: int) -> tuple[int, int]:
    """Rows that are kept, and how many bytes the file has with those alone."""
    form, rows = _FORMS[path.suffix], 0
    size = len(form.head)
    for step in _kept(path, batch) if path.exists() else ():
        rows += 1
        size += len(form.write(step))
    return rows, size


def _rewrite(path: Path, source: Path, batch: int) -> None:
    form = _FORMS[path.suffix]
    with staged(path) as (place,), open(place, "w", encoding="ascii", newline="\n") as file:
        file.write(form.head)
        file.writelines(form.write(step) for step in _kept(source, batch))
