"""Predictions worked out by hand: stages, what binds, memory, days, remedies, what is not known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from darknet.errors import InputError
from darknet.network import Network
from darknet.rig import IMAGENET, Box, Photos, Prediction, look_at, predict, read_box, remedies
from darknet.rig.catalogue import find_gpu
from darknet.rig.memory import Room, largest_batch
from darknet.rig.ranges import Range, rounded
from darknet.rig.remedy import Remedy
from darknet.zoo import read_cfg
from rigs import PHOTOS, asked, box_of, measured, small

ONE = '[[gpus]]\nname = "Titan X"\n'
CPU = 'cpu = { name = "own", cores = 6, lanes = 40, pcie = 3, socket = "LGA2011-3" }\n'


def stages(found: Prediction) -> dict[str, Range]:
    return {stage.name: stage.images_per_s for stage in found.stages}


def measured_box(**figures: float) -> Box:
    return Box(label="box", measured=measured(**figures))  # type: ignore[arg-type]


def helping(found: Prediction) -> dict[str, Remedy]:
    return {remedy.what: remedy for remedy in remedies(found)}


def test_stages_by_hand(tmp_path: Path):
    disk = 'disks = [{ name = "d", read_mbs = 200, interface = "SATA" }]\n'
    memory = 'memory = [{ name = "m", gb = 0.1 }]\n'
    box = box_of(tmp_path, CPU + disk + memory + ONE)
    found = predict(asked(box))
    speeds = stages(found)
    # 200,000 pixels at 87 megapixels/s; 2.4 ms for 224 x 224, of which 8 x 8 are a part; 6 cores
    each = 200_000 / 87e6 + 2.4e-3 * 64 / 224**2
    assert speeds["CPU decoding"].likely == pytest.approx(6 / each)
    assert speeds["disk"].likely == pytest.approx(200e6 / 100e3)
    # 8 x 8 x 3 float32 through 16 lanes of generation 3
    assert speeds["PCIe"].likely == pytest.approx(0.8 * 16e9 / (8 * 8 * 3 * 4))
    assert found.binding.name == "disk"
    assert found.images_per_s.likely == pytest.approx(2000)
    # 1000 batches of 8
    assert found.days is not None
    assert found.days.likely == pytest.approx(8000 / 2000 / 86400)


def test_files_that_memory_holds_are_read_once(tmp_path: Path):
    disk = 'disks = [{ name = "d", read_mbs = 1 }]\n'
    box = box_of(tmp_path, CPU + disk + 'memory = [{ name = "m", gb = 32 }]\n' + ONE)
    assert "disk" not in stages(predict(asked(box)))
    assert "disk" in stages(predict(asked(box, photos=IMAGENET)))


def test_what_is_not_known_is_said(tmp_path: Path):
    found = predict(asked(box_of(tmp_path, ONE)))
    assert set(stages(found)) & {"CPU decoding", "disk"} == set()
    assert any("the number of cores is not known" in note for note in found.notes)
    assert any("read_mbs" in note for note in found.notes)
    assert "the CPU" in found.money.unpriced


def test_the_range_has_the_likely_speed_in_it():
    found = predict(asked(read_box("guide"), Network.build(read_cfg("resnet50")), IMAGENET))
    assert found.images_per_s.low < found.images_per_s.likely < found.images_per_s.high
    assert found.per_card.likely == pytest.approx(found.images_per_s.likely / 4)
    assert found.binding.name == "GPU arithmetic"


def test_a_batch_that_does_not_fit_is_divided():
    net = Network.build(read_cfg("resnet50"))
    found = predict(asked(read_box("guide"), net, IMAGENET))
    assert found.room is not None
    assert found.room.batch is not None
    assert found.compute.timing.batch <= found.room.batch < 128
    assert found.compute.timing.batch * found.compute.parts == net.net.batch
    assert "128 photographs at once do not fit" in found.notes[0]


def test_a_batch_without_divisors_is_divided_as_others_are(tmp_path: Path):
    """A part more or less is no other speed: 307 is a prime, and was computed one by one."""
    net = Network.build(read_cfg("vgg-16"))
    box = box_of(tmp_path, '[[gpus]]\nname = "RTX 3090"\n')
    speeds = {
        batch: predict(replace(asked(box, net, IMAGENET), batch=batch)).images_per_s.likely
        for batch in (306, 307, 308)
    }
    assert speeds[307] == pytest.approx(speeds[308], rel=0.02)
    assert speeds[307] == pytest.approx(speeds[306], rel=0.02)


def test_the_smallest_card_is_the_one_that_is_named(tmp_path: Path):
    cards = '[[gpus]]\nname = "RTX 3090"\n[[gpus]]\nname = "RTX 3060 12GB"\ncount = 2\n'
    request = asked(box_of(tmp_path, cards), Network.build(read_cfg("vgg-16")), IMAGENET)
    assert "do not fit into RTX 3060 12GB" in predict(replace(request, batch=512)).notes[0]


def test_a_network_that_does_not_fit_at_all(tmp_path: Path):
    card = '[[gpus]]\nname = "own"\nfp32_tflops = 1\nbandwidth_gbs = 100\nmemory_gb = 0.7\n'
    box = box_of(tmp_path, card)
    with pytest.raises(InputError, match="not even one photograph fits into own"):
        predict(asked(box, Network.build(read_cfg("resnet50"))))


def test_room_by_hand():
    assert Room(per_photo=10.0, fixed=50.0, memory=101.0).batch == 5
    assert Room(per_photo=10.0, fixed=50.0, memory=40.0).batch == 0
    assert Room(per_photo=10.0, fixed=50.0, memory=None).batch is None
    net = small()
    learning = largest_batch(net, 12 * 2**30, training=True)
    answering = largest_batch(net, 12 * 2**30, training=False)
    assert learning.per_photo > answering.per_photo
    weights = 4 * (108 + 4 * 4 + 40 + 10)
    assert learning.fixed == pytest.approx(3 * weights + 0.6 * 2**30)


@pytest.mark.parametrize(("card", "used"), [("RTX 3090", 224), ("RTX A6000", 496)])
def test_published_batches_fit(card: str, used: int):
    """Lambda trained ResNet-50 with batches this large, about as large as went in."""
    from darknet.rig.reference import reference_network

    gpu = find_gpu(card)
    assert gpu.memory_gb is not None
    room = largest_batch(
        reference_network("resnet50"), gpu.memory_gb.value * 2**30, training=True, item=4
    )
    assert room.batch is not None
    assert used <= room.batch <= 1.35 * used


def test_a_measured_machine_by_hand():
    box = measured_box(rate=1e9, cores=4, decode=1e8, disk=1e8)
    found = predict(asked(box))
    assert found.binding.name == "processor arithmetic"
    timing = found.compute.timing
    # 1e9 FLOP/s for every layer with weights: 2 x 13824 and 3 x 1280 operations for each of 4
    products = (2 * 13824 + 3 * 1280) * 4 / 1e9
    passes = sum(layer.seconds for layer in timing.layers if not layer.flops)
    assert timing.seconds == pytest.approx(products + passes + timing.step_seconds)
    # the cores decode, too
    busy = (200_000 / 1e8 + 0.001 * 64 / 224**2) / 4
    alone = found.compute.images_per_s
    assert found.images_per_s.likely == pytest.approx(1 / (1 / alone + busy))


def test_keeping_them_decoded_leaves_the_preparing():
    box = measured_box()
    plain, decoded = asked(box), replace(asked(box), decoded=True)
    slow, fast = predict(plain).images_per_s.likely, predict(decoded).images_per_s.likely
    assert 1 / slow - 1 / fast == pytest.approx(200_000 / 1e8 / 4)


def test_remedies_bring_what_the_model_says(tmp_path: Path):
    text = CPU + 'memory = [{ name = "m", gb = 64 }]\n' + ONE.replace("Titan X", "RTX 3090")
    found = predict(asked(box_of(tmp_path, text), Network.build(read_cfg("tiny")), IMAGENET))
    assert found.binding.name == "CPU decoding"
    said = helping(found)
    assert said["12 cores instead of 6"].times == pytest.approx(
        predict(replace(found.request, cores=12)).images_per_s.likely / found.images_per_s.likely
    )
    assert said["12 cores instead of 6"].images_per_s == (
        predict(replace(found.request, cores=12)).images_per_s
    )
    smaller = said["store the photographs with a shorter side of 258 pixels"]
    assert 1.1 < smaller.times < 2
    times = [remedy.times for remedy in said.values()]
    assert times == sorted(times, reverse=True)
    assert "all of these" not in said  # with more cores the card binds, and the other adds nothing


def test_remedies_together():
    said = remedies(predict(asked(read_box("guide"), Network.build(read_cfg("tiny")), IMAGENET)))
    assert said[-1].what == "all of these"
    assert said[-1].times > max(remedy.times for remedy in said[:-1])


def test_a_processor_is_not_given_other_cores():
    assert not any("cores" in what for what in helping(predict(asked(measured_box()))))


def test_half_precision_helps_where_the_card_has_it(tmp_path: Path):
    modern = box_of(
        tmp_path, 'cpu = { name = "c", cores = 999 }\n[[gpus]]\nname = "A100 SXM4 40GB"\n'
    )
    net = Network.build(read_cfg("resnet50"))
    assert any("half precision" in what for what in helping(predict(asked(modern, net))))
    old = helping(predict(asked(read_box("guide"), net)))
    assert not any("half precision" in what for what in old)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"batch": 0}, "batch=0: expected at least 1"),
        ({"cores": 0.0}, "cores=0.0: expected more than 0"),
        ({"cores": float("nan")}, "expected more than 0"),
    ],
)
def test_bad_requests(change: dict[str, float], said: str):
    with pytest.raises(InputError, match=said):
        replace(asked(read_box("guide")), **change)  # type: ignore[arg-type]


def test_a_measured_machine_has_what_was_measured_alone():
    box = measured_box()
    with pytest.raises(InputError, match="only f32 was measured"):
        predict(replace(asked(box), precision="half"))
    with pytest.raises(InputError, match=r"no engine was measured for training \(onnxruntime\)"):
        predict(replace(asked(box), engine="onnxruntime"))


def test_machines_need_a_network_between_them(tmp_path: Path):
    with pytest.raises(InputError, match="2 machines, and no network_gbits between them"):
        predict(asked(box_of(tmp_path, "machines = 2\n" + ONE)))
    slow = box_of(tmp_path, "machines = 2\nnetwork_gbits = 0.1\n" + ONE)
    found = predict(asked(slow, Network.build(read_cfg("alexnet"))))
    assert found.binding.name == "agreeing on gradients"
    assert found.compute.link is not None
    assert found.compute.link.bytes_per_s == pytest.approx(0.1 / 8 * 1e9 * 0.7)


def test_a_ring_leaves_a_machine_once_whatever_cards_it_has(tmp_path: Path):
    text = "machines = 2\nnetwork_gbits = 0.1\n" + ONE
    one = predict(asked(box_of(tmp_path, text), Network.build(read_cfg("alexnet"))))
    four = predict(asked(box_of(tmp_path, text + "count = 4\n"), one.request.network))
    assert one.compute.link is not None
    assert four.compute.link == one.compute.link
    assert four.compute.travelling == pytest.approx(one.compute.travelling * (7 / 8) / (1 / 2))


def test_the_slowest_card_is_the_one_that_takes_longest(tmp_path: Path):
    """Not the one with the smaller product of its figures."""
    wide = '[[gpus]]\nname = "wide"\nfp32_tflops = 1\nbandwidth_gbs = 9000\n'
    narrow = '[[gpus]]\nname = "narrow"\nfp32_tflops = 50\nbandwidth_gbs = 100\n'
    net = Network.build(read_cfg("vgg-16"))
    speeds = {
        name: predict(asked(box_of(tmp_path, text), net)).per_card.likely
        for name, text in (("wide", wide), ("narrow", narrow))
    }
    both = predict(asked(box_of(tmp_path, wide + narrow), net))
    assert both.compute.device.name == min(speeds, key=lambda name: speeds[name])


def test_days_are_for_the_cfgs_photographs_whatever_the_batch():
    net = Network.build(read_cfg("resnet50"))
    request = asked(read_box("guide"), net, IMAGENET)
    for batch in (64, 512):  # as it is, and divided
        found = predict(replace(request, batch=batch))
        assert found.days is not None
        total = net.net.max_batches * net.net.batch
        assert found.days.likely == pytest.approx(total / found.images_per_s.likely / 86400)
        assert found.request.network.net.batch == net.net.batch
        assert found.compute.timing.batch * found.compute.parts == batch


def test_every_machine_reads_all_photographs(tmp_path: Path):
    disk = 'disks = [{ name = "d", read_mbs = 1 }]\nmemory = [{ name = "m", gb = 0.1 }]\n'
    several = "machines = 8\nnetwork_gbits = 10\n"
    assert PHOTOS.bytes == 0.1e9
    assert "disk" in stages(predict(asked(box_of(tmp_path, several + disk + ONE))))


def test_a_box_that_does_not_fit_together_is_predicted_with_a_note(tmp_path: Path):
    text = CPU + 'board = "Gigabyte GA-X99-UD3P"\n' + ONE + "count = 5\n"
    notes = predict(asked(box_of(tmp_path, text))).notes
    assert "slots: 5 cards, but Gigabyte GA-X99-UD3P has 4 slots for them" in notes


def test_engines_are_those_of_a_measured_machine():
    with pytest.raises(InputError, match="no engine torch was measured"):
        replace(asked(read_box("guide")), engine="torch")


def test_several_kinds_of_cards_wait_for_the_slowest(tmp_path: Path):
    both = ONE + '[[gpus]]\nname = "RTX 3090"\n'
    assert predict(asked(box_of(tmp_path, both))).compute.device.name == "GTX Titan X (Maxwell)"


def test_no_network_for_photographs_is_refused():
    text = "[net]\ninputs=10\n[connected]\noutput=3\n"
    from conftest import network

    with pytest.raises(InputError, match="its input is no image"):
        asked(read_box("guide"), network(text))


def test_looking_at_photographs(tmp_path: Path):
    for number, side in enumerate((20, 40)):
        pixels = np.zeros((side, side, 3), np.uint8)
        (tmp_path / "deep").mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "deep" / f"{number}.png")
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("none")
    found = look_at(tmp_path)
    assert found.count == 3
    assert found.pixels_each == (400 + 1600) / 2
    assert found.bytes == sum(p.stat().st_size for p in tmp_path.rglob("*.*g"))


def test_folders_without_photographs(tmp_path: Path):
    with pytest.raises(InputError, match="no photographs in this folder or below"):
        look_at(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        look_at(tmp_path / "none")
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(InputError, match="none of the photographs looked at can be read"):
        look_at(tmp_path)


def test_photographs_made_smaller():
    photos = Photos("x", 10, 100e3, 400 * 300, "x")
    smaller = photos.resized(150)
    assert smaller.pixels_each == 150 * 200
    assert smaller.bytes_each == pytest.approx(25e3)
    assert PHOTOS.resized(10_000).pixels_each == PHOTOS.pixels_each


def test_ranges():
    assert Range.around(100, 2).text() == "100 (50 to 200)"
    assert Range.exactly(3).text() == "3"
    assert Range(1, 2, 4).inverse(8) == Range(2, 4, 8)
    assert Range(1, 5, 9).least(Range(2, 3, 10)) == Range(1, 3, 9)
    assert [rounded(x) for x in (0.001234, 12.34, 999.6, 12345, 0)] == [
        "0.00123", "12.3", "1,000", "12,300", "0",
    ]  # fmt: skip
