"""Commands about time. A network answers at once: what is said is checked and kept, no more."""

from __future__ import annotations

from ...errors import printable
from ..moves import BLACK, WHITE
from .registry import command
from .session import Session
from .words import Words, syntax

__all__: list[str] = []

_KINDS = {
    "none": 0,
    "absolute": 1,
    "byoyomi": 3,
    "canadian": 3,
    "fischer": 2,
    "fischer-capped": 4,
}
"""Kinds of clocks, and how many numbers each has."""
_KGS_KINDS = ("none", "absolute", "byoyomi", "canadian")


@command("time_settings")
def time_settings(session: Session, words: Words) -> str:
    """Main time, byo-yomi time in seconds, and the stones that this is for."""
    times = [_seconds(words, at) for at in range(3)]
    words.none_after(3)
    session.clock.settings = " ".join(f"{time:g}" for time in times)
    session.clock.left.clear()
    return ""


@command("kgs-time_settings")
def kgs_time_settings(session: Session, words: Words) -> str:
    """Time as KGS has it: none, absolute, byoyomi, canadian."""
    return _settings(session, words, _KGS_KINDS)


@command("kata-time_settings")
def kata_time_settings(session: Session, words: Words) -> str:
    """Time as KataGo has it: also fischer and fischer-capped."""
    return _settings(session, words, tuple(_KINDS))


@command("kata-list_time_settings")
def list_time_settings(session: Session, words: Words) -> str:
    """The kinds of clocks that `kata-time_settings` knows."""
    words.none_after(0)
    return " ".join(_KINDS)


@command("time_left")
def time_left(session: Session, words: Words) -> str:
    """The time that one side has left, and for how many stones."""
    colour, seconds = words.colour(0), words.real(1, "seconds")
    stones = words.whole(2, "stones")
    words.none_after(3)
    session.clock.left[colour] = (seconds, stones)
    return ""


@command("darknet-clock")
def clock(session: Session, words: Words) -> str:
    """What was said of time."""
    words.none_after(0)
    lines = [session.clock.settings]
    for colour, letter in ((BLACK, "b"), (WHITE, "w")):
        if colour in session.clock.left:
            seconds, stones = session.clock.left[colour]
            lines.append(f"{letter} {seconds:g} {stones}")
    return "\n".join(lines)


def _settings(session: Session, words: Words, kinds: tuple[str, ...]) -> str:
    kind = words.text(0, "a kind of clock").lower().replace("byo-yomi", "byoyomi")
    if kind not in kinds:
        raise syntax(f'"{printable(kind)}": expected one of {", ".join(kinds)}')
    capped = kind == "fischer-capped"
    times = [_seconds(words, at, negative=capped) for at in range(1, 1 + _KINDS[kind])]
    words.none_after(1 + _KINDS[kind])
    session.clock.settings = " ".join([kind, *(f"{time:g}" for time in times)])
    session.clock.left.clear()
    return ""


def _seconds(words: Words, at: int, *, negative: bool = False) -> float:
    time = words.real(at, "a time")
    if time < 0 and not negative:
        raise syntax(f"{time:g}: expected a time that is not negative")
    return time
