"""Figures that know where they come from, and the TOML files that they stand in.

A figure in a catalogue is written ``[value, "source", ...]``: the value, and the keys of the
sources in sources.toml that say it. What no source says is left out, and is None here: unknown,
never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import InputError, did_you_mean, printable
from ..files import read_bytes

__all__ = ["Fact", "Price", "Source", "built_in", "read_toml", "source", "sources"]

_HERE = Path(__file__).parent
_MAX_BYTES = 2**20
_KINDS = ("launch", "reseller", "street")


@dataclass(frozen=True, slots=True)
class Source:
    """Who says something. `date` is the source's own, else when it was read."""

    key: str
    title: str
    date: date
    url: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure, and who says it: at least one source."""

    value: float
    sources: tuple[Source, ...]

    @property
    def date(self) -> date:
        """The newest of its sources' dates."""
        return max(source.date for source in self.sources)


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars, of what kind: launch (the maker's), reseller, street; and as of when."""

    kind: str
    date: date
    usd: Fact


def read_toml(path: str | Path, what: str) -> dict[str, Any]:
    """A TOML file's content; InputError for one that cannot be read, with file and line."""
    import tomllib

    label = printable(str(path), 200)
    try:
        return tomllib.loads(read_bytes(path, _MAX_BYTES, what, InputError).decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError(f"{label}: is not text; expected {what}") from None
    except tomllib.TOMLDecodeError as problem:
        raise InputError(f"{label}: {problem}; expected {what}") from None


def built_in(name: str) -> dict[str, Any]:
    """One of the catalogues that come with the package."""
    return read_toml(_HERE / name, "a catalogue")


@cache
def sources() -> Mapping[str, Source]:
    """Every source, by its key."""
    return {
        key: Source(key, entry["title"], entry["date"], entry.get("url", ""))
        for key, entry in built_in("sources.toml").items()
    }


def source(key: str) -> Source:
    """The source of this key; InputError when there is none."""
    if key not in sources():
        raise InputError(f"no source {printable(key)}{did_you_mean(key, sources())}")
    return sources()[key]


def fact(written: object, where: str) -> Fact:
    """The figure that ``[value, "source", ...]`` means; InputError for anything else."""
    if not isinstance(written, list) or len(written) < 2:
        raise InputError(f"{where}: expected [value, source, ...]")
    return Fact(figure(written[0], where), tuple(source(str(key)) for key in written[1:]))


def figure(value: object, where: str, *, least: float = 0.0, most: float = float("inf")) -> float:
    """A finite number from `least` to `most`; InputError for anything else."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not float("-inf") < float(value) < float("inf"):  # type: ignore[arg-type]
        raise InputError(f"{where}={printable(str(value))}: expected a number")
    if float(value) < least:  # type: ignore[arg-type]
        raise InputError(f"{where}={value}: expected at least {least:g}")
    if float(value) > most:  # type: ignore[arg-type]
        raise InputError(f"{where}={value}: expected at most {most:,}")
    return float(value)  # type: ignore[arg-type]


def price(written: Mapping[str, Any], where: str) -> Price:
    """The price that a table of a catalogue means."""
    if written.get("kind") not in _KINDS:
        raise InputError(f"{where}: kind: expected {', '.join(_KINDS)}")
    return Price(written["kind"], written["date"], fact(written["usd"], f"{where}: usd"))
