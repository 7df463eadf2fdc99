"""How much of its peak a card reaches, by kind of operation: what was fitted to published speeds.

``python benchmarks/rig.py --fit`` fits the numbers to measured.toml and prints efficiency.toml. A
share may be above 1: Winograd's algorithm does a 3 x 3 convolution with fewer multiplications than
are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from .facts import built_in
from .work import Kind

__all__ = ["Efficiency", "fitted"]

ARITHMETIC: tuple[Kind, ...] = ("conv3x3", "conv1x1", "conv", "grouped", "connected")


@dataclass(frozen=True)
class Efficiency:
    """What a modelled card reaches.

    f32, tensor: shares of the peak rate, by kind; of ordinary and of tensor cores. memory: share of
    the bandwidth. launch_seconds: what an operation takes at least, on the host's side. skew: by
    how much a step is longer for every doubling of the cards. host_bytes_per_s: what the host
    passes on between cards, in all, that have no link of their own. spread: a measured speed is
    most often within this factor (to either side).
    """

    f32: Mapping[Kind, float]
    tensor: Mapping[Kind, float]
    memory: float
    launch_seconds: float
    skew: float
    host_bytes_per_s: float
    spread: float

    def shares(self, precision: str) -> Mapping[Kind, float]:
        """For "f32", "tf32" or "half"."""
        return self.f32 if precision == "f32" else self.tensor

    @classmethod
    def from_dict(cls, written: Mapping[str, Any]) -> Efficiency:
        """From efficiency.toml's tables."""
        return cls(
            f32=written["f32"],
            tensor=written["tensor"],
            memory=written["memory"]["share"],
            launch_seconds=written["launch"]["microseconds"] / 1e6,
            skew=written["scaling"]["skew"],
            host_bytes_per_s=written["scaling"]["host_gbs"] * 1e9,
            spread=written["fitted"]["spread"],
        )


@cache
def fitted() -> Efficiency:
    """What comes with the package."""
    return Efficiency.from_dict(built_in("efficiency.toml"))
