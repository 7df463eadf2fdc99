"""ONNX Runtime on the CPU: the second engine, over the same ONNX model that is exported."""

from __future__ import annotations

import onnxruntime

from ..errors import EngineError
from ..interp.onnx import to_onnx
from ..network import Network
from ..weights import Array, Weights
from . import Settings

__all__ = ["open_engine"]


def open_engine(
    network: Network, weights: Weights, batch: int, settings: Settings
) -> OnnxRuntimeEngine:
    """Build the model and a session for it; only f32."""
    if settings.precision == "bf16":
        raise EngineError("engine onnxruntime has no bf16 on a CPU: use engine openvino, or f32")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings.threads
    options.log_severity_level = 3  # errors come as exceptions; warnings are of no use to a user
    model = to_onnx(network, weights, batch)
    try:
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as problem:  # onnxruntime's own exceptions share no public base class
        raise EngineError(f"ONNX Runtime cannot load {network.cfg.label}: {problem}") from problem
    threads = settings.threads or "all"
    return OnnxRuntimeEngine(session, f"f32, {threads} threads")


class OnnxRuntimeEngine:
    """A session; ONNX Runtime lets several threads run one."""

    def __init__(self, session: onnxruntime.InferenceSession, description: str) -> None:
        self._session, self._description = session, description

    def run(self, batch: Array) -> list[Array]:
        results: list[Array] = self._session.run(None, {"image": batch})
        return results

    def describe(self) -> str:
        return f"ONNX Runtime {onnxruntime.__version__}, {self._description}"
