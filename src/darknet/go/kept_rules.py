"""Which rules a record was played under, as far as its moves tell."""

from __future__ import annotations

from dataclasses import replace

from ..errors import InputError, RecordError
from .records import Line, Record
from .rules import Rules, rules_named

__all__ = ["kept_rules"]


def kept_rules(record: Record, line: Line | None = None) -> Rules | None:
    """The rules of RU, if they are known and the line (by default the main one) keeps them.

    None where it keeps none. Where RU says nothing, those that nearly all players mean are tried:
    no taking back a ko at once; suicide is let pass. With them a network sees where a ko may
    not be taken back.
    """
    for rules in (_named(record), replace(rules_named("japanese"), suicide=True)):
        if rules is None:
            continue
        try:
            record.board(line, rules)
        except RecordError:
            continue
        return rules
    return None


def _named(record: Record) -> Rules | None:
    try:
        return rules_named(record.text("RU") or "")
    except InputError:
        return None
