"""What would help: the model run again with one thing changed, and what that brings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..errors import InputError
from .prediction import Prediction, predict
from .ranges import Range
from .request import Request

__all__ = ["Remedy", "remedies"]

NVME_BYTES_PER_S = 3e9
"""A disk on PCI Express, as small files are read from it: assumed."""
ENOUGH = 1.02  # a gain below that is none


@dataclass(frozen=True)
class Remedy:
    """One change: what, the speed with it, what binds then, and how much faster that is."""

    what: str
    images_per_s: Range
    binding: str
    times: float

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "what": self.what,
            "images_per_s": self.images_per_s.to_dict(),
            "binding": self.binding,
            "times": round(self.times, 3),
        }


def remedies(found: Prediction) -> list[Remedy]:
    """Every change that helps by 2 % or more, the best first; then what all of them bring."""
    now = found.images_per_s.likely
    helping: list[tuple[Remedy, Callable[[Request], Request]]] = []
    for what, change in _changes(found):
        tried = _tried(found.request, change)
        if tried is not None and tried.images_per_s.likely > ENOUGH * now:
            helping.append((_remedy(what, tried, now), change))
    helping.sort(key=lambda pair: -pair[0].times)
    result = [remedy for remedy, _ in helping]
    if len(helping) > 1:
        request = found.request
        for _, change in helping:
            request = change(request)
        together = _tried(request, lambda same: same)
        if together is not None and together.images_per_s.likely > ENOUGH * max(
            remedy.images_per_s.likely for remedy in result
        ):
            result.append(_remedy("all of these", together, now))
    return result


def _remedy(what: str, tried: Prediction, now: float) -> Remedy:
    speed = tried.images_per_s
    return Remedy(what, speed, tried.binding.name, speed.likely / now)


def _tried(request: Request, change: Callable[[Request], Request]) -> Prediction | None:
    """The prediction with a change; None where the box cannot do it."""
    try:
        return predict(change(request))
    except InputError:
        return None


def _changes(found: Prediction) -> Iterator[tuple[str, Callable[[Request], Request]]]:
    request, net = found.request, found.request.network.net
    side = round(1.15 * min(net.width, net.height))
    smaller = request.photos.resized(side)
    if smaller.pixels_each < 0.9 * request.photos.pixels_each:
        yield (
            f"store the photographs with a shorter side of {side} pixels",
            lambda old: replace(old, photos=old.photos.resized(side)),
        )
    if request.training and not request.decoded and _decoded_fit(request):
        yield (
            "keep them decoded in memory (darknet train --cache)",
            lambda old: replace(old, decoded=True),
        )
    if request.precision != "half":
        yield (
            "half precision (--precision bf16 in training)",
            lambda old: replace(old, precision="half"),
        )
    yield from _batches(found)
    cores = request.cores or request.box.cores
    if cores is not None and request.box.cards:
        yield (
            f"{2 * cores:g} cores instead of {cores:g}",
            lambda old: replace(old, cores=2 * cores),
        )
    if any(stage.name == "disk" for stage in found.stages):
        yield (
            "a disk on PCI Express (NVMe)",
            lambda old: replace(old, disk_bytes_per_s=NVME_BYTES_PER_S),
        )
    if len(request.box.cards) > 1:
        yield "16 lanes for every card", lambda old: replace(old, lanes=16)


def _batches(found: Prediction) -> Iterator[tuple[str, Callable[[Request], Request]]]:
    """Larger batches, where they fit: the cfg's and the learning rate would have to change."""
    most = found.room.batch if found.room else None
    now = found.request.at_once
    if most is None:
        return
    for batch in (2 * now, 4 * now):
        if batch <= most:
            yield f"{batch:,} photographs at once instead of {now:,}", _with_batch(batch)


def _with_batch(batch: int) -> Callable[[Request], Request]:
    return lambda old: replace(old, batch=batch, divided=1)


def _decoded_fit(request: Request) -> bool:
    """Whether all photographs, decoded and of a useful size, fit into half of the memory."""
    ram = request.box.ram_gb
    if ram is None:
        return False
    net = request.network.net
    pixels = request.photos.resized(round(1.15 * min(net.width, net.height))).pixels_each
    return 3 * pixels * request.photos.count < ram / 2 * 2**30
