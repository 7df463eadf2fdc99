"""Published speeds: the rows of measured.toml, and what the predictor says of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .catalogue import Gpu, find_gpu
from .device import Precision, modelled
from .efficiency import Efficiency
from .facts import Source, built_in, source
from .links import between
from .reference import reference_network
from .scaling import all_reduce_seconds, step_seconds
from .timing import time_work
from .work import LayerWork, flops_of, work_of

__all__ = ["Row", "predicted", "rows"]


@dataclass(frozen=True)
class Row:
    """A published speed (see the head of measured.toml)."""

    gpu: Gpu
    network: str
    precision: Precision
    training: bool
    batch: int
    images_per_s: float
    source: Source
    cards: int = 1
    step: bool = False
    reordered: bool = False
    goal: bool = False

    @property
    def work(self) -> tuple[LayerWork, ...]:
        """Of its network, as PyTorch runs it: nothing folded."""
        return _work(self.network)

    def by_flops(self, share: float) -> float:
        """What a bare FLOPS model says: so much of the peak, whatever the layers are."""
        rates = {
            "f32": self.gpu.fp32_tflops,
            "tf32": self.gpu.tf32_tflops,
            "half": self.gpu.half_tflops,
        }
        rate = rates[self.precision]
        peak = rate.value * 1e12 if rate else 0.0
        return self.cards * share * peak / flops_of(self.work, self.training)

    def __str__(self) -> str:
        use = "training" if self.training else "inference"
        cards = f"{self.cards} x " if self.cards > 1 else ""
        return f"{cards}{self.gpu.name}, {self.network}, {self.precision}, {use}, {self.batch}"


@cache
def _work(name: str) -> tuple[LayerWork, ...]:
    return work_of(reference_network(name))


@cache
def rows() -> tuple[Row, ...]:
    """Every published speed."""
    return tuple(_row(entry) for entry in built_in("measured.toml")["row"])


def _row(entry: Mapping[str, Any]) -> Row:
    cards, batch = entry.get("gpus", 1), entry["batch"]
    speed = entry.get("images_per_s") or 1e3 * batch / entry["ms"]
    return Row(
        gpu=find_gpu(entry["gpu"]),
        network=entry["network"],
        precision=entry["precision"],
        training=entry["use"] == "training",
        batch=batch,
        images_per_s=speed,
        source=source(entry["source"]),
        cards=cards,
        step=entry.get("step", False),
        reordered=entry.get("reordered", False),
        goal=entry.get("goal", False),
    )


def predicted(row: Row, efficiency: Efficiency) -> float:
    """Images/s of a row, by the model."""
    device = modelled(row.gpu, row.precision, efficiency=efficiency, reordered=row.reordered)
    timing = time_work(row.work, device, row.batch, training=row.training, step=row.step)
    link = between(row.gpu, row.cards, efficiency)
    travelling = all_reduce_seconds(timing.parameters, row.cards, link)
    seconds = step_seconds(timing.seconds, travelling, row.cards, efficiency.skew)
    return row.cards * row.batch / seconds
