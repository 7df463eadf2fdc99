"""A prediction, a plan and the catalogue in words: lines for a terminal, rows for a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .money import LIFE_YEARS, Money
from .planning import Candidate
from .prediction import Prediction
from .ranges import Range
from .remedy import Remedy

__all__ = [
    "aligned",
    "cards_of",
    "layer_rows",
    "money_lines",
    "plan_rows",
    "predicted",
    "remedy_rows",
    "stage_rows",
]

UNKNOWN = "unknown"
_PRECISION = {"f32": "float32", "half": "half precision"}


def aligned(rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> list[str]:
    """Rows as lines: columns as wide as they need; those in `left` begin at the left.

    (-1 is the last one.)
    """
    places = {column % len(rows[0]) for column in left}
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column in places else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def cards_of(found: Prediction) -> str:
    """``4 x GTX Titan X (Maxwell)``, or what else computes."""
    box = found.request.box
    groups = [f"{group.count} x {group.gpu.name}" for group in box.gpus]
    machines = f"{box.machines} machines of " if box.machines > 1 else ""
    return machines + (", ".join(groups) or found.compute.device.name)


def predicted(found: Prediction, helping: Sequence[Remedy]) -> Iterator[str]:
    """The whole answer but the layers."""
    request, photos = found.request, found.request.photos
    use = "training" if request.training else "inference"
    yield f"{request.network.cfg.label} on {request.box.name or request.box.label}: {use}"
    yield f"  {cards_of(found)}, {_PRECISION[request.precision]}"
    yield (
        f"  photographs: {photos.label}, {photos.count:,} of {photos.bytes_each / 1e3:.3g} KB and "
        f"{photos.pixels_each / 1e6:.2f} megapixels"
    )
    yield ""
    each = f"; {found.per_card.text()} of a card" if found.compute.cards > 1 else ""
    yield f"{found.images_per_s.text()} images/s{each}"
    yield f"{found.binding.name} binds"
    yield ""
    yield from aligned(stage_rows(found), left=(0, 2))
    yield ""
    yield from _figures(found)
    yield ""
    yield "what would help:" if helping else "nothing of what can be changed here would help:"
    rows = remedy_rows(helping)
    yield from aligned(rows, left=(2, 3)) if rows else ["  other hardware would (darknet rig plan)"]
    for note in found.notes:
        yield f"note: {note}"


def _figures(found: Prediction) -> Iterator[str]:
    timing, room = found.compute.timing, found.room
    shares = ", ".join(
        f"{limit} {100 * seconds / timing.seconds:.0f} %"
        for limit, seconds in timing.by_limit.items()
    )
    yield f"time of the layers: {shares} (--layers lists them)"
    if room is not None:
        most = UNKNOWN if room.batch is None else f"at most {room.batch:,} fit"
        yield f"memory of a card: {timing.batch:,} photographs at once; {most}"
    net = found.request.network.net
    if found.days is not None:
        batches = f"{net.max_batches:,} batches of {net.batch:,}"
        yield f"days: {found.days.text()} for {batches}"
    yield from money_lines(found.money)


def money_lines(money: Money) -> Iterator[str]:
    """Watts and dollars; what has no price is named."""
    watts = UNKNOWN if money.watts is None else f"{money.watts.text()} from the wall"
    yield f"watts: {watts}"
    priced = f"{money.parts_usd:,.0f}"
    if money.unpriced:
        priced += f", and an unknown price: {', '.join(money.unpriced)}"
    yield f"dollars for the parts: {priced if money.parts_usd else UNKNOWN}"
    for what, found in (
        (f"wear (used for {LIFE_YEARS:g} years)", money.wear_usd),
        (f"electricity at {money.electricity_usd:g} a kWh", money.power_usd),
        ("rent for such cards", money.rent_usd),
    ):
        if money.days is not None:
            yield f"dollars of {what}: {_dollars(found)}"


def _dollars(found: Range | None) -> str:
    return UNKNOWN if found is None else found.text()


def stage_rows(found: Prediction) -> list[list[str]]:
    """Each stage: its name, images/s, the numbers; with a heading."""
    rows = [["stage", "images/s", ""]]
    for stage in found.stages:
        mark = "  <- binds" if stage is found.binding else ""
        rows.append([stage.name, stage.images_per_s.text(), stage.numbers + mark])
    return rows


def layer_rows(found: Prediction) -> list[list[str]]:
    """Each layer's time and its limit, with a heading."""
    timing = found.compute.timing
    rows = [["layer", "", "ms", "share", "GFLOP", "MB", "GFLOP/s", "GB/s", "limit"]]
    for layer in timing.layers:
        seconds = layer.seconds or float("inf")
        rows.append(
            [
                str(layer.index),
                layer.section,
                f"{1e3 * layer.seconds:.3f}",
                f"{100 * layer.seconds / timing.seconds:.1f} %",
                f"{layer.flops / 1e9:.2f}",
                f"{layer.bytes / 1e6:.1f}",
                f"{layer.flops / seconds / 1e9:,.0f}",
                f"{layer.bytes / seconds / 1e9:.1f}",
                layer.limit or "",
            ]
        )
    if timing.step_seconds:
        took, share = 1e3 * timing.step_seconds, 100 * timing.step_seconds / timing.seconds
        blank = [""] * 4
        rows.append(["", "step", f"{took:.3f}", f"{share:.1f} %", *blank, "memory bandwidth"])
    return rows


def remedy_rows(helping: Sequence[Remedy]) -> list[list[str]]:
    """Each remedy: how much, the speed with it, what, and what binds then."""
    return [
        [
            f"  {one.times:.2f} x",
            f"{one.images_per_s.text()} images/s",
            one.what,
            f"(then {one.binding} binds)",
        ]
        for one in helping
    ]


def plan_rows(shown: Sequence[Candidate]) -> list[list[str]]:
    """Each box: cards, dollars, speed, days, what binds; with a heading."""
    days = any(one.prediction.days for one in shown)
    rows = [["box", "cores", "dollars", "images/s", *(["days"] if days else []), "binds"]]
    for one in shown:
        cards, found = one.box.gpus[0], one.prediction
        took = [found.days.text()] if found.days else [""] * days
        rows.append(
            [
                f"{cards.count} x {cards.gpu.name}",
                f"{one.box.cores:g}" if one.box.cores else UNKNOWN,
                f"{one.usd:,.0f}",
                found.images_per_s.text(),
                *took,
                found.binding.name,
            ]
        )
    return rows
