"""Memory of training steps: predicted, and what fresh processes really took.

    python benchmarks/memory.py [NETWORK:BATCH:SUBDIVISIONS ...]

Each case runs two steps on random pixels in a process of its own; used is by how much its peak
grew from before the network was made. Aim: within 25 % (docs/performance.md has what it printed).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from darknet.cfg import Cfg
from darknet.network import Network
from darknet.train.loader import Batch
from darknet.train.memory import Usage, predict
from darknet.train.plan import Plan
from darknet.weights import Weights
from measure import report

CASES = ("tiny:16:1", "tiny:16:4", "cifar:64:1", "resnet18:8:1", "resnet18:8:4", "alexnet:16:1")
STEPS = 2
MIB = 2**20


def plan_of(case: str) -> Plan:
    """The run that ``tiny:16:1`` stands for."""
    name, batch, subdivisions = case.split(":")
    cfg = Cfg.read(Path(__file__).parent.parent / "cfg" / f"{name}.cfg")
    values = {"batch": batch, "subdivisions": subdivisions, "max_batches": STEPS}
    for key, value in values.items():
        cfg = cfg.with_option(0, key, value)
    return Plan(network=Network.build(cfg), photographs=1000)


class Batches:
    """Random pixels, made ahead as the loader does."""

    waited = 0.0

    def __init__(self, plan: Plan) -> None:
        shape = plan.network.input
        size = (plan.net.batch, shape.channels, shape.height, shape.width)
        generator = np.random.default_rng(0)
        labels = np.zeros(plan.net.batch, np.int64)
        self._coming = [
            Batch(number, generator.random(size, np.float32), labels) for number in range(STEPS + 2)
        ]

    def __iter__(self) -> Iterator[Batch]:
        return iter(self._coming[:STEPS])

    def close(self) -> None:
        """Nothing to stop."""


def used(case: str, threads: int) -> int:
    """Bytes by which this process grew."""
    import torch

    from darknet.train.allocator import keep_memory
    from darknet.train.trainer import Trainer

    keep_memory()
    torch.set_num_threads(threads)
    plan = plan_of(case)
    usage = Usage()
    trainer = Trainer(plan, Weights.initial(plan.network, np.random.default_rng(0)))
    for _ in trainer.run(Batches(plan)):
        pass
    found = usage.bytes()
    if found is None:
        raise SystemExit("this system does not say how much a process takes")
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=CASES, metavar="NETWORK:BATCH:SUBDIVISIONS")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(used(given.cases[0], given.threads)))
        return
    rows: list[dict[str, Any]] = []
    for case in given.cases:
        command = [sys.executable, __file__, case, "--child", "--threads", str(given.threads)]
        took = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        predicted = predict(plan_of(case))
        rows.append(
            {
                "network:batch:subdivisions": case,
                "values, MiB": predicted.values / MIB,
                "predicted, MiB": predicted.total / MIB,
                "used, MiB": took / MIB,
                "predicted / used": predicted.total / took,
            }
        )
    report(rows, given.json)


if __name__ == "__main__":
    main()
