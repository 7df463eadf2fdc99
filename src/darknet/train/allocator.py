"""Memory that is kept between batches, on Linux.

glibc gives a large block back to the system as soon as it is free, and the next one comes back a
page at a time, zeroed: a training step on a CPU asks for the same gigabyte again and again, and
spends a third of its time on that. Told not to, it keeps what it has.
"""

from __future__ import annotations

import ctypes
import platform

__all__ = ["keep_memory"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # malloc.h
_LARGEST_BLOCKS = (2**30, 2**25)  # older versions refuse the first
_NEVER = 2**31 - 1


def keep_memory() -> bool:
    """Have this process keep freed memory for its next blocks; False where that is not known."""
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    kept = any(libc.mallopt(_MMAP_THRESHOLD, size) for size in _LARGEST_BLOCKS)
    return bool(libc.mallopt(_TRIM_THRESHOLD, _NEVER)) and kept
