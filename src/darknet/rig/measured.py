"""A machine as ``darknet rig measure`` found it: rates of real layers, disks, decoding.

In a rig file it stands under ``[measured]``. An engine's rates are those of single layers of many
sizes, normalization and activation included; a layer of another size takes the rate of those that are
nearest to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any

from ..errors import InputError, printable
from .device import ITEM, SGD_VALUES, Cost, Limit
from .facts import figure
from .work import KINDS, Kind, LayerWork

__all__ = ["DiskSpeed", "EngineSpeed", "Measured", "Rate"]

SPREAD = 1.25
"""A run of a whole network is most often within this factor of what its layers add up to."""
_FEW = 1e-3  # nearer than that is the same


@dataclass(frozen=True, slots=True)
class Rate:
    """FLOP/s of one layer: what it takes in, gives out, and how much of it."""

    kind: Kind
    channels: int
    filters: int
    pixels: int
    flops_per_s: float

    def distance(self, layer: LayerWork) -> float:
        """How unlike a layer is: squared, in doublings of its sizes."""
        pairs = (
            (self.channels, layer.channels),
            (self.filters, layer.filters),
            (self.pixels, layer.pixels),
        )
        return sum(log(max(1, a) / max(1, b), 2) ** 2 for a, b in pairs)


@dataclass(frozen=True)
class EngineSpeed:
    """An engine on a machine, for training or for answering: a `Device`.

    bandwidth: bytes/s that a pass over the values reaches; launch_seconds: of an operation.
    """

    engine: str
    precision: str
    training: bool
    rates: tuple[Rate, ...]
    bandwidth: float
    launch_seconds: float
    memory_bytes: float | None = None

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.engine}, {self.precision}, measured"

    @property
    def spread(self) -> float:
        """Of a measured machine."""
        return SPREAD

    @property
    def peak(self) -> float:
        """The highest rate of any layer."""
        return max(rate.flops_per_s for rate in self.rates)

    def folded(self, training: bool) -> bool:
        """Always: the rates have normalization and activation in them."""
        return True

    def costs(self, layer: LayerWork, batch: int, training: bool) -> tuple[Cost, ...]:
        """One for a layer with weights; one for every pass of another."""
        operations = layer.operations(training)
        if not layer.flops(training):
            return tuple(
                self._cost(o.place, 0, o.values * batch * ITEM["f32"], None) for o in operations
            )
        moved = sum(o.values * batch + o.weights for o in operations) * ITEM["f32"]
        flops = layer.flops(training) * batch
        return (self._cost("compute", flops, moved, self.rate(layer)),)

    def _cost(self, place: str, flops: float, moved: float, rate: float | None) -> Cost:
        taken: dict[Limit, float] = {
            "memory bandwidth": 0.0 if rate else moved / self.bandwidth,
            "arithmetic": flops / rate if rate else 0.0,
            "launching": self.launch_seconds,
        }
        limit = max(taken, key=lambda one: taken[one])
        return Cost(place, taken[limit], limit, flops, moved)

    def rate(self, layer: LayerWork) -> float:
        """FLOP/s for a layer: of its kind, those nearest count most (of none, all kinds)."""
        same = [rate for rate in self.rates if rate.kind == layer.kind] or list(self.rates)
        weighed = [(1 / (rate.distance(layer) + _FEW) ** 2, rate.flops_per_s) for rate in same]
        total = sum(weight for weight, _ in weighed)
        return exp(sum(weight * log(speed) for weight, speed in weighed) / total)

    def step_seconds(self, parameters: int) -> float:
        """The weights, gradients and momenta pass through the memory."""
        return parameters * SGD_VALUES * ITEM["f32"] / self.bandwidth

    def to_dict(self) -> dict[str, Any]:
        """As in a rig file."""
        return {
            "engine": self.engine,
            "precision": self.precision,
            "use": "training" if self.training else "inference",
            "bandwidth_gbs": self.bandwidth / 1e9,
            "launch_microseconds": 1e6 * self.launch_seconds,
            "rates": [
                {
                    "kind": rate.kind,
                    "channels": rate.channels,
                    "filters": rate.filters,
                    "pixels": rate.pixels,
                    "gflops": rate.flops_per_s / 1e9,
                }
                for rate in self.rates
            ],
        }

    @classmethod
    def from_dict(cls, written: Mapping[str, Any], where: str) -> EngineSpeed:
        """From a rig file; InputError for what is none."""
        try:
            rates = tuple(_rate(one, where) for one in written["rates"])
            use = written["use"]
            if use not in ("training", "inference") or not rates:
                raise InputError(f"{where}: engine: expected use = training or inference, rates")
            return cls(
                engine=str(written["engine"]),
                precision=str(written["precision"]),
                training=use == "training",
                rates=rates,
                bandwidth=_positive(written["bandwidth_gbs"], where) * 1e9,
                launch_seconds=figure(written["launch_microseconds"], where) / 1e6,
            )
        except (KeyError, TypeError) as problem:
            raise InputError(f"{where}: engine: {problem} is missing or no table") from None


def _rate(one: Mapping[str, Any], where: str) -> Rate:
    kind = one["kind"]
    if kind not in KINDS:
        raise InputError(f"{where}: kind {printable(str(kind))}: expected {', '.join(KINDS)}")
    sizes = [int(figure(one[key], where)) for key in ("channels", "filters", "pixels")]
    return Rate(kind, *sizes, _positive(one["gflops"], where) * 1e9)


def _positive(value: object, where: str) -> float:
    found = figure(value, where)
    if not found:
        raise InputError(f"{where}: a rate of 0; expected more")
    return found


@dataclass(frozen=True, slots=True)
class DiskSpeed:
    """Bytes/s of a folder's disk: in order, file by file at random, and from memory.

    `cached` is what was read again: the system keeps files in its page cache. `dropped`: whether
    the cache could be bypassed for the other two (else they may come from it).
    """

    folder: str
    sequential: float
    random: float
    cached: float
    dropped: bool


@dataclass(frozen=True)
class Measured:
    """What a machine was found to do. decode: pixels/s of a core; prepare_seconds: of a core, for

    a photograph of 224 x 224 (sampled, mirrored, colours). gemm: FLOP/s; bandwidth: bytes/s.
    """

    machine: str
    date: str
    cores: int
    memory_bytes: float
    gemm: float
    bandwidth: float
    decode: float
    prepare_seconds: float
    engines: tuple[EngineSpeed, ...]
    disks: tuple[DiskSpeed, ...] = ()
    notes: tuple[str, ...] = ()

    def engine(self, training: bool, name: str | None = None) -> EngineSpeed:
        """The engine for training, or for answering; InputError where it was not measured."""
        fitting = [
            engine
            for engine in self.engines
            if engine.training == training
            and (engine.engine == name or (name is None and "GPU" not in engine.engine))
        ]
        if not fitting:
            use = "training" if training else "inference"
            raise InputError(
                f"{self.machine}: no engine was measured for {use}"
                f"{f' ({name})' if name else ''}; darknet rig measure does (training needs torch)"
            )
        return fitting[0]

    def to_dict(self) -> dict[str, Any]:
        """As in a rig file."""
        return {
            "machine": self.machine,
            "date": self.date,
            "cores": self.cores,
            "memory_gb": self.memory_bytes / 2**30,
            "gemm_gflops": self.gemm / 1e9,
            "bandwidth_gbs": self.bandwidth / 1e9,
            "decode_megapixels_per_s": self.decode / 1e6,
            "prepare_milliseconds": 1e3 * self.prepare_seconds,
            "notes": list(self.notes),
            "engine": [engine.to_dict() for engine in self.engines],
            "disk": [
                {
                    "folder": disk.folder,
                    "sequential_mbs": disk.sequential / 1e6,
                    "random_mbs": disk.random / 1e6,
                    "cached_mbs": disk.cached / 1e6,
                    "dropped": disk.dropped,
                }
                for disk in self.disks
            ],
        }

    @classmethod
    def from_dict(cls, written: Mapping[str, Any], where: str) -> Measured:
        """From a rig file's ``[measured]``; InputError for what is none."""
        where = f"{where}: [measured]"
        try:
            return cls(
                machine=str(written["machine"]),
                date=str(written["date"]),
                cores=int(_positive(written["cores"], where)),
                memory_bytes=_positive(written["memory_gb"], where) * 2**30,
                gemm=_positive(written["gemm_gflops"], where) * 1e9,
                bandwidth=_positive(written["bandwidth_gbs"], where) * 1e9,
                decode=_positive(written["decode_megapixels_per_s"], where) * 1e6,
                prepare_seconds=figure(written["prepare_milliseconds"], where) / 1e3,
                engines=tuple(EngineSpeed.from_dict(e, where) for e in written["engine"]),
                disks=tuple(_disk(d, where) for d in written.get("disk", ())),
                notes=tuple(str(note) for note in written.get("notes", ())),
            )
        except (KeyError, TypeError) as problem:
            raise InputError(f"{where}: {problem} is missing or no table") from None


def _disk(one: Mapping[str, Any], where: str) -> DiskSpeed:
    speeds = [_positive(one[f"{key}_mbs"], where) * 1e6 for key in _SPEEDS]
    return DiskSpeed(str(one["folder"]), *speeds, bool(one["dropped"]))


_SPEEDS: Sequence[str] = ("sequential", "random", "cached")
