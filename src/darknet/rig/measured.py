"""A machine as ``darknet rig measure`` found it: engines, disks, decoding.

In a rig file it stands under ``[measured]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from .engine_speed import EngineSpeed, positive
from .facts import figure

__all__ = ["DiskSpeed", "Measured"]


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
    """What a machine was found to do. decode: pixels/s of a core. gemm: FLOP/s. bandwidth: bytes/s.

    prepare_seconds, resize_seconds: of a core, for a photograph of 224 x 224 to learn from
    (sampled, mirrored, other colours), and to answer (resized and cropped).
    """

    machine: str
    date: str
    cores: int
    memory_bytes: float
    gemm: float
    bandwidth: float
    decode: float
    prepare_seconds: float
    resize_seconds: float
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
            "resize_milliseconds": 1e3 * self.resize_seconds,
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
        if not isinstance(written, Mapping):
            raise InputError(f"{where}: expected a table")
        try:
            return cls(
                machine=str(written["machine"]),
                date=str(written["date"]),
                cores=int(positive(written["cores"], where)),
                memory_bytes=positive(written["memory_gb"], where) * 2**30,
                gemm=positive(written["gemm_gflops"], where) * 1e9,
                bandwidth=positive(written["bandwidth_gbs"], where) * 1e9,
                decode=positive(written["decode_megapixels_per_s"], where) * 1e6,
                prepare_seconds=figure(written["prepare_milliseconds"], where) / 1e3,
                resize_seconds=figure(written["resize_milliseconds"], where) / 1e3,
                engines=tuple(EngineSpeed.from_dict(e, where) for e in written["engine"]),
                disks=tuple(_disk(d, where) for d in written.get("disk", ())),
                notes=tuple(str(note) for note in written.get("notes", ())),
            )
        except (KeyError, TypeError) as problem:
            raise InputError(f"{where}: {problem} is missing or no table") from None


def _disk(one: Mapping[str, Any], where: str) -> DiskSpeed:
    sequential, random, cached = (
        positive(one[f"{key}_mbs"], where) * 1e6 for key in ("sequential", "random", "cached")
    )
    return DiskSpeed(str(one["folder"]), sequential, random, cached, bool(one["dropped"]))
