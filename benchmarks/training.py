"""Training tiny.cfg at batch 32, photographs and all: images a second, against a plain torch loop.

    python benchmarks/training.py [--rounds 8] [--threads 2] [--compile]

The plain loop is what one would write by hand: the same layers as torch.nn modules, float32,
contiguous, SGD, and a DataLoader whose two workers open photographs with Pillow, turn, crop, mirror
and change colours as the cfg says. Ours is `darknet classifier train` without its files. Each
takes six steps in its turn, so that what was prepared in the turns of others is soon used up.

Aims: 3 times the plain loop where the processor has bf16, 1.3 times in f32; and the pipeline alone
faster than the step alone.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageEnhance
from torch import nn
from torch.utils.data import DataLoader, Dataset

from darknet.cfg import Cfg
from darknet.labelled import read_labelled
from darknet.layers import Convolutional, Maxpool
from darknet.names import load_names
from darknet.network import Network
from darknet.train.augment import Augmentation
from darknet.train.loader import Batch, Loader
from darknet.train.photographs import Photographs
from darknet.train.plan import Plan
from darknet.train.trainer import Trainer
from darknet.weights import Weights
from measure import SHARED, medians, report

CFG = Path(__file__).parent.parent / "cfg" / "tiny.cfg"
BATCH, SIDE, FOREVER = 32, 224, 1_000_000
STEPS = 6  # of each in its turn


class Plain(Dataset[Any]):
    """Photographs as a plain script would make them."""

    def __init__(self, photographs: list[tuple[str, int]]) -> None:
        self._photographs = photographs

    def __len__(self) -> int:
        return FOREVER

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        path, label = self._photographs[index % len(self._photographs)]
        generator = np.random.default_rng(index)
        image = Image.open(path).convert("RGB")
        side = int(generator.integers(128, 449))
        scale = side / min(image.size)
        image = image.rotate(float(generator.uniform(-7, 7)), Image.Resampling.BILINEAR)
        image = image.resize(
            (max(SIDE, round(image.width * scale)), max(SIDE, round(image.height * scale))),
            Image.Resampling.BILINEAR,
        )
        left = int(generator.integers(0, image.width - SIDE + 1))
        top = int(generator.integers(0, image.height - SIDE + 1))
        image = image.crop((left, top, left + SIDE, top + SIDE))
        if generator.random() < 0.5:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        image = ImageEnhance.Brightness(image).enhance(float(generator.uniform(0.57, 1.75)))
        image = ImageEnhance.Color(image).enhance(float(generator.uniform(0.57, 1.75)))
        return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255, label


def plain_loop(network: Network, photographs: list[tuple[str, int]]) -> Callable[[], object]:
    """One step of the plain loop."""
    modules: list[nn.Module] = []
    for node in network.nodes:
        if isinstance(node.layer, Convolutional):
            layer, channels = node.layer, node.inputs[0].channels
            own = layer.batch_normalize
            modules.append(
                nn.Conv2d(channels, layer.filters, layer.size, padding=layer.border, bias=not own)
            )
            modules += [nn.BatchNorm2d(layer.filters)] * own + [nn.LeakyReLU(0.1)] * (
                layer.activation == "leaky"
            )
        elif isinstance(node.layer, Maxpool):
            modules.append(nn.MaxPool2d(2, 2))
    model = nn.Sequential(*modules, nn.AdaptiveAvgPool2d(1), nn.Flatten()).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    batches = iter(DataLoader(Plain(photographs), BATCH, num_workers=2))

    def step() -> object:
        images, labels = next(batches)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return float(loss.detach())

    return step


class Same:
    """One batch for ever: the step alone."""

    waited = 0.0

    def __init__(self, batch: Batch) -> None:
        self._batch = batch

    def __iter__(self) -> Iterator[Batch]:
        return itertools.repeat(self._batch)

    def close(self) -> None:
        """There is nothing to close."""


def repeated(step: Callable[[], object]) -> Callable[[], object]:
    """Several steps as one subject."""

    def steps() -> None:
        for _ in range(STEPS):
            step()

    return steps


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true", help="also with torch.compile")
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder = given.shared / "data" / "imagenet500"
    if not folder.is_dir():
        raise SystemExit(f"{folder} is not there: this benchmark needs photographs (--shared DIR)")
    torch.set_num_threads(given.threads)
    cfg = Cfg.read(CFG).with_option(0, "batch", BATCH).with_option(0, "subdivisions", 1)
    network = Network.build(cfg)
    labelled = read_labelled(folder, load_names("imagenet"))
    photographs = Photographs(labelled, cache_bytes=0)

    def batches() -> Loader:
        return Loader(
            photographs,
            Augmentation.of(network.net),
            batch=BATCH,
            seed=0,
            last=FOREVER,
            threads=given.threads,
        )

    def trainer(**options: bool) -> Trainer:
        plan = Plan(network=network, photographs=len(labelled), **options)  # type: ignore[arg-type]
        return Trainer(plan, Weights.initial(network, np.random.default_rng(0)))

    loaders = [batches()]
    one = next(iter(batches()))
    whole = iter(trainer().run(loaders[0]))
    alone = iter(trainer().run(Same(one)))
    pipeline = iter(batches())
    plain = [(one.path, one.index) for one in labelled.photographs]
    subjects: dict[str, Callable[[], object]] = {
        "plain torch loop, f32": plain_loop(network, plain),
        "ours, f32": lambda: next(whole),
        "ours, f32, the step alone": lambda: next(alone),
        "ours, the pipeline alone": lambda: next(pipeline),
    }
    if torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported():
        low = iter(trainer(bf16=True).run(batches()))
        subjects["ours, bf16"] = lambda: next(low)
    if given.compile:
        compiled = iter(trainer(compiled=True).run(batches()))
        subjects["ours, f32, compiled"] = lambda: next(compiled)
    found = medians({name: repeated(step) for name, step in subjects.items()}, given.rounds)
    base = found["plain torch loop, f32"]
    report(
        [
            {
                "subject": name,
                "images/s": 1e3 * BATCH * STEPS / value,
                "times the plain loop": base / value,
            }
            for name, value in found.items()
        ],
        given.json,
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
