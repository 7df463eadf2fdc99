"""What of the games a network learns from; imports nothing, so that help can say the defaults."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FORGOTTEN", "HANDICAP", "HELD_OUT", "VALID_COUNT", "GoOptions"]

HELD_OUT = 0.4
"""Per cent of the games that are never learned from."""
HANDICAP = 0.5
"""How often a game with setup stones is in an epoch."""
FORGOTTEN = 0.1
"""The share of positions whose past is not shown, so that one typed by hand is answered well."""
VALID_COUNT = 2_000


@dataclass(frozen=True, kw_only=True)
class GoOptions:
    """What of the games is learned from, and how it is judged.

    held_out: per cent of the games, by what was played in them (`go.split`), that are validated
    with and never learned from. handicap: how often, 0..1, a game with setup stones is in an
    epoch. forgotten: the share of positions that are shown without the moves before. valid_count:
    positions to validate with.
    """

    held_out: float = HELD_OUT
    handicap: float = HANDICAP
    forgotten: float = FORGOTTEN
    valid_count: int = VALID_COUNT
