"""Engines: one small protocol, and one module for each that implements it.

An engine is a network made ready for one shape of input: ``open_engine`` makes it, ``run`` answers,
and when nobody has it any more its memory and threads are free. Engines are found by name, and a
module is imported when its engine is asked for; adding an engine is adding a module and its line
in ENGINES.
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

__all__ = [
    "DEFAULT",
    "ENGINES",
    "PRECISIONS",
    "Engine",
    "Precision",
    "Settings",
    "check_engine",
    "open_engine",
]

Precision = Literal["auto", "f32", "bf16"]
PRECISIONS: tuple[Precision, ...] = ("auto", "f32", "bf16")
DEFAULT = "openvino"
MAX_THREADS = 1024
ENGINES: Mapping[str, str] = {
    "openvino": "OpenVINO, the fast one on a CPU (installed with darknet-python)",
    "onnxruntime": "ONNX Runtime (pip install onnx onnxruntime)",
    "torch": "PyTorch (pip install torch)",
    "reference": "numpy, slow and simple: what the others are compared with",
}
UNFOLDED = frozenset({"reference"})
"""Engines that are given networks as they are; others get batch normalization folded."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How an engine is to run.

    precision: f32 gives C's answers to about 1e-5; bf16 is up to twice as fast on CPUs that have
    it and differs by about 1e-2; auto is the fastest that gives C's answers, f32 today.
    threads: 0 means every core.
    """

    precision: Precision = "auto"
    threads: int = 0

    def __post_init__(self) -> None:
        """EngineError for a value that is none of these."""
        if self.precision not in PRECISIONS:
            raise EngineError(
                f"precision={printable(str(self.precision))}: expected {', '.join(PRECISIONS)}"
            )
        is_number = isinstance(self.threads, int) and not isinstance(self.threads, bool)
        if not is_number or not 0 <= self.threads <= MAX_THREADS:
            raise EngineError(f"threads={self.threads}: expected 0 to {MAX_THREADS}")


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


class _Opener(Protocol):
    def __call__(
        self, network: Network, weights: Weights, batch: int, settings: Settings
    ) -> Engine: ...


def check_engine(name: str) -> None:
    """EngineError unless there is an engine of this name (it may not be installed)."""
    if not isinstance(name, str) or name not in ENGINES:
        raise EngineError(
            f"no engine {printable(str(name))}: expected one of {', '.join(ENGINES)}"
            f"{did_you_mean(str(name), ENGINES)}"
        )


def open_engine(
    name: str, network: Network, weights: Weights, batch: int, settings: Settings
) -> Engine:
    """Make a network ready for batches of `batch` inputs of its input shape.

    Raises EngineError for an unknown engine, one that is not installed, or a precision that it
    or the machine does not have.
    """
    check_engine(name)
    try:
        module = import_module(f".{name}", __name__)
    except ImportError as problem:
        if (problem.name or "").startswith("darknet"):
            raise
        raise EngineError(
            f"engine {name} cannot be used here: {problem}; it is {ENGINES[name]}"
        ) from None
    return cast(_Opener, module.open_engine)(network, weights, batch, settings)
