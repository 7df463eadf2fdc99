"""Graphics cards as a table: chosen, sorted, with GFLOPS a dollar; the guide's table, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .catalogue import Gpu, gpus
from .facts import Fact, Source
from .guide import guide_cards

__all__ = [
    "FIGURES",
    "SORTS",
    "Listed",
    "Sort",
    "guide_rows",
    "listed",
    "rows_of",
    "source_lines",
    "to_dict",
]

FIGURES = (
    "fp32_tflops",
    "tf32_tflops",
    "half_tflops",
    "memory_gb",
    "bandwidth_gbs",
    "watts",
    "slots",
    "length_mm",
    "pcie_generation",
    "pcie_lanes",
    "link_gbs",
    "rent_usd_per_hour",
)
Sort = Literal["gflops-per-dollar", "dollars", "tflops", "memory", "bandwidth", "year", "name"]


@dataclass(frozen=True)
class Listed:
    """A card and its price: the user's own, else the newest that a source says; None unknown."""

    gpu: Gpu
    own: Fact | None

    @property
    def usd(self) -> Fact | None:
        """Dollars."""
        return self.own or (self.gpu.price.usd if self.gpu.price else None)

    @property
    def dated(self) -> str:
        """Where the price is from: ``street 2025-07-23``, a user's file, or "unknown"."""
        if self.own is not None:
            return self.own.sources[0].title
        return f"{self.gpu.price.kind} {self.gpu.price.date}" if self.gpu.price else "unknown"

    @property
    def gflops_per_usd(self) -> float | None:
        """The guide's measure; None where rate or price is unknown."""
        if self.usd is None or self.gpu.fp32_tflops is None or not self.usd.value:
            return None
        return 1e3 * self.gpu.fp32_tflops.value / self.usd.value

    def figure(self, name: str) -> Fact | None:
        """One of `FIGURES`."""
        found: Fact | None = getattr(self.gpu, name)
        return found

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        usd, price = self.usd, self.gpu.price
        return {
            "name": self.gpu.name,
            "year": self.gpu.year,
            "form": self.gpu.form,
            "figures": {name: _fact(self.figure(name)) for name in FIGURES},
            "price": _fact(usd),
            "price_kind": None if usd is None else "own" if self.own else price and price.kind,
            "price_date": str(price.date) if usd and price and not self.own else None,
            "gflops_per_usd": None
            if self.gflops_per_usd is None
            else round(self.gflops_per_usd, 2),
        }


def _fact(found: Fact | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"value": found.value, "sources": [source.key for source in found.sources]}


def _value(found: Fact | None) -> float:
    return found.value if found else 0.0


SORTS: Mapping[Sort, Callable[[Listed], Any]] = {
    "gflops-per-dollar": lambda one: -(one.gflops_per_usd or 0.0),
    "dollars": lambda one: _value(one.usd) or float("inf"),
    "tflops": lambda one: -_value(one.gpu.fp32_tflops),
    "memory": lambda one: -_value(one.gpu.memory_gb),
    "bandwidth": lambda one: -_value(one.gpu.bandwidth_gbs),
    "year": lambda one: -one.gpu.year,
    "name": lambda one: one.gpu.name.lower(),
}
"""Orders: the best first."""


def listed(
    words: Sequence[str] = (),
    *,
    sort: Sort = "gflops-per-dollar",
    prices: Mapping[str, Fact] | None = None,
    memory: float = 0.0,
    dollars: float | None = None,
    since: int = 0,
) -> list[Listed]:
    """Cards with one of `words` in their names, of at least so much memory, for at most so much.

    With `dollars`, cards whose price is unknown are left out. since: their year.
    """
    own = prices or {}
    made = [Listed(gpu, own.get(gpu.name)) for gpu in gpus().values()]
    return sorted(
        (
            one
            for one in made
            if (not words or any(_has(one.gpu, word) for word in words))
            and _value(one.gpu.memory_gb) >= memory
            and (dollars is None or (one.usd is not None and one.usd.value <= dollars))
            and one.gpu.year >= since
        ),
        key=SORTS[sort],
    )


def _has(gpu: Gpu, word: str) -> bool:
    return any(word.lower() in name.lower() for name in (gpu.name, *gpu.also))


def guide_rows() -> list[list[str]]:
    """The guide's table exactly as published, with a heading."""
    heading = ["GPU", "price", "TFLOPS", "GFLOPS/$"]
    return [
        heading,
        *(
            [card.name, f"${card.usd:,.0f}", f"{card.tflops:g}", f"{card.gflops_per_usd:g}"]
            for card in guide_cards()
        ),
    ]


def rows_of(shown: Sequence[Listed]) -> list[list[str]]:
    """The catalogue, with a heading; what is unknown is a question mark."""
    heading = ["GPU", "year", "TFLOPS", "half", "GB", "GB/s", "W", "price", "GFLOPS/$", "of"]
    rows = [heading]
    for one in shown:
        figures = (
            _shown(one.figure(name))
            for name in ("fp32_tflops", "half_tflops", "memory_gb", "bandwidth_gbs", "watts")
        )
        usd = "?" if one.usd is None else f"${one.usd.value:,.0f}"
        ratio = "?" if one.gflops_per_usd is None else f"{one.gflops_per_usd:.1f}"
        rows.append([one.gpu.name, str(one.gpu.year), *figures, usd, ratio, one.dated])
    return rows


def _shown(found: Fact | None) -> str:
    return "?" if found is None else f"{found.value:g}"


def to_dict(shown: Sequence[Listed]) -> dict[str, Any]:
    """For JSON: the guide's table, the catalogue, and the sources that its figures have."""
    return {
        "guide": [card.to_dict() for card in guide_cards()],
        "gpus": [one.to_dict() for one in shown],
        "sources": {key: _source(found) for key, found in sorted(_sources(shown).items())},
    }


def _sources(shown: Sequence[Listed]) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for one in shown:
        for fact in (*(one.figure(name) for name in FIGURES), one.usd):
            if fact is not None:
                found |= {source.key: source for source in fact.sources}
    return found


def _source(found: Source) -> dict[str, str]:
    return {"title": found.title, "date": str(found.date), "url": found.url}


def source_lines(shown: Sequence[Listed]) -> list[str]:
    """Every source of these cards, one a line."""
    return [
        f"{source.key}: {source.title}, {source.date}{' ' if source.url else ''}{source.url}"
        for source in sorted(_sources(shown).values(), key=lambda one: one.key)
    ]
