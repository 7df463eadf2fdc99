"""Graphics cards and the other parts of a box: what the catalogues know of each.

A figure that no source gives is None. Names are found by any of their spellings; a name that is
none is an InputError with the nearest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeVar

from ..errors import InputError, did_you_mean, printable
from .facts import Fact, Price, Source, built_in, fact, price, source
from .own_figures import check_own, own_figure

__all__ = [
    "Board",
    "Case",
    "Cpu",
    "Disk",
    "Gpu",
    "Item",
    "Memory",
    "Psu",
    "Slot",
    "find_gpu",
    "find_part",
    "gpus",
    "parts",
]

Form = Literal["card", "module", "integrated"]


@dataclass(frozen=True, kw_only=True)
class Item:
    """What every part has: a name, other spellings of it, and prices, the newest last."""

    name: str
    also: tuple[str, ...] = ()
    prices: tuple[Price, ...] = ()
    note: str = ""

    @property
    def price(self) -> Price | None:
        """The newest price, None where none is known."""
        return max(self.prices, key=lambda one: one.date, default=None)


@dataclass(frozen=True, kw_only=True)
class Gpu(Item):
    """A graphics card, or what computes like one (see the head of gpus.toml)."""

    year: int = 0
    chip: str = ""
    form: Form = "card"
    cooler: str = ""
    cooler_source: Source | None = None
    bf16: bool = False
    fp32_tflops: Fact | None = None
    tf32_tflops: Fact | None = None
    half_tflops: Fact | None = None
    memory_gb: Fact | None = None
    bandwidth_gbs: Fact | None = None
    watts: Fact | None = None
    slots: Fact | None = None
    length_mm: Fact | None = None
    pcie_generation: Fact | None = None
    pcie_lanes: Fact | None = None
    link_gbs: Fact | None = None
    rent_usd_per_hour: Fact | None = None


@dataclass(frozen=True, kw_only=True)
class Cpu(Item):
    """A processor. lanes: of PCI Express, for slots and disks; pcie: their generation."""

    socket: str = ""
    cores: Fact | None = None
    threads: Fact | None = None
    lanes: Fact | None = None
    pcie: Fact | None = None
    watts: Fact | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A long slot: its place in the case from the top, and its lanes when all slots are used.

    `lanes_few`: with a CPU of fewer than 40 lanes.
    """

    place: int
    lanes: int
    lanes_few: int

    def lanes_with(self, cpu_lanes: float | None) -> int:
        """The lanes that it has with a CPU of so many."""
        return self.lanes_few if cpu_lanes is not None and cpu_lanes < 40 else self.lanes


@dataclass(frozen=True, kw_only=True)
class Board(Item):
    """A motherboard, with the slots that a card may be put in, from the top."""

    socket: str = ""
    memory_type: str = ""
    slots: tuple[Slot, ...] = ()
    slot_source: Source | None = None
    max_memory_gb: Fact | None = None


@dataclass(frozen=True, kw_only=True)
class Memory(Item):
    """A set of memory modules."""

    type: str = ""
    gb: Fact | None = None


@dataclass(frozen=True, kw_only=True)
class Disk(Item):
    """A disk. read_mbs: sequential reads as rated (a measured rig has better figures)."""

    interface: str = ""
    gb: Fact | None = None
    read_mbs: Fact | None = None


@dataclass(frozen=True, kw_only=True)
class Psu(Item):
    """A power supply: what it gives, in watts."""

    watts: Fact | None = None


@dataclass(frozen=True, kw_only=True)
class Case(Item):
    """A case. slots: places for cards. fans: that come with it. gpu_mm: the longest card."""

    slots: Fact | None = None
    fans: Fact | None = None
    gpu_mm: Fact | None = None


KINDS: Mapping[str, type[Item]] = {
    "cpu": Cpu,
    "board": Board,
    "memory": Memory,
    "disk": Disk,
    "psu": Psu,
    "case": Case,
}
"""The tables of parts.toml."""

_LISTED = {"disk": "disks", "memory": "memory"}
"""Kinds that a rig file has several of, by the key of its list."""
_MAKERS = frozenset("nvidia geforce amd radeon intel intel(r)".split())  # noqa: SIM905
_A_SLOT = "{ place = 0, lanes = 16 }"

I = TypeVar("I", bound=Item)  # noqa: E741 - a part


@cache
def gpus() -> Mapping[str, Gpu]:
    """Every card, by name, in the order of gpus.toml."""
    made = [item_of(Gpu, entry) for entry in built_in("gpus.toml")["gpu"]]
    return {gpu.name: gpu for gpu in made}


@cache
def parts(kind: str) -> Mapping[str, Item]:
    """Every part of a kind ("cpu", "board", ...), by name."""
    made = [item_of(KINDS[kind], entry) for entry in built_in("parts.toml")[kind]]
    return {part.name: part for part in made}


def item_of(cls: type[I], entry: Mapping[str, Any], origin: Source | None = None) -> I:
    """A part from its table. InputError for a key that it does not have, or a bad figure.

    `origin`: the file of a user, whose figures are plain numbers; it is their source.
    """
    given = dict(entry)
    name = given.get("name")
    if not isinstance(name, str) or not name:
        raise InputError("a part without a name; expected name = ...")
    known = cls.__dataclass_fields__
    if origin is not None:
        check_own(given, {key: str(f.type) for key, f in known.items()}, printable(name))
    made: dict[str, Any] = {}
    rent = given.pop("rent", None)
    if rent is not None:
        made["rent_usd_per_hour"] = fact(rent["usd_per_hour"], f"{name}: rent")
    for key, value in given.items():
        if key not in known:
            raise InputError(f"{printable(name)}: no such figure: {key}{did_you_mean(key, known)}")
        made[key] = _value(key, value, f"{printable(name)}: {key}", str(known[key].type), origin)
    return cls(**made)


def _value(key: str, value: Any, where: str, kind: str, origin: Source | None) -> Any:
    if key == "prices":
        return tuple(price(one, where) for one in value)
    if key == "slots" and "Slot" in kind:
        if not isinstance(value, list) or not value:
            raise InputError(f"{where}: expected a list of {_A_SLOT}; leave it away if unknown")
        return tuple(_slot(one, where) for one in value)
    if key in ("slot_source", "cooler_source"):
        return source(value)
    if kind.startswith("Fact"):
        if origin is None:
            return fact(value, where)
        return Fact(own_figure(key, value, where), (origin,))
    return tuple(value) if isinstance(value, list) else value


def _slot(written: Mapping[str, int], where: str) -> Slot:
    try:
        place, lanes = int(written["place"]), int(written["lanes"])
        made = Slot(place, lanes, int(written.get("lanes_few", lanes)))
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{where}: expected {_A_SLOT}") from None
    if made.place < 0 or min(made.lanes, made.lanes_few) < 1:
        raise InputError(f"{where}: expected {_A_SLOT}: a place from 0, 1 lane or more")
    return made


def find_gpu(name: str) -> Gpu:
    """The card of this name, in any spelling; InputError with the nearest where there is none."""
    return _found(name, gpus().values(), "graphics card", "darknet rig gpus lists them")


def find_part(kind: str, name: str) -> Item:
    """The part of this kind and name, in any spelling; InputError where there is none."""
    table = "{ name = ..., ... }"
    key = _LISTED.get(kind)
    hint = f"or describe it: {f'{key} = [{table}]' if key else f'{kind} = {table}'}"
    return _found(name, parts(kind).values(), kind, hint)


def _found(name: str, items: Iterable[I], what: str, hint: str) -> I:
    spellings: dict[str, I] = {}
    for item in items:
        for spelling in (item.name, *item.also):
            spellings.setdefault(_plain(spelling), item)
    found = spellings.get(_plain(name))
    if found is not None:
        return found
    known = [word for item in spellings.values() for word in (item.name, *item.also)]
    near = did_you_mean(_bare(name), known) or f"; {hint}"
    raise InputError(f"no {what} {printable(name)} in the catalogue{near}")


def _plain(name: str) -> str:
    return "".join(_bare(name).lower().split())


def _bare(name: str) -> str:
    """Without the makers' words that nvidia-smi and dealers put before a card's name."""
    return " ".join(word for word in name.split() if word.lower() not in _MAKERS)
