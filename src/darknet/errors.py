"""Every error that a user's input can cause, and how their messages are worded.

    DarknetError            what went wrong, where, what was expected, what to do: one line
    ├── CfgError            a .cfg or .data file that is not one, or an option out of bounds
    │   └── NetworkError    sections that are well written but do not fit together
    │       └── UnsupportedError   a real Darknet section or option that is not run here (yet)
    ├── WeightsError        a .weights file that does not fit its network, or is not one
    ├── ImageError          a file or array that is not a photograph
    ├── NamesError          a class list that cannot be read, or has the wrong length
    ├── DownloadError       no source gave the file, or being offline forbids to ask
    ├── EngineError         an engine that is not installed or cannot do what was asked
    ├── DivergedError       a training whose loss or weights are no numbers any more
    ├── RecordError         a game record that cannot be read
    ├── IllegalMoveError    a move or an edit that the rules of Go forbid
    ├── GtpError            another Go program that refuses a command, or gives no answer
    └── InputError          an argument of the wrong shape or value

The command line prints the message after ``darknet: `` and exits with code 2. Where many
photographs are answered, those that cannot be read come as `Unreadable` records instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "CfgError",
    "DarknetError",
    "DivergedError",
    "DownloadError",
    "EngineError",
    "GtpError",
    "IllegalMoveError",
    "ImageError",
    "InputError",
    "NamesError",
    "NetworkError",
    "RecordError",
    "Unreadable",
    "UnsupportedError",
    "WeightsError",
    "did_you_mean",
    "printable",
]

MAX_MESSAGE = 2000  # characters


class DarknetError(Exception):
    """Base of every error that is the input's fault rather than the program's.

    The message is one line of printable characters, whatever the input had in it.
    """

    def __init__(self, message: str) -> None:
        super().__init__(printable(message, MAX_MESSAGE))


class CfgError(DarknetError):
    """A .cfg or .data text that cannot be read; the message starts with ``file:line``."""


class NetworkError(CfgError):
    """Sections that do not wire up to a network: sizes, indices, limits."""


class UnsupportedError(NetworkError):
    """A section or option that Darknet has and this version does not run."""


class WeightsError(DarknetError):
    """A weights file that does not fit the network, or is something else altogether."""


class ImageError(DarknetError):
    """A file, bytes or array that cannot be read as a photograph."""


class NamesError(DarknetError):
    """A class list that cannot be read or does not fit the network's outputs."""


class EngineError(DarknetError):
    """An engine that is not installed, unknown, or unable to do what was asked."""


class DivergedError(DarknetError):
    """A training whose loss or weights are no numbers any more; it names batch and layer."""


class RecordError(DarknetError):
    """A game record, or a file of many, that cannot be read; the message starts with the file."""


class IllegalMoveError(DarknetError):
    """A move or an edit that the rules of Go forbid; the message says where and why."""


class GtpError(DarknetError):
    """Another Go program refused a command, or gave no answer; the message names both.

    `refusal` is what the program said where it refused (it goes on then); None where there will be
    no more answers: it ended, took too long, or does not keep to the protocol.
    """

    def __init__(self, message: str, refusal: str | None = None) -> None:
        super().__init__(message)
        self.refusal = refusal


class DownloadError(DarknetError):
    """A file that could not be fetched; the message has what every source said."""


class InputError(DarknetError):
    """An argument whose shape, type or value cannot be used."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A photograph among many that could not be read: its path ('' if it has none), and why."""

    source: str
    error: ImageError


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``'; did you mean "size"?'`` for the nearest known word, or an empty string."""
    from difflib import get_close_matches  # only ever needed on the way to an error

    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else ""


def printable(text: str, limit: int = 60) -> str:
    """`text` made safe for one line of a terminal: escapes shown, the middle of long text cut."""
    if len(text) > 2 * limit:  # nothing beyond that can be shown: do not look at a megabyte of it
        text = text[:limit] + text[-limit:]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else _escaped(c) for c in text)
    return text if len(text) <= limit else f"{text[: limit - 12]}...{text[-9:]}"


def _escaped(character: str) -> str:
    """An escape of Python's; a byte that is no UTF-8 (PEP 383) as that byte, as `ls -b` has it."""
    byte = ord(character) - 0xDC00
    return f"\\x{byte:02x}" if 0x80 <= byte <= 0xFF else ascii(character)[1:-1]
