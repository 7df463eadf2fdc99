"""Weights changed by rule: the tools of the C program (docs/weights-tools.md says where we differ).

Every function takes a network and its weights, changes neither, and gives new ones. What each
preserves is said first; computed in float64, stored in float32.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from .cfg import Cfg
from .errors import InputError
from .fold import divisor, fold_batch_norm, foldable_layers, identity_variance
from .layers import (
    Connected,
    Convolutional,
    Crop,
    Deconvolutional,
    Dropout,
    Local,
    Maxpool,
    Node,
)
from .network import Network, place
from .weights import Array, Weights

__all__ = [
    "average",
    "changed",
    "denormalize",
    "filters",
    "normalize",
    "partial",
    "rescale",
    "rescaled_border",
    "reset",
    "rgbgr",
    "rows",
]

_BEFORE = (Crop, Dropout, Maxpool)
"""What may stand before the first convolution: each does the same to every channel, and does it to
2x - 1 as it does it to x."""


def partial(network: Network, weights: Weights, layers: int) -> tuple[Network, Weights]:
    """The first `layers` layers, to be saved: what a new network starts from.

    ``Weights.read(path, network, cutoff=layers)`` reads such a file. `seen` becomes 0, as in C:
    the training that follows is a new one.

    Raises InputError unless 1 <= layers <= the network's.
    """
    if not isinstance(layers, int) or not 1 <= layers <= len(network.nodes):
        raise InputError(
            f"{network.cfg.label}: the first {layers} layers: expected 1 to {len(network.nodes)}"
        )
    header = replace(weights.header, seen=0)
    return (
        replace(network, nodes=network.nodes[:layers]),
        Weights(header, weights.arrays[:layers]),
    )


def filters(network: Network, weights: Weights, layer: int) -> Array:
    """A layer's filters, (filters, channels of one, height, width).

    Connected: a filter an output, of the image's size; local: one for every filter of every
    position. A layer that shares weights has those of the one that it shares them with.

    Raises InputError for a layer that is not there, or has no weights.
    """
    node, found = _array(network, weights, layer, "weights")
    if isinstance(node.layer, Connected):
        shape = node.inputs[0]
        return found.reshape(-1, shape.channels, shape.height, shape.width)
    if isinstance(node.layer, Local):
        size = node.layer.size
        return found.reshape(-1, node.inputs[0].channels, size, size)
    if isinstance(node.layer, Deconvolutional):
        return found.swapaxes(0, 1)  # the file has the input's channels first
    return found


def rows(network: Network, weights: Weights, layer: int, array: str = "weights") -> Array:
    """An array of one layer in rows, as C's ``print`` writes them: a filter each.

    Other arrays than the weights ("biases", "scales" ...) are one row.

    Raises InputError for a layer or array that is not there.
    """
    if array == "weights":
        found = filters(network, weights, layer)
        return found.reshape(len(found), -1)
    return _array(network, weights, layer, array)[1].reshape(1, -1)


def _array(network: Network, weights: Weights, layer: int, array: str) -> tuple[Node, Array]:
    if not isinstance(layer, int) or not 0 <= layer < len(network.nodes):
        raise InputError(
            f"{network.cfg.label}: layer {layer}: expected 0 to {len(network.nodes) - 1}"
        )
    node = network.nodes[layer]
    found = weights[node.weights_from].get(array)
    if found is None:
        has = ", ".join(weights[node.weights_from]) or "none at all"
        raise InputError(f"{place(node)}: has no array {array!r}; it has {has}")
    return node, found


def rescale(network: Network, weights: Weights) -> Weights:
    """For inputs x the answers that the old weights give for 2x - 1: pixels of 0..1, not -1..1.

    The first convolution's filters are doubled, and the sum of each as it was is taken from what
    comes out: from the biases, or, where batch normalization follows (C forgets that), added to
    the mean that it subtracts. Zeros around the image (pad=1) mean grey to the old network and
    black to the new: within a filter's reach of the border the two differ.

    Raises InputError where the first convolution does not see three channels of an image.
    """
    node = _first_convolution(network)
    if isinstance(node.layer, Convolutional) and (node.layer.xnor or node.layer.binary):
        raise InputError(f"{place(node)}: has binary filters, which cannot be rescaled")
    own = weights[node.index]
    sums = own["weights"].sum(axis=(1, 2, 3), dtype=np.float64)
    with np.errstate(all="ignore"):  # damaged weights overflow here; the answer will say so
        moved: dict[str, Array] = {"weights": own["weights"] * np.float32(2)}
        if _is_stored(node, "rolling_mean"):
            moved["rolling_mean"] = (own["rolling_mean"] + sums).astype(np.float32)
        else:
            if "scales" in own:  # that no file has (dontloadscales=1): a mean would not be kept
                sums = sums * own["scales"] / divisor(own["rolling_variance"], network.fork)
            moved["biases"] = (own["biases"] - sums).astype(np.float32)
    return _with(weights, {node.index: moved})


def rescaled_border(network: Network) -> int:
    """Rows of zeros around the image, near which rescaled weights answer otherwise; 0 for none."""
    layer = _first_convolution(network).layer
    return layer.border * layer.dilation if isinstance(layer, Convolutional) else 0


def rgbgr(network: Network, weights: Weights) -> Weights:
    """For pixels in BGR the answers that the old weights give for RGB: two channels are swapped.

    Raises InputError where the first convolution does not see three channels of an image.
    """
    node = _first_convolution(network)
    swapped = np.ascontiguousarray(weights[node.index]["weights"][:, ::-1])
    return _with(weights, {node.index: {"weights": swapped}})


def denormalize(network: Network, weights: Weights) -> tuple[Cfg, Weights]:
    """The same answers without batch normalization: a cfg without it, and its weights.

    Convolutional, deconvolutional and connected layers; [batchnorm] sections stay, and layers with
    binary filters.
    """
    cfg = _with_option(network, foldable_layers(network), "batch_normalize", 0)
    return cfg, fold_batch_norm(network, weights)[1]


def reset(network: Network, weights: Weights) -> Weights:
    """The same answers from a batch normalization that does nothing: to train it anew.

    What it did is in the filters and biases; its scales are 1, means 0, and variances such that
    what is divided by is 1.
    """
    folded = fold_batch_norm(network, weights)[1]
    return _with(folded, _identities(network, foldable_layers(network)))


def normalize(network: Network, weights: Weights) -> tuple[Cfg, Weights]:
    """The same answers with a batch normalization, which does nothing yet, where there was none.

    Convolutional, deconvolutional and connected layers get it: a cfg with it, and its weights.
    (In C the variances were 0, which multiplies every layer by a million, and no cfg was written.)
    """
    layers = _unnormalized(network)
    cfg = _with_option(network, layers, "batch_normalize", 1)
    return cfg, _with(weights, _identities(network, layers))


def average(network: Network, several: Sequence[Weights]) -> Weights:
    """The mean of several weights, array by array; `seen` is the largest.

    (C averages convolutional and connected layers alone, without the latter's normalization.)

    Raises InputError when there are none, WeightsError where they are not the network's.
    """
    if not several:
        raise InputError("average: no weights given")
    for weights in several:
        weights.check(network)
    first = several[0]
    arrays = tuple(
        {name: _mean([weights[layer][name] for weights in several]) for name in own}
        for layer, own in enumerate(first.arrays)
    )
    seen = max(weights.header.seen for weights in several)
    return Weights(replace(first.header, seen=seen), arrays)


def changed(before: Weights, after: Weights) -> tuple[int, ...]:
    """The layers whose arrays are not the same."""
    return tuple(
        layer
        for layer, (old, new) in enumerate(zip(before.arrays, after.arrays, strict=True))
        if old.keys() != new.keys()
        or any(not np.array_equal(old[name], new[name], equal_nan=True) for name in old)
    )


def _mean(arrays: Sequence[Array]) -> Array:
    total = np.zeros(arrays[0].shape, np.float64)
    with np.errstate(all="ignore"):  # NaN and infinity stay what they are
        for array in arrays:
            total += array
    return (total / len(arrays)).astype(np.float32)


def _with(weights: Weights, changes: Mapping[int, Mapping[str, Array]]) -> Weights:
    arrays = (
        {**own, **changes.get(layer, {})} if layer in changes else own
        for layer, own in enumerate(weights.arrays)
    )
    return replace(weights, arrays=tuple(arrays))


def _with_option(network: Network, layers: set[int], key: str, value: object) -> Cfg:
    cfg = network.cfg
    for layer in sorted(layers):
        cfg = cfg.with_option(layer + 1, key, value)  # section 0 is [net]
    return cfg


def _identities(network: Network, layers: set[int]) -> dict[int, dict[str, Array]]:
    """Scales, means and variances that change nothing, for the layers that own theirs."""
    variance = identity_variance(network.fork)
    found = {}
    for layer in layers:
        node = network.nodes[layer]
        if node.weights_from == layer:
            count = next(spec.shape for spec in node.weights if spec.name == "biases")
            found[layer] = {
                "scales": np.ones(count, np.float32),
                "rolling_mean": np.zeros(count, np.float32),
                "rolling_variance": np.full(count, variance, np.float32),
            }
    return found


def _unnormalized(network: Network) -> set[int]:
    """The layers without batch normalization that can have it, sharing it with no layer that has.

    A layer that shares weights normalizes with the arrays of the one that owns them.
    """
    kinds = Convolutional | Connected | Deconvolutional
    mixed = {
        node.weights_from
        for node in network.nodes
        if isinstance(node.layer, kinds) and node.layer.batch_normalize
    }
    return {
        node.index
        for node in network.nodes
        if isinstance(node.layer, kinds) and node.weights_from not in mixed
    }


def _is_stored(node: Node, array: str) -> bool:
    return any(spec.name == array and spec.stored for spec in node.weights)


def _first_convolution(network: Network) -> Node:
    """The convolution that sees the image, and alone does; InputError where there is none."""
    label = network.cfg.label
    first = next((n for n in network.nodes if isinstance(n.layer, Convolutional)), None)
    if first is None:
        raise InputError(f"{label}: no [convolutional] layer, whose filters could be changed")
    for node in network.nodes[: first.index]:
        if not isinstance(node.layer, _BEFORE):
            raise InputError(f"{place(node)}: stands before the first convolution, and changes it")
    if network.input.channels != 3 or first.weights[-1].shape[1] != 3:
        raise InputError(
            f"{place(first)}: its filters see {first.weights[-1].shape[1]} channels; expected 3, "
            "for red, green and blue"
        )
    for node in network.nodes[first.index + 1 :]:
        if min(node.sources) < first.index or node.weights_from == first.index:
            raise InputError(
                f"{place(node)}: sees the image too, or shares the filters of layer {first.index}"
            )
    return first
