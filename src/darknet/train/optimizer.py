"""How weights change after a batch: Darknet's steps, and today's.

With g the gradient averaged over the batch, as Darknet's lr/B makes it:

    sgd        v = momentum * v + g + decay * w;   w -= rate * v
    nesterov   as sgd, one step ahead (I. Sutskever et al., ICML 2013)
    adam       Kingma and Ba, arXiv:1412.6980, with B1, B2, eps; decay is part of g, as in Darknet
    adamw      decay apart from g (Loshchilov and Hutter, arXiv:1711.05101)

Decay is on weights only, never on biases and scales. A layer's ``learning_rate`` is a factor on the
rate for its arrays.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.optim import SGD, Adam, AdamW, Optimizer

from ..interp.torch import TorchNetwork
from ..layers import NetSection

__all__ = ["make_optimizer", "set_rate"]

_FACTOR = "factor"  # of a group of parameters: the layers' own factor on the rate


def make_optimizer(module: TorchNetwork, net: NetSection, world: int = 1) -> Optimizer:
    """The optimizer that [net] asks for, over all that may change, in each of `world` processes.

    (adam=1 is C's word for optimizer=adam.)
    """
    groups = _groups(module, net.decay)
    kind = "adam" if net.adam and net.optimizer == "sgd" else net.optimizer
    if kind in ("adam", "adamw"):
        kinds: type[Adam] = AdamW if kind == "adamw" else Adam
        # Darknet's eps is beside the root of summed gradients; here they are averaged.
        return kinds(groups, lr=0.0, betas=(net.B1, net.B2), eps=net.eps / (net.batch * world))
    return SGD(groups, lr=0.0, momentum=net.momentum, nesterov=kind == "nesterov")


def _groups(module: TorchNetwork, decay: float) -> list[dict[str, Any]]:
    """Parameters by decay and factor on the rate."""
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for node in module.network.nodes:
        for spec in node.weights:
            array = (
                module.layers[str(node.index)].get_parameter(spec.name)
                if (spec.role not in ("mean", "variance"))
                else None
            )
            if array is not None and array.requires_grad:
                key = (decay if spec.role == "weight" else 0.0, node.layer.learning_rate)
                groups.setdefault(key, []).append(array)
    return [
        {"params": arrays, "weight_decay": own, _FACTOR: factor}
        for (own, factor), arrays in groups.items()
    ]


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """The learning rate of the next step."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group[_FACTOR]
