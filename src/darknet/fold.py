"""Batch normalization folded into the weights before it: the same answers from fewer operations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .layers import PJREDDIE, Connected, Convolutional, Deconvolutional, Fork, Node
from .layers.norm import EPSILON
from .network import Network
from .weights import Array, Weights

__all__ = ["divisor", "fold_batch_norm", "foldable_layers", "identity_variance"]


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


def divisor(variance: NDArray[np.floating], fork: Fork) -> NDArray[np.float64]:
    """What a batch normalization of the fork divides by, in float64; NaN for negative variances."""
    wide = variance.astype(np.float64)
    if fork == PJREDDIE:
        return np.sqrt(wide) + EPSILON[fork]
    return np.sqrt(wide + EPSILON[fork])


def identity_variance(fork: Fork) -> np.float32:
    """The variance for which the fork divides by 1, to the last bit of float32."""
    epsilon, one = np.float32(EPSILON[fork]), np.float32(1)
    exact = (1 - EPSILON[fork]) ** 2 if fork == PJREDDIE else 1 - EPSILON[fork]
    guess = np.float32(exact)
    near = [guess, np.nextafter(guess, np.float32(0)), np.nextafter(guess, one)]
    if fork == PJREDDIE:
        roots = [np.sqrt(variance) + epsilon for variance in near]
    else:
        roots = [np.sqrt(variance + epsilon) for variance in near]
    return next((v for v, root in zip(near, roots, strict=True) if root == one), guess)


def _is_foldable(node: Node) -> bool:
    layer = node.layer
    if isinstance(layer, Convolutional):
        return layer.batch_normalize and not (layer.xnor or layer.binary)
    return isinstance(layer, Connected | Deconvolutional) and layer.batch_normalize


def _folded(own: Mapping[str, Array], node: Node) -> dict[str, Array]:
    """Biases and weights that do what all five arrays did; computed in float64."""
    with np.errstate(all="ignore"):  # damaged weights overflow here; the answer will say so
        factor = own["scales"] / divisor(own["rolling_variance"], node.fork)
        biases = own["biases"] - own["rolling_mean"] * factor
        shape = [1] * own["weights"].ndim
        shape[int(isinstance(node.layer, Deconvolutional))] = -1  # whose filters are axis 1
        kernel = own["weights"] * factor.reshape(shape)
        return {"biases": biases.astype(np.float32), "weights": kernel.astype(np.float32)}
