"""How fast this machine computes: layers by engine, matrix products, memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median

import numpy as np

from ..engines import Settings
from ..errors import EngineError
from ..network import Network
from ..weights import Weights
from .device import ITEM
from .engine_speed import EngineSpeed, Rate
from .probes import FEW, LAUNCHES, PASSES, PROBES, Probe, launches, passes, passes_inside
from .work import work_of

__all__ = [
    "answering",
    "gemm_flops_per_s",
    "memory_bytes_per_s",
    "seconds_more",
    "seconds_of",
    "training",
]

_SEED = 0
Runs = Callable[[], object]


def seconds_of(run: Runs, budget: float) -> float:
    """The median of as many runs as fit into `budget` seconds; two at the least, and one before."""
    run()
    taken: list[float] = []
    while len(taken) < 2 or (sum(taken) < budget and len(taken) < 200):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return median(taken)


def seconds_more(run: Runs, without: Runs, budget: float) -> float:
    """How much longer `run` takes than `without`: the median of differences, each in turn.

    At the least a tenth of what `run` takes: a smaller difference could not be told from noise.
    """
    run(), without()
    whole: list[float] = []
    more: list[float] = []
    spent = 0.0
    while len(more) < 2 or (spent < budget and len(more) < 200):
        started = time.perf_counter()
        run()
        between = time.perf_counter()
        without()
        ended = time.perf_counter()
        whole.append(between - started)
        more.append(2 * between - started - ended)
        spent += ended - started
    return max(median(more), 0.1 * median(whole))


def answering(engine: str, threads: int, budget: float) -> Iterator[str | EngineSpeed]:
    """What is being measured, step by step; last of all the engine's speed.

    Nothing comes where the engine is not installed. budget: seconds for every layer.
    """
    settings = Settings("f32", threads)
    rates = []
    try:
        for probe in PROBES if engine == "openvino" else FEW:
            yield f"{engine}: {_words(probe)}"
            make = partial(_answer, engine, batch=probe.batch, settings=settings)
            seconds = _difference(make, probe.inside(), budget)
            rates.append(_rate(probe, seconds, training=False))
        yield f"{engine}: memory, starting"
        make = partial(_answer, engine, batch=PASSES, settings=settings)
        moved = _difference(make, passes_inside(), budget)
        started = seconds_of(_answer(engine, launches(), 1, settings), budget) / LAUNCHES
    except EngineError:
        return
    yield EngineSpeed(engine, "f32", False, tuple(rates), _moved(False) / moved, started)


def _difference(
    make: Callable[[Network], Runs], networks: tuple[Network, Network | None], budget: float
) -> float:
    """Seconds that the first network takes more than the second, where there is one."""
    whole, without = networks
    if without is None:
        return seconds_of(make(whole), budget)
    return seconds_more(make(whole), make(without), budget)


def _answer(engine: str, network: Network, batch: int, settings: Settings) -> Runs:
    generator = np.random.default_rng(_SEED)
    from ..runner import Runner

    runner = Runner(network, Weights.initial(network, generator), engine=engine, settings=settings)
    shape = network.input
    size = (batch, shape.channels, shape.height, shape.width)
    images = generator.random(size, np.float32)
    return lambda: runner.run(images)


def training(device: str, threads: int, budget: float) -> Iterator[str | EngineSpeed]:
    """The same for a step of training, with torch on "cpu" or "cuda".

    Nothing comes where torch is not installed.
    """
    try:
        import torch
    except ImportError:
        return
    from ..train.allocator import keep_memory

    name = "torch" if device == "cpu" else "torch on GPU"
    keep_memory()
    if threads:
        torch.set_num_threads(threads)
    rates = []
    for probe in PROBES:
        yield f"{name}, training: {_words(probe)}"
        whole, without = probe.inside()
        # A first layer alone is as in a network: nothing comes before it, no gradient goes on.
        pair = (whole, without) if without else (probe.network(), None)
        seconds = _difference(partial(_learn, batch=probe.batch, device=device), pair, budget)
        rates.append(_rate(probe, seconds, training=True))
    yield f"{name}, training: memory, starting"
    moved = _difference(partial(_learn, batch=PASSES, device=device), passes_inside(), budget)
    started = seconds_of(_learn(launches(), 1, device), budget) / LAUNCHES
    yield EngineSpeed(name, "f32", True, tuple(rates), _moved(True) / moved, started)


def _learn(network: Network, batch: int, device: str) -> Runs:
    """A network's forward and backward pass, as a trainer runs them.

    What is no image (of 3 channels) has a gradient, as in the middle of a network.
    """
    import torch

    from ..interp.training import TrainingNetwork

    generator = np.random.default_rng(_SEED)
    weights = Weights.initial(network, generator)
    module = TrainingNetwork(network, weights, network.nodes[-1].index).to(device).train()
    shape = network.input
    size = (batch, shape.channels, shape.height, shape.width)
    images = torch.from_numpy(generator.random(size, np.float32)).to(
        device, memory_format=torch.channels_last
    )
    images.requires_grad_(shape.channels != 3)

    def run() -> None:
        images.grad = None
        for parameter in module.parameters():
            parameter.grad = None
        module(images)[0].sum().backward()
        if device != "cpu":
            torch.cuda.synchronize()

    return run


def _rate(probe: Probe, seconds: float, *, training: bool) -> Rate:
    work = probe.work()
    flops = probe.flops(training) * probe.batch
    return Rate(work.kind, probe.channels, probe.filters, work.pixels, flops / seconds)


def _moved(training: bool) -> float:
    """Bytes that `passes` moves."""
    (layer,) = work_of(passes(), folded=True)
    values = sum(operation.values for operation in layer.operations(training))
    return values * PASSES * ITEM["f32"]


def _words(probe: Probe) -> str:
    if not probe.size:
        return f"{probe.channels} to {probe.filters}"
    return f"{probe.size}x{probe.size}, {probe.channels} to {probe.filters}, {probe.side} pixels"


def gemm_flops_per_s(budget: float, side: int = 1024) -> float:
    """FLOP/s of numpy's matrix product."""
    generator = np.random.default_rng(_SEED)
    left, right = (generator.random((side, side), np.float32) for _ in range(2))
    return 2 * side**3 / seconds_of(lambda: left @ right, budget)


def memory_bytes_per_s(budget: float, threads: int, size: int = 64 * 2**20) -> float:
    """Bytes read and written a second, every thread copying arrays of its own."""
    pairs = [(np.zeros(size // 8), np.ones(size // 8)) for _ in range(max(1, threads))]

    def copy_all() -> None:
        workers = [threading.Thread(target=np.copyto, args=pair) for pair in pairs]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    return 2 * size * len(pairs) / seconds_of(copy_all, budget)
