"""Batch normalization folded into the weights before it: the same answers from fewer operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from .layers import PJREDDIE, Connected, Convolutional, Deconvolutional, Node
from .layers.norm import EPSILON
from .network import Network
from .weights import Array, Weights

__all__ = ["fold_batch_norm", "foldable_layers"]


def fold_batch_norm(network: Network, weights: Weights) -> tuple[Network, Weights]:
    """A network that is to be run, not saved: its layers no longer normalize.

    Convolutional, deconvolutional and connected layers are folded, others stay as they are: where
    filters are binarized, or shared with a layer that normalizes otherwise.
    """
    foldable = foldable_layers(network)
    nodes, arrays = [], []
    for node in network.nodes:
        own: Mapping[str, Array] = weights[node.index]
        if node.index in foldable:
            layer = replace(node.layer, batch_normalize=False)  # type: ignore[call-arg]
            specs = layer.weights(node.inputs) if node.weights else ()
            node = replace(node, layer=layer, weights=specs)
            own = _folded(own, node) if own else own
        nodes.append(node)
        arrays.append(own)
    return replace(network, nodes=tuple(nodes)), replace(weights, arrays=tuple(arrays))


def foldable_layers(network: Network) -> set[int]:
    """The layers whose batch normalization can go into the weights before it."""
    foldable = {node.index for node in network.nodes if _is_foldable(node)}
    for node in network.nodes:
        if node.weights_from != node.index and node.index not in foldable:
            foldable.discard(node.weights_from)
    return {index for index in foldable if network.nodes[index].weights_from in foldable}


def _is_foldable(node: Node) -> bool:
    layer = node.layer
    if isinstance(layer, Convolutional):
        return layer.batch_normalize and not (layer.xnor or layer.binary)
    return isinstance(layer, Connected | Deconvolutional) and layer.batch_normalize


def _folded(own: Mapping[str, Array], node: Node) -> dict[str, Array]:
    """Biases and weights that do what all five arrays did; computed in float64."""
    with np.errstate(all="ignore"):  # damaged weights overflow here; the answer will say so
        variance = own["rolling_variance"].astype(np.float64)
        epsilon = EPSILON[node.fork]
        root = np.sqrt(variance) + epsilon if node.fork == PJREDDIE else np.sqrt(variance + epsilon)
        factor = own["scales"] / root
        biases = own["biases"] - own["rolling_mean"] * factor
        shape = [1] * own["weights"].ndim
        shape[int(isinstance(node.layer, Deconvolutional))] = -1  # whose filters are axis 1
        kernel = own["weights"] * factor.reshape(shape)
        return {"biases": biases.astype(np.float32), "weights": kernel.astype(np.float32)}
