"""Boxes put together from the parts of the catalogue: each card as often as boards hold it.

The rest is the cheapest that fits. A part without a price is not bought: what it would cost is not
guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from .box import Box, Cards
from .catalogue import Board, Case, Cpu, Disk, Gpu, Item, Memory, Psu, parts
from .check import MARGIN, check_box, worst
from .facts import Fact
from .money import REST_WATTS, price_of_box

__all__ = ["LARGEST", "boxes", "rated_watts", "unusable"]

LARGEST = 8
"""Cards of a box, at the most."""
_MEMORY_SETS = (1, 2, 4)
_LEAST_MEMORY = 16.0  # GB


def unusable(gpu: Gpu, prices: Mapping[str, Fact], since: int) -> str:
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


def boxes(gpu: Gpu, prices: Mapping[str, Fact]) -> Iterator[Box]:
    """For every number of cards and every processor, the cheapest box that holds them."""
    for count in range(1, LARGEST + 1):
        cheapest: dict[str, tuple[float, Box]] = {}
        for board in _priced("board", prices):
            for box in _with_board(board, gpu, count, prices):
                cpu, usd = box.cpu.name if box.cpu else "", price_of_box(box)[0]
                if cpu not in cheapest or usd < cheapest[cpu][0]:
                    cheapest[cpu] = usd, box
        yield from (box for _, box in cheapest.values())


def _with_board(board: Item, gpu: Gpu, count: int, prices: Mapping[str, Fact]) -> Iterator[Box]:
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
    needed = MARGIN * rated_watts(box)
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
    assert isinstance(disk, Disk)  # noqa: S101 - each is of the kind that was asked for
    assert isinstance(psu, Psu)  # noqa: S101
    assert isinstance(case, Case)  # noqa: S101
    return replace(box, memory=memory, disks=(disk,), psu=psu, case=case)


def rated_watts(box: Box) -> float:
    """What the cards, the processor and the rest take, as rated."""
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
    needed = max(_LEAST_MEMORY, box.vram_gb or 0.0)
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


def _cheapest(kind: str, prices: Mapping[str, Fact], fits: Callable[[Item], bool]) -> Item | None:
    def cost(item: Item) -> float:
        own = prices.get(item.name)
        return own.value if own else item.price.usd.value if item.price else 0.0

    return min((item for item in _priced(kind, prices) if fits(item)), key=cost, default=None)
