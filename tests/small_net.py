"""The small network that the tests of export share."""

from __future__ import annotations

from conftest import network, random_weights
from darknet.network import Network
from darknet.weights import Weights

__all__ = ["SMALL", "small"]

SMALL = (
    "[net]\nwidth=8\nheight=6\nchannels=3\n"
    "[conv]\nfilters=4\nsize=3\npad=1\nbatch_normalize=1\nactivation=leaky\n"
    "[conv]\nfilters=5\nsize=1\nactivation=linear\n[avgpool]\n[softmax]\n"
)


def small() -> tuple[Network, Weights]:
    net = network(SMALL)
    return net, random_weights(net)
