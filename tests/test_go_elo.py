"""Elo: hand-computed values, symmetry, and that the interval has the truth in it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknet.errors import InputError
from darknet.go.elo import Tally, elo_of, expected_score

TALLIES = st.builds(Tally, *(st.integers(0, 300) for _ in range(3)))


def test_by_hand() -> None:
    # 3 of 4: 400 log10(3) = 190.85
    assert elo_of(0.75) == pytest.approx(190.8485)
    assert expected_score(400) == pytest.approx(10 / 11)
    tally = Tally(wins=70, draws=10, losses=20)
    assert tally.score == 0.75
    # Wilson by hand, z² = 3.841459: (0.75 + 0.0192073) / 1.0384146, ± 1.96 sqrt(0.0019710364) / ...
    low, high = tally.interval
    assert low == pytest.approx(0.656955, abs=1e-5)
    assert high == pytest.approx(0.824548, abs=1e-5)
    assert tally.elo.low == pytest.approx(112.9, abs=0.1)
    assert tally.elo.high == pytest.approx(268.8, abs=0.1)


def test_known_interval() -> None:
    # Agresti and Coull 1998: no success in 25 gives 0 to 0.133
    low, high = Tally(0, 0, 25).interval
    assert low == 0
    assert high == pytest.approx(0.1332, abs=2e-4)


@pytest.mark.parametrize(
    ("tally", "words"),
    [
        (Tally(), "not known without games"),
        (Tally(10, 0, 0), "at least +166 (95 %)"),
        (Tally(0, 0, 10), "at most -166 (95 %)"),
        (Tally(0, 6, 0), "+0 (95 %: -255 to +255)"),
    ],
)
def test_words_where_there_is_no_bound(tally: Tally, words: str) -> None:
    assert str(tally.elo) == words
    assert all(v is None or math.isfinite(v) for v in tally.elo.to_dict().values())


@given(TALLIES)
def test_the_other_side_has_the_opposite(tally: Tally) -> None:
    mine, theirs = tally.elo, tally.reversed.elo
    for a, b in (
        (mine.difference, theirs.difference),
        (mine.low, theirs.high),
        (mine.high, theirs.low),
    ):
        assert a == pytest.approx(-b, abs=1e-6, nan_ok=True)


@given(TALLIES)
def test_the_interval_is_around_the_score(tally: Tally) -> None:
    low, high = tally.interval
    assert 0 <= low <= high <= 1
    if tally.games:
        assert low <= tally.score <= high


@given(TALLIES, st.integers(2, 5))
def test_more_games_tell_more(tally: Tally, times: int) -> None:
    many = Tally(tally.wins * times, tally.draws * times, tally.losses * times)
    narrow, wide = np.diff(many.interval)[0], np.diff(tally.interval)[0]
    assert narrow < wide or not tally.games


@given(st.floats(-1500, 1500))
def test_score_and_elo_are_inverse(elo: float) -> None:
    assert elo_of(expected_score(elo)) == pytest.approx(elo, abs=1e-5)


@pytest.mark.parametrize("elo", [-400, -150, 0, 60, 250])
@pytest.mark.parametrize("draws", [0.0, 0.3])
@pytest.mark.parametrize("games", [40, 400])
def test_the_interval_has_the_truth_in_it(elo: float, draws: float, games: int) -> None:
    """Of 4,000 simulated matches 95 % have the true difference in their interval, or more."""
    score = expected_score(elo)
    drawn = draws * 2 * min(score, 1 - score)  # so that the score stays what it is
    chances = [score - drawn / 2, drawn, 1 - score - drawn / 2]
    matches = np.random.default_rng(7).multinomial(games, chances, size=4000)
    estimates = [Tally(*map(int, match)).elo for match in matches]
    inside = np.mean([one.low <= elo <= one.high for one in estimates])
    assert inside > 0.925  # with few games the share goes in steps around 0.95
    below = np.mean([one.high < elo for one in estimates])
    assert below < 0.06


@pytest.mark.parametrize("wrong", [(-1, 0, 0), (0, -1, 0), (0, 0, -2)])
def test_fewer_than_no_games_are_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(InputError, match="below 0"):
        Tally(*wrong)


@pytest.mark.parametrize("score", [-0.1, 1.1, math.nan])
def test_a_score_that_is_none_is_refused(score: float) -> None:
    with pytest.raises(InputError, match="0 to 1"):
        elo_of(score)
