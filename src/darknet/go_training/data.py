"""Games of Go as the data of a run."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import torch

from ..cfg import Cfg
from ..engines import DEFAULT
from ..errors import InputError
from ..go.heads import heads_for
from ..go.mixing import Mixed
from ..go.planes import planes_for
from ..go.policy import Policy
from ..go.valid import GoValidator
from ..network import Network
from ..runner import Runner
from ..train.data import Inputs, Validated
from ..train.kept import Kept
from ..train.losses import VALUE
from ..train.parallel import Process
from ..train.plan import Plan, with_length
from ..train.run_options import Options
from ..weights import Weights
from .material import Mixes, material
from .options import GoOptions
from .views import Viewer

__all__ = ["GoBatch", "GoBatches", "GoData"]

SIZE = 19
_SHOWN = 3  # of the games left out


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

    def __init__(self, mixer: Mixes, viewer: Viewer, plan: Plan, process: Process, first: int):
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
    """The games or records that `options.data` names.

    Raises InputError for a network that takes or answers something else than Go's, RecordError
    for what cannot be read.
    """

    unit = "positions"

    def __init__(self, options: Options, go: GoOptions, process: Process) -> None:
        self._go = go
        cfg = options.read_cfg()
        network = Network.build(cfg)
        self._planes = planes_for(network)
        if network.input.width != SIZE:
            raise InputError(
                f"{cfg.label}: takes boards of {network.input.width} lines; games to learn from"
                " are of 19"
            )
        heads_for(network, SIZE)
        self._material = material(options.data, go, options.seed)
        self._cfg = with_length(cfg, network, self.count, process.world, options.wants_epochs)

    @property
    def cfg(self) -> Cfg:
        """The network's, with the batches that its epochs take."""
        return self._cfg

    @property
    def count(self) -> int:
        """Positions of an epoch."""
        return self._material.mixer.count

    @property
    def fingerprint(self) -> str:
        """Of the file, and of what is learned from it."""
        go = self._go
        return (
            f"{self._material.checksum:08x} held_out={go.held_out:g}"
            f" handicap={go.handicap:g} forgotten={go.forgotten:g}"
        )

    @property
    def held_out(self) -> int:
        """Positions of the games that are kept from training."""
        return self._material.held_out_positions

    @property
    def expected_bytes(self) -> int:
        """What mixing takes."""
        return self._material.expected_bytes

    @property
    def validates(self) -> bool:
        """Whether games are held out."""
        return self._material.held_out > 0 and self._go.valid_count > 0

    def notes(self) -> Iterator[str]:
        """What is learned from, and what is not."""
        found, share = self._material, f"{self._go.held_out:g}"
        yield from found.left_out[:_SHOWN]
        if found.left_out:
            yield f"{len(found.left_out):,} of the games left out; darknet go data names them all"
        learned = f"{found.learned:,} {found.unit} to learn from"
        if not found.held_out:
            yield f"{learned}; nothing to validate with (--held-out PERCENT)"
            return
        same = "" if found.left_out else f", as darknet go valid --held-out {share} takes"
        yield (
            f"{learned}, {found.held_out:,} held out to validate with ({share} %"
            f"{' by what was played' if found.unit == 'games' else ', the last ones'}{same})"
        )

    def batches(self, plan: Plan, process: Process, first: int) -> GoBatches:
        """Each position in one of the board's eight views."""
        return GoBatches(
            self._material.mixer, Viewer(self._planes, process.device), plan, process, first
        )

    def validate(self, network: Network, weights: Weights, device: str) -> Validated:
        """As ``darknet go valid --held-out`` would, on fewer positions."""
        engine = "torch" if device == "cuda" else DEFAULT
        runner = Runner(network, weights, engine=engine)
        with closing(Policy(runner, os.path.basename(network.cfg.label))) as policy:
            validator = GoValidator(
                policy,
                self._material.valid,
                count=self._go.valid_count,
                held_out=self._go.held_out / 100,
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
        """None: games are replayed before the run, and bad ones left out."""
        return ()
