"""Two processes train as one with the double batch does (gloo, on this machine)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from darknet.train.record import read_steps

pytest.importorskip("torch", reason="torch is not installed")

CHILD = Path(__file__).with_name("parallel_child.py")


def trained(path: Path, processes: int, *words: str) -> dict[str, Any]:
    command = [sys.executable]
    if processes > 1:
        command += ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command += [str(CHILD), *words, str(path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("alone", "together"),
    [
        (("8", "1", "0"), ("4", "1", "1")),  # normalized over all of the batch
        (("8", "2", "0"), ("4", "1", "0")),  # its two halves normalized apart
        (("8", "4", "0"), ("4", "2", "0")),
    ],
    ids=["synchronized", "halves", "quarters"],
)
def test_two_processes_are_one_with_the_double_batch(
    tmp_path: Path, alone: tuple[str, ...], together: tuple[str, ...]
) -> None:
    one = trained(tmp_path / "one", 1, *alone)
    two = trained(tmp_path / "two", 2, *together)
    assert one["seen"] == two["seen"] == 320
    assert one["losses"][-1] < 0.8 * one["losses"][0]
    # Sums in another order differ by 1e-7 of themselves; 40 steps of training multiply that.
    np.testing.assert_allclose(two["losses"], one["losses"], rtol=1e-3)
    for mine, other in zip(one["arrays"], two["arrays"], strict=True):
        for name in mine:
            # Means and variances: of both halves in turn, or of the first process's half alone.
            loose = name.startswith("rolling") and together[2] == "0"
            if not loose:
                np.testing.assert_allclose(other[name], mine[name], rtol=1e-2, atol=1e-3)


CFG = """[net]
width=8
height=8
channels=3
batch={batch}
subdivisions={subdivisions}
learning_rate=0.1
policy=poly
power=1
max_batches=20

[convolutional]
batch_normalize=1
filters=8
size=3
pad=1
activation=leaky

[convolutional]
filters=3
size=1
activation=linear

[avgpool]

[softmax]
"""


def started(cfg: str, processes: int, *words: str) -> list[str]:
    """`darknet classifier train`, alone or in several processes."""
    found = [sys.executable]
    if processes > 1:
        found += ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    return [*found, "-m", "darknet", "classifier", "train", "data", cfg, *words]


def command(
    folder: Path, cfg: str, processes: int, *words: str
) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        started(cfg, processes, *words),
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=300,
    )


def losses(path: Path) -> list[float]:
    return [step.loss for step in read_steps(path)]


@pytest.mark.slow
def test_all_end_after_the_same_batch_where_one_is_asked_to(tmp_path: Path) -> None:
    """Between two batches, as by its own clock: the others hear of it with the next one."""
    assert len(trained(tmp_path / "two", 2, "4!7", "1", "0")["losses"]) == 8
    assert len(trained(tmp_path / "one", 1, "8!7", "1", "0")["losses"]) == 7


@pytest.mark.slow
def test_the_command_under_torchrun(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    for part in ("train", "valid"):
        for colour, name in enumerate(("blue", "green", "red")):
            place = tmp_path / "data" / part / name
            place.mkdir(parents=True)
            for number in range(8):
                pixels = generator.integers(0, 120, (12, 10, 3), np.uint8)
                pixels[..., 2 - colour] += 130
                Image.fromarray(pixels).save(place / f"{number}.png")
    (tmp_path / "one.cfg").write_text(CFG.format(batch=8, subdivisions=2))
    (tmp_path / "two.cfg").write_text(CFG.format(batch=4, subdivisions=1))
    done = command(tmp_path, "one.cfg", 1)
    assert done.returncode == 0, done.stderr
    done = command(tmp_path, "two.cfg", 2)
    assert done.returncode == 0, done.stderr[-3000:]
    backup = tmp_path / "backup"
    # the same photographs, drawn alike, in the same batches: sums in another order differ
    np.testing.assert_allclose(losses(backup / "two.csv"), losses(backup / "one.csv"), rtol=1e-3)
    assert "top-1     100.00 %" in done.stdout
    words = ("two.cfg", 2, "--save-every", "5", "--batches", "300")
    words += ("--validate-every", "0")
    assert command(tmp_path, *words).returncode == 0
    whole = (backup / "two.weights").read_bytes()
    words = (*words, "--backup", "early")
    with subprocess.Popen(
        started(*words),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    ) as process:
        checkpoint, deadline = tmp_path / "early" / "two.checkpoint", time.monotonic() + 120
        while not checkpoint.exists():
            assert time.monotonic() < deadline
            time.sleep(0.002)
        process.terminate()  # torchrun passes it on: all end after the same batch, and keep it
        process.wait(120)
    if not (tmp_path / "early" / "two.weights").exists():  # else it was too quick for us
        done = command(tmp_path, *words, "--resume")
        assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "early" / "two.weights").read_bytes() == whole


@pytest.mark.slow
def test_processes_that_diverge_end_together_with_one_line(tmp_path: Path) -> None:
    for name in ("blue", "green", "red"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(4):
            Image.new("RGB", (8, 8), name).save(tmp_path / "data" / name / f"{number}.png")
    (tmp_path / "two.cfg").write_text(CFG.format(batch=4, subdivisions=1))
    done = command(tmp_path, "two.cfg", 2, "--lr", "1e30")
    assert done.returncode == 1  # torchrun's, who tells it at length
    assert done.stderr.count("the loss is not a number") == 1
    assert "Traceback" not in done.stderr.split("the loss is not a number")[0]
    # where the command starts the processes itself (-gpus 0,1) there is nothing but the line
    for words, said in (
        (("--lr", "1e30"), "the loss is not a number"),
        (("none.weights",), "darknet: none.weights: cannot be read"),
    ):
        code = "import sys; from darknet.train.parallel import relaunch; "
        code += f"sys.exit(relaunch(2, {started('two.cfg', 1, *words)[3:]!r}))"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 2, done.stderr
        lines = done.stderr.splitlines()
        assert all(line.startswith("darknet: ") for line in lines), done.stderr
        assert said in lines[-1]
        assert done.stderr.count(said) == 1
