"""Memory, shared weights, other sizes."""

from __future__ import annotations

import tracemalloc

import pytest

from conftest import ROOT, network
from darknet.errors import NetworkError
from darknet.layers import Shape
from wiring import IMAGE, load, refusal, shapes


def test_a_network_beyond_the_memory_limit_is_refused_before_anything_is_allocated():
    tracemalloc.start()
    try:
        said = refusal(f"{IMAGE}[conv]\nfilters=700000000\nsize=3\npad=1\n")
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
    assert said.startswith("test.cfg:5: layer 0 [conv]: needs ")
    assert "GiB, more than the limit of 8 GiB (DARKNET_MEMORY_LIMIT sets another" in said


@pytest.mark.parametrize(
    "text",
    [
        "[conv]\nfilters=2147483647\nsize=2147483647\npad=1\n",
        "[conv]\npadding=2147483647\n",
        "[connected]\noutput=2147483647\n",
        "[upsample]\nstride=32767\n",
        "[deconv]\nstride=32767\n",
        "[reorg]\nextra=2147483647\n",
        "[local]\nfilters=2147483647\n",
    ],
)
def test_numbers_that_overflow_c_are_refused(text):
    assert "more than the limit of 8 GiB" in refusal(IMAGE + text)


@pytest.mark.parametrize("layer", ["[activation]", "[avg]", "[conv]", "[softmax]", "[reorg]"])
def test_an_image_that_overflows_c_is_refused(layer):
    big = "[net]\nwidth=2147483647\nheight=2147483647\nchannels=2147483647\n"
    assert "more than the limit of 8 GiB" in refusal(big + layer)


@pytest.mark.parametrize(
    "text",
    [
        "[conv]\nsize=3\ndilation=2147483647\npad=1\n",
        "[conv]\nsize=2\npadding=2000000000\nstride=32767\n",
        "[maxpool]\nsize=2147483647\nstride=32767\n",
    ],
)
def test_padding_beyond_memory_is_refused(text):
    assert "more than the limit of 8 GiB" in refusal(IMAGE + text)


def test_many_layers_add_up_to_the_limit():
    layer = "[conv]\nfilters=4\nsize=3\npad=1\n"  # 148 weights
    padded = 4 * 10 * 10
    limit = 4 * (148 * 3 + 256 + 256 + padded)
    network(IMAGE + layer * 3, limit=limit)
    said = refusal(IMAGE + layer * 4, limit=limit)
    assert said.startswith("test.cfg:17: layer 3 [conv]: needs ")


def test_everything_that_a_route_joins_counts():
    text = f"{IMAGE}[route]\nlayers={'-1,' * 10}\n"
    values = 256 + 256 * 10  # the input, and ten times it
    network(text, limit=4 * values)
    assert "needs" in refusal(text, limit=4 * values - 1)


def test_the_environment_sets_the_limit(monkeypatch):
    monkeypatch.setenv("DARKNET_MEMORY_LIMIT", "2048")  # 256 floats in, 256 out
    network(f"{IMAGE}[activation]\n")
    monkeypatch.setenv("DARKNET_MEMORY_LIMIT", "2047")
    assert "test.cfg:5: layer 0 [activation]: needs" in refusal(f"{IMAGE}[activation]\n")
    network(f"{IMAGE}[activation]\n", limit=2048)


def test_an_empty_limit_is_none(monkeypatch):
    monkeypatch.setenv("DARKNET_MEMORY_LIMIT", "")
    network(f"{IMAGE}[activation]\n")


@pytest.mark.parametrize("value", ["x", "-1", "1e9", "8GiB", " 5", "1.5", "²", "٣"])
def test_a_limit_that_is_no_number_of_bytes_is_refused(monkeypatch, value):
    monkeypatch.setenv("DARKNET_MEMORY_LIMIT", value)
    said = refusal(f"{IMAGE}[activation]\n")
    assert said.startswith(f"DARKNET_MEMORY_LIMIT={value}: expected a number of bytes")


# Shared weights.

SHARING = "[conv]\nfilters=4\nsize=3\npad=1\n" * 2 + "share_index={}\n"


@pytest.mark.parametrize("index", [0, -1])
def test_shared_weights_stand_in_the_file_once(index):
    net = network(IMAGE + SHARING.format(index))
    assert [node.weights_from for node in net.nodes] == [0, 0]
    assert [node.parameters for node in net.nodes] == [148, 0]
    assert net.nodes[1].flops == net.nodes[0].flops
    assert net.fork == "alexeyab"


@pytest.mark.parametrize("index", [2, 7, -2, 2147483647])
def test_weights_are_shared_from_an_earlier_layer(index):
    assert "which does not come before it" in refusal(IMAGE + SHARING.format(index))


@pytest.mark.parametrize("first", ["[activation]", "[conv]\nfilters=4", "[batchnorm]"])
def test_weights_are_shared_where_they_have_the_same_shapes(first):
    text = f"{IMAGE}{first}\n[conv]\nfilters=4\nsize=3\nshare_index=0\n"
    assert "shares the weights of layer 0, whose shapes are others" in refusal(text)


# Other sizes.


def test_a_fully_convolutional_network_runs_over_the_whole_image():
    net = load(ROOT / "cfg" / "tiny.cfg")
    wide = net.resized(448, 320)
    assert wide.input == Shape(3, 320, 448)
    assert (wide.net.width, wide.net.height) == (448, 320)
    assert wide.nodes[0].output == Shape(16, 320, 448)
    assert wide.nodes[19].output == Shape(1000, 20, 28)
    assert wide.outputs[0].output == Shape(1000)
    assert wide.parameters == net.parameters
    assert wide.flops * 224 * 224 == net.flops * 448 * 320
    assert net.input == Shape(3, 224, 224)


def test_resizing_to_its_own_size_changes_nothing():
    net = load(ROOT / "cfg" / "tiny.cfg")
    assert shapes(net.resized(224, 224)) == shapes(net)


def test_resizing_keeps_the_fork():
    net = network(f"{IMAGE}[conv]\n[avg]\n", fork="alexeyab")
    assert {node.fork for node in net.resized(9, 9).nodes} == {"alexeyab"}


@pytest.mark.parametrize("text", ["[connected]\n", "[local]\n", "[crop]\n"])
def test_a_layer_that_fixes_the_size_is_named(text):
    net = network(f"{IMAGE}[activation]\n{text}")
    name = net.nodes[1].layer.names[0]
    with pytest.raises(NetworkError) as caught:
        net.resized(16, 8)
    assert str(caught.value).startswith(
        f"test.cfg:6: layer 1 [{name}]: fixes the image size to 8 x 8;"
    )


def test_an_image_too_small_for_a_layer_is_refused():
    net = network(f"{IMAGE}[activation]\n[conv]\nsize=5\n[avg]\n")
    assert net.resized(5, 5).nodes[1].output == Shape(1, 1, 1)
    with pytest.raises(NetworkError, match=r"test\.cfg:6: layer 1 \[conv\]: a window of 5 does"):
        net.resized(5, 4)


def test_an_image_beyond_the_memory_limit_is_refused():
    net = load(ROOT / "cfg" / "tiny.cfg")
    with pytest.raises(NetworkError, match="more than the limit of 8 GiB"):
        net.resized(2**20, 2**20)


@pytest.mark.parametrize(("width", "height"), [(0, 8), (8, 0), (-1, 8), (-8, -8)])
def test_a_size_below_1_is_refused(width, height):
    with pytest.raises(NetworkError):
        network(f"{IMAGE}[activation]\n[avg]\n").resized(width, height)


def test_a_network_without_an_image_is_not_resized():
    with pytest.raises(NetworkError):
        network("[net]\ninputs=10\n[softmax]\n").resized(5, 5)


def test_resizing_keeps_the_limit():
    net = network(f"{IMAGE}[activation]\n[avg]\n", limit=10_000)
    with pytest.raises(NetworkError, match="more than the limit"):
        net.resized(800, 800)


@pytest.mark.parametrize(
    ("text", "resizable"),
    [
        ("[conv]\n[avg]\n[softmax]\n[cost]\n", True),
        ("[conv]\n[softmax]\n", False),
        ("[conv]\n[avg]\n[connected]\n", False),
        ("[crop]\ncrop_width=4\ncrop_height=4\n[avg]\n", False),
    ],
)
def test_resizable_means_one_size_of_answer_for_all_sizes_of_image(text, resizable):
    assert network(IMAGE + text).resizable is resizable
