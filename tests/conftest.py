"""What the tests share: the folder of real data where it exists, networks from text, engines."""

from __future__ import annotations

import importlib.util
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from darknet.cfg import Cfg
from darknet.network import Network
from darknet.weights import Weights
from lying_server import LyingServer

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
settings.register_profile("untimed", deadline=None)  # how long an example takes says nothing here
settings.load_profile("untimed")
# Of a shell's background Ctrl-C is ignored, in children too: those that tests start take it again.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
ENGINE_MODULES = {
    "reference": "numpy",
    "openvino": "openvino",
    "onnxruntime": "onnxruntime",
    "torch": "torch",
}


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real weights, photographs and golden vectors; skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared (real weights, photographs, golden vectors)")
    return SHARED


@pytest.fixture(params=sorted(ENGINE_MODULES))
def engine(request: pytest.FixtureRequest) -> str:
    """Every engine's name in turn; skips those that are not installed."""
    if importlib.util.find_spec(ENGINE_MODULES[request.param]) is None:
        pytest.skip(f"{ENGINE_MODULES[request.param]} is not installed")
    return request.param


def network(text: str, **options: object) -> Network:
    """A network from the text of a cfg."""
    return Network.build(Cfg.parse(text, "test.cfg"), **options)  # type: ignore[arg-type]


def random_weights(net: Network, seed: int = 0) -> Weights:
    """Weights with every array drawn at random: positive variances, nothing zero."""
    generator = np.random.default_rng(seed)
    weights = Weights.initial(net, generator)
    for node in net.nodes:
        arrays = weights.arrays[node.index]
        for spec in node.weights:
            if spec.role != "weight":
                low, high = (0.5, 1.5) if spec.role in ("variance", "scale") else (-0.5, 0.5)
                drawn = generator.uniform(low, high, spec.shape).astype(np.float32)
                arrays[spec.name] = drawn  # type: ignore[index]
    return weights


@pytest.fixture(autouse=True)
def _default_memory_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DARKNET_MEMORY_LIMIT", raising=False)


@pytest.fixture(autouse=True)
def _cache_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees, or fills, the cache of whoever runs it; none goes to the internet."""
    monkeypatch.setenv("DARKNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DARKNET_OFFLINE", "1")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LyingServer]:
    """A server on 127.0.0.1 that answers as it is told; no proxy, and not offline."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "DARKNET_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    with LyingServer() as running:
        yield running


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """torch with one thread: networks this small wait for a second longer than it works."""
    import torch

    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_thread: None) -> Path:
    """The current folder, with photographs of three colours and a cfg (see `colours`)."""
    from colours import prepare

    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
