"""What goes on inside a network: the values of its layers for one input, and its filters.

The network is run once, by any engine, with the layers that are asked for as its outputs; layers
that none of them needs are not computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from . import surgery
from .errors import InputError, printable
from .layers import Connected, Convolutional, Deconvolutional, Local, Node
from .network import Network
from .runner import Runner
from .statistics import check_finite, six_digits
from .weights import Array, Weights

__all__ = [
    "Planes",
    "Tapped",
    "checked_layers",
    "feature_maps",
    "filtering_layers",
    "filters",
    "one_per_resolution",
]

CONSTANT = 1e-6
"""A map whose values differ by less than this, of the layer's largest, is one value everywhere."""


@dataclass(frozen=True, eq=False)
class Tapped(Network):
    """A network whose answers are the values of the layers `taps` (indices, ascending)."""

    taps: tuple[int, ...]

    @classmethod
    def of(cls, network: Network, taps: Sequence[int]) -> Tapped:
        """The same layers, answering with others; memory for all of them is counted."""
        fields = {name: getattr(network, name) for name in Network.__dataclass_fields__}
        kept = tuple(sorted(set(taps)))
        fields["working_bytes"] += 4 * sum(network.nodes[tap].output.size for tap in kept)
        return cls(**fields, taps=kept)

    @property
    def outputs(self) -> tuple[Node, ...]:
        """The layers that are tapped."""
        return tuple(self.nodes[tap] for tap in self.taps)

    def resized(self, width: int, height: int) -> Tapped:
        """As Network.resized."""
        return Tapped.of(super().resized(width, height), self.taps)


@dataclass(frozen=True, eq=False, repr=False)
class Planes:
    """A layer's feature maps, (channels, height, width), or its filters.

    Filters are (filters, channels of one, height, width). `node` is the layer, at the size at
    which it ran.
    """

    node: Node
    values: Array

    @cached_property
    def dead(self) -> tuple[int, ...]:
        """Numbers of those that carry nothing: one value everywhere, or a filter of zeros.

        A map of a single value is dead when that is 0.
        """
        flat = self.values.reshape(len(self.values), -1)
        sizes = np.abs(flat).max(1)
        if flat.shape[1] == 1 and self.values.ndim == 3:
            still = sizes == 0
        else:
            spread = sizes if self.values.ndim == 4 else flat.max(1) - flat.min(1)
            still = spread <= CONSTANT * sizes.max()
        return tuple(int(number) for number in np.flatnonzero(still))

    @property
    def shape(self) -> tuple[int, ...]:
        """Channels first."""
        return tuple(self.values.shape)

    def to_dict(self) -> dict[str, Any]:
        """What ``darknet visualize --json`` has of it (docs/json.md)."""
        values = self.values
        return {
            "index": self.node.index,
            "section": self.node.layer.names[0],
            "shape": list(self.shape),
            "min": six_digits(values.min()),
            "mean": six_digits(values.mean(dtype=np.float64)),
            "max": six_digits(values.max()),
            "dead": list(self.dead),
            "dead_share": six_digits(len(self.dead) / len(values)),
        }


def feature_maps(runner: Runner, image: Array, layers: Sequence[int]) -> list[Planes]:
    """The values of the layers named, in network order, for one image (channels, height, width).

    The runner's engine and settings are used. The image may have another size than the network
    where that can be resized (NetworkError where not).
    """
    height, width = image.shape[1:]
    network = runner.network
    if (height, width) != (network.input.height, network.input.width):
        network = network.resized(width, height)
    tapped = Tapped.of(network, layers)
    inner = Runner(tapped, runner.weights, engine=runner.engine_name, settings=runner.settings)
    values = inner.run(np.ascontiguousarray(image[None], np.float32))
    found = [Planes(node, array[0]) for node, array in zip(tapped.outputs, values, strict=True)]
    for planes in found:
        _check_finite(planes, network)
    return found


def filters(network: Network, weights: Weights, layer: int) -> Planes:
    """A layer's filters, as `darknet.surgery.filters`, to be looked at.

    InputError for a layer that has none, WeightsError for filters that are not finite.
    """
    node = network.nodes[layer]
    known = filtering_layers(network)
    if layer not in known:
        listed = f"; the layers {_listed(known)} have" if known else ""
        raise InputError(f"layer {layer} [{node.layer.names[0]}] has no filters{listed}")
    planes = Planes(node, surgery.filters(network, weights, layer))
    _check_finite(planes, network)
    return planes


def filtering_layers(network: Network) -> list[int]:
    """The layers whose filters can be looked at: convolutions, and connected layers over images."""
    return [
        node.index
        for node in network.nodes
        if isinstance(node.layer, Convolutional | Deconvolutional)
        or (isinstance(node.layer, Connected) and not node.inputs[0].is_vector)
    ]


def one_per_resolution(network: Network) -> list[int]:
    """The last convolution at each size of image: what a first look at a network needs.

    For a network without any: its last layer.
    """
    found: dict[tuple[int, int], int] = {}
    for node in network.nodes:
        is_filtering = isinstance(node.layer, Convolutional | Deconvolutional | Local)
        if is_filtering and not node.output.is_vector:
            found[node.output.height, node.output.width] = node.index
    return sorted(found.values()) or [len(network.nodes) - 1]


def checked_layers(network: Network, layers: Sequence[int]) -> list[int]:
    """Layer numbers in ascending order, each once; negative ones count from the end.

    InputError for one that is none.
    """
    count = len(network.nodes)
    for layer in layers:
        if not isinstance(layer, int | np.integer) or not -count <= layer < count:
            raise InputError(
                f"layer {printable(str(layer))}: {network.cfg.label} has layers 0 to {count - 1}"
            )
    return sorted({int(layer) % count for layer in layers})


def _check_finite(planes: Planes, network: Network) -> None:
    what = f"{network.cfg.label}: layer {planes.node.index} has NaN or infinity"
    check_finite(planes.values, what)


def _listed(numbers: Sequence[int]) -> str:
    if len(numbers) > 12:
        return f"{', '.join(map(str, numbers[:10]))} ... {numbers[-1]}"
    return ", ".join(map(str, numbers))
