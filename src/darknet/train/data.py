"""What a run learns from, whatever it is: photographs (`photograph_data`), positions of Go.

The trainer knows batches only, the session what is here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from ..cfg import Cfg
from ..network import Network
from ..weights import Weights

if TYPE_CHECKING:
    from .kept import Kept
    from .parallel import Process
    from .plan import Plan

__all__ = ["Batch", "Batches", "Data", "Inputs", "Validated"]


@dataclass(frozen=True, eq=False)
class Inputs:
    """A batch on the device that computes.

    images: float32 (n, channels, height, width), channels last. labels: int64 (n,), the true
    classes. others: (n,) float32 for each further head by name, NaN where nothing is known (see
    `losses.Loss`).
    """

    images: Tensor
    labels: Tensor
    others: Mapping[str, Tensor] = field(default_factory=dict)


class Batch(Protocol):
    """One process's share of batch `number`."""

    @property
    def number(self) -> int:
        """Counted from 0, over the whole run."""
        ...

    def on(self, device: torch.device) -> Inputs:
        """What the network sees, and what it should answer."""
        ...


class Batches(Protocol):
    """Where batches come from, in order (see `loader.Loader`)."""

    waited: float
    """Seconds that were waited for them so far."""

    def __iter__(self) -> Iterator[Batch]: ...

    def close(self) -> None:
        """Stop making them."""
        ...


@dataclass(frozen=True)
class Validated:
    """What weights are worth: shares, 0..1, of samples answered right first, or among the top k."""

    top1: float
    topk: float
    classes: int


class Data(Protocol):
    """What a run learns from, read and checked, before the first batch is made."""

    unit: str
    """What it has many of: ``photographs``."""

    @property
    def cfg(self) -> Cfg:
        """The network's, with the batches that its epochs take."""
        ...

    @property
    def count(self) -> int:
        """How many samples an epoch has."""
        ...

    @property
    def fingerprint(self) -> str:
        """What tells this data from other data."""
        ...

    @property
    def held_out(self) -> int:
        """How many samples were kept from training to validate with."""
        ...

    @property
    def expected_bytes(self) -> int:
        """What it will take of this process's memory, beside batches."""
        ...

    @property
    def validates(self) -> bool:
        """Whether there is anything to validate with."""
        ...

    def notes(self) -> Iterator[str]:
        """Remarks for the start."""
        ...

    def batches(self, plan: Plan, process: Process, first: int) -> Batches:
        """Batch `first` and those after it: of each this process's share."""
        ...

    def validate(self, network: Network, weights: Weights, device: str) -> Validated:
        """What the weights are worth. Raises WeightsError for answers that are no numbers."""
        ...

    def write(self, kept: Kept) -> None:
        """What belongs beside the weights: the cfg, names, what was held out."""
        ...

    @property
    def lost(self) -> Sequence[str]:
        """A line for every sample that could not be read so far."""
        ...
