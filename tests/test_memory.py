"""Memory of a run: predicted by hand, refused in one line, and what the system says is free."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, network
from darknet import system
from darknet.errors import InputError
from darknet.train.memory import LIBRARIES, SLACK, Memory, Usage, check, predict, size_text

pytest.importorskip("torch", reason="torch is not installed")

from darknet.train.plan import Plan

MIB = 2**20
CFG = """[net]
width=4
height=4
channels=2
batch=8
subdivisions={}
max_batches=10
{}
[connected]
output=500
activation=linear
[softmax]
"""
WEIGHTS = 4 * (32 * 500 + 500)


def plan(subdivisions=1, more="", **options) -> Plan:
    return Plan(network=network(CFG.format(subdivisions, more)), photographs=100, **options)


# ---- predictions


def test_a_prediction_by_hand():
    """Sgd: the weights, their gradients and their momentum; outputs of 8 photographs.

    After the values the optimizer needs copies of the largest array, which is more than they are.
    """
    found = predict(plan(), cache_bytes=1000)
    largest = 4 * 32 * 500
    assert found == Memory(
        part=8,
        parameters=WEIGHTS,
        teacher=0,
        gradients=WEIGHTS,
        optimizer=WEIGHTS,
        average=0,
        values=2 * largest,
        workspace=round(SLACK * 2 * largest),
        batches=5 * 8 * 32 * 4,
        cache=1000,
        libraries=LIBRARIES,
    )
    assert found.total == sum(size for _, size in found.items())
    assert found.to_dict()["total"] == found.total


@pytest.mark.parametrize(
    ("more", "optimizer", "average"),
    [
        ("momentum=0", 0, 0),
        ("adam=1", 2, 0),
        ("optimizer=adamw", 2, 0),
        ("optimizer=nesterov", 1, 0),
        ("ema_alpha=0.99", 1, 1),
    ],
)
def test_what_an_optimizer_keeps(more, optimizer, average):
    found = predict(plan(more=more))
    assert (found.optimizer, found.average) == (optimizer * WEIGHTS, average * WEIGHTS)


def test_what_is_frozen_has_no_gradients():
    text = CFG.format(1, "").replace("[softmax]", "[connected]\noutput=10\n[softmax]")
    found = predict(Plan(network=network(text), photographs=1, frozen=1))
    learning = 4 * (500 * 10 + 10)
    assert found.parameters == WEIGHTS + learning
    assert (found.gradients, found.optimizer) == (learning, learning)


def test_processes_and_half_precision():
    assert predict(plan(), processes=2).gradients == 2 * WEIGHTS
    assert predict(plan(bf16=True)).parameters == WEIGHTS * 3 // 2
    cuda = predict(plan(), cache_bytes=1000, device="cuda:0")
    assert (cuda.cache, cuda.libraries, cuda.batches) == (0, 0, 8 * 32 * 4)


BIG = """[net]
width=64
height=64
channels=3
batch={}
max_batches=1
[conv]
filters=64
size=3
pad=1
batch_normalize=1
activation=leaky
[avgpool]
[softmax]
"""


def big(batch: int = 12) -> Plan:
    return Plan(network=network(BIG.format(batch)), photographs=1)


def test_parts_need_less():
    totals = [predict(big(), subdivisions=n).total for n in (1, 2, 3, 4, 6, 12)]
    assert totals == sorted(totals, reverse=True)
    assert predict(big()).values == pytest.approx(12 * 64**3 * 4 * 4, rel=0.01)
    assert predict(big()).part == 12
    said = str(predict(big()))
    assert said.startswith("about ")
    assert "48 MiB values of 12 inputs" in said
    assert "110 MiB libraries" in said


# ---- refusals


def test_what_fits_is_not_refused():
    need = predict(big()).total
    assert check(big(), free=need).total == need
    assert check(big(), free=None).total == need


def test_what_does_not_fit_is_refused_with_the_parts_that_do():
    whole, less = (predict(big(), subdivisions=count).total for count in (1, 3))
    with pytest.raises(InputError) as caught:
        check(big(), free=less)
    assert str(caught.value) == (
        f"test.cfg: training with batch=12 subdivisions=1 needs about {size_text(whole)}, and "
        f"{size_text(less)} are free: --subdivisions 3 needs {size_text(less)}"
    )
    with pytest.raises(InputError, match=r"in each of 2 processes, .*: --subdivisions 3 needs"):
        check(big(), free=2 * predict(big(), subdivisions=3, processes=2).total, processes=2)
    with pytest.raises(InputError, match=r"12 MiB are free; even one input at a time needs"):
        check(big(), free=12 * MIB)
    with pytest.raises(InputError, match=r"even one input at a time needs"):
        check(big(1), free=MIB)


def test_sizes_in_words():
    assert [size_text(size) for size in (0, 900 * MIB, 2**30, 5 * 2**28, 2**40)] == [
        "0 MiB", "900 MiB", "1 GiB", "1.25 GiB", "1.02e+03 GiB",
    ]  # fmt: skip


# ---- what is used


def test_what_was_used_is_seen():
    child = (
        "from darknet.train.memory import Usage\n"
        "usage = Usage()\n"
        "more = b'x' * (100 * 2**20)\n"
        "del more\n"
        "print(usage.bytes())\n"
    )
    done = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, check=True)
    if done.stdout.strip() == "None":
        pytest.skip("this system does not say")
    assert 95 * MIB < int(done.stdout) < 120 * MIB
    assert Usage().bytes() == 0


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measured on Linux")
def test_a_prediction_is_within_a_quarter_of_what_is_used():
    command = [sys.executable, "benchmarks/memory.py", "--json", "cifar:32:1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    (row,) = json.loads(done.stdout)["rows"]
    assert 0.75 < row["predicted / used"] < 1.25


# ---- what the system says


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Control groups in files of our own: a function that writes them, and /proc's line."""

    def write(line: str, **folders: dict[str, str]) -> None:
        (tmp_path / "cgroup").write_text(line)
        for folder, files in folders.items():
            place = tmp_path / "fs" / folder.replace("_", "/")
            place.mkdir(parents=True, exist_ok=True)
            for name, text in files.items():
                (place / name).write_text(text)

    class Elsewhere(type(tmp_path)):  # type: ignore[misc]
        def __new__(cls, first, *rest):
            if first == "/proc/self/cgroup":
                first = tmp_path / "cgroup"
            return Path(first, *rest)

    monkeypatch.setattr(system, "Path", Elsewhere)
    monkeypatch.setattr(system, "_CGROUPS", str(tmp_path / "fs"))
    monkeypatch.setattr(system, "_meminfo", lambda: 1000)
    return write


def test_a_container_may_have_less(groups):
    job = {"memory.max": "500\n", "memory.current": "300\n", "memory.stat": "inactive_file 50\n"}
    groups("0::/job\n", job=job)
    assert system.free_bytes() == 250
    groups("0::/job/inner\n", job=job, job_inner={"memory.max": "max\n", "memory.current": "1"})
    assert system.free_bytes() == 250
    groups("0::/\n")
    assert system.free_bytes() == 1000
    groups("0::/job\n", job=job | {"memory.current": "900", "memory.stat": ""})
    assert system.free_bytes() == 0


def test_control_groups_of_version_1(groups):
    files = {"memory.limit_in_bytes": "800", "memory.usage_in_bytes": "600",
             "memory.stat": "cache 5\ntotal_inactive_file 100\n"}  # fmt: skip
    groups("5:devices:/\n4:memory:/job\n", memory_job=files)
    assert system.free_bytes() == 300
    groups("4:memory:/job\n", memory_job=files | {"memory.limit_in_bytes": str(2**63 - 4096)})
    assert system.free_bytes() == 1000


def test_where_the_system_is_silent(groups, monkeypatch):
    groups("nonsense\n")
    assert system.free_bytes() == 1000
    monkeypatch.setattr(system, "_meminfo", lambda: None)
    monkeypatch.setattr(system, "_installed", lambda: None)
    assert system.free_bytes() is None
    assert system.available_bytes() == system.UNKNOWN_BYTES


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems say less")
def test_this_machine():
    free, peak = system.free_bytes(), system.peak_bytes()
    assert free is not None
    assert 2**20 < free <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert peak is not None
    assert 2**20 < peak < 2**36
