"""Decoded photographs of a data set, kept in memory as far as there is room."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np

from ..errors import ImageError, printable
from ..image import Pixels, open_image
from ..labelled import Labelled

__all__ = ["Photographs", "available_bytes"]

SHARE = 4  # a quarter of the memory that is free
UNKNOWN_BYTES = 2**31  # taken for free where the system does not say
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
            found = self._read(index)
        except ImageError as error:
            self._failed[index] = error
            raise
        with self._lock:
            size = found.nbytes + OVERHEAD_BYTES
            if index not in self._kept and size <= self._room:
                self._room -= size
                self._kept[index] = found
        return found

    def _read(self, index: int) -> Pixels:
        photograph = self.labelled.photographs[index]
        try:
            return open_image(photograph.source, self.channels)
        except ImageError as error:
            if isinstance(photograph.source, bytes):
                words = str(error).removeprefix("<bytes>: ")
                raise ImageError(f"{printable(photograph.path, 200)}: {words}") from None
            raise


def available_bytes() -> int:
    """Memory that can be taken without swapping, as the system says, in bytes."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return UNKNOWN_BYTES
