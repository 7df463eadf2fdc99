"""A network's accuracy over games: of all moves, of parts of them, and is it as sure as right?"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..calibration import BINS, Bin, bins_of, chance_error, expected_error
from ..reliability import Second, Terms, reliability
from .moves import BLACK, NAMES
from .tempering import ENOUGH, SPAN, Tempered, tempered
from .valid_scores import Answered, Group

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["PHASES", "GoValidation", "Kept"]

PHASES = (("moves 1-60", 1, 60), ("moves 61-150", 61, 150), ("moves 151 on", 151, None))
"""Parts of a game by the number of the move: name, first, and last (None: to the end)."""
TERMS = Terms(
    "positions", "played", "probability of the first move, %", "how often it was played, %"
)
_COLUMNS = ("", "positions", "top-1 %", "±", "top-5 %", "loss")


@dataclass(frozen=True, slots=True)
class Kept:
    """What a temperature is found from: `sums` (`tempering.log_sums`) of each position, (n, 16).

    `temperature` is what the network has, in the [softmax] that `place` names.
    """

    sums: NDArray[np.float32]
    temperature: float
    place: str


@dataclass(frozen=True, eq=False, repr=False)
class GoValidation:
    """A network's accuracy over positions of games.

    cfg, weights, data: what was run on what; `kind` is packed, sgf or classic. symmetries: true
    where eight symmetries were averaged. history: false where positions were shown without the
    moves before. available: positions that there were to draw from, of `games_available` games;
    seed: which were drawn. held_out: the share of the games that was drawn from (`split`), None
    for all. unreadable: what could not be read, and was left out. kept: what a temperature is found
    from; None where nobody asked for it.
    """

    cfg: str
    weights: str
    data: str
    kind: str
    symmetries: bool
    history: bool
    available: int
    games_available: int
    seed: int
    held_out: float | None
    answered: tuple[Answered, ...]
    unreadable: tuple[str, ...]
    seconds: float
    kept: Kept | None = None

    def __len__(self) -> int:
        return len(self.answered)

    @property
    def overall(self) -> Group:
        """All positions."""
        return Group.of("all", self.answered)

    @property
    def phases(self) -> list[Group]:
        """By the number of the move (`PHASES`); empty where it is not known."""
        known = [one for one in self.answered if one.number is not None]
        groups = (
            Group.of(name, [one for one in known if _within(one.number, first, last)])
            for name, first, last in PHASES
        )
        return [group for group in groups if group.positions]

    @property
    def colours(self) -> list[Group]:
        """By who played, Black first; empty where it is not known."""
        known = [one for one in self.answered if one.colour is not None]
        return self._by(known, lambda one: NAMES[one.colour or BLACK])

    @property
    def sources(self) -> list[Group]:
        """By where the games come from; empty where nothing says."""
        return self._by([one for one in self.answered if one.source], lambda one: one.source)

    def _by(self, answered: Iterable[Answered], key: Callable[[Answered], str]) -> list[Group]:
        parts: dict[str, list[Answered]] = {}
        for one in answered:
            parts.setdefault(key(one), []).append(one)
        return [Group.of(name, parts[name]) for name in sorted(parts)]

    @cached_property
    def bins(self) -> tuple[Bin, ...]:
        """The probability of the first move in fifteen equal bins: how often was it played?"""
        return bins_of((one.confidence, one.rank == 1) for one in self.answered)

    @property
    def calibration(self) -> float:
        """Expected calibration error of the first move, 0..1; NaN without positions."""
        return expected_error(self.bins)

    @cached_property
    def tempered(self) -> Tempered | None:
        """A better temperature for [softmax].

        None where nobody asked for one, or where all positions are of one game.
        """
        if self.kept is None:
            return None
        return tempered(self.answered, self.kept.sums, self.kept.temperature, self.seed)

    def plot(self, form: str = "png") -> bytes:
        """How probable the first move was against how often it was played: a "png" or "svg" file.

        Where a temperature was found, bars and counts are of the positions that it was judged on,
        and dots show what they are with it.
        """
        found = self.tempered
        if found is None:
            return reliability(self.bins, self.calibration, self._title, terms=TERMS, form=form)
        before, after = found.before, found.after
        name = f"with temperature={after.temperature:g} ({100 * after.error:.2f} %)"
        second = Second(after.bins, name)
        return reliability(
            before.bins, before.error, self._title, terms=TERMS, second=second, form=form
        )

    @property
    def _title(self) -> str:
        return f"{self.weights} on {self.data}"

    def to_dict(self) -> dict[str, Any]:
        """What ``darknet go valid --json`` prints (docs/json.md)."""
        return {
            "cfg": self.cfg,
            "weights": self.weights,
            "data": self.data,
            "kind": self.kind,
            "symmetries": self.symmetries,
            "history": self.history,
            "available": self.available,
            "games_available": self.games_available,
            "seed": self.seed,
            "held_out": self.held_out,
            "seconds": round(self.seconds, 3),
            **self.overall.to_dict(),
            "phases": [group.to_dict() for group in self.phases],
            "colours": [group.to_dict() for group in self.colours],
            "sources": [group.to_dict() for group in self.sources],
            "calibration": {
                "error": _number(self.calibration),
                "chance": _number(chance_error(self.bins)),
                "bins": [_bin(one) for one in self.bins],
            },
            "temperature": None if self.tempered is None else self.tempered.to_dict(),
            "unreadable": list(self.unreadable),
        }

    @property
    def _groups(self) -> Sequence[Group]:
        return (self.overall, *self.phases, *self.colours, *self.sources)

    def __str__(self) -> str:
        """What was answered, a table of the parts, and the calibration."""
        rows = ("{:16s} {:>10s} {:>8s} {:>5s} {:>8s} {:>7s}".format(*row) for row in self._rows())
        return "\n".join((*self._heading(), "", *rows, *self._sureness()))

    def __repr__(self) -> str:
        """What was run on what, and top-1."""
        top1 = f"top-1 {self.overall.top1:.4f}"
        return f"<darknet.GoValidation {self._title}: {len(self)} positions, {top1}>"

    def _repr_html_(self) -> str:
        """The table and the plot, for notebooks."""
        rows = "".join(
            "<tr>" + "".join(f"<{cell}>{html.escape(word)}</{cell}>" for word in row) + "</tr>"
            for cell, row in zip(("th", *("td",) * len(self._groups)), self._rows(), strict=True)
        )
        caption = "<br>".join(html.escape(line) for line in self._heading())
        words = "<br>".join(html.escape(line) for line in self._sureness() if line)
        plot = self.plot("svg").decode() if len(self) else ""
        table = f"<table><caption>{caption}</caption>{rows}</table>"
        return f"{table}<p>{words}</p><figure>{plot}</figure>"

    def _heading(self) -> Iterator[str]:
        of = "" if len(self) == self.available else f" of {self.available:,}, seed {self.seed}"
        held = "" if self.held_out is None else f" of the {100 * self.held_out:g} % held out"
        views = ", mean of 8 symmetries" if self.symmetries else ""
        past = "" if self.history else ", without the moves before"
        yield f"{self.weights} on {self.data}{views}{past}"
        games = self.overall.games
        count = "1 game" if games == 1 else f"{games:,} games"
        where = "" if self.kind == "classic" else f" from {count}{held}"
        yield f"{len(self):,} positions{of}{where}"

    def _rows(self) -> Iterator[Sequence[str]]:
        yield _COLUMNS
        for group in self._groups:
            error = "" if math.isnan(group.error) else f"{100 * group.error:.1f}"
            top1, top5 = (f"{100 * share:.1f}" for share in (group.top1, group.top5))
            yield group.name, f"{group.positions:,}", top1, error, top5, f"{group.loss:.3f}"

    def _sureness(self) -> Iterator[str]:
        """How sure the network is, and which temperature is better."""
        if not len(self):
            return
        mean = math.fsum(one.confidence for one in self.answered) / len(self)
        chance = f"{BINS} bins, chance alone {100 * chance_error(self.bins):.2f} %"
        error = f"calibration error {100 * self.calibration:.2f} % ({chance})"
        played = f"played {100 * self.overall.top1:.1f} %"
        yield ""
        yield f"the first move: {100 * mean:.1f} % probable on the average, {played}; {error}"
        if self.kept is None:
            return
        yield ""
        if self.tempered is None:
            yield "no temperature: all positions are of one game, and half of the games judge it"
        else:
            yield from _advice(self.tempered, self.kept)


def _advice(found: Tempered, kept: Kept) -> Iterator[str]:
    """What the temperature of [softmax] should be, and why."""
    before, after = found.before, found.after
    ours, others = (
        f"{positions:,} positions of {games:,} game{'s' if games > 1 else ''}"
        for positions, games in (
            (found.found_on, found.found_games),
            (found.positions, found.games),
        )
    )
    if found.found_on < ENOUGH:
        yield (
            f"{kept.place}: no advice: a temperature found on {ours} is chance; expected"
            f" {ENOUGH} positions or more"
        )
        return
    if after.temperature == before.temperature:
        advice = f"temperature={after.temperature:g}, as it is, is the best"
    else:
        advice = f"temperature={after.temperature:g} instead of {before.temperature:g}"
    yield f"{kept.place}: {advice}"
    yield f"  found on {ours}, judged on {others}:"
    for name, judged in (("as it is", before), (f"temperature={after.temperature:g}", after)):
        error = f"calibration error {100 * judged.error:.2f} %"
        yield f"  {name:18s} loss {judged.loss:.4f}, {error}"
    if found.at_bound:
        yield f"  it was looked for up to {SPAN:g} times as much, or as little: is this trained?"
    elif not found.helps and after.temperature != before.temperature:
        yield "  the loss is no smaller where it was not found: leave it as it is"


def _within(number: int | None, first: int, last: int | None) -> bool:
    return number is not None and number >= first and (last is None or number <= last)


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def _bin(one: Bin) -> dict[str, float]:
    return {
        "low": round(one.low, 6),
        "high": round(one.high, 6),
        "positions": one.count,
        "confidence": round(one.confidence, 6),
        "accuracy": round(one.accuracy, 6),
    }
