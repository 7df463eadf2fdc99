"""The commands pull and cache: lines, JSON, exit codes, Ctrl-C, the bar."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import darknet.zoo
from conftest import ROOT
from darknet.cli import main
from darknet.cli.progress import ByteBar
from darknet.weights import Weights
from darknet.zoo import WeightsFile
from darknet.zoo.cache import Cache
from lying_server import Answer, LyingServer

DATA = b"\0\0\0\0\2\0\0\0\0\0\0\0" + random.Random(1).randbytes(100_000)
SHA256 = hashlib.sha256(DATA).hexdigest()
FILE = WeightsFile("net.weights", (), len(DATA), SHA256)
SCHEMAS = ROOT / "docs" / "schemas"
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


def entry(name: str, url: str, size: int | None, sha256: str | None) -> str:
    """A model of zoo.toml; without a URL it has no weights."""
    lines = ["[[model]]", f'name = "{name}"', 'title = "A net"', "year = 2016", 'paper = ""']
    lines.append('names = "imagenet"')
    if url:
        lines += ["[model.weights]", f'file = "{name}.weights"', f'sources = ["{url}"]']
        lines += ['licence = "any"', *([f"bytes = {size}"] if size else [])]
        lines += [f'sha256 = "{sha256}"'] if sha256 else []
    return "\n".join(lines) + "\n"


@pytest.fixture
def zoo(server: LyingServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A catalogue whose weights are on the server: good, missing, tiny (unverified), none."""
    models = [
        entry("good", server.url("/good", Answer(DATA)), len(DATA), SHA256),
        entry("missing", server.url("/missing"), None, SHA256),
        entry("tiny", server.url("/tiny"), None, None),
        entry("none", "", None, None),
    ]
    (tmp_path / "zoo.toml").write_text("\n".join(models))
    monkeypatch.setattr(sys.modules["darknet.zoo.catalogue"], "_HERE", tmp_path)
    darknet.zoo.models.cache_clear()
    yield
    darknet.zoo.models.cache_clear()


def json_of(out: str, schema: str) -> dict[str, object]:
    """The document, which follows its schema."""
    document = json.loads(out)
    jsonschema.validate(document, json.loads((SCHEMAS / f"{schema}.schema.json").read_text()))
    assert isinstance(document, dict)
    return document


def test_pull_prints_a_line_a_model(zoo: None, cache: Cache, capsys: Capture) -> None:
    assert main(["pull", "good", "good", "-i", "0"]) == 2  # -i is no option of a download
    assert "No such option" in capsys.readouterr().err
    assert main(["pull", "good", "good"]) == 0
    path = cache.path("good.weights")
    assert capsys.readouterr().out == f"good: {path}: 100,012 bytes, verified\n"
    assert main(["pull", "good"]) == 0
    assert capsys.readouterr().out == f"good: {path}: 100,012 bytes, verified (present)\n"
    path.write_bytes(b"damaged")
    assert main(["pull", "good"]) == 0
    out = capsys.readouterr()
    assert out.out == f"good: {path}: 100,012 bytes, verified (repaired)\n"
    assert out.err == f"{path}: is text, expected a .weights file; downloading it again\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pull"], "--all"),
        (["pull", "goof"], 'did you mean "good"?'),
        (["pull", "none"], "no weights of it are published"),
        (["pull", "missing"], "404 Not Found"),
        (["pull", "good", "--offline"], "is not in the cache"),
        (["pull", "good", "--offline", "--force"], "while offline"),
        (["cache", "remove"], "--all"),
        (["cache", "remove", "good"], "good.weights: not in the cache"),
        (["cache", "remove", "../mine.weights"], "no name for a file"),
        (["cache", "add", "good", "missing.file"], "missing.file: cannot be read"),
        (["cache", "add", "good", "."], "is a folder"),
        (["cache", "add", "bad", "x"], "no model bad"),
        (["cache", "verify", "good"], "not in the cache"),
        (["cache", "lsit"], "lsit"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    zoo: None, cache: Cache, words: list[str], said: str, capsys: Capture
) -> None:
    assert main(words) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.startswith("darknet: ")
    assert out.err.count("\n") == 1
    assert said in out.err


def test_pull_goes_on_after_a_failure(zoo: None, cache: Cache, capsys: Capture) -> None:
    assert main(["pull", "--all", "--json"]) == 2
    out = capsys.readouterr()
    assert out.err == ""
    results = json_of(out.out, "pull")["results"]
    assert isinstance(results, list)
    assert [result["name"] for result in results] == ["good", "missing", "tiny"]
    assert results[0]["status"] == "downloaded"
    assert results[0]["sha256"] == SHA256
    assert "404 Not Found" in results[1]["error"]


def test_offline_pull_by_the_environment(
    zoo: None, cache: Cache, monkeypatch: pytest.MonkeyPatch, server: LyingServer
) -> None:
    monkeypatch.setenv("DARKNET_OFFLINE", "1")
    assert main(["pull", "good"]) == 2
    assert server.asked == []


def test_an_unverified_model_is_checked_by_its_network(
    zoo: None, cache: Cache, server: LyingServer, capsys: Capture
) -> None:
    """Without a sha256 the floats must fit tiny.cfg exactly; the sha256 is said and remembered."""
    network = darknet.zoo.named("tiny").network()
    data = Weights.initial(network, np.random.default_rng(0)).to_bytes(network)
    server.url("/tiny", Answer(data[:-4]), Answer(data))
    assert main(["pull", "tiny"]) == 2
    assert "4,185,968 bytes, but" in capsys.readouterr().err
    assert not cache.path("tiny.weights").exists()
    assert main(["pull", "tiny"]) == 0
    sha256 = hashlib.sha256(data).hexdigest()
    said = f"unverified: no checksum is known; it has sha256 {sha256}\n"
    assert capsys.readouterr().out.endswith(said)
    assert main(["cache", "verify"]) == 0
    cache.path("tiny.weights").write_bytes(data[:-1] + b"?")
    assert main(["cache", "verify"]) == 2
    assert sha256 in capsys.readouterr().err


def test_list_verify_add_remove(
    zoo: None, cache: Cache, mine: Path, server: LyingServer, capsys: Capture
) -> None:
    assert main(["cache"]) == 0
    assert capsys.readouterr().out == f"{cache.folder}: nothing in it\n"
    assert main(["cache", "add", "good", str(mine)]) == 0
    path = cache.path("good.weights")
    assert capsys.readouterr().out == f"good: {path}: 100,012 bytes, verified\n"
    server.url("/missing", Answer(DATA, cut=2000))
    assert main(["pull", "missing"]) == 2
    capsys.readouterr()
    assert main(["cache"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{cache.folder}:",
        "good.weights: 100,012 bytes, verified",
        "missing.weights: 2,000 bytes, not finished",
    ]
    assert main(["cache", "list", "--json"]) == 0
    listed = json_of(capsys.readouterr().out, "cache-list")
    assert listed["unfinished"] == [
        {"file": "missing.weights", "model": "missing", "bytes": 2000, "of": None}
    ]
    assert main(["cache", "verify"]) == 0
    assert capsys.readouterr().out == "good.weights: right\n"
    path.write_bytes(DATA[:-1] + b"?")
    assert main(["cache"]) == 0
    assert "good.weights: 100,012 bytes, changed since" in capsys.readouterr().out
    assert main(["cache", "verify", "--json"]) == 2
    results = json_of(capsys.readouterr().out, "cache-verify")["results"]
    assert isinstance(results, list)
    assert [result["state"] for result in results] == ["damaged"]
    assert main(["cache", "verify", "good"]) == 2
    assert "(darknet pull good)" in capsys.readouterr().err
    assert main(["cache", "remove", "good", "missing.weights"]) == 0
    assert {path.suffix for path in cache.folder.iterdir()} <= {".lock"}


CHILD = """
import sys
from pathlib import Path
import darknet.zoo
from darknet.__main__ import run
sys.modules["darknet.zoo.catalogue"]._HERE = Path(sys.argv.pop(1))
raise SystemExit(run())
"""


def pull_tiny(folder: Path, url: str) -> list[str]:
    """`darknet pull tiny` as a process whose catalogue has DATA at `url`."""
    (folder / "zoo.toml").write_text(entry("tiny", url, len(DATA), SHA256))
    return [sys.executable, "-c", CHILD, str(folder), "pull", "tiny"]


def test_ctrl_c_keeps_the_part(server: LyingServer, cache: Cache, tmp_path: Path) -> None:
    words = pull_tiny(tmp_path, server.url("/t", Answer(DATA, stall=50_000), Answer(DATA)))
    with subprocess.Popen(
        words,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background
    ) as started:
        part = cache.folder / "tiny.weights.part"
        deadline = time.monotonic() + 20
        while not (part.exists() and part.stat().st_size == 50_000):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        started.send_signal(signal.SIGINT)
        assert started.stderr is not None
        said = started.stderr.read()
        assert started.wait(20) == 130
    assert [line for line in said.splitlines() if line] == [
        "tiny.weights: 50,000 bytes are kept: run again to resume",
        "darknet: interrupted",
    ]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert cache.path("tiny.weights").read_bytes() == DATA
    assert server.served["/t"] == len(DATA)


def test_no_bar_where_nobody_looks(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("darknet.cli.progress.PATIENCE_SECONDS", 0.0)
    bar = ByteBar("net.weights")
    bar(1, 2)
    bar.close()
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_a_bar_on_a_terminal_after_two_seconds(
    server: LyingServer, cache: Cache, tmp_path: Path
) -> None:
    pty = pytest.importorskip("pty", reason="pseudo-terminals are Unix's")
    watched, terminal = pty.openpty()
    words = pull_tiny(tmp_path, server.url("/t", Answer(DATA, pause=0.5)))
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=terminal) as started:
        os.close(terminal)
        seen = b""
        while True:
            try:
                more = os.read(watched, 65_536)
            except OSError:  # its other end is closed
                break
            if not more:
                break
            seen += more
        assert started.wait(20) == 0
    os.close(watched)
    assert b"tiny.weights" in seen
    assert b"kB/s" in seen


def test_remove_all_leaves_what_is_the_users(
    cache: Cache, mine: Path, zoo: None, capsys: Capture
) -> None:
    cache.add(FILE, mine)
    theirs = ("letter.txt", "data.json", "data", "other.weights", "half.part", "x.lock")
    for name in theirs:
        (cache.folder / name).write_text('{"sha256": "not a note"}')
    (cache.folder / "good.weights").write_bytes(b"of the catalogue, without a note")
    assert main(["cache", "remove", "--all"]) == 0
    left = {path.name for path in cache.folder.iterdir()} - {"net.weights.lock"}
    assert left == {*theirs, "good.weights"}
    out = capsys.readouterr()
    assert out.out.count("removed ") == 1
    assert "good.weights: put there by hand, and kept" in out.err
