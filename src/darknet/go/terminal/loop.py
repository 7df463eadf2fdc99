"""The order of things at the terminal board: draw, ask for a line, do it, until one leaves."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Protocol

from .actions import perform, start
from .draw import Line, Look
from .screen import prompt, screen
from .session import Session

__all__ = ["Console", "run"]


class Console(Protocol):
    """Where lines are shown and typed."""

    def look(self) -> Look:
        """What it can show now."""
        ...

    def show(self, lines: Sequence[Line]) -> None:
        """Show styled lines."""
        ...

    def say(self, lines: Sequence[str]) -> None:
        """Show words."""
        ...

    def ask(self, prompt: str) -> str | None:
        """A line that was typed; None at the end of all."""
        ...

    def last_words(self, lines: Sequence[str]) -> None:
        """Show words where the program stops, whether or not there is anybody to read them."""
        ...


Busy = Callable[[str], AbstractContextManager[None]]
"""What is shown while the network works."""


def run(session: Session, console: Console, busy: Busy) -> None:
    """Play until `q` or the end of what is typed. An unsaved game is kept, whatever happens."""
    farewell: Sequence[str] | None = None
    try:
        with busy("Thinking"):
            reply = start(session)
        while not reply.leave:
            if reply.draw:
                with busy("Thinking"):
                    lines = screen(session, console.look())
                console.show(lines)
            console.say(reply.lines)
            line = console.ask(prompt(session))
            if line is None:
                break
            with busy("Thinking"):
                reply = perform(session, line)
        farewell = session.farewell()
        console.say(farewell)
    except BaseException:  # interrupted, or nobody reads any more: the game is not lost for it
        with _undisturbed(), suppress(Exception):
            console.last_words(session.farewell() if farewell is None else farewell)
        raise


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let a second Ctrl-C, or a closed window after it, wait: the game would not be kept."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    known = [getattr(signal, name) for name in names if hasattr(signal, name)]
    try:
        before = {number: signal.signal(number, signal.SIG_IGN) for number in known}
    except ValueError:  # not the main thread, which alone is interrupted
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
