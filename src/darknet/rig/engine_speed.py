"""An engine's measured rates on a machine: those of single layers of many sizes.

Normalization and activation are in them. A layer of another size takes the rate of those that are
nearest to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from typing import Any

from ..errors import InputError, printable
from .device import ITEM, SGD_VALUES, Cost, Limit
from .facts import figure
from .work import KINDS, Kind, LayerWork

__all__ = ["EngineSpeed", "Rate", "positive"]

SPREAD = 1.25
"""A run of a whole network is most often within this factor of what its layers add up to."""
_FEW = 1e-3  # nearer than that is the same


@dataclass(frozen=True, slots=True)
class Rate:
    """FLOP/s of one layer: what it takes in, gives out, and how much of it."""

    kind: Kind
    channels: int
    filters: int
    pixels: int
    flops_per_s: float

    def distance(self, layer: LayerWork) -> float:
        """How unlike a layer is: squared, in doublings of its sizes."""
        pairs = (
            (self.channels, layer.channels),
            (self.filters, layer.filters),
            (self.pixels, layer.pixels),
        )
        return sum(log(max(1, a) / max(1, b), 2) ** 2 for a, b in pairs)


@dataclass(frozen=True)
class EngineSpeed:
    """An engine on a machine, for training or for answering: a `Device`.

    bandwidth: bytes/s that a pass over the values reaches; launch_seconds: of an operation.
    """

    engine: str
    precision: str
    training: bool
    rates: tuple[Rate, ...]
    bandwidth: float
    launch_seconds: float
    memory_bytes: float | None = None

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.engine}, {self.precision}, measured"

    @property
    def spread(self) -> float:
        """Of a measured machine."""
        return SPREAD

    @property
    def peak(self) -> float:
        """The highest rate of any layer."""
        return max(rate.flops_per_s for rate in self.rates)

    def folded(self, training: bool) -> bool:
        """Always: the rates have normalization and activation in them."""
        return True

    def costs(self, layer: LayerWork, batch: int, training: bool) -> tuple[Cost, ...]:
        """One for a layer with weights; one for every pass of another."""
        operations = layer.operations(training)
        if not layer.flops(training):
            return tuple(
                self._cost(o.place, 0, o.values * batch * ITEM["f32"], None) for o in operations
            )
        moved = sum(o.values * batch + o.weights for o in operations) * ITEM["f32"]
        flops = layer.flops(training) * batch
        return (self._cost("compute", flops, moved, self.rate(layer)),)

    def _cost(self, place: str, flops: float, moved: float, rate: float | None) -> Cost:
        taken: dict[Limit, float] = {
            "memory bandwidth": 0.0 if rate else moved / self.bandwidth,
            "arithmetic": flops / rate if rate else 0.0,
            "launching": self.launch_seconds,
        }
        limit = max(taken, key=lambda one: taken[one])
        return Cost(place, taken[limit], limit, flops, moved)

    def rate(self, layer: LayerWork) -> float:
        """FLOP/s for a layer: of its kind, those nearest count most (of none, all kinds)."""
        same = [rate for rate in self.rates if rate.kind == layer.kind] or list(self.rates)
        weighed = [(1 / (rate.distance(layer) + _FEW) ** 2, rate.flops_per_s) for rate in same]
        total = sum(weight for weight, _ in weighed)
        return exp(sum(weight * log(speed) for weight, speed in weighed) / total)

    def step_seconds(self, parameters: int) -> float:
        """The weights, gradients and momenta pass through the memory."""
        return parameters * SGD_VALUES * ITEM["f32"] / self.bandwidth

    def to_dict(self) -> dict[str, Any]:
        """As in a rig file."""
        return {
            "engine": self.engine,
            "precision": self.precision,
            "use": "training" if self.training else "inference",
            "bandwidth_gbs": self.bandwidth / 1e9,
            "launch_microseconds": 1e6 * self.launch_seconds,
            "rates": [
                {
                    "kind": rate.kind,
                    "channels": rate.channels,
                    "filters": rate.filters,
                    "pixels": rate.pixels,
                    "gflops": rate.flops_per_s / 1e9,
                }
                for rate in self.rates
            ],
        }

    @classmethod
    def from_dict(cls, written: Mapping[str, Any], where: str) -> EngineSpeed:
        """From a rig file; InputError for what is none."""
        try:
            rates = tuple(_rate(one, where) for one in written["rates"])
            use = written["use"]
            if use not in ("training", "inference") or not rates:
                raise InputError(f"{where}: engine: expected use = training or inference, rates")
            return cls(
                engine=str(written["engine"]),
                precision=str(written["precision"]),
                training=use == "training",
                rates=rates,
                bandwidth=positive(written["bandwidth_gbs"], where) * 1e9,
                launch_seconds=figure(written["launch_microseconds"], where) / 1e6,
            )
        except (KeyError, TypeError) as problem:
            raise InputError(f"{where}: engine: {problem} is missing or no table") from None


def _rate(one: Mapping[str, Any], where: str) -> Rate:
    kind = one["kind"]
    if kind not in KINDS:
        raise InputError(f"{where}: kind {printable(str(kind))}: expected {', '.join(KINDS)}")
    channels, filters, pixels = (
        int(figure(one[key], where)) for key in ("channels", "filters", "pixels")
    )
    return Rate(kind, channels, filters, pixels, positive(one["gflops"], where) * 1e9)


def positive(value: object, where: str) -> float:
    """A number above 0; InputError for anything else."""
    found = figure(value, where)
    if not found:
        raise InputError(f"{where}: a rate of 0; expected more")
    return found
