"""Feature maps and filters: the values that the layers have, worked out by hand and by numpy."""

from __future__ import annotations

import json

import numpy as np
import pytest

from conftest import network, random_weights
from darknet.engines import Settings
from darknet.errors import EngineError, InputError, NetworkError, WeightsError
from darknet.feature_maps import (
    Planes,
    Tapped,
    checked_layers,
    feature_maps,
    filtering_layers,
    filters,
    one_per_resolution,
)
from darknet.interp.reference import NumpyOps
from darknet.runner import Runner
from darknet.weights import Weights

# Filter 0 copies a pixel, filter 1 doubles it and takes 1 away, filter 2 has no weights at all.
BY_HAND = """
[net]
width=4
height=2
channels=1
[conv]
filters=3
size=1
activation=relu
[maxpool]
size=2
stride=2
[conv]
filters=1
size=1
activation=linear
[avgpool]
"""
IMAGE = np.array([[[0, 1, 2, 3], [0.5, 0, 0, 4]]], np.float32)

EVERYTHING = """
[net]
width=16
height=12
channels=3
[conv]
batch_normalize=1
filters=4
size=3
pad=1
activation=leaky
[maxpool]
size=2
stride=2
[conv]
batch_normalize=1
filters=6
size=1
activation=mish
[dropout]
[conv]
filters=6
size=3
pad=1
activation=linear
[shortcut]
from=-2
activation=relu
[route]
layers=2,-1
[conv]
filters=5
size=1
activation=linear
[avgpool]
[softmax]
[cost]
"""


def by_hand():
    """The network of three filters, with weights that can be followed in the head."""
    net = network(BY_HAND)
    initial = Weights.initial(net, np.random.default_rng(0))
    first = {
        "biases": np.array([0, -1, 0], np.float32),
        "weights": np.array([1, 2, 0], np.float32).reshape(3, 1, 1, 1),
    }
    last = {
        "biases": np.array([10], np.float32),
        "weights": np.array([1, -1, 5], np.float32).reshape(1, 3, 1, 1),
    }
    return net, Weights(initial.header, (first, {}, last, {}))


def every_value(net, weights, image):
    """All layers' values by numpy, one layer after the other, nothing folded or left out."""
    ops, values = NumpyOps(), {-1: image[None]}
    for node in net.nodes:
        inputs = [values[source] for source in node.sources]
        values[node.index] = node.layer.forward(
            ops, weights.arrays[node.weights_from], inputs, node
        )
    return [values[node.index][0] for node in net.nodes]


def test_maps_by_hand(engine):
    net, weights = by_hand()
    runner = Runner(net, weights, engine=engine)
    first, pooled, mixed, mean = feature_maps(runner, IMAGE, [0, 1, 2, 3])
    copied = [[0, 1, 2, 3], [0.5, 0, 0, 4]]
    doubled = [[0, 1, 3, 5], [0, 0, 0, 7]]  # 2x - 1, negative ones are 0
    np.testing.assert_allclose(first.values, [copied, doubled, np.zeros((2, 4))], atol=1e-6)
    np.testing.assert_allclose(pooled.values, [[[1, 4]], [[1, 7]], [[0, 0]]], atol=1e-6)
    np.testing.assert_allclose(mixed.values, [[[10, 7]]], atol=1e-6)  # 10 + copied - doubled
    np.testing.assert_allclose(mean.values, [[[8.5]]], atol=1e-6)
    assert first.dead == (2,)
    assert pooled.dead == (2,)
    assert mixed.dead == mean.dead == ()
    assert first.to_dict() == {
        "index": 0,
        "section": "convolutional",
        "shape": [3, 2, 4],
        "min": 0.0,
        "mean": pytest.approx(26.5 / 24, rel=1e-5),
        "max": 7.0,
        "dead": [2],
        "dead_share": pytest.approx(1 / 3, rel=1e-5),
    }


def test_every_layers_values_are_the_reference_engines(engine):
    net = network(EVERYTHING)
    weights = random_weights(net)
    image = np.random.default_rng(1).random((3, 12, 16), np.float32)
    wanted = every_value(net, weights, image)
    runner = Runner(net, weights, engine=engine, settings=Settings("f32", 1))
    found = feature_maps(runner, image, range(len(net.nodes)))
    assert [planes.node.index for planes in found] == list(range(len(net.nodes)))
    for planes, values in zip(found, wanted, strict=True):
        assert planes.shape == values.shape
        np.testing.assert_allclose(planes.values, values, rtol=1e-4, atol=1e-5)


def test_each_layer_alone_is_the_same():
    net = network(EVERYTHING)
    weights = random_weights(net)
    image = np.random.default_rng(2).random((3, 12, 16), np.float32)
    wanted = every_value(net, weights, image)
    runner = Runner(net, weights, engine="reference")
    for layer in range(len(net.nodes)):
        (planes,) = feature_maps(runner, image, [layer])
        np.testing.assert_array_equal(planes.values, wanted[layer])


def test_an_image_of_another_size(shared):
    import darknet
    from conftest import ROOT

    weights = shared / "data" / "weights" / "tiny" / "tiny.weights"
    net = darknet.load(ROOT / "cfg" / "tiny.cfg", weights)
    image = np.random.default_rng(3).random((3, 96, 128), np.float32)
    wanted = every_value(net.network.resized(128, 96), net.weights, image)
    for planes in feature_maps(net.runner, image, [0, 5, 12, 19]):
        values = wanted[planes.node.index]
        np.testing.assert_allclose(planes.values, values, rtol=1e-3, atol=1e-3)
    assert planes.shape == (1000, 6, 8)


def test_an_image_that_does_not_fit_is_refused():
    net = network("[net]\nwidth=8\nheight=8\nchannels=3\n[connected]\noutput=2\n")
    runner = Runner(net, random_weights(net))
    with pytest.raises(NetworkError, match="fixes the image size"):
        feature_maps(runner, np.zeros((3, 9, 8), np.float32), [0])


def test_what_no_tapped_layer_needs_is_not_computed():
    net = network(EVERYTHING)
    from darknet.network import walk

    assert [node.index for node in walk(Tapped.of(net, [5, 2]))] == [0, 1, 2, 3, 4, 5]
    assert [node.index for node in Tapped.of(net, [5, 2, 5]).outputs] == [2, 5]


def test_memory_for_what_is_kept_is_counted(monkeypatch):
    net = network(BY_HAND)
    tapped = Tapped.of(net, [0, 1])
    assert tapped.working_bytes == net.working_bytes + 4 * (3 * 2 * 4 + 3 * 1 * 2)
    assert tapped.resized(8, 2).working_bytes == (
        net.resized(8, 2).working_bytes + 4 * (3 * 2 * 8 + 3 * 1 * 4)
    )
    tight = network(BY_HAND, limit=net.weights_bytes + net.working_bytes + 8)
    with pytest.raises(EngineError, match="not enough memory"):
        feature_maps(Runner(tight, by_hand()[1]), IMAGE, [0])


def test_damaged_weights_are_told():
    net, weights = by_hand()
    weights.arrays[0]["biases"][1] = np.nan
    with pytest.raises(WeightsError, match="layer 0 has NaN or infinity"):
        feature_maps(Runner(net, weights, engine="reference"), IMAGE, [0])
    weights.arrays[0]["weights"][1] = np.inf
    with pytest.raises(WeightsError, match="layer 0 has NaN or infinity"):
        filters(net, weights, 0)


def planes(values):
    return Planes(network(BY_HAND).nodes[0], np.array(values, np.float32))


def test_a_map_is_dead_that_has_one_value_everywhere():
    """-0.1 is what a leaky activation makes of a dead channel; 1e-7 of 8 is a rounding error."""
    found = planes([[[1, 8]], [[-0.1, -0.1]], [[0, 0]], [[3, 3.0000005]], [[0, 0.01]]])
    assert found.dead == (1, 2, 3)


def test_a_single_value_is_dead_when_it_is_zero():
    assert planes([[[0]], [[1e-9]], [[5]]]).dead == (0,)


def test_a_filter_is_dead_that_has_no_weights():
    assert planes([[[[0.5, 0.5]]], [[[0, 0]]], [[[1, 0]]]]).dead == (1,)
    assert planes([[[[0]]], [[[0]]]]).dead == (0, 1)


def test_filters_are_the_weights():
    net = network(EVERYTHING)
    weights = random_weights(net)
    assert filtering_layers(net) == [0, 2, 4, 7]
    found = filters(net, weights, 2)
    assert found.shape == (6, 4, 1, 1)
    np.testing.assert_array_equal(found.values, weights[2]["weights"])


def test_a_connected_layer_over_an_image_has_filters_of_its_size():
    net = network("[net]\nwidth=3\nheight=2\nchannels=2\n[connected]\noutput=5\n[connected]\n")
    weights = random_weights(net)
    assert filtering_layers(net) == [0]
    found = filters(net, weights, 0)
    assert found.shape == (5, 2, 2, 3)
    assert found.values[4, 1, 0, 2] == weights[0]["weights"][4, 6 + 2]


def test_a_deconvolution_has_its_filters_first():
    net = network("[net]\nwidth=4\nheight=4\nchannels=3\n[deconvolutional]\nfilters=2\nsize=2\n")
    weights = random_weights(net)
    found = filters(net, weights, 0)
    assert found.shape == (2, 3, 2, 2)
    assert found.values[1, 2, 0, 1] == weights[0]["weights"][2, 1, 0, 1]


def test_a_layer_without_filters_is_refused():
    net = network(EVERYTHING)
    with pytest.raises(
        InputError, match=r"^layer 1 \[maxpool\] has no filters; the layers 0, 2, 4, 7 have$"
    ):
        filters(net, random_weights(net), 1)


def test_layers_by_number():
    net = network(EVERYTHING)
    assert checked_layers(net, [3, -1, 0, 3]) == [0, 3, 10]
    for wrong in (11, -12):
        with pytest.raises(InputError, match=rf"^layer {wrong}: test.cfg has layers 0 to 10$"):
            checked_layers(net, [0, wrong])
    with pytest.raises(InputError, match="layer conv"):
        checked_layers(net, ["conv"])


def test_the_default_is_one_layer_a_resolution():
    assert one_per_resolution(network(EVERYTHING)) == [0, 7]
    assert one_per_resolution(network("[net]\ninputs=4\n[connected]\n[softmax]\n")) == [1]


def test_figures_are_json():
    assert json.loads(json.dumps(planes([[[1, 2]]]).to_dict()))["mean"] == 1.5
