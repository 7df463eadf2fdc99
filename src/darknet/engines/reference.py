"""The numpy oracle as an engine."""

from __future__ import annotations

import numpy as np

from ..errors import EngineError
from ..interp.evaluate import evaluate
from ..interp.reference import NumpyOps
from ..network import Network
from ..weights import Array, Weights
from . import Settings

__all__ = ["open_engine"]


def open_engine(
    network: Network, weights: Weights, batch: int, settings: Settings
) -> ReferenceEngine:
    """Nothing to prepare; only f32."""
    if settings.precision == "bf16":
        raise EngineError("engine reference has no bf16: use --precision f32, or engine openvino")
    return ReferenceEngine(network, weights)


class ReferenceEngine:
    """Runs the layers one by one in numpy, unfolded."""

    def __init__(self, network: Network, weights: Weights) -> None:
        self._network, self._weights = network, weights

    def run(self, batch: Array) -> list[Array]:
        with np.errstate(all="ignore"):  # infinities are an answer, and no reason for remarks
            results = evaluate(self._network, NumpyOps(), self._weights.arrays, batch)
        return [np.array(result, np.float32) for result in results]

    def describe(self) -> str:
        return f"numpy {np.__version__}, f32"
