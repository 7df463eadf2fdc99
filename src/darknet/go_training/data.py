"""Games of Go as the data of a run."""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from ..cfg import Cfg
from ..engines import DEFAULT
from ..errors import InputError, RecordError
from ..go.examples import BYTES
from ..go.heads import heads_for
from ..go.mixing import FORGOTTEN, HANDICAP, SHELF, Mixed, Mixer
from ..go.packed import read_packed
from ..go.planes import planes_for
from ..go.policy import Policy
from ..go.shares import shares_of
from ..go.valid import GoValidator
from ..go.valid_data import PackedAsGames
from ..network import Network
from ..runner import Runner
from ..train.data import Inputs, Validated
from ..train.kept import Kept
from ..train.losses import VALUE
from ..train.parallel import Process
from ..train.plan import Plan, with_length
from ..train.run_options import Options
from ..weights import Weights
from .views import Viewer

__all__ = ["HELD_OUT", "GoBatch", "GoBatches", "GoData", "GoOptions"]

HELD_OUT = 0.4
"""Per cent of the games that are never learned from."""
VALID_COUNT = 2_000
SIZE = 19
TOP = 5


@dataclass(frozen=True, kw_only=True)
class GoOptions:
    """What of the games is learned from, and how it is judged.

    held_out: per cent of the games, by what was played in them (`go.split`), that are validated
    with and never learned from. handicap: how often, 0..1, a game with setup stones is in an
    epoch. forgotten: the share of positions that are shown without the moves before. valid_count:
    positions to validate with.
    """

    held_out: float = HELD_OUT
    handicap: float = HANDICAP
    forgotten: float = FORGOTTEN
    valid_count: int = VALID_COUNT


@dataclass(frozen=True, eq=False)
class GoBatch:
    """One process's share of batch `number`, whose planes are made on the device."""

    number: int
    mixed: Mixed
    viewer: Viewer

    def on(self, device: torch.device) -> Inputs:
        """Planes, the moves that were played, and whether who moved won the game."""
        images, moves = self.viewer(self.mixed)
        won = torch.from_numpy(self.mixed.examples.won).to(device).float()
        chances = torch.where(won == 0, torch.nan, (won + 1) / 2)
        return Inputs(images, moves, {VALUE: chances})


class GoBatches:
    """Batches from `first` on, one made ahead."""

    def __init__(self, mixer: Mixer, viewer: Viewer, plan: Plan, process: Process, first: int):
        self.waited = 0.0
        self._mixer, self._viewer = mixer, viewer
        self._numbers = range(first, plan.net.max_batches)
        own = plan.net.batch
        share = slice(process.rank * own, (process.rank + 1) * own)
        self._make = partial(mixer.batch, size=own * process.world, share=share)
        self._pool = ThreadPoolExecutor(1, "positions")

    def __iter__(self) -> Iterator[GoBatch]:
        coming = None
        for number in self._numbers:
            found = self._pool.submit(self._make, number) if coming is None else coming
            coming = None
            if number + 1 in self._numbers:
                coming = self._pool.submit(self._make, number + 1)
            started = time.perf_counter()
            mixed = found.result()
            self.waited += time.perf_counter() - started
            yield GoBatch(number, mixed, self._viewer)

    def close(self) -> None:
        """Stop the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._mixer.close()


class GoData:
    """The packed games that `options.data` names.

    Raises InputError for a network that takes or answers something else than Go's, RecordError
    for what cannot be read.
    """

    unit = "positions"

    def __init__(self, options: Options, go: GoOptions, process: Process) -> None:
        self._go, self._seed = go, options.seed
        cfg = options.read_cfg()
        network = Network.build(cfg)
        self._planes = planes_for(network)
        if network.input.width != SIZE:
            raise InputError(
                f"{cfg.label}: takes boards of {network.input.width} lines; packed games are of 19"
            )
        heads_for(network, SIZE)
        self._games = read_packed(options.data)
        shares = shares_of(self._games)
        is_held_out = shares < go.held_out / 100
        self._valid = PackedAsGames(self._games, shares.tolist())
        numbers = np.flatnonzero(~is_held_out)
        if not len(numbers):
            raise RecordError(f"{options.data}: all games are held out")
        self._numbers = numbers
        self._held_out = int(is_held_out.sum())
        self._mixer = self._make_mixer()
        self._cfg = with_length(cfg, network, self.count, process.world, options.wants_epochs)

    def _make_mixer(self) -> Mixer:
        go = self._go
        return Mixer(
            self._games,
            self._numbers,
            seed=self._seed,
            handicap=go.handicap,
            forgotten=go.forgotten,
        )

    @property
    def cfg(self) -> Cfg:
        """The network's, with the batches that its epochs take."""
        return self._cfg

    @property
    def count(self) -> int:
        """Positions of an epoch."""
        return self._mixer.count

    @property
    def fingerprint(self) -> str:
        """Of the file, and of what is learned from it."""
        go = self._go
        return (
            f"{zlib.crc32(self._games.words.tobytes()):08x} held_out={go.held_out:g}"
            f" handicap={go.handicap:g} forgotten={go.forgotten:g}"
        )

    @property
    def held_out(self) -> int:
        """Positions of the games that are kept from training."""
        moves: Sequence[int] = self._valid.moves
        learned = sum(moves[number] for number in self._numbers.tolist())
        return sum(moves) - learned

    @property
    def expected_bytes(self) -> int:
        """Of the games, and of three shelves of positions of which one is being shuffled."""
        longest: int = sum(sorted(self._valid.moves)[-SHELF:])
        return self._games.words.nbytes + 5 * BYTES * longest

    @property
    def validates(self) -> bool:
        """Whether games are held out."""
        return self._held_out > 0 and self._go.valid_count > 0

    def notes(self) -> Iterator[str]:
        """What is learned from, and what is not."""
        share = f"{self._go.held_out:g}"
        if self._held_out:
            yield (
                f"{len(self._numbers):,} games to learn from, {self._held_out:,} held out to"
                f" validate with ({share} % by what was played, as darknet go valid --held-out"
                f" {share} takes)"
            )
        else:
            yield f"{len(self._numbers):,} games to learn from; nothing to validate with"

    def batches(self, plan: Plan, process: Process, first: int) -> GoBatches:
        """Each position in one of the board's eight views."""
        return GoBatches(self._mixer, Viewer(self._planes, process.device), plan, process, first)

    def validate(self, network: Network, weights: Weights, device: str) -> Validated:
        """As ``darknet go valid --held-out`` would, on fewer positions."""
        engine = "torch" if device == "cuda" else DEFAULT
        runner = Runner(network, weights, engine=engine)
        with closing(Policy(runner, os.path.basename(network.cfg.label))) as policy:
            validator = GoValidator(
                policy, self._valid, count=self._go.valid_count, held_out=self._go.held_out / 100
            )
            for _ in validator.run():
                pass
        found = validator.result().overall
        return Validated(found.top1, found.top5, SIZE**2 + 1)

    def write(self, kept: Kept) -> None:
        """The cfg; which games are held out is a function of the games."""
        kept.write_cfg(self._cfg, ())

    @property
    def lost(self) -> Sequence[str]:
        """None: games are checked as they are replayed, and an illegal one ends the run."""
        return ()
