"""The learning rate of every batch, as Darknet's policies say.

Batches are numbered from 1; a batch's number is the images seen with it, divided by those of one
step. While the number is below ``burn_in`` the rate grows as (number / burn_in)**power. After that:

    constant   rate
    step       rate * scale**(number // step)
    steps      rate times every scale whose step has been reached
    exp        rate * gamma**number
    poly       rate * (1 - number / max_batches)**power
    sigmoid    rate / (1 + exp(gamma * (number - step)))
    random     rate * u**power, u drawn from 0..1 for every batch
    sgdr       cosine from rate to learning_rate_min, again and again (AlexeyAB; Loshchilov and
               Hutter, arXiv:1608.03983)
    cosine     cosine from rate to 0 over max_batches, after the burn-in (ours)
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from ..cfg import Section
from ..errors import CfgError
from ..layers import NetSection

__all__ = ["Schedule"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """The rates of one run. `section` is the cfg's [net]; `seed` that of policy=random."""

    net: NetSection
    section: Section
    seed: int = 0

    def __post_init__(self) -> None:
        net, told = self.net, self.section.told_of("policy", self.net.policy)
        if net.policy == "steps" and len(net.steps) != len(net.scales):
            raise CfgError(
                f"{told}: {len(net.steps)} steps= and {len(net.scales)} scales=; expected a scale "
                "for every step"
            )
        if net.policy in ("poly", "cosine") and not net.max_batches:
            raise CfgError(f"{told}: needs max_batches=")
        if net.policy == "step" and net.step < 1:
            step = self.section.told_of("step", net.step)
            raise CfgError(f"{step}: expected at least 1 ({told})")

    def rate(self, number: int) -> float:
        """The learning rate of batch `number`, from 1."""
        net = self.net
        try:
            if number < net.burn_in:
                return float(net.learning_rate * (number / net.burn_in) ** net.power)
            return net.learning_rate * _POLICIES[net.policy](self, number)
        except (OverflowError, ZeroDivisionError):  # a run at this rate ends at once, and says so
            return math.inf


def _steps(schedule: Schedule, number: int) -> float:
    factor = 1.0
    for step, scale in zip(schedule.net.steps, schedule.net.scales, strict=True):
        if step > number:
            break
        factor *= scale
    return factor


def _poly(schedule: Schedule, number: int) -> float:
    left = max(0.0, 1 - number / schedule.net.max_batches)
    return float(left**schedule.net.power)


def _sigmoid(schedule: Schedule, number: int) -> float:
    exponent = schedule.net.gamma * (number - schedule.net.step)
    return 1 / (1 + math.exp(exponent)) if exponent < 700 else 0.0


def _random(schedule: Schedule, number: int) -> float:
    # A rate, not a secret; a function of the batch, so that a resumed run draws the same.
    drawn = random.Random(schedule.seed * 1_000_003 + number).random()  # noqa: S311
    return float(drawn**schedule.net.power)


def _sgdr(schedule: Schedule, number: int) -> float:
    net = schedule.net
    start, length = 0, net.sgdr_cycle or max(1, net.max_batches)
    while start + length < number:
        start += length
        length *= max(1, net.sgdr_mult)
    smallest = net.learning_rate_min / net.learning_rate if net.learning_rate else 0.0
    return smallest + (1 - smallest) * _half_cosine((number - start) / length)


def _cosine(schedule: Schedule, number: int) -> float:
    burn_in, last = schedule.net.burn_in, schedule.net.max_batches
    return _half_cosine(min(1.0, (number - burn_in) / max(1, last - burn_in)))


def _half_cosine(share: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * share))


_POLICIES: dict[str, Callable[[Schedule, int], float]] = {
    "constant": lambda schedule, number: 1.0,
    "step": lambda schedule, number: float(schedule.net.scale ** (number // schedule.net.step)),
    "steps": _steps,
    "exp": lambda schedule, number: float(schedule.net.gamma**number),
    "poly": _poly,
    "sigmoid": _sigmoid,
    "random": _random,
    "sgdr": _sgdr,
    "cosine": _cosine,
}
