"""The record of a training run as TensorBoard's scalars (the extra ``tensorboard``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError

if TYPE_CHECKING:
    from .record import Step

__all__ = ["Board"]


class Board:
    """Writes events into `folder`; those of an earlier run from batch `first` on are replaced.

    Raises InputError where tensorboard is not installed.
    """

    def __init__(self, folder: Path, first: int) -> None:
        self._writer = _summary_writer()(str(folder), purge_step=first if first > 1 else None)

    def add(self, step: Step) -> None:
        """A point of every curve."""
        values = {
            "train/loss": step.loss,
            "train/average": step.average,
            "train/rate": step.rate,
            "train/epoch": step.epoch,
            "speed/images a second": step.speed,
            "speed/share of time waiting for data": step.waited,
            "valid/top-1": step.top1,
            "valid/top-5": step.top5,
        }
        for name, value in values.items():
            if value is not None:
                self._writer.add_scalar(name, value, step.batch)

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()


def _summary_writer() -> Any:
    """torch's SummaryWriter (its types depend on what is installed)."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise InputError(
            "--tensorboard needs the package tensorboard, which is not installed: "
            'pip install "darknet-python[tensorboard]"'
        ) from None
    return SummaryWriter
