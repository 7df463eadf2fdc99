"""cache: only what is right gets in, and only what darknet put there goes."""

from __future__ import annotations

import hashlib
import os
import random
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

import darknet.zoo
from darknet.cli import main
from darknet.errors import InputError, WeightsError
from darknet.zoo import WeightsFile
from darknet.zoo.cache import Cache

DATA = b"\0\0\0\0\2\0\0\0\0\0\0\0" + random.Random(1).randbytes(100_000)
SHA256 = hashlib.sha256(DATA).hexdigest()
FILE = WeightsFile("net.weights", (), len(DATA), SHA256)
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    """The cache that DARKNET_CACHE names."""
    monkeypatch.setenv("DARKNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("DARKNET_OFFLINE", raising=False)
    return Cache.default()


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The right file, as a user has it."""
    path = tmp_path / "mine.weights"
    path.write_bytes(DATA)
    return path


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture) -> None:
    monkeypatch.delenv("DARKNET_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert Cache.default().folder == tmp_path / "darknet"
    monkeypatch.setenv("DARKNET_CACHE", "~/weights")
    assert Cache.default().folder == Path.home() / "weights"
    assert main(["cache", "path"]) == 0
    assert capsys.readouterr().out == f"{Path.home() / 'weights'}\n"
    assert not (Path.home() / "weights").exists()


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "a\\b", "c:x", ".hidden", "x\0", "x\n", "é.weights", "a" * 200]
    + [f"a.weights{suffix}" for suffix in (".part", ".json", ".part.json", ".lock")],
)
def test_no_name_leaves_the_folder_or_is_a_companions(cache: Cache, name: str) -> None:
    with pytest.raises(InputError, match="no name for a file in the cache"):
        cache.path(name)


def test_every_file_of_the_catalogue_has_a_name_for_the_cache(cache: Cache) -> None:
    for model in darknet.zoo.models().values():
        assert cache.path(model.file.name).parent == cache.folder


def test_find_looks_at_the_size_alone(cache: Cache, mine: Path) -> None:
    assert cache.find(FILE) is None
    cache.add(FILE, mine)
    assert cache.find(FILE) == cache.folder / "net.weights"
    assert cache.find(replace(FILE, size=None, sha256=None)) == cache.folder / "net.weights"
    cache.path("net.weights").write_bytes(DATA[1:])
    assert cache.find(FILE) is None
    assert cache.find(replace(FILE, size=None, sha256=None)) is None  # the note knows the size
    cache.remove("net.weights")
    cache.path("net.weights").mkdir()
    assert cache.find(replace(FILE, size=None)) is None


def test_add_copies_the_right_file_only(cache: Cache, mine: Path, tmp_path: Path) -> None:
    note = cache.add(FILE, mine)
    assert (note.sha256, note.size, note.verified) == (SHA256, len(DATA), True)
    assert note.source == str(mine)
    assert cache.path("net.weights").read_bytes() == mine.read_bytes() == DATA
    assert cache.note("net.weights") == note
    for data, said in (
        (DATA[:-1], "100,011 bytes; net.weights has 100,012"),
        (DATA[:-1] + b"?", "sha256 is"),
        (b"<html>", "an HTML page"),
    ):
        mine.write_bytes(data)
        with pytest.raises(WeightsError, match=rf"mine.weights: .*{said}.*; it was not added"):
            cache.add(FILE, mine)
    with pytest.raises(WeightsError, match="missing: cannot be read"):
        cache.add(FILE, tmp_path / "missing")
    assert cache.path("net.weights").read_bytes() == DATA
    left = {path.name for path in cache.folder.iterdir()} - {"net.weights.lock"}
    assert left == {"net.weights", "net.weights.json"}


def test_no_note_speaks_of_another_file(
    cache: Cache, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the process ends after the file was moved and before its note was written."""
    cache.add(FILE, mine)
    newer = DATA[::-1]
    (cache.folder / "new").write_bytes(newer)

    def interrupted(path: Path, data: bytes) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("darknet.zoo.cache.write_atomic", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cache.adopt(FILE, cache.folder / "new", hashlib.sha256(newer).hexdigest(), "")
    assert cache.path("net.weights").read_bytes() == newer
    assert cache.note("net.weights") is None


def test_a_file_may_be_added_to_where_it_is(cache: Cache) -> None:
    cache.folder.mkdir()
    cache.path("net.weights").write_bytes(DATA)
    cache.add(FILE, cache.path("net.weights"))
    assert cache.examine(FILE).state == "right"


def test_remove_waits_for_who_has_the_lock(cache: Cache, mine: Path) -> None:
    cache.add(FILE, mine)
    with cache.lock("net.weights"):
        other = threading.Thread(target=cache.remove, args=("net.weights",))
        other.start()
        time.sleep(0.3)
        assert cache.path("net.weights").exists()
    other.join(10)
    assert [path.name for path in cache.folder.iterdir()] == ["net.weights.lock"]


def test_a_changed_file_of_the_same_size_is_read_again(cache: Cache, mine: Path) -> None:
    path = cache.path("net.weights")
    cache.add(FILE, mine)
    assert cache.is_as_noted("net.weights")
    path.write_bytes(DATA[:-1] + b"?")
    os.utime(path, ns=(1, 1))
    assert not cache.is_as_noted("net.weights")
    assert cache.find(FILE) is None
    path.write_bytes(DATA)
    os.utime(path, ns=(2, 2))
    assert cache.find(FILE) == path


def test_who_waits_is_told(cache: Cache) -> None:
    told: list[str] = []

    def second() -> None:
        with cache.lock("net.weights", told.append):
            told.append("mine")

    with cache.lock("net.weights"):
        other = threading.Thread(target=second)
        other.start()
        deadline = time.monotonic() + 10
        while not told and time.monotonic() < deadline:
            time.sleep(0.05)
        assert told == ["net.weights: another process has it; waiting"]
    other.join(10)
    assert told[1:] == ["mine"]
