"""The efficiencies that fit published speeds best, and how far off they are for a card left out.

The sum of squared logarithms of predicted by measured speed is made small (Gauss-Newton with a
little damping), with a pull towards plausible values, so that a kind that no row has stays there.
The formulas are those of `device` and `scaling`, over all rows at once; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .device import ITEM, SGD_VALUES, modelled
from .efficiency import ARITHMETIC, Efficiency
from .links import host_link
from .reference_speeds import Row
from .scaling import GRADIENT_BYTES, LINK_SHARE, OVERLAP
from .work import KINDS

__all__ = ["PRIOR", "Array", "Table", "as_toml", "fit", "fitted_to"]

Array = NDArray[np.float64]
PRIOR = Efficiency(
    f32={"conv3x3": 1.2, "conv1x1": 0.6, "conv": 0.6, "grouped": 0.4, "connected": 0.5},
    tensor={"conv3x3": 0.5, "conv1x1": 0.5, "conv": 0.3, "grouped": 0.2, "connected": 0.4},
    memory=0.75,
    launch_seconds=20e-6,
    skew=0.02,
    host_bytes_per_s=13e9,
    spread=1.5,
)
"""Plausible values, which a fit starts from and is pulled to."""
MOST = Efficiency(
    f32={**dict.fromkeys(ARITHMETIC, 1.0), "conv3x3": 2.25},
    tensor=dict.fromkeys(ARITHMETIC, 1.0),
    memory=1.0,
    launch_seconds=1.0,
    skew=1.0,
    host_bytes_per_s=1e12,
    spread=1.0,
)
"""What nothing can be above: Winograd's algorithm for 3 x 3 takes 2.25 times fewer products."""
PULL = 0.15
STEPS = 12


def fit(given: Sequence[Row], start: Array | None = None) -> Efficiency:
    """The efficiencies that fit these rows."""
    return _efficiency(fitted_to(Table(given), start), PRIOR.spread)


class Table:
    """All rows' operations side by side, so that a fit is a matter of seconds."""

    def __init__(self, given: Sequence[Row]) -> None:
        rates: list[list[float]] = []
        self.starts: list[int] = []
        for row in given:
            self.starts.append(len(rates))
            rates += _operations(row)
        operations = np.array(rates)
        self.arithmetic, self.memory = operations[:, 0], operations[:, 1]
        self.kind = operations[:, 2].astype(int)
        self.measured = np.array([row.images_per_s for row in given])
        self.cards = np.array([float(row.cards) for row in given])
        self.images = self.cards * np.array([row.batch for row in given])
        parameters = np.array([sum(layer.parameters for layer in row.work) for row in given])
        stepped = np.array([row.step and row.training for row in given])
        bandwidth = np.array([_bandwidth(row) for row in given])
        self.step = stepped * parameters * SGD_VALUES * ITEM["f32"] / bandwidth
        self.travelling = 2 * (self.cards - 1) / self.cards * parameters * GRADIENT_BYTES
        self.own_link = np.array([_own_link(row) for row in given])
        self.pcie = np.array([host_link(row.gpu) for row in given])

    def speeds(self, parameters: Array) -> Array:
        """Images/s of every row."""
        values = np.exp(parameters)
        shares = np.append(values[: 2 * len(ARITHMETIC)], 1.0)
        memory, launch, skew, host = values[2 * len(ARITHMETIC) :]
        seconds = np.maximum(self.arithmetic / shares[self.kind], self.memory / memory)
        alone = np.add.reduceat(np.maximum(seconds, launch), self.starts) + self.step / memory
        link = np.where(self.own_link > 0, self.own_link, np.minimum(self.pcie, host / self.cards))
        exposed = np.maximum(0, self.travelling / link - OVERLAP * alone)
        speeds: Array = self.images / (alone * (1 + skew) ** np.log2(self.cards) + exposed)
        return speeds


def _operations(row: Row) -> list[list[float]]:
    """Seconds at the whole peak, seconds at the whole bandwidth, and which share, of each."""
    device = modelled(row.gpu, row.precision, efficiency=PRIOR)
    found: list[list[float]] = []
    for layer in row.work:
        for o in layer.operations(row.training):
            flops = o.flops * row.batch
            values = o.values * (3 if row.reordered and flops else 1)
            moved = (values * row.batch + o.weights) * ITEM[row.precision]
            seconds = [flops / device.peak, moved / device.bandwidth]
            found.append([*seconds, _place(row, o.kind)])
    return found


def _bandwidth(row: Row) -> float:
    return row.gpu.bandwidth_gbs.value * 1e9 if row.gpu.bandwidth_gbs else 0.0


def _own_link(row: Row) -> float:
    return row.gpu.link_gbs.value / 2 * LINK_SHARE * 1e9 if row.gpu.link_gbs else 0.0


def _place(row: Row, kind: str) -> int:
    """Which share an operation's arithmetic is divided by."""
    number = KINDS.index(kind)
    if kind == "memory":
        return 2 * len(ARITHMETIC)
    return number + (0 if row.precision == "f32" else len(ARITHMETIC))


def _vector(efficiency: Efficiency) -> Array:
    shares = [side[kind] for side in (efficiency.f32, efficiency.tensor) for kind in ARITHMETIC]
    rest = [efficiency.memory, efficiency.launch_seconds]
    return np.log([*shares, *rest, efficiency.skew, efficiency.host_bytes_per_s])


def _efficiency(parameters: Array, spread: float) -> Efficiency:
    values = [float(value) for value in np.exp(parameters)]
    count = len(ARITHMETIC)
    return Efficiency(
        f32=dict(zip(ARITHMETIC, values[:count], strict=True)),
        tensor=dict(zip(ARITHMETIC, values[count : 2 * count], strict=True)),
        memory=values[2 * count],
        launch_seconds=values[2 * count + 1],
        skew=values[2 * count + 2],
        host_bytes_per_s=values[2 * count + 3],
        spread=spread,
    )


def fitted_to(table: Table, start: Array | None = None) -> Array:
    """The logarithms of all parameters; `start`: from where, the prior without."""
    prior, most = _vector(PRIOR), _vector(MOST)
    now = prior.copy() if start is None else start.copy()

    def residuals(parameters: Array) -> Array:
        errors = np.log(table.speeds(parameters) / table.measured)
        return np.concatenate([errors, PULL * (parameters - prior)])

    damping = 1e-2
    found = residuals(now)
    for _ in range(STEPS):
        jacobian = np.stack(
            [(residuals(now + nudge) - found) / 1e-4 for nudge in 1e-4 * np.eye(len(now))], axis=1
        )
        square = jacobian.T @ jacobian
        step = np.linalg.solve(square + damping * np.diag(np.diag(square)), -jacobian.T @ found)
        there = np.minimum(now + step, most)
        tried = residuals(there)
        if tried @ tried < found @ found:
            now, found, damping = there, tried, damping / 3
        else:
            damping *= 10
    return now


def as_toml(efficiency: Efficiency, given: Sequence[Row], date: str) -> str:
    """efficiency.toml, with how it was made."""
    cards = len({row.gpu.name for row in given})
    lines = [
        "# How much of its peak a card reaches; written by: python benchmarks/rig.py --fit",
        "",
        "[fitted]",
        f"date = {date}",
        f"rows = {len(given)}",
        f"cards = {cards}",
        f"spread = {efficiency.spread:.4g}",
    ]
    for name in ("f32", "tensor"):
        lines += ["", f"[{name}]"]
        lines += [f"{kind} = {share:.6g}" for kind, share in getattr(efficiency, name).items()]
    lines += ["", "[memory]", f"share = {efficiency.memory:.6g}"]
    lines += ["", "[launch]", f"microseconds = {1e6 * efficiency.launch_seconds:.6g}"]
    lines += ["", "[scaling]", f"skew = {efficiency.skew:.6g}"]
    lines += [f"host_gbs = {efficiency.host_bytes_per_s / 1e9:.6g}"]
    return "\n".join(lines) + "\n"
