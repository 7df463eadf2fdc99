"""Another program that speaks the Go Text Protocol, run as a process of ours.

    with GtpProcess("gnugo --mode gtp --level 1", timeout=30) as gnugo:
        gnugo.send("boardsize 9")
        print(gnugo.send("genmove b"))  # "E5"

A command gets a number, which the answer repeats: an answer that belongs to another command is
found out. Lines on the program's stdout before an answer are let be; what it says on stderr is
read, so that it never blocks, and the last lines are kept, for when it dies.

A program that took too long, or does not keep to the protocol, is ended at once: what it says
later would be taken for the answer to something else.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import shlex
import signal
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from threading import Event, Thread
from types import TracebackType
from typing import IO, NoReturn

from ..errors import GtpError, InputError, printable

__all__ = ["GtpProcess"]

MAX_COMMAND = 30_000  # bytes; less than what a pipe holds, so that no write waits
MAX_REPLY = 4 * 2**20  # bytes
MAX_LINE = 2**16  # bytes read at once
QUIT_SECONDS = 3.0
LAST_WORDS_SECONDS = 1.0  # for stderr, which a program of its own may keep open
KEPT_LINES = 20
_HEAD = re.compile(r"([=?])([0-9]*)[ \t]*(.*)", re.DOTALL)


class GtpProcess:
    """A Go program, started at once; ended by `close` or at the end of ``with``.

    `command` is the program and its arguments; a string is split as a shell splits it, but no
    shell runs. `name` is for messages (by default the program's file name); `timeout` is how many
    seconds an answer may take. Raises GtpError where the program cannot be started.
    """

    def __init__(
        self, command: Sequence[str] | str, *, name: str | None = None, timeout: float = 60.0
    ) -> None:
        words = _words(command)
        self.name = name or os.path.basename(words[0])
        self.timeout = timeout
        self._process = _start(words, self.name)
        self._number = 0
        self._why_over = ""  # why there will be no more answers
        self._closed = Event()
        self._said: deque[str] = deque(maxlen=KEPT_LINES)
        self._lines: queue.Queue[bytes] = queue.Queue(maxsize=1000)
        Thread(target=self._read_stdout, args=(self._process.stdout,), daemon=True).start()
        self._hears = Thread(target=self._read_stderr, args=(self._process.stderr,), daemon=True)
        self._hears.start()

    def __enter__(self) -> GtpProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def stderr(self) -> tuple[str, ...]:
        """The last lines that the program said on stderr, printable."""
        return tuple(self._said)

    # -- Commands ------------------------------------------------------------------------------

    def send(self, command: str, *, timeout: float | None = None) -> str:
        r"""The program's answer to one command, without ``=`` and number; lines are joined by \n.

        Raises GtpError, whose `refusal` has the text after ``?`` where the program refused; and
        where it died, or took longer than `timeout` seconds (by default the process's own): then
        no more commands can be sent. InputError for what is not one command.
        """
        words = _one_line(command)
        if self._why_over:
            raise GtpError(self._why_over)
        self._number += 1
        patience = self.timeout if timeout is None else timeout
        self._write(f"{self._number} {words}\n".encode("utf-8", "surrogateescape"))
        accepted, text = self._answer(words, time.monotonic() + patience, patience)
        if not accepted:
            said = printable(" ".join(text.split()), 300)
            raise GtpError(f'{self.name} refused "{printable(words)}": {said}', said)
        return text

    def close(self) -> None:
        """Say ``quit``, wait for three seconds, and end the program if it is still there."""
        if self._closed.is_set():
            return
        self._why_over = self._why_over or f"{self.name} was ended"
        try:
            if self._process.poll() is None:
                with contextlib.suppress(OSError):
                    _stream(self._process.stdin).write(b"quit\n")
                with contextlib.suppress(OSError):
                    _stream(self._process.stdin).close()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(QUIT_SECONDS)
        finally:  # Ctrl-C in these seconds too
            self._kill()

    # -- Answers -------------------------------------------------------------------------------

    def _write(self, line: bytes) -> None:
        stdin = _stream(self._process.stdin)
        with contextlib.suppress(OSError):  # it has died; its last words come as the answer
            stdin.write(line)
            stdin.flush()

    def _answer(self, words: str, deadline: float, patience: float) -> tuple[bool, str]:
        """Whether the program accepted, and what it said, up to the empty line."""
        lines: list[str] = []
        size = 0
        while True:
            raw = self._line(words, deadline, patience)
            size += len(raw)
            if size > MAX_REPLY:
                self._give_up(f'answered "{printable(words)}" with more than {MAX_REPLY:,} bytes')
            line = raw.decode("utf-8", "replace").replace("\r", "")
            if lines and line == "\n":
                break
            if lines or line[:1] in ("=", "?"):
                lines.append(line)
        return self._understood(words, "".join(lines).rstrip("\n"))

    def _understood(self, words: str, text: str) -> tuple[bool, str]:
        head = _HEAD.match(text)
        if head is None or head[2] not in ("", str(self._number)):
            shown = printable(text.split("\n")[0])
            self._give_up(f'answered "{printable(words)}" with "{shown}": expected ={self._number}')
        return head[1] == "=", head[3]

    def _line(self, words: str, deadline: float, patience: float) -> bytes:
        try:
            raw = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            self._give_up(f'gave no answer to "{printable(words)}" in {patience:g} seconds')
        if not raw:
            self._died(words)
        return raw

    def _died(self, words: str) -> NoReturn:
        try:
            code = f" with exit code {self._process.wait(QUIT_SECONDS)}"
        except subprocess.TimeoutExpired:
            code = ""  # it only closed its stdout
        self._hears.join(LAST_WORDS_SECONDS)
        said = f": {printable(self._said[-1], 300)}" if self._said else ""
        self._give_up(f'ended at "{printable(words)}"{code}{said}')

    def _give_up(self, what: str) -> NoReturn:
        self._why_over = f"{self.name} {what}"
        self._kill()
        raise GtpError(self._why_over)

    def _kill(self) -> None:
        """End the process, with what it started itself, and let go of its pipes."""
        self._closed.set()
        with contextlib.suppress(OSError):
            if self._process.poll() is None:
                if os.name == "posix":
                    os.killpg(self._process.pid, signal.SIGKILL)
                else:
                    self._process.kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            _stream(self._process.stdin).close()

    # -- What reads along ----------------------------------------------------------------------

    def _read_stdout(self, stream: IO[bytes]) -> None:
        """Hand on line by line; nothing (b"") at the end."""
        line = b"\n"
        with contextlib.suppress(OSError, ValueError), stream:
            while line and not self._closed.is_set():
                line = stream.readline(MAX_LINE)
                self._hand_on(line)
        if line:
            self._hand_on(b"")

    def _hand_on(self, line: bytes) -> None:
        while not self._closed.is_set():
            with contextlib.suppress(queue.Full):
                self._lines.put(line, timeout=0.2)
                return

    def _read_stderr(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError), stream:
            while line := stream.readline(MAX_LINE):
                text = line.decode("utf-8", "replace").strip()
                if text:
                    self._said.append(printable(text, 500))


def _words(command: Sequence[str] | str) -> list[str]:
    if isinstance(command, str):
        try:
            words = shlex.split(command, posix=os.name == "posix")
        except ValueError as problem:
            raise InputError(f'the command "{printable(command)}": {problem}') from None
    else:
        words = list(command)
    if not words or not words[0]:
        raise InputError("no Go program is named: expected a command as gnugo --mode gtp")
    return words


def _start(words: list[str], name: str) -> subprocess.Popen[bytes]:
    """The process, in a group of its own so that it can be ended with all that it started."""
    try:
        return subprocess.Popen(  # noqa: S603 - the program is the caller's, and no shell runs
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        raise GtpError(f"{name} cannot be started: {printable(words[0], 200)}: {reason}") from None


def _one_line(command: str) -> str:
    words = command.strip()
    if not words or words.startswith("#") or not words.replace("\t", " ").isprintable():
        raise InputError(f'"{printable(command)}" is not a GTP command: expected one line of words')
    if len(words.encode("utf-8", "surrogateescape")) > MAX_COMMAND:
        raise InputError(f'"{printable(command)}" is longer than {MAX_COMMAND:,} bytes')
    return words


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:  # never: all three are pipes
        raise ValueError("no pipe")
    return stream
