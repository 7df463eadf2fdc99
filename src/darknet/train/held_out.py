"""Photographs that are kept from training to validate with, where the data has no such part."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..errors import InputError, printable
from ..labelled import Labelled, Photograph

__all__ = ["hold_out", "manifest"]


def hold_out(data: Labelled, share: float, seed: int) -> tuple[Labelled, Labelled]:
    """What is left for training, and about `share` (0..1) of every class, drawn by the seed.

    Of a class with two photographs or more at least one is on either side; a photograph that a list
    names twice is on one side. Both keep the order of the data.

    Raises InputError for a share that is none, and where nothing could be held out.
    """
    if not 0 < share < 1:
        raise InputError(f"valid_share={share:g}: expected above 0 and below 1")
    places: dict[int, dict[str, list[int]]] = {}  # of every class: where each of its files is named
    for number, one in enumerate(data.photographs):
        places.setdefault(one.index, {}).setdefault(os.path.abspath(one.path), []).append(number)
    held: set[int] = set()
    for index, files in places.items():
        source = np.random.SeedSequence([seed, index], spawn_key=(3,))
        order = np.random.default_rng(source).permutation(len(files))
        count = min(max(1, int(share * len(files) + 0.5)), len(files) - 1)
        named = list(files.values())
        held.update(number for chosen in order[:count].tolist() for number in named[chosen])
    if not held:
        where = printable(data.label, 200)
        raise InputError(f"{where}: one photograph a class; none can be held out to validate with")
    kept = _part(data, lambda number: number not in held)
    return kept, _part(data, held.__contains__)


def _part(data: Labelled, wanted: Callable[[int], bool]) -> Labelled:
    chosen = (one for number, one in enumerate(data.photographs) if wanted(number))
    return replace(data, photographs=tuple(chosen))


def manifest(data: Labelled) -> bytes:
    """The photographs and their classes as a table that is read as data (`darknet.manifest`)."""
    rows = ["file\tdarknet_index\tname", *(_row(one, data) for one in data.photographs)]
    return "".join(f"{row}\n" for row in rows).encode("utf-8", "surrogateescape")


def _row(one: Photograph, data: Labelled) -> str:
    cells = (one.path, str(one.index), data.names[one.index])
    return "\t".join(" ".join(cell.splitlines()).replace("\t", " ") for cell in cells)
