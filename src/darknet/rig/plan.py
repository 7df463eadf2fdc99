"""The best boxes for a budget: every card as often as boards hold it, and the cheapest rest that fits.

A part without a price is not bought: what it would cost is not guessed. A box is as the Hardware Guide
argues: as many fast cards as the money and the slots allow, enough of the rest not to hold them up,
and no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..errors import InputError
from ..network import Network
from .box import Box, Cards
from .catalogue import Board, Case, Cpu, Disk, Gpu, Item, Memory, Psu, gpus, parts
from .check import MARGIN, check_box, worst
from .facts import Fact
from .money import REST_WATTS, price_of_box
from .photos import IMAGENET, Photos
from .predict import Prediction, predict
from .request import Request, Wanted

__all__ = ["Candidate", "Plan", "plan"]

LARGEST = 8  # cards of a box
SINCE = 2022
"""Prices before this year are no longer those of anything that is sold."""
_MEMORY_SETS = (1, 2, 4)


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
    if not budget > 0:
        raise InputError(f"budget={budget:g}: expected more than 0 dollars")
    left_out: dict[str, str] = {}
    found: list[Candidate] = []
    for gpu in gpus().values():
        reason = _unusable(gpu, prices or {}, since)
        if reason:
            left_out[gpu.name] = reason
            continue
        for box in _boxes(gpu, prices or {}):
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


def _unusable(gpu: Gpu, prices: Mapping[str, Fact], since: int) -> str:
    """Why a card is not bought, '' where it may be."""
    if gpu.form != "card":
        return "no card for a board of one's own"
    if gpu.name not in prices and gpu.price is None:
        return "its price is unknown"
    if gpu.name not in prices and gpu.price and gpu.price.date.year < since:
        return f"its newest price is of {gpu.price.date.year}"
    if gpu.fp32_tflops is None or gpu.bandwidth_gbs is None or gpu.watts is None:
        return "a figure that is needed is unknown"
    if gpu.cooler == "passive":
        return "it has no fan: it needs a server"
    return ""


def _boxes(gpu: Gpu, prices: Mapping[str, Fact]) -> Iterator[Box]:
    """For every number of cards, the cheapest box that holds and feeds them."""
    for count in range(1, LARGEST + 1):
        made = [box for board in _priced("board", prices)
                for box in _with_board(board, gpu, count, prices)]  # fmt: skip
        if made:
            yield min(made, key=lambda box: price_of_box(box)[0])


def _with_board(
    board: Item, gpu: Gpu, count: int, prices: Mapping[str, Fact]
) -> Iterator[Box]:
    if not isinstance(board, Board) or len(board.slots) < count:
        return
    for cpu in _priced("cpu", prices):
        if not isinstance(cpu, Cpu) or cpu.socket != board.socket:
            continue
        bare = Box(
            label=f"{count} x {gpu.name}",
            cpu=cpu,
            board=board,
            gpus=(Cards(gpu, count),),
            prices=prices,
        )
        rest = _rest(bare, prices)
        if rest is not None and worst(check_box(rest)) != "fails":
            yield rest


def _rest(box: Box, prices: Mapping[str, Fact]) -> Box | None:
    """The box with the cheapest memory, disk, power supply and case that suffice."""
    memory = _memory(box, prices)
    disk = _cheapest("disk", prices, lambda one: isinstance(one, Disk) and "PCIe" in one.interface)
    needed = MARGIN * _watts(box)
    psu = _cheapest(
        "psu",
        prices,
        lambda one: isinstance(one, Psu) and one.watts is not None and one.watts.value >= needed,
    )
    places = _places(box)
    case = _cheapest(
        "case",
        prices,
        lambda one: isinstance(one, Case) and one.slots is not None and one.slots.value >= places,
    )
    if memory is None or disk is None or psu is None or case is None:
        return None
    assert isinstance(disk, Disk) and isinstance(psu, Psu) and isinstance(case, Case)  # noqa: S101
    return replace(box, memory=memory, disks=(disk,), psu=psu, case=case)


def _watts(box: Box) -> float:
    cards = sum(gpu.watts.value for gpu in box.cards if gpu.watts)
    return cards + (box.cpu.watts.value if box.cpu and box.cpu.watts else 0) + REST_WATTS


def _places(box: Box) -> float:
    """Where the last card ends, in places of the case."""
    assert box.board is not None  # noqa: S101 - boxes are made around boards
    last, width = box.board.slots[len(box.cards) - 1], box.cards[-1].slots
    return last.place + (width.value if width else 2)


def _memory(box: Box, prices: Mapping[str, Fact]) -> tuple[Memory, ...] | None:
    """At least as much as the cards have, in equal sets; the cheapest."""
    assert box.board is not None  # noqa: S101
    needed = max(16.0, box.vram_gb or 0.0)
    most = box.board.max_memory_gb.value if box.board.max_memory_gb else None
    found: list[tuple[float, tuple[Memory, ...]]] = []
    for one in _priced("memory", prices):
        if not isinstance(one, Memory) or one.gb is None or one.type != box.board.memory_type:
            continue
        for sets in _MEMORY_SETS:
            size = sets * one.gb.value
            if size >= needed and (most is None or size <= most):
                price = box.price_of(one)
                found.append((sets * (price.value if price else 0.0), (one,) * sets))
                break
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _priced(kind: str, prices: Mapping[str, Fact]) -> Iterator[Item]:
    for item in parts(kind).values():
        if item.name in prices or item.price is not None:
            yield item


def _cheapest(kind: str, prices: Mapping[str, Fact], fits: Any) -> Item | None:
    def cost(item: Item) -> float:
        own = prices.get(item.name)
        return own.value if own else item.price.usd.value if item.price else 0.0

    return min((item for item in _priced(kind, prices) if fits(item)), key=cost, default=None)


def _candidate(
    box: Box, network: Network, photos: Photos, precision: Wanted, training: bool
) -> Candidate | None:
    try:
        found = predict(
            Request(
                network=network, box=box, photos=photos, precision=precision, training=training
            )
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
        lines.append(f"{box.psu.watts.value:g} W for {_watts(box):g} W")
    lines.append(f"held up by {found.binding.name}")
    return tuple(lines)
