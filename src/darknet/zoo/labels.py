"""Names beside the bubbles of a chart, without overlaps: each takes the best free place around.

Everything is in pixels. A place's cost is what it covers (other names most of all, then bubbles),
and how far it is from its bubble; names are moved in turn until none finds a better place.

Our own, as the library for it (adjustText) would bring scipy, some 40 MB, for one chart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import cos, hypot, inf, pi, sin

__all__ = ["Box", "Bubble", "place"]

_GAP = 7.0  # between a bubble and its name
_APART = 3.0  # between two names
_MISTAKEN = 14.0  # nearer than this to another bubble, a name may be taken for that one's
_DIRECTIONS = [k * pi / 12 for k in range(24)]
_DISTANCES = (0.0, 6.0, 14.0, 24.0, 38.0, 56.0, 80.0)
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Bubble:
    """A disc: its centre and radius, and the width and height of its name."""

    x: float
    y: float
    radius: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its lower left corner."""

    x: float
    y: float
    width: float
    height: float

    def overlap(self, other: Box) -> float:
        """The area that both cover."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        along = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(0.0, across) * max(0.0, along)

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """The rectangle's point that is nearest to another."""
        return (
            min(max(x, self.x), self.x + self.width),
            min(max(y, self.y), self.y + self.height),
        )

    def distance(self, x: float, y: float) -> float:
        """From a point to the rectangle's nearest one."""
        near = self.nearest(x, y)
        return hypot(near[0] - x, near[1] - y)

    def grown(self, margin: float) -> Box:
        """With a margin all around."""
        return Box(
            self.x - margin, self.y - margin, self.width + 2 * margin, self.height + 2 * margin
        )


def place(bubbles: Sequence[Bubble], bounds: Box) -> list[Box]:
    """Where every name goes, in the order of the bubbles; all within `bounds` if that is possible.

    Names are placed in several orders, and the cheapest outcome counts. Places on the right are
    liked best, then left, then above and below.
    """
    choices = [_choices(bubble, bubbles, bounds) for bubble in bubbles]
    numbers = range(len(bubbles))
    orders = [list(numbers), list(reversed(numbers))]
    for key in (lambda n: bubbles[n].x, lambda n: bubbles[n].y):
        orders += [sorted(numbers, key=key), sorted(numbers, key=key, reverse=True)]
    found = min((_placed(choices, order) for order in orders), key=lambda found: found[0])
    return [found[1][number] for number in numbers]


_Choices = list[tuple[float, Box]]  # what it costs by itself, the cheapest first


def _placed(choices: Sequence[_Choices], order: Sequence[int]) -> tuple[float, dict[int, Box]]:
    """Names placed in this order, then moved in turn; with the cost of the whole."""
    boxes: dict[int, Box] = {}
    total = inf
    for _ in range(_ROUNDS):
        before, total = total, 0.0
        for number in order:
            others = [box for other, box in boxes.items() if other != number]
            cost, boxes[number] = _best(choices[number], others)
            total += cost
        if total == before:
            break
    return total, boxes


def _best(choices: _Choices, others: Sequence[Box]) -> tuple[float, Box]:
    best = (inf, choices[0][1])
    for alone, box in choices:
        if alone >= best[0]:
            break
        wide = box.grown(_APART)
        cost = alone + 20 * sum(wide.overlap(other) for other in others)
        if cost < best[0]:
            best = (cost, box)
    return best


def _choices(bubble: Bubble, bubbles: Sequence[Bubble], bounds: Box) -> _Choices:
    """Places around a bubble."""
    found = []
    for distance, angle in product(_DISTANCES, _DIRECTIONS):
        reach = bubble.radius + _GAP + distance
        across, along = cos(angle), sin(angle)
        # The rectangle stands off in its direction: a name on the right starts there.
        left = bubble.x + across * reach - bubble.width * (1 - across) / 2
        bottom = bubble.y + along * reach - bubble.height * (1 - along) / 2
        box = Box(left, bottom, bubble.width, bubble.height)
        found.append((_dislike(distance, across) + _covered(box, bubble, bubbles, bounds), box))
    return sorted(found, key=lambda choice: choice[0])


def _dislike(distance: float, across: float) -> float:
    return 5 * distance + 12 * (1 - abs(across)) + (4 if across < 0 else 0)


def _covered(box: Box, own: Bubble, bubbles: Sequence[Bubble], bounds: Box) -> float:
    """What a name would cover there, or be mistaken for, and how much of it would lie outside."""
    cost = 50 * (box.width * box.height - box.overlap(bounds))
    for bubble in bubbles:
        beside = box.distance(bubble.x, bubble.y) - bubble.radius
        if bubble is not own:
            cost += 2 * max(0.0, _MISTAKEN - beside)
        if beside < _GAP / 2:
            cost += 60 + 25 * (_GAP / 2 - beside)
    return cost
