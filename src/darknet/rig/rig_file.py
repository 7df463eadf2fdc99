"""A rig file: the parts of a box, prices of one's own, and what was measured of it.

    name = "my box"
    cpu = "AMD Ryzen 9 7950X"          # a name of the catalogue, or { name = "...", cores = 16 }
    board = "..."
    memory = ["..."]
    disks = ["..."]
    psu = "..."
    case = "..."
    machines = 1                       # boxes like this one that learn together
    network_gbits = 10                 # between them
    [[gpus]]
    name = "RTX 3090"
    count = 2
    [prices]                           # dollars, instead of the catalogue's
    "RTX 3090" = 700
    [measured]                         # written by darknet rig measure

Everything but one of gpus and measured may be left out, and is unknown then.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import InputError, did_you_mean, printable
from .box import Box, Cards
from .catalogue import KINDS, Gpu, I, Item, find_gpu, find_part, gpus, item_of, parts
from .facts import Fact, Source, figure, read_toml, source
from .measured import Measured

__all__ = ["BOXES", "read_box", "read_prices", "this_rig"]

_HERE = Path(__file__).parent / "rigs"
BOXES = ("guide",)
"""Boxes that come with the package."""
THIS = "this"
_KEYS = frozenset(
    "name cpu board memory disks psu case machines network_gbits gpus prices measured".split()  # noqa: SIM905
)
_MOST_CARDS, _MOST_MACHINES, _MOST_GBITS = 128, 4_096, 100_000  # more than anybody has
WHAT = "a rig file (docs/rig.md)"


def this_rig() -> Path:
    """Where ``darknet rig measure`` keeps what it found, and ``--rig this`` looks."""
    from ..zoo.cache import Cache

    return Cache.default().folder / "rig" / "this.toml"


def read_box(word: str | os.PathLike[str], prices: Mapping[str, Fact] | None = None) -> Box:
    """The box that a word means: one that comes with the package, ``this``, or a file.

    `prices`: of a user, before all others. InputError for what is none of these, and for a part
    that is not known.
    """
    path = _path(os.fspath(word))
    label = printable(os.fspath(word), 200)
    box = _box(read_toml(path, WHAT), label)
    return box if not prices else replace(box, prices={**box.prices, **prices})


def _path(word: str) -> Path:
    if word in BOXES and not os.path.lexists(word):
        return _HERE / f"{word}.toml"
    if word == THIS and not os.path.lexists(word):
        if not this_rig().is_file():
            raise InputError("this machine was not measured yet: darknet rig measure does")
        return this_rig()
    if not os.path.lexists(word) and os.sep not in word and not word.endswith(".toml"):
        near = did_you_mean(word, (*BOXES, THIS)) or f"; {', '.join(BOXES)} comes with the package"
        raise InputError(f"{printable(word, 200)}: no such rig file{near}")
    return Path(word)


def read_prices(path: str | os.PathLike[str]) -> dict[str, Fact]:
    """A user's prices: dollars by the parts' names, under ``[prices]``.

    InputError for a part that is not in the catalogue, and for a price that is none.
    """
    label = printable(os.fspath(path), 200)
    written = read_toml(os.fspath(path), "prices")
    if set(written) != {"prices"} or not isinstance(written["prices"], dict):
        raise InputError(f"{label}: expected one table, [prices], with dollars by names")
    return _prices(written["prices"], label, {})


def _box(written: Mapping[str, Any], label: str) -> Box:
    for key in written:
        if key not in _KEYS:
            raise InputError(f"{label}: no such key: {printable(key)}{did_you_mean(key, _KEYS)}")
    origin = Source(label, label, date.today())
    one = {
        kind: _part(kind, written[kind], label, origin)
        for kind in ("cpu", "board", "psu", "case")
        if kind in written
    }
    many = {
        kind: tuple(_part(kind, entry, label, origin) for entry in _listed(written, key, label))
        for kind, key in (("memory", "memory"), ("disk", "disks"))
    }
    groups = tuple(_cards(entry, label, origin) for entry in _listed(written, "gpus", label))
    measured = written.get("measured")
    if not groups and measured is None:
        raise InputError(f"{label}: no [[gpus]] and nothing [measured]: nothing would compute")
    own = {item.name: item for item in (*one.values(), *many["memory"], *many["disk"])}
    own |= {group.gpu.name: group.gpu for group in groups}
    return Box(
        label=label,
        name=str(written.get("name", "")),
        memory=many["memory"],  # type: ignore[arg-type]
        disks=many["disk"],  # type: ignore[arg-type]
        gpus=groups,
        machines=_count(written.get("machines", 1), f"{label}: machines", _MOST_MACHINES),
        network_gbits=_gbits(written, label),
        prices=_prices(written.get("prices", {}), label, own),
        measured=None if measured is None else Measured.from_dict(measured, label),
        **one,  # type: ignore[arg-type]
    )


def _listed(written: Mapping[str, Any], key: str, label: str) -> list[Any]:
    found = written.get(key, [])
    if not isinstance(found, list):
        raise InputError(f"{label}: {key}: expected a list")
    return found


def _part(kind: str, entry: object, label: str, origin: Source) -> Item:
    """A part by its name, or as a table of its own figures."""
    try:
        if isinstance(entry, str):
            return find_part(kind, entry)
        if isinstance(entry, dict):
            return _over(item_of(KINDS[kind], entry, origin), entry, parts(kind).values())
    except InputError as error:
        raise InputError(f"{label}: {error}") from None
    raise InputError(f"{label}: {kind}: expected a name, or a table of its figures")


def _cards(entry: object, label: str, origin: Source) -> Cards:
    if not isinstance(entry, dict) or "name" not in entry:
        raise InputError(f"{label}: [[gpus]]: expected name = ..., count = ...")
    given = dict(entry)
    count = _count(given.pop("count", 1), f"{label}: count", _MOST_CARDS)
    try:
        if len(given) == 1:
            return Cards(find_gpu(str(given["name"])), count)
        own = _over(item_of(Gpu, given, origin), given, gpus().values())
    except InputError as error:
        raise InputError(f"{label}: {error}") from None
    return Cards(own, count)


def _over(own: I, given: Mapping[str, Any], known: Iterable[I]) -> I:
    """A user's figures over the catalogue's, where it has a part of exactly this name."""
    for one in known:
        if own.name in (one.name, *one.also):
            figures = {key: getattr(own, key) for key in given if key != "name"}
            return replace(one, **figures)
    return own


def _count(value: object, where: str, most: int) -> int:
    found = figure(value, where, least=1, most=most)
    if found != int(found):
        raise InputError(f"{where}={value}: expected a whole number")
    return int(found)


def _gbits(written: Mapping[str, Any], label: str) -> float | None:
    if "network_gbits" not in written:
        return None
    where = f"{label}: network_gbits"
    return figure(written["network_gbits"], where, least=1e-3, most=_MOST_GBITS)


def _prices(written: Mapping[str, Any], label: str, own: Mapping[str, Item]) -> dict[str, Fact]:
    """Dollars by names; `source` says whose they are, ``base`` is for all that is no card."""
    if not isinstance(written, Mapping):
        raise InputError(f'{label}: prices: expected a table, [prices], with "PART" = DOLLARS')
    given = dict(written)
    origin = Source(label, label, date.today())
    if "source" in given:
        origin = source(str(given.pop("source")))
    known = {*own, *gpus(), "base", *(name for kind in KINDS for name in parts(kind))}
    found: dict[str, Fact] = {}
    for name, value in given.items():
        proper = name if name in known else _proper(name)
        if proper is None:
            raise InputError(
                f"{label}: [prices]: no part {printable(name)}{did_you_mean(name, known)}"
            )
        found[proper] = Fact(figure(value, f"{label}: the price of {printable(name)}"), (origin,))
    return found


def _proper(name: str) -> str | None:
    """The catalogue's name of a part by any spelling; None where it has none."""
    try:
        return find_gpu(name).name
    except InputError:
        pass
    for kind in KINDS:
        try:
            return find_part(kind, name).name
        except InputError:
            continue
    return None
