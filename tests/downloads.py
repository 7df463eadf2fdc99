"""What the tests of downloading share: a file, and how a fetch may end."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from pathlib import Path

import pytest

from darknet.errors import DarknetError, WeightsError
from darknet.zoo.cache import Cache
from darknet.zoo.download import Fetched, WeightsFile, fetch
from darknet.zoo.source import Settings
from lying_server import Answer

DATA = b"\0\0\0\0\2\0\0\0\0\0\0\0" + random.Random(1).randbytes(200_000)
OTHER = b"\0\0\0\0\2\0\0\0\0\0\0\0" + random.Random(2).randbytes(200_000)
SIZE, SHA256 = len(DATA), hashlib.sha256(DATA).hexdigest()
# An honest server on a busy machine may be silent for seconds: what is not about stalls waits.
QUICK = Settings(connect_seconds=30, stall_seconds=30, slowest=100, redirects=3, largest=300_000)
IMPATIENT = replace(QUICK, stall_seconds=2)
HONEST = Answer(DATA)


def wanted(*sources: str, size: int | None = SIZE, sha256: str | None = SHA256) -> WeightsFile:
    return WeightsFile("net.weights", sources, size, sha256)


def content(path: Path) -> None:
    """The check for a file without sha256: WeightsError unless it is DATA."""
    if path.read_bytes() != DATA:
        raise WeightsError("does not fit the network")


def refused(
    cache: Cache, file: WeightsFile, *, settings: Settings = QUICK, **options: object
) -> str:
    """The message of a fetch that fails: one line; what was under its name is still there."""
    path = cache.path(file.name)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(DarknetError) as caught:
        fetch(file, cache, settings=settings, **options)  # type: ignore[arg-type]
    assert str(caught.value).isprintable()
    assert (path.read_bytes() if path.is_file() else None) == before
    return str(caught.value)


def right(cache: Cache, fetched: Fetched) -> None:
    """The file is there, whole and alone."""
    assert fetched.path == cache.path("net.weights")
    assert fetched.path.read_bytes() == DATA
    assert (fetched.size, fetched.sha256) == (SIZE, SHA256)
    left = {path.name for path in cache.folder.iterdir()}
    assert left - {"net.weights.lock"} == {"net.weights", "net.weights.json"}


def part(cache: Cache) -> bytes:
    """The bytes of the unfinished download."""
    return cache.path("net.weights").with_name("net.weights.part").read_bytes()
