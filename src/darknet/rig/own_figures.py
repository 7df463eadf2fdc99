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
_MOST: Mapping[str, float] = {
    "fp32_tflops": 5_000, "tf32_tflops": 10_000, "half_tflops": 20_000, "memory_gb": 4_096,
    "bandwidth_gbs": 50_000, "watts": 20_000, "slots": 64, "length_mm": 2_000, "pcie_lanes": 64,
    "link_gbs": 10_000, "cores": 4_096, "threads": 16_384, "lanes": 1_024, "max_memory_gb": 65_536,
    "gb": 1_000_000, "read_mbs": 500_000, "fans": 64, "gpu_mm": 2_000,
}  # fmt: skip
"""Ten times what there is, or more: beyond it a figure is in another unit (24576 MB as GB)."""


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
    if found > _MOST.get(key, found):
        raise InputError(
            f"{where}={value}: expected at most {_MOST[key]:,}; is it in another unit?"
        )
    if not found and key != "fans":
        raise InputError(f"{where}={value}: expected more than 0; leave it away if it is unknown")
    return found
