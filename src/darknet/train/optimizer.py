"""How weights change after a batch: Darknet's steps, and today's.

With g the gradient averaged over the batch, as Darknet's lr/B makes it:

    sgd        v = momentum * v + g + decay * w;   w -= rate * v
    nesterov   as sgd, one step ahead (I. Sutskever et al., ICML 2013)
    adam       Kingma and Ba, arXiv:1412.6980, with B1, B2, eps; decay is part of g, as in Darknet
    adamw      decay apart from g (Loshchilov and Hutter, arXiv:1711.05101)
    muon       filters before a batch norm: orthogonal steps, decay apart; else nesterov (`muon`)

Decay is on weights only, never on biases and scales. A layer's ``learning_rate`` is a factor on the
rate for its arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Protocol

import torch
from torch.optim import SGD, Adam, AdamW

from ..errors import EngineError
from ..interp.torch import TorchNetwork
from ..layers import NetSection, Node
from ..layers.base import WeightSpec

__all__ = ["make_optimizer", "set_rate"]

_FACTOR = "factor"  # of a group of parameters: the layers' own factor on the rate


class Steps(Protocol):
    """What the trainer needs of an optimizer."""

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """Groups of parameters with their rates."""
        ...

    def step(self) -> object:
        """Change the parameters."""
        ...

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from `state_dict`."""
        ...


def make_optimizer(module: TorchNetwork, net: NetSection, world: int = 1) -> Steps:
    """The optimizer that [net] asks for, over all that may change, in each of `world` processes.

    (adam=1 is C's word for optimizer=adam.)
    """
    kind = "adam" if net.adam and net.optimizer == "sgd" else net.optimizer
    found = list(_learning(module))
    if kind == "muon":
        filters = [one for one in found if _is_filter(one)]
        others = [one for one in found if not _is_filter(one)]
        if not hasattr(torch.optim, "Muon"):
            raise EngineError(
                f"optimizer=muon needs torch 2.9 or later; {torch.__version__} is installed"
            )
        from .muon import MuonAndSGD

        return MuonAndSGD(_groups(filters, net.decay), _groups(others, 0.0), net.momentum)
    groups = _groups(found, net.decay)
    if kind in ("adam", "adamw"):
        kinds: type[Adam] = AdamW if kind == "adamw" else Adam
        # Darknet's eps is beside the root of summed gradients; here they are averaged.
        return kinds(groups, lr=0.0, betas=(net.B1, net.B2), eps=net.eps / (net.batch * world))
    return SGD(groups, lr=0.0, momentum=net.momentum, nesterov=kind == "nesterov")


class _Learning(NamedTuple):
    """An array that may change."""

    node: Node
    spec: WeightSpec
    array: torch.nn.Parameter


def _learning(module: TorchNetwork) -> Iterator[_Learning]:
    for node in module.network.nodes:
        for spec in node.weights:
            if spec.role not in ("mean", "variance"):
                array = module.layers[str(node.index)].get_parameter(spec.name)
                if array.requires_grad:
                    yield _Learning(node, spec, array)


def _is_filter(one: _Learning) -> bool:
    """Whether batch normalization follows, so that the array's size makes no difference."""
    return one.spec.role == "weight" and any(spec.role == "mean" for spec in one.node.weights)


def _groups(found: Iterable[_Learning], decay: float) -> list[dict[str, Any]]:
    """Parameters by decay and factor on the rate."""
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for node, spec, array in found:
        key = (decay if spec.role == "weight" else 0.0, node.layer.learning_rate)
        groups.setdefault(key, []).append(array)
    return [
        {"params": arrays, "weight_decay": own, _FACTOR: factor}
        for (own, factor), arrays in groups.items()
    ]


def set_rate(optimizer: Steps, rate: float) -> None:
    """The learning rate of the next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group[_FACTOR]
