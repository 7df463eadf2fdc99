"""Why a loss is no number any more: the first layer whose values or weights are not finite."""

from __future__ import annotations

import torch
from torch import Tensor

from ..interp.evaluate import evaluate
from ..interp.training import TrainingNetwork, TrainingOps
from ..layers import Node
from ..network import place, walk

__all__ = ["diverged", "first_not_finite"]


@torch.no_grad()
def first_not_finite(module: TrainingNetwork, images: Tensor) -> tuple[Node | None, str] | None:
    """The first layer that goes wrong for these images, and what of it; None: no layer does.

    The forward pass of training is done again, in the order of the layers, with copies of the
    weights: statistics are not noted. Where the images themselves are no numbers there is no layer.
    """
    if not bool(images.isfinite().all()):
        return None, "the photographs are not finite"
    network = module.network
    arrays = [module.arrays(node.index) for node in network.nodes]
    copies = [
        {n: value.clone().requires_grad_(value.requires_grad) for n, value in own.items()}
        for own in arrays
    ]
    nodes = [node for node in walk(network) if not node.layer.is_loss]
    ops = TrainingOps(images.device, rolling=1)
    values = evaluate(network, ops, copies, images, [node.index for node in nodes])
    for node, value in zip(nodes, values, strict=True):
        learned = {name: array for name, array in arrays[node.index].items() if array.requires_grad}
        for name, array in learned.items():
            if not bool(array.isfinite().all()):
                return node, f"its {name} are not finite"
        if not bool(value.isfinite().all()):
            return node, "its values are not finite"
    return None


def diverged(number: int, where: tuple[Node | None, str] | None, rate: float) -> str:
    """The message: batch, layer, and what to do."""
    node, what = (None, "the loss itself") if where is None else where
    cause = what if node is None else f"{place(node)}: {what}"
    return (
        f"batch {number:,}: the loss is not a number: {cause}; a smaller learning rate "
        f"(now {rate:g}) or a longer burn_in may keep it"
    )
