"""How long a network takes on this machine: networks in turn, many rounds, medians.

Turns matter: a machine's speed drifts with its temperature and its other work, and then it drifts
for all networks alike. Random weights will do: arithmetic on ordinary numbers takes the same time
whatever they are. (Weights that make values too small for float32, denormals, can be slower.)
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np

from .engines import DEFAULT, Settings
from .errors import InputError
from .network import Network
from .runner import Runner
from .weights import Array, Weights

__all__ = ["WARM_UP", "Run", "Timing", "milliseconds", "runs", "timings"]

WARM_UP = 3
"""Rounds before those that count: caches are filled, the processor's clock rises."""
_TOGETHER = 2**29  # bytes of weights ready at the same time (an engine takes four times that)


@dataclass(frozen=True, slots=True)
class Run:
    """One timed run of the network `name`: `milliseconds` for its whole batch.

    `counts` is False while the machine warms up; `engine` says what ran it.
    """

    name: str
    milliseconds: float
    counts: bool
    engine: str


@dataclass(frozen=True, slots=True)
class Timing:
    """What many runs took: milliseconds for a batch of `batch` inputs.

    `engine` is its name, version, precision and threads.
    """

    median: float
    fastest: float
    rounds: int
    batch: int
    engine: str


def milliseconds(
    network: Network,
    weights: Weights | None = None,
    *,
    engine: str = DEFAULT,
    settings: Settings | None = None,
    batch: int = 1,
    rounds: int = 20,
) -> Timing:
    """How long one network takes for a batch of random inputs; random weights where none are given.

    Raises InputError for a batch or number of rounds below 1, EngineError when the engine cannot.
    """
    given = {"": (network, weights)}
    return timings(_all_runs(given, engine, settings, batch, rounds), batch)[""]


def runs(
    networks: Mapping[str, Network],
    *,
    engine: str = DEFAULT,
    settings: Settings | None = None,
    batch: int = 1,
    rounds: int = 20,
) -> Iterator[Run]:
    """Every run as it is done: (WARM_UP + rounds) of each network, which take turns.

    Networks whose weights have more than 512 MiB together take turns in groups that have not.
    """
    given = {name: (network, None) for name, network in networks.items()}
    return _all_runs(given, engine, settings, batch, rounds)


def timings(done: Iterable[Run], batch: int = 1) -> dict[str, Timing]:
    """Medians, by network, of the runs that count."""
    found: dict[str, list[Run]] = defaultdict(list)
    for run in done:
        if run.counts:
            found[run.name].append(run)
    return {name: _timing(same, batch) for name, same in found.items()}


def _timing(same: list[Run], batch: int) -> Timing:
    taken = [run.milliseconds for run in same]
    return Timing(median(taken), min(taken), len(taken), batch, same[0].engine)


_Subjects = Mapping[str, tuple[Network, Weights | None]]


def _all_runs(
    subjects: _Subjects, engine: str, settings: Settings | None, batch: int, rounds: int
) -> Iterator[Run]:
    for what, value in (("batch", batch), ("rounds", rounds)):
        if value < 1:
            raise InputError(f"{what}={value}: expected at least 1")
    for group in _groups(subjects):
        ready = {
            name: _ready(network, weights, engine, settings, batch)
            for name, (network, weights) in group.items()
        }
        for number in range(WARM_UP + rounds):
            for name, (runner, image) in ready.items():
                start = time.perf_counter()
                runner.run(image)
                taken = 1e3 * (time.perf_counter() - start)
                yield Run(name, taken, number >= WARM_UP, runner.describe())


def _groups(subjects: _Subjects) -> list[_Subjects]:
    """In their order, as many together as fit."""
    groups: list[dict[str, tuple[Network, Weights | None]]] = []
    room = 0
    for name, subject in subjects.items():
        room -= subject[0].weights_bytes
        if not groups or room < 0:
            groups.append({})
            room = _TOGETHER - subject[0].weights_bytes
        groups[-1][name] = subject
    return list(groups)


def _ready(
    network: Network, weights: Weights | None, engine: str, settings: Settings | None, batch: int
) -> tuple[Runner, Array]:
    """A runner whose engine is open, and a batch for it."""
    generator = np.random.default_rng(0)
    if weights is None:
        weights = Weights.initial(network, generator)
    runner = Runner(network, weights, engine=engine, settings=settings)
    shape = network.input
    runner.engine(batch, shape.height, shape.width)
    size = (batch, shape.channels, shape.height, shape.width)
    return runner, generator.random(size, np.float32)
