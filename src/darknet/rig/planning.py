"""The best boxes for a budget: each card as often as boards hold it, and the cheapest rest.

A part without a price is not bought: what it would cost is not guessed. A box is as the Hardware
Guide argues: as many fast cards as the money and the slots allow, enough of the rest not to hold
them up, and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from ..errors import InputError
from ..network import Network
from .assembly import boxes, rated_watts, unusable
from .box import Box
from .catalogue import gpus
from .facts import Fact
from .money import price_of_box
from .photos import IMAGENET, Photos
from .prediction import Prediction, predict
from .request import Request, Wanted

__all__ = ["Candidate", "Plan", "plan"]

SINCE = 2022
"""Prices before this year are no longer those of anything that is sold."""


@dataclass(frozen=True)
class Candidate:
    """A box that can be bought, what it costs, and what it does."""

    box: Box
    usd: float
    prediction: Prediction
    reasons: tuple[str, ...]

    @property
    def images_per_s(self) -> float:
        """The likely speed."""
        return self.prediction.images_per_s.likely

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        cards = self.box.gpus[0]
        return {
            "gpu": cards.gpu.name,
            "count": cards.count,
            "cores": self.box.cores,
            "parts": [item.name for item in self.box.items()],
            "usd": round(self.usd, 2),
            "images_per_s": self.prediction.images_per_s.to_dict(),
            "images_per_s_per_1000_usd": round(1e3 * self.images_per_s / self.usd, 1),
            "binding": self.prediction.binding.name,
            "days": self.prediction.days.to_dict() if self.prediction.days else None,
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True)
class Plan:
    """Candidates, the fastest first (all that were looked at), and what was left out and why."""

    budget: float
    candidates: tuple[Candidate, ...]
    beyond: tuple[Candidate, ...]
    left_out: Mapping[str, str]

    def best(self, count: int) -> tuple[Candidate, ...]:
        """The fastest within the budget, one for every number of a card."""
        found: dict[str, Candidate] = {}
        for one in self.candidates:
            found.setdefault(one.box.label, one)
        return tuple(found.values())[:count]

    def to_dict(self, count: int) -> dict[str, Any]:
        """For JSON: the best `count`, and those that no cheaper box is as fast as."""
        return {
            "budget": self.budget,
            "boxes": len(self.candidates),
            "best": [one.to_dict() for one in self.best(count)],
            "frontier": [one.to_dict() for one in self.frontier],
            "left_out": dict(self.left_out),
        }

    @property
    def frontier(self) -> tuple[Candidate, ...]:
        """Of all, within the budget or not, those that no cheaper one is as fast as."""
        best, found = 0.0, []
        for one in sorted((*self.candidates, *self.beyond), key=lambda c: (c.usd, -c.images_per_s)):
            if one.images_per_s > best:
                best = one.images_per_s
                found.append(one)
        return tuple(found)


def plan(
    network: Network,
    budget: float,
    photos: Photos = IMAGENET,
    *,
    precision: Wanted = "f32",
    training: bool = True,
    prices: Mapping[str, Fact] | None = None,
    since: int = SINCE,
) -> Plan:
    """Boxes for at most `budget` dollars, the fastest first.

    `prices`: a user's own, before the catalogue's, of which those before the year `since` do not
    count. InputError for a budget that buys nothing.
    """
    if not 0 < budget < inf:
        raise InputError(f"budget={budget:g}: expected more than 0 dollars")
    left_out: dict[str, str] = {}
    found: list[Candidate] = []
    for gpu in gpus().values():
        reason = unusable(gpu, prices or {}, since)
        if reason:
            left_out[gpu.name] = reason
            continue
        for box in boxes(gpu, prices or {}):
            candidate = _candidate(box, network, photos, precision, training)
            if candidate is None:
                left_out[gpu.name] = f"{precision} or this network is not for it"
                break
            found.append(candidate)
    found.sort(key=lambda one: (-one.images_per_s, one.usd))
    within = tuple(one for one in found if one.usd <= budget)
    if not within:
        cheapest = min((one.usd for one in found), default=None)
        least = f"the cheapest box costs {cheapest:,.0f}" if cheapest else "no card has a price"
        raise InputError(f"budget={budget:g}: {least} dollars" if cheapest else least)
    return Plan(budget, within, tuple(one for one in found if one.usd > budget), left_out)


def _candidate(
    box: Box, network: Network, photos: Photos, precision: Wanted, training: bool
) -> Candidate | None:
    try:
        found = predict(
            Request(network=network, box=box, photos=photos, precision=precision, training=training)
        )
    except InputError:
        return None
    usd, unpriced = price_of_box(box)
    return None if unpriced else Candidate(box, usd, found, _reasons(box, found))


def _reasons(box: Box, found: Prediction) -> tuple[str, ...]:
    """Why this box is as it is, as the guide argues."""
    cards = box.gpus[0]
    price, rate = box.price_of(cards.gpu), cards.gpu.fp32_tflops
    lines = []
    if price and rate and price.value:
        each = 1e3 * rate.value / price.value
        dated = cards.gpu.price if cards.gpu.name not in box.prices else None
        when = f" ({dated.kind}, {dated.date})" if dated else ""
        lines.append(f"{each:.1f} GFLOPS a dollar, {price.value:,.0f} dollars a card{when}")
    board = box.board.name if box.board else ""
    lines.append(f"{board} holds {cards.count} of them")
    lines.append(f"{box.ram_gb:g} GB of memory for {box.vram_gb:g} GB of the cards")
    if box.psu and box.psu.watts:
        lines.append(f"{box.psu.watts.value:g} W for {rated_watts(box):g} W")
    lines.append(f"held up by {found.binding.name}")
    return tuple(lines)
