"""How the commands that train run: in how many processes, watched, and ended with patience."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import DarknetError, EngineError, InputError

if TYPE_CHECKING:
    from ..train.parallel import Process
    from ..train.session import Session

__all__ = ["launched", "needs_torch", "say"]

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def launched(
    make: Callable[[Process], Session],
    *,
    gpus: str | None,
    as_json: bool,
    minutes: float | None = None,
) -> int:
    """Run the session that `make` prepares, in a process on each of `gpus`; the exit code.

    After `minutes` the run ends, as it would be ended by Ctrl-C, but as it should.
    """
    chosen = _gpus(gpus)
    if len(chosen) > 1 and "RANK" not in os.environ:
        from ..train.parallel import relaunch

        return relaunch(len(chosen), sys.argv[1:])
    from ..train.parallel import joined

    with joined(chosen) as process:
        try:
            return _watched(make, process, as_json, minutes)
        except DarknetError:
            if process.first_here:
                raise
            return 2  # one process of a machine says it


def _gpus(word: str | None) -> tuple[int, ...]:
    """The numbers after -gpus; none where there is no CUDA, which is told."""
    if word is None:
        return ()
    parts = word.split(",")
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise InputError(f"-gpus {word}: expected numbers of GPUs with commas between: 0,1")
    import torch

    if not torch.cuda.is_available():
        say(f"-gpus {word}: torch sees no CUDA here; training on the CPU")
        return ()
    return tuple(map(int, parts))


def needs_torch() -> None:
    """EngineError where torch is not installed."""
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise EngineError(
            'training needs torch, which is not installed: pip install "darknet-python[train]"'
        )


def _watched(
    make: Callable[[Process], Session], process: Process, as_json: bool, minutes: float | None
) -> int:
    from ..train.allocator import keep_memory
    from .watch import Watch

    keep_memory()
    session = make(process)
    quiet = as_json or not process.is_main
    watch = Watch(
        session.total, session.title, done=session.start, quiet=quiet, memory=session.memory_now
    )
    with _patience(session) as patience, watch:
        session.tell_to(watch.note)
        end = None if minutes is None else time.monotonic() + 60 * minutes
        for step in session.run():
            watch.step(step)
            if end is not None and time.monotonic() >= end:
                session.stop()
    return _told(session, as_json, asked=bool(patience)) if process.is_main else 0


def _told(session: Session, as_json: bool, *, asked: bool) -> int:
    """Print what came of it; the exit code, that of an interrupted run where somebody asked."""
    outcome = session.result()
    for line in session.lost:
        print(f"darknet: {line}", file=sys.stderr)
    if as_json:
        print(json.dumps(outcome.to_dict(), indent=1))
    else:
        print("\n".join(outcome.lines()))
    if outcome.complete:
        return 0
    did = "interrupted" if asked else "ended"
    backup = outcome.files.get("backup")
    has = f", and {backup} has the weights of now" if backup else ""
    say(
        f"{did} after {outcome.batch:,} of {session.total:,} batches; the same command "
        f"with --resume goes on{has}"
    )
    return 130 if asked else 0


def say(line: str) -> None:
    """A remark, on stderr."""
    print(f"darknet: {line}", file=sys.stderr)


@contextmanager
def _patience(session: Session) -> Iterator[list[float]]:
    """Ctrl-C (or a cluster's SIGTERM, or a lost line) ends the run after this batch.

    A second one ends it at once; what comes within a second is the same one: torchrun passes on
    what the terminal has sent to all. The list has the times at which it was asked for.
    """
    asked_at: list[float] = []

    def asked(number: int, frame: object) -> None:
        asked_at.append(time.monotonic())
        if asked_at[-1] - asked_at[0] > 1:
            raise KeyboardInterrupt
        session.stop()

    signals = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    old = {number: signal.signal(number, asked) for number in signals}
    try:
        yield asked_at
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
