"""Progress bars: for work over two seconds, on a terminal, where they do not disturb the answer."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["progress"]

T = TypeVar("T")
PATIENCE_SECONDS = 2.0


def progress(
    items: Iterable[T], total: int | None, what: str, *, answers: bool = True
) -> Iterator[T]:
    """The items, with a bar on stderr once the work has gone on for two seconds.

    None is drawn where stderr is no terminal, or stdout is one and `answers` are printed there as
    they come (they show how far the work is).
    """
    disturbs = answers and sys.stdout.isatty()
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
                bar.update(task, completed=done)
    finally:
        if bar is not None:
            bar.stop()


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
