"""Which of a network's answers is what: the moves, and perhaps who wins and whose each point is.

A cfg marks nothing. For a board of n lines the answers are told apart by their sizes and by the
function that they come through:

| answer | values | comes through | meaning |
| --- | --- | --- | --- |
| policy | n * n + 1 | [softmax] | probability of each point, row by row, and of a pass |
| value | 1 | logistic or tanh | who is to move wins: 0..1, or -1..1 |
| ownership | n * n | logistic or tanh | the point will be who is to move's: 0..1, or -1..1 |

The policy must be there; the others stand before it, each ending in [softmax], [logistic] or
[activation] that nothing else reads (`Network.outputs`), with a [route] back to the trunk::

    [convolutional]     # the trunk, say layer 7
    ...
    [convolutional]     # ownership
    filters=1
    size=1
    activation=linear
    [activation]
    activation=tanh

    [route]             # value
    layers=7
    [avgpool]
    [convolutional]     # a [connected] would fix the size of the board
    filters=1
    size=1
    activation=linear
    [logistic]

    [route]             # policy
    layers=7
    [convolutional]
    filters=1
    size=1
    activation=linear
    [reorg]
    extra=1
    [softmax]
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InputError, NetworkError
from ..layers import Activation, Logistic, Node, Softmax
from ..network import Network, place

__all__ = ["Head", "Heads", "heads_for"]


@dataclass(frozen=True, slots=True)
class Head:
    """One answer: its number among the network's, and whether it is -1..1 rather than 0..1."""

    index: int
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Heads:
    """A policy network's answers on boards of one size; None where it has no such head."""

    policy: Head
    value: Head | None = None
    ownership: Head | None = None


def heads_for(network: Network, size: int) -> Heads:
    """The heads on a board of `size` lines.

    Raises InputError where the network takes no boards of this size, or answers something else.
    """
    own, label = network.input, network.cfg.label
    if (own.height, own.width) != (size, size):
        try:
            network = network.resized(size, size)
        except NetworkError as problem:
            raise InputError(
                f"{label}: takes boards of {own.width} lines, not of {size}: {problem}"
            ) from None
    found = {_kind(node, size): number for number, node in enumerate(network.outputs)}
    if len(found) < len(network.outputs) or "policy" not in found:
        given = ", ".join(str(node.output.size) for node in network.outputs)
        raise InputError(
            f"{label}: answers {given} values on {size} lines; expected {size**2 + 1} through"
            " [softmax] (each point and the pass), perhaps 1 (who wins) and"
            f" {size**2} (whose each point is)"
        )
    heads = {kind: Head(number, _signed(network.outputs[number])) for kind, number in found.items()}
    return Heads(heads["policy"], heads.get("value"), heads.get("ownership"))


def _kind(node: Node, size: int) -> str:
    """The head's name by how many values it has; a name of its own for what is none."""
    kinds = {size**2 + 1: "policy", 1: "value", size**2: "ownership"}
    kind = kinds.get(node.output.size, f"layer {node.index}")
    if kind == "policy" and not isinstance(node.layer, Softmax):
        return f"layer {node.index}"
    return kind


def _signed(node: Node) -> bool:
    """True for tanh; InputError for what is neither that, logistic, nor a softmax."""
    layer = node.layer
    if isinstance(layer, Logistic | Softmax):
        return False
    name = layer.activation if isinstance(layer, Activation) else ""
    if name not in ("logistic", "tanh"):
        raise InputError(
            f"{place(node)}: {node.output.size} values; expected them through [logistic], or"
            " [activation] with activation=logistic or tanh"
        )
    return name == "tanh"
