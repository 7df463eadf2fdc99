"""The answers of the two C Darknets for nine networks with reproducible random weights.

The weights are made by ../shared/golden/make_weights.py (up to 250 MB, removed after use). Where
the arithmetic is that of the fork that answered, errors are those of float32 sums in another order
through up to 200 layers: 1.2e-5 at most, held to 1e-4. The forks themselves differ by the epsilons
of batch normalization, about 1e-3.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from conftest import ROOT, SHARED
from darknet.cfg import Cfg
from darknet.engines import Settings
from darknet.network import Network
from darknet.runner import Runner
from darknet.weights import Weights

SLOW = ("alexnet", "darknet19", "resnext50", "densenet201", "extraction")
NAMES = ("tiny", "cifar.test", "resnet18", "go.test", *SLOW)
KEYS = {"pjreddie": "pj_", "alexeyab": "ab_"}

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared (golden vectors)")


class Golden:
    """One network: its cfg, the weights made for it, its input, and what C answered."""

    def __init__(self, name, file):
        layout = SHARED / "golden" / f"{name}.txt"
        subprocess.run(
            [sys.executable, layout.parent / "make_weights.py", layout, file], check=True
        )
        self.name, self.file = name, file
        self.cfg = Cfg.read(SHARED / "data" / "cfg" / "pjreddie" / f"{name}.cfg")
        self.network = Network.build(self.cfg)
        self.weights = Weights.read(file, self.network)
        shape = self.network.input
        drawn = np.random.RandomState(7).uniform(0, 1, shape.size).astype("<f4")
        self.input = drawn.reshape(1, shape.channels, shape.height, shape.width)
        with np.load(layout.with_suffix(".npz")) as answers:
            self.answers = {
                fork: answers[name]
                for fork, key in KEYS.items()
                for name in answers
                if name.startswith(key)
            }

        self._ours = {}

    def shipped(self):
        """The same network as this package writes it."""
        if self.name != "cifar.test":
            return Network.build(Cfg.read(ROOT / "cfg" / f"{self.name}.cfg"))
        cfg = Cfg.read(ROOT / "cfg" / "cifar.cfg")  # cifar.test is cifar for testing:
        cfg = cfg.with_option(len(cfg.sections) - 1, "temperature", 3)  # softer, and 32 x 32
        return Network.build(cfg).resized(32, 32)

    def answer(self, engine, fork):
        if (engine, fork) not in self._ours:
            network = Network.build(self.cfg, fork=fork)
            runner = Runner(network, self.weights, engine=engine, settings=Settings("f32"))
            self._ours[engine, fork] = runner.run(self.input)[0].ravel()
        return self._ours[engine, fork]


@pytest.fixture(
    scope="session",
    params=[pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in NAMES],
)
def golden(request, tmp_path_factory):
    file = tmp_path_factory.mktemp("golden") / "made.weights"
    yield Golden(request.param, file)
    file.unlink()


def test_every_byte_of_the_file_is_read_and_written_again(golden):
    assert golden.weights.to_bytes(golden.network) == golden.file.read_bytes()


@pytest.mark.parametrize("engine", ["reference", "openvino"])
@pytest.mark.parametrize("fork", KEYS)
def test_answers_as_the_same_fork(golden, fork, engine):
    if fork not in golden.answers:
        pytest.skip(f"no {fork} vectors of {golden.name}")
    if fork == "alexeyab" and golden.name == "go.test":
        pytest.skip("AlexeyAB's Darknet does not know `reorg extra`: 361 outputs instead of 362")
    if engine == "openvino":
        pytest.importorskip("openvino")
    expected = golden.answers[fork]
    np.testing.assert_allclose(golden.answer(engine, fork), expected, rtol=1e-4, atol=0)


def test_answers_through_the_cfg_that_is_shipped(golden):
    network = golden.shipped()
    weights = Weights.read(golden.file, network)
    runner = Runner(network, weights, settings=Settings("f32"))
    found = runner.run(golden.input)[0].ravel()
    np.testing.assert_allclose(found, golden.answers["pjreddie"], rtol=1e-4, atol=0)


@pytest.mark.parametrize("engine", ["reference", "openvino"])
@pytest.mark.parametrize("fork", KEYS)
def test_answers_as_pjreddie_with_either_epsilon(golden, fork, engine):
    if engine == "openvino":
        pytest.importorskip("openvino")
    expected = golden.answers["pjreddie"]
    np.testing.assert_allclose(golden.answer(engine, fork), expected, rtol=2e-3, atol=0)


def test_the_epsilons_of_the_forks_can_be_told_apart(golden):
    if golden.name == "alexnet":
        pytest.skip("alexnet does not normalize")
    ours, theirs = (golden.answer("reference", fork) for fork in KEYS)
    assert np.abs(ours / theirs - 1).max() > 1e-6
