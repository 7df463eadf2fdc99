"""Lines of input, with a look at whether the next one is there yet.

An analysis goes on until the next line comes. So lines are read by a thread, as they come.
"""

from __future__ import annotations

import os
import queue
import time
from collections import deque
from collections.abc import Iterable
from threading import Thread
from typing import Protocol

from .protocol import MAX_BYTES

__all__ = ["Lines", "LinesOf", "LinesRead"]

_CHUNK = 2**16
_NAP = 0.01
_WAITING = 1000  # lines that are read ahead
_PATIENCE = 1.0  # seconds between looks for Ctrl-C, which a wait on Windows does not see


class Lines(Protocol):
    """Where commands come from."""

    def next(self) -> bytes | None:
        """The next line, waited for; None at the end."""
        ...

    def wait(self, seconds: float) -> bool:
        """Wait so long for the next line, or the end; True as soon as it is there."""
        ...


class LinesOf:
    """Lines that are all there from the start."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = deque(lines)

    def next(self) -> bytes | None:
        """The next line; None at the end."""
        return self._lines.popleft() if self._lines else None

    def wait(self, seconds: float) -> bool:
        """True: the next line, or the end, is there."""
        return True


class LinesRead:
    """Lines from a file descriptor, read ahead.

    `os.read` is used, not a buffered file: the thread may still be reading when Python ends, and
    would hold the file's lock.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: queue.Queue[bytes | None] = queue.Queue(maxsize=_WAITING)
        self._ahead: list[bytes | None] = []  # a line that `wait` has taken already
        self._over = False
        Thread(target=self._read, daemon=True).start()

    def next(self) -> bytes | None:
        """The next line, waited for; None at the end."""
        if self._over:
            return None
        while not self.wait(_PATIENCE):
            pass
        line = self._ahead.pop()
        self._over = line is None
        return line

    def wait(self, seconds: float) -> bool:
        """Wait so long for the next line, or the end; True as soon as it is there."""
        if self._over or self._ahead:
            return True
        try:
            self._ahead.append(self._lines.get(timeout=seconds) if seconds > 0
                               else self._lines.get_nowait())  # fmt: skip
        except queue.Empty:
            return False
        return True

    def _read(self) -> None:
        """Hand lines on; of one that is too long, as much as shows that it is."""
        line = b""
        while piece := self._piece():
            *ends, rest = piece.split(b"\n")
            for end in ends:
                self._lines.put((line + end)[: MAX_BYTES + 1])
                line = b""
            line = (line + rest)[: MAX_BYTES + 1]
        if line:
            self._lines.put(line)
        self._lines.put(None)

    def _piece(self) -> bytes:
        while True:
            try:
                return os.read(self._descriptor, _CHUNK)
            except BlockingIOError:  # of whoever shares it with us and made it so
                time.sleep(_NAP)
            except OSError:
                return b""
