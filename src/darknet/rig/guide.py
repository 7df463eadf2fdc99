"""The Hardware Guide of 2016: its table as published, and its claims, answered by the predictor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..network import Network
from ..zoo import read_cfg
from .box import Box
from .catalogue import Gpu, find_gpu
from .check import check_box
from .facts import built_in, fact
from .money import price_of_box
from .photos import IMAGENET
from .prediction import predict
from .reference_speeds import rows
from .request import Request
from .rig_file import read_box

__all__ = ["Answer", "GuideCard", "answers", "guide_cards", "guide_figures"]


@dataclass(frozen=True, slots=True)
class GuideCard:
    """A row of the guide's table, as published; `gpu` is the card in the catalogue."""

    name: str
    gpu: Gpu
    usd: float
    tflops: float
    gflops_per_usd: float

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.name,
            "usd": self.usd,
            "tflops": self.tflops,
            "gflops_per_usd": self.gflops_per_usd,
        }

    @property
    def computed(self) -> float:
        """GFLOPS a dollar from the two figures beside it."""
        return 1e3 * self.tflops / self.usd


@dataclass(frozen=True, slots=True)
class Answer:
    """A claim of the guide, whether it holds ("yes", "no", "partly"), and the numbers."""

    claim: str
    holds: str
    why: str

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"claim": self.claim, "holds": self.holds, "why": self.why}


@cache
def guide_cards() -> tuple[GuideCard, ...]:
    """The guide's table, in its order."""
    return tuple(
        GuideCard(
            name=entry["name"],
            gpu=find_gpu(entry["gpu"]),
            usd=float(entry["usd"]),
            tflops=float(entry["tflops"]),
            gflops_per_usd=float(entry["gflops_per_usd"]),
        )
        for entry in built_in("guide.toml")["card"]
    )


@cache
def guide_figures() -> Mapping[str, float]:
    """The guide's other figures."""
    return {key: float(value) for key, value in built_in("guide.toml")["figures"].items()}


def answers() -> list[Answer]:
    """Every claim, in the guide's order."""
    box = read_box("guide")
    made = (_price, _devbox, _cards, _machines, _cpu, _power, _fit, _ram, _disk, _models)
    return [answer for make in made for answer in make(box)]


def _price(box: Box) -> Iterator[Answer]:
    said = guide_figures()
    total, _ = price_of_box(box)
    tax = said["after_tax_usd"] / total - 1
    yield Answer(
        "about 6,000 dollars after tax",
        "yes" if 0.05 < tax < 0.13 else "no",
        f"{said['base_usd']:,.0f} for the computer and {said['gpus_usd']:,.0f} for four cards are "
        f"{total:,.0f}; {said['after_tax_usd']:,.0f} is with {100 * tax:.0f} % tax",
    )


def _devbox(box: Box) -> Iterator[Answer]:
    said = guide_figures()
    times = said["devbox_usd"] / said["after_tax_usd"]
    yield Answer(
        "a lot less than NVIDIA's DevBox of 15,000 dollars",
        "yes",
        f"{times:.1f} times less for the same four cards",
    )


def _cards(box: Box) -> Iterator[Answer]:
    cards = guide_cards()
    best = max(cards, key=lambda card: card.computed)
    teslas = [card.computed for card in cards if card.name.startswith("Tesla")]
    others = [card.computed for card in cards if not card.name.startswith("Tesla")]
    yield Answer(
        "the 980 Ti comes out ahead for its price, and Teslas do not pay",
        "yes" if best.name == "GTX 980 Ti" and max(teslas) < min(others) else "no",
        f"{best.name} has {best.computed:.1f} GFLOPS a dollar, a Tesla {max(teslas):.1f} at most",
    )


def _machines(box: Box) -> Iterator[Answer]:
    titan = next(card for card in guide_cards() if card.name == "Titan X")
    small = next(card for card in guide_cards() if card.name == "GTX 980")
    yield Answer(
        "one machine with four Titan X is simpler than two with eight 980s",
        "yes",
        f"{_several(titan, 4)}, against {_several(small, 8)} and a second computer",
    )


def _several(card: GuideCard, count: int) -> str:
    memory = count * card.gpu.memory_gb.value if card.gpu.memory_gb else 0.0
    return f"{count * card.tflops:g} TFLOPS and {memory:g} GB for {count * card.usd:,.0f} dollars"


def _cpu(box: Box) -> Iterator[Answer]:
    """Against the slowest measure at hand: a whole server of two processors."""
    titan = find_gpu("Titan X")
    server = built_in("guide.toml")["server"]
    slow = {name: fact(figure, name).value for name, figure in server["ms_of_16"].items()}
    times = {
        row.network: slow[row.network] / 1e3 * row.images_per_s / 16
        for row in rows()
        if row.gpu == titan and row.training and row.network in slow
    }
    low, high = min(times.values()), max(times.values())
    cores = int(fact(server["cores"], "cores").value)
    own = box.cores or cores
    said = guide_figures()["faster_than_cpu"]
    yield Answer(
        f"GPUs are more than {said:g} times faster than a CPU",
        "yes" if low > said else "partly" if low * cores / own > said else "no",
        f"a Titan X was measured {low:.0f} to {high:.0f} times as fast as {cores} cores (two Xeon "
        f"E5-2630 v3, Torch); of {own:g} such cores, as this box has, that is "
        f"{low * cores / own:.0f} times",
    )


def _power(box: Box) -> Iterator[Answer]:
    power = next(one for one in check_box(box) if one.what == "power")
    yield Answer(
        "over a kilowatt, so 1,600 W to be safe",
        "yes" if power.state == "fine" else "no",
        power.why,
    )


def _fit(box: Box) -> Iterator[Answer]:
    found = {one.what: one for one in check_box(box)}
    fits = all(found[what].state == "fine" for what in ("slots", "spacing"))
    yield Answer(
        "the board has room for four double-wide cards",
        "yes" if fits and found["lanes"].state == "fine" else "partly" if fits else "no",
        f"{found['slots'].why}; {found['lanes'].why}",
    )


def _ram(box: Box) -> Iterator[Answer]:
    needed = IMAGENET.bytes / 1e9
    yield Answer(
        "32 GB should be sufficient, though less than the cards have",
        "yes",
        f"{box.ram_gb:g} GB for {box.vram_gb:g} GB of the cards; photographs pass through, and "
        f"ImageNet's {needed:.0f} GB would not fit either way",
    )


def _disk(box: Box) -> Iterator[Answer]:
    said, titan = guide_figures(), find_gpu("Titan X")
    each = 1e6 * said["megabytes_per_s"] / said["images_per_s"]
    own = IMAGENET.bytes_each
    alexnet = next(
        row.images_per_s
        for row in rows()
        if row.gpu == titan and row.network == "alexnet" and row.training
    )
    rate = box.disks[0].read_mbs
    yield Answer(
        "1,000 images a second are about 16 MB",
        "partly",
        f"with {each / 1e3:.0f} KB an image, made small beforehand; ImageNet's own files have "
        f"{own / 1e3:.0f} KB and need {said['images_per_s'] * own / 1e6:.0f} MB/s, and four cards "
        f"that learn AlexNet at the {alexnet:.0f} images/s measured for one "
        f"{4 * alexnet * own / 1e6:.0f} MB/s, which this disk ({rate.value if rate else 0:g} MB/s) "
        "gives, too",
    )


def _models(box: Box) -> Iterator[Answer]:
    """Four of the fastest ImageNet models from one disk: Darknet Reference, one on each card."""
    found = predict(Request(network=Network.build(read_cfg("darknet")), box=box))
    speed = {stage.name: stage.images_per_s.likely for stage in found.stages}
    decoding = next(stage for stage in found.stages if stage.name == "CPU decoding")
    disk = speed["disk"]
    cards = max(value for name, value in speed.items() if name.startswith("GPU"))
    yield Answer(
        "one disk serves four ImageNet models without delay, about 1,000 images a second",
        "yes" if 1000 in decoding.images_per_s and disk > 1000 else "no",
        f"the disk lets {disk:,.0f} images/s through, four cards would take {cards:,.0f}; what "
        f"holds them up is decoding on six cores: {decoding.images_per_s.text()} images/s",
    )
