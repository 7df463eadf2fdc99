"""An engine to talk to in a test, and a reader of replies that trusts nothing."""

from __future__ import annotations

import io
import re
from typing import NamedTuple

import go_nets
from darknet.go.choice import Choice
from darknet.go.gtp import Engine, LinesOf, Session
from darknet.go.policy import Policy
from darknet.go.rules import rules_named

_REPLY = re.compile(rb"([=?])([0-9]*)(?: ([^\n]*)|)((?:\n[^\n]+)*)\n\n")
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


class Reply(NamedTuple):
    """One reply: accepted or refused, its number as written, its text."""

    accepted: bool
    number: str
    text: str


def replies(data: bytes) -> list[Reply]:
    """The replies in an engine's output; AssertionError for anything but whole, clean replies."""
    assert not _CONTROL.search(data), data
    found, at = [], 0
    while at < len(data):
        match = _REPLY.match(data, at)
        assert match, data[at : at + 200]
        sign, number, first, rest = match.groups()
        text = ((first or b"") + rest).decode("utf-8")
        assert sign == b"=" or (first and not rest), "a refusal has one line of text"
        found.append(Reply(sign == b"=", number.decode(), text))
        at = match.end()
    return found


def expected_number(line: bytes) -> str | None:
    """The number that a reply to this line has to have; None where there is to be no reply."""
    kept = bytes(byte for byte in line if (byte >= 32 and byte != 127) or byte in b"\t")
    words = kept.split(b"#")[0].replace(b"\t", b" ").split()  # of bytes: splits at ASCII blanks
    words = [word for word in b" ".join(words).decode("utf-8", "surrogateescape").split() if word]
    if not words:
        return None
    return words[0] if re.fullmatch(r"[0-9]{1,20}", words[0], re.ASCII) else ""


class Desk:
    """An engine with a small network of random weights, in this process."""

    def __init__(
        self,
        size: int = 9,
        *,
        rules: str = "chinese",
        policy: Policy | None = None,
        choice: Choice | None = None,
        seed: int | None = 1,
    ) -> None:
        self.told: list[str] = []
        self.last = b""
        self._out = io.BytesIO()
        policy = policy or go_nets.policy(size=size)
        self.session = Session(
            policy, rules_named(rules), size=size, choice=choice or Choice(), seed=seed
        )
        self.engine = Engine(self.session, self._out, self.told.append)

    def answer(self, line: bytes) -> bytes:
        """The bytes that one line brings."""
        self._out.seek(0)
        self._out.truncate()
        self.engine.answer(line)
        self.last = self._out.getvalue()
        return self.last

    def run(self, text: str) -> list[Reply]:
        """The replies to several lines, the next ones being there already."""
        self._out.seek(0)
        self._out.truncate()
        self.engine.run(LinesOf([line.encode() for line in text.split("\n")]))
        return replies(self._out.getvalue())

    def reply(self, line: str) -> Reply:
        """The one reply to a line."""
        (found,) = replies(self.answer(line.encode()))
        return found

    def __call__(self, line: str) -> str:
        """The text of a reply that has to be ``=``."""
        found = self.reply(line)
        assert found.accepted, found.text
        return found.text

    def refused(self, line: str) -> str:
        """The text of a reply that has to be ``?``."""
        found = self.reply(line)
        assert not found.accepted, found.text
        return found.text

    @property
    def drawn(self) -> str:
        """The stones, one row a line: X, O and points."""
        from darknet.go.diagram import draw

        return draw(self.session.board).replace(" ", "")
