"""What training makes small: the loss of a network's last layer, given the true classes.

    softmax     cross-entropy: -log p of the true class, in every group (Darknet's classifiers)
    logistic    binary cross-entropy of every output
    cost        sse (sum of squares), L1, or smooth, where no softmax comes before it

A [cost] after a softmax adds nothing, as in the cfgs of 2016, where it was how a softmax came by
its loss. A loss is summed over a photograph's outputs and averaged over photographs. Gradients, and
so learning rates, are Darknet's; the value of a cross-entropy is what Darknet prints, that of sse
is half of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import UnsupportedError
from ..layers import Cost, Logistic, Node, Softmax
from ..network import Network, place

__all__ = ["Loss", "one_hot"]


@dataclass(frozen=True)
class Loss:
    """The loss of one network. `before` is the layer whose values it is computed from."""

    head: Node
    before: int
    classes: int

    @classmethod
    def of(cls, network: Network) -> Loss:
        """The network's own loss; UnsupportedError where it has none for classes."""
        head = network.outputs[0]
        if isinstance(head.layer, Softmax) and not head.layer.noloss:
            if head.layer.tree or head.layer.spatial:
                what = "tree" if head.layer.tree else "spatial"
                raise UnsupportedError(
                    f"{place(head)}: training with {what}= is not in this version"
                )
            return cls(head, head.sources[0], head.output.size)
        if isinstance(head.layer, Logistic):
            return cls(head, head.sources[0], head.output.size)
        costs = [
            n for n in network.nodes if isinstance(n.layer, Cost) and n.sources == (head.index,)
        ]
        if costs and isinstance(costs[-1].layer, Cost) and costs[-1].layer.type in _COSTS:
            return cls(costs[-1], head.index, head.output.size)
        raise UnsupportedError(
            f"{place(head)}: the last layer has no loss to train with; expected [softmax], "
            f"[logistic], or [cost] with type={' or '.join(_COSTS)} after it"
        )

    def __call__(self, values: Tensor, truth: Tensor) -> Tensor:
        """The mean over photographs.

        values: (n, classes, 1, 1), those of layer `before`. truth: (n, classes), a share for every
        class (`one_hot`).
        """
        values = values.float().reshape(len(values), self.classes)
        layer = self.head.layer
        if isinstance(layer, Softmax):
            grouped = values.reshape(len(values), layer.groups, -1) / layer.temperature
            logs = F.log_softmax(grouped, 2).reshape(len(values), self.classes)
            # Darknet's gradient is that of the values after the temperature
            return -(truth * logs).sum() * layer.temperature / len(values)
        if isinstance(layer, Cost):
            return _COSTS[layer.type](values, truth) * layer.scale / len(values)
        return F.binary_cross_entropy_with_logits(values, truth, reduction="sum") / len(values)


def _squares(values: Tensor, truth: Tensor) -> Tensor:
    """Darknet's gradient is the difference itself, not twice that."""
    return ((values - truth) ** 2).sum() / 2


def _absolute(values: Tensor, truth: Tensor) -> Tensor:
    return (values - truth).abs().sum()


def _smooth(values: Tensor, truth: Tensor) -> Tensor:
    return F.huber_loss(values, truth, reduction="sum")


_COSTS = {"sse": _squares, "L1": _absolute, "smooth": _smooth}


def one_hot(labels: Tensor, classes: int, smoothing: float = 0.0) -> Tensor:
    """(n, classes): 1 for the true class; `smoothing` of it is spread over all classes.

    (C. Szegedy et al., arXiv:1512.00567, section 7.)
    """
    truth = torch.full((len(labels), classes), smoothing / classes, device=labels.device)
    return truth.scatter_(1, labels[:, None], 1 - smoothing + smoothing / classes)
