"""Batches of photographs, made ahead by threads while the network computes.

Everything is a function of the seed and a batch's number, never of who is first: sample k of a run
is photograph ``order(seed, k // n)[k % n]`` (shuffled epochs of all n), and the draws of a batch
come from one generator for the whole of it, of which a process takes its share. So a run goes on
where another stopped, and two processes see together what one would see alone.

Threads are enough: Pillow and numpy let go of the interpreter's lock where the work is.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import ImageError, InputError, Unreadable
from ..image import Pixels
from .augment import Augmentation, Draw
from .data import Inputs
from .photographs import Photographs

__all__ = ["Batch", "Loader", "mirrored", "order"]

PIECE = 32  # photographs that a thread makes at a time
KEPT_ORDERS = 2  # epochs that a batch may lie in, unless it is larger than the data


@dataclass(frozen=True, eq=False)
class Batch:
    """One process's share of batch `number`.

    images: float32 (count, channels, height, width), RGB in 0..1. labels: (count).
    """

    number: int
    images: NDArray[np.float32]
    labels: NDArray[np.int64]

    def on(self, device: torch.device) -> Inputs:
        """Sent to the device."""
        images = torch.from_numpy(self.images).to(device, memory_format=torch.channels_last)
        return Inputs(images, torch.from_numpy(self.labels).to(device))


@dataclass(frozen=True, eq=False)
class _Coming:
    batch: Batch
    pieces: list[Future[None]]


def order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    """In which order an epoch goes through `count` photographs."""
    source = np.random.SeedSequence([seed, epoch], spawn_key=(1,))  # not that of batch `epoch`
    return np.random.default_rng(source).permutation(count)


def mirrored(seed: int, count: int) -> NDArray[np.bool_]:
    """Which of `count` photographs are mirrored in even epochs, with ``alternate_flip=1``.

    The others are in odd ones: so two epochs in a row show both sides of every photograph
    (K. Jordan, arXiv:2404.00498).
    """
    source = np.random.SeedSequence([seed], spawn_key=(2,))
    return np.random.default_rng(source).random(count) < 0.5


class Loader:
    """Batches `first` to `last` - 1, in order.

    batch: photographs of all processes together. rank, world: which of how many processes this is.
    threads: None is one a core. ahead: batches that are made before they are asked for.

    A photograph that cannot be read is listed in `quarantined`, and the next one of the data that
    can takes its place.

    Raises InputError when a batch cannot be divided among the processes, or there are no
    photographs; while iterating, ImageError when none can be read.
    """

    def __init__(
        self,
        photographs: Photographs,
        augmentation: Augmentation,
        *,
        batch: int,
        seed: int,
        first: int = 0,
        last: int,
        rank: int = 0,
        world: int = 1,
        threads: int | None = None,
        ahead: int = 3,
    ) -> None:
        if batch < 1 or batch % world:
            raise InputError(
                f"batch={batch}: expected a multiple of the number of processes, {world}"
            )
        if not len(photographs):
            raise InputError(f"{photographs.labelled.label}: no photographs to train on")
        self._photographs, self._augmentation = photographs, augmentation
        self._batch, self._seed, self._last = batch, seed, last
        self._share = slice(rank * (batch // world), (rank + 1) * (batch // world))
        self._next, self._ahead = first, max(1, ahead)
        self._pool = ThreadPoolExecutor(threads or os.cpu_count() or 1, "photographs")
        self._coming: deque[_Coming] = deque()
        alternate = augmentation.alternate
        self._mirrored = mirrored(seed, len(photographs)) if alternate else None
        self._orders: dict[int, NDArray[np.int64]] = {}
        self._lost: dict[int, Unreadable] = {}
        self._closed = threading.Event()
        self.waited = 0.0

    @property
    def quarantined(self) -> list[Unreadable]:
        """The photographs that could not be read so far, in the data's order."""
        return [self._lost[index] for index in sorted(self._lost.copy())]

    def __iter__(self) -> Iterator[Batch]:
        """The batches; `close` is called at the end, also when the loop is left early."""
        try:
            while True:
                while self._next < self._last and len(self._coming) < self._ahead:
                    self._coming.append(self._begin(self._next))
                    self._next += 1
                if not self._coming:
                    return
                coming = self._coming.popleft()
                started = time.perf_counter()
                for piece in coming.pieces:
                    piece.result()
                self.waited += time.perf_counter() - started
                yield coming.batch
        finally:
            self.close()

    def close(self) -> None:
        """Stop the threads; what they were making is dropped."""
        self._closed.set()
        self._coming.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Loader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _begin(self, number: int) -> _Coming:
        """A batch with its pieces handed to the threads."""
        samples = self._samples(number)
        chosen = samples[self._share]
        generator = np.random.default_rng([self._seed, number])
        flips = self._flips(number, samples)
        draws = self._augmentation.draw(generator, self._batch, flips)[self._share]
        shape = (self._photographs.channels, self._augmentation.height, self._augmentation.width)
        images = np.empty((len(chosen), *shape), np.float32)
        batch = Batch(number, images, self._photographs.labels[chosen])
        pieces = [
            self._pool.submit(self._make, batch, slice(start, start + PIECE), chosen, draws)
            for start in range(0, len(chosen), PIECE)
        ]
        return _Coming(batch, pieces)

    def _samples(self, number: int) -> NDArray[np.int64]:
        """The indices of a whole batch's photographs."""
        count = len(self._photographs)
        start = number * self._batch
        epochs = range(start // count, (start + self._batch - 1) // count + 1)
        for epoch in epochs:
            if epoch not in self._orders:
                self._orders[epoch] = order(self._seed, epoch, count)
        orders = np.concatenate([self._orders[epoch] for epoch in epochs])
        for old in [epoch for epoch in self._orders if epoch < epochs[-1]]:
            del self._orders[old]
        start -= epochs[0] * count
        return orders[start : start + self._batch]

    def _flips(self, number: int, samples: NDArray[np.int64]) -> NDArray[np.bool_] | None:
        """Which of a whole batch's photographs are mirrored, where epochs alternate."""
        if self._mirrored is None:
            return None
        first = number * self._batch
        epochs = np.arange(first, first + self._batch) // len(self._photographs)
        return self._mirrored[samples] ^ (epochs % 2 == 1)

    def _make(
        self, batch: Batch, piece: slice, chosen: NDArray[np.int64], draws: list[Draw]
    ) -> None:
        """Fill a piece of a batch, in a thread."""
        photographs: list[Pixels] = []
        for place, index in enumerate(chosen[piece].tolist(), piece.start):
            if self._closed.is_set():
                return
            found, pixels = self._readable(index)
            batch.labels[place] = self._photographs.labels[found]
            photographs.append(pixels)
        self._augmentation.apply_all(photographs, draws[piece], batch.images[piece])

    def _readable(self, index: int) -> tuple[int, Pixels]:
        """The photograph, or the first one after it that can be read."""
        count = len(self._photographs)
        for step in range(count):
            found = (index + step) % count
            try:
                return found, self._photographs.pixels(found)
            except ImageError as error:
                self._lost[found] = Unreadable(self._photographs.name(found), error)
                last = error
        raise ImageError(f"none of {count:,} photographs can be read; the last one: {last}")
