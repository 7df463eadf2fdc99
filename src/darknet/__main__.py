"""``python -m darknet`` and the command ``darknet``: an entry that comes before all imports."""

from __future__ import annotations

import sys

__all__ = ["run"]


def run() -> int:
    """Run the command; the exit code. Ctrl-C is quiet also while modules are still imported."""
    try:
        from .cli import main

        return main()
    except KeyboardInterrupt:
        print("darknet: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    raise SystemExit(run())
