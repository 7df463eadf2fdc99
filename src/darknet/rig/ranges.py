"""A figure that is not known exactly: the likely one, and between what it lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Range", "rounded"]


@dataclass(frozen=True, slots=True)
class Range:
    """low <= likely <= high. Never negative here."""

    low: float
    likely: float
    high: float

    @classmethod
    def around(cls, likely: float, factor: float) -> Range:
        """From likely / factor to likely * factor."""
        return cls(likely / factor, likely, likely * factor)

    @classmethod
    def exactly(cls, value: float) -> Range:
        """A figure that is known."""
        return cls(value, value, value)

    def __mul__(self, factor: float) -> Range:
        return Range(self.low * factor, self.likely * factor, self.high * factor)

    def inverse(self, numerator: float) -> Range:
        """numerator / this: the low end comes from the high one."""
        return Range(numerator / self.high, numerator / self.likely, numerator / self.low)

    def least(self, other: Range) -> Range:
        """Whichever is smaller, end by end."""
        return Range(
            min(self.low, other.low), min(self.likely, other.likely), min(self.high, other.high)
        )

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def text(self, show: Callable[[float], str] | None = None) -> str:
        """``732 (550 to 970)``."""
        say = show or rounded
        low, likely, high = say(self.low), say(self.likely), say(self.high)
        return likely if low == high else f"{likely} ({low} to {high})"

    def to_dict(self) -> dict[str, Any]:
        """For JSON: three significant digits."""
        return {key: float(f"{getattr(self, key):.3g}") for key in ("low", "likely", "high")}


def rounded(value: float) -> str:
    """Three significant digits at the most, without an exponent."""
    if value >= 999.5:
        digits = 10 ** (len(str(int(value))) - 3)
        return f"{round(value / digits) * digits:,}"
    text = f"{value:.3g}"
    return text if "e" not in text else f"{value:.6f}".rstrip("0").rstrip(".")
