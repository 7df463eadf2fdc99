"""A self test of training: one batch, learned by heart.

What can learn can learn one batch: where it cannot, gradients, losses or labels are wrong (A.
Karpathy, "A Recipe for Training Neural Networks"). Nothing is drawn: no augmentation, no dropout,
no decay.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..cfg import Cfg
from ..network import Network
from ..preprocess import prepare
from ..weights import Weights
from .loader import Batch, order
from .photographs import Photographs
from .plan import Plan, overridden
from .record import Step
from .run_options import Options
from .sources import Sources
from .trainer import Trainer

__all__ = ["Overfit", "drawn_batch", "first_batch", "overfit"]

STEPS = 300
SHARE = 0.1  # of the first loss that has to be left at the most
PICTURES = 16

DRAWN = """[net]
width=32
height=32
channels=3
batch=16

[convolutional]
batch_normalize=1
filters=16
size=3
pad=1
activation=leaky

[maxpool]
size=2
stride=2

[convolutional]
batch_normalize=1
filters=32
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


@dataclass(frozen=True)
class Overfit:
    """How one batch was learned: the losses before the first and after the last step."""

    cfg: str
    images: int
    steps: int
    first: float
    last: float

    @property
    def learned(self) -> bool:
        """Whether the loss fell as far as it has to."""
        return math.isfinite(self.last) and self.last < SHARE * self.first

    def to_dict(self) -> dict[str, Any]:
        """For JSON (docs/json.md)."""
        return {
            "cfg": self.cfg,
            "images": self.images,
            "steps": self.steps,
            "first_loss": self.first,
            "last_loss": self.last,
            "learned": self.learned,
        }

    def lines(self) -> list[str]:
        """For a terminal."""
        verdict = "learned by heart" if self.learned else "NOT learned"
        return [
            f"{self.cfg}: one batch of {self.images}, {verdict} in {self.steps} steps: loss "
            f"{self.first:.4f} -> {self.last:.4f}"
        ]


class _Same:
    """One batch, again and again."""

    waited = 0.0

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def __iter__(self) -> Iterator[Batch]:
        return (replace(self._batch, number=number) for number in range(STEPS))

    def close(self) -> None:
        """There is nothing to close."""


def drawn_batch() -> tuple[Network, Batch]:
    """A small network, and pictures of stripes: across, along, slanting, and none."""
    generator = np.random.default_rng(0)
    labels = np.arange(PICTURES, dtype=np.int64) % 4
    rows, columns = np.mgrid[0:32, 0:32]
    waves = [rows, columns, rows + columns, np.zeros_like(rows)]
    images = [
        0.5 + 0.4 * np.sin(waves[label] * generator.uniform(0.6, 1.2)) for label in labels.tolist()
    ]
    noise = generator.normal(0, 0.05, (PICTURES, 3, 32, 32))
    batch = np.clip(np.stack(images)[:, None] + noise, 0, 1).astype(np.float32)
    return Network.build(Cfg.parse(DRAWN, "stripes")), Batch(0, batch, labels)


def first_batch(options: Options) -> tuple[Network, Batch]:
    """The network of a run and its first photographs, brought to size as for an answer."""
    sources = Sources.read(options)
    network = Network.build(sources.cfg)
    photographs = Photographs(sources.train, network.input.channels, cache_bytes=0)
    chosen = order(options.seed, 0, len(photographs))[: network.net.batch]
    images = [
        prepare(photographs.pixels(index), network.input.width, network.input.height, "crop")
        for index in chosen.tolist()
    ]
    return network, Batch(0, np.stack(images), photographs.labels[chosen])


def overfit(network: Network, batch: Batch) -> Overfit:
    """Learn one batch by heart, in at most 300 steps of Adam."""
    text = re.sub(rb"(?m)^probability\s*=.*$", b"probability=0", network.cfg.to_bytes())
    options = {"adam": 0, "optimizer": "adam", "policy": "constant", "learning_rate": 0.003}
    options |= {"decay": 0, "burn_in": 0, "max_batches": STEPS, "mixup": 0, "ema_alpha": 0}
    options |= {"label_smooth_eps": 0, "batch": len(batch.images), "subdivisions": 1}
    cfg = overridden(Cfg.parse(text, network.cfg.label), options, {})
    still = Network.build(cfg, fork=network.fork)
    weights = Weights.initial(still, np.random.default_rng(0))
    trainer = Trainer(Plan(network=still, photographs=len(batch.images)), weights)
    steps: list[Step] = []
    for step in trainer.run(_Same(batch)):
        steps.append(step)
        if step.loss < SHARE * SHARE * steps[0].loss:
            break
    label = network.cfg.label
    return Overfit(label, len(batch.images), len(steps), steps[0].loss, steps[-1].loss)
