"""Decoded photographs of a data set, kept in memory as far as there is room."""

from __future__ import annotations

import threading

import numpy as np

from ..errors import ImageError
from ..image import Pixels, open_image, size_of
from ..labelled import Labelled
from ..system import available_bytes

__all__ = ["Photographs"]

SAMPLE = 32  # photographs that are asked for their size
SHARE = 4  # a quarter of the memory that is free
OVERHEAD_BYTES = 200  # of an array, beside its pixels


class Photographs:
    """The pixels of labelled photographs by their index, for any number of threads.

    channels: 3 for RGB, 1 for grey. cache_bytes: how much is kept decoded; None is a quarter of
    the memory that is free now, 0 nothing. What is kept first stays: every photograph comes once
    an epoch, so that no other choice would hit more often.
    """

    def __init__(
        self, labelled: Labelled, channels: int = 3, cache_bytes: int | None = None
    ) -> None:
        self.labelled = labelled
        self.channels = channels
        self.labels = np.array([one.index for one in labelled.photographs], np.int64)
        self._room = available_bytes() // SHARE if cache_bytes is None else cache_bytes
        self._kept: dict[int, Pixels] = {}
        self._failed: dict[int, ImageError] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def kept(self) -> int:
        """How many are in memory."""
        return len(self._kept)

    def expected_bytes(self) -> int:
        """About how much will be kept: as a few of them say, and what there is room for."""
        count = len(self)
        sample = range(0, count, max(1, count // SAMPLE))
        sizes = [size_of(self.labelled.photographs[index].source) for index in sample]
        pixels = sum(width * height for width, height in sizes) / max(1, len(sizes))
        return min(self._room, int(count * (pixels * self.channels + OVERHEAD_BYTES)))

    def name(self, index: int) -> str:
        """The photograph's path, for messages."""
        return self.labelled.photographs[index].path

    def pixels(self, index: int) -> Pixels:
        """Pixels (height, width, channels) of one photograph, not to be written to.

        Raises ImageError when it cannot be read: at once when that was tried before.
        """
        found = self._kept.get(index)
        if found is not None:
            return found
        if index in self._failed:
            raise self._failed[index]
        try:
            source = self.labelled.photographs[index].source
            found = open_image(source, self.channels)
        except ImageError as error:
            self._failed[index] = error
            raise
        with self._lock:
            size = found.nbytes + OVERHEAD_BYTES
            if index not in self._kept and size <= self._room:
                self._room -= size
                self._kept[index] = found
        return found
