"""A short training killed with SIGKILL at random moments, and resumed: are the weights the same?

    python tests/soak/kill.py --kills 50 --seed 1

Each of the kills is a run of its own: started, killed in the milliseconds after a random row of its
record, and resumed with --resume (or started anew, where no checkpoint was written yet). Its final
weights are compared, byte for byte, with those of a run that nobody disturbed; so are the rows of
its record. With --again N a run is killed up to N times.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

BATCHES = 60

CFG = """[net]
width=16
height=16
channels=3
batch=8
subdivisions=2
learning_rate=0.05
policy=poly
power=1
burn_in=5
max_batches={batches}
ema_alpha=0.9
label_smooth_eps=0.1
mixup=1
rolling=0.3
alternate_flip=1
translate=2
reflect=1
hue=.1
saturation=1.5
exposure=1.5
angle=7

[convolutional]
batch_normalize=1
filters=16
size=3
pad=1
activation=leaky

[maxpool]
size=2
stride=2

[dropout]
probability=.3

[convolutional]
filters=3
size=1
activation=linear

[avgpool]

[softmax]
"""


def prepare(folder: Path) -> None:
    """Photographs of three colours, and the cfg."""
    generator = np.random.default_rng(0)
    for part, count in (("train", 40), ("valid", 12)):
        for index, name in enumerate(("red", "green", "blue")):
            place = folder / "data" / part / name
            place.mkdir(parents=True)
            for number in range(count):
                pixels = generator.integers(0, 160, (24, 20, 3), np.uint8)
                pixels[..., index] += 90
                Image.fromarray(pixels).save(place / f"{number}.png")
    (folder / "net.cfg").write_text(CFG.format(batches=BATCHES))


def start(folder: Path, name: str, *more: str) -> subprocess.Popen[bytes]:
    """A training process."""
    command = [sys.executable, "-m", "darknet", "classifier", "train", "data", "net.cfg"]
    command += ["--backup", name, "--save-every", "7", *more]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def finished(folder: Path, name: str, *more: str) -> None:
    """A run that is left alone."""
    process = start(folder, name, *more)
    _, error = process.communicate(timeout=600)
    if process.returncode:
        raise SystemExit(f"{name}: exit {process.returncode}: {error.decode()}")


def rows_of(folder: Path, name: str) -> int:
    """How many batches a run's record has."""
    try:
        return max(0, (folder / name / "net.csv").read_bytes().count(b"\n") - 1)
    except OSError:
        return 0


def kill_once(folder: Path, name: str, rows: int, seconds: float) -> bool:
    """Start (or resume) and kill so long after a row of the record; False where it had ended."""
    is_there = (folder / name / "net.checkpoint").exists()
    process = start(folder, name, *(["--resume"] if is_there else []))
    while process.poll() is None and rows_of(folder, name) < rows:
        time.sleep(0.002)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def record(folder: Path, name: str) -> list[list[str]]:
    """The rows of the CSV without their times."""
    rows = [line.split(",") for line in (folder / name / "net.csv").read_text().splitlines()]
    dropped = {rows[0].index("seconds"), rows[0].index("waited")}
    return [[cell for i, cell in enumerate(row) if i not in dropped] for row in rows]


def main() -> None:
    """Run, and say how many were equal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--again", type=int, default=1, help="kills of one run at most")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    generator = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        prepare(folder)
        finished(folder, "undisturbed")
        wanted = (folder / "undisturbed" / "net.weights").read_bytes()
        rows = record(folder, "undisturbed")
        equal = killed = runs = 0
        while killed < given.kills:
            runs += 1
            name = f"run{runs}"
            for _ in range(min(generator.randint(1, given.again), given.kills - killed)):
                moment = generator.randint(0, BATCHES - 1), generator.uniform(0, 0.03)
                killed += kill_once(folder, name, *moment)
            resumes = ["--resume"] if (folder / name / "net.checkpoint").exists() else []
            finished(folder, name, *resumes)
            same = (folder / name / "net.weights").read_bytes() == wanted
            equal += same and record(folder, name) == rows
            print(f"{name}: {killed} kills so far, {'equal' if same else 'DIFFERENT'}", flush=True)
        print(f"{killed} kills in {runs} runs: {equal} of {runs} equal, byte for byte")
        sys.exit(equal != runs)


if __name__ == "__main__":
    main()
