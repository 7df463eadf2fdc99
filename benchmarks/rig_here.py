"""``python benchmarks/rig.py --here``: this machine predicted from its rig file, and measured.

Three networks, answering (OpenVINO, f32) and learning (torch, f32): the network alone, with the
same images again and again, and with photographs, decoded and brought to size as they come.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from darknet.cfg import Cfg
from darknet.engines import Settings
from darknet.labelled import read_labelled
from darknet.names import load_names
from darknet.network import Network
from darknet.rig import Box, Request, look_at, predict, read_box
from darknet.rig.measure import Measurement, rig_of, to_toml
from darknet.rig.measure_files import photograph
from darknet.runner import Runner
from darknet.tasks.classify import Classifier
from darknet.train.augment import Augmentation
from darknet.train.loader import Batch, Loader
from darknet.train.photographs import Photographs
from darknet.train.plan import Plan
from darknet.train.trainer import Trainer
from darknet.weights import Weights

CFG = Path(__file__).parent.parent / "cfg"
NETWORKS = {"tiny": 32, "darknet19": 16, "resnet18": 16}
"""And the photographs in a batch of training."""
AT_ONCE = 8  # photographs, in answering
PHOTOGRAPHS = 96
FOREVER = 1_000_000
Run = Callable[[], object]


def side_by_side(
    rig: str | None, seconds: float, rounds: int, threads: int
) -> list[dict[str, Any]]:
    """A row for every network and use, the network alone and with photographs."""
    box = read_box(rig) if rig else _measured(seconds, threads)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        _photographs(Path(folder))
        for name, batch in NETWORKS.items():
            cfg = Cfg.read(CFG / f"{name}.cfg").with_option(0, "batch", batch)
            network = Network.build(cfg.with_option(0, "subdivisions", 1))
            found += list(_answering(network, box, folder, rounds, threads))
            found += list(_learning(network, box, folder, rounds, threads))
    return found


def _measured(seconds: float, threads: int) -> Box:
    """The machine, as ``darknet rig measure`` finds it."""
    measurement = Measurement(".", seconds, threads)
    started = time.perf_counter()
    for _ in measurement.run():
        pass
    print(f"measured in {time.perf_counter() - started:.0f} s", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "here.toml"
        path.write_text(to_toml(rig_of(measurement.result()), "this machine"))
        return read_box(path)


def _photographs(folder: Path) -> None:
    """Photographs of two classes, each of them another picture."""
    names = load_names("imagenet")
    for number in range(PHOTOGRAPHS):
        place = folder / names[number % 2]
        place.mkdir(exist_ok=True)
        (place / f"{number}.jpg").write_bytes(photograph(number))


def _answering(
    network: Network, box: Box, folder: str, rounds: int, threads: int
) -> Iterator[dict[str, Any]]:
    weights = Weights.initial(network, np.random.default_rng(0))
    runner = Runner(network, weights, settings=Settings("f32", threads))
    shape = network.input
    size = (AT_ONCE, shape.channels, shape.height, shape.width)
    images = np.random.default_rng(0).random(size, np.float32)
    alone = _images_per_s(lambda: runner.run(images), AT_ONCE, rounds)
    names = [f"class {number}" for number in range(network.outputs[0].output.size)]
    classifier = Classifier(runner, names, "crop")
    paths = sorted(Path(folder).rglob("*.jpg"))
    sources = itertools.cycle([str(path) for path in paths])
    answers = classifier.stream(sources, AT_ONCE)
    whole = _images_per_s(lambda: list(itertools.islice(answers, AT_ONCE)), AT_ONCE, rounds)
    yield from _rows(network, box, folder, False, AT_ONCE, alone, whole)


def _learning(
    network: Network, box: Box, folder: str, rounds: int, threads: int
) -> Iterator[dict[str, Any]]:
    import torch

    from darknet.train.allocator import keep_memory

    keep_memory()
    torch.set_num_threads(threads or (box.measured.cores if box.measured else 1))
    batch = network.net.batch
    labelled = read_labelled(folder, load_names("imagenet"))
    photographs = Photographs(labelled, cache_bytes=0)
    with _loader(network, photographs, batch) as loader:
        same = next(iter(loader))
    alone = _images_per_s(_steps(network, _Same(same)), batch, rounds)
    loader = _loader(network, photographs, batch)
    whole = _images_per_s(_steps(network, loader), batch, rounds)
    loader.close()
    yield from _rows(network, box, folder, True, batch, alone, whole)


def _loader(network: Network, photographs: Photographs, batch: int) -> Loader:
    change = Augmentation.of(network.net)
    return Loader(photographs, change, batch=batch, seed=0, last=FOREVER)


class _Same:
    """One batch for ever."""

    waited = 0.0

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def __iter__(self) -> Iterator[Batch]:
        return itertools.repeat(self._batch)

    def close(self) -> None:
        """There is nothing to close."""


def _steps(network: Network, batches: Any) -> Run:
    plan = Plan(network=network, photographs=PHOTOGRAPHS)
    trainer = Trainer(plan, Weights.initial(network, np.random.default_rng(0)))
    steps = iter(trainer.run(batches))
    return lambda: next(steps)


def _images_per_s(run: Run, images: int, rounds: int) -> float:
    """By the median of the runs after two; more where they take less than 0.1 s."""
    taken: list[float] = []
    for _ in range(2):
        run()
    while len(taken) < rounds or (sum(taken) < 0.1 * rounds):
        started = time.perf_counter()
        run()
        taken.append(time.perf_counter() - started)
    return images / median(taken)


def _rows(
    network: Network, box: Box, folder: str, training: bool, batch: int, alone: float, whole: float
) -> Iterator[dict[str, Any]]:
    request = Request(
        network=network, box=box, photos=look_at(folder), training=training, batch=batch
    )
    found = predict(request)
    spread = found.compute.device.spread
    speed = found.compute.images_per_s
    yield _row(network, training, "the network alone", speed, spread, alone)
    total = found.images_per_s
    yield _row(network, training, "with photographs", total.likely, spread, whole)


def _row(
    network: Network, training: bool, what: str, predicted: float, spread: float, measured: float
) -> dict[str, Any]:
    off = predicted / measured - 1
    return {
        "network": Path(network.cfg.label).stem,
        "use": "training (torch)" if training else "inference (OpenVINO)",
        "what": what,
        "predicted": predicted,
        "from": predicted / spread,
        "to": predicted * spread,
        "measured": measured,
        "off by": f"{100 * off:+.0f} %",
        "within 25 %": "yes" if 0.75 <= predicted / measured <= 1.25 else "no",
    }
