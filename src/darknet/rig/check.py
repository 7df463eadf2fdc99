"""Does a box fit together? Slots, lanes, sockets, power, memory, cooling, room in the case.

Each finding is fine, a warning, a failure, or unknown: what a catalogue or file does not say cannot
be checked, and is said to be so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from .box import Box
from .money import REST_WATTS

__all__ = ["MARGIN", "Finding", "check_box", "worst"]

State = Literal["fine", "warning", "fails", "unknown"]
MARGIN = 1.2
"""A power supply should give so much more than everything takes that is rated: assumed."""
FEW_LANES = 8
"""Fewer lanes than this hold a card up where gradients travel."""
_ORDER: tuple[State, ...] = ("fine", "unknown", "warning", "fails")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what, how it is, and why, with the numbers."""

    what: str
    state: State
    why: str

    def __str__(self) -> str:
        return f"{self.state:<8} {self.what:<8} {self.why}"

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"what": self.what, "state": self.state, "why": self.why}


def check_box(box: Box) -> list[Finding]:
    """Everything about a box, in the order of the parts."""
    looks: tuple[Callable[[Box], Iterator[Finding]], ...] = (
        _socket, _slots, _spacing, _lanes, _power, _memory, _case, _length, _cooling,
    )  # fmt: skip
    return [finding for look in looks for finding in look(box)]


def worst(findings: list[Finding]) -> State:
    """The worst state of all."""
    return max((finding.state for finding in findings), key=_ORDER.index, default="fine")


def _socket(box: Box) -> Iterator[Finding]:
    if box.cpu is None or box.board is None:
        return
    if not (box.cpu.socket and box.board.socket):
        yield Finding("socket", "unknown", "the socket of the CPU or of the board is not known")
    elif box.cpu.socket != box.board.socket:
        why = f"{box.cpu.name} needs {box.cpu.socket}, {box.board.name} has {box.board.socket}"
        yield Finding("socket", "fails", why)
    else:
        yield Finding("socket", "fine", f"{box.cpu.socket}")
    wrong = [one for one in box.memory if one.type and one.type != box.board.memory_type]
    if wrong and box.board.memory_type:
        why = f"{wrong[0].name} is {wrong[0].type}, {box.board.name} takes {box.board.memory_type}"
        yield Finding("modules", "fails", why)


def _slots(box: Box) -> Iterator[Finding]:
    cards = [gpu for gpu in box.cards if gpu.form == "card"]
    if not cards:
        return
    if box.board is None or not box.board.slots:
        yield Finding("slots", "unknown", "the board's slots are not known")
        return
    have, name = len(box.board.slots), box.board.name
    counted = f"{len(cards)} {'card' if len(cards) == 1 else 'cards'}"
    if len(cards) > have:
        yield Finding("slots", "fails", f"{counted}, but {name} has {have} slots for them")
    else:
        yield Finding("slots", "fine", f"{counted} in the {have} slots of {name}")


def _spacing(box: Box) -> Iterator[Finding]:
    """Whether each card leaves the next one's slot free."""
    cards = [gpu for gpu in box.cards if gpu.form == "card"]
    if box.board is None or not 1 < len(cards) <= len(box.board.slots):
        return
    if any(gpu.slots is None for gpu in cards):
        yield Finding("spacing", "unknown", "how many places a card takes up is not known")
        return
    for gpu, here, there in zip(cards, box.board.slots, box.board.slots[1:], strict=False):
        room, width = there.place - here.place, gpu.slots.value if gpu.slots else 0
        if width > room:
            why = f"{gpu.name} takes up {width:g} places, the next slot is {room} further"
            yield Finding("spacing", "fails", why)
            return
    yield Finding("spacing", "fine", "no card covers another one's slot")


def _lanes(box: Box) -> Iterator[Finding]:
    cards = [gpu for gpu in box.cards if gpu.form == "card"]
    if not cards or box.board is None or not box.board.slots or len(cards) > len(box.board.slots):
        return
    lanes = box.cpu.lanes.value if box.cpu and box.cpu.lanes else None
    given = [slot.lanes_with(lanes) for slot in box.board.slots[: len(cards)]]
    if len(cards) == 1:
        given = [16]
    words = "x" + "/x".join(str(one) for one in given)
    if lanes is None:
        yield Finding("lanes", "unknown", f"{words} by the board; the CPU's lanes are not known")
    elif sum(given) > lanes:
        why = f"{words} need {sum(given)} lanes, {box.cpu.name if box.cpu else ''} has {lanes:g}"
        yield Finding("lanes", "fails", why)
    elif min(given) < FEW_LANES:
        why = f"{words}: of {lanes:g} lanes, one card gets only {min(given)}"
        yield Finding("lanes", "warning", why)
    else:
        yield Finding("lanes", "fine", f"{words} of {lanes:g} lanes")


def _power(box: Box) -> Iterator[Finding]:
    if box.psu is None:
        return
    rated = [gpu.watts.value if gpu.watts else None for gpu in box.cards]
    cpu = box.cpu.watts.value if box.cpu and box.cpu.watts else None
    if box.psu.watts is None or None in rated or (box.cpu is not None and cpu is None):
        yield Finding("power", "unknown", "what a part takes or the supply gives is not known")
        return
    cards = sum(watts for watts in rated if watts is not None)
    needed, gives = cards + (cpu or 0) + REST_WATTS, box.psu.watts.value
    parts = f"{cards:g} W of cards, {cpu or 0:g} W of CPU, {REST_WATTS:g} W of others"
    if gives < needed:
        why = f"{box.psu.name} gives {gives:g} W, {needed:g} W are needed ({parts})"
        yield Finding("power", "fails", why)
    elif gives < MARGIN * needed:
        why = f"{gives:g} W for {needed:g} W: less than {MARGIN:g} times as much ({parts})"
        yield Finding("power", "warning", why)
    else:
        yield Finding("power", "fine", f"{gives:g} W for {needed:g} W ({parts})")


def _memory(box: Box) -> Iterator[Finding]:
    if not box.cards:
        return
    if box.ram_gb is None or box.vram_gb is None:
        if box.memory:
            yield Finding("memory", "unknown", "the memory of a card or of the box is not known")
        return
    words = f"{box.ram_gb:g} GB for {box.vram_gb:g} GB of the cards"
    if box.ram_gb < box.vram_gb:
        yield Finding("memory", "warning", f"{words}: less than the cards have")
    else:
        yield Finding("memory", "fine", words)


def _case(box: Box) -> Iterator[Finding]:
    cards = [gpu for gpu in box.cards if gpu.form == "card"]
    if box.case is None or not cards:
        return
    if box.board is None or not len(cards) <= len(box.board.slots):
        return
    last, width = box.board.slots[len(cards) - 1], cards[-1].slots
    if box.case.slots is None or width is None:
        why = f"how many places {box.case.name} has for cards is not known"
        yield Finding("case", "unknown", why)
        return
    needed, have = last.place + width.value, box.case.slots.value
    if needed > have:
        why = f"the last card ends at place {needed:g}, {box.case.name} has {have:g}"
        yield Finding("case", "fails", why)
    else:
        yield Finding("case", "fine", f"{needed:g} of {have:g} places")


def _length(box: Box) -> Iterator[Finding]:
    if box.case is None or not box.cards:
        return
    longest = max((gpu.length_mm.value for gpu in box.cards if gpu.length_mm), default=None)
    if longest is None:
        yield Finding("length", "unknown", "how long a card is is not known")
    elif box.case.gpu_mm is None:
        why = f"a card is {longest:g} mm long; what {box.case.name} has room for is not known"
        yield Finding("length", "unknown", why)
    elif longest > box.case.gpu_mm.value:
        why = f"a card is {longest:g} mm long, {box.case.name} has {box.case.gpu_mm.value:g} mm"
        yield Finding("length", "fails", why)
    else:
        yield Finding("length", "fine", f"{longest:g} of {box.case.gpu_mm.value:g} mm")


def _cooling(box: Box) -> Iterator[Finding]:
    cards = [gpu for gpu in box.cards if gpu.form == "card"]
    passive = [gpu for gpu in cards if gpu.cooler == "passive"]
    if passive:
        why = f"{passive[0].name} has no fan: it needs a server's wind"
        yield Finding("cooling", "warning", why)
    if len(cards) < 2 or box.board is None:
        return
    pairs = zip(cards, box.board.slots, box.board.slots[1 : len(cards)], strict=False)
    tight = [
        gpu for gpu, here, there in pairs
        if gpu.slots and there.place - here.place <= gpu.slots.value
    ]  # fmt: skip
    if not tight:
        return
    if all(gpu.cooler == "blower" for gpu in tight):
        yield Finding("cooling", "fine", "cards stand close, and blow their air out of the case")
    elif not passive:
        why = "cards stand close, with no room between; are they blowers (air leaves the case)?"
        yield Finding("cooling", "warning", why)
