"""Starting from what another network has learned: its first layers, kept as they are or not."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..cfg import Cfg
from ..errors import InputError, WeightsError
from ..layers import Connected, Convolutional
from ..network import Network, place
from ..weights import Weights

__all__ = ["frozen_layers", "starting_weights", "with_classes"]

_CUTOFF = re.compile(r"\.(\d{1,4})$")  # darknet53.conv.74, as `darknet partial` is used
_KEYS = {Convolutional: "filters", Connected: "output"}


def with_classes(cfg: Cfg, classes: int) -> Cfg:
    """The cfg with its last layer that has weights giving `classes` values.

    Raises InputError where that layer is neither convolutional nor connected.
    """
    network = Network.build(cfg)
    last = next((node for node in reversed(network.nodes) if node.weights), None)
    key = None if last is None else _KEYS.get(type(last.layer))
    if last is None or key is None:
        where = cfg.label if last is None else place(last)
        raise InputError(
            f"{where}: the number of classes can be set only where the last layer with weights is "
            "[convolutional] or [connected]"
        )
    if getattr(last.layer, key) == classes:
        return cfg
    return cfg.with_option(last.index + 1, key, classes, f"--classes {classes}")


def starting_weights(
    network: Network,
    path: str | os.PathLike[str] | None,
    generator: np.random.Generator,
    upto: int | None = None,
) -> tuple[Weights, int]:
    """What training starts from, and how many layers of it come from the file.

    `upto`: only the layers before this one are read, the others are drawn. Without it a file that
    is called ``NAME.15`` gives its first 15 layers where it does not fit as a whole, as C's
    tutorials have it (darknet19_448.conv.23).
    """
    if path is None and upto is not None:
        raise InputError(f"upto={upto}: expected WEIGHTS to take the first layers from")
    fresh = Weights.initial(network, generator)
    if path is None:
        return fresh, 0
    count = len(network.nodes)
    try:
        read = Weights.read(path, network, cutoff=upto)
        count = count if upto is None else upto
    except WeightsError:
        named = _CUTOFF.search(Path(path).name)
        if upto is not None or named is None or not 0 < int(named[1]) < count:
            raise
        count = int(named[1])
        read = Weights.read(path, network, cutoff=count)
    arrays = tuple(
        read[index] if index < count else fresh[index] for index in range(len(network.nodes))
    )
    return Weights(read.header, arrays), count


def frozen_layers(network: Network, before: int | None) -> Sequence[int]:
    """The layers that stay as they are: those before `before`, or up to stopbackward=1.

    Raises InputError when `before` is not the number of a layer.
    """
    stops = [node.index for node in network.nodes if node.layer.stopbackward]
    end = stops[-1] + 1 if stops and before is None else before or 0
    if not 0 <= end < len(network.nodes):
        raise InputError(
            f"freeze={before}: expected 1 to {len(network.nodes) - 1}, the number of first layers "
            "that stay as they are"
        )
    return range(end)
