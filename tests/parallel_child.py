"""One process of a training that `tests/test_parallel.py` starts, alone or under torchrun."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from darknet.cfg import Cfg
from darknet.network import Network
from darknet.train.loader import Batch
from darknet.train.parallel import Process, joined
from darknet.train.plan import Plan
from darknet.train.trainer import Trainer
from darknet.weights import Weights

WHOLE = 8  # photographs of all processes' batches together

CFG = """[net]
width=8
height=8
channels=3
batch={batch}
subdivisions={subdivisions}
learning_rate=0.1
decay=0.001
policy=poly
power=1
max_batches=40
rolling=0.2

[convolutional]
batch_normalize=1
filters=8
size=3
pad=1
activation=leaky

[maxpool]
size=2
stride=2

[convolutional]
batch_normalize=1
filters=8
size=3
pad=1
activation=leaky

[convolutional]
filters=4
size=1
activation=linear

[avgpool]

[softmax]
"""


class Share:
    """This process's share of batches that are the same for any number of processes."""

    waited = 0.0

    def __init__(self, process: Process, count: int) -> None:
        own = WHOLE // process.world
        self._share = slice(process.rank * own, (process.rank + 1) * own)
        self._count = count

    def __iter__(self) -> Iterator[Batch]:
        for number in range(self._count):
            generator = np.random.default_rng(number)
            labels = generator.integers(0, 4, WHOLE)
            images = generator.random((WHOLE, 3, 8, 8), np.float32) * 0.5
            for image, label in zip(images, labels, strict=True):
                image[:, :: 1 + label] += 0.5
            yield Batch(number, images[self._share], labels[self._share])

    def close(self) -> None:
        pass


def main() -> None:
    """batch, subdivisions, synchronized (0 or 1), the file to write.

    With batch=4!7 the last process, and no other, asks to stop after batch 7.
    """
    batch, subdivisions, synchronized, path = sys.argv[1:]
    batch, _, last = batch.partition("!")
    text = CFG.format(batch=batch, subdivisions=subdivisions)
    network = Network.build(Cfg.parse(text))
    with joined() as process:
        plan = Plan(network=network, photographs=100, synchronized=synchronized == "1")
        trainer = Trainer(plan, Weights.initial(network, np.random.default_rng(0)), process)
        losses = []
        for step in trainer.run(Share(process, 40)):
            losses.append(step.loss)
            if str(step.batch) == last and process.rank == process.world - 1:
                trainer.stop()
        if process.is_main:
            weights = trainer.weights()
            arrays = [
                {name: array.tolist() for name, array in layer.items()} for layer in weights.arrays
            ]
            found = {"losses": losses, "arrays": arrays, "seen": weights.header.seen}
            Path(path).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
