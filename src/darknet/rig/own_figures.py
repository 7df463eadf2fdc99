"""Figures of a part that a user gives in a rig file: what such numbers and words may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import InputError, did_you_mean, printable
from .facts import figure

__all__ = ["check_own", "own_figure"]

PCIE_GENERATIONS = range(1, 7)
_CATALOGUES_OWN = ("prices", "rent", "slot_source", "cooler_source", "also")
"""What only a catalogue has: a rig file's prices stand under [prices]."""
_WORDS: Mapping[str, tuple[Any, ...]] = {
    "form": ("card", "module", "integrated"),
    "cooler": ("open", "blower", "passive"),
    "bf16": (True, False),
}


def check_own(given: Mapping[str, Any], types: Mapping[str, str], name: str) -> None:
    """InputError for what a user's own table cannot have: other keys, words that are none.

    `types`: of a part's figures, by key. `name`: the part's, for the message.
    """
    allowed = [key for key in types if key not in _CATALOGUES_OWN]
    for key, value in given.items():
        if key not in allowed:
            raise InputError(
                f"{name}: no such figure: {printable(key)}{did_you_mean(key, allowed)}"
            )
        if types[key] == "str" and not isinstance(value, str):
            raise InputError(f"{name}: {key}={printable(str(value))}: expected a word")
        words = _WORDS.get(key, (value,))
        if value not in words:
            raise InputError(
                f"{name}: {key}={printable(str(value))}: expected {', '.join(map(str, words))}"
            )


def own_figure(key: str, value: object, where: str) -> float:
    """A figure of a user: above 0, and a generation of PCI Express that there is."""
    found = figure(value, where)
    if key in ("pcie", "pcie_generation") and found not in PCIE_GENERATIONS:
        raise InputError(f"{where}={value}: expected a generation of PCI Express, 1 to 6")
    if not found and key != "fans":
        raise InputError(f"{where}={value}: expected more than 0; leave it away if it is unknown")
    return found
