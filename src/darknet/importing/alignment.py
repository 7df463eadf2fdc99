"""Two sequences brought side by side: which of one fits which of the other, in order."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["CELLS", "aligned"]

CELLS = 250_000
"""Of the table in which the longest common sequence is found; longer ones are not looked for."""

Pairs = list[tuple[int, int]]
Fit = Callable[[int, int], bool]


def aligned(rows: int, columns: int, fit: Fit) -> Pairs:
    """As many pairs (row, column) that fit as there can be, both growing.

    Of sequences of equal length the same places are taken where that gives as many. What is alike
    at both ends is paired first, as most sequences are complete, or nearly.
    """
    start = 0
    while start < min(rows, columns) and fit(start, start):
        start += 1
    end = 0
    while end < min(rows, columns) - start and fit(rows - 1 - end, columns - 1 - end):
        end += 1
    pairs = [(k, k) for k in range(start)]
    middle = _middle(rows - start - end, columns - start - end, _shifted(fit, start))
    pairs += [(start + i, start + k) for i, k in middle]
    return pairs + [(rows - end + k, columns - end + k) for k in range(end)]


def _shifted(fit: Fit, start: int) -> Fit:
    return lambda i, k: fit(start + i, start + k)


def _middle(rows: int, columns: int, fit: Fit) -> Pairs:
    longest = _longest(rows, columns, fit) if rows * columns <= CELLS else []
    same = [(k, k) for k in range(rows) if fit(k, k)] if rows == columns else []
    return same if len(same) >= len(longest) else longest


def _longest(rows: int, columns: int, fit: Fit) -> Pairs:
    """The longest common subsequence, by the usual table."""
    lengths = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in reversed(range(rows)):
        for k in reversed(range(columns)):
            with_both = lengths[i + 1][k + 1] + fit(i, k)
            lengths[i][k] = max(lengths[i + 1][k], lengths[i][k + 1], with_both)
    pairs, i, k = [], 0, 0
    while i < rows and k < columns:
        if fit(i, k) and lengths[i][k] == 1 + lengths[i + 1][k + 1]:
            pairs.append((i, k))
            i, k = i + 1, k + 1
        elif lengths[i][k] == lengths[i + 1][k]:
            i += 1
        else:
            k += 1
    return pairs
