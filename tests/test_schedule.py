"""Learning rates by hand, for every policy of both Darknets."""

from __future__ import annotations

import math

import pytest

from darknet.cfg import Cfg
from darknet.errors import CfgError
from darknet.layers import NetSection
from darknet.layers.net import POLICIES
from darknet.options import bind
from darknet.train.schedule import Schedule


def schedule(text: str, seed: int = 0) -> Schedule:
    section = Cfg.parse(f"[net]\n{text}", "net.cfg").sections[0]
    net, warnings = bind(NetSection, section)
    assert not warnings
    return Schedule(net, section, seed)


def rates(text: str, *numbers: int) -> list[float]:
    return [schedule(text).rate(number) for number in numbers]


def test_constant() -> None:
    assert rates("learning_rate=.3", 1, 10, 99) == [0.3, 0.3, 0.3]


def test_burn_in_grows_with_its_power() -> None:
    text = "learning_rate=.8\nburn_in=4\npower=2"
    assert rates(text, 1, 2, 3, 4, 5) == pytest.approx([0.05, 0.2, 0.45, 0.8, 0.8])


def test_darknets_own_power_is_4() -> None:
    assert rates("learning_rate=1\nburn_in=1000", 500) == [0.0625]


def test_step_divides_as_in_c() -> None:
    text = "learning_rate=1\npolicy=step\nstep=10\nscale=.5"
    assert rates(text, 1, 9, 10, 19, 20, 35) == [1, 1, 0.5, 0.5, 0.25, 0.125]


def test_steps_change_at_their_batch() -> None:
    text = "learning_rate=.001\npolicy=steps\nsteps=100,200\nscales=10,.1"
    assert rates(text, 99, 100, 199, 200, 300) == pytest.approx([0.001, 0.01, 0.01, 0.001, 0.001])


def test_exp() -> None:
    assert rates("learning_rate=2\npolicy=exp\ngamma=.5", 1, 3) == [1, 0.25]


def test_poly_ends_at_nothing() -> None:
    text = "learning_rate=.1\npolicy=poly\npower=4\nmax_batches=100"
    assert rates(text, 50, 100, 101) == pytest.approx([0.1 / 16, 0, 0])


def test_sigmoid() -> None:
    text = "learning_rate=1\npolicy=sigmoid\ngamma=.1\nstep=50"
    assert rates(text, 50, 60, 50_000) == pytest.approx([0.5, 1 / (1 + math.e), 0])


def test_random_is_a_function_of_seed_and_batch() -> None:
    text = "learning_rate=1\npolicy=random\npower=1"
    drawn = rates(text, *range(1, 2001))
    assert drawn == rates(text, *range(1, 2001))
    assert 0.45 < sum(drawn) / 2000 < 0.55  # 0.5, five deviations of the mean each way
    assert schedule(text, seed=1).rate(7) != schedule(text).rate(7)


def test_sgdr_starts_again_in_longer_cycles() -> None:
    text = "learning_rate=1\nlearning_rate_min=.2\npolicy=sgdr\nsgdr_cycle=10\nsgdr_mult=2"
    assert rates(text, 5, 10, 20, 30, 11) == pytest.approx(
        [0.6, 0.2, 0.6, 0.2, 0.2 + 0.4 * (1 + math.cos(math.pi / 20))]
    )


def test_cosine_after_the_burn_in() -> None:
    text = "learning_rate=1\npolicy=cosine\nburn_in=10\npower=1\nmax_batches=110"
    assert rates(text, 5, 10, 60, 110) == pytest.approx([0.5, 1, 0.5, 0], abs=1e-12)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_gives_rates(policy: str) -> None:
    text = (
        f"policy={policy}\nmax_batches=50\nsteps=10,20\nscales=.1,.1\nstep=5\nscale=.5\nburn_in=3"
    )
    found = rates(text, *range(1, 60))
    assert all(math.isfinite(rate) and rate >= 0 for rate in found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("policy=steps\nsteps=1,2\nscales=.1", r"policy=steps: 2 steps= and 1 scales=; expected"),
        ("policy=poly", "policy=poly: needs max_batches="),
        ("policy=cosine", "policy=cosine: needs max_batches="),
        (
            "policy=step\nstep=0",
            r"net.cfg:3: \[net\] step=0: expected at least 1 \(net.cfg:2: \[net\] policy=step\)",
        ),
    ],
)
def test_what_a_policy_lacks_is_told(text: str, said: str) -> None:
    with pytest.raises(CfgError, match=said):
        schedule(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("policy=poly\npower=-1\nmax_batches=9", 9),
        ("policy=exp\ngamma=2", 20_000),
        ("policy=step\nstep=1\nscale=3", 20_000),
    ],
)
def test_a_rate_beyond_all_numbers_is_infinite(text: str, number: int) -> None:
    assert rates(text, number) == [math.inf]
