"""Training on more than one device or machine: one process each, as `torchrun` starts them.

Every process has the whole network, takes its share of every batch, and adds its gradients to the
others' (torch's DistributedDataParallel: gloo between CPUs, nccl between GPUs). ``batch`` in the
cfg is what one process takes: two processes train as one with the double batch does, whose two
halves are normalized apart (subdivisions=2), or together with `synchronized`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
import torch.distributed
from torch.nn.parallel import DistributedDataParallel

from ..errors import EngineError, InputError

__all__ = ["Process", "joined", "relaunch"]


@dataclass(frozen=True, slots=True)
class Process:
    """One of `world` processes, `rank` from 0, on its device."""

    rank: int = 0
    world: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def is_main(self) -> bool:
        """True for the one that writes files and speaks."""
        return self.rank == 0

    def wrap(self, module: torch.nn.Module) -> torch.nn.Module:
        """The module with gradients added up over processes; itself where there is one."""
        if self.world == 1:
            return module
        ids = [self.device.index] if self.device.type == "cuda" else None
        return DistributedDataParallel(module, device_ids=ids)

    def mean(self, value: float) -> float:
        """The mean of a number over processes."""
        if self.world == 1:
            return value
        total = torch.tensor([value], dtype=torch.float64, device=self.device)
        torch.distributed.all_reduce(total)
        return float(total) / self.world

    def wait(self) -> None:
        """Until all processes are here."""
        if self.world > 1:
            torch.distributed.barrier()


@contextmanager
def joined(gpus: tuple[int, ...] = ()) -> Iterator[Process]:
    """The process that this is among those that torchrun started; or it is alone.

    `gpus`: the CUDA devices to use, one a process; none: all that are there, else the CPU. Raises
    EngineError where the others cannot be reached, InputError for a GPU that is not there.
    """
    world, local = _number("WORLD_SIZE", 1), _number("LOCAL_RANK", 0)
    device = _device(gpus, local)
    if world == 1:
        yield Process(device=device)
        return
    try:
        torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    except (RuntimeError, ValueError) as problem:
        first = str(problem).splitlines()[0]
        raise EngineError(f"the other processes cannot be reached: {first}") from None
    try:
        yield Process(torch.distributed.get_rank(), world, device)
    finally:
        torch.distributed.destroy_process_group()


def relaunch(count: int) -> int:
    """The same command again, in `count` processes of torchrun's; its exit code."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += [f"--nproc-per-node={count}", "-m", "darknet", *sys.argv[1:]]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own words again


def _number(name: str, default: int) -> int:
    given = os.environ.get(name, "")
    if given and not given.isdigit():
        raise InputError(f"{name}={given}: expected a number, as torchrun sets it")
    return int(given or default)


def _device(gpus: tuple[int, ...], local: int) -> torch.device:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not count:
        return torch.device("cpu")
    chosen = gpus or tuple(range(count))
    missing = [gpu for gpu in chosen if gpu >= count]
    if missing or local >= len(chosen):
        raise InputError(
            f"GPU {missing[0] if missing else chosen}: this machine has {count}; expected numbers "
            f"from 0 to {count - 1}, one for every process"
        )
    device = torch.device("cuda", chosen[local])
    torch.cuda.set_device(device)
    return device
