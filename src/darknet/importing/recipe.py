"""What a source's network expects that Darknet does otherwise: its input, its classes' order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

from ..errors import InputError, did_you_mean, printable

__all__ = ["Order", "Recipe"]

Order = Literal["rgb", "bgr"]
_KEYS = ("order", "scale", "mean", "std", "classes", "epsilon")
_MOST_CHANNELS = 1024


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the source's network was fed, and how its answers are ordered. None: not said.

    Darknet feeds RGB, 0 to 1. The source was fed (scale * x - mean) / std, with `mean` and `std`
    for each channel in the source's own `order`, in units after `scale`. `classes` is
    ``imagenet-sorted`` (by WordNet id, as most frameworks have ImageNet), or the file of a class
    list, or the names themselves, in the order of the source's outputs. `epsilon` is what its
    batch normalizations add to the variance.
    """

    order: Order | None = None
    scale: float | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    classes: str | tuple[str, ...] | None = None
    epsilon: float | None = None

    def __post_init__(self) -> None:
        if self.order not in (None, "rgb", "bgr"):
            raise InputError(f"order={printable(str(self.order))}: expected rgb or bgr")
        for name in ("scale", "epsilon"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise InputError(f"{name}={value}: expected a number above 0")
        for name in ("mean", "std"):
            values = getattr(self, name)
            if values is not None and not all(map(math.isfinite, values)):
                raise InputError(f"{name}: expected finite numbers")
        if self.std is not None and min(self.std, default=1) <= 0:
            raise InputError("std: expected numbers above 0")

    @classmethod
    def from_table(cls, table: Mapping[str, object], label: str) -> Recipe:
        """From a table of TOML; its keys are this class's fields (and ``sha256``, not looked at).

        InputError, with `label` before it, for other keys and values.
        """
        for key in table:
            if key not in (*_KEYS, "sha256"):
                near = did_you_mean(key, _KEYS)
                raise InputError(f"{label}: {printable(key)}: no such key{near}")
        try:
            return cls(
                order=_order(table.get("order")),
                scale=_number(table, "scale"),
                mean=_numbers(table, "mean"),
                std=_numbers(table, "std"),
                classes=_classes(table.get("classes")),
                epsilon=_number(table, "epsilon"),
            )
        except InputError as error:
            raise InputError(f"{label}: {error}") from None

    def over(self, below: Recipe) -> Recipe:
        """The recipe, with what it does not say taken from `below`."""
        said = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(below, **{key: value for key, value in said.items() if value is not None})

    @property
    def changes_input(self) -> bool:
        """True where the source was not fed as Darknet feeds."""
        plain = self.scale in (None, 1) and self.order in (None, "rgb")
        return not (plain and not any(self.mean or ()) and set(self.std or (1,)) == {1})

    def __str__(self) -> str:
        """``BGR, x 255, - (104, 117, 123)``."""
        parts = [(self.order or "rgb").upper()]
        if self.scale not in (None, 1):
            parts.append(f"x {self.scale:g}")
        for sign, values in (("-", self.mean), ("/", self.std)):
            if values:
                parts.append(f"{sign} ({', '.join(f'{value:g}' for value in values)})")
        return ", ".join(parts)


def _order(value: object) -> Order | None:
    if value is None:
        return None
    if value == "rgb":
        return "rgb"
    if value == "bgr":
        return "bgr"
    raise InputError(f"order={printable(str(value))}: expected rgb or bgr")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(table: Mapping[str, object], key: str) -> float | None:
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, int | float) or not _is_number(value) or abs(value) > 1e30:
        raise InputError(f"{key}={printable(str(value)[:100])}: expected a number above 0")
    return float(value)


def _numbers(table: Mapping[str, object], key: str) -> tuple[float, ...] | None:
    values = table.get(key)
    if values is None:
        return None
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) > _MOST_CHANNELS:
        raise InputError(f"{key}: expected a list of numbers, one a channel")
    if not all(_is_number(value) and abs(value) < 1e30 for value in values):
        raise InputError(f"{key}: expected a list of numbers, one a channel")
    return tuple(map(float, values))


def _classes(value: object) -> str | tuple[str, ...] | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Sequence) and all(isinstance(name, str) for name in value):
        return tuple(value)
    raise InputError("classes: expected imagenet-sorted, a file, or a list of names")
