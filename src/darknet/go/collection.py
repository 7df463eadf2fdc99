"""Games for training: read, replayed, freed of duplicates, counted.

A *duplicate* is a game that another one has all of: the same setup stones and moves, turned or
flipped as they may be, or the first of a longer game's moves (from move 60 on). The longest is
kept, among equals the first.
"""

from __future__ import annotations

import os
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, RecordError, printable
from .faults import SHELF, faults
from .packed import PackedGames, read_packed
from .packing import from_words, joined, packed_records
from .records import read_records
from .shares import Lines
from .sources import is_classic, is_packed, sgf_files

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Collection", "Collector", "Part"]

LEAST = 20
"""Moves that a game has at the least."""
_HEADER = 6


@dataclass(frozen=True, slots=True)
class Part:
    """Games that share a source, or a year; `black` and `white`: those that each of them won."""

    name: str
    games: int
    moves: int
    handicap: int
    black: int
    white: int


@dataclass(frozen=True, eq=False)
class Collection:
    """What was found. `numbers`: the games of `games` that are of use, in order.

    left_out: why, for each of the others that is no duplicate. shares: by which they are held out
    (`split`), of all games.
    """

    games: PackedGames
    numbers: NDArray[np.int64]
    shares: NDArray[np.float64]
    duplicates: int
    left_out: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def moves(self) -> int:
        """Positions that they give."""
        return int(self._counts().sum())

    def held_out(self, percent: float) -> int:
        """How many games ``--held-out`` keeps from training."""
        return int((self.shares[self.numbers] < percent / 100).sum())

    @property
    def sources(self) -> list[Part]:
        """By the number that the file has for where a game comes from."""
        return self._parts(self._heads(0) & 0xFF, "source {}")

    @property
    def years(self) -> list[Part]:
        """By year; 0 where it is not known."""
        return self._parts(self._heads(2), "{}")

    def _heads(self, place: int) -> NDArray[np.int64]:
        """One of the numbers of each game's header."""
        return self.games.words[self.games.begins[self.numbers] + place].astype(np.int64)

    def _counts(self) -> NDArray[np.int64]:
        return self._heads(_HEADER - 1)

    def _parts(self, keys: NDArray[np.int64], name: str) -> list[Part]:
        counts, results = self._counts(), self._heads(0) >> 8
        has_setup = (self._heads(4) & 0xFF) > 0
        return [
            Part(
                name.format(key),
                int(mine.sum()),
                int(counts[mine].sum()),
                int((mine & has_setup).sum()),
                int((mine & (results == 1)).sum()),
                int((mine & (results == 2)).sum()),
            )
            for key in np.unique(keys).tolist()
            for mine in (keys == key,)
        ]


@dataclass
class Collector:
    """Reads `paths`: packed games, game records (.sgf), folders of them. Iterate over `run`.

    source: the number that games of records get. least: moves a game has at the least.
    """

    paths: Sequence[str]
    source: int = 0
    least: int = LEAST
    _read: list[PackedGames] = field(default_factory=list)
    _firsts: list[int] = field(default_factory=list)
    _names: list[Sequence[str]] = field(default_factory=list)
    _left_out: list[str] = field(default_factory=list)
    _found: Collection | None = None

    def run(self) -> Iterator[str]:
        """What was read or looked at, piece by piece; RecordError for what is no file of games."""
        for path in self.paths:
            if is_packed(path):
                self._add(read_packed(path))
                yield path
            elif not os.path.isdir(path) and is_classic(path):
                raise RecordError(
                    f"{printable(path, 200)}: records of 94 bytes are positions without their"
                    " games; expected packed games, game records, or a folder of records"
                )
            else:
                yield from self._records(path)
        games = joined(self._read, self._read[0].label if len(self.paths) == 1 else "these games")
        good = np.ones(len(games), bool)
        for start in range(0, len(games), SHELF):
            some = np.arange(start, min(start + SHELF, len(games)))
            for number, why in faults(games, some, self.least):
                self._left_out.append(f"{self._name(number)}: {why}")
                good[number] = False
            yield f"{start:,} games replayed"
        lines = Lines(games)
        shares = np.array([lines.share(number) for number in range(len(games))])
        yield "shares"
        duplicate = _duplicates(lines, shares, np.flatnonzero(good))
        self._found = Collection(
            games,
            np.flatnonzero(good & ~duplicate),
            shares,
            int(duplicate.sum()),
            tuple(self._left_out),
        )

    def result(self) -> Collection:
        """What was found; InputError before `run` has come to its end."""
        if self._found is None:
            raise InputError("the games are not all read yet")
        return self._found

    def _records(self, path: str | os.PathLike[str]) -> Iterator[str]:
        games: list[NDArray[np.uint16]] = []  # a game as objects takes thirty times as much
        names: list[str] = []
        for file in sgf_files(path):
            try:
                found = list(packed_records(read_records(file), self.source))
            except RecordError as problem:
                found = [problem]
            for number, one in enumerate(found, 1):
                if isinstance(one, RecordError):
                    self._left_out.append(str(one))
                    continue
                games.append(one)
                label = printable(file, 200)
                names.append(label if len(found) == 1 else f"{label}: game {number:,}")
            yield file
        self._add(from_words(games, os.fspath(path)), names)

    def _add(self, games: PackedGames, names: Sequence[str] = ()) -> None:
        """Games that were read; what they are called, where that is not their number."""
        self._firsts.append(sum(map(len, self._read)))
        self._read.append(games)
        self._names.append(names)

    def _name(self, number: int) -> str:
        """Where a game comes from: its file, and its number there."""
        part = bisect(self._firsts, number) - 1
        within, names = number - self._firsts[part], self._names[part]
        return names[within] if names else f"{self._read[part].label}: game {within + 1:,}"


def _duplicates(
    lines: Lines, shares: NDArray[np.float64], numbers: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which of all games are duplicates of one of `numbers`."""
    duplicate = np.zeros(len(shares), bool)
    order = numbers[np.argsort(shares[numbers], kind="stable")]
    for group in np.split(order, np.flatnonzero(np.diff(shares[order])) + 1):
        if len(group) < 2:
            continue
        kept: list[bytes] = []
        texts = {number: lines.whole(number) for number in group.tolist()}
        for number in sorted(texts, key=lambda one: (-len(texts[one]), one)):
            if any(text.startswith(texts[number]) for text in kept):
                duplicate[number] = True
            else:
                kept.append(texts[number])
    return duplicate
