r"""Commands and replies of the Go Text Protocol, version 2, as bytes.

A *command* is a line ``[number] name word word ...``; a *reply* is ``=[number] text``, or, for a
refusal, ``?[number] text``, and ends in two newlines. What becomes of the rest of a line:

- carriage returns, and control characters but for tabs, are dropped; a tab is a space;
- from a ``#`` on it is a comment; a line with nothing else is no command, and gets no reply;
- names of commands, colours and points may be in any case;
- bytes that are no UTF-8 are kept as Python keeps file names.

A text in a reply has no empty line, which would end it, and no control character.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ...errors import InputError

__all__ = ["MAX_BYTES", "Command", "end_of_reply", "parse", "reply", "start_of_reply"]

MAX_BYTES = 2**20
"""A longer line is no command: it is read to its end and refused."""

_DROPPED = dict.fromkeys([*range(9), *range(11, 32), 127])  # all but tab (9) and newline (10)
_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n)+")


class Command(NamedTuple):
    """One command: its number as it was written (empty where it has none), name and arguments."""

    number: str
    name: str
    words: tuple[str, ...]


def parse(line: bytes) -> Command | None:
    """The command of a line, or None for an empty one and a comment.

    A number alone gives a command without a name; the line's end may be there or not. InputError
    for a line of more than MAX_BYTES.
    """
    if len(line) > MAX_BYTES:
        raise InputError(f"syntax error: a line of more than {MAX_BYTES:,} bytes")
    text = line.decode("utf-8", "surrogateescape").translate(_DROPPED)
    words = text.partition("#")[0].split()
    if not words:
        return None
    number = words.pop(0) if _NUMBER.fullmatch(words[0]) else ""
    name = words.pop(0) if words else ""
    return Command(number, name.lower(), tuple(words))


def reply(number: str, text: str, *, accepted: bool = True) -> bytes:
    """A whole reply; a refusal is brought to one line."""
    if not accepted:
        text = " ".join(text.split())
    sign = "=" if accepted else "?"
    return f"{sign}{number} {_clean(text)}\n\n".encode("utf-8", "backslashreplace")


def start_of_reply(number: str) -> bytes:
    """The first line of a reply that comes bit by bit; `text_line`s and `end_of_reply` follow."""
    return f"={number}\n".encode()


def end_of_reply(text: str = "") -> bytes:
    """The last line of such a reply, if any, and its end."""
    return text_line(text) + b"\n"


def text_line(text: str) -> bytes:
    """A line of such a reply; nothing where the text is empty."""
    cleaned = _clean(text).strip("\n")
    return f"{cleaned}\n".encode("utf-8", "backslashreplace") if cleaned.strip() else b""


def _clean(text: str) -> str:
    return _EMPTY_LINES.sub("\n", text.translate(_DROPPED)).rstrip()
