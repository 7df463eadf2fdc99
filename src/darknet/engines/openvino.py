"""OpenVINO on the CPU: the default engine.

Batch normalization is folded before the graph is built, the graph has one static shape, and
requests with their buffers are kept and used again.
"""

from __future__ import annotations

from queue import Empty, SimpleQueue

import numpy as np
import openvino as ov

from ..errors import EngineError
from ..fold import fold_batch_norm
from ..interp.openvino import to_model
from ..network import Network
from ..weights import Array, Weights
from . import Settings

__all__ = ["open_engine"]


def open_engine(
    network: Network, weights: Weights, batch: int, settings: Settings
) -> OpenVinoEngine:
    """Build and compile the graph; EngineError when OpenVINO will not."""
    core = ov.Core()
    precision = "f32" if settings.precision == "auto" else settings.precision
    if precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise EngineError("this CPU has no bf16 arithmetic: use --precision f32")
    options = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": settings.threads,
    }
    try:
        model = to_model(*fold_batch_norm(network, weights), batch)
        compiled = core.compile_model(model, "CPU", options)
    except RuntimeError as problem:
        reason = str(problem).strip().splitlines()[-1]
        raise EngineError(f"OpenVINO cannot compile {network.cfg.label}: {reason}") from problem
    threads = settings.threads or int(compiled.get_property("INFERENCE_NUM_THREADS"))
    return OpenVinoEngine(compiled, f"{precision}, {threads} threads")


class OpenVinoEngine:
    """A compiled model and the requests that are not in use."""

    def __init__(self, compiled: ov.CompiledModel, description: str) -> None:
        self._compiled = compiled
        self._free: SimpleQueue[ov.InferRequest] = SimpleQueue()
        self._free.put(compiled.create_infer_request())
        self._description = description

    def run(self, batch: Array) -> list[Array]:
        try:
            request = self._free.get_nowait()
        except Empty:
            request = self._compiled.create_infer_request()
        try:
            request.set_input_tensor(0, ov.Tensor(np.ascontiguousarray(batch), shared_memory=True))
            request.infer()
            count = len(self._compiled.outputs)
            return [np.array(request.get_output_tensor(number).data) for number in range(count)]
        finally:
            self._free.put(request)

    def describe(self) -> str:
        return f"OpenVINO {ov.__version__.split('-')[0]}, {self._description}"

    def close(self) -> None:
        self._free = SimpleQueue()
