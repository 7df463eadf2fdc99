"""What a box costs: its parts, while they last, and the electricity; or the rent of such cards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from .box import Box
from .ranges import Range

__all__ = ["ELECTRICITY_USD", "LIFE_YEARS", "Money", "money_of", "price_of_box"]

LIFE_YEARS = 3.0
"""How long parts are used: assumed."""
ELECTRICITY_USD = 0.1716
"""Dollars a kWh: the USA's households, summer 2025 (source "eia" in sources.toml)."""
REST_WATTS = 60.0
"""Board, memory, disks, fans: assumed."""
PSU_SHARE = 0.9
"""Of the power from the wall that a power supply gives on: assumed."""
IDLE_SHARE = 0.15
"""Of its rated power that a card or processor takes while it waits: assumed."""
_HOURS = 24 * 365.25


@dataclass(frozen=True)
class Money:
    """What a box costs, in dollars; None is unknown.

    parts_usd: all that have a price; unpriced: those that have none. watts: from the wall, of all
    machines. electricity_usd: a kWh. rent_usd_per_hour: of such cards, elsewhere. days: what the
    three below are for.
    """

    parts_usd: float
    unpriced: tuple[str, ...]
    watts: Range | None
    electricity_usd: float
    rent_usd_per_hour: float | None
    days: Range | None

    @property
    def wear_usd(self) -> Range | None:
        """The parts' share for these days; None where a part has no price."""
        if self.days is None or self.unpriced:
            return None
        return self.days * (self.parts_usd / (LIFE_YEARS * 365.25))

    @property
    def power_usd(self) -> Range | None:
        """The electricity for these days."""
        if self.days is None or self.watts is None:
            return None
        daily = self.watts * (24 / 1000 * self.electricity_usd)
        low, high = daily.low * self.days.low, daily.high * self.days.high
        return Range(low, daily.likely * self.days.likely, high)

    @property
    def rent_usd(self) -> Range | None:
        """Such cards rented for these days."""
        if self.days is None or self.rent_usd_per_hour is None:
            return None
        return self.days * (24 * self.rent_usd_per_hour)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        ranges = {
            "watts": self.watts,
            "wear_usd": self.wear_usd,
            "power_usd": self.power_usd,
            "rent_usd": self.rent_usd,
        }
        return {
            "parts_usd": round(self.parts_usd, 2),
            "unpriced": list(self.unpriced),
            "electricity_usd_per_kwh": self.electricity_usd,
            "rent_usd_per_hour": self.rent_usd_per_hour,
            **{key: found.to_dict() if found else None for key, found in ranges.items()},
        }


def money_of(
    box: Box, busy: float, days: Range | None = None, electricity: float | None = None
) -> Money:
    """What a box costs whose cards compute for a share `busy` of the time."""
    if electricity is not None and not 0 <= electricity < 1e12:
        raise InputError(f"electricity={electricity}: expected dollars a kWh, at least 0")
    known, unpriced = price_of_box(box)
    rents = [gpu.rent_usd_per_hour.value for gpu in box.cards if gpu.rent_usd_per_hour]
    whole = bool(box.cards) and len(rents) == len(box.cards)
    return Money(
        parts_usd=known,
        unpriced=unpriced,
        watts=_watts(box, busy),
        electricity_usd=ELECTRICITY_USD if electricity is None else electricity,
        rent_usd_per_hour=sum(rents) * box.machines if whole else None,
        days=days,
    )


def price_of_box(box: Box) -> tuple[float, tuple[str, ...]]:
    """Dollars of all parts whose price is known, and the names of those whose is not.

    A price for the ``base`` stands for everything but the cards; parts that the file does not name
    have none.
    """
    base = box.prices.get("base")
    items = box.cards if base is not None else tuple(box.items())
    total = base.value if base else 0.0
    unpriced = [] if base else [f"the {what}" for what, found in _named(box) if not found]
    for item in items:
        found = box.price_of(item)
        if found is None:
            unpriced.append(item.name)
        else:
            total += found.value
    return total * box.machines, tuple(dict.fromkeys(unpriced))


def _named(box: Box) -> Iterator[tuple[str, object]]:
    """What every box has, and what the file says of it."""
    yield "CPU", box.cpu
    yield "board", box.board
    yield "memory", box.memory
    yield "disk", box.disks
    yield "power supply", box.psu
    yield "case", box.case


def _watts(box: Box, busy: float) -> Range | None:
    """From the wall: at the least as busy as predicted, at the most all that is rated."""
    rated = [gpu.watts.value for gpu in box.cards if gpu.watts]
    if not box.cards or len(rated) < len(box.cards):
        return None
    cpu = box.cpu.watts.value if box.cpu and box.cpu.watts else 0.0
    share = IDLE_SHARE + (1 - IDLE_SHARE) * busy
    least = sum(rated) * share * 0.7 + cpu * 0.3 + REST_WATTS
    likely = sum(rated) * share * 0.9 + cpu * 0.6 + REST_WATTS
    most = sum(rated) + cpu + 2 * REST_WATTS
    return Range(least, min(likely, most), most) * (box.machines / PSU_SHARE)
