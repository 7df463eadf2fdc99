"""Game records become packed games, and packed games one file."""

from __future__ import annotations

import lzma
import os
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..errors import RecordError
from ..files import write_atomic
from .moves import Edit, Move
from .packed import PackedGame, PackedGames, head_of, pack
from .records import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["from_words", "joined", "packed_game", "packed_records", "words_of", "write_selected"]

SIZE = 19
_HEADER = 6  # u16 numbers of a game before its setup stones
_WINNERS = {"B": 1, "BLACK": 1, "W": 2, "WHITE": 2}
_HOWS = {"R": 1, "T": 2, "F": 0}  # resigned, on time, forfeited; numbers are points
_YEAR = re.compile(r"\b(1[5-9]\d\d|2\d\d\d)\b")
_RANK = re.compile(r"^\s*(\d)\s*(d|p)", re.IGNORECASE)


def packed_game(record: Record, source: int = 0) -> PackedGame:
    """The main line of a record of 19 lines, with what its root says.

    Raises RecordError where the game cannot be packed: another size, moves that cannot be played,
    stones set up after the first move.
    """
    if record.size != SIZE:
        raise RecordError(f"{record.label}: {record.size} lines; packed games have {SIZE}")
    moves: list[Move] = []
    setup: tuple[Move, ...] = ()
    for board, move in record.replay():
        if not moves:
            stones = enumerate(board.stones)
            setup = tuple(Move(colour, point) for point, colour in stones if colour)
        elif isinstance(board.past[-1], Edit):
            raise RecordError(f"{record.label}: stones are set up after move {len(moves):,}")
        moves.append(move)
    result, how = _result(record.text("RE") or "")
    komi = record.komi
    fits = komi is not None and 0 < komi <= 127.5 and (2 * komi).is_integer()
    year = _YEAR.search(record.text("DT") or "")
    return PackedGame(
        setup, tuple(moves), source, result, how, komi if fits else None,
        0 if year is None else int(year[1]),
        _rank(record.text("BR")), _rank(record.text("WR")),
    )  # fmt: skip


def _result(text: str) -> tuple[int, int]:
    """RE as the format has it: who won, and how."""
    who, plus, how = text.strip().upper().partition("+")
    winner, how = _WINNERS.get(who.strip(), 0), how.strip()
    if not plus or not winner:  # "Void", "0", or a sentence
        return 0, 0
    if re.match(r"\d", how):
        return winner, 3
    return winner, _HOWS.get(how[:1], 0)


def _rank(text: str | None) -> int:
    """BR or WR: 10 + n an amateur's n dan, 20 + n a professional's, 0 unknown."""
    found = _RANK.match(text or "")
    if found is None:
        return 0
    return int(found[1]) + (20 if found[2].lower() == "p" else 10)


def words_of(game: PackedGame) -> NDArray[np.uint16]:
    """A game as a file has it, header and moves, (n,) numbers; RecordError as `packed.pack`."""
    return np.frombuffer(pack(game, 1), "<u2").astype(np.uint16)


def packed_records(
    records: Sequence[Record], source: int
) -> Iterator[NDArray[np.uint16] | RecordError]:
    """Each record's game as `words_of`, or why it is none."""
    for record in records:
        try:
            game = packed_game(record, source)
        except RecordError as problem:
            yield problem
            continue
        try:
            yield words_of(game)
        except RecordError as problem:
            what = str(problem).removeprefix("game 1: ")  # pack counts, and here is one
            yield RecordError(f"{record.label}: {what}")


def joined(parts: Sequence[PackedGames], label: str) -> PackedGames:
    """The games of several files as those of one."""
    words: list[NDArray[np.uint16]] = []
    begins = [np.zeros(1, np.int64)]
    end = 0
    for part in parts:
        first, last = int(part.begins[0]), int(part.begins[-1])
        words.append(part.words[first:last])
        begins.append(part.begins[1:] - first + end)
        end += last - first
    return PackedGames(
        np.concatenate(words) if words else np.zeros(0, np.uint16), np.concatenate(begins), label
    )


def from_words(pieces: Sequence[NDArray[np.uint16]], label: str) -> PackedGames:
    """Packed games in memory, each as `words_of`."""
    lengths = [0, *map(len, pieces)]
    words = np.concatenate(pieces) if pieces else np.zeros(0, np.uint16)
    return PackedGames(words, np.cumsum(lengths, dtype=np.int64), label)


def write_selected(
    path: str | os.PathLike[str], games: PackedGames, numbers: NDArray[np.int64]
) -> None:
    """Write these games, in this order, to one file, whole; with a name on .xz it is compressed."""
    begins, ends = games.begins[:-1][numbers], games.begins[1:][numbers]
    moves = int(games.words[begins + _HEADER - 1].astype(np.int64).sum())
    parts = [games.words[b:e] for b, e in zip(begins.tolist(), ends.tolist(), strict=True)]
    body = np.concatenate(parts) if parts else np.zeros(0, np.uint16)
    data = head_of(len(numbers), moves) + body.astype("<u2").tobytes()
    write_atomic(path, lzma.compress(data) if os.fspath(path).endswith(".xz") else data)
