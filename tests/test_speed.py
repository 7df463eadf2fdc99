"""Timing: who runs when, what counts, and what ``darknet speed`` prints of it."""

from __future__ import annotations

import json

import jsonschema
import numpy as np
import pytest

from conftest import ROOT, network
from darknet import speed
from darknet.cli import main
from darknet.engines import Settings
from darknet.errors import EngineError, InputError
from darknet.speed import WARM_UP, Run, Timing, milliseconds, runs, timings
from darknet.weights import Weights

SMALL = "[net]\nwidth=8\nheight=8\nchannels=3\n[conv]\nfilters=4\nsize=3\npad=1\n[avgpool]\n"
# 3 x 3 x 3 taps, 4 filters, 8 x 8 places, two operations each:
SMALL_FLOPS = 2 * 27 * 4 * 64


def test_networks_take_turns_and_the_first_rounds_do_not_count():
    done = list(runs({"a": network(SMALL), "b": network(SMALL)}, engine="reference", rounds=2))
    assert [run.name for run in done] == ["a", "b"] * (WARM_UP + 2)
    assert [run.counts for run in done] == [False] * 2 * WARM_UP + [True] * 4
    assert all(run.milliseconds > 0 for run in done)
    assert {run.engine for run in done} == {f"numpy {np.__version__}, f32"}


def test_a_timing_is_the_median_of_what_counts():
    done = [Run("a", taken, counts=taken < 50, engine="e") for taken in (99.0, 4.0, 1.0, 3.0, 2.0)]
    assert timings(done, batch=7) == {"a": Timing(2.5, 1.0, 4, 7, "e")}


def test_networks_beyond_the_limit_run_in_groups(monkeypatch):
    net = network(SMALL)
    monkeypatch.setattr(speed, "_TOGETHER", 2 * net.weights_bytes)
    done = runs(dict.fromkeys("abc", net), engine="reference", rounds=1)
    names = "".join(run.name for run in done)
    assert names == "ab" * (WARM_UP + 1) + "c" * (WARM_UP + 1)


def test_one_network_with_weights_of_its_own(engine):
    net = network(SMALL)
    weights = Weights.initial(net, np.random.default_rng(0))
    settings = Settings("f32", 1)
    found = milliseconds(net, weights, engine=engine, settings=settings, batch=2, rounds=3)
    assert (found.rounds, found.batch) == (3, 2)
    assert 0 < found.fastest <= found.median


@pytest.mark.parametrize("what", ["batch", "rounds"])
def test_less_than_one_is_refused(what):
    with pytest.raises(InputError, match=rf"^{what}=0: expected at least 1$"):
        milliseconds(network(SMALL), **{what: 0})


def test_an_unknown_engine_is_refused():
    with pytest.raises(EngineError, match="no engine numpi"):
        milliseconds(network(SMALL), engine="numpi")


@pytest.fixture
def cfg(tmp_path, monkeypatch):
    """A small cfg in the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.cfg").write_text(SMALL)
    return "net.cfg"


def test_speed_prints_cs_lines(cfg, capsys):
    assert main(["speed", cfg, "5", "--engine", "reference", "-nogpu"]) == 0
    first, evals, ops, flops, each, hertz = capsys.readouterr().out.splitlines()
    assert first == f"numpy {np.__version__}, f32, net.cfg, batch 1"
    assert evals.startswith("5 evals, 0.")
    assert evals.endswith(" Seconds")
    assert ops == "Floating Point Operations: 0.00 Bn"
    assert flops.startswith("FLOPS: ")
    assert " sec/eval" in each
    assert hertz.endswith(" Hz")


def test_speed_json_follows_its_schema_and_adds_up(cfg, capsys):
    words = ["speed", cfg, "5", "--batch", "3", "--engine", "reference", "--json"]
    assert main(words) == 0
    found = json.loads(capsys.readouterr().out)
    schema = json.loads((ROOT / "docs" / "schemas" / "speed.schema.json").read_text())
    jsonschema.validate(found, schema)
    assert (found["batch"], found["evals"], found["flops"]) == (3, 5, 3 * SMALL_FLOPS)
    assert found["hz"] == pytest.approx(5 / found["seconds"], rel=1e-3)
    assert found["flops_per_second"] == pytest.approx(found["hz"] * found["flops"], rel=1e-3)


def test_without_tics_it_ends_after_a_while(cfg, capsys, monkeypatch):
    from darknet.cli import speed as door

    monkeypatch.setattr(door, "ENOUGH_SECONDS", 0.0)
    assert main(["speed", cfg, "--engine", "reference", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["evals"] == 1


@pytest.mark.parametrize("fork", ["pjreddie", "alexeyab"])
def test_the_fork_may_be_named(cfg, fork, capsys, monkeypatch):
    asked, real = [], speed.runs

    def told(networks, **given):
        asked.extend(net.fork for net in networks.values())
        return real(networks, **given)

    monkeypatch.setattr(speed, "runs", told)
    assert main(["speed", cfg, "1", "--engine", "reference", "--fork", fork]) == 0
    assert asked == [fork]


def test_a_model_may_be_named(capsys):
    assert main(["speed", "tiny", "1"]) == 0
    assert "Floating Point Operations: 0.98 Bn" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no.cfg"], "no.cfg: cannot be read"),
        (["net.cfg", "0"], "TICS"),
        (["net.cfg", "--batch", "0"], "--batch"),
        (["net.cfg", "--batch", "1000000000"], "not enough memory"),
    ],
)
def test_bad_input_is_one_line(cfg, words, said, capsys):
    assert main(["speed", *words]) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.count("\n") == 1
    assert said in out.err
