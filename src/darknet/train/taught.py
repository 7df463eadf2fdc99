"""A teacher's answers mixed into the truth of a batch."""

from __future__ import annotations

import torch
from torch import Tensor

from ..fold import fold_batch_norm
from ..interp.training import TrainingNetwork
from .losses import Loss
from .teacher import Teacher

__all__ = ["Taught"]


class Taught:
    """A teacher on a device: it answers, and learns nothing. `share`: of the truth, 0..1."""

    def __init__(self, teacher: Teacher, share: float, device: torch.device) -> None:
        network, weights = fold_batch_norm(teacher.network, teacher.weights)  # it only answers
        self._loss, self._share = Loss.of(network), share
        module = TrainingNetwork(network, weights, *self._loss.before)
        self._module = module.to(device).eval().requires_grad_(False)

    def __call__(self, images: Tensor, truth: Tensor) -> Tensor:
        """The truth of these images, (n, classes), with what the teacher says of them."""
        with torch.no_grad():
            return truth.lerp(self._loss.probabilities(self._module(images)), self._share)
