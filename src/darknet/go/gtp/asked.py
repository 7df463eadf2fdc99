"""The words of an analysis command: ``[colour] [centiseconds] [key value ...]``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ...errors import printable
from ..coordinates import from_gtp
from .analysis import Wanted
from .session import Session
from .words import Words, colour_named, syntax

__all__ = ["Asked", "asked_for"]

_LEAST_INTERVAL = 0.01
_MOST_INTERVAL = 10**9  # centiseconds
_LAST_DEPTH = 10**6
_SHOWN = ("ownership", "movesownership", "pvvisits", "pvedgevisits", "rootinfo")
_IGNORED = ("ownershipstdev", "movesownershipstdev", "noresultvalue")


@dataclass(frozen=True)
class Asked:
    """What the words of an analysis ask for."""

    colour: int
    interval: float | None = None
    """Seconds between two reports; None: whenever lines have grown."""
    wanted: Wanted = field(default_factory=Wanted)
    shown: frozenset[str] = frozenset()
    """What else is told: ownership, movesownership, pvvisits, rootinfo."""


def asked_for(session: Session, words: Words) -> Asked:
    """``[colour] [centiseconds] [key value ...]``, in this order."""
    at = 0
    asked = Asked(session.board.to_move)
    if words and (colour := colour_named(words[0])) is not None:
        asked, at = replace(asked, colour=colour), 1
    if at < len(words) and words[at].isdecimal():
        asked, at = replace(asked, interval=_interval(words, at)), at + 1
    while at < len(words):
        asked, at = _option(session, asked, words, at)
    return asked


def _interval(words: Words, at: int) -> float:
    centiseconds = words.whole(at, "an interval")
    if not 0 <= centiseconds <= _MOST_INTERVAL:
        raise syntax("expected an interval in centiseconds")
    return max(_LEAST_INTERVAL, centiseconds / 100)


def _option(session: Session, asked: Asked, words: Words, at: int) -> tuple[Asked, int]:
    """The option at a word, taken over, and where the next one is."""
    key = words[at].lower()
    if key == "interval":
        return replace(asked, interval=_interval(words, at + 1)), at + 2
    if key in ("minmoves", "maxmoves"):
        return replace(asked, wanted=_counted(asked.wanted, key, words, at + 1)), at + 2
    if key in ("avoid", "allow"):
        return replace(asked, wanted=_pointed(session, asked, key, words, at + 1)), at + 4
    if key in _SHOWN or key in _IGNORED:
        shown = asked.shown | {key} if words.truth(at + 1, key) else asked.shown - {key}
        return replace(asked, shown=shown), at + 2
    raise syntax(f'"{printable(words[at])}" is no option of an analysis')


def _counted(wanted: Wanted, key: str, words: Words, at: int) -> Wanted:
    count = words.whole(at, "a number of moves")
    if count < 0:
        raise syntax(f"{key} {count}: expected a number of moves")
    return replace(wanted, least=count) if key == "minmoves" else replace(wanted, most=count)


def _pointed(session: Session, asked: Asked, key: str, words: Words, at: int) -> Wanted:
    """``avoid COLOUR POINT,POINT DEPTH``, which counts for the first move."""
    colour = words.colour(at)
    parts = words.text(at + 1, "points, as D4,E5").split(",")
    depth = words.whole(at + 2, "a depth")
    if not 1 <= depth <= _LAST_DEPTH:
        raise syntax(f"{key}: a depth of {depth}; expected 1 or more")
    points = frozenset(from_gtp(part, session.board.size) for part in parts)
    wanted = asked.wanted
    if colour != asked.colour:
        return wanted
    if key == "avoid":
        return replace(wanted, avoided=wanted.avoided | points)
    return replace(wanted, allowed=points | (wanted.allowed or frozenset()))
