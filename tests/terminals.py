"""A command on a pseudo-terminal of its own: what it shows, and keys for it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from typing import Self

PATIENCE_SECONDS = 120.0  # machines that run tests are busy
_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>])")


class Terminal:
    """``python -m darknet WORDS`` with a pseudo-terminal for stdin, stdout and stderr."""

    def __init__(self, *words: str, columns: int = 100, **environment: str | None) -> None:
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        given = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
        told = {**os.environ, "NO_COLOR": None, "FORCE_COLOR": None, **given, **environment}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "darknet", *words],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={name: value for name, value in told.items() if value is not None},
            preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(slave)
        self.raw = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        self.hang_up()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def hang_up(self) -> None:
        """Close the window."""
        with contextlib.suppress(OSError):
            os.close(self.master)

    def until(self, words: str) -> str:
        """What is shown from the last call on, until it ends in `words`; without escapes."""
        begin, end = len(self.raw), time.monotonic() + PATIENCE_SECONDS
        while not self._shown(begin).rstrip().endswith(words):
            assert self._read(end), f"no {words!r} at the end of {self._shown(begin)!r}"
        return self._shown(begin)

    def _shown(self, begin: int) -> str:
        return _ESCAPES.sub("", self.raw[begin:]).replace("\r\n", "\n")

    def _read(self, end: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], max(0.0, end - time.monotonic()))
        try:
            piece = os.read(self.master, 65536) if ready else b""
        except OSError:  # the process is gone
            piece = b""
        self.raw += piece.decode("utf-8", "replace")
        return bool(piece)

    def type(self, keys: str | bytes) -> None:
        """Press keys."""
        os.write(self.master, keys if isinstance(keys, bytes) else keys.encode())

    def end(self) -> tuple[int, str]:
        """Wait for the end: the exit code, and what was shown from the last call on."""
        begin, end = len(self.raw), time.monotonic() + PATIENCE_SECONDS
        while self._read(end):
            pass
        return self.process.wait(PATIENCE_SECONDS), self._shown(begin)
