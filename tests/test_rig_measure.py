"""Measuring this machine: quickly here, with two small layers; what comes of it is a rig."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from darknet.errors import InputError
from darknet.rig import measure, measure_compute, predict, read_box
from darknet.rig.engine_speed import EngineSpeed
from darknet.rig.measure import Measurement, rig_of, to_toml
from darknet.rig.measure_compute import seconds_of
from darknet.rig.measure_files import decoding, disk_speed, photograph
from darknet.rig.probes import FEW, PROBES, Probe, launches, passes
from rigs import asked

TWO = (Probe(3, 4, 16, batch=2), Probe(4, 4, 8, size=1, batch=2))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two small layers, and OpenVINO alone beside torch."""
    monkeypatch.setattr(measure_compute, "PROBES", TWO)
    monkeypatch.setattr(measure_compute, "FEW", TWO)
    monkeypatch.setattr(measure, "ENGINES", ("openvino",))


def test_a_machine_is_measured_and_becomes_a_rig(quick: None, tmp_path: Path):
    measurement = Measurement(str(tmp_path), seconds=0.1, threads=1)
    steps = list(measurement.run())
    assert steps[:4] == ["matrix products", "memory", "decoding", "disk"]
    assert list(tmp_path.iterdir()) == []  # the file for the disk's sake is gone
    found = measurement.result()
    answering = found.engine(training=False)
    assert [rate.kind for rate in answering.rates] == ["conv3x3", "conv1x1"]
    assert all(rate.flops_per_s > 0 for engine in found.engines for rate in engine.rates)
    assert min(found.gemm, found.bandwidth, found.decode, found.prepare_seconds) > 0
    assert found.cores >= 1
    assert found.memory_bytes > 2**28
    (tmp_path / "this.toml").write_text(to_toml(rig_of(found), "a comment"))
    box = read_box(tmp_path / "this.toml")
    assert box.measured is not None
    assert box.measured.engines[0].rates[0].kind == "conv3x3"
    if any(engine.training for engine in found.engines):
        assert predict(asked(box)).images_per_s.likely > 0


def test_without_torch_training_is_not_measured(
    quick: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "torch", None)
    measurement = Measurement(str(tmp_path), seconds=0.1, threads=1)
    list(measurement.run())
    found = measurement.result()
    assert all(not engine.training for engine in found.engines)
    assert "torch is not installed: training was not measured" in found.notes
    with pytest.raises(InputError, match="no engine was measured for training"):
        found.engine(training=True)


def test_an_engine_that_is_not_there_is_left_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(measure_compute, "FEW", TWO)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    steps = list(measure_compute.answering("onnxruntime", 1, 0.0))
    assert not any(isinstance(step, EngineSpeed) for step in steps)


def test_seconds_are_the_median_of_at_least_two(monkeypatch: pytest.MonkeyPatch):
    def clock() -> Iterator[float]:
        now = 0.0
        for taken in (1.0, 9.0, 2.0, 1.0):
            yield now
            now += taken
            yield now

    ticks, calls = clock(), []
    monkeypatch.setattr(measure_compute.time, "perf_counter", lambda: next(ticks))
    assert seconds_of(lambda: calls.append(1), 11.5) == 2.0  # of 1, 9, 2
    assert len(calls) == 4  # with the one before


def test_a_disk_is_read_in_order_at_random_and_from_memory(tmp_path: Path):
    found = disk_speed(str(tmp_path), 4 * 2**20)
    assert min(found.sequential, found.random, found.cached) > 0
    assert found.folder == str(tmp_path)
    with pytest.raises(InputError, match="no file can be made there"):
        disk_speed(str(tmp_path / "none"), 2**20)


def test_a_photograph_is_one_of_imagenets_size():
    from PIL import Image

    data = photograph(3)
    assert 50e3 < len(data) < 200e3
    assert data != photograph(4)
    import io

    assert Image.open(io.BytesIO(data)).size == (500, 375)
    assert min(decoding(0.0)) > 0


@pytest.mark.parametrize("probe", PROBES, ids=str)
def test_probes_are_single_layers(probe: Probe):
    net = probe.network()
    assert len(net.nodes) == 1
    assert probe.flops(training=False) == net.flops
    assert probe.flops(training=True) == net.flops * (2 if probe.channels == 3 else 3)


def test_probes_have_every_kind():
    kinds = {"conv3x3", "conv1x1", "conv", "grouped", "connected"}
    assert {probe.work().kind for probe in PROBES} == kinds
    assert {probe.work().kind for probe in FEW} >= kinds - {"grouped", "connected"}
    assert passes().flops < 1e7
    assert len(launches().nodes) == 24


def test_cards_are_found_by_torchs_names(monkeypatch: pytest.MonkeyPatch):
    torch = pytest.importorskip("torch")
    names = ["NVIDIA GeForce RTX 3090", "NVIDIA GeForce RTX 3090", "Some other card"]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(names))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: names[number])

    class Properties:
        total_memory = 8 * 2**30

    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda number: Properties)
    assert measure._gpus() == {
        "gpus": [
            {"name": "RTX 3090", "count": 2},
            {"name": "Some other card", "count": 1, "memory_gb": 8.0},
        ]
    }


def test_toml_is_what_it_was(tmp_path: Path):
    import tomllib

    content = {
        "name": 'a "name"',
        "gpus": [{"name": "x", "count": 2}],
        "measured": {"flag": True, "n": 3, "notes": ["a", "b"], "engine": [
            {"rates": [{"kind": "conv", "gflops": 1.5}]}]},
    }  # fmt: skip
    assert tomllib.loads(to_toml(content, "a comment\nof two lines")) == content
