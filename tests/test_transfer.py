"""Training from what another network has learned: first layers, frozen layers, other classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from darknet.cfg import Cfg
from darknet.errors import InputError, WeightsError
from darknet.network import Network
from darknet.train.transfer import frozen_layers, starting_weights, with_classes
from darknet.weights import Header, Weights

ROOT = Path(__file__).parents[1]
TEXT = """[net]
width=4
height=4
channels=1

[convolutional]
batch_normalize=1
filters=2
size=3
pad=1

[convolutional]
filters=3

[avgpool]

[softmax]
"""


def network(text: str = TEXT) -> Network:
    return Network.build(Cfg.parse(text, "net.cfg"))


def generator() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    weights = Weights.initial(network(), np.random.default_rng(9))
    path = tmp_path / "net.weights"
    Weights(Header(seen=640), weights.arrays).save(path, network())
    return path


def equal(one: Weights, other: Weights, layer: int) -> bool:
    return all(np.array_equal(one[layer][name], other[layer][name]) for name in one[layer])


def test_without_a_file_weights_are_drawn() -> None:
    weights, count = starting_weights(network(), None, generator())
    assert count == 0
    assert equal(weights, Weights.initial(network(), generator()), 0)


def test_first_layers_of_no_file_are_refused() -> None:
    with pytest.raises(InputError, match="upto=2: expected WEIGHTS"):
        starting_weights(network(), None, generator(), upto=2)


def test_a_whole_file_goes_on_with_its_photographs_seen(saved: Path) -> None:
    weights, count = starting_weights(network(), saved, generator())
    assert (count, weights.header.seen) == (4, 640)
    assert all(equal(weights, Weights.read(saved, network()), layer) for layer in range(4))


def test_only_the_first_layers(saved: Path) -> None:
    weights, count = starting_weights(network(), saved, generator(), upto=1)
    assert count == 1
    assert equal(weights, Weights.read(saved, network()), 0)
    assert equal(weights, Weights.initial(network(), generator()), 1)


def test_a_file_called_as_c_calls_them_gives_so_many_layers(saved: Path) -> None:
    other = saved.with_name("net.conv.1")
    other.write_bytes(saved.read_bytes())
    changed = network(TEXT.replace("filters=3", "filters=7"))
    weights, count = starting_weights(changed, other, generator())
    assert count == 1
    assert equal(weights, Weights.read(saved, network()), 0)
    with pytest.raises(WeightsError):
        starting_weights(changed, saved, generator())


@pytest.mark.parametrize("name", ["tiny", "resnet18", "squeezenet1.1", "alexnet", "vgg-16"])
def test_the_number_of_classes_is_one_flag(name: str) -> None:
    changed = Network.build(with_classes(Cfg.read(ROOT / f"cfg/{name}.cfg"), 37))
    assert changed.outputs[0].output.size == 37


def test_the_number_that_is_there_changes_nothing() -> None:
    cfg = Cfg.parse(TEXT)
    assert with_classes(cfg, 3) is cfg


def test_a_network_without_weights_has_no_classes_to_change() -> None:
    with pytest.raises(InputError, match="the number of classes can be set only where"):
        with_classes(Cfg.parse("[net]\nwidth=4\nheight=4\nchannels=1\n[avgpool]\n"), 3)


def test_frozen_layers() -> None:
    assert list(frozen_layers(network(), None)) == []
    assert list(frozen_layers(network(), 2)) == [0, 1]
    stopped = network(TEXT.replace("filters=3", "filters=3\nstopbackward=1"))
    assert list(frozen_layers(stopped, None)) == [0, 1]
    assert list(frozen_layers(stopped, 1)) == [0]


@pytest.mark.parametrize("before", [4, 99])
def test_a_layer_that_is_not_there_cannot_be_frozen(before: int) -> None:
    with pytest.raises(InputError, match=f"freeze={before}: expected 1 to 3"):
        frozen_layers(network(), before)
