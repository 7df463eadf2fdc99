"""Fair timings: several things in turn, many rounds, medians and ratios of medians."""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

__all__ = ["arguments", "machine", "medians", "report", "shared_folder"]

SHARED = Path(__file__).parent.parent.parent / "shared"


def medians(subjects: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median milliseconds of each subject; the subjects take turns, after three rounds of warm-up.

    Turns matter: the machine's speed drifts, and then it drifts for all of them.
    """
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    for number in range(rounds + 3):
        for name, subject in subjects.items():
            start = time.perf_counter()
            subject()
            if number >= 3:
                taken[name].append(1e3 * (time.perf_counter() - start))
    return {name: median(values) for name, values in taken.items()}


def machine() -> str:
    """The processor's name, as the operating system has it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def arguments(about: str, rounds: int) -> argparse.Namespace:
    """--rounds, --threads, --shared, --json."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--rounds", type=int, default=rounds, help="timings of each subject")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--shared", type=Path, default=SHARED, help="real weights and photographs")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def shared_folder(given: argparse.Namespace) -> Path:
    """The folder of real data; leaves with a message where it is absent."""
    folder: Path = given.shared
    if not folder.is_dir():
        raise SystemExit(f"{folder} is not there: this benchmark needs real weights (--shared DIR)")
    return folder


def report(rows: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Rows of equal keys as a Markdown table, or as JSON."""
    if as_json:
        print(json.dumps({"machine": machine(), "rows": list(rows)}, indent=1))
        return
    keys = list(rows[0])
    print("|", " | ".join(keys), "|")
    print("|", " | ".join("---" for _ in keys), "|")
    for row in rows:
        print("|", " | ".join(_text(row[key]) for key in keys), "|")


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
