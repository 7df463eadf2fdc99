"""Whether bfloat16 pays: the instructions alone do not say.

With them Zen 4 convolves twice as fast as in float32, Sapphire Rapids with its tiles many times as
fast, and half as fast where a virtual machine hides the tiles. So it is measured, once.
"""

from __future__ import annotations

import time
from typing import Literal

import torch

from .parallel import Process

__all__ = ["computes_in_bf16", "pays"]

Precision = Literal["auto", "f32", "bf16"]
BATCH, CHANNELS, SIDE = 16, 64, 16  # a convolution of 3 x 3 in the middle of a small network
TRIES = 5  # the best of so many: a cold cache only ever adds to a time


def computes_in_bf16(precision: Precision, process: Process, before: bool | None = None) -> bool:
    """Whether a run computes in bfloat16; all processes do what suits the first one.

    "auto": as the run did `before` it was resumed, else where it is the faster one.
    """
    if precision != "auto":
        return precision == "bf16"
    return process.from_main(lambda: pays(process.device)) if before is None else before


def pays(device: torch.device) -> bool:
    """Whether `device` computes faster in bfloat16 than in float32; takes some 50 ms on a CPU."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # torch's own, not public
    if not any(getattr(torch.cpu, name, lambda: False)() for name in asked):
        return False  # emulated: many times slower
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # several wait for one another beside other programs: no measure
    try:
        return _seconds(torch.bfloat16) < _seconds(torch.float32)
    finally:
        torch.set_num_threads(threads)


def _seconds(kind: torch.dtype) -> float:
    """The processor's time for a convolution there and back, as training lays it out."""
    values, filters = _ones(BATCH, SIDE, kind), _ones(CHANNELS, 3, kind)
    times = []
    for _ in range(TRIES + 1):  # the first one makes the kernels
        start = time.process_time()  # that of a clock would measure what runs beside, too
        torch.nn.functional.conv2d(values, filters, padding=1).sum().backward()  # type: ignore[no-untyped-call]
        times.append(time.process_time() - start)
    return min(times[1:])


def _ones(count: int, side: int, kind: torch.dtype) -> torch.Tensor:
    made = torch.ones((count, CHANNELS, side, side), dtype=kind)
    return made.contiguous(memory_format=torch.channels_last).requires_grad_()
