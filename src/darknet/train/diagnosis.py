"""Why a loss is no number any more: the first layer whose values or weights are not finite."""

from __future__ import annotations

import torch
from torch import Tensor

from ..interp.evaluate import evaluate
from ..interp.training import TrainingNetwork, TrainingOps
from ..layers import Node
from ..network import Network, place

__all__ = ["diverged", "first_not_finite"]


@torch.no_grad()
def first_not_finite(module: TrainingNetwork, images: Tensor) -> tuple[Node, str] | None:
    """The first layer that goes wrong for these images, and what of it."""
    if not bool(images.isfinite().all()):
        return None
    arrays = [module.arrays(node.index) for node in module.network.nodes]
    for node in module.network.nodes:
        for name, value in arrays[node.index].items():
            if not bool(value.isfinite().all()):
                return node, f"its {name} are not finite"
    kept = [{name: value.clone() for name, value in own.items()} for own in arrays]
    nodes = [node for node in module.network.nodes if not node.layer.is_loss]
    ops = TrainingOps(images.device)
    values = evaluate(module.network, ops, kept, images, [node.index for node in nodes])
    for node, value in zip(nodes, values, strict=True):
        if not bool(value.isfinite().all()):
            return node, "its values are not finite"
    return None


def diverged(network: Network, number: int, where: tuple[Node, str] | None, rate: float) -> str:
    """The message: batch, layer, and what to do."""
    cause = "the loss itself" if where is None else f"{place(where[0])}: {where[1]}"
    return (
        f"batch {number:,}: the loss is not a number: {cause}; a smaller learning rate "
        f"(now {rate:g}) or a longer burn_in may keep it"
    )
