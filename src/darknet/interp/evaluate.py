"""The one loop that runs a network's layers, whoever interprets their operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from ..layers import Ops
from ..network import Network, walk

__all__ = ["evaluate"]

T = TypeVar("T")


def evaluate(
    network: Network,
    ops: Ops[T],
    weights: Sequence[Mapping[str, T]],
    image: T,
    wanted: Sequence[int] = (),
) -> list[T]:
    """The values of the layers `wanted`, as they stand there; of none, the network's outputs.

    `weights` has a mapping for every layer; `image` is (batch, channels, height, width), and is
    layer -1. A value is let go as soon as no layer needs it.
    """
    wanted = wanted or [node.index for node in network.outputs]
    order = list(walk(network, wanted))
    last_use = {source: node.index for node in order for source in node.sources}
    values = {-1: image}
    for node in order:
        inputs = [values[source] for source in node.sources]
        values[node.index] = node.layer.forward(ops, weights[node.weights_from], inputs, node)
        for source in node.sources:
            if last_use[source] == node.index and source not in wanted:
                values.pop(source, None)
    return [values[index] for index in wanted]
