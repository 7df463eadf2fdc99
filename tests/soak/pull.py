"""Downloads from a server that fails at random, for as long as one likes.

python tests/soak/pull.py --seconds 60 --seed 1     exit 1 at the first case that breaks a rule
python tests/soak/pull.py --case 1:417              that case again

A case is a file (its size and sha256 known or not), one to three sources with random answers, a
cache in a random state, and a few fetches, some of them at once or killed. The rules:

- under the file's name is nothing, or what was there before, or exactly one of the files that a
  server had whole; where the sha256 is known, that file. After a fetch that says so it is right;
- an error is a DarknetError of one printable line; nothing takes longer than its time-outs allow;
- nothing is left but the file and its companions;
- when the servers become honest, the next fetch succeeds, whatever was left behind.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from darknet.errors import DarknetError, WeightsError
from darknet.zoo.cache import Cache
from darknet.zoo.download import Settings, WeightsFile, fetch
from lying_server import Answer, LyingServer

NAME = "net.weights"
SETTINGS = Settings(
    connect_seconds=1.0, stall_seconds=0.15, slowest=64, redirects=3, largest=400_000
)
SLOWEST_FETCH = 20.0  # seconds: three sources, each twice, stalling, three threads in turn
MAX_SIZE = 300_000
COMPANIONS = {NAME + suffix for suffix in ("", ".json", ".part", ".part.json", ".lock")}
HEADERS = ("Content-Range", "Content-Type", "Last-Modified", "Set-Cookie", "Content-Encoding", "X")
VALUES = ("bytes 0-1/2", "bytes */9", "bytes 77-", "gzip", "", "\x01\x7f", "x" * 999)
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
RAW = (
    b"",
    HEAD,
    HEAD + b"Content-Length: -5\r\n\r\nhello",
    HEAD + b"Content-Length: 5, 6\r\n\r\nhello",
    HEAD + b"A: " + b"x" * 70_000 + b"\r\n\r\n",
    CHUNKED + b"zz\r\nhello",
    CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
    CHUNKED + b"fffffffffffffffff\r\nhello",
    b"HTTP/1.1 100 Continue\r\n\r\n" * 20,
    b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-4/5\r\n\r\nhello",
)
OUTSIDE = ("file:///etc/passwd", "ftp://x/y", "//", "http://[", "http://127.0.0.1:1/", "?", "\\")
CHILD = """
import sys
from darknet.zoo.cache import Cache
from darknet.zoo.download import WeightsFile, fetch
folder, size, sha256, *urls = sys.argv[1:]
fetch(WeightsFile("net.weights", tuple(urls), int(size) if size else None, sha256), Cache(folder))
"""


class Broken(Exception):
    """A rule that was broken."""


@dataclass(frozen=True)
class Case:
    """The file that is wanted, and others of its size that a server may have instead."""

    data: bytes
    others: tuple[bytes, ...]
    file: WeightsFile

    def allowed(self, found: bytes) -> bool:
        """Whether this may lie in the cache."""
        return found == self.data or (self.file.sha256 is None and found in self.others)

    def check(self, path: Path) -> None:
        """As a network's own: the size is all there is to compare."""
        if path.stat().st_size != len(self.data):
            raise WeightsError("does not fit")


def weights(draw: random.Random, size: int) -> bytes:
    """Bytes that may be a .weights file."""
    return (b"\0\0\0\0\2\0\0\0\0\0\0\0" + draw.randbytes(size))[:size]


def draw_case(draw: random.Random, server: LyingServer) -> Case:
    """A file and where it is said to be."""
    size = draw.choice([5, 1023, 1024, 1025, draw.randrange(5, MAX_SIZE)])
    data = weights(draw, size)
    others = tuple(weights(draw, size) for _ in range(2))
    sources = tuple(server.url(f"/{number}") for number in range(draw.randint(1, 3)))
    sha256 = hashlib.sha256(data).hexdigest() if draw.random() < 0.6 else None
    told = size if draw.random() < 0.7 else None
    return Case(data, others, WeightsFile(NAME, sources, told, sha256))


def etag(data: bytes) -> str:
    """An honest one."""
    return f'"{hashlib.sha256(data).hexdigest()[:12]}"'


def draw_answer(draw: random.Random, case: Case) -> Answer:
    """Honest in most ways, and wrong in a few."""
    data = case.data if draw.random() < 0.7 else draw.choice(case.others)
    answer = Answer(data, etag=etag(data))
    for _ in range(draw.randint(0, 2)):
        fault = draw.choice(faults(draw, answer, case))
        if "body" in fault:
            fault["etag"] = None
        answer = replace(answer, **fault)  # type: ignore[arg-type]
    if answer.drip:  # a drip that is fast enough may go on as long as it likes: let it be short
        answer = replace(answer, body=answer.body[:200], etag=None, endless=False)
    return answer


def faults(draw: random.Random, answer: Answer, case: Case) -> list[dict[str, object]]:
    """What may be wrong with an answer; as often as it stands here."""
    size = len(answer.body)
    at = draw.randrange(size + 1)
    inside = tuple(f"/{number}" for number in range(len(case.file.sources)))
    page = draw.choice([b"", b"<html>no", b"\x1f\x8b" + draw.randbytes(99), b"plain\n" * 99])
    found: list[dict[str, object]] = [
        *({"cut": at}, {"cut": at}, {"cut": at, "length": None}, {"stall": at}),
        *({"chunked": True}, {"length": None}, {"endless": True, "chunked": True}),
        {"length": draw.choice([0, size + draw.randrange(1, 9999), at, 10**18, 10**30])},
        *({"ranges": False}, {"if_range": False}, {"shift": draw.randrange(-9, 9)}),
        {"status": draw.choice([201, 204, 206, 301, 304, 403, 404, 416, 429, 500, 503, 999])},
        {"location": draw.choice(inside * 3 + OUTSIDE), "status": draw.choice([301, 302, 307])},
        *({"body": page}, {"body": answer.body + draw.randbytes(draw.randrange(1, 9999))}),
        {"encoding": draw.choice(["gzip", "br", "identity", "deflate", "gzip, gzip"])},
        {"raw": draw.choice([*RAW, draw.randbytes(draw.randrange(300))])},
        {"headers": ((draw.choice(HEADERS), draw.choice(VALUES)),)},
        {"drip": 0.002},
    ]
    if case.file.sha256 is not None:  # without one the tag is all there is to tell files apart
        found += [{"etag": draw.choice([None, '"same"', 'W/"weak"', "bare"])}] * 2
    return found


def draw_state(draw: random.Random, case: Case, cache: Cache) -> None:
    """What an earlier life left in the cache."""
    cache.folder.mkdir()
    path = cache.path(NAME)
    noise = draw.randbytes(draw.randrange(MAX_SIZE))
    if draw.random() < 0.2:  # one that the check can tell, where there is nothing else
        wrong = [case.data[:-1], b""] + [noise] * (case.file.sha256 is not None)
        path.write_bytes(draw.choice([case.data, *wrong]))
    for suffix in (".part", ".part.json", ".json"):
        if draw.random() < 0.15:
            garbage = draw.choice([noise, b"{}", b"[" * 9999, b'{"received": -1}', b"null"])
            path.with_name(NAME + suffix).write_bytes(garbage)


def once(case: Case, cache: Cache, force: bool = False) -> str:
    """One fetch and its rules; how it ended."""
    started = time.monotonic()
    try:
        fetched = fetch(case.file, cache, check=case.check, force=force, settings=SETTINGS)
        ended: str = fetched.status
    except DarknetError as error:
        if not str(error).isprintable():
            raise Broken(f"not one line: {error!r}") from None
        ended = "refused"
    if time.monotonic() - started > SLOWEST_FETCH:
        raise Broken(f"took {time.monotonic() - started:.1f} s")
    return ended


def at_once(case: Case, cache: Cache) -> None:
    """Three fetches of one file by three threads."""
    broken: list[BaseException] = []

    def run() -> None:
        try:
            once(case, cache)
        except BaseException as problem:
            broken.append(problem)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]


def killed(draw: random.Random, case: Case, cache: Cache) -> None:
    """A fetch by a process that is killed at some moment."""
    words = [str(cache.folder), str(case.file.size or ""), str(case.file.sha256)]
    command = [sys.executable, "-c", CHILD, *words, *case.file.sources]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(draw.uniform(0.1, 0.7))
    process.kill()
    process.wait()
    for left in cache.folder.glob(".darknet-*"):  # a note that was being written
        left.unlink()


def look(case: Case, cache: Cache, before: bytes | None, ended: str) -> None:
    """The rules of the folder, which had `before` under the name."""
    path = cache.path(NAME)
    found = path.read_bytes() if path.exists() else None
    old = ended in ("refused", "at once", "killed") and found == before
    if not (old or (found is not None and case.allowed(found))):
        raise Broken("a wrong file under the name")
    strange = {found.name for found in cache.folder.iterdir()} - COMPANIONS
    if strange:
        raise Broken(f"left behind: {sorted(strange)}")


def run_case(name: str, folder: Path, server: LyingServer, count: Counter[str]) -> None:
    """Draw a case by its name, and run it."""
    draw = random.Random(name)
    case, cache = draw_case(draw, server), Cache(folder)
    for number in range(len(case.file.sources)):
        answers = [draw_answer(draw, case) for _ in range(draw.randint(1, 5))]
        server.url(f"/{number}", *answers)
    draw_state(draw, case, cache)
    path = cache.path(NAME)
    before = path.read_bytes() if path.exists() else None
    for _ in range(draw.randint(1, 4)):
        lot = draw.random()
        if lot < 0.1:
            at_once(case, cache)
            ended = "at once"
        elif lot < 0.13 and case.file.sha256 is not None:
            killed(draw, case, cache)
            ended = "killed"
        else:
            ended = once(case, cache, force=draw.random() < 0.3)
        count[ended] += 1
        look(case, cache, before, ended)
    for number in range(len(case.file.sources)):
        server.url(f"/{number}", Answer(case.data, etag=etag(case.data)))
    ended = once(case, cache)
    if ended == "refused":
        raise Broken("not even honest servers help")
    look(case, cache, None, ended)


def main() -> int:
    """Run cases until the time is over; 1 when a rule was broken."""
    parser = argparse.ArgumentParser(description="Downloads from a server that fails at random.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", metavar="SEED:NUMBER", help="run this one only")
    asked = parser.parse_args()
    os.environ.update(NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
    until, count, number = time.monotonic() + asked.seconds, Counter[str](), 0
    with LyingServer() as server, tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < until and not (asked.case and number):
            name, number = asked.case or f"{asked.seed}:{number}", number + 1
            try:
                run_case(name, Path(folder) / "case", server, count)
            except BaseException as problem:
                print(f"case {name}: {type(problem).__name__}: {problem}")
                if not isinstance(problem, Broken):
                    raise
                return 1
            shutil.rmtree(Path(folder) / "case")
        facts = ", ".join(f"{count[what]} {what}" for what in sorted(count))
        print(f"pull: {number} cases, {len(server.asked)} requests, {facts}; every rule kept")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
