"""A network that answers what colour a photograph is, and photographs for it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from PIL import Image

import darknet
from conftest import network
from darknet.weights import Weights

__all__ = ["CFG", "COLOURS", "LN2", "SOFTMAX", "colour_net", "paint", "picker", "prepare"]

COLOURS = ("red", "green", "blue")
CFG = """[net]
width=8
height=8
channels=3
[conv]
filters=3
size=1
activation=linear
[avgpool]
"""
SOFTMAX = f"{CFG}[softmax]\n"
LN2 = math.log(2)


def picker(text: str = SOFTMAX) -> tuple[darknet.Network, Weights]:
    """A network that answers the colour: a pure one gets 1/2, and the two others 1/4 each.

    The means of the channels, times ln 2, are the softmax's input: 2 : 1 : 1 for a pure colour.
    """
    net = network(text)
    weights = Weights.initial(net, np.random.default_rng(0))
    arrays = weights.arrays[0]
    arrays["biases"] = np.zeros(3, np.float32)  # type: ignore[index]
    arrays["weights"] = (LN2 * np.eye(3, dtype=np.float32)).reshape(3, 3, 1, 1)  # type: ignore[index]
    return net, weights


def colour_net(text: str = SOFTMAX) -> darknet.Net:
    net, weights = picker(text)
    return darknet.load(net.cfg, weights, names=COLOURS, engine="reference")


def paint(path: Path, colour: str, size: tuple[int, int] = (8, 8)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Pillow's "green" is (0, 128, 0): "lime" is the pure one
    Image.new("RGB", size, "lime" if colour == "green" else colour).save(path)


def prepare(folder: Path) -> None:
    """Eight photographs, six of them what their folders say; the network and its names."""
    painted = "red/red red/red red/red red/green green/green green/green blue/blue blue/red"
    for number, words in enumerate(painted.split()):
        truth, colour = words.split("/")
        paint(folder / "photographs" / truth / f"{number}-{colour}.png", colour)
    net, weights = picker()
    weights.save(folder / "net.weights", net)
    (folder / "net.cfg").write_text(SOFTMAX)
    (folder / "names.list").write_text("\n".join(COLOURS))
