"""A box and its parts: what is known of a machine, or of several alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .catalogue import Board, Case, Cpu, Disk, Gpu, Item, Memory, Psu
from .facts import Fact
from .measured import Measured

__all__ = ["Box", "Cards"]


@dataclass(frozen=True, slots=True)
class Cards:
    """So many of a card."""

    gpu: Gpu
    count: int


@dataclass(frozen=True, kw_only=True)
class Box:
    """A box and its parts; None and () are unknown (`rig_file` says how it is written)."""

    label: str
    name: str = ""
    cpu: Cpu | None = None
    board: Board | None = None
    memory: tuple[Memory, ...] = ()
    disks: tuple[Disk, ...] = ()
    psu: Psu | None = None
    case: Case | None = None
    gpus: tuple[Cards, ...] = ()
    machines: int = 1
    network_gbits: float | None = None
    prices: Mapping[str, Fact] = field(default_factory=dict)
    measured: Measured | None = None

    @property
    def cards(self) -> tuple[Gpu, ...]:
        """Every card of one machine."""
        return tuple(group.gpu for group in self.gpus for _ in range(group.count))

    @property
    def ram_gb(self) -> float | None:
        """Memory of one machine; None where it is not known."""
        known = [one.gb.value for one in self.memory if one.gb]
        if known:
            return sum(known)
        return None if self.measured is None else self.measured.memory_bytes / 2**30

    @property
    def vram_gb(self) -> float | None:
        """Of all cards of one machine; None where one's is not known."""
        known = [gpu.memory_gb.value for gpu in self.cards if gpu.memory_gb]
        return sum(known) if len(known) == len(self.cards) else None

    @property
    def cores(self) -> float | None:
        """Of one machine; None where it is not known."""
        if self.measured is not None:
            return float(self.measured.cores)
        return self.cpu.cores.value if self.cpu and self.cpu.cores else None

    def items(self) -> Iterator[Item]:
        """Every part of one machine, cards as often as they are there."""
        for part in (self.cpu, self.board, self.psu, self.case):
            if part is not None:
                yield part
        yield from (*self.memory, *self.disks, *self.cards)

    def price_of(self, item: Item) -> Fact | None:
        """What a part costs: the file's own price, else the newest of the catalogue."""
        own = self.prices.get(item.name)
        if own is not None:
            return own
        return item.price.usd if item.price else None
