"""Progress bars: for work over two seconds, on a terminal, where they do not disturb the answer."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["ByteBar", "progress", "waiting"]

T = TypeVar("T")
PATIENCE_SECONDS = 2.0


def progress(
    items: Iterable[T],
    total: int | None,
    what: str,
    status: Callable[[], str] | None = None,
    *,
    answers: bool = True,
) -> Iterator[T]:
    """The items, with a bar on stderr once the work has gone on for two seconds.

    None is drawn where stderr is no terminal, or stdout is one and `answers` are printed there as
    they come (they show how far the work is). `status` says how the work stands; with it the
    answer comes at the end, and stdout does not count.
    """
    disturbs = answers and status is None and sys.stdout.isatty()
    if not sys.stderr.isatty() or disturbs or (total is not None and total < 2):
        yield from items
        return
    started, bar, done = time.monotonic(), None, 0
    try:
        for item in items:
            yield item
            done += 1
            if bar is None and time.monotonic() - started > PATIENCE_SECONDS:
                bar = _bar()
                bar.start()
                task = bar.add_task(what, total=total)
            if bar is not None:
                words = what if status is None else f"{what}: {status()}"
                bar.update(task, completed=done, description=words)
    finally:
        if bar is not None:
            bar.stop()


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """A spinner on stderr while the block runs, once it has gone on for two seconds.

    None is drawn where stderr is no terminal.
    """
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.status import Status

    status = Status(what, console=Console(stderr=True))
    timer = threading.Timer(PATIENCE_SECONDS, status.start)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        status.stop()


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    return Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,  # rich would draw there what is meant for a file
        redirect_stderr=False,
    )


class ByteBar:
    """Bytes, speed and time left of a download, on stderr, once it has gone on for two seconds.

    Nothing where stderr is no terminal. Call it with the bytes that are there, and of how many.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._started = time.monotonic()
        self._bar: tuple[Progress, TaskID] | None = None

    def __call__(self, received: int, of: int | None) -> None:
        """Draw it so far."""
        if not sys.stderr.isatty() or time.monotonic() - self._started < PATIENCE_SECONDS:
            return
        if self._bar is None:
            bar = _byte_bar()
            self._bar = bar, bar.add_task(self._what, completed=received)
            bar.start()
        bar, task = self._bar
        bar.update(task, completed=received, total=of)

    def close(self) -> None:
        """Take it away."""
        if self._bar is not None:
            self._bar[0].stop()
            self._bar = None


def _byte_bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
    from rich.progress import TimeRemainingColumn as Remaining

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        Remaining(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
