"""How fast bytes get to a card and from one card to the next."""

from __future__ import annotations

from .catalogue import Gpu
from .efficiency import Efficiency
from .scaling import LINK_SHARE, Link

__all__ = ["PCIE_SHARE", "between", "host_link", "pcie_bytes_per_s"]

LANE_GBS = {1: 0.25, 2: 0.5, 3: 1.0, 4: 2.0, 5: 4.0, 6: 8.0}
"""GB/s of a lane of PCI Express, one way, by generation (source "pcie" in sources.toml)."""
PCIE_SHARE = 0.8
"""Of which so much is reached: assumed (89 % has been measured for generation 5)."""


def pcie_bytes_per_s(generation: int, lanes: int) -> float:
    """Bytes a second, one way."""
    return LANE_GBS[generation] * lanes * PCIE_SHARE * 1e9


def host_link(gpu: Gpu, lanes: int | None = None, generation: int | None = None) -> float:
    """Bytes/s from the host to a card in a slot with so many lanes; x16 where it is not known."""
    own = int(gpu.pcie_generation.value) if gpu.pcie_generation else 3
    most = int(gpu.pcie_lanes.value) if gpu.pcie_lanes else 16
    return pcie_bytes_per_s(min(own, generation or own), min(most, lanes or most))


def between(gpu: Gpu, count: int, efficiency: Efficiency, lanes: int | None = None) -> Link:
    """What joins `count` cards of one box: their own links, or the host."""
    if gpu.link_gbs is not None:
        return Link("NVLink", gpu.link_gbs.value / 2 * LINK_SHARE * 1e9)
    through_host = efficiency.host_bytes_per_s / max(1, count)
    return Link("PCIe through the host", min(host_link(gpu, lanes), through_host))
