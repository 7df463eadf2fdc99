"""Colours, moves and edits, and why a move may be refused.

Black is 1, White is -1, an empty point 0, so that the other colour is ``-colour`` and DarkGo's
input is ``board.array() * board.to_move``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

__all__ = ["BLACK", "EMPTY", "NAMES", "WHITE", "Edit", "Entry", "Illegal", "Ko", "Move"]

BLACK, WHITE, EMPTY = 1, -1, 0
NAMES = {BLACK: "Black", WHITE: "White", EMPTY: "empty"}


class Ko(StrEnum):
    """Which repetitions are forbidden. A pass is always allowed."""

    NONE = "none"
    """None at all: for records of games played under rules that are not known."""
    SIMPLE = "simple"
    """Taking back at once the one stone that just took one stone."""
    POSITIONAL = "positional"
    """Any position that was on the board before."""
    SITUATIONAL = "situational"
    """Any position that was on the board before with the same player to move."""


class Illegal(StrEnum):
    """Why a move is refused."""

    OCCUPIED = "there is a stone"
    SUICIDE = "it would take its own last liberty"
    KO = "it would take back the ko at once"
    REPETITION = "it would repeat an earlier position"


class Move(NamedTuple):
    """A stone of `colour` on `point`, or a pass."""

    colour: int
    point: int


class Entry(NamedTuple):
    """A move as it was played: what it took (its own stones, in a suicide), and what was before."""

    move: Move
    taken: tuple[int, ...]
    taken_colour: int
    ko: int | None
    to_move: int


class Edit(NamedTuple):
    """Stones set and cleared by hand, as (point, before, after), and what was before."""

    changes: tuple[tuple[int, int, int], ...]
    new_to_move: int
    ko: int | None
    to_move: int
