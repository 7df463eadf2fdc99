"""What accuracy is measured on: packed games, SGF files, DarkGo's records of 94 bytes.

All come as `Games`: how many moves each game has, and its positions when they are asked for. What
a file holds is seen in what it begins with, not in its name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..errors import DarknetError, RecordError, printable
from .board import Board
from .classic import Samples, read_classic
from .coordinates import PASS
from .kept_rules import kept_rules
from .moves import BLACK, WHITE, Ko
from .packed import PackedGames, read_packed
from .records import Record, read_records
from .shares import shares_of
from .sources import is_classic, is_packed, sgf_files
from .split import share_of

__all__ = ["ClassicAsGames", "Games", "PackedAsGames", "Position", "games_in"]

_SIZE = 19
_MAX_MOVES = 5000  # of a record: the longest games have a thousand


@dataclass(frozen=True, slots=True)
class Position:
    """A board, whose it is to move, and the move that a player made there.

    `number` counts the moves of the game from 1; it is None where there is no game to count in,
    and `colour` where nothing says who it was.
    """

    board: Board
    move: int
    game: int
    number: int | None
    colour: int | None


class Games(Protocol):
    """Games by number, each with a count of moves."""

    kind: str
    label: str

    @property
    def moves(self) -> Sequence[int]:
        """How many moves, and so positions, each game has."""
        ...

    @property
    def sizes(self) -> Sequence[int]:
        """How many lines each game's board has."""
        ...

    @property
    def unreadable(self) -> Sequence[str]:
        """What was found and could not be read."""
        ...

    def source(self, game: int) -> str:
        """Where a game comes from; '' where nothing says."""
        ...

    def share(self, game: int) -> float:
        """The game's share, as `split.share_of`."""
        ...

    def positions(self, game: int, places: Sequence[int]) -> Iterator[Position]:
        """The positions before the moves at `places` (from 0, rising); RecordError as it is read.

        Each has a board of its own.
        """
        ...


def games_in(path: str | os.PathLike[str]) -> Games:
    """The games of a file or folder. Raises RecordError for what holds none.

    A folder is searched with the folders in it for .sgf files; those that cannot be read are left
    out, and named by `SgfGames.unreadable`.
    """
    if os.path.isdir(path):
        return SgfGames.of_folder(path)
    if is_packed(path):
        return PackedAsGames(read_packed(path))
    if is_classic(path):
        return ClassicAsGames(read_classic(path), os.fspath(path))
    (file,) = sgf_files(path)
    return SgfGames(printable(file, 200), [(file, "")], strict=True)


class PackedAsGames:
    """The games of a packed file. `shares` are `shares_of` them, where those are known."""

    kind, unreadable = "packed", ()

    def __init__(self, games: PackedGames, shares: Sequence[float] | None = None) -> None:
        words = games.words[games.begins[:-1] + 5]  # the last of a header: the number of moves
        self._games, self.label, self.moves = games, games.label, words.tolist()
        self.sizes = [_SIZE] * len(self.moves)
        self._sources = (games.words[games.begins[:-1]] & 0xFF).tolist()
        self._shares = shares

    def source(self, game: int) -> str:
        """The number that the file has for it."""
        return f"source {self._sources[game]}"

    def share(self, game: int) -> float:
        """As `split.share_of`."""
        if self._shares is None:
            self._shares = shares_of(self._games).tolist()
        return self._shares[game]

    def positions(self, game: int, places: Sequence[int]) -> Iterator[Position]:
        """Replayed; RecordError for an illegal move."""
        packed = self._games[game]
        try:
            board = packed.board()
            wanted, last = set(places), max(places, default=-1)
            for place, (colour, point) in enumerate(packed.moves[: last + 1]):
                if place in wanted:
                    yield Position(board.copy().facing(colour), point, game, place + 1, colour)
                board.play(point, colour)
        except DarknetError as problem:
            raise RecordError(f"{self.label}: game {game + 1:,}: {problem}") from None


class SgfGames:
    """The games of SGF files, which are read to count, and again for their positions.

    `files` are (path, source). `unreadable` has the errors of those that could not be read; with
    `strict` the first is raised.
    """

    kind = "sgf"

    def __init__(
        self, label: str, files: Sequence[tuple[str, str]], *, strict: bool = False
    ) -> None:
        self.label = label
        self.unreadable: list[str] = []
        self.moves: list[int] = []
        self.sizes: list[int] = []
        self._places: list[tuple[str, str, int]] = []  # file, source, number in the file
        self._shares: list[float] = []
        self._last: tuple[str, list[Record]] = "", []  # a file of many games is read once for all
        for path, source in files:
            try:
                counted = [_count(record) for record in read_records(path)]
            except RecordError as problem:
                if strict:
                    raise
                self.unreadable.append(str(problem))
                continue
            for number, (size, moves, share) in enumerate(counted):
                self._places.append((path, source, number))
                self.moves.append(moves)
                self._shares.append(share)
                self.sizes.append(size)

    @classmethod
    def of_folder(cls, folder: str | os.PathLike[str]) -> SgfGames:
        """Those of a folder; the source of a file is the folder in it that it lies in."""
        root = Path(folder)
        files = [(path, _part(Path(path), root)) for path in sgf_files(folder)]
        label = printable(os.fspath(folder), 200)
        return cls(label, files)

    def source(self, game: int) -> str:
        return self._places[game][1]

    def share(self, game: int) -> float:
        return self._shares[game]

    def positions(self, game: int, places: Sequence[int]) -> Iterator[Position]:
        path, _, number = self._places[game]
        if self._last[0] != path:
            self._last = path, read_records(path)
        record = self._last[1][number]
        wanted, last = set(places), max(places, default=-1)
        for place, (board, move) in enumerate(record.replay(rules=kept_rules(record))):
            if place > last:
                return
            if place in wanted:
                facing = board.copy().facing(move.colour)
                yield Position(facing, move.point, game, place + 1, move.colour)


def _part(path: Path, root: Path) -> str:
    parts = path.relative_to(root).parts
    return printable(parts[0], 40) if len(parts) > 1 else ""


def _count(record: Record) -> tuple[int, int, float]:
    """Lines, moves and share. RecordError for moves that cannot be played: now, not midway."""
    moves: list[int] = []
    setup: list[int] = []
    for board, move in record.replay():
        if not moves:
            setup = [point for point, colour in enumerate(board.stones) if colour]
        moves.append(move.point)
        if len(moves) > _MAX_MOVES:
            raise RecordError(f"{record.label}: more than {_MAX_MOVES:,} moves: is no game")
    return record.size, len(moves), share_of(record.size, moves, setup)


class ClassicAsGames:
    """DarkGo's records: each a game of one position, which nothing is known of."""

    kind, unreadable = "classic", ()

    def __init__(self, samples: Samples, label: str) -> None:
        self._samples, self.label = samples, printable(label, 200)
        self.moves = [1] * len(samples)
        self.sizes = [_SIZE] * len(samples)

    def source(self, game: int) -> str:
        """Not known."""
        return ""

    def share(self, game: int) -> float:
        """Small for the last ones, which are held out: neighbours are mostly of one game."""
        return (len(self.moves) - 1 - game) / len(self.moves)

    def positions(self, game: int, places: Sequence[int]) -> Iterator[Position]:
        """The one there is; RecordError for stones without a liberty."""
        if not places:
            return
        board = Board(_SIZE, ko=Ko.NONE)
        values = self._samples.positions[game].ravel().tolist()
        try:
            board.edit({point: (BLACK if value > 0 else WHITE)
                        for point, value in enumerate(values) if value})  # fmt: skip
        except DarknetError as problem:
            raise RecordError(f"{self.label}: record {game + 1:,}: {problem}") from None
        move = int(self._samples.moves[game])
        yield Position(board, PASS if move == board.points else move, game, None, None)
