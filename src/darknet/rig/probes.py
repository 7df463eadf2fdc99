"""The single layers that a machine is measured with: sizes as networks have them."""

from __future__ import annotations

from dataclasses import dataclass

from ..cfg import Cfg
from ..network import Network
from .work import LayerWork, work_of

__all__ = ["FEW", "LAUNCHES", "PASSES", "PROBES", "Probe"]

LAUNCHES = 24
"""Tiny layers one after the other, which show what starting one takes."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One layer on an image of `side` x `side` pixels; size 0 is a connected layer.

    batch: images at once, so that it takes some milliseconds.
    """

    channels: int
    filters: int
    side: int
    size: int = 3
    stride: int = 1
    groups: int = 1
    batch: int = 8

    def network(self) -> Network:
        """The layer as a network of its own, normalized and activated."""
        if self.size:
            layer = (
                f"[convolutional]\nbatch_normalize=1\nfilters={self.filters}\nsize={self.size}\n"
                f"stride={self.stride}\npad=1\ngroups={self.groups}\nactivation=leaky\n"
            )
        else:
            layer = f"[connected]\noutput={self.filters}\nactivation=leaky\n"
        return _network(self.channels, self.side, layer)

    def work(self) -> LayerWork:
        """What the layer does. It learns as one in the middle of a network: both gradients.

        An image itself needs no gradient, so a layer for images (3 channels) has one.
        """
        return work_of(self.network(), folded=True)[0]

    def flops(self, training: bool) -> float:
        """Operations for one image."""
        forward = self.work().flops(False)
        if not training:
            return forward
        return forward * (2 if self.channels == 3 else 3)


def _network(channels: int, side: int, layers: str) -> Network:
    net = f"[net]\nwidth={side}\nheight={side}\nchannels={channels}\n"
    return Network.build(Cfg.parse((net + layers).encode(), "a layer"))


PROBES = (
    Probe(3, 16, 224, batch=4),
    Probe(3, 32, 224, batch=4),
    Probe(16, 32, 112),
    Probe(32, 64, 112, batch=4),
    Probe(64, 64, 56),
    Probe(64, 128, 56, batch=4),
    Probe(128, 128, 28),
    Probe(256, 256, 14),
    Probe(256, 512, 14),
    Probe(512, 512, 7, batch=16),
    Probe(512, 1024, 7, batch=16),
    Probe(128, 16, 56, size=1),
    Probe(128, 64, 56, size=1),
    Probe(256, 32, 28, size=1),
    Probe(512, 256, 14, size=1),
    Probe(1024, 512, 7, size=1, batch=16),
    Probe(1024, 1000, 7, size=1, batch=16),
    Probe(3, 64, 224, size=7, stride=2, batch=4),
    Probe(64, 128, 56, stride=2),
    Probe(256, 512, 14, stride=2, batch=16),
    Probe(128, 128, 28, groups=32),
    Probe(512, 1000, 1, size=0, batch=64),
    Probe(2048, 2048, 1, size=0, batch=128),
)
"""From the first layers of an ImageNet network to its last, and a large matrix product."""
FEW = tuple(PROBES[number] for number in (1, 4, 7, 13, 14, 17, 22))
"""For engines that are not the first choice."""


def passes() -> Network:
    """A layer that only moves values."""
    return _network(64, 112, "[maxpool]\nsize=2\nstride=2\n")


def launches() -> Network:
    """Layers with next to nothing to do."""
    tiny = "[convolutional]\nfilters=8\nsize=1\nactivation=linear\n"
    return _network(8, 4, LAUNCHES * tiny)


PASSES = 8
"""Images at once for `passes`."""
