"""download: whatever a server does, the cache has the right file or none, and resumes."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from darknet.errors import DarknetError, DownloadError, InputError, WeightsError
from darknet.zoo.cache import Cache
from darknet.zoo.download import Fetched, WeightsFile, fetch, is_offline
from darknet.zoo.source import Settings, shown_url
from lying_server import Answer, LyingServer

DATA = b"\0\0\0\0\2\0\0\0\0\0\0\0" + random.Random(1).randbytes(200_000)
OTHER = b"\0\0\0\0\2\0\0\0\0\0\0\0" + random.Random(2).randbytes(200_000)
SIZE, SHA256 = len(DATA), hashlib.sha256(DATA).hexdigest()
QUICK = Settings(connect_seconds=2, stall_seconds=0.3, slowest=100, redirects=3, largest=300_000)
HONEST = Answer(DATA)
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:%b\nsize 4185968\n" % (b"a" * 64)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LyingServer]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "DARKNET_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    with LyingServer() as running:
        yield running


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.delenv("DARKNET_OFFLINE", raising=False)
    return Cache(tmp_path / "cache")


def wanted(*sources: str, size: int | None = SIZE, sha256: str | None = SHA256) -> WeightsFile:
    return WeightsFile("net.weights", sources, size, sha256)


def content(path: Path) -> None:
    """The check for a file without sha256: WeightsError unless it is DATA."""
    if path.read_bytes() != DATA:
        raise WeightsError("does not fit the network")


def refused(cache: Cache, file: WeightsFile, **options: object) -> str:
    """The message of a fetch that fails: one line, and no file under its name afterwards."""
    with pytest.raises(DarknetError) as caught:
        fetch(file, cache, settings=QUICK, **options)  # type: ignore[arg-type]
    assert str(caught.value).isprintable()
    assert not cache.path(file.name).exists()
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


def break_off(cache: Cache, server: LyingServer, at: int, **how: object) -> str:
    """A URL whose download broke off after `at` bytes; from now on it is answered honestly."""
    answer = replace(HONEST, cut=at, **how)  # type: ignore[arg-type]
    url = server.url("/net", answer)
    sha256 = how.get("sha256", SHA256)
    assert sha256 == SHA256
    refused(cache, wanted(url))
    assert len(part(cache)) == at
    server.url("/net", replace(answer, cut=None))
    server.asked.clear()
    server.served.clear()
    return url


def test_a_file_is_downloaded_once(server: LyingServer, cache: Cache) -> None:
    file = wanted(server.url("/net", HONEST))
    first = fetch(file, cache, settings=QUICK)
    right(cache, first)
    assert (first.status, first.verified, first.source) == ("downloaded", True, file.sources[0])
    again = fetch(file, cache, settings=QUICK)
    right(cache, again)
    assert again == replace(first, status="present")
    assert len(server.asked) == 1


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    "how",
    [{}, {"length": None}, {"chunked": True}, {"etag": None}],
    ids=["length", "no length", "chunked", "no etag"],
)
def test_sizes_and_checksums_may_be_unknown(
    server: LyingServer, cache: Cache, how: dict[str, object], known: bool
) -> None:
    url = server.url("/net", replace(HONEST, **how))  # type: ignore[arg-type]
    file = wanted(url) if known else wanted(url, size=None, sha256=None)
    fetched = fetch(file, cache, check=content, settings=QUICK)
    right(cache, fetched)
    assert fetched.verified is known
    assert fetch(file, cache, settings=QUICK).status == "present"  # its sha256 was noted


def test_an_unverified_file_needs_something_to_check_it(server: LyingServer, cache: Cache) -> None:
    file = wanted(server.url("/net", Answer(OTHER)), sha256=None)
    assert "does not fit the network; it was discarded" in refused(cache, file, check=content)
    assert "no checksum is known" in refused(cache, file)


def test_progress_is_told(server: LyingServer, cache: Cache) -> None:
    told: list[tuple[int, int | None]] = []
    file = wanted(server.url("/net", HONEST))
    fetch(file, cache, settings=QUICK, progress=lambda *now: told.append(now))
    assert told[-1] == (SIZE, SIZE)
    assert told == sorted(told)


# Going on where it ended.


@pytest.mark.parametrize("at", [1024, 70_001, SIZE - 1])
def test_resuming_asks_only_for_the_rest(server: LyingServer, cache: Cache, at: int) -> None:
    url = server.url("/net", replace(HONEST, cut=at), HONEST)
    message = refused(cache, wanted(url))
    assert f"received {at:,} of {SIZE:,} bytes; {at:,} bytes are kept: run again" in message
    assert part(cache) == DATA[:at]
    right(cache, fetch(wanted(url), cache, settings=QUICK))
    assert server.served["/net"] == SIZE  # both times together
    assert (server.asked[1].range, server.asked[1].if_range) == (f"bytes={at}-", '"one"')


@pytest.mark.parametrize(
    ("etag", "modified", "named"),
    [
        (None, "Mon, 02 Jan 2006 15:04:05 GMT", "Mon, 02 Jan 2006 15:04:05 GMT"),
        ('W/"weak"', None, None),
        ('W/"weak"', "Mon, 02 Jan 2006 15:04:05 GMT", "Mon, 02 Jan 2006 15:04:05 GMT"),
        (None, None, None),
    ],
)
def test_what_if_range_names(
    server: LyingServer, cache: Cache, etag: str | None, modified: str | None, named: str | None
) -> None:
    url = break_off(cache, server, 90_000, etag=etag, modified=modified)
    right(cache, fetch(wanted(url), cache, settings=QUICK))
    assert server.served["/net"] == SIZE - 90_000
    assert server.asked[0].if_range == named


@pytest.mark.parametrize(("etag", "served"), [('"one"', SIZE - 90_000), (None, SIZE)])
def test_without_sha256_only_a_validator_allows_to_resume(
    server: LyingServer, cache: Cache, etag: str | None, served: int
) -> None:
    url = server.url("/net", replace(HONEST, etag=etag, cut=90_000))
    file = wanted(url, sha256=None)
    refused(cache, file, check=content)
    server.served.clear()
    server.url("/net", replace(HONEST, etag=etag))
    right(cache, fetch(file, cache, check=content, settings=QUICK))
    assert server.served["/net"] == served


@pytest.mark.parametrize(
    ("now", "requests"),
    [
        (replace(HONEST, ranges=False), 1),
        (replace(HONEST, shift=-5), 2),
        (replace(HONEST, shift=+5), 2),
        (Answer(DATA, etag='"two"'), 1),
        (Answer(DATA, etag='"two"', if_range=False), 2),
        (Answer(DATA, etag='"one"', encoding="identity"), 1),
    ],
    ids=["ignores Range", "earlier", "later", "changed", "changed, ignores If-Range", "same"],
)
def test_a_range_that_is_not_the_rest_starts_again(
    server: LyingServer, cache: Cache, now: Answer, requests: int
) -> None:
    url = break_off(cache, server, 90_000)
    server.url("/net", now)
    right(cache, fetch(wanted(url), cache, settings=QUICK))
    assert len(server.asked) == requests


def test_416_starts_again(server: LyingServer, cache: Cache) -> None:
    url = break_off(cache, server, 90_000)
    server.url("/net", Answer(b"", 416), HONEST)
    right(cache, fetch(wanted(url), cache, settings=QUICK))


def test_an_encoded_range_starts_again(server: LyingServer, cache: Cache) -> None:
    url = break_off(cache, server, 90_000)
    server.url("/net", replace(HONEST, encoding="gzip"), HONEST)
    right(cache, fetch(wanted(url), cache, settings=QUICK))


def test_a_file_that_changed_unnoticed_is_downloaded_again_at_once(
    server: LyingServer, cache: Cache
) -> None:
    url = server.url("/net", Answer(OTHER, cut=90_000, etag=None), replace(HONEST, etag=None))
    refused(cache, wanted(url))
    right(cache, fetch(wanted(url), cache, settings=QUICK))
    assert [asked.range for asked in server.asked] == [None, "bytes=90000-", None]


def test_an_unverified_file_that_changed_is_never_a_mixture(
    server: LyingServer, cache: Cache
) -> None:
    url = server.url("/net", Answer(OTHER, cut=90_000), Answer(DATA, etag='"two"', if_range=False))
    file = wanted(url, sha256=None)
    refused(cache, file, check=content)
    right(cache, fetch(file, cache, check=content, settings=QUICK))


def test_a_part_of_another_file_is_discarded(server: LyingServer, cache: Cache) -> None:
    url = server.url("/net", Answer(OTHER, cut=90_000))
    refused(cache, wanted(url, sha256=hashlib.sha256(OTHER).hexdigest()))
    server.url("/net", HONEST)
    right(cache, fetch(wanted(url), cache, settings=QUICK))
    assert server.asked[-1].range is None


def test_any_source_goes_on_where_the_sha256_is_known(server: LyingServer, cache: Cache) -> None:
    url = server.url("/net", replace(HONEST, cut=90_000))
    other = server.url("/mirror", replace(HONEST, etag='"mirror"'))
    right(cache, fetch(wanted(url, other), cache, settings=QUICK))
    assert server.served == {"/net": 90_000, "/mirror": SIZE - 90_000}
    assert server.asked[-1].if_range is None


def test_a_source_that_fails_at_once_does_not_cost_the_part(
    server: LyingServer, cache: Cache
) -> None:
    url = server.url("/net", replace(HONEST, cut=90_000))
    page = server.url("/page", Answer(b"<!DOCTYPE html><p>gone"))
    file = wanted(url, page, server.url("/gone"), sha256=None)
    assert "90,000 bytes are kept" in refused(cache, file, check=content)
    assert part(cache) == DATA[:90_000]


@pytest.mark.parametrize("harm", ["longer", "shorter", "garbled note", "no note", "link"])
def test_a_part_is_only_as_good_as_its_note(
    server: LyingServer, cache: Cache, harm: str, tmp_path: Path
) -> None:
    url = break_off(cache, server, 90_000)
    path = cache.folder / "net.weights.part"
    note = cache.folder / "net.weights.part.json"
    if harm == "longer":  # killed before the note was written: the rest may be anything
        path.write_bytes(DATA[:90_000] + b"x" * 500)
    elif harm == "shorter":
        path.write_bytes(DATA[:80_000])
    elif harm == "link":
        (tmp_path / "mine").write_bytes(DATA[:90_000])
        path.unlink()
        path.symlink_to(tmp_path / "mine")
    else:
        note.write_text('{"received": "many"}') if "garbled" in harm else note.unlink()
    right(cache, fetch(wanted(url), cache, settings=QUICK))
    assert server.asked[0].range == ("bytes=90000-" if harm == "longer" else None)
    if harm == "link":
        assert (tmp_path / "mine").read_bytes() == DATA[:90_000]


def test_a_part_that_is_whole_is_not_asked_for(server: LyingServer, cache: Cache) -> None:
    url = break_off(cache, server, SIZE - 1)
    note = cache.folder / "net.weights.part.json"
    (cache.folder / "net.weights.part").write_bytes(DATA)
    note.write_text(json.dumps({**json.loads(note.read_text()), "received": SIZE}))
    right(cache, fetch(wanted(url), cache, settings=QUICK))
    assert server.asked == []


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cuts=st.lists(st.integers(0, SIZE), max_size=5),
    known=st.booleans(),
    form=st.sampled_from([{}, {"length": None}, {"chunked": True}]),
)
def test_any_breaks_are_overcome_and_no_byte_is_sent_twice(
    server: LyingServer,
    tmp_path_factory: pytest.TempPathFactory,
    cuts: list[int],
    known: bool,
    form: dict[str, object],
) -> None:
    cache = Cache(tmp_path_factory.mktemp("cuts"))
    server.served.clear()
    url = server.url("/net", *(replace(HONEST, cut=cut, **form) for cut in cuts), HONEST)  # type: ignore[arg-type]
    file = wanted(url) if known else wanted(url, sha256=None)
    wasted = 0
    for _ in range(len(cuts) + 1):
        before = server.served.get("/net", 0)
        try:
            right(cache, fetch(file, cache, check=content, settings=QUICK))
            break
        except DownloadError:
            if not (cache.folder / "net.weights.part").exists():  # not even the head came
                wasted += server.served.get("/net", 0) - before
    assert cache.path("net.weights").read_bytes() == DATA
    assert server.served["/net"] - wasted == SIZE


# Servers that lie.


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(DATA[:-1]), f"received {SIZE - 1:,} of {SIZE:,} bytes"),
        (replace(HONEST, cut=5000), f"received 5,000 of {SIZE:,} bytes"),
        (replace(HONEST, cut=5000, length=None), f"received 5,000 of {SIZE:,} bytes"),
        (replace(HONEST, cut=5000, chunked=True), f"received 5,000 of {SIZE:,} bytes"),
        (replace(HONEST, length=5000), f"received 5,000 of {SIZE:,} bytes"),
        (replace(HONEST, stall=5000), f"nothing came for 0.3 s: received 5,000 of {SIZE:,} bytes"),
        (Answer(DATA + b"x" * 9), f"more than the expected {SIZE:,} bytes; it was discarded"),
        (Answer(DATA + b"x" * 9, length=None), f"more than the expected {SIZE:,} bytes"),
        (Answer(DATA, endless=True, chunked=True), f"more than the expected {SIZE:,} bytes"),
        (
            Answer(OTHER),
            f"sha256 is {hashlib.sha256(OTHER).hexdigest()}, expected {SHA256}; it was",
        ),
        (Answer(b"<html><title>404</title></html>"), "an HTML page"),
        (Answer(LFS), "a Git LFS pointer to a file of 4,185,968 bytes"),
        (Answer(gzip.compress(DATA)), "compressed with gzip"),
        (Answer(b""), "empty (0 bytes)"),
        (Answer(b"no", 404), "404 Not Found"),
        (Answer(b"no", 403), "403 Forbidden"),
        (Answer(b"no", 500), "500 Internal Server Error"),
        (Answer(b"no", 799), "status 799"),
        (Answer(DATA, 206), "206 Partial Content"),
        (Answer(b"", 302), "302 Found"),
        (Answer(DATA, encoding="gzip"), "its content encoding is broken"),
        (Answer(raw=b""), "closed connection"),
        (Answer(raw=b"\xff\0 hello\n\n"), "ello"),
        (Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"), "empty"),
        (Answer(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "broke off"),
        (Answer(raw=b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n"), "headers"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_lie_is_told_and_leaves_no_file(
    server: LyingServer, cache: Cache, answer: Answer, said: str
) -> None:
    url = server.url("/net", answer)
    message = refused(cache, wanted(url))
    assert message.startswith(f"net.weights: not downloaded: {url}: ")
    assert said in message
    server.url("/net", HONEST)  # and nothing that was left of it does harm
    right(cache, fetch(wanted(url), cache, settings=QUICK))


@pytest.mark.parametrize(
    "answer",
    [
        replace(HONEST, length=SIZE + 1000),
        replace(HONEST, length=SIZE + 1000, stall=SIZE),
        Answer(gzip.compress(DATA), encoding="gzip"),
        Answer(gzip.compress(DATA), encoding="gzip", chunked=True),
    ],
    ids=["length too large", "length too large, stalls", "gzip", "gzip, chunked"],
)
def test_the_right_bytes_are_right_whatever_is_said_about_them(
    server: LyingServer, cache: Cache, answer: Answer
) -> None:
    right(cache, fetch(wanted(server.url("/net", answer)), cache, settings=QUICK))


def test_a_file_of_unknown_size_has_a_bound(server: LyingServer, cache: Cache) -> None:
    url = server.url("/net", Answer(DATA, endless=True, length=None))
    message = refused(cache, wanted(url, size=None, sha256=None), check=content)
    assert "more than the expected 300,000 bytes" in message


def test_a_dripping_server_is_left(server: LyingServer, cache: Cache) -> None:
    url = server.url("/net", replace(HONEST, drip=0.02))
    assert "too slow" in refused(cache, wanted(url))


def test_a_slow_server_is_waited_for(server: LyingServer, cache: Cache) -> None:
    data = DATA[:1500]
    url = server.url("/net", Answer(data, drip=0.0005))
    file = WeightsFile("net.weights", (url,), len(data), hashlib.sha256(data).hexdigest())
    assert fetch(file, cache, settings=QUICK).path.read_bytes() == data


def test_a_server_that_is_not_there(server: LyingServer, cache: Cache) -> None:
    with LyingServer() as gone:
        url = gone.url("/net")
    assert "Connection refused" in refused(cache, wanted(url))


# Redirects.


def test_redirects_are_followed(server: LyingServer, cache: Cache) -> None:
    with LyingServer() as elsewhere:
        url = server.url("/net", Answer(b"moved", 302, location="/next"))
        server.url("/next", Answer(b"", 307, location=elsewhere.url("/file", HONEST)))
        right(cache, fetch(wanted(url), cache, settings=QUICK))


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("/net", "more than 3 redirects"),
        ("file:///etc/passwd", "leads to file:///etc/passwd; only http and https"),
        ("ftp://127.0.0.1/net", "only http and https"),
        ("data:,hello", "only http and https"),
        ("http://[::bad", "which is no URL"),
        ("http://", "more than 3 redirects"),
        ("http://127.0.0.1:99999/", "Failed to parse"),
    ],
)
def test_bad_redirects_are_refused(
    server: LyingServer, cache: Cache, location: str, said: str
) -> None:
    url = server.url("/net", Answer(b"", 302, location=location))
    assert said in refused(cache, wanted(url))


def test_the_body_of_a_redirect_is_not_read(server: LyingServer, cache: Cache) -> None:
    far = server.url("/far", HONEST)
    url = server.url("/net", Answer(b"x" * 1000, 302, location=far, endless=True, length=None))
    right(cache, fetch(wanted(url), cache, settings=QUICK))


@pytest.mark.parametrize("url", ["file:///etc/passwd", "net.weights", "", "http://", "http://[x"])
def test_bad_urls_of_the_catalogue_are_one_line(cache: Cache, url: str) -> None:
    assert "not downloaded" in refused(cache, wanted(url))


def test_a_url_is_shown_without_its_secrets() -> None:
    assert shown_url("https://me:word@host:8/a/b?signature=x#y") == "https://host:8/a/b"


# Sources in turn, offline, repair.


def test_sources_are_tried_in_turn(server: LyingServer, cache: Cache) -> None:
    bad = (server.url("/a"), server.url("/b", Answer(b"<html>")), server.url("/c", Answer(OTHER)))
    told: list[str] = []
    fetched = fetch(
        wanted(*bad, server.url("/net", HONEST)), cache, settings=QUICK, tell=told.append
    )
    right(cache, fetched)
    said = ["404 Not Found", "an HTML page", "sha256 is"]
    assert all(word in line for word, line in zip(said, told, strict=True))


def test_when_all_fail_one_line_has_what_each_said(server: LyingServer, cache: Cache) -> None:
    urls = server.url("/a"), server.url("/b", Answer(b"<html>")), "ftp://127.0.0.1/net"
    message = refused(cache, wanted(*urls))
    assert f"{urls[0]}: 404 Not Found; {urls[1]}: an HTML page" in message
    assert "; ftp://127.0.0.1/net: " in message
    assert message.endswith("; darknet cache add takes a file that you have")
    assert "no source is known" in refused(cache, wanted())


def test_proxies_of_the_environment_are_used(
    server: LyingServer, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url(""))
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    server.url("http://weights.invalid/net", HONEST)
    right(cache, fetch(wanted("http://weights.invalid/net"), cache, settings=QUICK))


@pytest.mark.parametrize(
    ("value", "off"), [("1", True), ("yes", True), ("0", False), ("", False), ("False", False)]
)
def test_offline_by_the_environment(
    server: LyingServer, cache: Cache, monkeypatch: pytest.MonkeyPatch, value: str, off: bool
) -> None:
    monkeypatch.setenv("DARKNET_OFFLINE", value)
    assert is_offline() is off
    file = wanted(server.url("/net", HONEST))
    if off:
        assert "offline" in refused(cache, file)
        assert server.asked == []
        fetch(file, cache, offline=False, settings=QUICK)
    fetch(file, cache, settings=QUICK)


def test_offline_takes_what_is_there_and_nothing_else(server: LyingServer, cache: Cache) -> None:
    file = wanted(server.url("/net", HONEST))
    assert "is not in the cache" in refused(cache, file, offline=True)
    fetch(file, cache, settings=QUICK)
    assert fetch(file, cache, offline=True).status == "present"
    with pytest.raises(InputError, match="again while offline"):
        fetch(file, cache, offline=True, force=True)
    cache.path("net.weights").write_bytes(OTHER)
    with pytest.raises(DownloadError, match=f"has sha256 .*, expected {SHA256} and must be"):
        fetch(file, cache, offline=True)
    assert len(server.asked) == 1


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("damage", [OTHER, DATA[:-1], b""], ids=["bytes", "shorter", "empty"])
def test_a_damaged_file_is_told_and_repaired(
    server: LyingServer, cache: Cache, damage: bytes, known: bool
) -> None:
    url = server.url("/net", HONEST)
    file = wanted(url) if known else wanted(url, size=None, sha256=None)
    fetch(file, cache, check=content, settings=QUICK)
    cache.path("net.weights").write_bytes(damage)
    told: list[str] = []
    repaired = fetch(file, cache, check=content, settings=QUICK, tell=told.append)
    right(cache, repaired)
    assert repaired.status == "repaired"
    assert re.search("has .*, expected .*; downloading it again", told[0])


def test_a_damaged_file_that_cannot_be_replaced_is_taken_away(
    server: LyingServer, cache: Cache
) -> None:
    cache.folder.mkdir()
    cache.path("net.weights").write_bytes(OTHER)
    refused(cache, wanted(server.url("/net")))
    cache.path("net.weights").write_bytes(OTHER)  # found by the soak: also when forced
    refused(cache, wanted(server.url("/net")), force=True)


def test_force_downloads_again_and_keeps_the_old_file_until_then(
    server: LyingServer, cache: Cache
) -> None:
    url = server.url("/net", HONEST, replace(HONEST, cut=9000), HONEST)
    fetch(wanted(url), cache, settings=QUICK)
    with pytest.raises(DownloadError):
        fetch(wanted(url), cache, settings=QUICK, force=True)
    assert cache.path("net.weights").read_bytes() == DATA
    right(cache, fetch(wanted(url), cache, settings=QUICK, force=True))
    assert [asked.range for asked in server.asked] == [None, None, None]


def test_a_file_put_there_by_hand_is_checked(server: LyingServer, cache: Cache) -> None:
    cache.folder.mkdir()
    path, file = cache.path("net.weights"), wanted(server.url("/net", HONEST), sha256=None)
    path.write_bytes(DATA)
    assert fetch(file, cache, check=content, offline=True).status == "present"
    path.write_bytes(OTHER)  # the sha256 was noted by now
    assert fetch(file, cache, check=content, settings=QUICK).status == "repaired"
    cache.remove("net.weights")
    path.write_bytes(OTHER)
    assert fetch(file, cache, check=content, settings=QUICK).status == "repaired"
    assert len(server.asked) == 2


# The disk, and other processes.

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


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_cache_that_may_only_be_read(server: LyingServer, cache: Cache) -> None:
    file = wanted(server.url("/net", HONEST))
    fetch(file, cache, settings=QUICK)
    cache.folder.chmod(0o500)
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
