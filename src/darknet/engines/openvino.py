"""OpenVINO on the CPU: the default engine.

The graph has one static shape, and requests with their buffers are kept and used again.
"""

from __future__ import annotations

from queue import Empty, SimpleQueue

import numpy as np
import openvino as ov

from ..errors import EngineError
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
        model = to_model(network, weights, batch)
        compiled = core.compile_model(model, "CPU", options)
    except RuntimeError as problem:
        what = f"OpenVINO cannot compile {network.cfg.label}"
        raise EngineError(f"{what}: {_last_line(problem)}") from problem
    threads = settings.threads or int(compiled.get_property("INFERENCE_NUM_THREADS"))
    return OpenVinoEngine(compiled, f"{precision}, {threads} threads")


def _last_line(problem: RuntimeError) -> str:
    """What OpenVINO says at the end: the lines before are places in its source."""
    return (str(problem).strip() or "no reason given").splitlines()[-1]


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
            # OpenVINO shares only memory that it may write to, though it only reads an input.
            shareable = np.require(batch, np.float32, ("C", "W"))
            request.set_input_tensor(0, ov.Tensor(shareable, shared_memory=True))
            try:
                request.infer()
            except RuntimeError as problem:
                raise EngineError(f"OpenVINO failed: {_last_line(problem)}") from problem
            count = len(self._compiled.outputs)
            return [np.array(request.get_output_tensor(number).data) for number in range(count)]
        finally:
            self._free.put(request)

    def describe(self) -> str:
        return f"OpenVINO {ov.__version__.split('-')[0]}, {self._description}"
