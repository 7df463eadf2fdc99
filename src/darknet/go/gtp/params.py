"""Commands that change how the engine plays."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ...errors import InputError, did_you_mean, printable
from ..choice import Choice
from .registry import command
from .session import Session
from .words import Words, syntax

__all__ = ["PARAMS"]

Value = bool | int | float
_MOST_MOVES = 10_000
_MOST_TEMPERATURE = 100.0


@dataclass(frozen=True)
class Param:
    """One parameter: the field of `Choice`, how a word is read, and GoGui's name of its kind."""

    field: str
    read: Callable[[Words, int], Value]
    kind: str

    def get(self, choice: Choice) -> Value:
        """The value now."""
        value: Value = getattr(choice, self.field)
        return value


def _temperature(words: Words, at: int) -> float:
    return _within(words.real(at, "a temperature"), _MOST_TEMPERATURE, "a temperature")


def _moves(words: Words, at: int) -> int:
    return int(_within(words.whole(at, "a number of moves"), _MOST_MOVES, "a number of moves"))


def _chance(words: Words, at: int) -> float:
    return _within(words.real(at, "a chance"), 1.0, "a chance")


def _truth(words: Words, at: int) -> bool:
    return words.truth(at, "a switch")


def _within(value: float, most: float, what: str) -> float:
    if not 0 <= value <= most:
        raise syntax(f"{value:g}: expected {what}, 0 to {most:g}")
    return value


PARAMS = {
    "temperature": Param("temperature", _temperature, "string"),
    "temperatureMoves": Param("temperature_moves", _moves, "string"),
    "resignBelow": Param("resign_below", _chance, "string"),
    "allowPass": Param("allow_pass", _truth, "bool"),
    "symmetries": Param("symmetries", _truth, "bool"),
    "assist": Param("assist", _truth, "bool"),
}
"""Every parameter by name."""


@command("kata-list-params")
def list_params(session: Session, words: Words) -> str:
    """The parameters' names."""
    words.none_after(0)
    return " ".join(PARAMS)


@command("kata-get-param")
def get_param(session: Session, words: Words) -> str:
    """One parameter."""
    param = _named(words.text(0, "a parameter"))
    words.none_after(1)
    return json.dumps(param.get(session.choice))


@command("kata-get-params")
def get_params(session: Session, words: Words) -> str:
    """All parameters, as JSON."""
    words.none_after(0)
    return json.dumps({name: param.get(session.choice) for name, param in PARAMS.items()})


@command("kata-set-param")
def set_param(session: Session, words: Words) -> str:
    """Set one parameter."""
    param = _named(words.text(0, "a parameter"))
    value = param.read(words, 1)
    words.none_after(2)
    _set(session, {param.field: value})
    return ""


@command("kata-set-params")
def set_params(session: Session, words: Words) -> str:
    """Set several parameters, from JSON; all of them or none."""
    asked = words.json(0, "parameters")
    if not isinstance(asked, dict):
        raise syntax("expected parameters as a JSON object")
    changes = {}
    for name, value in asked.items():
        param = _named(name)
        changes[param.field] = param.read(Words((json.dumps(value),)), 0)
    _set(session, changes)
    return ""


@command("darknet-param")
def gogui_param(session: Session, words: Words) -> str:
    """GoGui's way: without words all parameters with their kinds, else set one."""
    if words:
        return set_param(session, words)
    lines = []
    for name, param in PARAMS.items():
        value = param.get(session.choice)
        shown = int(value) if param.kind == "bool" else value
        lines.append(f"[{param.kind}] {name} {shown:g}")
    return "\n".join(lines)


def _named(word: str) -> Param:
    found = next((param for name, param in PARAMS.items() if name.lower() == word.lower()), None)
    if found is None:
        near = did_you_mean(word, PARAMS)
        raise InputError(f'there is no parameter "{printable(word)}"{near}')
    return found


def _set(session: Session, changes: dict[str, Any]) -> None:
    session.set_choice(replace(session.choice, **changes))
