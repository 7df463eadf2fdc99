"""The single layers that a machine is measured with: sizes as networks have them.

Each is measured in the middle of a small network: alone, most of the time of a small layer would
go to what no layer of a network does, bringing its input into the engine's own layout of memory,
and copying its whole output out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

from ..cfg import Cfg
from ..network import Network
from .work import LayerWork, work_of

__all__ = [
    "FEW",
    "LAUNCHES",
    "PASSES",
    "PROBES",
    "Probe",
    "launches",
    "passes",
    "passes_inside",
]

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
        return _network(self.channels, self.side, self._layer())

    def _layer(self) -> str:
        if not self.size:
            return f"[connected]\noutput={self.filters}\nactivation=leaky\n"
        return (
            f"[convolutional]\nbatch_normalize=1\nfilters={self.filters}\nsize={self.size}\n"
            f"stride={self.stride}\npad=1\ngroups={self.groups}\nactivation=leaky\n"
        )

    def inside(self) -> tuple[Network, Network | None]:
        """The layer between others, and these without it: what it takes is the difference.

        Before it is a small convolution that makes its input (for an image there is none), after it
        one that takes a single pixel of its output. None where nothing would be left.
        """
        if not self.size:
            return self.network(), None
        around = _around(self.channels, self.side, self._layer(), self.work().pixels)
        if self.channels == 3:
            return around, None
        return around, _around(self.channels, self.side, "", self.side**2)

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


def _around(channels: int, side: int, layer: str, pixels: int) -> Network:
    """A layer for so many channels in a network for images; of its output one pixel is taken."""
    made = f"[convolutional]\nfilters={channels}\nsize=1\nactivation=linear\n"
    taken = f"[maxpool]\nsize=1\nstride={isqrt(pixels)}\npadding=0\n"
    return _network(3, side, (made if channels != 3 else "") + layer + taken)


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


_POOL = "[maxpool]\nsize=2\nstride=2\n"


def passes() -> Network:
    """A layer that only moves values."""
    return _network(64, 112, _POOL)


def passes_inside() -> tuple[Network, Network]:
    """The same between others, and these without it (see `Probe.inside`)."""
    return _around(64, 112, _POOL, 56**2), _around(64, 112, "", 112**2)


def launches() -> Network:
    """Layers with next to nothing to do."""
    tiny = "[convolutional]\nfilters=8\nsize=1\nactivation=linear\n"
    return _network(8, 4, LAUNCHES * tiny)


PASSES = 8
"""Images at once for `passes`."""
