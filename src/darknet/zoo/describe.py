"""A network of the zoo with what its cfg gives, and all that is known of it in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .cache import Cache
from .catalogue import Import, Measured, Model, Shipped, WeightsFile

__all__ = ["Row", "detail", "row", "rows", "score_text", "weights_state"]


@dataclass(frozen=True, slots=True)
class Row:
    """A network with what its cfg gives.

    `gflops` for one input (a multiply-add is two), `size` of its weights file in bytes,
    `milliseconds` for one input on this machine where that was measured.
    """

    model: Model
    parameters: int
    gflops: float
    size: int
    milliseconds: float | None = None

    @property
    def megabytes(self) -> float:
        """Size of the weights file in units of 2^20 bytes, as the Tiny Darknet page has it."""
        return self.size / 2**20

    def to_dict(self) -> dict[str, Any]:
        """What ``darknet models --json`` has of it (docs/json.md)."""
        model = self.model
        return {
            "name": model.name,
            "title": model.title,
            "year": model.year,
            "paper": model.paper,
            "cfg": str(model.cfg),
            "names": model.names,
            "preprocess": model.preprocess or None,
            "classic": model.classic,
            "parameters": self.parameters,
            "gflops": round(self.gflops, 9),
            "weights_bytes": self.size,
            "milliseconds": None if self.milliseconds is None else round(self.milliseconds, 3),
            "published": asdict(model.published) if model.published else None,
            "measured": [_dated(score) for score in model.measured],
            "weights": asdict(model.weights) if model.weights else None,
            "shipped": _dated(model.shipped) if model.shipped else None,
            "import": asdict(model.imported) if model.imported else None,
            "get": weights_state(model),
            "why": model.why,
        }


def row(model: Model, milliseconds: float | None = None) -> Row:
    """A network with what its cfg gives."""
    network = model.network()
    gflops = network.flops / 1e9
    return Row(model, network.parameters, gflops, network.weights_bytes, milliseconds)


def rows(chosen: Iterable[Model], milliseconds: Mapping[str, float] | None = None) -> list[Row]:
    """Rows in the order given; `milliseconds` by name, where they were measured."""
    times = milliseconds or {}
    return [row(model, times.get(model.name)) for model in chosen]


def weights_state(model: Model) -> str:
    """Where the network's weights are: here, or how they get here."""
    if model.shipped is not None:
        return "in the package"
    if Cache.default().find(model.file) is not None:
        return "in the cache"
    if model.imported:
        return f"darknet import {model.imported.file}"
    if model.weights is None:
        return "none published"
    return f"darknet pull {model.name}" + ("" if model.weights.sha256 else " (unverified)")


def score_text(score: Measured) -> str:
    """An accuracy that we measured, with on what, how and when."""
    how = f"--preprocess {score.preprocess}, " if score.preprocess else ""
    accuracy = f"top-1 {score.top1:.1f} %, top-5 {score.top5:.1f} %"
    return f"{accuracy} on {score.data}, {how}{score.date.isoformat()}"


def detail(shown: Row, engine: str = "") -> str:
    """Everything known about one network, a line each; `engine` is what the time was taken with."""
    model = shown.model
    facts = [
        ("paper", model.paper),
        ("cfg", str(model.cfg)),
        *_input(model),
        ("parameters", f"{shown.parameters:,}"),
        ("operations", f"{shown.gflops:.3f} GFLOPs an input (a multiply-add is two)"),
        ("size", f"{shown.size:,} bytes ({shown.megabytes:.1f} MiB), 4 fewer with the old header"),
        *_published(model),
        *(("measured", score_text(score)) for score in model.measured),
        ("why not so", model.why),
        *_time(shown, engine),
        ("get weights", weights_state(model)),
        *(_weights(model.weights) if model.weights else ()),
        *(_shipped(model.shipped) if model.shipped else ()),
        *(_imported(model.imported) if model.imported else ()),
    ]
    lines = [f"{model.name}: {model.title}, {model.year}"]
    return "\n".join(lines + [f"  {what:14s}{text}" for what, text in facts if text])


_Facts = Iterator[tuple[str, str]]


def _input(model: Model) -> _Facts:
    if model.plays_go:
        yield "input", "a Go position (darknet go play, gtp, suggest, review)"
        return
    yield "classes", f"{model.names} (darknet classify --names {model.names})"
    yield "preprocess", model.preprocess or "the network's default"


def _published(model: Model) -> _Facts:
    found = model.published
    if found:
        accuracy = f"top-1 {found.top1:.1f} %, top-5 {found.top5:.1f} %"
        yield "published", f"{accuracy}, {found.gflops:g} GFLOPs, {found.megabytes:g} MiB"
        yield "", f"({found.source})"


def _time(shown: Row, engine: str) -> _Facts:
    if shown.milliseconds is not None:
        yield "time here", f"{shown.milliseconds:.1f} ms an input (median; {engine})"


def _weights(file: WeightsFile) -> _Facts:
    yield "file", file.name
    yield "licence", file.licence
    yield "bytes", f"{file.size:,}" if file.size else ""
    yield "sha256", file.sha256 or "not known: the file can only be checked by its size"
    yield from (("source", source) for source in file.sources)


def _shipped(file: Shipped) -> _Facts:
    yield "file", str(file.path)
    yield "licence", file.licence
    yield "bytes", f"{file.size:,}"
    yield "sha256", file.sha256
    yield "trained with", f"{file.data}, {file.date.isoformat()}"
    yield "recipe", f"{file.recipe} (in the source)"


def _imported(file: Import) -> _Facts:
    yield "file", f"{file.file}: {file.origin}"
    yield "licence", file.licence
    yield "bytes", f"{file.size:,}"
    yield "sha256", file.sha256
    means = ", ".join(f"{mean:g}" for mean in file.mean)
    yield "its input", f"{file.order.upper()}, 0..{file.scale:g}, less {means}"
    yield "its classes", file.classes


def _dated(record: Measured | Shipped) -> dict[str, Any]:
    return {**asdict(record), "date": record.date.isoformat()}
