"""Lines from a pipe, read ahead."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from darknet.go.gtp.lines import LinesOf, LinesRead
from darknet.go.gtp.protocol import MAX_BYTES


@pytest.fixture
def pipe() -> Iterator[tuple[LinesRead, int]]:
    """Lines read from a pipe, and its other end."""
    reading, writing = os.pipe()
    yield LinesRead(reading), writing
    os.close(reading)


def test_lines_come_as_they_are_written(pipe: tuple[LinesRead, int]) -> None:
    lines, end = pipe
    assert not lines.wait(0.0)
    os.write(end, b"one\nt")
    assert lines.wait(60.0)
    assert lines.wait(60.0)  # and again: it is still there
    assert lines.next() == b"one"
    assert not lines.wait(0.05)
    os.write(end, b"wo\r\n\n\xff\x00\nlast")
    assert [lines.next() for _ in range(3)] == [b"two\r", b"", b"\xff\x00"]
    os.close(end)
    assert lines.wait(60.0)
    assert [lines.next() for _ in range(3)] == [b"last", None, None]
    assert lines.wait(0.0)


def test_a_line_without_end_does_not_fill_the_memory(pipe: tuple[LinesRead, int]) -> None:
    lines, end = pipe
    for _ in range(2 * MAX_BYTES // 2**16):
        os.write(end, b"x" * 2**16)
    os.write(end, b"\nname\n")
    os.close(end)
    long = lines.next()
    assert long is not None
    assert len(long) == MAX_BYTES + 1
    assert lines.next() == b"name"


def test_a_pipe_that_does_not_wait(pipe: tuple[LinesRead, int]) -> None:
    reading, end = os.pipe()
    os.set_blocking(reading, False)
    lines = LinesRead(reading)
    assert not lines.wait(0.05)
    os.write(end, b"one\n")
    assert lines.next() == b"one"
    os.close(end)
    assert lines.next() is None
    os.close(reading)
    os.close(pipe[1])


def test_waiting_takes_its_time(pipe: tuple[LinesRead, int]) -> None:
    lines, end = pipe
    began = time.monotonic()
    assert not lines.wait(0.1)
    assert time.monotonic() - began >= 0.09
    os.close(end)


def test_lines_that_are_all_there() -> None:
    lines = LinesOf([b"one", b"two"])
    assert lines.wait(5.0)
    assert [lines.next() for _ in range(3)] == [b"one", b"two", None]
