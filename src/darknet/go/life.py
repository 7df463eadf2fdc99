"""Regions of a position, and chains that no play can capture (Benson 1976).

A *region* here is a connected set of points that are not of one colour. A chain is
*unconditionally alive* when it stays on the board although its owner passes for ever: it belongs
to a set of chains each of which has two regions of its own that are vital to it, every one of
whose empty points is a liberty of the chain, and that border no chain outside the set.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .geometry import neighbours
from .moves import EMPTY

__all__ = ["connected", "unconditionally_alive"]


def connected(size: int, points: Iterable[int], border: Sequence[int]) -> list[frozenset[int]]:
    """The parts of `points`: each a set of those with one value in `border` that are connected."""
    left, around, parts = set(points), neighbours(size), []
    while left:
        start = left.pop()
        part, value = [start], border[start]
        for point in part:
            for beside in around[point]:
                if beside in left and border[beside] == value:
                    left.remove(beside)
                    part.append(beside)
        parts.append(frozenset(part))
    return parts


def unconditionally_alive(
    size: int, stones: Sequence[int], colour: int, *, suicide: bool = False
) -> frozenset[int]:
    """The stones of `colour` that cannot be captured, though their owner passes for ever.

    With `suicide` the other side may clear its own stones out of an eye, and every point of a
    vital region, not only the empty ones, must lie beside the chain.
    """
    around = neighbours(size)
    own = [point for point in range(size * size) if stones[point] == colour]
    others = [point for point in range(size * size) if stones[point] != colour]
    is_own = [value == colour for value in stones]
    chains = connected(size, own, is_own)
    regions = connected(size, others, is_own)

    def beside(part: Iterable[int]) -> frozenset[int]:
        return frozenset(point for stone in part for point in around[stone])

    chain_borders = {chain: beside(chain) for chain in chains}
    region_borders = {region: beside(region) for region in regions}
    needed = {
        region: frozenset(point for point in region if suicide or stones[point] == EMPTY)
        for region in regions
    }
    return _settled(chain_borders, region_borders, needed)


_Part = frozenset[int]


def _settled(
    chains: dict[_Part, _Part], regions: dict[_Part, _Part], needed: dict[_Part, _Part]
) -> frozenset[int]:
    """Chains without two vital regions go, then the regions beside them, until nothing goes."""
    alive, kept = set(chains), set(regions)
    while True:
        gone = {
            chain for chain in alive if sum(needed[region] <= chains[chain] for region in kept) < 2
        }
        if not gone:
            return frozenset().union(*alive)
        alive -= gone
        lost = frozenset().union(*gone)
        kept = {region for region in kept if not regions[region] & lost}
