"""How many photographs fit into a card at once.

What a batch keeps for the backward pass is counted by going through the network with sizes in place
of tensors (`darknet.interp.sizes`, as ``darknet train`` predicts its memory); numpy is imported
for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ..layers import Softmax
from ..network import Network

__all__ = ["Room", "largest_batch"]

RESERVED = 0.6 * 2**30
"""Bytes of a card that CUDA and its libraries take: assumed."""
SLACK = 1.1
"""What the allocator and cuDNN hold beside the values, as in darknet.train.memory: not measured."""
STATES = 3
"""Copies of the weights in training: themselves, gradients, momentum."""
_FLOAT = 4


@dataclass(frozen=True, slots=True)
class Room:
    """A card's memory: bytes that every photograph takes, those that stay, and how many fit."""

    per_photo: float
    fixed: float
    memory: float | None

    @property
    def batch(self) -> int | None:
        """The most photographs at once; None where the card's memory is not known."""
        if self.memory is None:
            return None
        return max(0, int((self.memory - self.fixed) / self.per_photo))


def largest_batch(
    network: Network, memory: float | None, *, training: bool, item: int = _FLOAT
) -> Room:
    """What fits into `memory` bytes. `item`: bytes of a value."""
    weights = _FLOAT * sum(spec.size for node in network.nodes for spec in node.weights)
    if training:
        per_photo = SLACK * _values(network, item)
        fixed = STATES * weights + RESERVED
    else:
        per_photo = SLACK * network.working_bytes * item / _FLOAT
        fixed = weights + RESERVED
    image = _FLOAT * network.input.size
    return Room(per_photo + image, fixed, memory)


@lru_cache(maxsize=32)
def _values(network: Network, item: int) -> float:
    """Bytes that one photograph keeps alive at the most, in a step of training."""
    from ..interp.sizes import peak_of

    head = network.outputs[0]
    before = head.sources[0] if isinstance(head.layer, Softmax) else head.index
    one, two = (peak_of(network, before, part, item=item, alone=False).most for part in (1, 2))
    return float(two - one)
