"""The loop: a line in, a reply out, whatever the line is and whatever goes wrong."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from io import BytesIO, FileIO

from ...errors import DarknetError, printable
from . import (  # noqa: F401 - each registers its commands
    admin,
    analyze,
    games,
    gogui,
    moves,
    network,
    params,
    position,
    rules,
    scores,
    times,
)
from .lines import Lines
from .protocol import Command, end_of_reply, parse, reply, start_of_reply, text_line
from .registry import COMMANDS
from .session import Session
from .words import Words

__all__ = ["Engine"]

_START = 1000  # bytes of a line that is too long, for its number


class Engine:
    """Answers commands for a session; replies go to `out`, what went wrong here to `tell`.

    `out` may be unbuffered: what it does not take at once is written again.
    """

    def __init__(
        self, session: Session, out: BytesIO | FileIO, tell: Callable[[str], None]
    ) -> None:
        self.session = session
        self._out, self._tell = out, tell

    def run(self, lines: Lines) -> None:
        """Answer every line, until ``quit`` or the end."""
        self.session.lines = lines
        while not self.session.over:
            line = lines.next()
            if line is None:
                break
            self.answer(line)

    def answer(self, line: bytes) -> None:
        """Write the reply to one line; nothing for an empty one."""
        try:
            command = parse(line)
        except DarknetError as problem:
            start = parse(line[:_START])
            number = start.number if start else ""
            self._write(reply(number, str(problem), accepted=False))
            return
        if command is not None:
            self._execute(command)

    def _execute(self, command: Command) -> None:
        handler = COMMANDS.get(command.name)
        if handler is None:
            what = "unknown command" if command.name else "syntax error: a number, and no command"
            self._write(reply(command.number, what, accepted=False))
            return
        try:
            answer = handler(self.session, Words(command.words))
            first = None if isinstance(answer, str) else next(answer)
        except Exception as problem:
            self._write(reply(command.number, self._refusal(command, problem), accepted=False))
            return
        if isinstance(answer, str):
            self._write(reply(command.number, answer))
        else:
            self._write(start_of_reply(command.number) + text_line(first or ""))
            self._stream(command, answer)

    def _stream(self, command: Command, texts: Iterator[str]) -> None:
        """The lines of a reply as they come; a fault ends it, as it has begun well."""
        while True:
            try:
                text = next(texts, None)
            except Exception as problem:
                self._tell(f"{command.name}: {self._refusal(command, problem)}")
                break
            if text is None:
                break
            self._write(text_line(text))
        self._write(end_of_reply())

    def _refusal(self, command: Command, problem: Exception) -> str:
        """What is said of a problem: the input's fault in its own words, ours with a line here."""
        if isinstance(problem, DarknetError):
            return str(problem)
        what = printable(f"{type(problem).__name__}: {problem}", 200)
        where = traceback.extract_tb(problem.__traceback__)[-1]
        self._tell(
            f'an internal fault at "{printable(" ".join(command[1:2] + command[2]))}": {what}'
            f" ({where.filename}:{where.lineno})"
        )
        return f"internal fault: {what}"

    def _write(self, data: bytes) -> None:
        while data:
            data = data[self._out.write(data) :]
        self._out.flush()
