"""Which learning rate: a short run whose rate grows until the loss does (L. Smith, 1506.01186).

The rate grows from SMALLEST to LARGEST over the batches, by the same factor each. Where the
smoothed loss has grown to four times its smallest value the run ends. The suggestion is a tenth of
the rate where it was smallest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import DivergedError
from .parallel import Process
from .run_options import Options
from .session import Session, Tell

__all__ = ["Finder", "Found"]

SMALLEST, LARGEST = 1e-5, 10.0
MEMORY = 0.9
WORSE = 4.0  # times the smallest loss, where the run ends
MARGIN = 10.0  # below the rate where the loss was smallest


@dataclass(frozen=True)
class Found:
    """Rates, with the smoothed loss at each, and the rate to start with."""

    cfg: str
    rates: tuple[float, ...]
    losses: tuple[float, ...]

    @property
    def best(self) -> int:
        """Where the loss was smallest."""
        return min(range(len(self.losses)), key=self.losses.__getitem__)

    @property
    def suggestion(self) -> float:
        """The rate to start with, to two digits; of no use where `best` is at an end."""
        return float(f"{self.rates[self.best] / MARGIN:.1e}")

    def to_dict(self) -> dict[str, Any]:
        """For JSON (docs/json.md)."""
        return {
            "cfg": self.cfg,
            "suggestion": self.suggestion,
            "smallest_loss": {"rate": self.rates[self.best], "loss": self.losses[self.best]},
            "rates": list(self.rates),
            "losses": list(self.losses),
        }

    def lines(self) -> list[str]:
        """For a terminal."""
        best, last = self.best, len(self.rates) - 1
        if best in (0, last):
            return [
                f"{len(self.rates)} batches, rates {self.rates[0]:.1e} to {self.rates[last]:.1e}",
                "the loss was smallest at the very end of them: no rate can be suggested; more "
                "--batches may show one",
            ]
        return [
            f"{len(self.rates)} batches, rates {self.rates[0]:.1e} to {self.rates[last]:.1e}",
            f"smallest loss  {self.losses[best]:.4f} at {self.rates[best]:.2e}",
            f"suggestion     learning_rate={self.suggestion:g}",
        ]

    def draw(self, path: Path) -> None:
        """The loss against the rate as a picture."""
        from .curve import draw_rates

        draw_rates(self.rates, self.losses, self.suggestion, path)


class Finder:
    """The run; iterate over `run`, then ask for `result`. Nothing of it is kept."""

    def __init__(self, options: Options, process: Process, tell: Tell, batches: int) -> None:
        gamma = (LARGEST / SMALLEST) ** (1 / batches)
        own = {"policy": "exp", "gamma": gamma, "learning_rate": SMALLEST, "burn_in": 0}
        own |= {"max_batches": batches, "max_epochs": 0, "ema_alpha": 0}
        words = {key: word for key, word in options.words.items() if key not in own}
        options = replace(options, net={**options.net, **own}, words=words, clear=True)
        self._session = Session(options, process, tell, keep=False)
        self._rates: list[float] = []
        self._losses: list[float] = []

    def status(self) -> str:
        """How it stands."""
        return f"rate {self._rates[-1]:.1e}, loss {self._losses[-1]:.3f}" if self._losses else ""

    def run(self) -> Iterator[float]:
        """The smoothed loss after every batch."""
        smooth = 0.0
        try:
            for step in self._session.trainer.run(self._session.batches):
                smooth = MEMORY * smooth + (1 - MEMORY) * step.loss
                loss = smooth / (1 - MEMORY**step.batch)
                self._rates.append(step.rate)
                self._losses.append(loss)
                yield loss
                if loss > WORSE * min(self._losses):
                    return
        except DivergedError:  # a loss that is no number is where the search ends
            if not self._losses:
                raise
        finally:
            self._session.close()

    def result(self) -> Found:
        """What was found."""
        whole = [loss for loss in self._losses if math.isfinite(loss)]
        count = len(whole)
        return Found(self._session.options.cfg, tuple(self._rates[:count]), tuple(whole))
