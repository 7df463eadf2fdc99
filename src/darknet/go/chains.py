"""The chains of a position, each once, and their liberties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .geometry import neighbours

__all__ = ["chains"]


def chains(stones: Sequence[int], size: int) -> Iterator[tuple[list[int], int]]:
    """Every chain's points, and how many liberties it has; `stones` as `Board.stones`."""
    around = neighbours(size)
    done = [False] * len(stones)
    for start, colour in enumerate(stones):
        if not colour or done[start]:
            continue
        done[start] = True
        chain, free = [start], set()
        for stone in chain:
            for beside in around[stone]:
                found = stones[beside]
                if not found:
                    free.add(beside)
                elif found == colour and not done[beside]:
                    done[beside] = True
                    chain.append(beside)
        yield chain, len(free)
