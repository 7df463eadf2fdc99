"""How fast this machine reads files and decodes photographs."""

from __future__ import annotations

import contextlib
import io
import os
import random
import tempfile
import time

from ..errors import InputError, printable
from .measured import DiskSpeed
from .photos import IMAGENET

__all__ = ["decoding", "disk_speed", "photograph"]

CHUNK = 2**20
_FILE = int(IMAGENET.bytes_each)
_WIDTH, _HEIGHT = 500, 375  # as most photographs of ImageNet


def disk_speed(folder: str, size: int, seed: int = 0) -> DiskSpeed:
    """Bytes/s of the disk that a folder is on, with a file of `size` bytes made for it.

    In order, in pieces of a photograph's size (108 KB) at random, and once more from the page
    cache. Before the first two the system is asked to drop the file from its cache (where it can
    be: not on every system). InputError where no file can be made.
    """
    try:
        with tempfile.NamedTemporaryFile(prefix=".darknet-rig-", dir=folder) as file:
            block = os.urandom(CHUNK)
            for _ in range(size // CHUNK):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
            dropped = _drop(file.fileno(), size)
            in_order = size / _read(file.fileno(), range(0, size - CHUNK + 1, CHUNK), CHUNK)
            _drop(file.fileno(), size)
            places = list(range(0, size - _FILE, _FILE))
            random.Random(seed).shuffle(places)  # noqa: S311 - an order, no secret
            several = places[: max(4, len(places) // 2)]
            at_random = len(several) * _FILE / _read(file.fileno(), several, _FILE)
            _read(file.fileno(), range(0, size - CHUNK + 1, CHUNK), CHUNK)
            again = size / _read(file.fileno(), range(0, size - CHUNK + 1, CHUNK), CHUNK)
    except OSError as problem:
        where = printable(folder, 200)
        raise InputError(f"{where}: no file can be made there: {problem.strerror}") from None
    return DiskSpeed(folder, in_order, at_random, again, dropped)


def _drop(handle: int, size: int) -> bool:
    """Ask the system to forget the file's pages; False where it cannot be asked."""
    if not hasattr(os, "posix_fadvise"):
        return False
    with contextlib.suppress(OSError):
        os.posix_fadvise(handle, 0, size, os.POSIX_FADV_DONTNEED)
        return True
    return False


def _read(handle: int, places: range | list[int], length: int) -> float:
    """Seconds to read `length` bytes at every place."""
    started = time.perf_counter()
    for place in places:
        os.lseek(handle, place, os.SEEK_SET)
        left = length
        while left > 0:
            piece = os.read(handle, left)
            if not piece:
                break
            left -= len(piece)
    return max(1e-9, time.perf_counter() - started)


def decoding(budget: float) -> tuple[float, float, float]:
    """(pixels/s, seconds, seconds): a core's decoding, and bringing a photograph to 224 x 224.

    First to learn from, then to answer.

    With a photograph made for it, of ImageNet's size in pixels and about in bytes.
    """
    import numpy as np

    from ..image import open_image
    from ..preprocess import prepare as fit
    from ..train.augment import Augmentation
    from .measure_compute import seconds_of

    encoded = photograph()
    decode = seconds_of(lambda: open_image(encoded), budget)
    pixels = open_image(encoded)
    change = Augmentation(
        width=224, height=224, low=224, high=448, angle=7, aspect=1.33, hue=0.1,
        saturation=1.33, exposure=1.33, flip=True,
    )  # fmt: skip
    draws = iter(change.draw(np.random.default_rng(0), 1000))
    learn = seconds_of(lambda: change.apply(pixels, next(draws)), budget)
    resize = seconds_of(lambda: fit(pixels, 224, 224, "crop"), budget)
    return _WIDTH * _HEIGHT / decode, learn, resize


def photograph(seed: int = 0) -> bytes:
    """A JPEG of 500 x 375 pixels, with large shapes and fine grain: about 108 KB."""
    import numpy as np
    from PIL import Image

    generator = np.random.default_rng(seed)
    coarse = Image.fromarray(generator.integers(0, 255, (12, 16, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((_WIDTH, _HEIGHT), Image.Resampling.BICUBIC), np.int16)
    grain = generator.normal(0, 12, (_HEIGHT, _WIDTH, 1))
    pixels = np.clip(smooth + grain, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=90)
    return out.getvalue()
