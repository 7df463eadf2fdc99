"""One GET over http or https, by a client that trusts nothing that the server says.

RFC 9110: ranges in section 14, If-Range in 13.1.5, redirects in 15.4. Redirects are followed here
rather than by requests, which would read the whole body of each.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.client import IncompleteRead
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit, urlunsplit

from ..errors import DownloadError, printable

if TYPE_CHECKING:
    import requests

__all__ = ["Answer", "Client", "Settings", "shown_url"]

_CHUNK = 65_536  # bytes
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Settings:
    """Bounds on a download.

    `connect_seconds` for a connection; `stall_seconds` without a byte, or with less than `slowest`
    bytes, end it; at most `redirects` are followed; a file of unknown size may have `largest`
    bytes.
    """

    connect_seconds: float = 10.0
    stall_seconds: float = 30.0
    slowest: int = 1024
    redirects: int = 5
    largest: int = 4 * 2**30


class Answer:
    """A server's answer whose body may be read. `start` is the offset of its first byte.

    `validator` is what a later If-Range can name: a strong ETag, a Last-Modified, or ''. `total`
    is what the server says the whole has in bytes: to be shown, not to be trusted.
    """

    def __init__(self, response: requests.Response, start: int, settings: Settings) -> None:
        self.start = start
        self.validator = _validator(response)
        self.total = _total(response, start)
        self._response = response
        self._settings = settings

    def pieces(self) -> Iterator[bytes]:
        """The body as it comes. DownloadError when it breaks off, stalls or drips."""
        since, received = time.monotonic(), 0
        while True:
            piece = self._read()
            if not piece:
                return
            received += len(piece)
            seconds = time.monotonic() - since
            if seconds > self._settings.stall_seconds:
                if received < self._settings.slowest:
                    raise DownloadError(f"too slow: {received:,} bytes in {seconds:.0f} s")
                since, received = time.monotonic(), 0
            yield piece

    def _read(self) -> bytes:
        import urllib3

        try:  # not iter_content: that waits until a chunk is full
            piece: bytes = self._response.raw.read1(_CHUNK, decode_content=True)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as problem:
            raise DownloadError(_reason(problem, self._settings)) from None
        return piece

    def close(self) -> None:
        """Let the connection go, read or not."""
        self._response.close()


class Client:
    """What asks. Proxies, certificates and .netrc are those of the environment, as in requests."""

    def __init__(self, settings: Settings) -> None:
        import requests

        self._session = requests.Session()
        self._settings = settings

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._session.close()

    def get(self, url: str, start: int = 0, validator: str = "", size: int | None = None) -> Answer:
        """Ask for the bytes from `start` on; the answer may begin at 0 all the same.

        `validator` is the earlier answer's, '' where it came from another source. `size` is that
        of the whole, None where unknown. Raises DownloadError with what the server said.
        """
        response = self._follow(url, _range(start, validator) if start else {})
        if start and _continues(response, start, validator, size):
            return Answer(response, start, self._settings)
        if start and response.status_code in (206, 416):
            response.close()
            response = self._follow(url, {})  # another range, or another file: all of it
        if response.status_code != 200:
            response.close()
            raise DownloadError(_status(response.status_code))
        return Answer(response, 0, self._settings)

    def _follow(self, url: str, headers: dict[str, str]) -> requests.Response:
        for _ in range(self._settings.redirects + 1):
            if _scheme(url) not in ("http", "https"):
                raise DownloadError(f"leads to {shown_url(url)}; only http and https are followed")
            response = self._ask(url, headers)
            target = self._session.get_redirect_target(response)
            if response.status_code not in _REDIRECTS or not target:
                return response
            response.close()
            further = _joined(url, target)
            if (_scheme(url), _scheme(further)) == ("https", "http"):
                raise DownloadError(f"leads to {shown_url(further)}, where anybody could change it")
            url = further
        raise DownloadError(f"more than {self._settings.redirects} redirects")

    def _ask(self, url: str, headers: dict[str, str]) -> requests.Response:
        import requests
        import urllib3

        always = {"Accept-Encoding": "identity", "User-Agent": "darknet-python"}
        try:
            asked = requests.Request("GET", url, headers={**always, **headers})
            prepared = self._session.prepare_request(asked)
            where = str(prepared.url)
            around = self._session.merge_environment_settings(where, {}, True, None, None)
            return self._session.get_adapter(where).send(
                prepared,
                timeout=(self._settings.connect_seconds, self._settings.stall_seconds),
                stream=True,
                verify=around["verify"] or True,
                cert=around["cert"],
                proxies=around["proxies"],
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as problem:
            raise DownloadError(_reason(problem, self._settings)) from None


def shown_url(url: str) -> str:
    """A URL for a message: no password, no query (it may be a signature), not too long."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        return printable(urlunsplit((parts.scheme, host, parts.path, "", "")), 160)
    except ValueError:
        return printable(url, 160)


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError:
        raise DownloadError(f"leads to {printable(target, 160)}, which is no URL") from None


def _range(start: int, validator: str) -> dict[str, str]:
    headers = {"Range": f"bytes={start}-"}
    return {**headers, "If-Range": validator} if validator else headers


def _validator(response: requests.Response) -> str:
    if _encoded(response):  # the tag is of other bytes than those that are kept
        return ""
    etag = response.headers.get("ETag", "")
    strong = re.fullmatch(r'"[\x21\x23-\x7e]*"', etag) is not None  # a weak one begins with W/
    return etag if strong else response.headers.get("Last-Modified", "")


def _encoded(response: requests.Response) -> bool:
    return response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity")


def _total(response: requests.Response, start: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    known = re.fullmatch(r"\d{1,18}", length) and not _encoded(response)
    return start + int(length) if known else None


def _continues(response: requests.Response, start: int, validator: str, size: int | None) -> bool:
    """Whether an answer has the bytes from `start` on, of the file that the part is of."""
    if response.status_code != 206 or _encoded(response):
        return False
    form = r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)"
    found = re.fullmatch(form, response.headers.get("Content-Range", ""))
    if found is None or int(found[1]) != start:
        return False
    if size is not None and found[3] != "*" and int(found[3]) != size:
        return False
    return not validator or _validator(response) in ("", validator)


def _status(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return f"status {code}"


def _reason(problem: Exception, settings: Settings) -> str:
    """What went wrong in the words of whoever noticed it first, not of those who passed it on."""
    import requests
    import urllib3

    chain = list(_chain(problem))
    for link in chain:
        if isinstance(link, requests.ConnectTimeout):
            return f"no connection in {settings.connect_seconds:g} s"
        if isinstance(link, requests.ReadTimeout | urllib3.exceptions.ReadTimeoutError):
            return f"stalled: nothing came for {settings.stall_seconds:g} s"
        if isinstance(link, IncompleteRead):
            return "broke off"
        if isinstance(link, urllib3.exceptions.DecodeError):
            return "its content encoding is broken"
    system = [link.strerror for link in chain if isinstance(link, OSError) and link.strerror]
    return printable(system[-1] if system else str(chain[-1]), 200)


def _chain(problem: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = problem
    for _ in range(20):
        if link is None:
            return
        yield link
        reason = getattr(link, "reason", None)
        link = reason if isinstance(reason, BaseException) else link.__cause__ or link.__context__
