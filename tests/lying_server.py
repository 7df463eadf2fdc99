"""A real HTTP server on 127.0.0.1 that answers as it is told: honestly, wrongly, slowly, never."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


@dataclass(frozen=True)
class Answer:
    """How a request is answered. As it stands: 200 with a body, ranges honoured."""

    body: bytes = b""
    status: int = 200
    etag: str | None = '"one"'
    modified: str | None = None
    ranges: bool = True  # whether Range is honoured
    if_range: bool = True  # whether If-Range is
    shift: int = 0  # a 206's range begins so many bytes beside what was asked
    length: int | None = -1  # Content-Length; -1 the right one, None without
    chunked: bool = False
    cut: int | None = None  # the connection ends after so many bytes of the body
    stall: int | None = None  # nothing comes after so many bytes of the body
    drip: float = 0.0  # seconds between single bytes
    pause: float = 0.0  # seconds between pieces of 16 KiB
    location: str | None = None
    encoding: str | None = None
    raw: bytes | None = None  # sent instead of anything of HTTP
    headers: tuple[tuple[str, str], ...] = ()  # more of them, after the others
    endless: bool = False  # the body is repeated for ever


@dataclass(frozen=True)
class Asked:
    """What a client asked for."""

    path: str
    range: str | None
    if_range: str | None


class LyingServer:
    """`answers` has a list for each path: one an answer, the last for all that follow.

    `asked` has every request, `served` the bytes of bodies that were sent, by path.
    """

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.asked: list[Asked] = []
        self.served: dict[str, int] = {}
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.lying = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> LyingServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def url(self, path: str, *answers: Answer) -> str:
        """The URL of a path, with its answers."""
        if answers:
            self.answers[path] = list(answers)
        return f"http://127.0.0.1:{self._http.server_address[1]}{path}"

    def next_answer(self, asked: Asked) -> Answer:
        """What this request gets."""
        with self._lock:
            self.asked.append(asked)
            answers = self.answers.get(asked.path, [Answer(b"none", 404)])
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def count(self, path: str, sent: int) -> None:
        """Note bytes of a body."""
        with self._lock:
            self.served[path] = self.served.get(path, 0) + sent


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    lying: LyingServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are what is tested."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        headers = self.headers
        asked = Asked(self.path, headers.get("Range"), headers.get("If-Range"))
        answer = self.server.lying.next_answer(asked)
        self.close_connection = True
        if answer.raw is not None:
            self.wfile.write(answer.raw)
            return
        status, body, headers_out = _decide(answer, asked)
        head = [f"HTTP/1.1 {status} Said so", "Connection: close"]
        head += [f"{name}: {value}" for name, value in headers_out]
        self.wfile.write("\r\n".join([*head, "", ""]).encode())
        self._send(answer, body)

    def _send(self, answer: Answer, body: bytes) -> None:
        lying, sent = self.server.lying, 0
        for piece in _pieces(answer, body):
            if lying.closing.is_set():
                return
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if answer.chunked else piece)
            sent += len(piece)
            lying.count(self.path, len(piece))
            time.sleep(answer.drip or answer.pause)
        if answer.stall is not None:
            lying.closing.wait(30)
        elif answer.chunked and answer.cut is None:
            self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)


def _decide(answer: Answer, asked: Asked) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Status, body and headers for an answer to a request."""
    status, body, start = answer.status, answer.body, None
    headers = [("ETag", answer.etag), ("Last-Modified", answer.modified)]
    found = re.fullmatch(r"bytes=(\d+)-", asked.range or "")
    same = asked.if_range is None or asked.if_range in (answer.etag, answer.modified)
    if status == 200 and found and answer.ranges and (same or not answer.if_range):
        start = int(found[1])
        if start >= len(body):
            status, body = 416, b""
            headers.append(("Content-Range", f"bytes */{len(answer.body)}"))
        else:
            first = max(0, start + answer.shift)
            status, body = 206, body[first:]
            last = len(answer.body) - 1
            headers.append(("Content-Range", f"bytes {first}-{last}/{len(answer.body)}"))
    length = len(body) if answer.length == -1 else answer.length
    if length is not None and not answer.chunked:
        headers.append(("Content-Length", str(length)))
    headers.append(("Transfer-Encoding", "chunked" if answer.chunked else None))
    headers += [("Location", answer.location), ("Content-Encoding", answer.encoding)]
    headers += answer.headers
    return status, body, [(name, value) for name, value in headers if value is not None]


def _pieces(answer: Answer, body: bytes) -> Iterator[bytes]:
    ends = [end for end in (answer.cut, answer.stall) if end is not None]
    body = body[: min(ends)] if ends else body
    step = 1 if answer.drip else 16_384
    for at in range(0, len(body), step):
        yield body[at : at + step]
    while answer.endless and body:
        yield body * (1 + 16_384 // len(body))
