"""Commands about the rules, as KataGo has them: by name, or as JSON by its axes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeVar

from ...errors import InputError, did_you_mean, printable
from ..moves import Ko
from ..rules import Bonus, Rules, Scoring, Tax, rules_named
from .registry import command
from .session import Session
from .words import Words, syntax

__all__ = ["as_json", "rules_called"]

E = TypeVar("E", bound=StrEnum)
_SERVERS = ("chinese-ogs", "chinese-kgs")
_ALSO = {"bga": "aga"}
_AXES = ("hasButton", "ko", "scoring", "suicide", "tax", "whiteHandicapBonus", "friendlyPassOk")
_KOS = (Ko.SIMPLE, Ko.POSITIONAL, Ko.SITUATIONAL)


@command("kata-get-rules")
def get_rules(session: Session, words: Words) -> str:
    """The rules as JSON."""
    words.none_after(0)
    return as_json(session.rules)


@command("kata-set-rules")
def set_rules(session: Session, words: Words) -> str:
    """Other rules, by name or as JSON; the board and komi stay."""
    word = words.text(0, "rules")
    if word.startswith("{"):
        session.set_rules(_from_json(session.rules, words.json(0, "rules")))
        return ""
    words.none_after(1)
    session.set_rules(rules_called(word))
    return ""


@command("kata-set-rule")
def set_rule(session: Session, words: Words) -> str:
    """One axis of the rules."""
    axis, word = words.text(0, "a rule"), words.text(1, "its value")
    words.none_after(2)
    value: object = words.truth(1, axis) if word.lower() in ("true", "false") else word
    session.set_rules(_from_json(session.rules, {axis: value}))
    return ""


@command("kgs-rules")
def kgs_rules(session: Session, words: Words) -> str:
    """The rules by KGS's names, of which Chinese has positional superko there."""
    word = words.text(0, "rules").lower()
    words.none_after(1)
    session.set_rules(rules_called("chinese-kgs" if word == "chinese" else word))
    return ""


def rules_called(word: str) -> Rules:
    """The rules of a name, those of servers too; InputError if there are none."""
    name = word.strip().lower().replace("_", "-")
    if name in _SERVERS:
        return replace(rules_named("chinese"), name=name, ko=Ko.POSITIONAL)
    return rules_named(_ALSO.get(name, name))


def as_json(rules: Rules) -> str:
    """The rules as KataGo writes them."""
    axes = {
        "hasButton": False,
        "ko": rules.ko.value.upper(),
        "scoring": rules.scoring.value.upper(),
        "suicide": rules.suicide,
        "tax": rules.tax.value.upper(),
        "whiteHandicapBonus": rules.bonus.value,
        "friendlyPassOk": rules.friendly_pass,
    }
    return json.dumps(axes, separators=(",", ":"))


def _from_json(before: Rules, axes: Any) -> Rules:
    """The rules with these axes; InputError for what is none, or is not played here."""
    if not isinstance(axes, dict) or not axes:
        raise syntax("expected rules as a JSON object")
    for axis in axes:
        if axis not in _AXES:
            near = did_you_mean(str(axis), _AXES)
            raise InputError(f'there is no rule "{printable(str(axis))}"{near}')
    if axes.get("hasButton", False) is not False:
        raise InputError("hasButton: the button is not played here")
    return replace(
        before,
        name="custom",
        ko=_choice(axes, "ko", _KOS, before.ko),
        scoring=_choice(axes, "scoring", tuple(Scoring), before.scoring),
        tax=_choice(axes, "tax", tuple(Tax), before.tax),
        bonus=_choice(axes, "whiteHandicapBonus", tuple(Bonus), before.bonus),
        suicide=_truth(axes, "suicide", before.suicide),
        friendly_pass=_truth(axes, "friendlyPassOk", before.friendly_pass),
    )


def _choice(axes: Mapping[str, object], axis: str, known: tuple[E, ...], default: E) -> E:
    if axis not in axes:
        return default
    word = str(axes[axis])
    found = next((value for value in known if value.value.upper() == word.upper()), None)
    if found is None:
        choices = ", ".join(value.value.upper() for value in known)
        raise InputError(f'{axis}: "{printable(word)}": expected one of {choices}')
    return found


def _truth(axes: Mapping[str, object], axis: str, default: bool) -> bool:
    value = axes.get(axis, default)
    if not isinstance(value, bool):
        raise InputError(f"{axis}: expected true or false")
    return value
