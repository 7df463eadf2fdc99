"""What the machine has left."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["available_bytes"]

UNKNOWN_BYTES = 2**31  # taken for free where the system does not say


def available_bytes() -> int:
    """Memory that can be taken without swapping, as the system says, in bytes."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return UNKNOWN_BYTES
