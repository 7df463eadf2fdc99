"""Every engine against the outputs of the two C Darknets, for networks with random weights.

    python benchmarks/golden.py

Prints the largest relative difference, once with the batch-norm epsilon of the C that made the
vector (aim 1e-4) and once with the other's (aim 2e-3); and, for OpenVINO, through the cfg that this
package ships (aim 1e-4).
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from darknet import Cfg, Network, Weights
from darknet.engines import ENGINES, Settings, open_engine
from darknet.layers import ALEXEYAB, PJREDDIE, Fork
from measure import arguments, report, shared_folder

NAMES = (
    "tiny", "alexnet", "darknet19", "cifar.test", "resnet18", "resnext50", "densenet201",
    "extraction", "go.test",
)  # fmt: skip
FORKS: dict[str, Fork] = {"pj": PJREDDIE, "ab": ALEXEYAB}


def differences(name: str, shared: Path) -> Iterator[dict[str, object]]:
    """A row for each C that has a vector of this network, with a column for each engine."""
    golden = np.load(shared / "golden" / f"{name}.npz")
    cfg = Cfg.read(shared / "data" / "cfg" / "pjreddie" / f"{name}.cfg")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.weights"
        make = [sys.executable, str(shared / "golden" / "make_weights.py")]
        layout = shared / "golden" / f"{name}.txt"
        subprocess.run([*make, str(layout), str(path)], check=True, capture_output=True)
        weights = Weights.read(path, Network.build(cfg))
    for key in golden:
        if key[:2] not in FORKS:
            continue
        row: dict[str, object] = {"network": name, "C": key[:2]}
        for fork in FORKS.values():
            network = Network.build(cfg, fork=fork)
            for engine in ENGINES:
                if importlib.util.find_spec(engine.replace("reference", "numpy")) is None:
                    continue
                if engine in ("reference", "openvino") or fork == FORKS[key[:2]]:
                    what = "same epsilon" if fork == FORKS[key[:2]] else "other"
                    error = _error(network, weights, golden[key], engine)
                    row[f"{engine}, {what}"] = f"{error:.1e}"
        shipped = _shipped(name, FORKS[key[:2]])
        row["openvino, shipped cfg"] = f"{_error(shipped, weights, golden[key], 'openvino'):.1e}"
        if name == "go.test" and key.startswith("ab"):
            continue  # AlexeyAB's reorg has no `extra`: his Go has no pass
        yield row


def _shipped(name: str, fork: Fork) -> Network:
    """The same network as this package writes it."""
    folder = Path(__file__).parent.parent / "cfg"
    if name != "cifar.test":
        return Network.build(Cfg.read(folder / f"{name}.cfg"), fork=fork)
    cfg = Cfg.read(folder / "cifar.cfg")  # cifar.test is cifar for testing: softer, and 32 x 32
    cfg = cfg.with_option(len(cfg.sections) - 1, "temperature", 3)
    return Network.build(cfg, fork=fork).resized(32, 32)


def _error(
    network: Network, weights: Weights, wanted: np.ndarray[tuple[int], np.dtype[np.float32]],
    engine: str,
) -> float:  # fmt: skip
    shape = network.input
    image = np.random.RandomState(7).uniform(0, 1, shape.size).astype("<f4")
    batch = image.reshape(1, shape.channels, shape.height, shape.width)
    found = open_engine(engine, network, weights, 1, Settings()).run(batch)[0].ravel()
    if found.size != wanted.size:  # AlexeyAB's reorg has no `extra`: Go without its pass
        return float("nan")
    return float(np.max(np.abs(found - wanted) / np.abs(wanted)))


def main() -> None:
    """Print the table."""
    given = arguments(__doc__ or "", rounds=1)
    shared = shared_folder(given)
    rows = [row for name in NAMES for row in differences(name, shared)]
    keys = sorted({key for row in rows for key in row}, key=list(rows[0]).index)
    report([{key: row.get(key, "") for key in keys} for row in rows], given.json)


if __name__ == "__main__":
    main()
