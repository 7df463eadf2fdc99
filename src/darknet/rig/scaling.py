"""Several cards, and several machines, that learn the same: what it costs to agree on gradients.

Every card computes its own batch; then the gradients are added up around a ring (all-reduce): of n
that take part, each sends and receives 2 (n-1)/n times the gradients. Cards without links of their
own (NVLink) go through the host, which passes on so many bytes a second in all, however many cards
there are. A part of it happens while the backward pass is still going on.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

__all__ = ["GRADIENT_BYTES", "OVERLAP", "Link", "all_reduce_seconds", "step_seconds"]

GRADIENT_BYTES = 4
"""Gradients travel as float32."""
OVERLAP = 0.3
"""Share of a step in which gradients travel while others are computed: assumed."""
LINK_SHARE = 0.8
"""Of a link's rated bandwidth (NVLink): assumed."""


@dataclass(frozen=True, slots=True)
class Link:
    """What joins those that take part: bytes/s of each, one way, and what it is."""

    what: str
    bytes_per_s: float


def all_reduce_seconds(parameters: int, members: int, link: Link) -> float:
    """Seconds for the gradients of so many parameters to go around the ring."""
    if members < 2:
        return 0.0
    travelling = 2 * (members - 1) / members * parameters * GRADIENT_BYTES
    return travelling / link.bytes_per_s


def step_seconds(alone: float, travelling: float, members: int, skew: float) -> float:
    """A step of several cards, from that of one: seconds.

    `travelling`: of the gradients. `skew`: how much longer the slowest of twice as many takes.
    """
    together: float = alone * (1 + skew) ** log2(members)
    return together + max(0.0, travelling - OVERLAP * alone)
