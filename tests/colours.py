"""What the tests of training share: a small network, photographs of three colours, the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image

from darknet.cli import main

CFG = """[net]
width=8
height=8
channels=3
batch=6
learning_rate=0.1
policy=poly
power=1
max_batches=20

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
filters=3
size=1
activation=linear

[avgpool]

[softmax]
"""
ROOT = Path(__file__).parents[1]
COLOURS = ("blue", "green", "red")


def photograph(path: Path, colour: int, generator: np.random.Generator) -> None:
    pixels = generator.integers(0, 120, (12, 10, 3), np.uint8)
    pixels[..., 2 - colour] += 130
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def prepare(folder: Path) -> None:
    """A data set of three colours, and a cfg for it."""
    generator = np.random.default_rng(0)
    for part, count in (("train", 10), ("valid", 4)):
        for colour, name in enumerate(COLOURS):
            for number in range(count):
                photograph(folder / "data" / part / name / f"{number}.png", colour, generator)
    (folder / "net.cfg").write_text(CFG)


def trained(*words: str) -> int:
    return main(["train", "classify", "--data", "data", "--cfg", "net.cfg", *words])


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith("darknet: ")
    return lines[-1]


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def follows(schema: str, document: object) -> None:
    text = (ROOT / "docs" / "schemas" / f"{schema}.schema.json").read_text()
    jsonschema.validate(document, json.loads(text))
