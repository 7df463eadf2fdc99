"""import: whose batch normalization it is: the fork that an export says, the epsilon assumed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import darknet
from conftest import network, random_weights
from darknet.export import export
from darknet.importing import Imported, Recipe, import_weights
from darknet.layers import Fork
from darknet.weights import Weights

TEXT = (
    "[net]\nwidth=6\nheight=5\nchannels=3\n[convolutional]\nfilters=4\nsize=3\nactivation=linear\n"
)
NORMED = TEXT + "batch_normalize=1\n"
FORKS: tuple[Fork, ...] = ("pjreddie", "alexeyab")


def answers(weights: Weights, batch: np.ndarray, fork: Fork) -> np.ndarray:
    with darknet.load(network(NORMED).cfg, weights, engine="reference", fork=fork) as net:
        return np.asarray(net.predict(batch))


@pytest.mark.parametrize("suffix", [".onnx", ".safetensors"])
@pytest.mark.parametrize("source", FORKS)
@pytest.mark.parametrize("target", FORKS)
def test_an_export_of_one_fork_gives_the_same_answers_in_the_other(
    tmp_path: Path, suffix: str, source: Fork, target: Fork
) -> None:
    """A variance of 1e-8 tells: 1 / (1e-4 + 1e-6) for pjreddie, 1 / sqrt(1.001e-5) for AlexeyAB."""
    pytest.importorskip("onnx" if suffix == ".onnx" else "safetensors")
    net = network(NORMED, fork=source)
    weights = random_weights(net, 1)
    weights[0]["rolling_variance"][:2] = 1e-8
    path, fold = tmp_path / f"a{suffix}", None if suffix == ".safetensors" else False
    export(net, weights, path, fold=fold, check=False)
    found = import_weights(path, net.cfg, fork=target)
    assert not any("assumed" in note for note in found.notes)
    batch = np.random.default_rng(0).uniform(0, 1, (2, 3, 5, 6)).astype(np.float32)
    expected = answers(weights, batch, source)
    np.testing.assert_allclose(answers(found.weights, batch, target), expected, rtol=1e-4)
    if source == target:
        for name, array in weights[0].items():
            np.testing.assert_array_equal(found.weights[0][name], array)
    else:
        other = answers(weights, batch, target)
        assert abs(other / expected - 1).max() > 0.9  # 31 times as much, or as little


def saved(folder: Path, variance: str, **options: float) -> Imported:
    """Imported from torch's, Keras' or Darknet's names: one of each word, all statistics 1."""
    arrays = {"c.weight": np.ones((4, 3, 3, 3)), "b.gamma": np.ones(4), "b.beta": np.zeros(4)}
    arrays |= {f"b.{variance.split('_')[0]}_mean": np.zeros(4), f"b.{variance}": np.ones(4)}
    np.savez(folder / "a.npz", **arrays)
    return import_weights(
        folder / "a.npz", network(NORMED).cfg, recipe=Recipe(**options), fork="alexeyab"
    )


@pytest.mark.parametrize(
    ("word", "epsilon", "note"),
    [
        ("running_var", 1e-5, "batch normalization: epsilon 1e-5 assumed (--epsilon)"),
        (
            "moving_variance",
            1e-3,
            "batch normalization: epsilon 1e-3 assumed, Keras' default (--epsilon)",
        ),
        ("moving_var", 1e-3, "batch normalization: epsilon 1e-3 assumed, Keras' default"),
        ("rolling_variance", 1e-5, "batch normalization: alexeyab's own arithmetic assumed"),
    ],
)
def test_the_epsilon_that_is_assumed_is_told(
    tmp_path: Path, word: str, epsilon: float, note: str
) -> None:
    """AlexeyAB adds 1e-5 itself: 1 + epsilon - 1e-5 is left."""
    found = saved(tmp_path, word)
    assert [one for one in found.notes if one.startswith(note)] == list(found.notes)
    assert len(found.notes) == 1
    assert found.weights[0]["rolling_variance"] == pytest.approx(1 + epsilon - 1e-5, abs=1e-7)
    found = saved(tmp_path, word, epsilon=0.01)
    assert not found.notes
    assert found.weights[0]["rolling_variance"] == pytest.approx(1.01 - 1e-5, abs=1e-7)


def test_it_is_told_once_and_only_where_there_is_one(tmp_path: Path) -> None:
    arrays = {f"c{k}.weight": np.ones((4, 4 if k else 3, 3, 3)) for k in range(2)}
    np.savez(tmp_path / "a.npz", **arrays)
    text = NORMED + "[convolutional]\nfilters=4\nsize=3\nbatch_normalize=1\n"
    assert not import_weights(tmp_path / "a.npz", network(text).cfg).notes
    for k in range(2):
        words = ("weight", "bias", "running_mean", "running_var")
        arrays |= {f"b{k}.{word}": np.ones(4) for word in words}
    ordered = sorted(arrays, key=lambda name: (name[1], name[0] == "b"))
    np.savez(tmp_path / "a.npz", **{name: arrays[name] for name in ordered})
    assert len(import_weights(tmp_path / "a.npz", network(text).cfg).notes) == 1


def test_a_fork_that_nobody_knows_is_not_believed(tmp_path: Path) -> None:
    save = pytest.importorskip("safetensors.numpy").save_file
    arrays = {
        f"layer0.{name}": array for name, array in random_weights(network(NORMED), 1)[0].items()
    }
    save(arrays, tmp_path / "a.safetensors", {"fork": "somebody's"})
    (note,) = import_weights(tmp_path / "a.safetensors", network(NORMED).cfg).notes
    assert "own arithmetic assumed" in note
