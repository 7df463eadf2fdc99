"""Packed games of 19 lines: many games in one file, two bytes a move.

Little-endian throughout. A file is ``DKGOGAM1``, u32 the number of games, u32 the number of all
moves, then the games, one after the other, each with a header of 12 bytes:

| byte | what |
| --- | --- |
| 0 | u8 source, a number of whoever made the file |
| 1 | u8 result: 0 unknown, 1 Black won, 2 White won |
| 2 | u8 how: 0 unknown, 1 by resignation, 2 on time, 3 by points |
| 3 | u8 twice the komi; 0 unknown |
| 4 | u16 year; 0 unknown |
| 6 | u8 Black's rank, u8 White's: 10 + n an amateur's n dan, 20 + n a professional's, 0 unknown |
| 8 | u8 number of setup stones |
| 9 | u8 zero |
| 10 | u16 number of moves |

Then the setup stones and the moves, u16 each: bits 0-8 the point (`coordinates`, row 0 at the top;
361 is a pass, which a setup stone is not), bits 9-14 zero, bit 15 set for White. Nothing follows
the last game. A file may be packed with xz.
"""

from __future__ import annotations

import lzma
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from ..errors import RecordError, printable
from ..files import open_file, write_atomic
from ..system import available_bytes
from .board import Board
from .coordinates import PASS
from .moves import BLACK, WHITE, Ko, Move

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["PackedGame", "PackedGames", "head_of", "pack", "read_packed", "write_packed"]

SIZE = 19
WHAT = "packed games (DKGOGAM1, perhaps packed with xz)"
_MAGIC = b"DKGOGAM1"
_HEAD = struct.Struct("<8sII")
_GAME = struct.Struct("<BBBBHBBBBH")
_XZ = b"\xfd7zXZ\x00"
_POINT, _UNUSED, _IS_WHITE = 0x01FF, 0x7E00, 0x8000
_PASS_WORD = SIZE * SIZE
_RESULTS, _HOWS = 3, 4
_PIECE = 2**20  # bytes
_SHARE = 4  # a quarter of the memory that is free: numbers and their check take as much again


@dataclass(frozen=True, slots=True)
class PackedGame:
    """One game; the fields are those of the header, in the module's table."""

    setup: tuple[Move, ...]
    moves: tuple[Move, ...]
    source: int = 0
    result: int = 0
    how: int = 0
    komi: float | None = None
    year: int = 0
    black_rank: int = 0
    white_rank: int = 0

    def board(self) -> Board:
        """A board with the setup stones on it and nothing played; the first mover to move."""
        board = Board(SIZE, ko=Ko.SIMPLE)
        first = self.moves[0].colour if self.moves else BLACK
        if self.setup or first != BLACK:
            board.edit({point: colour for colour, point in self.setup}, first)
        return board


class PackedGames:
    """The games of a file, by number; made by `read_packed`.

    `words` are the file's u16 numbers, and ``words[begins[i]:begins[i + 1]]`` those of game i,
    six of its header among them: what a loader needs that is faster than `PackedGame`.
    """

    def __init__(self, words: NDArray[np.uint16], begins: NDArray[np.int64], label: str) -> None:
        self.words, self.begins, self.label = words, begins, label

    def __len__(self) -> int:
        return len(self.begins) - 1

    def __getitem__(self, number: int) -> PackedGame:
        if not 0 <= number < len(self):
            raise IndexError(number)
        words = self.words[self.begins[number] : self.begins[number + 1]]
        head = _GAME.unpack(words[:6].tobytes())
        source, result, how, komi, year, black_rank, white_rank, setup, _, _ = head
        moves = tuple(_move(word) for word in words[6:].tolist())
        half = komi / 2 if komi else None
        return PackedGame(
            moves[:setup], moves[setup:], source, result, how, half, year, black_rank, white_rank
        )

    def __iter__(self) -> Iterator[PackedGame]:
        return (self[number] for number in range(len(self)))


def _move(word: int) -> Move:
    point = word & _POINT
    return Move(WHITE if word & _IS_WHITE else BLACK, PASS if point == _PASS_WORD else point)


def read_packed(path: str | os.PathLike[str]) -> PackedGames:
    """The games of a file, every byte of it accounted for.

    Whether moves are legal is not looked at: replaying says so. Raises RecordError, with the byte,
    for a file that is something else, damaged, cut off, too long, or too large for the memory.
    """
    import numpy as np

    label = printable(os.fspath(path), 200)
    data = _contents(path, label)
    if len(data) < _HEAD.size or data[:8] != _MAGIC:
        raise RecordError(f"{label}: begins with {data[:8]!a}; expected {WHAT}")
    _, count, moves = _HEAD.unpack_from(data)
    if len(data) % 2:
        raise RecordError(f"{label}: {len(data):,} bytes, an odd number: cut off or too long")
    begins, found = _walk(data, count, label)
    if found != moves:
        raise RecordError(f"{label}: its head says {moves:,} moves, its games have {found:,}")
    words = np.frombuffer(data, dtype="<u2").astype(np.uint16, copy=False)
    games = PackedGames(words, np.array(begins, dtype=np.int64), label)
    _check_words(games)
    return games


def _contents(path: str | os.PathLike[str], label: str) -> bytes:
    limit = available_bytes() // _SHARE
    with open_file(path, WHAT, RecordError) as raw:
        try:
            is_xz = raw.read(len(_XZ)) == _XZ
            raw.seek(0)
            data = _bounded(lzma.LZMAFile(raw) if is_xz else raw, limit)  # noqa: SIM115
        except (OSError, EOFError, lzma.LZMAError) as problem:
            reason = printable(str(problem), 120)
            raise RecordError(f"{label}: damaged or cut off: {reason}; expected {WHAT}") from None
        except MemoryError:
            raise RecordError(f"{label}: not enough memory to read it") from None
    if len(data) > limit:
        raise RecordError(f"{label}: over {limit:,} bytes, a quarter of the memory that is free")
    return data


def _bounded(file: BinaryIO | lzma.LZMAFile, limit: int) -> bytes:
    """All bytes, or more than `limit`: in pieces, as to ask for many takes memory for them all."""
    data = bytearray()
    while len(data) <= limit and (piece := file.read(_PIECE)):
        data += piece
    return bytes(data)


def _walk(data: bytes, count: int, label: str) -> tuple[list[int], int]:
    """Where each game begins, in u16 numbers, and the end; and how many moves there are."""
    begins, at, moves, end = [], _HEAD.size, 0, len(data)
    for number in range(count):
        begins.append(at // 2)
        if at + _GAME.size > end:
            raise RecordError(f"{label}: ends in the head of game {number + 1:,} of {count:,}")
        _, result, how, _, _, _, _, setup, zero, played = _GAME.unpack_from(data, at)
        for what, value, most in (("result", result, 2), ("how", how, 3), ("zero", zero, 0)):
            if value > most:
                where = f"{label}: byte {at:,}: game {number + 1:,}"
                raise RecordError(f"{where}: {what} is {value}; expected at most {most}")
        at += _GAME.size + 2 * (setup + played)
        moves += played
        if at > end:
            raise RecordError(f"{label}: ends in the moves of game {number + 1:,} of {count:,}")
    if at != end:
        raise RecordError(f"{label}: {end - at:,} bytes after the last of its {count:,} games")
    begins.append(at // 2)
    return begins, moves


def _check_words(games: PackedGames) -> None:
    """RecordError for a point off the board, bits that are to be zero, or a setup that passes."""
    import numpy as np

    words, begins = games.words, games.begins[:-1]
    wrong = ((words & _POINT) > _PASS_WORD) | ((words & _UNUSED) != 0)
    wrong[: _HEAD.size // 2] = False
    for place in range(_GAME.size // 2):
        wrong[begins + place] = False
    for begin in begins[(words[begins + 4] & 0xFF) != 0].tolist():
        setup = slice(begin + 6, begin + 6 + (int(words[begin + 4]) & 0xFF))
        wrong[setup] |= (words[setup] & _POINT) == _PASS_WORD
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        game = int(np.searchsorted(games.begins, at, side="right"))
        word = int(words[at])
        raise RecordError(
            f"{games.label}: byte {2 * at:,}: game {game:,} has 0x{word:04x}; expected a point"
            " 0 to 360 or 361, a pass, with bit 15 for White"
        )


def write_packed(path: str | os.PathLike[str], games: Iterable[PackedGame]) -> None:
    """Write games; packed with xz where the name ends in .xz. The file appears whole or not at all.

    Raises RecordError for a game that the format cannot hold, InputError where the file cannot be
    written.
    """
    pieces, moves = [], 0
    for number, game in enumerate(games, 1):
        pieces.append(pack(game, number))
        moves += len(game.moves)
    data = head_of(len(pieces), moves) + b"".join(pieces)
    write_atomic(path, lzma.compress(data) if os.fspath(path).endswith(".xz") else data)


def head_of(games: int, moves: int) -> bytes:
    """The first bytes of a file."""
    return _HEAD.pack(_MAGIC, games, moves)


def pack(game: PackedGame, number: int) -> bytes:
    """A game's bytes; RecordError, naming game `number`, for what the format has no place for."""
    komi = 0 if game.komi is None else round(2 * game.komi)
    words = [_word(move, number) for move in (*game.setup, *game.moves)]
    if game.komi is not None and (komi != 2 * game.komi or komi == 0):
        raise RecordError(
            f"game {number:,}: komi {game.komi:g}: expected 0.5, 1 ... 127.5, or none"
        )
    if any(move.point == PASS for move in game.setup):
        raise RecordError(f"game {number:,}: a pass among the setup stones")
    if game.result >= _RESULTS or game.how >= _HOWS:
        raise RecordError(
            f"game {number:,}: result {game.result}, how {game.how}: not in the table"
        )
    try:
        head = _GAME.pack(
            game.source, game.result, game.how, komi, game.year, game.black_rank, game.white_rank,
            len(game.setup), 0, len(game.moves),
        )  # fmt: skip
    except struct.error as problem:
        raise RecordError(f"game {number:,}: does not fit the format: {problem}") from None
    return head + struct.pack(f"<{len(words)}H", *words)


def _word(move: Move, number: int) -> int:
    if move.colour not in (BLACK, WHITE) or not PASS <= move.point < SIZE * SIZE:
        raise RecordError(f"game {number:,}: {tuple(move)} is no move on {SIZE} lines")
    point = _PASS_WORD if move.point == PASS else move.point
    return point | (_IS_WHITE if move.colour == WHITE else 0)
