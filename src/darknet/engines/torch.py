"""torch as an engine: channels-last on the CPU, or CUDA where there is one."""

from __future__ import annotations

import numpy as np
import torch

from ..interp.torch import TorchNetwork
from ..network import Network
from ..weights import Array, Weights
from . import Settings

__all__ = ["open_engine"]


def open_engine(network: Network, weights: Weights, batch: int, settings: Settings) -> TorchEngine:
    """Move the network to the device.

    torch has one number of threads for the whole process; `threads` sets it.
    """
    if settings.threads:
        torch.set_num_threads(settings.threads)
    if torch.cuda.is_available():  # TF32 would give answers that differ from C's by 1e-3
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    module = TorchNetwork(network, weights).eval()
    dtype = torch.bfloat16 if settings.precision == "bf16" else torch.float32
    module = module.to(device)
    for parameter in module.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return TorchEngine(module, device, dtype)


class TorchEngine:
    """A module on its device."""

    def __init__(self, module: TorchNetwork, device: torch.device, dtype: torch.dtype) -> None:
        self._module, self._device, self._dtype = module, device, dtype

    def run(self, batch: Array) -> list[Array]:
        low = self._dtype != torch.float32
        with torch.inference_mode(), torch.autocast(self._device.type, self._dtype, enabled=low):
            image = torch.from_numpy(np.array(batch)).to(
                self._device, memory_format=torch.channels_last
            )
            return [result.float().cpu().numpy() for result in self._module(image)]

    def describe(self) -> str:
        precision = "f32" if self._dtype == torch.float32 else "bf16"
        where = f"{torch.get_num_threads()} threads"
        if self._device.type == "cuda":
            where = torch.cuda.get_device_name(self._device)
        return f"torch {torch.__version__}, {precision}, {where}"
