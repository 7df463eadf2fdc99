"""How far another program's answers are from the numpy oracle's, for the same network and input."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .engines import Settings, open_engine
from .errors import EngineError, WeightsError
from .network import Network, place
from .weights import Array, Weights

__all__ = ["MAX_FLOPS", "TOLERANCE", "TOLERANCE_HALF", "Parity", "measure", "random_input"]

TOLERANCE = 1e-4
"""Largest difference allowed, as a share of the output's largest value: float32 arithmetic.

The largest that was met is 2e-5, for networks of 150 layers.
"""
TOLERANCE_HALF = 5e-2
"""The same where weights have the 11 bits of half precision."""
MAX_FLOPS = 2 * 10**12
"""Operations that the oracle is asked for: at 50 BFLOPs a second, the time that one waits."""
SEED = 2016


@dataclass(frozen=True, slots=True)
class Parity:
    """A comparison with the numpy oracle on one random input.

    `absolute` is the largest difference of two values; `relative` is that as a share of the
    largest value of the output; `layer` and `where` (channel, row, column) say which value it is,
    `expected` what the oracle and `found` what `engine` gives there. `saturated` is true where the
    softmax answers 1 for one class, which hides differences: what goes into it is compared then.
    `seconds` and `oracle_seconds` are the times of the two for their one run.
    """

    engine: str
    absolute: float
    relative: float
    tolerance: float
    layer: int
    where: tuple[int, ...]
    expected: float
    found: float
    saturated: bool
    seconds: float
    oracle_seconds: float

    def to_dict(self) -> dict[str, Any]:
        """The fields, for JSON (docs/json.md)."""
        return {**asdict(self), "where": list(self.where)}

    def __str__(self) -> str:
        text = (
            f"{self.engine} and numpy differ by {self.absolute:.2g} at most, {self.relative:.2g} "
            f"of the largest value ({self.tolerance:g} allowed), in layer {self.layer} at "
            f"{list(self.where)}"
        )
        if self.saturated:
            text += " (the softmax gives one class everything: its input was compared)"
        return text


def random_input(network: Network, count: int) -> Array:
    """`count` inputs, uniform in 0..1, the same ones every time."""
    shape = network.input
    sides = (count, shape.channels, shape.height, shape.width)
    return np.random.default_rng(SEED).random(sides, np.float32)


def measure(
    network: Network,
    weights: Weights,
    run: Callable[[Array], Sequence[Array]],
    *,
    engine: str,
    count: int,
    tolerance: float,
) -> Parity:
    """Compare `run`, a program that takes a batch of `count` inputs, with the oracle.

    The inputs differ, and the answer to the last one is compared: a batch that is mixed up shows.

    Raises EngineError where the difference is beyond the tolerance or the network is too large
    for the oracle, WeightsError where the oracle's own answer is not finite.
    """
    if network.flops > MAX_FLOPS:
        raise EngineError(
            f"{network.cfg.label}: {network.flops / 1e9:,.0f} BFLOPs an input: comparing with "
            "numpy would take too long (--no-check, check=False: not compared)"
        )
    batch = random_input(network, count)
    oracle = open_engine("reference", network, weights, 1, Settings())
    start = time.perf_counter()
    expected = oracle.run(batch[-1:])
    between = time.perf_counter()
    found = [np.asarray(output)[-1:] for output in run(batch)]
    end = time.perf_counter()
    _check_finite(network, expected)
    return _worst(network, expected, found, engine, tolerance, (end - between, between - start))


def _check_finite(network: Network, expected: Sequence[Array]) -> None:
    for node, output in zip(network.outputs, expected, strict=True):
        if not np.isfinite(output).all():
            raise WeightsError(
                f"{place(node)}: answers NaN or infinity to random pixels (are the weights "
                "damaged, or made for another network?), so that there is nothing to compare "
                "(--no-check, check=False: not compared)"
            )


def _worst(
    network: Network,
    expected: Sequence[Array],
    found: Sequence[Array],
    engine: str,
    tolerance: float,
    seconds: tuple[float, float],
) -> Parity:
    worst: Parity | None = None
    for node, wanted, given in zip(network.outputs, expected, found, strict=True):
        if wanted.shape != given.shape:
            raise EngineError(
                f"{place(node)}: {engine} answers {given.shape}, and numpy {wanted.shape}"
            )
        difference = np.abs(given.astype(np.float64) - wanted)
        difference[~np.isfinite(difference)] = np.inf
        at = np.unravel_index(int(difference.argmax()), difference.shape)
        largest = float(np.abs(wanted).max())
        absolute = float(difference[at])
        met = Parity(
            engine=engine,
            absolute=absolute,
            relative=absolute / largest if largest else absolute,
            tolerance=tolerance,
            layer=node.index,
            where=tuple(map(int, at[1:])),
            expected=float(wanted[at]),
            found=float(given[at]),
            saturated=_is_saturated(node.layer.names[0], wanted),
            seconds=seconds[0],
            oracle_seconds=seconds[1],
        )
        if worst is None or met.relative > worst.relative:
            worst = met
    if worst is None:
        raise EngineError(f"{network.cfg.label}: no output to compare")
    if not worst.relative <= tolerance:
        raise EngineError(
            f"{network.cfg.label}: {worst}: {worst.found:g} instead of {worst.expected:g}; nothing "
            "is written (--no-check, check=False: not compared)"
        )
    return worst


def _is_saturated(section: str, output: Array) -> bool:
    return section == "softmax" and output.size > 1 and float(output.max()) > 1 - 1e-6
