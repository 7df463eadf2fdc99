"""What a network learns Go from: packed games, game records, or positions without games.

Whatever a path holds (`darknet.go.sources`), some of it is held out: it is validated with, and
never learned from.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..errors import RecordError
from ..go.classic import POINTS, read_classic
from ..go.collection import Collector
from ..go.examples import BYTES
from ..go.faults import faults
from ..go.loose import LooseMixer, loose_examples
from ..go.mixing import SHELF, Mixed, Mixer
from ..go.packed import PackedGames, read_packed
from ..go.shares import shares_of
from ..go.sources import is_classic, is_packed
from ..go.valid_data import ClassicAsGames, Games, PackedAsGames
from .options import GoOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Material", "Mixes", "material"]

_NEVER = 2.0  # the share of a game that is neither learned from nor validated with


class Mixes(Protocol):
    """What batches come from."""

    count: int

    def batch(self, number: int, size: int, share: slice | None = None) -> Mixed:
        """Batch `number` of batches of `size`; of it the part `share`, or all."""
        ...

    def close(self) -> None:
        """Stop what works ahead."""
        ...


@dataclass(frozen=True, eq=False)
class Material:
    """`learned` and `held_out` of games (or, where `unit` says so, records).

    valid: what is held out are those with a share below `GoOptions.held_out`. held_out_positions:
    theirs. left_out: why some are neither. checksum: of what was read. expected_bytes: what mixing
    takes.
    """

    mixer: Mixes
    valid: Games
    unit: str
    learned: int
    held_out: int
    held_out_positions: int
    left_out: Sequence[str]
    checksum: int
    expected_bytes: int


def material(path: str | os.PathLike[str], go: GoOptions, seed: int) -> Material:
    """What `path` holds; RecordError for what cannot be read, or where nothing is left to learn."""
    if is_packed(path):
        return _of_packed(read_packed(path), go, seed)
    if not os.path.isdir(path) and is_classic(path):
        return _of_records(path, go, seed)
    collector = Collector([os.fspath(path)])
    for _ in collector.run():
        pass
    found = collector.result()
    shares = np.full(len(found.games), _NEVER)
    shares[found.numbers] = found.shares[found.numbers]
    return _of_games(found.games, shares, found.left_out, go, seed)


def _of_packed(games: PackedGames, go: GoOptions, seed: int) -> Material:
    """Replayed once, seconds for a hundred thousand: an illegal move would end the run midway."""
    shares = shares_of(games)
    wrong = list(faults(games, np.arange(len(games))))
    shares[[number for number, _ in wrong]] = _NEVER
    left_out = [f"{games.label}: game {number + 1:,}: {why}" for number, why in wrong]
    return _of_games(games, shares, left_out, go, seed)


def _of_games(
    games: PackedGames,
    shares: NDArray[np.float64],
    left_out: Sequence[str],
    go: GoOptions,
    seed: int,
) -> Material:
    is_held_out = shares < go.held_out / 100
    numbers = np.flatnonzero(~is_held_out & (shares < _NEVER))
    if not len(numbers):
        what = "all games are held out" if is_held_out.any() else "no game that is of use"
        raise RecordError(f"{games.label}: {what}")
    valid = PackedAsGames(games, shares.tolist())
    moves = np.asarray(valid.moves, np.int64)
    return Material(
        mixer=Mixer(games, numbers, seed=seed, handicap=go.handicap, forgotten=go.forgotten),
        valid=valid,
        unit="games",
        learned=len(numbers),
        held_out=int(is_held_out.sum()),
        held_out_positions=int(moves[is_held_out].sum()),
        left_out=left_out,
        checksum=zlib.crc32(games.words.tobytes()),
        # the games, and three shelves of positions, of which one is being shuffled
        expected_bytes=games.words.nbytes + 5 * BYTES * int(np.sort(moves)[-SHELF:].sum()),
    )


def _of_records(path: str | os.PathLike[str], go: GoOptions, seed: int) -> Material:
    """DarkGo's records: neighbours are of one game, so the last ones of the file are held out."""
    samples = read_classic(path)
    valid = ClassicAsGames(samples, os.fspath(path))
    held_out = sum(valid.share(number) < go.held_out / 100 for number in range(len(samples)))
    learned = len(samples) - held_out
    for number in range(learned, len(samples)):  # now, not when a run is to be judged
        list(valid.positions(number, (0,)))
    found = loose_examples(samples.first(learned))
    return Material(
        mixer=LooseMixer(found, valid.label, seed=seed),
        valid=valid,
        unit="records",
        learned=learned,
        held_out=held_out,
        held_out_positions=held_out,
        left_out=(),
        checksum=zlib.crc32(samples.moves.data, zlib.crc32(samples.positions.data)),
        expected_bytes=BYTES * learned + (POINTS + 2) * len(samples),
    )
