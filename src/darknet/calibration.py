"""Is an answer right as often as it is sure? Confidences in bins, and how far they are off."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["BINS", "Bin", "bins_of", "chance_error", "expected_error"]

BINS = 15
"""Of the calibration error, as in Guo, Pleiss, Sun, Weinberger: arXiv:1706.04599."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers given with a confidence above `low` and at most `high`, all of 0..1.

    `count`: how many. `confidence`: the mean of their probabilities. `accuracy`: the share of them
    that was right.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def bins_of(answers: Iterable[tuple[float, bool]]) -> tuple[Bin, ...]:
    """(probability, was it right) in fifteen equal bins, those that have any."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for answer in answers:
        number = min(max(math.ceil(answer[0] * BINS) - 1, 0), BINS - 1)
        groups.setdefault(number, []).append(answer)
    return tuple(
        Bin(
            number / BINS,
            (number + 1) / BINS,
            len(group),
            math.fsum(probability for probability, _ in group) / len(group),
            sum(right for _, right in group) / len(group),
        )
        for number, group in sorted(groups.items())
    )


def expected_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error, 0..1: the mean of |accuracy - confidence|, by count.

    NaN without bins.
    """
    count = sum(one.count for one in bins)
    gaps = (one.count * abs(one.accuracy - one.confidence) for one in bins)
    return math.fsum(gaps) / count if count else math.nan


def chance_error(bins: Sequence[Bin]) -> float:
    """What `expected_error` would be, on the average, if confidences were true: that of chance.

    Of n answers of probability c, n c are right but for √(n c (1 - c)), and the mean of a normal
    deviation is √(2/π) of that. NaN without bins.
    """
    count = sum(one.count for one in bins)
    spreads = (math.sqrt(one.count * one.confidence * (1 - one.confidence)) for one in bins)
    return math.sqrt(2 / math.pi) * math.fsum(spreads) / count if count else math.nan
