"""Another framework's preprocessing and class order, taken into the weights.

A source that was fed (scale * x - mean) / std in its own order of channels gives the same answers
when fed x with

    W' = W * scale / std, its channels turned over for BGR
    b' = b - sum of W * mean / std

exactly, as long as the layer does not pad: its zeros were the mean there, and are black here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UnsupportedError
from ..layers import (
    Activation,
    Avgpool,
    Connected,
    Convolutional,
    Cost,
    Dropout,
    Empty,
    LocalAvgpool,
    Logistic,
    Maxpool,
    Node,
    Softmax,
)
from ..network import Network, place
from ..weights import Array
from .recipe import Recipe

__all__ = ["absorb_classes", "absorb_input", "adapter_arrays", "is_adapter"]

_Wide = NDArray[np.float64]
_KEEPS_CLASSES = (
    Activation,
    Avgpool,
    Cost,
    Dropout,
    Empty,
    LocalAvgpool,
    Logistic,
    Maxpool,
    Softmax,
)


def is_adapter(node: Node) -> bool:
    """True for a first layer that does nothing but weigh and shift the channels of a pixel.

    ``[convolutional] filters=3 size=1 activation=linear``: the place for preprocessing before a
    layer that pads.
    """
    layer = node.layer
    return (
        isinstance(layer, Convolutional)
        and not (layer.batch_normalize or layer.xnor or layer.binary)
        and (layer.size, layer.border, layer.strides, layer.groups) == (1, 0, (1, 1), 1)
        and layer.activation == "linear"
        and layer.filters == node.inputs[0].channels
    )


def adapter_arrays(node: Node, recipe: Recipe) -> dict[str, Array]:
    """The arrays of such a layer that does the recipe's preprocessing."""
    channels = node.inputs[0].channels
    eye = np.eye(channels).reshape(channels, channels, 1, 1)
    kernel, shift = _absorbed(eye, recipe, node)
    return {"weights": kernel.astype(np.float32), "biases": (-shift).astype(np.float32)}


def absorb_input(
    node: Node, arrays: Mapping[str, Array], recipe: Recipe, approximate: bool
) -> tuple[dict[str, Array], list[str]]:
    """The first layer's arrays with the preprocessing in them, and notes.

    Where the layer pads and there is a mean, the outputs at the border would differ: InputError
    with the size of the effect, or a note where `approximate`. UnsupportedError where the layer is
    none that can take it.
    """
    layer = node.layer
    if not isinstance(layer, Convolutional | Connected):
        raise UnsupportedError(
            f"{place(node)}: preprocessing can be absorbed only by a [convolutional] or "
            "[connected] layer; put [convolutional] filters=3 size=1 activation=linear before it"
        )
    if isinstance(layer, Convolutional) and (layer.groups > 1 or layer.xnor or layer.binary):
        raise UnsupportedError(
            f"{place(node)}: groups, xnor and binary filters cannot absorb preprocessing"
        )
    kernel = arrays["weights"].astype(np.float64)
    changed, shift = _absorbed(kernel, recipe, node)
    notes = _border_notes(node, layer, changed, arrays, recipe, approximate)
    found = {**arrays, "weights": changed.astype(np.float32)}
    if "rolling_mean" in arrays:
        found["rolling_mean"] = (arrays["rolling_mean"] + shift).astype(np.float32)
    else:
        found["biases"] = (arrays["biases"] - shift).astype(np.float32)
    return found, notes


def _absorbed(kernel: _Wide, recipe: Recipe, node: Node) -> tuple[_Wide, _Wide]:
    """The kernel for RGB in 0..1, and what is to be taken from the outputs."""
    channels = node.inputs[0].channels
    if recipe.order == "bgr" and channels != 3:
        raise InputError(f"order=bgr: {node.label} has {channels} input channels, not 3")
    mean = _per_channel(recipe.mean, 0, channels, "mean")
    std = _per_channel(recipe.std, 1, channels, "std")
    parts = kernel.reshape(kernel.shape[0], channels, -1) / std[:, None]
    shift = np.einsum("fct,c->f", parts, mean)
    changed = parts * (recipe.scale or 1)
    if recipe.order == "bgr":
        changed = changed[:, ::-1]
    return np.ascontiguousarray(changed).reshape(kernel.shape), shift


def _per_channel(
    given: tuple[float, ...] | None, default: float, channels: int, name: str
) -> _Wide:
    values = given or (default,)
    if len(values) not in (1, channels):
        raise InputError(
            f"{name}: {len(values)} numbers, but the network has {channels} input channels"
        )
    return np.broadcast_to(np.asarray(values, np.float64), channels)


def _border_notes(
    node: Node,
    layer: Convolutional | Connected,
    kernel: _Wide,
    arrays: Mapping[str, Array],
    recipe: Recipe,
    approximate: bool,
) -> list[str]:
    """What padding does to the answer; InputError unless that is nothing, or accepted."""
    if not isinstance(layer, Convolutional) or not layer.border:
        return []
    mean = _per_channel(recipe.mean, 0, node.inputs[0].channels, "mean")
    black = (mean if recipe.order != "bgr" else mean[::-1]) / (recipe.scale or 1)
    share, most = _border_effect(node, layer, np.einsum("fcij,c->fij", kernel, black))
    if not most:
        return []
    flat = kernel.reshape(len(kernel), -1)
    shift = np.einsum("fcij,c->f", kernel, black)
    biases = 0 if "rolling_mean" in arrays else arrays["biases"] - shift
    highest = np.maximum(flat, 0).sum(1) + biases
    lowest = np.minimum(flat, 0).sum(1) + biases
    reach = float(np.max(np.maximum(abs(highest), abs(lowest))))
    effect = (
        f"{place(node)}: pads with zeros, which were the mean in the source and are black here: "
        f"{share:.1%} of its outputs change, by up to {most:.3g} (they reach {reach:.3g})"
    )
    if not approximate:
        raise InputError(
            f"{effect}; exact: put [convolutional] filters={node.inputs[0].channels} size=1 "
            "activation=linear before it in the cfg and import again; or accept it: --approximate"
        )
    return [effect]


def _border_effect(node: Node, layer: Convolutional, taps: _Wide) -> tuple[float, float]:
    """The share of positions that see padding, and the largest change of an output there.

    `taps` (filters, rows, columns) is what the mean adds at each tap.
    """
    down, across = layer.strides
    rows, often = _inside(node.inputs[0].height, node.output.height, down, layer)
    columns, wide = _inside(node.inputs[0].width, node.output.width, across, layer)
    seen = np.einsum("yi,fij,xj->fyx", rows, taps, columns)
    lost = abs(taps.sum((1, 2))[:, None, None] - seen)
    whole = float((often * rows.all(1)).sum() * (wide * columns.all(1)).sum())
    share = 1 - whole / (node.output.height * node.output.width)
    return share, float(lost.max()) if lost.max() > 1e-12 * abs(taps).max() else 0.0


def _inside(
    given: int, outputs: int, stride: int, layer: Convolutional
) -> tuple[_Wide, NDArray[np.int64]]:
    """Which taps of a window lie in the image: the different windows, and how often each comes."""
    starts = np.arange(outputs)[:, None] * stride - layer.border * layer.dilation
    places = starts + np.arange(layer.size) * layer.dilation
    windows, counts = np.unique((places >= 0) & (places < given), axis=0, return_counts=True)
    return windows.astype(np.float64), counts.astype(np.int64)


def absorb_classes(
    network: Network, arrays: Sequence[Mapping[str, Array]], order: Sequence[int]
) -> tuple[int, dict[str, Array]]:
    """The last layer with weights, and its arrays with output k taken from order[k].

    UnsupportedError where what follows it does not keep the classes apart.
    """
    last = next((node for node in reversed(network.nodes) if node.weights), None)
    if last is None or not isinstance(last.layer, Convolutional | Connected):
        raise UnsupportedError(f"{network.cfg.label}: its classes come from no layer with weights")
    for node in network.nodes[last.index + 1 :]:
        mixes = isinstance(node.layer, Softmax) and (node.layer.tree or node.layer.groups > 1)
        if mixes or not isinstance(node.layer, _KEEPS_CLASSES):
            raise UnsupportedError(
                f"{place(node)}: the order of classes cannot be changed under it"
            )
    if last.output.channels != len(order) or getattr(last.layer, "groups", 1) > 1:
        raise UnsupportedError(f"{place(last)}: its outputs are not the classes")
    picked = np.asarray(order)
    found = {
        name: np.ascontiguousarray(array[picked]) for name, array in arrays[last.index].items()
    }
    return last.index, found
