"""What the tests of wired networks share: a small image, the last shape, the refusal."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from conftest import network
from darknet.cfg import Cfg
from darknet.errors import CfgError, NetworkError
from darknet.layers import Shape
from darknet.network import Network

quick = settings(deadline=None, max_examples=60)

IMAGE = "[net]\nwidth=8\nheight=8\nchannels=4\n"  # its first layer stands in line 5
GOLDEN = (
    "pjreddie/alexnet",
    "pjreddie/cifar.test",
    "pjreddie/darknet19",
    "pjreddie/densenet201",
    "pjreddie/extraction",
    "pjreddie/go.test",
    "pjreddie/resnet18",
    "pjreddie/resnext50",
    "pjreddie/tiny",
    "alexeyab/efficientnet_b0",
)


def load(path: Path) -> Network:
    return Network.build(Cfg.read(path))


def shapes(net: Network) -> list[Shape]:
    return [node.output for node in net.nodes]


def last(text: str, **options: object) -> Shape:
    """The shape that comes out of the last layer of a network from an 8 x 8 x 4 image."""
    return network(IMAGE + text, **options).nodes[-1].output


def refusal(text: str, error: type[CfgError] = NetworkError, **options: object) -> str:
    with pytest.raises(error) as caught:
        network(text, **options)
    assert str(caught.value).isprintable()
    return str(caught.value)
