"""What is odd but stops nothing goes to Python's log "darknet"; the command line prints it."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["tell", "tell_once"]


def tell(line: str) -> None:
    """Warn in one line."""
    import logging  # 5 ms, and most runs have nothing to say

    logging.getLogger("darknet").warning("%s", line)


@lru_cache(maxsize=256)
def tell_once(line: str) -> None:
    """Warn of what several parts of a program come across, as of a file that they all read."""
    tell(line)
