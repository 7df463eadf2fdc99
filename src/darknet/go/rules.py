"""The rule sets, as one table, by KataGo's axes.

- *ko*: which repetitions are forbidden (`moves.Ko`).
- *scoring*: by area (stones and territory) or by territory (territory and prisoners).
- *tax*: whether territory in a seki counts.
- *suicide*: whether a chain of two or more stones may take its own last liberty.
- *bonus*: what White gets for Black's handicap stones: nothing, a point for each, or for each but
  the first.
- *friendly pass*: whether players agree on dead stones; where not, all stones on the board live.
- *komi*: what White gets for moving second, unless a game says otherwise.

These are the nearest settings, as KataGo takes them, not every article of each rule book: long
cycles under simple ko are left to the players, and Japanese seki are found as `scoring` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..errors import InputError, did_you_mean, printable
from .moves import Ko

__all__ = ["RULES", "Bonus", "Rules", "Scoring", "Tax", "rules_named"]


class Scoring(StrEnum):
    """What is counted."""

    AREA = "area"
    TERRITORY = "territory"


class Tax(StrEnum):
    """Where territory does not count."""

    NONE = "none"
    SEKI = "seki"


class Bonus(StrEnum):
    """What White gets for N handicap stones."""

    ZERO = "0"
    ALL_BUT_ONE = "N-1"
    ALL = "N"

    def points(self, stones: int) -> int:
        """White's points for `stones` handicap stones; one stone is no handicap."""
        if self is Bonus.ZERO or stones < 2:
            return 0
        return stones if self is Bonus.ALL else stones - 1


@dataclass(frozen=True, slots=True)
class Rules:
    """One rule set; `dataclasses.replace` gives another komi."""

    name: str
    ko: Ko
    scoring: Scoring
    tax: Tax
    suicide: bool
    bonus: Bonus
    friendly_pass: bool
    komi: float


_SIMPLE, _POSITIONAL, _SITUATIONAL = Ko.SIMPLE, Ko.POSITIONAL, Ko.SITUATIONAL
_AREA, _TERRITORY = Scoring.AREA, Scoring.TERRITORY
_NONE, _SEKI = Tax.NONE, Tax.SEKI
_N, _N_1, _0 = Bonus.ALL, Bonus.ALL_BUT_ONE, Bonus.ZERO

RULES = {
    rules.name: rules
    for rules in (
        #     name            ko            scoring     tax    suicide bonus friendly komi
        Rules("tromp-taylor", _POSITIONAL,  _AREA,      _NONE, True,   _0,   False,   7.5),
        Rules("chinese",      _SIMPLE,      _AREA,      _NONE, False,  _N,   True,    7.5),
        Rules("japanese",     _SIMPLE,      _TERRITORY, _SEKI, False,  _0,   True,    6.5),
        Rules("korean",       _SIMPLE,      _TERRITORY, _SEKI, False,  _0,   True,    6.5),
        Rules("aga",          _SITUATIONAL, _AREA,      _NONE, False,  _N_1, True,    7.5),
        Rules("new-zealand",  _SITUATIONAL, _AREA,      _NONE, True,   _0,   True,    7.5),
    )
}  # fmt: skip
"""The rule sets by name."""

_ALSO = {
    "tromptaylor": "tromp-taylor",
    "tt": "tromp-taylor",
    "cn": "chinese",
    "jp": "japanese",
    "kr": "korean",
    "nz": "new-zealand",
    "newzealand": "new-zealand",
}


def rules_named(name: str) -> Rules:
    """The rule set of a name in any case (``Japanese``, ``NZ``); InputError if there is none."""
    word = name.strip().lower().replace("_", "-").replace(" ", "-")
    word = _ALSO.get(word.replace("-", ""), word)
    if word not in RULES:
        known = ", ".join(RULES)
        raise InputError(
            f"no rules are named {printable(name)!a}: expected one of {known}"
            f"{did_you_mean(printable(word), RULES)}"
        )
    return RULES[word]
