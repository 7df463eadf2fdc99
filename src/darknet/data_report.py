"""What a look at a data set found: in lines, in JSON, and as a quarantine list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from .errors import printable
from .quarantine import LeftOut, Quarantine

__all__ = ["Decoded", "Problem", "Report"]

Kind = Literal["unreadable", "class", "conflict", "repeated", "same", "leak"]
TITLES: dict[Kind, str] = {
    "unreadable": "cannot be read",
    "class": "without a class, or with two",
    "conflict": "the same photograph in two classes",
    "leak": "in the training part, and to validate with too",
    "same": "the same as another to the byte",
    "repeated": "named more than once in a list",
}
UNUSABLE: tuple[Kind, ...] = ("unreadable", "class", "conflict")
ROWS = 30  # classes that a table has; of more the smallest and largest are shown
LISTED = 20  # duplicates that are listed


@dataclass(frozen=True, slots=True)
class Decoded:
    """A photograph that could be read: where, its size in pixels, `kind_of` it, its bytes' sum."""

    part: str
    path: str
    index: int
    where: str
    line: int
    width: int
    height: int
    kind: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a photograph; `line` is of the line of a list that is left out alone."""

    kind: Kind
    part: str
    path: str
    where: str
    reason: str
    line: int = 0


@dataclass(frozen=True)
class Report:
    """The answer of a check.

    parts: train, valid, both, or "all" for data that are not divided. size: the width and height of
    the network that the data are for, or None. empty: folders without a photograph.
    """

    label: str
    names: Sequence[str]
    parts: tuple[str, ...]
    decoded: tuple[Decoded, ...]
    problems: tuple[Problem, ...]
    size: tuple[int, int] | None = None
    empty: tuple[str, ...] = ()

    @property
    def is_usable(self) -> bool:
        """True where nothing has to be left out."""
        return not any(problem.kind in UNUSABLE for problem in self.problems)

    def of_kind(self, kind: Kind) -> list[Problem]:
        """The problems of one kind."""
        return [problem for problem in self.problems if problem.kind == kind]

    @cached_property
    def counts(self) -> dict[str, tuple[int, ...]]:
        """How many photographs of each class can be read, by part."""
        found = Counter((one.part, one.index) for one in self.decoded)
        classes = range(len(self.names))
        return {part: tuple(found[part, index] for index in classes) for part in self.parts}

    @property
    def kinds(self) -> dict[str, int]:
        """How many photographs are RGB, grey, CMYK ..., the most frequent first."""
        return dict(Counter(one.kind for one in self.decoded).most_common())

    @property
    def smaller(self) -> int:
        """How many photographs are smaller than the network's input, in width or height."""
        if self.size is None:
            return 0
        width, height = self.size
        return sum(one.width < width or one.height < height for one in self.decoded)

    @property
    def extremes(self) -> tuple[Decoded, Decoded] | None:
        """The smallest and the largest photograph, by pixels."""
        if not self.decoded:
            return None
        area = [one.width * one.height for one in self.decoded]
        return self.decoded[area.index(min(area))], self.decoded[area.index(max(area))]

    def quarantine(self, path: str) -> Quarantine:
        """The list of what is to be left out, to be written to `path`."""
        entries = []
        for one in self.problems:
            part = one.part if one.kind in ("leak", "repeated") and one.part != "all" else ""
            entries.append(LeftOut(one.path, one.reason, one.where, one.line, part))
        return Quarantine(path, tuple(entries))

    def to_dict(self) -> dict[str, Any]:
        """What ``--json`` prints (docs/json.md)."""
        extremes = self.extremes
        return {
            "data": self.label,
            "usable": self.is_usable,
            "photographs": len(self.decoded),
            "parts": [{"part": part, "photographs": sum(self.counts[part])} for part in self.parts],
            "classes": [
                {"class": index, "name": name, **{p: self.counts[p][index] for p in self.parts}}
                for index, name in enumerate(self.names)
            ],
            "smallest": None if extremes is None else _sized(extremes[0]),
            "largest": None if extremes is None else _sized(extremes[1]),
            "smaller_than_network": None if self.size is None else self.smaller,
            "kinds": self.kinds,
            "empty_folders": list(self.empty),
            "problems": [
                {
                    "kind": one.kind,
                    "part": one.part,
                    "source": one.path,
                    "where": one.where,
                    "reason": one.reason,
                }
                for one in self.problems
            ],
        }

    def lines(self) -> Iterator[str]:
        """The answer for people."""
        parts = ", ".join(f"{part} {sum(self.counts[part]):,}" for part in self.parts)
        have = f"{len(self.decoded):,} photographs"
        have += "" if self.parts == ("all",) else f" ({parts})"
        yield f"{printable(self.label, 200)}: {have} of {len(self.names):,} classes"
        yield from self._sizes()
        yield ""
        yield from self._balance()
        for kind, title in TITLES.items():
            yield from self._listed(kind, title)
        yield ""
        yield self._verdict()

    def _sizes(self) -> Iterator[str]:
        if self.extremes is None:
            return
        small, large = self.extremes
        if (small.width, small.height) == (large.width, large.height):
            yield f"size: {small.width} x {small.height}"
        else:
            yield f"smallest: {small.width} x {small.height} ({printable(small.path, 200)})"
            yield f"largest: {large.width} x {large.height} ({printable(large.path, 200)})"
        if self.size is not None and self.smaller:
            width, height = self.size
            yield f"smaller than the network's {width} x {height}: {self.smaller:,}"
        yield "pixels: " + ", ".join(f"{kind} {count:,}" for kind, count in self.kinds.items())

    def _balance(self) -> Iterator[str]:
        """A table of the classes, the least frequent of many."""
        wide = max(5, *(len(printable(name, 28)) for name in self.names))
        yield f"{'class':{wide}s}" + "".join(f" {part:>10s}" for part in self.parts)
        first = self.counts[self.parts[0]]
        shown = list(range(len(self.names)))
        if len(shown) > ROWS:
            shown = sorted(shown, key=lambda index: (first[index], index))
            shown = [*shown[: ROWS // 2], -1, *shown[-ROWS // 2 :]]
        for index in shown:
            if index < 0:
                yield f"... {len(self.names) - ROWS:,} more"
                continue
            counts = "".join(f" {self.counts[part][index]:10,d}" for part in self.parts)
            yield f"{printable(self.names[index], 28):{wide}s}{counts}"
        for part in self.parts:
            empty = [n for n, c in zip(self.names, self.counts[part], strict=True) if not c]
            if empty:
                some = ", ".join(printable(name, 40) for name in empty[:LISTED])
                more = f" and {len(empty) - LISTED:,} more" if len(empty) > LISTED else ""
                where = "" if part == "all" else f" in {part}"
                yield f"no photograph{where}: {some}{more}"
        if self.empty:
            some = ", ".join(printable(path, 200) for path in self.empty[:LISTED])
            more = f" and {len(self.empty) - LISTED:,} more" if len(self.empty) > LISTED else ""
            yield f"folders without a photograph: {some}{more}"

    def _listed(self, kind: Kind, title: str) -> Iterator[str]:
        found = self.of_kind(kind)
        if not found:
            return
        yield ""
        yield f"{title}: {len(found):,}"
        limit = len(found) if kind in UNUSABLE else LISTED
        for one in found[:limit]:
            path = printable(one.path, 200)
            at = one.where if one.where == path else f"{one.where}: {path}"
            yield f"  {at}: {one.reason}"
        if len(found) > limit:
            yield f"  and {len(found) - limit:,} more (--json and --quarantine have all)"

    def _verdict(self) -> str:
        left_out = {(one.part, one.path, one.line) for one in self.problems}
        unusable = [one for one in self.problems if one.kind in UNUSABLE]
        if unusable:
            return (
                f"{len(unusable):,} cannot be used: mend them, or leave them out "
                "(--quarantine FILE, here and in training)"
            )
        if left_out:
            return f"all can be used; {len(left_out):,} are there more than once"
        if self.empty:
            return "all photographs can be used; are the empty folders classes that lack theirs?"
        return "nothing is wrong with them"


def _sized(one: Decoded) -> dict[str, Any]:
    return {"source": one.path, "width": one.width, "height": one.height}
