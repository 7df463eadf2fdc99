"""Another network whose answers are learned, beside the labels or in their place.

A small network learns more from a large one's probabilities than from labels that say one class
and nothing of the others (G. Hinton et al., arXiv:1503.02531); most, where both see the same crop
of a photograph, for many epochs (L. Beyer et al., arXiv:2106.05237).
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import InputError, UnsupportedError
from ..layers import Softmax
from ..network import Network
from ..weights import Weights
from ..zoo import read_cfg

__all__ = ["Teacher"]


@dataclass(frozen=True)
class Teacher:
    """A network with its weights. label: how it is called in messages."""

    network: Network
    weights: Weights
    label: str

    @classmethod
    def read(cls, cfg: str, weights: str | os.PathLike[str], pupil: Network) -> Teacher:
        """From files, for a network that is to learn from it.

        Raises InputError where it does not see what that sees, or answers other classes;
        UnsupportedError where its answers are no probabilities.
        """
        network = Network.build(read_cfg(cfg))
        label = f"--teacher {cfg}"
        if _interface(network) != _interface(pupil):
            raise InputError(
                f"{label}: {_interface(network)}; expected {_interface(pupil)}, as "
                f"{pupil.cfg.label}"
            )
        found = Weights.read(weights, network)
        for node, arrays in zip(network.nodes, found.arrays, strict=True):
            for name, values in arrays.items():
                if not np.isfinite(values).all():
                    raise InputError(
                        f"{label}: layer {node.index} [{node.layer.names[0]}]: {name} are not all"
                        " numbers; expected a network that answers"
                    )
        return cls(network, found, label)

    def __str__(self) -> str:
        """What tells it from others: its layers and its weights, not what its [net] says."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        found = hashlib.sha256(self.network.cfg.layers_text.encode("utf-8", "surrogateescape"))
        for arrays in self.weights.arrays:
            for name in sorted(arrays):
                found.update(np.ascontiguousarray(arrays[name]).data)
        return found.hexdigest()[:16]


def _interface(network: Network) -> str:
    """What it sees and answers, in words."""
    heads = [node for node in network.outputs if isinstance(node.layer, Softmax)]
    if len(heads) != 1:
        raise UnsupportedError(
            f"{network.cfg.label}: a teacher, and who learns from it, answer through one [softmax]"
        )
    seen, answered = network.input, heads[0].output.size
    return f"sees {seen.channels} x {seen.height} x {seen.width}, answers {answered} classes"
