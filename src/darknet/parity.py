"""How far another program's answers are from the numpy oracle's, for the same network and input."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .errors import EngineError
from .layers import Node
from .network import Network, place
from .runner import Runner
from .statistics import check_finite
from .weights import Array, Weights

__all__ = [
    "MAX_FLOPS",
    "TOLERANCE",
    "TOLERANCE_HALF",
    "Parity",
    "check_comparable",
    "measure",
    "random_input",
]

TOLERANCE = 1e-4
"""Largest difference allowed, as a share of the output's largest value: float32 arithmetic.

The largest that was met is 2e-5, for networks of 150 layers.
"""
TOLERANCE_HALF = 5e-2
"""The same where weights have the 11 bits of half precision."""
MAX_FLOPS = 2 * 10**12
"""Operations that a comparison may take: at 50 BFLOPs a second, the time that one waits."""
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

    Raises EngineError where the difference is beyond the tolerance, or as `check_comparable`;
    WeightsError where the oracle's own answer is not finite.
    """
    check_comparable(network, weights, count)
    batch = random_input(network, count)
    oracle = Runner(network, weights, engine="reference")
    start = time.perf_counter()
    expected = oracle.run(batch[-1:])
    between = time.perf_counter()
    found = [np.asarray(output)[-1:] for output in run(batch)]
    end = time.perf_counter()
    _check_finite(network, expected)
    return _worst(network, expected, found, engine, tolerance, (end - between, between - start))


def check_comparable(network: Network, weights: Weights, count: int) -> None:
    """EngineError where running `count` inputs at once takes too long, or more memory than allowed.

    To be called before another program makes room for them: it knows no limit.
    """
    flops = count * network.flops
    if flops > MAX_FLOPS:
        raise EngineError(
            f"{network.cfg.label}: {flops / 1e9:,.0f} BFLOPs for a batch of {count}: comparing "
            "with numpy would take too long (--no-check, check=False: not compared)"
        )
    shape = network.input
    Runner(network, weights, engine="reference").engine(count, shape.height, shape.width)


def _check_finite(network: Network, expected: Sequence[Array]) -> None:
    for node, output in zip(network.outputs, expected, strict=True):
        what = f"{place(node)}: answers NaN or infinity to random pixels"
        check_finite(
            output, what, "so there is nothing to compare (--no-check, check=False: not compared)"
        )


def _worst(
    network: Network,
    expected: Sequence[Array],
    found: Sequence[Array],
    engine: str,
    tolerance: float,
    seconds: tuple[float, float],
) -> Parity:
    """The comparison of the output that differs most; EngineError beyond the tolerance."""
    met = [
        _compared(*three, engine, tolerance, seconds)
        for three in zip(network.outputs, expected, found, strict=True)
    ]
    if not met:
        raise EngineError(f"{network.cfg.label}: no output to compare")
    worst = max(met, key=lambda one: one.relative)
    if not worst.relative <= tolerance:
        raise EngineError(
            f"{network.cfg.label}: {worst}: {worst.found:g} instead of {worst.expected:g}; nothing "
            "is written (--no-check, check=False: not compared)"
        )
    return worst


def _compared(
    node: Node,
    wanted: Array,
    given: Array,
    engine: str,
    tolerance: float,
    seconds: tuple[float, float],
) -> Parity:
    if wanted.shape != given.shape:
        raise EngineError(
            f"{place(node)}: {engine} answers {given.shape}, and numpy {wanted.shape}"
        )
    difference = np.abs(given.astype(np.float64) - wanted)
    difference[~np.isfinite(difference)] = np.inf
    at = np.unravel_index(int(difference.argmax()), difference.shape)
    largest = float(np.abs(wanted).max())
    absolute = float(difference[at])
    return Parity(
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


def _is_saturated(section: str, output: Array) -> bool:
    return section == "softmax" and output.size > 1 and float(output.max()) > 1 - 1e-6
