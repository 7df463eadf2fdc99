"""Class lists: the names of a network's outputs, in the order of the outputs.

A names file has one name a line. Blank lines at the end do not count; a file may have more names
than the network has outputs (Darknet's own ImageNet list has 21,842): the first ones are used.
Shipped lists are called by name: `imagenet` is ImageNet's 1000 classes in Darknet's order, which
is not the order of the sorted wnids that other frameworks use.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import overload

from .cfg import Cfg, Data
from .errors import NamesError, printable
from .files import beside, read_bytes
from .log import tell

__all__ = [
    "Numbered",
    "fitting",
    "list_in",
    "load_names",
    "names_in",
    "shipped_ids",
    "shipped_lists",
    "wordnet_ids",
]

MAX_BYTES = 16 * 2**20
_SHIPPED = Path(__file__).parent / "classes"


def shipped_lists() -> tuple[str, ...]:
    """Names of the class lists that come with the package."""
    found = (file.name for file in _SHIPPED.iterdir())
    return tuple(sorted(name[:-4] for name in found if name.endswith(".tsv")))


def load_names(source: str | os.PathLike[str], written_in: str = "") -> tuple[str, ...]:
    """A shipped list by its name, else a file: as written, or beside the file `written_in`.

    Raises NamesError when it cannot be read or has no names.
    """
    label = os.fspath(source)
    if not label:
        raise NamesError(f"names: empty; expected a file, or one of {', '.join(shipped_lists())}")
    if label in shipped_lists():
        return tuple(row[-1] for row in _rows(label))
    tries = beside(label, written_in) if written_in else [Path(label)]
    path = next((place for place in tries if os.path.exists(place)), tries[0])
    data = read_bytes(path, MAX_BYTES, "a class list (one name a line)", NamesError)
    if b"\0" in data:
        raise NamesError(f"{printable(label, 200)}: binary; expected a class list (text)")
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        content = data.decode("latin-1")
    names = tuple(line.strip() for line in content.rstrip().split("\n"))
    if names == ("",):
        raise NamesError(f"{printable(label, 200)}: empty; expected one class name a line")
    return names


def names_in(cfg: Cfg, source: str, outputs: int) -> tuple[str, ...]:
    """The list that ``names=`` in a cfg's [net] says (`source`), for so many outputs.

    Raises NamesError, naming file and line, when it cannot be read or does not fit.
    """
    try:
        return fitting(load_names(source, written_in=cfg.label), outputs, source)
    except NamesError as problem:
        said = str(problem).removeprefix(f"{printable(source, 200)}: ")
        raise NamesError(f"{cfg.sections[0].told_of('names', source)}: {said}") from None


def list_in(data: Data, keys: Sequence[str] = ("names", "labels")) -> str | None:
    """The class list that a .data file names, for `load_names`; None where it names none.

    Raises CfgError, naming both, for a file that is not there.
    """
    key = next((key for key in keys if data.get(key)), None)
    if key is None or data.get(key) in shipped_lists():
        return data.get(key) if key else None
    return str(data.there(key))


def shipped_ids(name: str) -> tuple[str, ...]:
    """The first column of a shipped list, its classes' ids: for `imagenet` WordNet ids."""
    return tuple(row[0] for row in _rows(name))


def _rows(name: str) -> list[list[str]]:
    rows = (_SHIPPED / f"{name}.tsv").read_text("utf-8").splitlines()
    return [row.split("\t") for row in rows if row and not row.startswith("#")]


def wordnet_ids(names: Sequence[str]) -> tuple[str, ...]:
    """The WordNet ids of ImageNet's classes, where `names` are the shipped list; else nothing."""
    if len(names) != 1000 or tuple(names) != load_names("imagenet"):
        return ()
    return shipped_ids("imagenet")


class Numbered(Sequence[str]):
    """The names of classes that have none: "class 0", "class 1" ..."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        numbers = range(self._count)[index]
        return f"class {numbers}" if isinstance(numbers, int) else [f"class {n}" for n in numbers]


def fitting(names: tuple[str, ...], outputs: int, label: str) -> tuple[str, ...]:
    """The first `outputs` names; the log hears of those that are left over.

    Not where these are ImageNet's 21,842 in Darknet's order, whose first 1,000 are meant to be
    taken. Raises NamesError when there are fewer, or another number in a list that is shipped: the
    network's classes are others then.
    """
    said = f"{printable(label, 200)}: {len(names):,} names, but the network has {outputs:,} outputs"
    if len(names) < outputs or (len(names) > outputs and label in shipped_lists()):
        raise NamesError(said)
    first = names[:outputs]
    if len(names) > outputs and not wordnet_ids(first):
        tell(f"{said}: the first {outputs:,} are taken; is it another network's list?")
    return first
