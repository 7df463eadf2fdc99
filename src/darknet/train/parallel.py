"""Training on more than one device or machine: one process each, as `torchrun` starts them.

Every process has the whole network, takes its share of every batch, and adds its gradients to the
others' (torch's DistributedDataParallel: gloo between CPUs, nccl between GPUs). ``batch`` in the
cfg is what one process takes: two processes train as one with the double batch does, whose two
halves are normalized apart (subdivisions=2), or together with `synchronized`.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed
from torch.nn.parallel import DistributedDataParallel

from ..errors import EngineError, InputError
from ..system import available_bytes
from .photographs import SHARE

__all__ = ["Process", "joined", "relaunch"]

T = TypeVar("T")
PATIENCE = timedelta(days=1)  # one process validates while the others wait


@dataclass(frozen=True, slots=True)
class Process:
    """One of `world` processes, `rank` from 0, on its device; `local` of them on this machine.

    `first_here`: the first one of this machine, which says what goes wrong on it.
    """

    rank: int = 0
    world: int = 1
    local: int = 1
    first_here: bool = True
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def is_main(self) -> bool:
        """True for the one that writes files and speaks."""
        return self.rank == 0

    def wrap(self, module: torch.nn.Module) -> torch.nn.Module:
        """The module with gradients added up over processes; itself where there is one."""
        if self.world == 1:
            return module
        # Filters of 1 x 1 have two orders that are one; torch remarks on it in every process.
        warnings.filterwarnings("ignore", "Grad strides do not match bucket view strides")
        ids = [self.device.index] if self.device.type == "cuda" else None
        return DistributedDataParallel(module, device_ids=ids)

    def agree(self, loss: float, stop: bool) -> tuple[float, bool]:
        """The mean loss over processes, and whether any of them was asked to stop."""
        if self.world == 1:
            return loss, stop
        both = torch.tensor([loss, float(stop)], dtype=torch.float64, device=self.device)
        torch.distributed.all_reduce(both)
        return float(both[0]) / self.world, bool(both[1] > 0)

    def from_main(self, make: Callable[[], T]) -> T:
        """What the main process makes, in all of them: its files need not be on every machine."""
        if self.world == 1:
            return make()
        made: list[Any] = [make() if self.is_main else None]
        torch.distributed.broadcast_object_list(made, src=0, device=self.device)
        found: T = made[0]
        return found

    def threads(self) -> int:
        """Threads to make batches with: this process's share of the machine's cores."""
        return max(1, (os.cpu_count() or 1) // self.local)

    def cache_bytes(self) -> int:
        """Memory for decoded photographs: this process's share of a quarter of what is free."""
        return available_bytes() // SHARE // self.local

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
    world, here = _number("WORLD_SIZE", 1), _number("LOCAL_RANK", 0)
    device = _device(gpus, here)
    if world == 1:
        yield Process(device=device)
        return
    try:
        backend = "nccl" if device.type == "cuda" else "gloo"
        torch.distributed.init_process_group(backend, timeout=PATIENCE)
    except (RuntimeError, ValueError) as problem:
        first = str(problem).splitlines()[0]
        raise EngineError(f"the other processes cannot be reached: {first}") from None
    try:
        local = _number("LOCAL_WORLD_SIZE", world)
        yield Process(torch.distributed.get_rank(), world, local, here == 0, device)
    finally:
        torch.distributed.destroy_process_group()


def relaunch(count: int, words: Sequence[str]) -> int:
    """The same command (`words`) in `count` processes, as torchrun has them; the exit code.

    That of the process which failed first, who says why; torchrun's own account of it is left away.
    """
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import parse_args, run

    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    share = max(1, (os.cpu_count() or 1) // count)
    os.environ.setdefault("OMP_NUM_THREADS", str(share))  # torchrun would say, and take, 1
    own = ["--standalone", f"--nproc-per-node={count}", "-m", "darknet", *words]
    try:
        run(parse_args(own))  # type: ignore[no-untyped-call]
    except ChildFailedError as failed:
        code = failed.get_first_failure()[1].exitcode
        return code if code > 0 else 128 - code  # a signal, as a shell tells it
    except SignalException as ended:
        return 128 + int(ended.sigval)
    return 0


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
