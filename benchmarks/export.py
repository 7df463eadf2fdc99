"""Every network of the zoo exported in every format, and how far its answers are from numpy's.

    python benchmarks/export.py

Weights are random. Aim: every network in every format; the largest difference, as a share of the
largest output, below 1e-4; safetensors bit for bit.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from darknet import Weights, load, zoo
from measure import arguments, report

FORMATS = (".onnx", ".xml", ".safetensors")


def main() -> None:
    """Print the table."""
    given = arguments(__doc__ or "", rounds=1)
    rows = [row(model) for model in zoo.models().values()]
    report(rows, given.json)


def row(model: zoo.Model) -> dict[str, object]:
    """One network in all formats."""
    weights = Weights.initial(model.network(), np.random.default_rng(1))
    found: dict[str, object] = {"network": model.name}
    with tempfile.TemporaryDirectory() as folder, load(model.read_cfg(), weights) as net:
        for ending in FORMATS:
            done = net.export(Path(folder) / f"net{ending}")
            same = "identical" if done.identical else "not compared"
            found[ending] = f"{done.parity.relative:.1e}" if done.parity else same
            found[f"{ending} MB"] = f"{done.bytes / 2**20:.1f}"
            for file in done.files:
                Path(file).unlink()
    return found


if __name__ == "__main__":
    main()
