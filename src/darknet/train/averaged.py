"""The running average of a network's weights, which answers better than the last ones.

(B. Polyak and A. Juditsky, 1992; AlexeyAB's ema_alpha.) Its memory grows with the batches, so that
the weights before any training are soon forgotten.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch

from ..interp.training import TrainingNetwork

__all__ = ["Averaged"]


class Averaged:
    """The average; `alpha` is its memory (0.999: of about a thousand batches)."""

    def __init__(self, module: TrainingNetwork, alpha: float) -> None:
        self.module = copy.deepcopy(module).requires_grad_(False).eval()
        self._alpha = alpha
        self._count = 0

    @torch.no_grad()
    def add(self, module: TrainingNetwork) -> None:
        """Take the weights, means and variances of now into the average."""
        self._count += 1
        alpha = min(self._alpha, (1 + self._count) / (10 + self._count))
        own = list(self.module.state_dict().values())
        new = list(module.state_dict().values())
        torch._foreach_lerp_(own, new, 1 - alpha)

    def state(self) -> Mapping[str, Any]:
        """All that is needed to go on."""
        return {"count": self._count, "module": self.module.state_dict()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self._count = int(state["count"])
        self.module.load_state_dict(state["module"])
