"""Positions for training a Go network: how many a second come out, without a network; then with it.

    python benchmarks/go_data.py [--rounds 7] [--threads 2]

Aim: over 300,000 positions a second on one core come out of packed games; and the loader alone is
far from being what a step of training waits for. A step is forward, back and update with a batch
of 256, in the arithmetic that `--precision auto` takes; its share is of what this machine does in a
convolution of 3 x 3 with 256 channels, forward and back, in that arithmetic.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median

import numpy as np
import torch

from darknet.cfg import Cfg
from darknet.go.examples import examples
from darknet.go.mixing import Mixer
from darknet.go.packed import PackedGames, read_packed
from darknet.go.planes import CLASSIC, STRONG, planes_for
from darknet.go.shares import shares_of
from darknet.go_training.data import GoBatch
from darknet.go_training.views import Viewer
from darknet.network import Network
from darknet.train.plan import Plan
from darknet.train.precision import pays
from darknet.train.trainer import Trainer
from darknet.weights import Weights
from measure import arguments, medians, report, shared_folder

CFG = Path(__file__).parent.parent / "cfg"
CPU = torch.device("cpu")
BATCH, WIDE = 256, 256
LEARNING = 3  # a step's operations: forward, and twice as many back


def loading(games: PackedGames, rounds: int) -> list[dict[str, object]]:
    """Every stage alone, on one core."""
    torch.set_num_threads(1)
    numbers = np.arange(len(games))
    every = examples(games)
    mixer = Mixer(games, numbers, shelf=len(games))
    batches = count()
    mixed = mixer.batch(0, BATCH)
    strong, classic = Viewer(STRONG, CPU), Viewer(CLASSIC, CPU)
    stages: dict[str, tuple[int, Callable[[], object]]] = {
        "replay, with liberties, history, ko": (len(every), lambda: examples(games)),
        "mix, from a shelf that is there": (BATCH, lambda: mixer.batch(next(batches), BATCH)),
        "sixteen planes in eight views": (BATCH, partial(strong, mixed)),
        "one plane in eight views": (BATCH, partial(classic, mixed)),
        "which are held out (positions)": (len(every), partial(shares_of, games)),
    }
    found = medians({name: stage for name, (_, stage) in stages.items()}, rounds)
    mixer.close()
    return [
        {"what": name, "positions/s": f"{1e3 * stages[name][0] / took:,.0f}", "ms": took}
        for name, took in found.items()
    ]


class Endless:
    """Batches, made when they are asked for."""

    def __init__(self, mixer: Mixer, viewer: Viewer) -> None:
        self.waited = 0.0
        self._mixer, self._viewer = mixer, viewer

    def __iter__(self) -> Iterator[GoBatch]:
        for number in count():
            start = time.perf_counter()
            mixed = self._mixer.batch(number, BATCH)
            self.waited += time.perf_counter() - start
            yield GoBatch(number, mixed, self._viewer)

    def close(self) -> None:
        """Stop the thread."""
        self._mixer.close()


def learning(games: PackedGames, path: Path, rounds: int, threads: int) -> dict[str, object]:
    """A step's positions a second, and its operations as a share of the machine's."""
    torch.set_num_threads(threads)
    cfg = Cfg.read(path).with_option(0, "batch", BATCH).with_option(0, "max_batches", 1_000_000)
    network, bf16 = Network.build(cfg), pays(CPU)
    plan = Plan(network=network, photographs=1, data="", seed=0, bf16=bf16)
    trainer = Trainer(plan, Weights.initial(network, np.random.default_rng(0)))
    mixer = Mixer(games, np.arange(len(games)), shelf=len(games))
    batches = Endless(mixer, Viewer(planes_for(network), CPU))
    steps = trainer.run(batches)
    times = []
    for _ in range(rounds + 3):
        start = time.perf_counter()
        next(steps)
        times.append(time.perf_counter() - start)
    batches.close()
    seconds = median(times[3:])
    done = LEARNING * network.flops * BATCH / seconds
    kind = "bf16" if bf16 else "f32"
    share = done / peak(torch.bfloat16 if bf16 else torch.float32, rounds)
    return {
        "what": f"a step of {path.name}, {threads} threads, {kind}: {done / 1e9:,.0f} GFLOP/s,"
        f" {share:.0%} of the machine's; {batches.waited / sum(times):.1%} for positions",
        "positions/s": f"{BATCH / seconds:,.0f}",
        "ms": 1e3 * seconds,
    }


def peak(kind: torch.dtype, rounds: int) -> float:
    """Operations a second of a convolution that suits a processor well, forward and back."""
    last = torch.channels_last
    images = torch.ones((32, WIDE, 19, 19), dtype=kind).contiguous(memory_format=last)
    filters = torch.ones((WIDE, WIDE, 3, 3), dtype=kind).contiguous(memory_format=last)
    images, filters = images.requires_grad_(), filters.requires_grad_()
    times = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        torch.nn.functional.conv2d(images, filters, padding=1).sum().backward()  # type: ignore[no-untyped-call]
        times.append(time.perf_counter() - start)
    return LEARNING * 2 * 32 * (19 * 19) * WIDE * WIDE * 9 / median(times[1:])


def main() -> None:
    """Print the table."""
    given: argparse.Namespace = arguments(__doc__ or "", rounds=7)
    games = read_packed(shared_folder(given) / "data" / "go" / "games_mini.bin.xz")
    rows = loading(games, given.rounds)
    rows += [
        learning(games, CFG / name, given.rounds, given.threads)
        for name in ("go.cfg", "go-classic.cfg")
    ]
    report(rows, given.json)


if __name__ == "__main__":
    main()
