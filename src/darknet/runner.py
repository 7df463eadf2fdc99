"""A network with its weights, ready for any batch: engines are opened as shapes are met."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from .engines import DEFAULT, UNFOLDED, Engine, Settings, check_engine, open_engine
from .errors import EngineError, InputError
from .fold import fold_batch_norm
from .network import Network
from .weights import Array, Weights

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Runner"]

MAX_ENGINES = 8
"""Shapes that are kept ready; the one not used for longest goes first."""
MAX_ENGINE_BYTES = 2**30
"""Weights that they may have together: every engine has a copy in a layout of its own."""

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
        check_engine(engine)
        self.network = network
        self.weights = weights
        self.engine_name = engine
        self._runnable: tuple[Network, Weights] | None = None
        self.settings = settings or Settings()
        self._engines: OrderedDict[_Key, Engine] = OrderedDict()
        self._lock = threading.Lock()

    def run(self, batch: Array) -> list[Array]:
        """All outputs, (batch, channels, height, width) each, for float32 input of that form.

        The height and width may differ from the network's where it can be resized.
        Raises EngineError when the engine cannot do it, for lack of memory for example.
        """
        count, _, height, width = batch.shape
        engine = self.engine(count, height, width)
        try:
            return engine.run(batch)
        except MemoryError:
            raise self._out_of_memory(count, height, width) from None

    def engine(self, batch: int, height: int, width: int) -> Engine:
        """The engine for a shape, opened now or earlier."""
        key = (batch, height, width)
        with self._lock:
            found = self._engines.get(key)
            if found is None:
                found = self._open(key)
                self._engines[key] = found
                if len(self._engines) > self._capacity:
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

    @property
    def _capacity(self) -> int:
        return max(1, min(MAX_ENGINES, MAX_ENGINE_BYTES // self.network.weights_bytes))

    def _open(self, key: _Key) -> Engine:
        batch, height, width = key
        if self._runnable is None:
            keep = self.engine_name in UNFOLDED
            pair = (self.network, self.weights)
            self._runnable = pair if keep else fold_batch_norm(*pair)
        network, weights = self._runnable
        if (height, width) != (network.input.height, network.input.width):
            network = network.resized(width, height)
        if batch * network.working_bytes + network.weights_bytes > network.limit:
            raise self._out_of_memory(batch, height, width)
        try:
            return open_engine(self.engine_name, network, weights, batch, self.settings)
        except MemoryError:
            raise self._out_of_memory(batch, height, width) from None

    def _out_of_memory(self, batch: int, height: int, width: int) -> EngineError:
        return EngineError(
            f"{self.network.cfg.label}: not enough memory for a batch of {batch} inputs of "
            f"{width} x {height}: use a smaller batch or network"
        )

    def predict(self, batch: ArrayLike) -> Array | list[Array]:
        """The network's answer for a batch.

        `batch` is N x channels x height x width (or N x inputs for a network without an image),
        converted to float32. The answer is the output layer's values, (N, n) where they are a
        vector and (N, channels, height, width) where they are an image; with several output
        layers a list of such arrays in network order.

        Raises InputError when the shape does not fit.
        """
        try:
            array = self._checked(np.asarray(batch))
        except ValueError as problem:
            raise InputError(f"predict: not an array: {problem}") from None
        except MemoryError:
            raise InputError("predict: not enough memory for an array of this size") from None
        outputs = [_flattened(output) for output in self.run(array)]
        return outputs[0] if len(outputs) == 1 else outputs

    def _checked(self, array: NDArray[Any]) -> Array:
        shape = self.network.input
        wanted = f"N x {shape.channels} x {shape.height} x {shape.width}"
        if shape.is_vector:
            wanted = f"N x {shape.channels}"
            if array.ndim == 2:
                array = array[:, :, None, None]
        if array.dtype == np.uint8 and array.size and array.max() > 1:
            raise InputError(
                f"predict: pixels from 0 to {array.max()}; expected 0..1 (divide by 255), or use "
                "classify, which takes uint8"
            )
        if array.dtype.kind not in "fiub":
            raise InputError(f"predict: an array of {array.dtype}; expected float32 ({wanted})")
        if array.ndim != 4 or not array.size or array.shape[1] != shape.channels:
            found = " x ".join(map(str, array.shape)) or "a single number"
            least = "" if array.size else ", N at least 1"
            raise InputError(f"predict: got {found}; expected {wanted} (float32){least}")
        if array.shape[2:] != (shape.height, shape.width) and not self.network.resizable:
            found = " x ".join(map(str, array.shape))
            raise InputError(f"predict: got {found}; this network takes only {wanted}")
        with np.errstate(over="ignore"):  # beyond float32 is infinity, as in C
            return np.ascontiguousarray(array, np.float32)

    def close(self) -> None:
        """Let go of all engines; those that are running finish, others are opened when needed."""
        with self._lock:
            self._engines.clear()


def _flattened(output: Array) -> Array:
    return output[:, :, 0, 0] if output.shape[2:] == (1, 1) else output
