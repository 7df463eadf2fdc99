"""The temperature of [softmax] with which a network is as sure as it is right.

A softmax of temperature T gives p; one of T * t would give p^(1/t) / Σ p^(1/t) (Guo, Pleiss, Sun,
Weinberger: arXiv:1706.04599, with the validation loss as what is made small). The order of the
moves stays. So for each position ln Σ p^(1/t) is all there is to know of its 362 probabilities. It
is smooth in ln t: kept at sixteen Chebyshev points between 1/4 and 4, it is known between them too,
to 0.001 even for random networks.

Positions of one game are alike, so the halves, one to find the temperature and one to judge it, are
games.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.polynomial import chebyshev

from ..calibration import Bin, bins_of, expected_error
from .valid_scores import LEAST, Answered

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "ENOUGH",
    "KEPT",
    "SPAN",
    "Judged",
    "Softened",
    "Tempered",
    "halves_of",
    "log_sums",
    "tempered",
]

ENOUGH = 100
"""Positions to find a temperature on; with fewer it is chance that decides."""

SPAN = 4.0
"""Temperatures are looked for from 1/4 to 4 times what the network has."""
KEPT = 16
"""Numbers kept of each position."""
_NODES = chebyshev.chebpts1(KEPT)
_POWERS = np.exp(-math.log(SPAN) * _NODES)
_STEPS = 4001  # temperatures that are compared: 0.07 % from one to the next


def log_sums(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is kept: ln Σ p^(1/t) at sixteen t. (n, moves), of 0..1, give (n, 16) float32."""
    logs = np.log(np.maximum(probabilities, LEAST, dtype=np.float64))
    most = logs.max(axis=1, keepdims=True)
    logs -= most
    sums = [np.log(np.exp(power * logs).sum(axis=1)) for power in _POWERS]
    found: NDArray[np.float32] = (np.stack(sums, axis=1) + most * _POWERS).astype(np.float32)
    return found


@dataclass(frozen=True, slots=True)
class Judged:
    """A temperature's loss and calibration over positions."""

    temperature: float
    loss: float
    bins: tuple[Bin, ...]

    @property
    def error(self) -> float:
        """The expected calibration error, 0..1."""
        return expected_error(self.bins)

    def to_dict(self) -> dict[str, float]:
        """For JSON."""
        return {
            "temperature": self.temperature,
            "loss": round(self.loss, 6),
            "error": round(self.error, 6),
        }


@dataclass(frozen=True, slots=True)
class Tempered:
    """The temperature that makes the loss of half of the games smallest, judged on the others.

    `before` is the network as it is, `after` with the temperature that was found, both over the
    `positions` of the `games` that it was not found on. `found_on` and `found_games` count the
    others. `at_bound`: it would be further from what the network has than was looked.
    """

    before: Judged
    after: Judged
    positions: int
    games: int
    found_on: int
    found_games: int
    at_bound: bool

    @property
    def helps(self) -> bool:
        """True where the loss of the games that it was not found on is smaller with it."""
        return self.after.loss < self.before.loss

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "value": self.after.temperature,
            "helps": self.helps,
            "at_bound": self.at_bound,
            "found_on": {"positions": self.found_on, "games": self.found_games},
            "judged_on": {"positions": self.positions, "games": self.games},
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Softened:
    """What positions' answers become with another temperature.

    `answered`: n positions; `sums`: their `log_sums`, (n, 16).
    """

    answered: Sequence[Answered]
    sums: NDArray[np.float32]

    def part(self, games: frozenset[int]) -> Softened:
        """Those of these games."""
        places = [place for place, one in enumerate(self.answered) if one.game in games]
        return Softened([self.answered[place] for place in places], self.sums[places])

    def losses(self, factors: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean losses with the temperature times each of `factors`."""
        played = math.fsum(one.loss for one in self.answered) / len(self.answered)
        means = self.sums.mean(axis=0, dtype=np.float64)
        found: NDArray[np.float64] = played / factors + _between(means, np.log(factors))
        return found

    def judged(self, temperature: float, factor: float) -> Judged:
        """Loss and bins with `temperature`, which is the network's times `factor`."""
        logs = np.log(np.float64(factor))
        sums = 0 * self.sums[:, 0] if factor == 1 else _between(self.sums.T.astype(float), logs)
        played = np.array([one.loss for one in self.answered])
        first = np.log(np.maximum([one.confidence for one in self.answered], LEAST))
        shares = np.minimum(1, np.exp(first / factor - sums)).tolist()
        right = [one.rank == 1 for one in self.answered]
        loss = float((played / factor + sums).mean())
        return Judged(temperature, loss, bins_of(zip(shares, right, strict=True)))


def _between(sums: NDArray[np.float64], logs: Any) -> Any:
    """ln Σ p^(1/t) at these ln t, where it is known at the sixteen points: (16,) or (16, n)."""
    return chebyshev.chebval(logs / math.log(SPAN), chebyshev.chebfit(_NODES, sums, KEPT - 1))


def tempered(
    answered: Sequence[Answered], sums: NDArray[np.float32], was: float, seed: int
) -> Tempered | None:
    """Find the temperature on half of the games, which `seed` draws, and judge it on the others.

    answered: n positions; sums: their `log_sums`, (n, 16); was: the temperature that the network
    has. None where the positions are of one game, or there are none.
    """
    halves = halves_of(answered, seed)
    if not halves[0]:
        return None
    both = Softened(answered, sums)
    finding, judging = (both.part(games) for games in halves)
    factors = np.exp(np.linspace(-math.log(SPAN), math.log(SPAN), _STEPS))
    best = int(finding.losses(factors).argmin())
    temperature = float(f"{was * factors[best]:.3g}")
    return Tempered(
        before=judging.judged(was, 1),
        after=judging.judged(temperature, temperature / was),
        positions=len(judging.answered),
        games=len(halves[1]),
        found_on=len(finding.answered),
        found_games=len(halves[0]),
        at_bound=best in (0, _STEPS - 1),
    )


def halves_of(answered: Sequence[Answered], seed: int) -> tuple[frozenset[int], frozenset[int]]:
    """The games to find the temperature on, and those to judge it on, which may be one more."""
    games = sorted({one.game for one in answered})
    order = np.random.default_rng(seed).permutation(games).tolist()
    half = len(order) // 2
    return frozenset(order[:half]), frozenset(order[half:])
