"""The memory of a run: predicted before it starts, and compared with what it took.

What the values need is counted by going through the network forward and backward with sizes in
place of tensors (`darknet.interp.sizes`). The rest is arithmetic, and two numbers that were
measured (benchmarks/memory.py): what libraries take at their first use, and how much more the
allocator holds than is in use.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from ..errors import InputError
from ..interp.sizes import peak_of
from ..network import Network
from ..system import free_bytes, peak_bytes
from .plan import Plan

__all__ = ["Memory", "Usage", "available", "check", "predict", "size_text"]

_FLOAT = 4
LIBRARIES = 110 * 2**20
"""Bytes that torch takes for the first steps, whatever the network: measured on Linux."""
SLACK = 0.35
"""What the C library's allocator holds beside values in use, as a share of them: measured.

Blocks of many sizes come and go, do not fill each other's places, and are kept (`allocator`).
"""
CUDA_SLACK = 0.1
"""The same of torch's own allocator for GPUs, with cuDNN's workspace: 0.0 to 0.1 on an H200."""
AHEAD = 3  # batches that the loader makes before they are asked for


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What one process of a run needs at the most, in bytes.

    part: photographs computed at once. parameters: the weights. teacher: those of the network whose
    answers are learned. gradients, optimizer (momentum or Adam's two averages), average (the
    averaged weights): of those that learn. values: what a part has alive at the most, for the
    backward pass above all. workspace: what the allocator holds beside. batches: of photographs,
    made ahead. cache: what is kept of the data, as decoded photographs. libraries: code.
    """

    part: int
    parameters: int
    teacher: int
    gradients: int
    optimizer: int
    average: int
    values: int
    workspace: int
    batches: int
    cache: int
    libraries: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(size for _, size in self.items())

    def items(self) -> list[tuple[str, int]]:
        """(what, bytes), without `part`."""
        return [(f.name, getattr(self, f.name)) for f in fields(self) if f.name != "part"]

    def to_dict(self) -> dict[str, Any]:
        """For JSON (docs/json.md)."""
        return {"part": self.part, **dict(self.items()), "total": self.total}

    def __str__(self) -> str:
        """``about 884 MiB: 611 MiB values of 16 inputs, 155 MiB workspace, ...``."""
        named = {"values": f"values of {self.part:,} inputs", "cache": "data that is kept"}
        words = [
            f"{size_text(size)} {named.get(what, what)}"
            for what, size in sorted(self.items(), key=lambda item: -item[1])
            if size > 0.02 * self.total
        ]
        return f"about {size_text(self.total)}: {', '.join(words)}"


def predict(
    plan: Plan,
    *,
    subdivisions: int | None = None,
    cache_bytes: int = 0,
    device: str = "cpu",
    processes: int = 1,
) -> Memory:
    """What a run needs, with the cfg's subdivisions or others.

    cache_bytes: of decoded photographs. device: "cpu" or "cuda", whose memory is meant: a GPU has
    neither cache nor libraries in it.
    """
    from .losses import Loss  # brings torch

    net, network = plan.net, plan.network
    subdivisions = subdivisions or net.subdivisions
    part = net.batch // subdivisions
    cuda = device.startswith("cuda")
    every = _of_weights(network)
    learning, largest = _learning(network, plan.frozen)
    peak = peak_of(
        network, Loss.of(network).before[0], part,
        frozen=plan.frozen, item=2 if plan.bf16 else _FLOAT, alone=subdivisions == 1,
    )  # fmt: skip
    # A step of the optimizer comes after the values are gone; it has copies of one array's size.
    step = max(peak.most + (learning if subdivisions > 1 else 0), learning + 2 * largest)
    teacher, answering = _teaching(plan, part, copies=1 if cuda else 2)
    # In bf16 a processor's kernels take blocks that the teacher's do not leave free: measured.
    beside = plan.bf16 and not cuda
    values = step - learning + answering if beside else max(step - learning, answering)
    image = _FLOAT * network.input.size * net.batch
    return Memory(
        part=part,
        parameters=every + (every // 2 if plan.bf16 else 0),  # autocast keeps copies
        teacher=teacher,
        gradients=learning * (2 if processes > 1 else 1),  # they travel in copies
        optimizer=learning * _averages(plan),
        average=every if net.ema_alpha else 0,
        values=values,
        workspace=round(values * (CUDA_SLACK if cuda else SLACK)),
        batches=image if cuda else image * (AHEAD + 2),
        cache=0 if cuda else cache_bytes,
        libraries=0 if cuda else LIBRARIES,
    )


def _of_weights(network: Network) -> int:
    return _FLOAT * sum(spec.size for node in network.nodes for spec in node.weights)


def _teaching(plan: Plan, part: int, *, copies: int) -> tuple[int, int]:
    """Bytes of a teacher's weights, and of its values, which are gone before one's own come.

    copies: of the weights; as they were read, and as torch has them.
    """
    from .losses import Loss

    if plan.teacher is None:
        return 0, 0
    network = plan.teacher.network
    every = len(network.nodes)  # no layer of it learns
    return copies * _of_weights(network), peak_of(
        network, Loss.of(network).before[0], part, frozen=every, item=2 if plan.bf16 else _FLOAT
    ).most


def _learning(network: Network, frozen: int) -> tuple[int, int]:
    """Bytes of the arrays that get gradients, and of the largest one."""
    sizes = [
        _FLOAT * spec.size
        for node in network.nodes[frozen:]
        for spec in node.weights
        if spec.role not in ("mean", "variance")
    ]
    return sum(sizes), max(sizes, default=0)


def _averages(plan: Plan) -> int:
    """How many averages of the gradients the optimizer keeps."""
    net = plan.net
    if net.adam or net.optimizer in ("adam", "adamw"):
        return 2
    return 1 if net.momentum else 0


def available(device: str = "cpu") -> int | None:
    """Bytes that are free on the device; None where that is not known."""
    if not device.startswith("cuda"):
        return free_bytes()
    import torch

    return int(torch.cuda.mem_get_info(torch.device(device))[0])


def check(
    plan: Plan,
    *,
    free: int | None,
    cache_bytes: int = 0,
    device: str = "cpu",
    processes: int = 1,
) -> Memory:
    """The prediction, where that fits into `free` bytes (None: not known, and all fits).

    processes: of this run on this machine, which share it (each GPU has its own memory). Raises
    InputError with the smallest number of subdivisions that fits, where it does not.
    """
    sharing = 1 if device.startswith("cuda") else processes

    def needed(subdivisions: int) -> Memory:
        return predict(
            plan, subdivisions=subdivisions, cache_bytes=cache_bytes, device=device,
            processes=processes,
        )  # fmt: skip

    net = plan.net
    found = needed(net.subdivisions)
    if free is None or found.total * sharing <= free:
        return found
    raise InputError(_refusal(plan, found, [needed(n) for n in _more(net.batch, net.subdivisions)],
                              free, sharing))  # fmt: skip


def _more(batch: int, subdivisions: int) -> list[int]:
    """Larger numbers of parts that divide a batch evenly."""
    return [n for n in range(subdivisions + 1, batch + 1) if batch % n == 0]


def _refusal(plan: Plan, found: Memory, smaller: list[Memory], free: int, sharing: int) -> str:
    net, label = plan.net, plan.network.cfg.label
    many = f" in each of {sharing} processes" if sharing > 1 else ""
    said = (
        f"{label}: training with batch={net.batch} subdivisions={net.subdivisions} needs about "
        f"{size_text(found.total)}{many}, and {size_text(free)} are free"
    )
    for one in smaller:
        if one.total * sharing <= free:
            return f"{said}: --subdivisions {net.batch // one.part} needs {size_text(one.total)}"
    least = smaller[-1] if smaller else found
    return f"{said}; even one input at a time needs {size_text(least.total)}"


class Usage:
    """What this process has taken since `Usage()` was made: the most at once."""

    def __init__(self, device: str = "cpu") -> None:
        self._device = device
        self._before = peak_bytes()
        if device.startswith("cuda"):
            import torch

            torch.cuda.reset_peak_memory_stats(torch.device(device))

    def bytes(self) -> int | None:
        """In bytes; None where the system does not say."""
        if self._device.startswith("cuda"):
            import torch

            return int(torch.cuda.max_memory_allocated(torch.device(self._device)))
        now = peak_bytes()
        return None if now is None or self._before is None else now - self._before


def size_text(size: int) -> str:
    """``884 MiB``, ``1.23 GiB``."""
    return f"{size / 2**30:,.3g} GiB" if size >= 2**30 else f"{size / 2**20:,.0f} MiB"
