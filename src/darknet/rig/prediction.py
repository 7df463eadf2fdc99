"""How fast a box is with a network and photographs, what holds it up, and what would help."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..errors import InputError
from .box import Box
from .check import check_box
from .device import ITEM
from .memory import Room, largest_batch
from .money import Money, money_of
from .ranges import Range
from .request import Request
from .stages import Compute, Stage, compute, stages
from .timing import LayerTime

__all__ = ["Prediction", "predict"]


@dataclass(frozen=True)
class Prediction:
    """The answer to a `Request`.

    images_per_s: of the box. binding: the stage that binds. room: of a card's memory. days: to the
    cfg's max_batches, None where it has none. notes: what was changed or could not be counted.
    """

    request: Request
    compute: Compute
    stages: tuple[Stage, ...]
    binding: Stage
    images_per_s: Range
    room: Room | None
    days: Range | None
    money: Money
    notes: tuple[str, ...]

    @property
    def layers(self) -> tuple[LayerTime, ...]:
        """Every layer's time on a card, for a part of a batch."""
        return self.compute.timing.layers

    @property
    def per_card(self) -> Range:
        """Images/s of one card."""
        return self.images_per_s * (1 / self.compute.cards)

    def to_dict(self) -> dict[str, Any]:
        """For JSON (docs/json.md)."""
        request, timing = self.request, self.compute.timing
        return {
            "cfg": request.network.cfg.label,
            "rig": request.box.label,
            "photographs": _photos(self),
            "use": "training" if request.training else "inference",
            "precision": request.precision,
            "device": self.compute.device.name,
            "cards": self.compute.cards if request.box.cards else 0,
            "machines": request.box.machines,
            "batch": timing.batch,
            "parts": self.compute.parts,
            "largest_batch": self.room.batch if self.room else None,
            "images_per_s": self.images_per_s.to_dict(),
            "images_per_s_per_card": self.per_card.to_dict(),
            "binding": self.binding.name,
            "stages": [stage.to_dict() for stage in self.stages],
            "days": self.days.to_dict() if self.days else None,
            "money": self.money.to_dict(),
            "layers": [layer.to_dict(timing.seconds) for layer in self.layers],
            "notes": list(self.notes),
        }


def _photos(found: Prediction) -> dict[str, Any]:
    photos = found.request.photos
    return {
        "source": photos.label,
        "count": photos.count,
        "bytes": round(photos.bytes_each),
        "pixels": round(photos.pixels_each),
    }


def predict(request: Request, *, electricity: float | None = None) -> Prediction:
    """The box's speed, with ranges. `electricity`: dollars a kWh, instead of the catalogue's.

    A batch that a card's memory cannot hold is divided further, with a note. InputError where not
    even one photograph fits, or where a figure that is needed is not known.
    """
    room = _room(request)
    request, notes = _fitting(request, room)
    done = compute(request)
    found, unknown = stages(request, done)
    binding = min(found, key=lambda stage: stage.images_per_s.likely)
    speed = found[0].images_per_s
    for stage in found[1:]:
        speed = speed.least(stage.images_per_s)
    total = request.network.net.max_batches * request.network.net.batch
    days = speed.inverse(total / 86_400) if request.training and total else None
    busy = min(1.0, speed.likely / found[0].images_per_s.likely)
    return Prediction(
        request=request,
        compute=done,
        stages=tuple(found),
        binding=binding,
        images_per_s=speed,
        room=room,
        days=days,
        money=money_of(request.box, busy, days, electricity),
        notes=(*notes, *unknown, *_misfits(request.box)),
    )


def _misfits(box: Box) -> list[str]:
    """What of the box does not fit together: it is predicted all the same, and said."""
    return [f"{one.what}: {one.why}" for one in check_box(box) if one.state == "fails"]


def _room(request: Request) -> Room | None:
    """What fits into the smallest card; None without cards (the system's memory is another's)."""
    cards = request.box.cards
    if not cards:
        return None
    sizes = [gpu.memory_gb.value * 2**30 for gpu in cards if gpu.memory_gb]
    memory = min(sizes) if len(sizes) == len(cards) else None
    item = ITEM["half"] if request.precision == "half" else ITEM["f32"]
    return largest_batch(request.network, memory, training=request.training, item=item)


def _fitting(request: Request, room: Room | None) -> tuple[Request, list[str]]:
    """The request with a batch that fits, and a note where it had to be divided."""
    most = room.batch if room else None
    if most is None or request.at_once <= most:
        return request, []
    smallest = min(request.box.cards, key=lambda gpu: gpu.memory_gb.value if gpu.memory_gb else 0)
    if most < 1:
        raise InputError(
            f"{request.network.cfg.label}: not even one photograph fits into {smallest.name}"
        )
    wanted = request.at_once
    parts = -(-wanted // most)  # about equal: training needs a batch that can be divided so
    note = (
        f"{wanted:,} photographs at once do not fit into {smallest.name} "
        f"({most:,} do): computed in {parts} parts"
    )
    return replace(request, divided=parts), [note]
