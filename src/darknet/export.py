"""A network and its weights as a file for other programs: ONNX, OpenVINO IR, safetensors.

    .onnx          onnx.ai, opset 17; needs the libraries onnx and onnxruntime
    .xml           OpenVINO IR, with its weights in a .bin beside it
    .safetensors   the arrays alone, as the .weights file has them; needs the library safetensors

A file is written beside its place, read back by the program that it is for, compared with the
numpy oracle, and only then moved to its place: what is there has been compared, or is what was
there before.
"""

from __future__ import annotations

import html
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from .errors import InputError, did_you_mean, printable
from .files import refuse_inputs, staged
from .fold import fold_batch_norm, foldable_layers
from .formats import SUFFIXES, WRITERS, Batch, Job
from .network import Network
from .parity import Parity, check_comparable
from .preprocess import checked_method
from .weights import Weights

__all__ = ["SUFFIXES", "Exported", "export"]

MAX_BATCH = 65_536
_ARRAYS = ".safetensors"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and how it compares.

    `files` are the paths (an IR is two), `bytes` their size together. `opset` is that of the
    operations, 0 where there are none; `batch` the number of inputs, "free" for any, None for
    arrays alone. `folded`: batch normalization is in the weights. `half`: filters are stored in
    half precision. `parity` is None where nothing was compared; safetensors are compared bit for
    bit, which `identical` says. `seconds` is all of it.
    """

    path: str
    format: str
    files: tuple[str, ...]
    bytes: int
    opset: int
    batch: Batch | None
    folded: bool
    half: bool
    parity: Parity | None
    identical: bool
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """The fields, for JSON (docs/json.md)."""
        parity = self.parity.to_dict() if self.parity else None
        return {**asdict(self), "files": list(self.files), "parity": parity}

    def rows(self) -> list[tuple[str, str]]:
        """(what, value) pairs, for a person."""
        compared = "no (not asked for)"
        if self.parity is not None:
            compared = str(self.parity)
        elif self.identical:
            compared = "read back, every bit the same"
        facts = [f"opset {self.opset}"] if self.opset else []
        facts += [f"batch {self.batch}"] if self.batch is not None else []
        facts += ["batch normalization folded"] if self.folded else []
        facts += ["filters in half precision"] if self.half else []
        return [
            ("format", ", ".join([self.format, *facts])),
            ("files", f"{', '.join(self.files)} ({self.bytes:,} bytes)"),
            ("compared", compared),
            ("seconds", f"{self.seconds:.2f}"),
        ]

    def __str__(self) -> str:
        return "\n".join(f"{what:9s} {value}" for what, value in self.rows())

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{what}</th>"
            f"<td style='text-align:left'>{html.escape(value)}</td></tr>"
            for what, value in self.rows()
        )
        return f"<table>{rows}</table>"


def export(
    network: Network,
    weights: Weights,
    path: str | os.PathLike[str],
    *,
    batch: Batch | None = None,
    fold: bool | None = None,
    half: bool = False,
    check: bool = True,
    names: Sequence[str] | None = None,
    preprocess: str | None = None,
    inputs: Sequence[str | os.PathLike[str]] = (),
    producer: tuple[str, str] = ("darknet-python", ""),
) -> Exported:
    """Write the network to `path`, whose ending (SUFFIXES) says in which form.

    batch: how many inputs at once, or "free" for any number; None is free for ONNX and 1 for IR,
    which is faster where the number is known.
    fold: put batch normalization into the weights; None does so for ONNX and IR.
    half: store filters in half precision (the file is half as large; arithmetic stays float32).
    check: run the file with ONNX Runtime or OpenVINO and compare with numpy; read safetensors back.
    names: the classes, stored in the file. preprocess: as in `darknet.preprocess`, likewise.
    inputs: files that must not be overwritten. producer: the writing program and its version.

    Raises InputError for a path or option that does not fit, EngineError where a library is
    missing or the answers differ beyond the tolerance; nothing is written then.
    """
    start = time.perf_counter()
    target = Path(path)
    kind = _suffix(target)
    weights.check(network)
    _check_options(kind, batch, fold, half)
    targets = _targets(target, kind, inputs)
    job = Job(
        network,
        weights,
        (network, weights) if fold is False else fold_batch_norm(network, weights),
        batch or ("free" if kind == ".onnx" else 1),
        half,
        check,
        _facts(network, names, preprocess),
        producer,
    )
    return replace(_written(job, kind, targets), seconds=time.perf_counter() - start)


def _written(job: Job, kind: str, targets: Sequence[Path]) -> Exported:
    """Write, compare, move; the seconds are the caller's to say."""
    arrays_alone = kind == _ARRAYS
    if job.check and not arrays_alone:
        check_comparable(job.network, job.weights, job.count)
    with staged(*targets) as places:
        parity, opset = WRITERS[kind](job, places[0])
        if parity is not None and parity.saturated and parity.layer:
            parity = _before_softmax(job, kind, places[0], parity)
        size = sum(place.stat().st_size for place in places)
    is_folded = not arrays_alone and job.folded[0] is not job.network
    return Exported(
        path=str(targets[0]),
        format=SUFFIXES[kind],
        files=tuple(map(str, targets)),
        bytes=size,
        opset=opset,
        batch=None if arrays_alone else job.batch,
        folded=is_folded and bool(foldable_layers(job.network)),
        half=job.half,
        parity=parity,
        identical=job.check and arrays_alone,
        seconds=0,
    )


def _before_softmax(job: Job, kind: str, place: Path, answer: Parity) -> Parity:
    """The comparison of what goes into a softmax that hides it, if that differs by more.

    The network is written once more without its end, to a file that is thrown away.
    """
    (network, weights), end = job.folded, answer.layer
    cut = replace(
        job,
        network=replace(job.network, nodes=job.network.nodes[:end]),
        folded=(replace(network, nodes=network.nodes[:end]), weights),
    )
    inner, _ = WRITERS[kind](cut, place.with_name(f"cut{kind}"))
    if inner is None or inner.relative < answer.relative:
        return answer
    return replace(inner, saturated=True)


def _suffix(target: Path) -> str:
    kind = target.suffix.lower()
    if kind not in SUFFIXES:
        raise InputError(
            f"{printable(str(target), 200)}: expected a name that ends in "
            f"{', '.join(SUFFIXES)}{did_you_mean(kind, SUFFIXES) if kind else ''}"
        )
    return kind


def _check_options(kind: str, batch: Batch | None, fold: bool | None, half: bool) -> None:
    if batch not in (None, "free") and not (
        isinstance(batch, int) and not isinstance(batch, bool) and 1 <= batch <= MAX_BATCH
    ):
        raise InputError(
            f"batch={printable(str(batch))}: expected a number from 1 to {MAX_BATCH:,}, or free"
        )
    if kind == _ARRAYS and (batch or fold or half):
        word = "batch" if batch else "fold" if fold else "half"
        raise InputError(
            f"{word}: a .safetensors file has the arrays of the .weights file and nothing else "
            "(darknet denormalize folds batch normalization)"
        )


def _targets(target: Path, kind: str, inputs: Sequence[str | os.PathLike[str]]) -> tuple[Path, ...]:
    """The files to write; InputError where one of them is an input, or nobody named it."""
    targets = (target, target.with_suffix(".bin")) if kind == ".xml" else (target,)
    label = printable(str(target), 200)
    if not target.parent.is_dir():
        raise InputError(f"{label}: no folder {printable(str(target.parent), 200)}")
    for file in targets:
        refuse_inputs(file, inputs, "choose another name")
    if len(targets) > 1 and targets[1].exists() and not target.exists():
        raise InputError(
            f"{label}: its weights would overwrite {printable(str(targets[1]), 200)}, which "
            "belongs to no earlier export: choose another name"
        )
    return targets


_METHODS = {
    "crop": "shorter side to the network's (bilinear, corners aligned), then the middle",
    "square": "the middle square, then to the network's size (bilinear, corners aligned)",
    "letterbox": "fitted inside (bilinear, corners aligned), 0.5 around",
    "area": "shorter side to the network's (means of the pixels in each), then the middle",
}


def _facts(network: Network, names: Sequence[str] | None, preprocess: str | None) -> dict[str, str]:
    """What a program needs to know that the graph does not say."""
    import json

    facts = {
        "cfg": printable(os.path.basename(network.cfg.label), 200),
        "fork": network.fork,
    }
    if network.input.is_vector:
        facts["input"] = "numbers, batch x inputs x 1 x 1"
    elif network.input.channels == 3:
        method = checked_method(preprocess, network)
        method = "crop" if method == "whole" else method  # the file's size is fixed
        facts["input"] = "RGB, 0..1, NCHW"
        facts["preprocess"] = f"{method}: {_METHODS[method]}"
    else:
        facts["input"] = "NCHW"
    if names is not None:
        facts["names"] = json.dumps([printable(name, 1000) for name in names])
    return facts
