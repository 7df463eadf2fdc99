"""Softmax trees: classes that have parents (WordNet's, in YOLO9000).

A tree file has a line ``name parent`` for every class, in class order; parent is the number of an
earlier class, or -1. A run of classes with one parent is one softmax group, whose probabilities
are conditional on the parent.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from .errors import NetworkError, printable
from .files import beside, read_bytes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Tree"]

_PARENT = re.compile(r"-?\d{1,9}", re.ASCII)
MAX_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Tree:
    """Names and parents of all classes, -1 for a root."""

    names: tuple[str, ...]
    parents: tuple[int, ...]

    @classmethod
    def read(cls, path: str | os.PathLike[str], cfg: str = "") -> Tree:
        """Read a tree file: as written, beside `cfg`, or in the folder above.

        Raises NetworkError naming the line.
        """
        tries = beside(os.fspath(path), cfg)
        found = next((place for place in tries if os.path.isfile(place)), tries[0])
        data = read_bytes(found, MAX_BYTES, "a softmax tree", NetworkError)
        rows: list[tuple[str, int]] = []
        for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
            if line.strip():
                rows.append(_row(line, len(rows), f"{printable(str(found), 200)}:{number}"))
        if not rows:
            raise NetworkError(f"{found}: empty; expected a softmax tree (`name parent` a line)")
        return cls(tuple(name for name, _ in rows), tuple(parent for _, parent in rows))

    @property
    def groups(self) -> tuple[int, ...]:
        """Sizes of the softmax groups, in class order."""
        return tuple(len(list(run)) for _, run in groupby(self.parents))

    @property
    def leaves(self) -> tuple[bool, ...]:
        """For each class whether it is nobody's parent."""
        inner = set(self.parents)
        return tuple(index not in inner for index in range(len(self.parents)))

    def probabilities(self, conditional: NDArray[np.float32]) -> NDArray[np.float32]:
        """Absolute probabilities of the leaves, 0 for the rest, from conditional ones.

        The last axis is the class axis.
        """
        absolute = conditional.copy()
        for index, parent in enumerate(self.parents):
            if parent >= 0:
                absolute[..., index] *= absolute[..., parent]
        for index, leaf in enumerate(self.leaves):
            if not leaf:
                absolute[..., index] = 0
        return absolute


def _row(line: str, index: int, where: str) -> tuple[str, int]:
    """Name and parent of class `index`."""
    words = line.split()
    if len(words) != 2 or not _PARENT.fullmatch(words[1]):
        raise NetworkError(f"{where}: {printable(line.strip())}: expected `name parent`")
    parent = int(words[1])
    if not -1 <= parent < index:
        known = f"0 to {index - 1}, or -1" if index else "-1 for the first class"
        raise NetworkError(f"{where}: parent {parent} is not an earlier class ({known})")
    return words[0], parent
