"""What is asked of the predictor: a network, a box, photographs, and how it is to be run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import InputError, printable
from ..network import Network
from .box import Box
from .photos import IMAGENET, Photos

__all__ = ["DECODE_PIXELS_PER_S", "PREPARE_SECONDS", "RESIZE_SECONDS", "Request", "Wanted"]

Wanted = Literal["f32", "half"]
DECODE_PIXELS_PER_S = 87e6
"""Of a core, where the box's own is not known: a photograph of 341 x 256 in 1.0 ms
(docs/performance.md, a Xeon of the Ice Lake generation, 2026-11-26)."""
PREPARE_SECONDS = 2.4e-3
"""Of a core for 224 x 224 pixels to learn from: sampled, mirrored, other colours (the same)."""
RESIZE_SECONDS = 2.2e-3
"""Of a core for 224 x 224 pixels to answer: resized and cropped (the same)."""
OTHER_CORE = 2.0
"""Another core is within this factor of that one: assumed."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One question. What is None is the box's own, or the cfg's.

    batch: photographs at once, of one card. cores, disk_bytes_per_s, lanes: instead of the box's.
    decoded: photographs are kept decoded in memory, and neither read nor decoded again. divided:
    in how many parts a card computes what it would compute at once.
    """

    network: Network
    box: Box
    photos: Photos = IMAGENET
    training: bool = True
    precision: Wanted = "f32"
    batch: int | None = None
    cores: float | None = None
    disk_bytes_per_s: float | None = None
    lanes: int | None = None
    decoded: bool = False
    engine: str | None = None
    divided: int = 1

    def __post_init__(self) -> None:
        """InputError for a batch or a number of cores that is none."""
        if self.batch is not None and self.batch < 1:
            raise InputError(f"batch={self.batch}: expected at least 1")
        if self.cores is not None and not 0 < self.cores < 1e6:
            raise InputError(f"cores={self.cores}: expected more than 0")
        if self.engine is not None and self.box.measured is None:
            raise InputError(
                f"{self.box.label}: no engine {printable(self.engine)} was measured: a processor's "
                "engines are what darknet rig measure finds; leave --engine away"
            )
        if self.network.net.width == 0:
            label = self.network.cfg.label
            raise InputError(f"{label}: its input is no image; a rig is planned for photographs")

    @property
    def at_once(self) -> int:
        """Photographs at once, of one card: the cfg's batch in its subdivisions, or divided."""
        net = self.network.net
        return max(1, -(-(self.batch or net.batch // net.subdivisions) // self.divided))

    @property
    def in_a_step(self) -> int:
        """Photographs of one card between two steps of the optimizer."""
        return self.batch or self.network.net.batch
