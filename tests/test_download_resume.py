"""download: going on where it ended, and only if it is the same file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from darknet.errors import DownloadError
from darknet.zoo.cache import Cache
from darknet.zoo.download import fetch
from downloads import (
    DATA,
    HONEST,
    OTHER,
    QUICK,
    SIZE,
    content,
    part,
    refused,
    right,
    wanted,
)
from lying_server import Answer, LyingServer


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def break_off(cache: Cache, server: LyingServer, at: int, **how: object) -> str:
    """A URL whose download broke off after `at` bytes; from now on it is answered honestly."""
    answer = replace(HONEST, cut=at, **how)  # type: ignore[arg-type]
    url = server.url("/net", answer)
    refused(cache, wanted(url))
    assert len(part(cache)) == at
    server.url("/net", replace(answer, cut=None))
    server.asked.clear()
    server.served.clear()
    return url


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


def test_a_range_of_a_longer_file_starts_again(server: LyingServer, cache: Cache) -> None:
    url = break_off(cache, server, 90_000)
    server.url("/net", Answer(DATA + b"more"), HONEST)
    right(cache, fetch(wanted(url), cache, settings=QUICK))


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
    assert [asked.range for asked in server.asked] == [None, None]


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
