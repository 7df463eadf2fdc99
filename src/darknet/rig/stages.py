"""What a photograph passes on its way through a box, and how many a second each stage lets through.

The slowest one binds. A stage whose speed is not known is left out, and said to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from .device import ITEM, Device, modelled, precision_of
from .efficiency import Efficiency, fitted
from .links import between, host_link
from .ranges import Range, rounded
from .request import DECODE_PIXELS_PER_S, OTHER_CORE, PREPARE_SECONDS, RESIZE_SECONDS, Request
from .scaling import Link, all_reduce_seconds, step_seconds
from .timing import Timing, time_batch

__all__ = ["Compute", "Stage", "compute", "decode_seconds", "stages"]

_MEASURED_SPREAD = 1.15  # of what was measured on the machine itself: assumed
_RATED_SPREAD = 1.3  # of what is rated: links, disks: assumed
ON_GPU = "torch on GPU"
"""The engine of a measured rig that its cards were measured with."""
NETWORK_SHARE = 0.7
"""Of a network's rate that gradients get: assumed."""
SATA_BYTES_PER_S = 550e6
"""The most that SATA at 6 Gb/s lets through."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A limit: images/s of the whole box (all machines), and the numbers behind it."""

    name: str
    images_per_s: Range
    numbers: str

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "images_per_s": self.images_per_s.to_dict(),
            "numbers": self.numbers,
        }


@dataclass(frozen=True)
class Compute:
    """What the cards (or the processor) do: a step's seconds, and what it is made of.

    timing: the slowest card's part of a batch. parts: how many of them make a step. cards: of all
    machines. alone, together: seconds of a step of one card, and with the others. travelling: of
    the gradients. on: "GPU" or "processor".
    """

    device: Device
    timing: Timing
    parts: int
    cards: int
    alone: float
    together: float
    travelling: float
    link: Link | None
    on: str

    @property
    def images_per_s(self) -> float:
        """Of all cards."""
        return self.cards * self.parts * self.timing.batch / self.together

    @property
    def name(self) -> str:
        """What the time goes to most."""
        if self.together > 2 * self.alone:
            return "agreeing on gradients"
        return f"{self.on} {self.timing.limit}"


def compute(request: Request) -> Compute:
    """How the box computes; InputError where a card's figures are not known."""
    batch = request.at_once
    parts = max(1, round(request.in_a_step / batch)) if request.training else 1
    # Of cards of several kinds all wait for the slowest.
    device, timing = max(
        ((one, time_batch(request.network, one, batch, training=request.training))
         for one in _devices(request)),
        key=lambda pair: pair[1].seconds,
    )  # fmt: skip
    part = timing.seconds - timing.step_seconds
    alone = parts * part + timing.step_seconds
    cards = max(1, len(request.box.cards)) * request.box.machines
    on = "GPU" if request.box.cards else "processor"
    if not request.training or cards == 1:
        return Compute(device, timing, parts, cards, alone, alone, 0.0, None, on)
    efficiency = fitted()
    link = _slowest_link(request, efficiency)
    travelling = all_reduce_seconds(timing.parameters, cards, link)
    together = step_seconds(alone, travelling, cards, efficiency.skew)
    return Compute(device, timing, parts, cards, alone, together, travelling, link, on)


def _devices(request: Request) -> list[Device]:
    """Every kind of card, or the measured processor."""
    box = request.box
    if not box.cards:
        if box.measured is None:
            raise InputError(f"{box.label}: nothing in it computes")
        if request.precision == "half":
            raise InputError(f"{box.label}: only f32 was measured; leave --precision half away")
        return [box.measured.engine(request.training, request.engine)]
    if box.measured is not None and request.precision == "f32":
        for engine in box.measured.engines:
            if engine.engine == ON_GPU and engine.training == request.training:
                return [engine]
    return [modelled(gpu, precision_of(gpu, request.precision)) for gpu in dict.fromkeys(box.cards)]


def _slowest_link(request: Request, efficiency: Efficiency) -> Link:
    box, cards = request.box, request.box.cards
    found = []
    if len(cards) > 1:
        lanes = request.lanes or _lanes(request)
        found += [between(one, len(cards), efficiency, lanes) for one in dict.fromkeys(cards)]
    if box.machines > 1:
        if box.network_gbits is None:
            raise InputError(
                f"{box.label}: {box.machines} machines, and no network_gbits between them"
            )
        # The ring goes through all cards of a machine and leaves it once.
        found.append(Link("the network", box.network_gbits / 8 * 1e9 * NETWORK_SHARE))
    return min(found, key=lambda link: link.bytes_per_s)


def _lanes(request: Request) -> int | None:
    """The fewest lanes that a card has in its slot; None where the board is not known."""
    box = request.box
    if box.board is None or not box.board.slots:
        return None
    cpu = box.cpu.lanes.value if box.cpu and box.cpu.lanes else None
    used = box.board.slots[: len(box.cards)]
    if len(box.cards) == 1:
        return 16
    return min(slot.lanes_with(cpu) for slot in used)


def stages(request: Request, done: Compute) -> tuple[list[Stage], list[str]]:
    """Every stage whose speed is known, and a line for each that is not."""
    found = [_computing(request, done)]
    unknown: list[str] = []
    for name, stage in (
        ("PCIe", _upload(request)),
        ("CPU decoding", _decoding(request)),
        ("disk", _reading(request)),
    ):
        if isinstance(stage, Stage):
            found.append(stage)
        elif stage:
            unknown.append(f"{name}: {stage}")
    return found, unknown


def _computing(request: Request, done: Compute) -> Stage:
    likely = done.images_per_s
    timing = done.timing
    numbers = f"{rounded(1e3 * timing.seconds)} ms for {timing.batch} photographs"
    if done.cards > 1:
        numbers += f" of a card, {done.cards} cards"
    if done.link is not None:
        numbers += f", {1e3 * done.travelling:.3g} ms for gradients by {done.link.what}"
    if not request.box.cards:
        # The processor decodes, too: what it does for a photograph adds up.
        busy = decode_seconds(request).likely / (request.cores or request.box.cores or 1)
        likely = 1 / (1 / likely + busy)
        numbers += f", {1e3 * busy:.3g} ms of its cores to prepare each"
    return Stage(done.name, Range.around(likely, done.device.spread), numbers)


def _upload(request: Request) -> Stage | str:
    cards = request.box.cards
    if not cards or any(gpu.form == "integrated" for gpu in cards):
        return ""
    generation = None
    if request.box.cpu and request.box.cpu.pcie:
        generation = int(request.box.cpu.pcie.value)
    lanes = request.lanes or _lanes(request)
    speed = min(host_link(one, lanes, generation) for one in cards)
    each = request.network.input.size * ITEM["f32"]
    likely = len(cards) * request.box.machines * speed / each
    numbers = f"{each / 1e6:.3g} MB of pixels a photograph, {speed / 1e9:.3g} GB/s to each card"
    return Stage("PCIe", Range.around(likely, _RATED_SPREAD), numbers)


def decode_seconds(request: Request) -> Range:
    """Of a core, for one photograph: decoding, and bringing it to the network's size."""
    measured = request.box.measured
    speed = measured.decode if measured else DECODE_PIXELS_PER_S
    if request.training:
        prepare = measured.prepare_seconds if measured else PREPARE_SECONDS
    else:
        prepare = measured.resize_seconds if measured else RESIZE_SECONDS
    area = request.network.input.width * request.network.input.height / 224**2
    likely = prepare * area
    if not request.decoded:
        likely += request.photos.pixels_each / speed
    return Range.around(likely, _MEASURED_SPREAD if measured else OTHER_CORE)


def _decoding(request: Request) -> Stage | str:
    if not request.box.cards:
        return ""  # counted with what the processor computes
    cores = request.cores or request.box.cores
    if cores is None:
        return "the number of cores is not known; not counted"
    each = decode_seconds(request)
    rate = each.inverse(cores * request.box.machines)
    numbers = f"{1e3 * each.likely:.3g} ms of a core a photograph, {cores:g} cores"
    return Stage("CPU decoding", rate, numbers)


def _reading(request: Request) -> Stage | str:
    photos, ram = request.photos, request.box.ram_gb
    if request.decoded:
        return ""
    if ram is not None and photos.bytes < 0.7 * ram * 2**30:
        return ""  # after the first pass the files are in the page cache, of every machine
    speed, spread = _disk(request)
    if speed is None:
        return "its speed is not known (read_mbs in the rig file); not counted"
    rate = Range.around(speed * request.box.machines / photos.bytes_each, spread)
    numbers = f"{photos.bytes_each / 1e3:.3g} KB a photograph, {speed / 1e6:.3g} MB/s"
    return Stage("disk", rate, numbers)


def _disk(request: Request) -> tuple[float | None, float]:
    """Bytes/s of the box's fastest disk, and the factor that it may be off."""
    if request.disk_bytes_per_s is not None:
        return request.disk_bytes_per_s, _RATED_SPREAD
    measured = request.box.measured
    if measured is not None and measured.disks:
        return max(disk.random for disk in measured.disks), _MEASURED_SPREAD
    speeds = list(_rated(request))
    return (max(speeds) if speeds else None), _RATED_SPREAD


def _rated(request: Request) -> Iterator[float]:
    for disk in request.box.disks:
        if disk.read_mbs is not None:
            speed = disk.read_mbs.value * 1e6
            yield min(speed, SATA_BYTES_PER_S) if "SATA" in disk.interface else speed
