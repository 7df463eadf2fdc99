"""What layers cost, worked out by hand; the roofline; several cards; what was measured."""

from __future__ import annotations

import pytest

from conftest import network
from darknet.errors import InputError
from darknet.rig.catalogue import find_gpu
from darknet.rig.device import modelled, precision_of
from darknet.rig.engine_speed import EngineSpeed, Rate
from darknet.rig.links import between, host_link, pcie_bytes_per_s
from darknet.rig.scaling import Link, all_reduce_seconds, step_seconds
from darknet.rig.timing import time_batch
from darknet.rig.work import Operation, flops_of, work_of
from rigs import HALF, device, small


def test_a_convolution_with_normalization_by_hand():
    first = work_of(small())[0]
    # 8 x 8 x 3 in, 8 x 8 x 4 out, 4 filters of 3 x 3 x 3 = 108 weights; 2 x 108 x 64 operations
    compute = Operation("conv3x3", "compute", 13824, 192 + 256, 108)
    assert first.forward == (
        compute,
        Operation("memory", "normalize", 0, 3 * 256),
        Operation("memory", "activate", 0, 2 * 256),
    )
    assert first.backward == (  # an image needs no gradient
        Operation("memory", "activate", 0, 3 * 256),
        Operation("memory", "normalize", 0, 5 * 256),
        Operation("conv3x3", "weights", 13824, 192 + 256, 108),
    )
    assert first.parameters == 108 + 4 + 4  # weights, scales, biases; no mean, no variance


def test_a_convolution_with_biases_by_hand():
    third = work_of(small())[2]
    assert third.forward == (
        Operation("conv1x1", "compute", 1280, 64 + 160, 40),
        Operation("memory", "bias", 0, 2 * 160),
    )
    assert [operation.place for operation in third.backward] == ["bias", "gradient", "weights"]
    assert third.flops(training=False) == 1280
    assert third.flops(training=True) == 3 * 1280


def test_layers_without_weights_move_values():
    pool, average, softmax = (work_of(small())[number] for number in (1, 3, 4))
    assert pool.forward == (Operation("memory", "maxpool", 0, 256 + 64),)
    assert average.forward == (Operation("memory", "avgpool", 0, 160 + 10),)
    assert softmax.forward[0].values == 20


def test_folded_leaves_the_products():
    first = work_of(small(), folded=True)[0]
    assert [operation.place for operation in first.forward] == ["compute"]
    assert flops_of(work_of(small(), folded=True), training=False) == 13824 + 1280


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ("size=3\npad=1", "conv3x3"),
        ("size=3\npad=1\nstride=2", "conv"),
        ("size=5\npad=1", "conv"),
        ("size=1", "conv1x1"),
        ("size=3\npad=1\ngroups=2", "grouped"),
    ],
)
def test_kinds(options: str, kind: str):
    text = f"[net]\nwidth=8\nheight=8\nchannels=4\n[convolutional]\nfilters=4\n{options}\n"
    assert work_of(network(text))[0].kind == kind


def test_an_operation_takes_the_longest_of_three():
    card = device(peak=1e9, bandwidth=1e8)
    arithmetic = card.cost(Operation("conv3x3", "compute", 1e6, 10, 5), 2)
    assert arithmetic.limit == "arithmetic"
    assert arithmetic.seconds == pytest.approx(2 * 1e6 / (0.5 * 1e9))
    moving = card.cost(Operation("conv3x3", "compute", 13824, 448, 108), 2)
    assert moving.limit == "memory bandwidth"
    assert moving.bytes == 4 * (2 * 448 + 108)
    assert moving.seconds == pytest.approx(4016 / (0.5 * 1e8))


def test_a_batch_adds_up_and_the_step_is_counted_once():
    timing = time_batch(small(), device(), 2, training=True)
    assert timing.seconds == pytest.approx(
        sum(layer.seconds for layer in timing.layers) + timing.step_seconds
    )
    parameters = 116 + 40 + 10
    assert timing.parameters == parameters
    assert timing.step_seconds == pytest.approx(5 * 4 * parameters / (0.5 * 1e8))
    assert sum(timing.by_limit.values()) == pytest.approx(timing.seconds)
    assert time_batch(small(), device(), 2, training=False).step_seconds == 0


def test_gradients_around_a_ring_by_hand():
    link = Link("a link", 1e9)
    assert all_reduce_seconds(1_000_000, 4, link) == pytest.approx(2 * 3 / 4 * 4e6 / 1e9)
    assert all_reduce_seconds(1_000_000, 1, link) == 0
    assert step_seconds(0.1, 0.05, 4, skew=0.0) == pytest.approx(0.1 + 0.05 - 0.03)
    assert step_seconds(0.1, 0.02, 4, skew=0.0) == pytest.approx(0.1)  # hidden by the computing
    assert step_seconds(0.1, 0.0, 4, skew=0.1) == pytest.approx(0.1 * 1.1**2)


def test_pcie_by_generation_and_lanes():
    assert pcie_bytes_per_s(3, 16) == pytest.approx(0.8 * 16e9)
    titan, modern = find_gpu("Titan X"), find_gpu("RTX 5090")
    assert host_link(titan, lanes=4) == pytest.approx(0.8 * 4e9)
    assert host_link(modern, generation=3) == pytest.approx(0.8 * 16e9)  # of the board
    assert between(titan, 4, HALF).bytes_per_s == pytest.approx(10e9 / 4)  # all through the host
    assert between(find_gpu("A100 SXM4 40GB"), 8, HALF).what == "NVLink"


def test_precisions_of_cards():
    assert precision_of(find_gpu("Titan X")) == "f32"
    assert precision_of(find_gpu("A100 SXM4 40GB")) == "tf32"
    assert precision_of(find_gpu("A100 SXM4 40GB"), "half") == "half"
    with pytest.raises(InputError, match="no rate for half precision is known"):
        precision_of(find_gpu("Titan X"), "half")
    with pytest.raises(InputError, match="its memory bandwidth is not known"):
        modelled(find_gpu("Apple M3 Max 40-core GPU"), "f32")


def test_tensor_cores_have_shares_and_items_of_their_own():
    card = modelled(find_gpu("A100 SXM4 40GB"), "half", efficiency=HALF)
    cost = card.cost(Operation("conv3x3", "compute", 1e9, 10, 0), 1)
    assert cost.seconds == pytest.approx(1e9 / (312e12 * 0.25))
    assert cost.bytes == 2 * 10


def test_a_measured_rate_is_that_of_the_nearest_layer():
    near, far = Rate("conv3x3", 64, 64, 3136, 1e9), Rate("conv3x3", 512, 512, 49, 4e9)
    other = Rate("conv1x1", 64, 64, 3136, 9e9)
    engine = EngineSpeed("x", "f32", False, (near, far, other), 1e9, 1e-6)
    text = "[net]\nwidth=56\nheight=56\nchannels=64\n[conv]\nfilters=64\nsize=3\npad=1\n"
    (layer,) = work_of(network(text), folded=True)
    assert engine.rate(layer) == pytest.approx(1e9, rel=0.01)
    (cost,) = engine.costs(layer, 2, training=False)
    assert cost.seconds == pytest.approx(2 * layer.flops(False) / engine.rate(layer))
    assert 1e9 < engine.rate(work_of(network(text.replace("56", "14")), folded=True)[0]) < 4e9


def test_a_measured_rate_of_a_kind_that_was_not_measured_is_that_of_all():
    engine = EngineSpeed("x", "f32", False, (Rate("conv1x1", 4, 4, 64, 3e9),), 1e9, 0.0)
    assert engine.rate(work_of(small(), folded=True)[0]) == pytest.approx(3e9)
