"""Training tiny.cfg at batch 32, photographs and all: images a second, against a plain torch loop.

    python benchmarks/training.py [--rounds 8] [--threads 2] [--compile]

The plain loop is what one would write by hand: the same layers as torch.nn modules, float32,
contiguous, SGD, and a DataLoader whose two workers open photographs with Pillow, turn, crop, mirror
and change colours as the cfg says. Ours is `darknet classifier train` without its files. Each is a
process of its own and takes six steps in its turn, so that what its threads prepared in the turns
of others is soon used up.

Aims: 3 times the plain loop where the processor has bf16, 1.3 times in f32; and the pipeline alone
faster than the step alone.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import subprocess
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
from darknet.train.allocator import keep_memory
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


def ours(network: Network, photographs: Photographs, kind: str) -> Callable[[], object]:
    """One step of ours: whole, of one batch for ever (alone), or photographs alone (pipeline)."""
    if kind != "returned":
        keep_memory()

    def batches() -> Loader:
        return Loader(
            photographs,
            Augmentation.of(network.net),
            batch=BATCH,
            seed=0,
            last=FOREVER,
            threads=torch.get_num_threads(),
        )

    if kind == "pipeline":
        made = iter(batches())
        return lambda: next(made)
    plan = Plan(
        network=network,
        photographs=len(photographs),
        bf16=kind == "bf16",
        compiled=kind == "compiled",
    )
    trainer = Trainer(plan, Weights.initial(network, np.random.default_rng(0)))
    source = Same(next(iter(batches()))) if kind == "alone" else batches()
    steps = iter(trainer.run(source))
    return lambda: next(steps)


SUBJECTS = {
    "plain": "plain torch loop, f32",
    "whole": "ours, f32",
    "alone": "ours, f32, the step alone",
    "pipeline": "ours, the pipeline alone",
    "returned": "ours, f32, memory given back to the system",
    "bf16": "ours, bf16",
    "compiled": "ours, f32, compiled",
}


def child(kind: str, folder: Path, threads: int) -> None:
    """A subject in a process of its own: six steps for every line on standard input."""
    torch.set_num_threads(threads)
    cfg = Cfg.read(CFG).with_option(0, "batch", BATCH).with_option(0, "subdivisions", 1)
    network = Network.build(cfg)
    labelled = read_labelled(folder, load_names("imagenet"))
    if kind == "plain":
        step = plain_loop(network, [(one.path, one.index) for one in labelled.photographs])
    else:
        step = ours(network, Photographs(labelled, cache_bytes=0), kind)
    for _ in sys.stdin:
        for _ in range(STEPS):
            step()
        print("done", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true", help="also with torch.compile")
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", choices=SUBJECTS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    folder = given.shared / "data" / "imagenet500"
    if not folder.is_dir():
        raise SystemExit(f"{folder} is not there: this benchmark needs photographs (--shared DIR)")
    if given.child:
        child(given.child, folder, given.threads)
        return
    kinds = ["plain", "whole", "alone", "pipeline", "returned"] + ["compiled"] * given.compile
    if torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported():
        kinds.append("bf16")
    with contextlib.ExitStack() as stack:
        subjects = {
            SUBJECTS[kind]: stack.enter_context(turns(kind, given.threads, given.shared))
            for kind in kinds
        }
        found = medians(subjects, given.rounds)
    base = found[SUBJECTS["plain"]]
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


@contextlib.contextmanager
def turns(kind: str, threads: int, shared: Path) -> Iterator[Callable[[], object]]:
    """What gives a subject's process its turn, and waits until that is over."""
    words = ["--child", kind, "--threads", str(threads), "--shared", str(shared)]
    command = [sys.executable, __file__, *words]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        into, out = process.stdin, process.stdout

        def turn() -> None:
            into.write("go\n")
            if out.readline() != "done\n":
                raise SystemExit(f"{kind}: its process ended")

        try:
            yield turn
        finally:
            process.kill()


if __name__ == "__main__":
    main()
