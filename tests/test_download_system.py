"""download: disks, processes, folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from darknet.errors import InputError
from darknet.zoo.cache import Cache
from darknet.zoo.download import fetch
from downloads import (
    HONEST,
    QUICK,
    SHA256,
    SIZE,
    refused,
    right,
    wanted,
)
from lying_server import LyingServer


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


CHILD = """
import resource, sys, time
from pathlib import Path
from darknet.errors import DarknetError
from darknet.zoo.cache import Cache
from darknet.zoo.download import WeightsFile, fetch
folder, url, size, sha256, limit = sys.argv[1:]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    fetched = fetch(WeightsFile("net.weights", (url,), int(size), sha256), Cache(folder))
    print(fetched.status)
except DarknetError as error:
    print(error)
    raise SystemExit(2)
"""


def child(cache: Cache, url: str, limit: int = 0) -> subprocess.Popen[str]:
    words = [str(cache.folder), url, str(SIZE), SHA256, str(limit)]
    command = [sys.executable, "-c", CHILD, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_processes_at_once_download_once(server: LyingServer, cache: Cache) -> None:
    url = server.url("/net", replace(HONEST, pause=0.08))
    started = [child(cache, url) for _ in range(4)]
    said = []
    for process in started:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        said.append(out.strip())
    assert sorted(said) == ["downloaded", "present", "present", "present"]
    assert len(server.asked) == 1
    right(cache, fetch(wanted(url), cache))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
def test_a_full_disk_is_one_line_and_the_part_is_kept(server: LyingServer, cache: Cache) -> None:
    url = server.url("/net", HONEST)
    process = child(cache, url, limit=50_000)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2, err
    assert err == ""
    assert out.count("\n") == 1
    assert "cannot be written: File too large; 50,000 bytes are kept: run again to resume" in out
    server.served.clear()
    right(cache, fetch(wanted(url), cache, settings=QUICK))
    assert server.served["/net"] == SIZE - 50_000


def test_a_disk_without_room_is_told_before(server: LyingServer, cache: Cache) -> None:
    message = refused(cache, wanted(server.url("/net", HONEST), size=2**60))
    assert "needs 1,152,921,504,606,846,976 bytes, but its disk has" in message
    assert server.asked == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_download_resumes(server: LyingServer, cache: Cache) -> None:
    url = server.url("/net", replace(HONEST, drip=0.0001))
    process = child(cache, url)
    note = cache.folder / "net.weights.part.json"
    deadline = time.monotonic() + 20
    while not note.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.communicate()
    kept = json.loads(note.read_text())["received"]
    assert 0 < kept < SIZE
    server.served.clear()
    server.url("/net", HONEST)
    right(cache, fetch(wanted(url), cache, settings=QUICK))
    assert server.served["/net"] == SIZE - kept


def test_a_cache_that_may_only_be_read(server: LyingServer, cache: Cache) -> None:
    file = wanted(server.url("/net", HONEST))
    fetch(file, cache, settings=QUICK)
    cache.folder.chmod(0o500)
    if os.access(cache.folder, os.W_OK):
        pytest.skip("this user may write anywhere")
    assert fetch(file, cache, settings=QUICK).status == "present"
    with pytest.raises(InputError, match="cannot be written: Permission denied"):
        fetch(file, cache, settings=QUICK, force=True)
    cache.folder.chmod(0o700)


def test_a_cache_that_is_a_file_is_one_line(server: LyingServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    message = refused(Cache(tmp_path / "file"), wanted(server.url("/net", HONEST)))
    assert "cannot be written" in message


def test_a_folder_in_the_files_place_is_one_line(server: LyingServer, cache: Cache) -> None:
    cache.path("net.weights").mkdir(parents=True)
    with pytest.raises(InputError, match="cannot be written"):
        fetch(wanted(server.url("/net", HONEST)), cache, settings=QUICK)
