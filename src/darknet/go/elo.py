"""How much stronger: Elo from won, drawn and lost games, with its interval.

With W won, D drawn and L lost games, n in all, the score is s = (W + D/2) / n: a draw is half a
game won. Elo's model gives the one who is d points stronger the score 1 / (1 + 10^(-d/400)), so
the difference under which s is most likely (a draw counted as half a win and half a loss) is

    d = 400 log10(s / (1 - s)),

without a bound where all games were won. Its 95 % interval is Wilson's for s,

    (s + z²/2n ± z sqrt(s(1-s)/n + z²/4n²)) / (1 + z²/n),  z = 1.96,

each end taken through the same formula (Wilson 1927, J. Am. Stat. Assoc. 22:209). It takes games to
be independent and has the spread of games without draws, so that it is rather too wide with them.
Games that repeat each other are one game: `match` counts those that differ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..errors import InputError

__all__ = ["Elo", "Tally", "elo_of", "expected_score"]

Z95 = 1.959964  # of the normal distribution, two-sided 95 %
_POINTS = 400.0


def expected_score(elo: float) -> float:
    """The share of the points, 0..1, that whoever is `elo` points stronger should get."""
    return 1 / (1 + 10 ** (-elo / _POINTS)) if elo > -100_000 else 0.0


def elo_of(score: float) -> float:
    """The difference that gives `score`, 0..1; infinite for 0 and 1. InputError outside."""
    if not 0 <= score <= 1:
        raise InputError(f"a score of {score}: expected 0 to 1")
    if score in (0, 1):
        return math.inf if score else -math.inf
    return _POINTS * (math.log10(score) - math.log10(1 - score))


@dataclass(frozen=True, slots=True)
class Elo:
    """A difference in Elo points and its 95 % interval; ends may be infinite, NaN is not known."""

    difference: float
    low: float
    high: float

    def __str__(self) -> str:
        if math.isnan(self.difference):
            return "not known without games"
        if self.difference == math.inf:
            return f"at least {self.low:+.0f} (95 %)"
        if self.difference == -math.inf:
            return f"at most {self.high:+.0f} (95 %)"
        return f"{self.difference:+.0f} (95 %: {self.low:+.0f} to {self.high:+.0f})"

    def to_dict(self) -> dict[str, float | None]:
        """For JSON: null for what has no bound, or is not known."""
        return {
            name: round(value, 1) if math.isfinite(value) else None
            for name, value in (
                ("difference", self.difference),
                ("low", self.low),
                ("high", self.high),
            )
        }


@dataclass(frozen=True, slots=True)
class Tally:
    """Games that one side won, drew and lost against the other. InputError for fewer than none."""

    wins: int = 0
    draws: int = 0
    losses: int = 0

    def __post_init__(self) -> None:
        if min(self.wins, self.draws, self.losses) < 0:
            raise InputError(f"{self.wins} won, {self.draws} drawn, {self.losses} lost: below 0")

    @property
    def games(self) -> int:
        """All of them."""
        return self.wins + self.draws + self.losses

    @property
    def score(self) -> float:
        """The share of the points, 0..1; NaN without games."""
        return (self.wins + self.draws / 2) / self.games if self.games else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the score; 0 to 1 without games."""
        n, z2 = self.games, Z95**2
        if not n:
            return 0.0, 1.0
        s = self.score
        middle, scale = s + z2 / (2 * n), 1 + z2 / n
        half = Z95 * math.sqrt(s * (1 - s) / n + z2 / (4 * n * n))
        low = 0.0 if s == 0 else (middle - half) / scale  # exactly, without rounding
        high = 1.0 if s == 1 else (middle + half) / scale
        return max(low, 0.0), min(high, 1.0)

    @property
    def elo(self) -> Elo:
        """How much stronger the one side is than the other."""
        low, high = self.interval
        difference = elo_of(self.score) if self.games else math.nan
        return Elo(difference, elo_of(low), elo_of(high))

    @property
    def reversed(self) -> Tally:
        """The same games from the other side."""
        return Tally(self.losses, self.draws, self.wins)
