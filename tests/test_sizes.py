"""What a step of training keeps: counted with sizes, and compared with what torch really keeps."""

from __future__ import annotations

import numpy as np
import pytest

from conftest import network, random_weights
from darknet.interp.evaluate import evaluate
from darknet.interp.sizes import Meter, Sized, SizeOps, peak_of
from darknet.layers.activations import ACTIVATIONS
from test_engines import CASES, NET

PART = 32
SMALL = 4096
"""Bytes that are not counted: values a channel, constants."""


def kept_by_sizes(net, last):
    """Bytes that the tape keeps of a network whose input gets a gradient, too."""
    meter = Meter()
    ops = SizeOps(PART, 4, meter)
    weights = [
        {
            spec.name: Sized(
                spec.shape, None, batched=False, weight=True,
                grad=spec.role not in ("mean", "variance"),
            )
            for spec in node.weights
        }
        for node in net.nodes
    ]  # fmt: skip
    shape = net.input
    image = Sized((shape.channels, shape.height, shape.width), None, grad=True)
    evaluate(net, ops, weights, image, (last,))
    blocks = {id(block): block.size for entry in ops.tape for block in entry.kept}
    return sum(blocks.values())


def kept_by_torch(net, last):
    """Bytes of the storages that torch's autograd holds, without weights and the input."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from darknet.interp.training import TrainingNetwork

    module = TrainingNetwork(net, random_weights(net), last).train()
    shape = (PART, net.input.channels, net.input.height, net.input.width)
    image = torch.from_numpy(np.random.default_rng(0).random(shape, np.float32))
    image = image.to(memory_format=torch.channels_last).requires_grad_()
    own = {value.untyped_storage().data_ptr() for value in module.state_dict().values()}
    own.add(image.untyped_storage().data_ptr())
    storages = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            storages[storage.data_ptr()] = (storage.nbytes(), tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        module(image)
    return sum(size for size, _ in storages.values())


def agree(text):
    net = network(text)
    last = net.outputs[0].index
    counted, real = kept_by_sizes(net, last), kept_by_torch(net, last)
    assert abs(counted - real) <= SMALL + 0.01 * real, (counted, real)


SECTIONS = [
    pytest.param(text if text.startswith("[net]") else NET + text, id=f"{name}-{number}")
    for name, texts in CASES.items()
    for number, text in enumerate(texts)
]


@pytest.mark.parametrize("text", SECTIONS)
def test_every_section_keeps_what_torch_keeps(text, tmp_path, monkeypatch):
    if "tree=" in text:
        pytest.skip("is not trained")
    agree(text)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_keeps_what_torch_keeps(name):
    agree(f"{NET}[conv]\nfilters=16\nsize=3\npad=1\nbatch_normalize=1\nactivation={name}\n")


BY_HAND = """[net]
width=4
height=4
channels=2
[conv]
filters=3
size=3
pad=1
batch_normalize=1
activation=leaky
[maxpool]
size=2
stride=2
[avgpool]
[softmax]
"""


def test_a_small_network_by_hand():
    """Images are 3 x 4 x 4 = 48 values of 4 bytes, 192 in all; the pooled one 3 x 2 x 2, 48 bytes.

    Kept: what was convolved (for the normalization), what was normalized (for the activation), the
    activations and 12 indices of 8 bytes (for the pooling); the last value, 12 bytes, is the
    loss's. Most is in use when the gradient of the activations is made: that of the pooled image
    is there as well.
    """
    net = network(BY_HAND)
    found = peak_of(net, 2, 1)
    assert found.kept == 3 * 192 + 12 * 8 + 12
    assert found.most == found.kept + 48 + 192
    many = peak_of(net, 2, 100)
    assert (many.kept, many.most) == (100 * found.kept, 100 * found.most)
    half = peak_of(net, 2, 1, item=2)
    assert half.kept == 3 * 96 + 12 * 8 + 6


def test_gradients_of_weights_are_there_at_the_end():
    """A vector of 1000 to 500: 4 kB kept for the weights' gradient of 2 MB, and 2 kB of outputs."""
    net = network("[net]\ninputs=1000\n[connected]\noutput=500\nactivation=linear\n[softmax]\n")
    found = peak_of(net, 0, 1)
    assert found.kept == 500 * 4
    weights, biases, outputs = 1000 * 500 * 4, 500 * 4, 500 * 4
    assert found.most == weights + biases + 2 * outputs
    # with gradients from the parts before, new ones come one by one and are added to those
    assert peak_of(net, 0, 1, alone=False).most == weights + 2 * outputs


def test_frozen_layers_keep_nothing():
    conv = "[conv]\nfilters=4\nsize=3\npad=1\nbatch_normalize=1\nactivation=leaky\n"
    net = network(f"{NET}{conv}{conv}{conv}[avgpool]\n[softmax]\n")
    size = 4 * 6 * 7 * 4
    whole, one, three = (peak_of(net, 3, 1, frozen=count).kept for count in (0, 1, 3))
    assert whole == 3 * 3 * size - size + 16  # the last activation is averaged, and not kept
    assert one == whole - 2 * size  # the first activation is the second layer's input
    assert three == 16


def test_the_memory_is_given_back():
    meter = Meter()
    ops = SizeOps(1, 4, meter)
    x = Sized((4, 6, 7), meter.block(100), grad=True)
    y = ops.add(ops.sigmoid(x), ops.constant(1.0))
    assert meter.now == 100 + 2 * 4 * 4 * 6 * 7
    ops.backward(y, {})
    del x, y
    assert meter.now == 0
