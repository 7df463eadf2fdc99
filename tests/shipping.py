"""A package of its own for the tests: two small networks, one with weights that come with it."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import darknet
from conftest import random_weights
from darknet import zoo
from darknet.zoo.cache import Cache

__all__ = ["Facts", "Package", "installed"]

CFG = """\
[net]
width=8
height=8
channels=3
names={names}

[convolutional]
batch_normalize=1
filters=4
size=3
pad=1
activation=leaky

[convolutional]
filters={classes}
size=1
activation=linear

[avgpool]

[softmax]
"""
CATALOGUE = """\
[[model]]
name = "tiny"
title = "A thousand classes"
year = 2016
paper = "https://example.org"
names = "imagenet"
preprocess = "whole"
[model.weights]
file = "tiny.weights"
sources = ["https://example.org/tiny.weights"]
licence = "any"
bytes = {tiny.bytes}
sha256 = "{tiny.sha256}"

[[model]]
name = "tiny-cifar"
title = "Ten classes"
year = 2026
paper = ""
names = "cifar10"
preprocess = "area"
[model.shipped]
file = "tiny-cifar.weights"
bytes = {ours.bytes}
sha256 = "{ours.sha256}"
licence = "MIT (ours)"
recipe = "recipes/tiny-cifar.md"
data = "photographs"
date = 2026-11-25
[[model.measured]]
data = "other photographs"
preprocess = "area"
top1 = 93.5
top5 = 99.9
date = 2026-11-25
"""


@dataclass(frozen=True)
class Package:
    """A package with `tiny-cifar` in it, weights of `tiny` outside it, and a photograph."""

    ours: Path
    tiny: Path
    photograph: Path

    def cache_tiny(self) -> None:
        Cache.default().add(zoo.named("tiny").file, self.tiny)


class Facts:
    """The size and sha256 of a file."""

    def __init__(self, path: Path) -> None:
        self.bytes = path.stat().st_size
        self.sha256 = hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """The package that darknet finds while this lasts."""
    root, photograph = tmp_path / "package", tmp_path / "photograph.png"
    for folder in ("cfg", "weights"):
        (root / folder).mkdir(parents=True)
    tiny = _made(root / "cfg" / "tiny.cfg", tmp_path / "tiny.weights", "imagenet", 1000)
    ours = _made(
        root / "cfg" / "tiny-cifar.cfg", root / "weights" / "tiny-cifar.weights", "cifar10", 10
    )
    text = CATALOGUE.format(tiny=Facts(tiny), ours=Facts(ours))
    (root / "zoo.toml").write_text(text)
    pixels = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    Image.fromarray(pixels).save(photograph)
    catalogue = sys.modules["darknet.zoo.catalogue"]
    monkeypatch.setattr(catalogue, "_HERE", root)
    monkeypatch.setattr(catalogue, "_ROOTS", (root,))
    zoo.models.cache_clear()
    yield Package(ours, tiny, photograph)
    zoo.models.cache_clear()


def _made(cfg: Path, weights: Path, names: str, classes: int) -> Path:
    cfg.write_text(CFG.format(names=names, classes=classes))
    net = darknet.Network.build(darknet.Cfg.read(cfg))
    weights.write_bytes(random_weights(net).to_bytes(net))
    return weights
