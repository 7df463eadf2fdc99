"""Steps of equal size in every direction: momentum made orthogonal.

A filter bank is a matrix, a row a filter. Its step is the nearest matrix with orthonormal rows (or
columns) to the momentum, so that what few inputs say weighs as much as what all say (K. Jordan,
kellerjordan.github.io/posts/muon; torch's `Muon`). The size of filters that batch normalization
follows makes no difference, their direction alone, which is what such steps are about; all else
(biases, scales, layers without normalization) is stepped by SGD with Nesterov's momentum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Muon, Optimizer

__all__ = ["MuonAndSGD"]


class MuonAndSGD:
    """Two optimizers as one, with what the trainer needs of one.

    filters, others: groups of parameters as torch takes them. momentum: of both.
    """

    def __init__(
        self,
        filters: Sequence[dict[str, Any]],
        others: Sequence[dict[str, Any]],
        momentum: float,
    ) -> None:
        self._filters = [array for group in filters for array in group["params"]]
        self._rows = [torch.nn.Parameter(_rows(array.data)) for array in self._filters]
        views = iter(self._rows)
        groups = [{**group, "params": [next(views) for _ in group["params"]]} for group in filters]
        self._parts: list[Optimizer] = []
        if groups:
            self._parts.append(Muon(groups, lr=0.0, momentum=momentum))
        if others:
            self._parts.append(SGD(list(others), lr=0.0, momentum=momentum, nesterov=True))

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """Those of both."""
        return [group for part in self._parts for group in part.param_groups]

    def step(self) -> None:
        """Change all parameters that have gradients."""
        for array, rows in zip(self._filters, self._rows, strict=True):
            rows.grad = None if array.grad is None else _rows(array.grad)
        for part in self._parts:
            part.step()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for part in self._parts:
            part.zero_grad(set_to_none)
        for array in self._filters:
            array.grad = None

    def state_dict(self) -> dict[str, Any]:
        """What is needed to go on."""
        return {str(number): part.state_dict() for number, part in enumerate(self._parts)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from `state_dict`."""
        for number, part in enumerate(self._parts):
            part.load_state_dict(state[str(number)])


def _rows(filters: Tensor) -> Tensor:
    """Filters (n, channels, height, width), channels last, as (n, values): the same memory."""
    return filters.permute(0, 2, 3, 1).reshape(len(filters), -1) if filters.ndim == 4 else filters
