"""What computes, and how long it takes for a layer.

An operation takes the longest of three: its arithmetic at the share of the peak that its kind
reaches, its values at the share of the memory's bandwidth, and the time that the host needs to
start it. Which of them it was is the operation's limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from ..errors import InputError
from .catalogue import Gpu
from .efficiency import Efficiency, fitted
from .work import LayerWork, Operation

__all__ = ["ITEM", "Cost", "Device", "Limit", "Modelled", "Precision", "modelled", "precision_of"]

Limit = Literal["arithmetic", "memory bandwidth", "launching"]
Precision = Literal["f32", "tf32", "half"]
ITEM: Mapping[Precision, int] = {"f32": 4, "tf32": 4, "half": 2}
"""Bytes of a value."""
SGD_VALUES = 5
"""Values that a step moves for each parameter: weight, gradient and momentum in, two out."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What an operation takes for a batch: seconds, why, and the numbers behind it."""

    place: str
    seconds: float
    limit: Limit
    flops: float
    bytes: float


class Device(Protocol):
    """What a layer's work is given to.

    spread: a measured speed is most often within this factor. folded: its rates have
    normalization and activation in them. memory_bytes: None where it is not known.
    """

    @property
    def name(self) -> str:
        """For messages."""
        ...

    @property
    def spread(self) -> float:
        """The factor."""
        ...

    @property
    def memory_bytes(self) -> float | None:
        """Of its own."""
        ...

    @property
    def peak(self) -> float:
        """FLOP/s at the most."""
        ...

    @property
    def bandwidth(self) -> float:
        """Bytes/s at the most."""
        ...

    def folded(self, training: bool) -> bool:
        """Whether normalization and activation are in its rates."""
        ...

    def costs(self, layer: LayerWork, batch: int, training: bool) -> tuple[Cost, ...]:
        """What the layer's operations take for a batch."""
        ...

    def step_seconds(self, parameters: int) -> float:
        """What the optimizer's step takes."""
        ...


@dataclass(frozen=True)
class Modelled:
    """A card of the catalogue at one precision. peak: FLOP/s; bandwidth: bytes/s.

    `reordered`: the tensor cores are given channels first, and every value is turned around
    before and after.
    """

    name: str
    precision: Precision
    peak: float
    bandwidth: float
    memory_bytes: float | None
    efficiency: Efficiency
    reordered: bool = False

    @property
    def spread(self) -> float:
        """Of the fit."""
        return self.efficiency.spread

    def folded(self, training: bool) -> bool:
        """For answering, engines fold normalization into the weights."""
        return not training

    def costs(self, layer: LayerWork, batch: int, training: bool) -> tuple[Cost, ...]:
        """One a pass."""
        return tuple(self.cost(operation, batch) for operation in layer.operations(training))

    def cost(self, operation: Operation, batch: int) -> Cost:
        """The longest of the three."""
        flops = operation.flops * batch
        values = operation.values * (3 if self.reordered and flops else 1)
        moved = (values * batch + operation.weights) * ITEM[self.precision]
        share = self.efficiency.shares(self.precision).get(operation.kind, 1.0)
        taken: dict[Limit, float] = {
            "arithmetic": flops / (self.peak * share),
            "memory bandwidth": moved / (self.bandwidth * self.efficiency.memory),
            "launching": self.efficiency.launch_seconds,
        }
        limit = max(taken, key=lambda one: taken[one])
        return Cost(operation.place, taken[limit], limit, flops, moved)

    def step_seconds(self, parameters: int) -> float:
        """The weights, gradients and momenta pass through the memory."""
        moved = parameters * SGD_VALUES * ITEM["f32"]
        return moved / (self.bandwidth * self.efficiency.memory)


def precision_of(gpu: Gpu, wanted: str = "f32") -> Precision:
    """The arithmetic that a card does it in.

    "f32" is TF32 where the card has it, as in PyTorch's convolutions; "half" is bfloat16 or
    float16. InputError for half precision on a card whose rate is not known.
    """
    if wanted == "half":
        if gpu.half_tflops is None:
            raise InputError(
                f"{gpu.name}: no rate for half precision is known; leave --precision half away"
            )
        return "half"
    return "tf32" if gpu.tf32_tflops is not None and wanted != "f32 alone" else "f32"


def modelled(
    gpu: Gpu,
    precision: Precision,
    *,
    efficiency: Efficiency | None = None,
    reordered: bool = False,
) -> Modelled:
    """The card as a device; InputError where its rate or bandwidth is not known."""
    rates = {"f32": gpu.fp32_tflops, "tf32": gpu.tf32_tflops, "half": gpu.half_tflops}
    rate = rates[precision]
    for what, found in (("peak rate", rate), ("memory bandwidth", gpu.bandwidth_gbs)):
        if found is None:
            raise InputError(f"{gpu.name}: its {what} is not known, so nothing can be predicted")
    assert rate is not None  # noqa: S101 - just looked at
    assert gpu.bandwidth_gbs is not None  # noqa: S101
    return Modelled(
        name=gpu.name,
        precision=precision,
        peak=rate.value * 1e12,
        bandwidth=gpu.bandwidth_gbs.value * 1e9,
        memory_bytes=None if gpu.memory_gb is None else gpu.memory_gb.value * 2**30,
        efficiency=efficiency or fitted(),
        reordered=reordered,
    )
