"""The comparison with the oracle: it finds the place, and what is mixed up or not finite."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from conftest import network, random_weights
from darknet.engines import Settings, open_engine
from darknet.errors import EngineError, WeightsError
from darknet.export import export
from darknet.network import Network
from darknet.parity import measure
from darknet.weights import Weights

TEXT = (
    "[net]\nwidth=8\nheight=6\nchannels=3\n[conv]\nfilters=5\nsize=3\nactivation=leaky\n"
    "[avgpool]\n[softmax]\n"
)


def small() -> tuple[Network, Weights]:
    net = network(TEXT)
    return net, random_weights(net)


def oracle(net: Network, weights: Weights, batch: np.ndarray) -> np.ndarray:
    return open_engine("reference", net, weights, len(batch), Settings()).run(batch)[0]


def test_the_oracle_agrees_with_itself() -> None:
    net, weights = small()
    met = measure(
        net, weights, lambda b: [oracle(net, weights, b)], engine="x", count=3, tolerance=1e-6
    )
    assert met.relative < 1e-6
    assert not met.saturated


def test_measure_finds_the_place() -> None:
    net, weights = small()

    def wrong(batch: np.ndarray) -> list[np.ndarray]:
        right = oracle(net, weights, batch)
        right[-1, 3] += 0.01
        return [right]

    met = measure(net, weights, wrong, engine="mine", count=2, tolerance=1)
    assert met.where == (3, 0, 0)
    assert met.absolute == pytest.approx(0.01, rel=1e-4)
    assert met.found == pytest.approx(met.expected + 0.01, rel=1e-4)
    with pytest.raises(EngineError, match=r"mine and numpy differ .* at \[3, 0, 0\]"):
        measure(net, weights, wrong, engine="mine", count=2, tolerance=1e-3)
    with pytest.raises(EngineError, match="answers"):
        measure(
            net, weights, lambda b: [oracle(net, weights, b)[:, :3]], engine="x", count=1,
            tolerance=1,
        )  # fmt: skip
    nan = [np.full((1, 5, 1, 1), np.nan, np.float32)]
    with pytest.raises(EngineError, match="differ by inf"):
        measure(net, weights, lambda b: nan, engine="x", count=1, tolerance=1)


def test_a_batch_that_is_mixed_up_is_found() -> None:
    net, weights = small()
    swapped = {"engine": "x", "count": 2, "tolerance": 1e-4}
    with pytest.raises(EngineError, match="differ"):
        measure(net, weights, lambda b: [oracle(net, weights, b[::-1])], **swapped)


def never(batch: np.ndarray) -> list[np.ndarray]:
    raise AssertionError(f"run for {len(batch)} inputs")


def test_a_batch_beyond_the_memory_limit_is_not_even_made() -> None:
    net = network(TEXT)
    tight = network(TEXT, limit=3 * net.working_bytes + net.weights_bytes)
    weights = random_weights(net)
    for count in (4, 10**6):
        with pytest.raises(EngineError, match=f"not enough memory for a batch of {count} inputs"):
            measure(tight, weights, never, engine="x", count=count, tolerance=1)
    measure(
        tight, weights, lambda b: [oracle(net, weights, b)], engine="x", count=3, tolerance=1e-6
    )


def test_the_time_of_the_whole_batch_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    net, weights = small()
    monkeypatch.setattr("darknet.parity.MAX_FLOPS", 3 * net.flops)
    with pytest.raises(EngineError, match=r"BFLOPs for a batch of 4: .* take too long"):
        measure(net, weights, never, engine="x", count=4, tolerance=1)


def test_an_answer_that_is_not_finite_cannot_be_compared() -> None:
    net, weights = small()
    weights.arrays[0]["biases"][0] = np.nan  # type: ignore[index]
    said = r"layer 2 \[softmax\]: answers NaN .*another network\?\), so there is nothing to compare"
    with pytest.raises(WeightsError, match=said):
        measure(net, weights, lambda b: [oracle(net, weights, b)], engine="x", count=1, tolerance=1)


@pytest.mark.parametrize("name", ["net.onnx", "net.xml"])
def test_a_batch_beyond_the_memory_limit_is_told_before_anything_is_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, weights = small()
    tight = replace(net, limit=net.working_bytes + 2 * net.weights_bytes)
    monkeypatch.setattr("darknet.export.WRITERS", {})
    with pytest.raises(EngineError, match="not enough memory for a batch of 65536 inputs"):
        export(tight, weights, tmp_path / name, batch=65536)
