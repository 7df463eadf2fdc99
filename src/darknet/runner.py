"""A network with its weights, ready for any batch: engines are opened as shapes are met."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from .engines import DEFAULT, Engine, Settings, open_engine
from .errors import EngineError, InputError
from .network import Network
from .weights import Array, Weights

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Runner"]

MAX_ENGINES = 8
"""Shapes that are kept ready; the one not used for longest goes first."""

_Key = tuple[int, int, int]  # batch, height, width


class Runner:
    """Runs a network on arrays, with one engine for every shape that it meets.

    Safe to use from several threads.
    """

    def __init__(
        self,
        network: Network,
        weights: Weights,
        *,
        engine: str = DEFAULT,
        settings: Settings | None = None,
    ) -> None:
        self.network = network
        self.weights = weights
        self.engine_name = engine
        self.settings = settings or Settings()
        self._engines: OrderedDict[_Key, Engine] = OrderedDict()
        self._lock = threading.Lock()

    def run(self, batch: Array) -> list[Array]:
        """All outputs, (batch, channels, height, width) each, for float32 input of that form.

        The height and width may differ from the network's where it can be resized.
        """
        return self.engine(len(batch), batch.shape[2], batch.shape[3]).run(batch)

    def engine(self, batch: int, height: int, width: int) -> Engine:
        """The engine for a shape, opened now or earlier."""
        key = (batch, height, width)
        with self._lock:
            found = self._engines.get(key)
            if found is None:
                found = self._open(key)
                self._engines[key] = found
                if len(self._engines) > MAX_ENGINES:
                    self._engines.popitem(last=False)  # a thread may still be running it
            self._engines.move_to_end(key)
            return found

    def is_open(self, batch: int, height: int, width: int) -> bool:
        """True when the engine for a shape is ready."""
        return (batch, height, width) in self._engines

    def describe(self) -> str:
        """The engine that ran last, with version, precision and threads; its name before that."""
        with self._lock:
            last = next(reversed(self._engines.values()), None)
        return last.describe() if last is not None else self.engine_name

    def _open(self, key: _Key) -> Engine:
        batch, height, width = key
        network = self.network
        if (height, width) != (network.input.height, network.input.width):
            network = network.resized(width, height)
        try:
            return open_engine(self.engine_name, network, self.weights, batch, self.settings)
        except MemoryError:
            needed = (network.weights_bytes + batch * network.activation_bytes) / 2**20
            raise EngineError(
                f"{network.cfg.label}: out of memory for {batch} images of {width} x {height} "
                f"(about {needed:,.0f} MiB): use a smaller batch"
            ) from None

    def predict(self, batch: ArrayLike) -> Array | list[Array]:
        """The network's answer for a batch.

        `batch` is N x channels x height x width (or N x inputs for a network without an image),
        converted to float32. The answer is the output layer's values, (N, n) where they are a
        vector and (N, channels, height, width) where they are an image; with several output
        layers a list of such arrays in network order.

        Raises InputError when the shape does not fit.
        """
        array = self._checked(np.asarray(batch))
        outputs = [_flattened(output) for output in self.run(array)]
        return outputs[0] if len(outputs) == 1 else outputs

    def _checked(self, array: NDArray[Any]) -> Array:
        shape = self.network.input
        wanted = f"N x {shape.channels} x {shape.height} x {shape.width}"
        if shape.is_vector:
            wanted = f"N x {shape.channels}"
            if array.ndim == 2:
                array = array[:, :, None, None]
        if array.dtype.kind not in "fiub":
            raise InputError(f"predict: an array of {array.dtype}; expected float32 ({wanted})")
        if array.ndim != 4 or not len(array) or array.shape[1] != shape.channels:
            found = " x ".join(map(str, array.shape)) or "a single number"
            raise InputError(f"predict: got {found}; expected {wanted} (float32)")
        if array.shape[2:] != (shape.height, shape.width) and not self.network.resizable:
            found = " x ".join(map(str, array.shape))
            raise InputError(f"predict: got {found}; this network takes only {wanted}")
        return np.ascontiguousarray(array, np.float32)

    def close(self) -> None:
        """Let go of all engines; they are opened again when needed."""
        with self._lock:
            while self._engines:
                self._engines.popitem()[1].close()


def _flattened(output: Array) -> Array:
    return output[:, :, 0, 0] if output.shape[2:] == (1, 1) else output
