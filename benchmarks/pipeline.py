"""Photographs for training: how many a second come out of the loader, without a network.

    python benchmarks/pipeline.py [--rounds 7]

Aims, a core: over 15,000 of CIFAR-10's moved and mirrored; over 300 of ImageNet's at 224 x 224 as
cfg/tiny.cfg changes them. `CPU ms` is processor time for one photograph: it says what a core could
do, also where the machine is shared.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

from darknet.cfg import Cfg
from darknet.class_names import class_names
from darknet.labelled import read_labelled
from darknet.names import load_names
from darknet.network import Network
from darknet.train.augment import Augmentation
from darknet.train.loader import Loader
from darknet.train.photographs import Photographs
from measure import arguments, medians, report, shared_folder

CFG = Path(__file__).parent.parent / "cfg"
CIFAR = Augmentation(width=32, height=32, low=32, high=32, flip=True, translate=4)


class Subject:
    """Some batches, made by so many threads; `cpu` collects processor seconds a photograph."""

    def __init__(
        self, photographs: Photographs, augmentation: Augmentation, size: tuple[int, int]
    ) -> None:
        self._photographs, self._augmentation = photographs, augmentation
        self.batch, self.batches = size
        self.cpu: list[float] = []

    @property
    def count(self) -> int:
        """Photographs in one go."""
        return self.batch * self.batches

    def run(self, threads: int) -> None:
        """Make the batches, and drop them."""
        started = time.process_time()
        loader = Loader(
            self._photographs,
            self._augmentation,
            batch=self.batch,
            seed=0,
            last=self.batches,
            threads=threads,
        )
        for _ in loader:
            pass
        self.cpu.append((time.process_time() - started) / self.count)


def main() -> None:
    """Print the table."""
    given = arguments(__doc__ or "", rounds=7)
    data = shared_folder(given) / "data"
    archive = data / "cifar10" / "cifar10-jpeg.tar.xz"
    cifar = Photographs(read_labelled(archive, class_names(archive), "train").spread(10_000))
    folder = data / "imagenet500"
    imagenet = read_labelled(folder, load_names("imagenet"))
    tiny = Augmentation.of(Network.build(Cfg.read(CFG / "tiny.cfg")).net)
    darknet = Augmentation.of(Network.build(Cfg.read(CFG / "cifar.cfg")).net)
    kept = Photographs(imagenet)
    for photographs in (cifar, kept):
        for index in range(len(photographs)):
            photographs.pixels(index)
    subjects = {
        "CIFAR-10 in memory: translate=4, flip": Subject(cifar, CIFAR, (128, 80)),
        "CIFAR-10 in memory: cfg/cifar.cfg": Subject(cifar, darknet, (128, 20)),
        "ImageNet from JPEG: cfg/tiny.cfg": Subject(
            Photographs(imagenet, cache_bytes=0), tiny, (64, 4)
        ),
        "ImageNet in memory: cfg/tiny.cfg": Subject(kept, tiny, (64, 4)),
        "ImageNet in memory: no colours": Subject(
            kept, replace(tiny, hue=0, saturation=1, exposure=1), (64, 4)
        ),
    }
    runs: dict[str, Callable[[], object]] = {
        f"{name}|{threads}": partial(subject.run, threads)
        for name, subject in subjects.items()
        for threads in sorted({1, given.threads})
    }
    found = medians(runs, given.rounds)
    rows = []
    for key, milliseconds in found.items():
        name, threads = key.split("|")
        rate = 1e3 * subjects[name].count / milliseconds
        one = 1e3 * subjects[name].count / found[f"{name}|1"]
        rows.append(
            {
                "photographs": name,
                "threads": threads,
                "a second": round(rate),
                "of 1 thread": rate / one,
                "CPU ms": 1e3 * median(subjects[name].cpu),
            }
        )
    report(rows, given.json)


if __name__ == "__main__":
    main()
