"""download: whatever a server does, the cache has the right file or none."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from darknet.errors import DownloadError
from darknet.zoo.cache import Cache
from darknet.zoo.download import WeightsFile, fetch
from darknet.zoo.source import Client, shown_url
from downloads import (
    DATA,
    HONEST,
    IMPATIENT,
    OTHER,
    QUICK,
    SHA256,
    SIZE,
    content,
    refused,
    right,
    wanted,
)
from lying_server import Answer, LyingServer

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:%b\nsize 4185968\n" % (b"a" * 64)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(DATA[:-1]), f"received {SIZE - 1:,} of {SIZE:,} bytes"),
        (replace(HONEST, cut=5000), f"received 5,000 of {SIZE:,} bytes"),
        (replace(HONEST, cut=5000, length=None), f"received 5,000 of {SIZE:,} bytes"),
        (replace(HONEST, cut=5000, chunked=True), f"received 5,000 of {SIZE:,} bytes"),
        (replace(HONEST, length=5000), f"received 5,000 of {SIZE:,} bytes"),
        (replace(HONEST, stall=5000), f"nothing came for 2 s: received 5,000 of {SIZE:,} bytes"),
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
    settings = IMPATIENT if answer.stall else QUICK
    message = refused(cache, wanted(url), settings=settings)
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
    settings = IMPATIENT if answer.stall else QUICK
    right(cache, fetch(wanted(server.url("/net", answer)), cache, settings=settings))


def test_a_file_of_unknown_size_has_a_bound(server: LyingServer, cache: Cache) -> None:
    url = server.url("/net", Answer(DATA, endless=True, length=None))
    message = refused(cache, wanted(url, size=None, sha256=None), check=content)
    assert "more than the expected 300,000 bytes" in message


def test_a_dripping_server_is_left(server: LyingServer, cache: Cache) -> None:
    url = server.url("/net", replace(HONEST, drip=0.05))
    assert "too slow" in refused(cache, wanted(url), settings=IMPATIENT)


def test_a_slow_server_is_waited_for(server: LyingServer, cache: Cache) -> None:
    data = DATA[:300]
    url = server.url("/net", Answer(data, drip=0.01))
    file = WeightsFile("net.weights", (url,), len(data), hashlib.sha256(data).hexdigest())
    settings = replace(IMPATIENT, slowest=5)
    assert fetch(file, cache, settings=settings).path.read_bytes() == data


def test_a_server_that_is_not_there(server: LyingServer, cache: Cache) -> None:
    with LyingServer() as gone:
        url = gone.url("/net")
    assert "Connection refused" in refused(cache, wanted(url))


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
def test_bad_urls_of_the_catalogue_are_one_line(
    server: LyingServer, cache: Cache, url: str
) -> None:
    assert "not downloaded" in refused(cache, wanted(url))


def test_a_url_is_shown_without_its_secrets() -> None:
    assert shown_url("https://me:word@host:8/a/b?signature=x#y") == "https://host:8/a/b"


def test_a_redirect_from_https_to_http_is_not_followed(
    server: LyingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Client._ask
    url = server.url("/net", Answer(b"", 302, location=server.url("/far", HONEST)))

    def unencrypted(self: Client, where: str, headers: dict[str, str]) -> object:
        return asked(self, where.replace("https:", "http:"), headers)

    monkeypatch.setattr(Client, "_ask", unencrypted)  # this server speaks no TLS
    with Client(QUICK) as client, pytest.raises(DownloadError, match="anybody could change it"):
        client.get(url.replace("http:", "https:"))
    assert "/far" not in server.served
