"""download: sources in turn, offline, what is there already, damage."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from darknet.errors import DownloadError, InputError
from darknet.zoo.cache import Cache
from darknet.zoo.download import fetch, is_offline
from downloads import (
    DATA,
    HONEST,
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


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.delenv("DARKNET_OFFLINE", raising=False)
    return Cache(tmp_path / "cache")


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
    assert re.search("(has|is) .*, expected .*; downloading it again", told[0])


def test_a_page_in_place_of_a_file_is_called_that(server: LyingServer, cache: Cache) -> None:
    file = wanted(server.url("/net", HONEST))
    fetch(file, cache, settings=QUICK)
    cache.path("net.weights").write_bytes(b"<!DOCTYPE html><p>Please sign in" + bytes(len(DATA)))
    with pytest.raises(
        DownloadError, match=r"is an HTML page .*, expected a \.weights file and must"
    ):
        fetch(file, cache, offline=True)


def test_a_damaged_file_stays_until_it_is_replaced(server: LyingServer, cache: Cache) -> None:
    cache.folder.mkdir()
    cache.path("net.weights").write_bytes(OTHER)  # it may be somebody's own
    refused(cache, wanted(server.url("/net")))
    refused(cache, wanted(server.url("/net")), force=True)
    assert cache.path("net.weights").read_bytes() == OTHER


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
