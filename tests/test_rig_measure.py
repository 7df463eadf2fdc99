"""Measuring this machine: quickly here, with two small layers; what comes of it is a rig."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from darknet.errors import InputError
from darknet.network import Network
from darknet.rig import measure, measure_compute, predict, read_box
from darknet.rig.engine_speed import EngineSpeed
from darknet.rig.measure import Measurement, rig_of, to_toml
from darknet.rig.measure_compute import seconds_more, seconds_of
from darknet.rig.measure_files import decoding, disk_speed, photograph
from darknet.rig.probes import FEW, PROBES, Probe, launches, passes, passes_inside
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
    monkeypatch.delitem(sys.modules, "darknet.engines.onnxruntime", raising=False)
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


def test_more_is_the_median_of_differences(monkeypatch: pytest.MonkeyPatch):
    now = [0.0]
    takes = {"run": iter((1.0, 5.0, 3.0, 9.0)), "without": iter((1.0, 1.0, 2.0, 2.0))}

    def taking(which: str) -> Callable[[], None]:
        def run() -> None:
            now[0] += next(takes[which])

        return run

    monkeypatch.setattr(measure_compute.time, "perf_counter", lambda: now[0])
    found = seconds_more(taking("run"), taking("without"), 20.0)
    assert found == 4.0  # of 4, 1 and 7, after one of each


def test_more_is_not_below_a_tenth(monkeypatch: pytest.MonkeyPatch):
    now = [0.0]

    def run() -> None:
        now[0] += 1

    monkeypatch.setattr(measure_compute.time, "perf_counter", lambda: now[0])
    assert seconds_more(run, run, 4.0) == pytest.approx(0.1)


def test_what_a_call_takes_beside_its_layer_is_not_the_layers(monkeypatch: pytest.MonkeyPatch):
    """An engine of 1 GFLOP/s that takes long to copy inputs and outputs has 1 GFLOP/s."""
    now = [0.0]

    def answer(engine: str, network: Network, batch: int, settings: object) -> Callable[[], None]:
        copied = network.input.size + network.outputs[0].output.size

        def run() -> None:
            now[0] += batch * (network.flops / 1e9 + copied / 1e6)

        return run

    monkeypatch.setattr(measure_compute.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(measure_compute, "_answer", answer)
    chosen = tuple(probe for probe in PROBES if probe.size and probe.channels != 3)
    monkeypatch.setattr(measure_compute, "PROBES", chosen)
    *_, found = measure_compute.answering("openvino", 1, 0.0)
    assert isinstance(found, EngineSpeed)
    assert len(found.rates) == len(chosen)
    for rate in found.rates:
        # but for the channels of the one pixel that is taken out at the end
        assert rate.flops_per_s == pytest.approx(1e9, rel=0.05), rate


def test_a_layer_that_learns_is_measured_between_others(monkeypatch: pytest.MonkeyPatch):
    """Three operations for each of answering (two of a first layer), whatever is around it."""
    pytest.importorskip("torch")
    now = [0.0]

    def learn(network: Network, batch: int, device: str) -> Callable[[], None]:
        first = network.nodes[0]
        passes = 3 * network.flops - (first.flops if network.input.channels == 3 else 0)

        def run() -> None:
            now[0] += batch * (passes / 1e9 + network.input.size / 1e7)

        return run

    monkeypatch.setattr(measure_compute.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(measure_compute, "_learn", learn)
    chosen = tuple(probe for probe in PROBES if probe.size and probe.channels != 3)
    monkeypatch.setattr(measure_compute, "PROBES", chosen)
    *_, found = measure_compute.training("cpu", 1, 0.0)
    assert isinstance(found, EngineSpeed)
    for rate in found.rates:
        assert rate.flops_per_s == pytest.approx(1e9, rel=0.05), rate


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


@pytest.mark.parametrize("probe", [*PROBES, None], ids=str)
def test_layers_between_others_differ_by_the_layer(probe: Probe | None):
    whole, without = probe.inside() if probe else passes_inside()
    around = without.nodes if without else ()
    assert len(whole.nodes) - len(around) == (1 if without or (probe and not probe.size) else 2)
    flops = whole.flops - (without.flops if without else 0)
    assert flops == pytest.approx((probe.network() if probe else passes()).flops, rel=0.02)
    if probe is None or probe.size:
        shapes = [net.outputs[0].output for net in (whole, without) if net]
        assert all((shape.height, shape.width) == (1, 1) for shape in shapes)
        assert whole.input.channels == 3


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
