"""Whole processes: what a person waits for who types a command.

    python benchmarks/cold.py [--rounds 15]

Aims: `darknet classify` on a photograph at most 2.0 times `python -c "import openvino"`;
`darknet summary` under 0.15 s, without numpy.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from measure import arguments, medians, report

CFG = Path(__file__).parent.parent / "cfg" / "tiny.cfg"


def process(*words: str) -> Callable[[], object]:
    """Run Python with these words, and wait for it."""
    command = [sys.executable, *words]
    return lambda: subprocess.run(command, check=True, capture_output=True)


def main() -> None:
    """Print the table."""
    given = arguments(__doc__ or "", rounds=15)
    darknet = ("-m", "darknet")
    subjects = {
        "python -c pass": process("-c", "pass"),
        "import numpy": process("-c", "import numpy"),
        "import openvino": process("-c", "import openvino"),
        "darknet --help": process(*darknet, "--help"),
        "darknet summary cfg/tiny.cfg": process(*darknet, "summary", str(CFG)),
    }
    data = given.shared / "data"
    if data.is_dir():
        weights, photograph = data / "weights/tiny/tiny.weights", data / "images/dog.jpg"
        subjects["darknet classify cfg/tiny.cfg tiny.weights dog.jpg"] = process(
            *darknet, "classify", str(CFG), str(weights), str(photograph)
        )
    found = medians(subjects, given.rounds)
    base = found["import openvino"]
    report(
        [
            {"process": name, "ms": value, "this / import openvino": value / base}
            for name, value in found.items()
        ],
        given.json,
    )


if __name__ == "__main__":
    main()
