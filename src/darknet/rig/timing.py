"""A batch on a device: every layer's seconds, and what they add up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..network import Network
from .device import Cost, Device, Limit
from .work import LayerWork, work_of

__all__ = ["LayerTime", "Timing", "time_batch", "time_work"]


@dataclass(frozen=True, slots=True)
class LayerTime:
    """What a layer takes of a batch's time, and its limit: the one that most of it is due to."""

    index: int
    section: str
    kind: str
    seconds: float
    limit: Limit | None
    flops: float
    bytes: float

    def to_dict(self, total: float) -> dict[str, Any]:
        """For JSON."""
        return {
            "index": self.index,
            "section": self.section,
            "kind": self.kind,
            "milliseconds": float(f"{1e3 * self.seconds:.4g}"),
            "share": round(self.seconds / total, 4) if total else 0.0,
            "limit": self.limit,
            "flops": round(self.flops),
            "bytes": round(self.bytes),
        }


@dataclass(frozen=True)
class Timing:
    """A batch's layers on a device, and the optimizer's step (0 where nothing is learned)."""

    device: str
    batch: int
    training: bool
    layers: tuple[LayerTime, ...]
    step_seconds: float
    parameters: int

    @property
    def seconds(self) -> float:
        """Of the whole batch."""
        return sum(layer.seconds for layer in self.layers) + self.step_seconds

    @property
    def images_per_s(self) -> float:
        """Photographs a second."""
        return self.batch / self.seconds

    @property
    def by_limit(self) -> dict[str, float]:
        """Seconds that are due to each limit, the most first."""
        found: dict[str, float] = defaultdict(float)
        for layer in self.layers:
            if layer.limit is not None:
                found[layer.limit] += layer.seconds
        if self.step_seconds:
            found["memory bandwidth"] += self.step_seconds
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    @property
    def limit(self) -> str:
        """The limit that most of the time is due to."""
        return next(iter(self.by_limit), "memory bandwidth")


def time_batch(
    network: Network, device: Device, batch: int, *, training: bool, step: bool = True
) -> Timing:
    """A network's batch. `step`: with the optimizer's step, where it is training."""
    work = work_of(network, folded=device.folded(training))
    return time_work(work, device, batch, training=training, step=step)


def time_work(
    work: Sequence[LayerWork], device: Device, batch: int, *, training: bool, step: bool = True
) -> Timing:
    """The same of work that is known already."""
    layers = tuple(_layer(layer, device.costs(layer, batch, training)) for layer in work)
    parameters = sum(layer.parameters for layer in work)
    seconds = device.step_seconds(parameters) if training and step else 0.0
    return Timing(device.name, batch, training, layers, seconds, parameters)


def _layer(layer: LayerWork, costs: tuple[Cost, ...]) -> LayerTime:
    found: dict[Limit, float] = {}
    for cost in costs:
        found[cost.limit] = found.get(cost.limit, 0.0) + cost.seconds
    most = max(found.values(), default=0.0)
    limits = [limit for limit, seconds in found.items() if seconds == most]
    return LayerTime(
        index=layer.index,
        section=layer.section,
        kind=layer.kind,
        seconds=sum(cost.seconds for cost in costs),
        limit=limits[0] if limits else None,
        flops=sum(cost.flops for cost in costs),
        bytes=sum(cost.bytes for cost in costs),
    )
