"""``darknet rig measure``: this machine in about half a minute, as a rig file."""

from __future__ import annotations

import contextlib
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..system import free_bytes
from .engine_speed import EngineSpeed
from .measure_compute import answering, gemm_flops_per_s, memory_bytes_per_s, training
from .measure_files import decoding, disk_speed
from .measured import Measured
from .probes import FEW, PROBES

__all__ = ["Measurement", "rig_of", "to_toml"]

ENGINES = ("openvino", "onnxruntime", "torch")
_STEPS = 2 * len(PROBES) + 2 * len(FEW) + 10
_DISK_BYTES = 192 * 2**20


class Measurement:
    """One measurement. Iterate over `run`, which says what it is at; then ask for `result`.

    folder: whose disk is measured. seconds: about how long it may take. threads: 0 is every core.
    """

    def __init__(self, folder: str = ".", seconds: float = 30, threads: int = 0) -> None:
        self._folder, self._threads = folder, threads
        self._each = 0.8 * seconds / _STEPS
        self._size = int(min(_DISK_BYTES, seconds / 30 * _DISK_BYTES))
        self.engines: list[EngineSpeed] = []
        self._found: dict[str, Any] = {}
        self._notes: list[str] = []

    def __len__(self) -> int:
        """About how many steps there are."""
        return _STEPS

    def run(self) -> Iterator[str]:
        """Measure; what is being measured, before each step."""
        started = time.perf_counter()
        yield "matrix products"
        self._found["gemm"] = gemm_flops_per_s(self._each)
        yield "memory"
        self._found["bandwidth"] = memory_bytes_per_s(self._each, self._threads or _cores())
        yield "decoding"
        decode, prepare, resize = decoding(self._each)
        self._found |= {"decode": decode, "prepare_seconds": prepare, "resize_seconds": resize}
        yield "disk"
        disk = disk_speed(self._folder, max(self._size, 4 * 2**20))
        self._found["disks"] = (disk,)
        if not disk.dropped:
            self._notes.append("the page cache could not be dropped: disk reads may be from it")
        for engine in ENGINES:
            yield from self._keep(answering(engine, self._threads, self._each))
        yield from self._keep(training("cpu", self._threads, self._each))
        if _has_gpu():
            yield from self._keep(training("cuda", self._threads, self._each))
        if not any(engine.training for engine in self.engines):
            self._notes.append("torch is not installed: training was not measured")
        self._notes.append(f"measured in {time.perf_counter() - started:.0f} s")

    def _keep(self, steps: Iterator[str | EngineSpeed]) -> Iterator[str]:
        for step in steps:
            if isinstance(step, EngineSpeed):
                self.engines.append(step)
            else:
                yield step

    def result(self) -> Measured:
        """What was found, once `run` has come to its end."""
        return Measured(
            machine=_processor(),
            date=time.strftime("%Y-%m-%d"),
            cores=_cores(),
            memory_bytes=float(_memory()),
            engines=tuple(self.engines),
            notes=tuple(self._notes),
            **self._found,
        )


def rig_of(measured: Measured) -> dict[str, Any]:
    """A rig file's content: what was measured, and the cards that there are."""
    return {"name": measured.machine, **_gpus(), "measured": measured.to_dict()}


def _gpus() -> dict[str, Any]:
    if not _has_gpu():
        return {}
    import torch

    from ..errors import InputError
    from .catalogue import find_gpu

    groups: dict[str, dict[str, Any]] = {}
    for number in range(torch.cuda.device_count()):
        name = torch.cuda.get_device_name(number)
        with contextlib.suppress(InputError):
            name = find_gpu(name.removeprefix("NVIDIA ").removeprefix("GeForce ")).name
        size = torch.cuda.get_device_properties(number).total_memory / 2**30
        group = groups.setdefault(name, {"name": name, "count": 0})
        group["count"] += 1
        if name == torch.cuda.get_device_name(number):  # not in the catalogue
            group["memory_gb"] = size
    return {"gpus": list(groups.values())}


def _has_gpu() -> bool:
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


def _cores() -> int:
    """That this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> int:
    """Installed, or what is free where the system does not say."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return free_bytes() or 2**31


def _processor() -> str:
    """The processor's name, as the system has it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine() or "a machine"


def to_toml(content: dict[str, Any], comment: str) -> str:
    """TOML of tables, lists of tables, strings, numbers and flags."""
    lines = [f"# {line}" for line in comment.splitlines()]
    _write(content, "", lines)
    return "\n".join(lines) + "\n"


def _write(table: dict[str, Any], path: str, lines: list[str]) -> None:
    plain = {key: value for key, value in table.items() if not _is_table(value)}
    lines += [f"{key} = {_text(value)}" for key, value in plain.items()]
    for key, value in table.items():
        where = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            lines += ["", f"[{where}]"]
            _write(value, where, lines)
        elif _is_table(value):
            for one in value:
                lines += ["", f"[[{where}]]"]
                _write(one, where, lines)


def _is_table(value: object) -> bool:
    """True for a table, and for a list of tables that stand on their own."""
    if isinstance(value, dict):
        return True
    is_list = isinstance(value, list) and bool(value) and isinstance(value[0], dict)
    return is_list and "kind" not in value[0]  # type: ignore[index]


def _text(value: object) -> str:
    import json

    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.5g}" if value == value else "0"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_text(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        rows = [_text(item) for item in value]
        if rows and isinstance(value[0], dict):
            return "[\n    " + ",\n    ".join(rows) + ",\n]"
        return "[" + ", ".join(rows) + "]"
    return json.dumps(value) if isinstance(value, str) else str(value)
