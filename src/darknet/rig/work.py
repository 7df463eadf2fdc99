"""What a network has to do, layer by layer: operations with their arithmetic and their memory.

An `Operation` is one pass over the data: it computes, and it reads and writes values. The counts
are for one photograph; the weights are read once for a whole batch. How long an operation takes is
the device's affair (`darknet.rig.device`).

Counted as a plain training program runs them: a convolution, its normalization and its activation
are three passes; backwards a convolution is two (the gradient of its input, and of its weights),
except in the first layer, whose input needs none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..layers import Connected, Convolutional, Deconvolutional, Dropout, Local, Node, Route
from ..network import Network

__all__ = ["KINDS", "Kind", "LayerWork", "Operation", "flops_of", "work_of"]

Kind = Literal["conv3x3", "conv1x1", "conv", "grouped", "connected", "memory"]
KINDS: tuple[Kind, ...] = ("conv3x3", "conv1x1", "conv", "grouped", "connected", "memory")
"""Kinds of operations that differ in how much of a device they use.

conv3x3: size 3, stride 1, one group (Winograd's algorithm may be used). conv1x1: size 1. conv:
every other convolution. grouped: groups of channels. connected: a matrix product, small beside its
weights. memory: no arithmetic to speak of.
"""


@dataclass(frozen=True, slots=True)
class Operation:
    """One pass over the data.

    flops: operations for one photograph, a multiply-add being two. values: read and written for
    one photograph. weights: values read and written once for a batch. place: where in the layer
    ("conv", "normalize", "activate"; backwards "gradient", "weights").
    """

    kind: Kind
    place: str
    flops: float
    values: float
    weights: float = 0.0


@dataclass(frozen=True, slots=True)
class LayerWork:
    """A layer's operations: `forward`, and `backward` where it learns.

    channels, filters, pixels, size: of its input, its output, one output channel, its window; they
    say which measured rate is nearest. parameters: what the optimizer changes.
    """

    index: int
    section: str
    kind: Kind
    channels: int
    filters: int
    pixels: int
    size: int
    forward: tuple[Operation, ...]
    backward: tuple[Operation, ...]
    parameters: int

    def operations(self, training: bool) -> tuple[Operation, ...]:
        """In order; with those of the backward pass."""
        return self.forward + self.backward if training else self.forward

    def flops(self, training: bool) -> float:
        """Operations for one photograph."""
        return sum(operation.flops for operation in self.operations(training))


def work_of(network: Network, *, folded: bool = False) -> tuple[LayerWork, ...]:
    """Every layer's work. `folded`: normalization and activation cost nothing of their own.

    (An engine for answering folds the one into the weights and does the other as it writes.)
    """
    return tuple(_layer(node, folded) for node in network.nodes)


def _layer(node: Node, folded: bool) -> LayerWork:
    layer, given, made = node.layer, node.inputs[0].size, node.output.size
    weights = sum(spec.size for spec in node.weights if spec.role == "weight")
    kind = _kind(node)
    if weights:
        forward = [Operation(kind, "compute", node.flops, given + made, weights)]
        backward = list(_learned(node, kind, weights))
    else:
        passes = () if _is_free(node, folded) else (sum(s.size for s in node.inputs) + made,)
        forward = [Operation("memory", layer.names[0], 0, values) for values in passes]
        backward = [Operation("memory", "gradient", 0, values) for values in passes]
    if not folded:
        after = tuple(_afterwards(node, bool(weights)))
        forward += [there for there, _ in after]
        backward = [back for _, back in reversed(after)] + backward
    return LayerWork(
        index=node.index,
        section=layer.names[0],
        kind=kind,
        channels=node.inputs[0].channels,
        filters=node.output.channels,
        pixels=node.output.height * node.output.width,
        size=getattr(layer, "size", 1),
        forward=tuple(forward),
        backward=tuple(backward),
        parameters=sum(s.size for s in node.weights if s.role not in ("mean", "variance")),
    )


def _kind(node: Node) -> Kind:
    layer = node.layer
    if isinstance(layer, Convolutional):
        if layer.groups > 1:
            return "grouped"
        if layer.size == 1:
            return "conv1x1"
        plain = layer.size == 3 and max(layer.strides) == 1 and layer.dilation == 1
        return "conv3x3" if plain else "conv"
    if isinstance(layer, Connected):
        return "connected"
    return "conv" if isinstance(layer, (Deconvolutional, Local)) else "memory"


def _is_free(node: Node, folded: bool) -> bool:
    """True for what moves nothing: another layer's values by another name; dropout in answering."""
    alone = isinstance(node.layer, Route) and len(node.inputs) == 1
    return (alone and node.output == node.inputs[0]) or (isinstance(node.layer, Dropout) and folded)


def _learned(node: Node, kind: Kind, weights: int) -> Iterator[Operation]:
    given, made = node.inputs[0].size, node.output.size
    if -1 not in node.sources:
        yield Operation(kind, "gradient", node.flops, made + given, weights)
    yield Operation(kind, "weights", node.flops, made + given, weights)


def _afterwards(node: Node, weighted: bool) -> Iterator[tuple[Operation, Operation]]:
    """(there, back) of what follows the product: normalization or biases, the activation.

    Passes over the values: a normalization reads twice and writes (mean and variance come first);
    back it reads its input and the gradient twice, and writes.
    """
    made = node.output.size
    if getattr(node.layer, "batch_normalize", False) or node.layer.names[0] == "batchnorm":
        yield (
            Operation("memory", "normalize", 0, 3 * made),
            Operation("memory", "normalize", 0, 5 * made),
        )
    elif weighted:
        yield (Operation("memory", "bias", 0, 2 * made), Operation("memory", "bias", 0, made))
    if getattr(node.layer, "activation", "linear") != "linear":
        yield (
            Operation("memory", "activate", 0, 2 * made),
            Operation("memory", "activate", 0, 3 * made),
        )


def flops_of(work: Sequence[LayerWork], training: bool) -> float:
    """Operations for one photograph."""
    return sum(layer.flops(training) for layer in work)
