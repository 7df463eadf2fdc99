"""Engines: one small protocol, and one module for each that implements it.

An engine is a network made ready for one shape of input: ``open_engine`` makes it, ``run`` answers,
``close`` lets go. Engines are found by name, and a module is imported when its engine is asked for;
adding an engine is adding a module and its line in ENGINES.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol, cast

from ..errors import EngineError, did_you_mean, printable

if TYPE_CHECKING:
    from ..network import Network
    from ..weights import Array, Weights

__all__ = ["DEFAULT", "ENGINES", "PRECISIONS", "Engine", "Precision", "Settings", "open_engine"]

Precision = Literal["auto", "f32", "bf16"]
PRECISIONS: tuple[Precision, ...] = ("auto", "f32", "bf16")
DEFAULT = "openvino"
ENGINES: Mapping[str, str] = {
    "openvino": "OpenVINO, the fast one on a CPU (installed with darknet-python)",
    "onnxruntime": 'ONNX Runtime (pip install "darknet-python[onnx]")',
    "torch": 'torch (pip install "darknet-python[train]")',
    "reference": "numpy, slow and simple: what the others are compared with",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """How an engine is to run.

    precision: f32 gives C's answers to about 1e-5; bf16 is up to twice as fast on CPUs that have
    it and differs by about 1e-2; auto is the fastest that gives C's answers, f32 today.
    threads: 0 means every core.
    """

    precision: Precision = "auto"
    threads: int = 0


class Engine(Protocol):
    """A network ready to run on batches of one shape."""

    def run(self, batch: Array) -> list[Array]:
        """The outputs, in network order, for a (batch, channels, height, width) float32 array.

        The shape is the one it was opened for. Safe to call from several threads; the arrays that
        come back are the caller's own.
        """
        ...

    def describe(self) -> str:
        """Name, version, precision and threads, for a person."""
        ...

    def close(self) -> None:
        """Let go of memory and threads; the engine is not used afterwards."""
        ...


class _Opener(Protocol):
    def __call__(
        self, network: Network, weights: Weights, batch: int, settings: Settings
    ) -> Engine: ...


def open_engine(
    name: str, network: Network, weights: Weights, batch: int, settings: Settings
) -> Engine:
    """Make a network ready for batches of `batch` inputs of its input shape.

    Raises EngineError for an unknown engine, one that is not installed, or a precision that it
    or the machine does not have.
    """
    if name not in ENGINES:
        raise EngineError(
            f"no engine {printable(name)}: expected one of {', '.join(ENGINES)}"
            f"{did_you_mean(name, ENGINES)}"
        )
    try:
        module = import_module(f".{name}", __name__)
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("darknet"):
            raise
        raise EngineError(
            f"engine {name} needs {missing.name}, which is not installed: {ENGINES[name]}"
        ) from None
    return cast(_Opener, module.open_engine)(network, weights, batch, settings)
