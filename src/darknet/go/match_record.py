"""The games of a match as SGF: who played what, how it ended, and enough to go on with the match.

All that a match needs to know of a game is in one property of the root that other programs keep
and do not look at, as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ..errors import InputError, RecordError, printable
from .match_game import Outcome, Terms
from .match_result import GameResult
from .records import Record, read_record, record_of

__all__ = ["read_game", "sgf_of"]

PROPERTY = "DARKNETMATCH"


def sgf_of(
    outcome: Outcome,
    result: GameResult,
    names: tuple[str, str],
    terms: Terms,
    identity: Mapping[str, str],
) -> Record:
    """The record of a game; `names` are Black's and White's."""
    properties = {
        "PB": names[0],
        "PW": names[1],
        "KM": f"{terms.komi:g}",
        "RU": terms.rules.name,
        "RE": outcome.result,
        "RO": str(result.number),
        "EV": f"{identity['first']} against {identity['second']}",
        PROPERTY: json.dumps({"match": dict(identity), "game": result.to_dict()}),
    }
    record = record_of(outcome.board, properties)
    if outcome.reason:
        record.set_text("C", outcome.reason, record.main_line()[-1])
    return record


def read_game(path: Path, number: int, identity: Mapping[str, str]) -> GameResult:
    """The result of a game of this match.

    Raises RecordError for a file that is no match's game, InputError for one of another match.
    """
    label = printable(str(path), 200)
    text = read_record(path).text(PROPERTY)
    try:
        found = json.loads(text or "")
        match, game = dict(found["match"]), found["game"]
    except (ValueError, TypeError, KeyError):
        raise RecordError(f"{label}: is no game of a match: choose another folder") from None
    for key, wanted in identity.items():
        if match.get(key) != wanted:
            raise InputError(
                f"{label}: is of another match, with {key} {printable(str(match.get(key)), 200)},"
                f" not {printable(wanted, 200)}: choose another folder"
            )
    result = GameResult.from_dict(game, label)
    if result.number != number:
        raise RecordError(f"{label}: is game {result.number}, not {number}: was it renamed?")
    return result
