"""What training makes small: the loss of a network's last layer, given the true classes.

    softmax     cross-entropy: -log p of the true class, in every group (Darknet's classifiers)
    logistic    binary cross-entropy of every output
    cost        sse (sum of squares), L1, or smooth, where no softmax comes before it

A network may have two outputs: a [softmax], and one value through [logistic], in Go the chance that
who is to move wins (`VALUE`). The cross-entropy of that is added, times [net]'s value_scale, for
the samples of which it is known.

A [cost] after a softmax adds nothing, as in the cfgs of 2016, where it was how a softmax came by
its loss. A loss is summed over a photograph's outputs and averaged over photographs. Gradients, and
so learning rates, are Darknet's; the value of a cross-entropy is what Darknet prints, that of sse
is half of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import UnsupportedError
from ..layers import Cost, Logistic, Node, Softmax
from ..network import Network, place

__all__ = ["VALUE", "Loss", "one_hot"]

VALUE = "value"
"""The name of the second head among `data.Inputs.others`: 0..1, NaN where it is not known."""


@dataclass(frozen=True)
class Loss:
    """The loss of one network. `before` are the layers whose values it is computed from.

    The first of them is that of the classes, the second, if there is one, that of the value.
    """

    head: Node
    before: tuple[int, ...]
    classes: int
    value_scale: float = 0.0

    @classmethod
    def of(cls, network: Network) -> Loss:
        """The network's own loss; UnsupportedError where it has none for classes."""
        head, others = _main_head(network)
        before = _before(network, head)
        if not others:
            return cls(before[0], (before[1],), head.output.size)
        (value,) = others
        layers = (before[1], value.sources[0])
        return cls(before[0], layers, head.output.size, network.net.value_scale)

    def __call__(
        self, values: Sequence[Tensor], truth: Tensor, others: Mapping[str, Tensor] | None = None
    ) -> Tensor:
        """The mean over samples.

        values: those of the layers `before`: (n, classes, 1, 1), and (n, 1, 1, 1). truth: (n,
        classes), a share for every class (`one_hot`). others: `VALUE`, (n,).
        """
        loss = self._of_classes(values[0], truth)
        if len(values) > 1 and others:
            loss = loss + self.value_scale * _of_value(values[1], others[VALUE])
        return loss

    def probabilities(self, values: Sequence[Tensor]) -> Tensor:
        """What the network answers, (n, classes), as a call takes the values.

        Raises UnsupportedError where that are no probabilities: not through a softmax.
        """
        layer = self.head.layer
        if not isinstance(layer, Softmax):
            raise UnsupportedError(f"{place(self.head)}: answers no probabilities")
        return self._logs(values[0].float(), layer).exp()

    def _logs(self, values: Tensor, layer: Softmax) -> Tensor:
        """log p, (n, classes)."""
        grouped = values.reshape(len(values), layer.groups, -1) / layer.temperature
        return F.log_softmax(grouped, 2).reshape(len(values), self.classes)

    def _of_classes(self, values: Tensor, truth: Tensor) -> Tensor:
        values = values.float().reshape(len(values), self.classes)
        layer = self.head.layer
        if isinstance(layer, Softmax):
            logs = self._logs(values, layer)
            # Darknet's gradient is that of the values after the temperature
            return -(truth * logs).sum() * layer.temperature / len(values)
        if isinstance(layer, Cost):
            return _COSTS[layer.type](values, truth) * layer.scale / len(values)
        return F.binary_cross_entropy_with_logits(values, truth, reduction="sum") / len(values)


def _main_head(network: Network) -> tuple[Node, list[Node]]:
    """The output that answers classes, and the other ones (none, or one value)."""
    outputs = network.outputs
    if len(outputs) == 1:
        return outputs[0], []
    main = [node for node in outputs if isinstance(node.layer, Softmax)]
    others = [node for node in outputs if node not in main]
    if len(main) != 1 or len(others) != 1 or not _is_value(others[0]):
        words = ", ".join(f"{place(node)} ({node.output.size} values)" for node in outputs)
        raise UnsupportedError(
            f"{network.cfg.label}: outputs {words}: to train with several, expected one [softmax]"
            " and one value through [logistic]"
        )
    return main[0], others


def _is_value(node: Node) -> bool:
    return isinstance(node.layer, Logistic) and node.output.size == 1


def _before(network: Network, head: Node) -> tuple[Node, int]:
    """The node whose layer says how the loss is computed, and the layer it is computed from."""
    if isinstance(head.layer, Softmax) and not head.layer.noloss:
        if head.layer.tree or head.layer.spatial:
            what = "tree" if head.layer.tree else "spatial"
            raise UnsupportedError(f"{place(head)}: training with {what}= is not in this version")
        return head, head.sources[0]
    if isinstance(head.layer, Logistic):
        return head, head.sources[0]
    costs = [n for n in network.nodes if isinstance(n.layer, Cost) and n.sources == (head.index,)]
    if costs and isinstance(costs[-1].layer, Cost) and costs[-1].layer.type in _COSTS:
        return costs[-1], head.index
    raise UnsupportedError(
        f"{place(head)}: the last layer has no loss to train with; expected [softmax], "
        f"[logistic], or [cost] with type={' or '.join(_COSTS)} after it"
    )


def _of_value(values: Tensor, truth: Tensor) -> Tensor:
    """Cross-entropy of one chance; samples of which it is not known count as 0 in the mean."""
    values, known = values.float().reshape(-1), truth.isfinite()
    losses = F.binary_cross_entropy_with_logits(
        values, torch.where(known, truth, 0.5), reduction="none"
    )
    return (losses * known).sum() / len(values)


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
