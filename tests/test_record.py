"""The record of a training run: rows by hand, torn lines, resumed runs, full disks."""

from __future__ import annotations

import csv
import json
import math
import os
import subprocess
import sys
import time
import types
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.errors import InputError
from darknet.train.record import COLUMNS, Recorder, Step, read_steps

FIRST = Step(1, 0.0025, 128, 2.302585, 2.302585, 0.1, 0.5, 128, 0.25)
SECOND = Step(2, 0.005, 256, 2.25, 2.2973265, 0.1, 0.25, 128, 0.0, 11.5, 52.0)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def record(folder: Path, count: int) -> None:
    with Recorder(folder, "run") as recorder:
        for batch in range(1, count + 1):
            recorder.add(replace(FIRST, batch=batch))


def batches(folder: Path) -> tuple[list[int], list[int]]:
    csv_file, lines = (read_steps(folder / f"run.{kind}") for kind in ("csv", "jsonl"))
    return [step.batch for step in csv_file], [step.batch for step in lines]


def test_both_files_are_what_is_written_by_hand(tmp_path):
    with Recorder(tmp_path / "new" / "folder", "run") as recorder:
        recorder.add(FIRST)
        recorder.add(SECOND)
        # whole and readable before the recorder is closed
        folder = tmp_path / "new" / "folder"
        assert (folder / "run.csv").read_text() == (
            "batch,epoch,seen,loss,average,rate,seconds,images,waited,top1,top5\n"
            "1,0.0025,128,2.302585,2.302585,0.1,0.5,128,0.25,,\n"
            "2,0.005,256,2.25,2.2973265,0.1,0.25,128,0.0,11.5,52.0\n"
        )
        assert [json.loads(line) for line in (folder / "run.jsonl").read_text().splitlines()] == [
            {
                "batch": 1, "epoch": 0.0025, "seen": 128, "loss": 2.302585, "average": 2.302585,
                "rate": 0.1, "seconds": 0.5, "images": 128, "waited": 0.25, "top1": None,
                "top5": None,
            },
            SECOND.to_dict(),
        ]  # fmt: skip
    assert names(folder) == ["run.csv", "run.jsonl"]
    assert read_steps(folder / "run.csv") == read_steps(folder / "run.jsonl") == [FIRST, SECOND]
    with open(folder / "run.csv", newline="") as file:
        assert next(csv.DictReader(file))["loss"] == "2.302585"
    assert FIRST.speed == 256
    assert replace(FIRST, seconds=0.0).speed == 0


numbers = st.floats(allow_nan=False, allow_infinity=False)
steps = st.builds(
    Step, st.integers(1, 10**9), numbers, st.integers(0, 2**60), numbers, numbers, numbers,
    numbers, st.integers(1, 10**6), numbers, st.none() | numbers, st.none() | numbers,
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.lists(steps, max_size=5))
def test_every_number_is_read_back_to_the_bit(tmp_path_factory, made):
    folder = tmp_path_factory.mktemp("run")
    with Recorder(folder, "run") as recorder:
        for step in made:
            recorder.add(step)
    assert read_steps(folder / "run.csv") == read_steps(folder / "run.jsonl") == made


def test_a_loss_that_is_no_number(tmp_path):
    with Recorder(tmp_path, "run") as recorder:
        recorder.add(replace(FIRST, loss=math.nan, average=math.inf))
    assert "NaN" not in (tmp_path / "run.jsonl").read_text()  # no JSON reader must stumble
    for kind in ("csv", "jsonl"):
        (step,) = read_steps(tmp_path / f"run.{kind}")
        assert math.isnan(step.loss)
        assert not math.isfinite(step.average)


def test_an_earlier_run_is_kept(tmp_path):
    record(tmp_path, 3)
    record(tmp_path, 1)
    kinds = ("csv", "jsonl", "previous.csv", "previous.jsonl")
    assert names(tmp_path) == sorted(f"run.{kind}" for kind in kinds)
    assert batches(tmp_path) == ([1], [1])
    assert len(read_steps(tmp_path / "run.previous.csv")) == 3


@pytest.mark.parametrize("torn", ["", "5,0.1,1", '{"batch": 5, "epo', "5", "\0" * 300])
def test_a_resumed_run_drops_later_rows_and_a_torn_line(tmp_path, torn):
    record(tmp_path, 4)
    for kind in ("csv", "jsonl"):
        with open(tmp_path / f"run.{kind}", "a") as file:
            file.write(torn)
    assert batches(tmp_path) == ([1, 2, 3, 4], [1, 2, 3, 4])
    with Recorder.resume(tmp_path, "run", 3) as recorder:
        recorder.add(replace(SECOND, batch=4))
    assert names(tmp_path) == ["run.csv", "run.jsonl"]
    assert batches(tmp_path) == ([1, 2, 3, 4], [1, 2, 3, 4])
    assert read_steps(tmp_path / "run.csv")[-1].top1 == 11.5
    record(other := tmp_path / "other", 3)
    with Recorder.resume(other, "run", 3) as recorder:
        recorder.add(replace(SECOND, batch=4))
    for kind in ("csv", "jsonl"):  # as if nothing had happened
        assert (tmp_path / f"run.{kind}").read_bytes() == (other / f"run.{kind}").read_bytes()


def test_a_resumed_run_where_a_file_lacks_rows(tmp_path):
    record(tmp_path, 4)
    lines = (tmp_path / "run.jsonl").read_bytes()
    (tmp_path / "run.jsonl").write_bytes(b"".join(lines.splitlines(keepends=True)[:2]))
    Recorder.resume(tmp_path, "run", 4).close()
    assert (tmp_path / "run.jsonl").read_bytes() == lines
    (tmp_path / "run.csv").unlink()
    Recorder.resume(tmp_path, "run", 2).close()
    assert batches(tmp_path) == ([1, 2], [1, 2])
    (tmp_path / "run.csv").unlink()
    (tmp_path / "run.jsonl").unlink()
    Recorder.resume(tmp_path, "run", 2).close()
    assert batches(tmp_path) == ([], [])


def test_resuming_twice_changes_nothing(tmp_path):
    record(tmp_path, 2)
    before = [(tmp_path / name).stat() for name in names(tmp_path)]
    Recorder.resume(tmp_path, "run", 2).close()
    assert [(tmp_path / name).stat() for name in names(tmp_path)] == before


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("run.csv", "1,2,3\n", "run.csv:1: 1,2,3: no row of a training run; expected batch, epo"),
        ("run.csv", "batch\n", "run.csv:1: batch: no row of a training run"),
        ("run.csv", f"{','.join(COLUMNS)}\n1,x,1,1,1,1,1,1,1,,\n", "run.csv:2: 1,x,1"),
        ("run.csv", "1" * 20_000, "run.csv:1: 1111"),
        ("run.jsonl", "[]\n", "run.jsonl:1: []: no row"),
        ("run.jsonl", "{}\n", "run.jsonl:1: {}: no row"),
        ("run.jsonl", '{"batch": [1]}\n', 'run.jsonl:1: {"batch": [1]}: no row'),
        ("run.txt", "", "run.txt: expected a record of a training run, .csv or .jsonl"),
    ],
)
def test_what_is_no_record_is_told(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as caught:
        read_steps(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path}{os.sep}{message}")
    with pytest.raises(InputError, match=r"nothing\.csv: cannot be read: No such file"):
        read_steps(tmp_path / "nothing.csv")


def test_a_damaged_record_is_not_resumed_and_not_changed(tmp_path):
    record(tmp_path, 2)
    text = (tmp_path / "run.csv").read_text().replace("2,0.0025", "two")
    (tmp_path / "run.csv").write_text(text)
    with pytest.raises(InputError, match=r"run\.csv:3: two,128"):
        Recorder.resume(tmp_path, "run", 2)
    assert (tmp_path / "run.csv").read_text() == text


# ---- disks


class Disk:
    """A raw file on a disk that has room for so many bytes more."""

    def __init__(self, file, room: int) -> None:
        self.file, self.room = file, room

    def write(self, data: bytes) -> int:
        part = data[: self.room]
        if not part:
            raise OSError(28, "No space left on device")
        self.room -= len(part)
        return self.file.write(part)

    def __getattr__(self, name):
        return getattr(self.file, name)


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("room", [0, 20])
def test_a_full_disk_leaves_no_half_row(tmp_path, place, room):
    with Recorder(tmp_path, "run") as recorder:
        recorder.add(FIRST)
        before = [(tmp_path / name).read_bytes() for name in names(tmp_path)]
        file = recorder._files[place]
        disk = file._file = Disk(file._file, room)
        message = r"run\.\w+: cannot be written: No space left on device$"
        with pytest.raises(InputError, match=message):
            recorder.add(SECOND)
        assert [(tmp_path / name).read_bytes() for name in names(tmp_path)] == before
        disk.room = 10_000  # somebody tidied up
        recorder.add(SECOND)
    assert batches(tmp_path) == ([1, 2], [1, 2])


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has a disk that is always full")
def test_a_disk_that_is_full_from_the_start(tmp_path):
    (tmp_path / "run.csv").symlink_to("/dev/full")
    with pytest.raises(InputError, match=r"run\.csv: cannot be written: No space left"):
        Recorder(tmp_path, "run")


def test_folders_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file: cannot be written: "):
        Recorder(tmp_path / "file", "run")
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(InputError, match=r"run\.csv: cannot be written: Permission denied"):
        Recorder(tmp_path / "locked", "run")
    assert names(tmp_path / "locked") == []


CHILD = """
import sys
from darknet.train.record import Recorder, Step
with Recorder(sys.argv[1], "run") as recorder:
    batch = 0
    while True:
        batch += 1
        recorder.add(Step(batch, 0.0, 0, 1 / 3, 1 / 3, 0.1, 0.1, 1, 0.0))
        if batch == 100:
            print("running", flush=True)
"""


def test_kill_9_costs_no_more_than_a_row(tmp_path):
    for number in range(3):
        folder = tmp_path / str(number)
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(folder)], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(0.01 * number)
            child.kill()
        (first, second) = batches(folder)
        assert 0 <= len(first) - len(second) <= 1
        Recorder.resume(folder, "run", len(second)).close()
        wanted = list(range(1, len(second) + 1))
        assert batches(folder) == (wanted, wanted)


# ---- TensorBoard


class Writer:
    """Stands for torch's SummaryWriter."""

    def __init__(self, folder: str, purge_step: int | None = None) -> None:
        self.folder, self.purge_step = folder, purge_step
        self.scalars: list[tuple[str, float, int]] = []
        self.closed = False

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.scalars.append((name, value, step))

    def close(self) -> None:
        self.closed = True


def test_tensorboard_gets_the_same_numbers(tmp_path, monkeypatch):
    module = types.ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Writer  # type: ignore[attr-defined]
    for name in ("torch", "torch.utils"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    with Recorder(tmp_path, "run", tensorboard=True) as recorder:
        recorder.add(FIRST)
        recorder.add(SECOND)
        writer = recorder._board._writer
    assert (writer.folder, writer.purge_step) == (str(tmp_path / "run.tensorboard"), None)
    assert writer.closed
    assert [name for name, _, step in writer.scalars if step == 1] == [
        "train/loss", "train/average", "train/rate", "train/epoch",
        "speed/images a second", "speed/share of time waiting for data",
    ]  # fmt: skip
    assert ("train/loss", 2.302585, 1) in writer.scalars
    assert ("valid/top-1", 11.5, 2) in writer.scalars
    assert ("speed/images a second", 512.0, 2) in writer.scalars
    with Recorder.resume(tmp_path, "run", 1, tensorboard=True) as recorder:
        assert recorder._board._writer.purge_step == 2


def test_without_tensorboard_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(InputError) as caught:
        Recorder(tmp_path, "run", tensorboard=True)
    assert str(caught.value) == (
        "--tensorboard needs the package tensorboard, which is not installed: "
        'pip install "darknet-python[tensorboard]"'
    )
    assert names(tmp_path) == []
