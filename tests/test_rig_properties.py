"""What must hold for any figures: more of something never makes a box slower."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.rig import IMAGENET, Box, Cards, Gpu, Request, predict
from darknet.rig.catalogue import Cpu, Disk, Memory
from darknet.rig.facts import Fact, source
from darknet.rig.ranges import Range
from darknet.rig.reference import reference_network
from darknet.rig.scaling import Link, all_reduce_seconds, step_seconds
from rigs import PHOTOS, small

FIGURES = ("fp32_tflops", "bandwidth_gbs", "memory_gb")
positive = st.floats(0.01, 1e4)


def fact(value: float) -> Fact:
    return Fact(value, (source("guide"),))


def box(
    tflops: float, bandwidth: float, memory: float, cores: float, disk: float, count: int = 1
) -> Box:
    card = Gpu(
        name="a card",
        fp32_tflops=fact(tflops),
        bandwidth_gbs=fact(bandwidth),
        memory_gb=fact(memory),
        watts=fact(200),
    )
    return Box(
        label="box",
        gpus=(Cards(card, count),),
        cpu=Cpu(name="a cpu", cores=fact(cores), watts=fact(100)),
        memory=(Memory(name="some", gb=fact(1)),),
        disks=(Disk(name="a disk", read_mbs=fact(disk)),),
    )


boxes = st.builds(
    box,
    tflops=st.floats(0.1, 200),
    bandwidth=st.floats(50, 5000),
    memory=st.floats(4, 80),
    cores=st.floats(1, 64),
    disk=st.floats(50, 7000),
)


def asked(this: Box) -> Request:
    return Request(network=small(), box=this, photos=replace(IMAGENET, count=10**7))


def speed(this: Box) -> Range:
    return predict(asked(this)).images_per_s


def with_card(this: Box, **figures: Fact) -> Box:
    group = this.gpus[0]
    return replace(this, gpus=(Cards(replace(group.gpu, **figures), group.count),))


@settings(max_examples=30, deadline=None)
@given(boxes, st.sampled_from(FIGURES), st.floats(1, 10))
def test_a_better_card_is_never_slower(this: Box, figure: str, times: float):
    old = getattr(this.gpus[0].gpu, figure)
    better = with_card(this, **{figure: fact(old.value * times)})
    assert speed(better).likely >= speed(this).likely * (1 - 1e-12)


@settings(max_examples=30, deadline=None)
@given(boxes, st.floats(1, 10))
def test_more_cores_and_a_faster_disk_are_never_slower(this: Box, times: float):
    request = asked(this)
    more = replace(request, cores=times * (this.cores or 1))
    disk = this.disks[0].read_mbs
    assert disk is not None
    faster = replace(request, disk_bytes_per_s=disk.value * 1e6 * times)
    for better in (more, faster):
        found = predict(better).images_per_s
        assert found.likely >= predict(request).images_per_s.likely * (1 - 1e-12)


@settings(max_examples=30, deadline=None)
@given(boxes)
def test_what_is_predicted_is_in_order(this: Box):
    found = predict(asked(this))
    stages = [stage.images_per_s for stage in found.stages]
    for one in (*stages, found.images_per_s, found.days, found.money.watts):
        assert one is not None
        assert 0 < one.low <= one.likely <= one.high
    assert found.images_per_s.likely == min(one.likely for one in stages)
    assert found.binding.images_per_s.likely == found.images_per_s.likely
    assert sum(layer.seconds for layer in found.layers) <= found.compute.timing.seconds * (1 + 1e-9)


@settings(max_examples=30, deadline=None)
@given(boxes, st.integers(1, 256), st.integers(2, 4))
def test_a_larger_batch_takes_longer_and_does_no_less_a_second(this: Box, batch: int, times: int):
    def of(size: int) -> tuple[float, float]:
        timing = predict(replace(asked(this), batch=size)).compute.timing
        return timing.seconds, timing.images_per_s

    (short, few), (long, many) = of(batch), of(batch * times)
    assert long >= short
    assert many >= few * (1 - 1e-9)


@settings(max_examples=20, deadline=None)
@given(boxes, st.integers(1, 4))
def test_smaller_photographs_are_never_slower(this: Box, times: int):
    request = asked(this)
    side = request.photos.resized(375 // times)
    assert predict(replace(request, photos=side)).images_per_s.likely >= predict(
        request
    ).images_per_s.likely * (1 - 1e-12)


@given(st.integers(1, 10**9), st.integers(1, 64), positive)
def test_a_ring_of_more_members_carries_more(parameters: int, members: int, speed: float):
    link = Link("x", speed)
    fewer = all_reduce_seconds(parameters, members, link)
    more = all_reduce_seconds(parameters, members + 1, link)
    assert 0 <= fewer <= more <= 2 * 4 * parameters / speed


@given(positive, st.floats(0, 100), st.integers(1, 64), st.floats(0, 0.5))
def test_together_is_no_faster_than_alone(alone: float, travel: float, members: int, skew: float):
    assert step_seconds(alone, travel, members, skew) >= alone * (1 - 1e-12)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 8), st.floats(1, 100), st.floats(100, 2000))
def test_more_cards_do_more_together_and_not_more_each(count: int, tflops: float, width: float):
    def of(cards: int) -> Range:
        this = box(tflops, width, 24, 1e5, 1e6, cards)
        net = reference_network("resnet18")
        request = Request(network=net, box=this, photos=PHOTOS, batch=32)
        return predict(request).images_per_s

    few, many = of(count), of(2 * count)
    assert many.likely <= 2 * few.likely * (1 + 1e-9)


@given(positive, st.floats(1, 10), st.floats(1, 10))
def test_ranges_stay_in_order(likely: float, factor: float, other: float):
    one, two = Range.around(likely, factor), Range.around(likely * other, other)
    for made in (one * 3, one.inverse(7), one.least(two)):
        assert made.low <= made.likely <= made.high
    assert one.least(two).likely <= min(one.likely, two.likely)
