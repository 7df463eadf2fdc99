"""What a run writes, and when that fails.

A disk that is full for a while costs nothing: what could not be written is told, training goes on,
and it is tried again. Only what is missing at the end is an error.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ..cfg import Cfg
from ..errors import InputError, printable
from ..files import identity
from .checkpoint import Folder, State, replace_file, save_state
from .curve import History, draw_curve
from .record import Recorder, Step, stream_steps
from .run_options import Options

__all__ = ["Kept", "checkpoint_of", "is_whole"]

REDRAW_SECONDS = 60  # between two pictures of the curve

_FILES = {
    "weights": ".weights",
    "best": "_best.weights",
    "backup": ".backup",
    "checkpoint": ".checkpoint",
    "cfg": ".cfg",
    "names": ".names",
    "held_out": ".held-out.tsv",
    "curve": ".png",
    "csv": ".csv",
    "jsonl": ".jsonl",
}
_EARLIER = (".weights", "_best.weights", ".backup", ".checkpoint", ".png", ".held-out.tsv")


def checkpoint_of(options: Options) -> Path:
    """Where a run's checkpoint is."""
    return Path(options.backup) / f"{options.name}.checkpoint"


def is_whole(options: Options) -> bool:
    """Whether the last weights are there: a run may be killed between its checkpoint and them."""
    return (Path(options.backup) / f"{options.name}.weights").exists()


class Kept:
    """The files of one run, in its folder.

    `batch` is where the run begins: rows of its record after that are dropped. Raises InputError
    when the folder cannot be used, or something that is read would be overwritten.
    """

    def __init__(self, options: Options, batch: int, tell: Callable[[str], None]) -> None:
        self.tell = tell
        self._missing: dict[str, str] = {}  # what could not be written so far, and why
        self._folder = Folder(Path(options.backup), options.name)
        try:
            self._refuse_own(options)
            self._history = History()
            if not options.resume:
                self._keep_earlier()
            if options.resume:
                self._history = History(stream_steps(self._folder.file(".csv")))
            self._recorder = _recorder(options, self._folder, batch)
        except BaseException:
            self._folder.close()
            raise
        self._unwritten: deque[Step] = deque()
        self._drawn = 0.0

    def _refuse_own(self, options: Options) -> None:
        given = (options.names, options.weights, options.valid, *(options.teacher or ()))
        read = [options.cfg, options.data, *filter(None, given)]
        written = {identity(self._folder.file(suffix)) for suffix in _FILES.values()}
        own = next((path for path in read if os.path.exists(path) and identity(path) in written), 0)
        if own and not (options.resume or own == options.weights):
            raise InputError(
                f"{printable(str(own), 200)}: is read here, and would be overwritten: give "
                "--backup another folder"
            )

    def _keep_earlier(self) -> None:
        """An earlier run's files under another name, where there are any (its record, too)."""
        found = [self._folder.file(suffix) for suffix in _EARLIER]
        found = [path for path in found if path.exists()]
        for path in found:
            suffix = path.name.removeprefix(self._folder.name)
            path.replace(self._folder.file(f".previous{suffix}"))
        if found:
            name = printable(self._folder.name)
            self.tell(
                f"{printable(str(self._folder.path), 200)}: an earlier run's files are kept as "
                f"{name}.previous.*; --resume would go on with it"
            )

    def add(self, step: Step) -> None:
        """A row in the record; those that could not be written before come first."""
        self._history.add(step)
        self._unwritten.append(step)
        with self._told("record"):
            while self._unwritten:
                self._recorder.add(self._unwritten[0])
                self._unwritten.popleft()

    def save(self, state: State, weights: bytes) -> None:
        """The state, the newest weights, and from time to time the curve."""
        with self._told("state"):
            self._recorder.sync()
            save_state(self._folder.file(".checkpoint"), state)
            self._write(".backup", weights)
        if time.monotonic() - self._drawn > REDRAW_SECONDS:
            self.draw()

    def save_best(self, weights: bytes) -> bool:
        """The best weights so far; False where they could not be written."""
        with self._told("best"):
            self._write("_best.weights", weights)
            return True
        return False

    def finish(self, weights: bytes | None) -> None:
        """What is left: the last weights, and the curve. InputError for what is missing still."""
        if weights is not None:
            self._write(".weights", weights)
        self.draw()
        for reason in self._missing.values():
            raise InputError(reason)

    def draw(self) -> None:
        """The curve as it is now; told where it cannot be written, and no error."""
        self._drawn = time.monotonic()
        try:
            draw_curve(self._history, self._folder.file(".png"), self._folder.name)
        except InputError as problem:
            self.tell(f"{problem}: the curve is not up to date")

    def write_cfg(self, cfg: Cfg, names: Sequence[str]) -> None:
        """The cfg as it is trained; with `names`, its classes beside it."""
        if names:
            self._write(".names", "".join(f"{name}\n" for name in names).encode())
            cfg = cfg.with_option(0, "names", f"{self._folder.name}.names")
        self._write(".cfg", cfg.to_bytes())

    def write_held_out(self, table: bytes) -> None:
        """Which photographs are not trained on."""
        self._write(".held-out.tsv", table)

    @property
    def last_good(self) -> str:
        """Where the last good weights are, for a message."""
        backup = self._folder.file(".backup")
        if not backup.exists():
            return "nothing was kept yet"
        return (
            f"the last good weights are in {backup}: start from them with a smaller --learning-rate"
        )

    @property
    def files(self) -> Mapping[str, str]:
        """What is there, by what it is."""
        found = {what: self._folder.file(suffix) for what, suffix in _FILES.items()}
        return {what: os.fspath(path) for what, path in found.items() if path.exists()}

    def close(self) -> None:
        """Let others have the folder."""
        self._recorder.close()
        self._folder.close()

    def _write(self, suffix: str, data: bytes) -> None:
        replace_file(self._folder.file(suffix), data)

    @contextlib.contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Tell once that something cannot be written, and go on."""
        try:
            yield
        except InputError as problem:
            if what not in self._missing:
                self.tell(f"{problem}; training goes on, and it is tried again later")
            self._missing[what] = str(problem)
        else:
            self._missing.pop(what, None)


def _recorder(options: Options, folder: Folder, batch: int) -> Recorder:
    if options.resume:
        return Recorder.resume(folder.path, folder.name, batch, tensorboard=options.tensorboard)
    return Recorder(folder.path, folder.name, tensorboard=options.tensorboard)
