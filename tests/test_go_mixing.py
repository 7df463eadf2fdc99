"""The order of learning: all of it once an epoch, mixed, and a function of seed and number."""

from __future__ import annotations

import importlib.util
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknet.errors import InputError, RecordError
from darknet.go.coordinates import PASS
from darknet.go.examples import Examples
from darknet.go.mixing import Mixer
from darknet.go.moves import BLACK, Move
from darknet.go.packed import PackedGame, PackedGames, read_packed, write_packed
from darknet.go.shares import shares_of
from darknet.go.split import share_of
from go_packed import drawn_game, drawn_games

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("numba") is None, reason="Numba is not installed"
)


@pytest.fixture
def games(tmp_path) -> PackedGames:
    return drawn_games(tmp_path, 20)


def mixer(games: PackedGames, **options: object) -> Mixer:
    return Mixer(games, np.arange(len(games)), shelf=6, **options)  # type: ignore[arg-type]


def rows(found: Examples) -> list[bytes]:
    """Every position as bytes: stones and the move, which tell positions of drawn games apart."""
    return [
        bits.tobytes() + move.tobytes() + turn.tobytes()
        for bits, move, turn in zip(found.bits, found.moves, found.won, strict=True)
    ]


def test_an_epoch_has_every_position_once_and_mixes_games(games: PackedGames) -> None:
    mixed = mixer(games, handicap=1.0, forgotten=0.0)
    total = sum(len(games[number].moves) for number in range(20))
    assert mixed.count == total
    first, second = mixed.batch(0, total).examples, mixed.batch(1, total).examples
    assert sorted(rows(first)) == sorted(rows(second))
    assert rows(first) != rows(second)
    distinct = len(set(rows(first)))
    assert distinct > 0.7 * total  # the first positions of games are alike, and passes leave them
    numbers = np.array([row.count(b"\0") for row in rows(first)])  # fewer stones early in a game
    along = np.corrcoef(numbers[:-1], numbers[1:])[0, 1]
    assert abs(along) < 0.2


@pytest.mark.parametrize("size", [7, 64, 500])
def test_processes_take_parts_of_what_one_takes(games: PackedGames, size: int) -> None:
    alone, again = mixer(games, seed=3), mixer(games, seed=3)
    for number in (0, 5, 2, 40):  # 40 is in a later epoch, and 2 is gone back to
        whole = alone.batch(number, 2 * size)
        for rank in range(2):
            part = again.batch(number, 2 * size, slice(rank * size, (rank + 1) * size))
            mine = slice(rank * size, (rank + 1) * size)
            assert rows(part.examples) == rows(whole.examples)[mine]
            np.testing.assert_array_equal(part.examples.last, whole.examples.last[mine])
            np.testing.assert_array_equal(part.views, whole.views[mine])


def test_seeds_differ_and_views_are_drawn(games: PackedGames) -> None:
    one, other = mixer(games, seed=1).batch(0, 400), mixer(games, seed=2).batch(0, 400)
    assert rows(one.examples) != rows(other.examples)
    counts = np.bincount(one.views, minlength=8)
    assert (counts > 20).all()
    assert counts.sum() == 400


def test_handicap_games_are_in_as_many_epochs_as_wished(games: PackedGames) -> None:
    even = sum(len(games[n].moves) for n in range(20) if not games[n].setup)
    without = mixer(games, handicap=0.0)
    assert without.count == even
    assert sorted(rows(without.batch(0, even).examples)) == sorted(
        rows(without.batch(1, even).examples)
    )
    half = mixer(games, handicap=0.5)
    epochs = [half._make_epoch(number) for number in range(200)]
    counts = np.array([len(epoch.order) for epoch in epochs])
    assert counts.min() == 17
    assert counts.max() == 20
    assert counts.mean() == pytest.approx(18.5, abs=0.25)  # four standard errors: 3 x 0.25 / 200


def test_the_past_is_forgotten_as_often_as_wished(games: PackedGames) -> None:
    known = mixer(games, forgotten=0.0).batch(0, 1000).examples.last
    some = mixer(games, forgotten=0.3).batch(0, 1000).examples.last
    has_past = known[:, 0] >= 0
    lost = (some[has_past, 0] < 0).mean()
    assert lost == pytest.approx(0.3, abs=0.06)
    kept = some[:, 0] >= 0
    np.testing.assert_array_equal(some[kept], known[kept])
    assert (mixer(games, forgotten=1.0).batch(0, 1000).examples.last == -1).all()
    # what was forgotten in a batch is known again in the next epoch's: shelves are not written to
    mixed = mixer(games, forgotten=0.3)
    lasts = [mixed.batch(number, mixed.count).examples.last for number in range(6)]
    assert np.mean([(last[:, 0] < 0).mean() for last in lasts]) < 0.4


@pytest.mark.parametrize("name", ["handicap", "forgotten"])
def test_shares_out_of_bounds_are_refused(games: PackedGames, name: str) -> None:
    with pytest.raises(InputError, match=f"{name}=1.5: expected a share"):
        mixer(games, **{name: 1.5})


def test_nothing_to_learn_from_is_told(tmp_path) -> None:
    games = drawn_games(tmp_path, 3)
    with pytest.raises(RecordError, match="no positions to learn from"):
        mixer(games, handicap=0.0)


def test_the_shares_of_a_file_are_those_of_its_games(games: PackedGames) -> None:
    found = shares_of(games)
    for number, share in enumerate(found.tolist()):
        game = games[number]
        points = [PASS if point == PASS else point for _, point in game.moves]
        assert share == share_of(19, points, [point for _, point in game.setup])


@given(st.integers(1, 300), st.integers(1, 300), st.integers(0, 2000))
def test_the_order_does_not_depend_on_the_batch(one: int, other: int, position: int) -> None:
    """What is at a place of the run is there in batches of any size, wherever they begin."""
    with TemporaryDirectory() as folder:
        games = drawn_games(Path(folder), 9, 20)
    found = []
    for size in (one, other):
        mixed = mixer(games, seed=5, forgotten=0.0)
        with closing(mixed):
            batch = mixed.batch(position // size, size).examples
        found.append(rows(batch)[position % size])
    assert found[0] == found[1]


@pytest.mark.parametrize("first", [1, 9, 33, 200])
def test_a_run_goes_on_in_the_middle_of_a_shelf(games: PackedGames, first: int) -> None:
    whole, resumed = mixer(games, seed=2), mixer(games, seed=2)
    for number in range(first):
        whole.batch(number, 50)
    for number in range(first, first + 30):
        one, other = whole.batch(number, 50), resumed.batch(number, 50)
        assert rows(one.examples) == rows(other.examples)
        np.testing.assert_array_equal(one.examples.last, other.examples.last)
        np.testing.assert_array_equal(one.views, other.views)
    # nothing is kept of what is over, and the next shelf is begun, be it of the next epoch
    assert len(whole._epochs) <= 2
    assert len(whole._shelves) <= 3


def test_the_next_epoch_is_begun_ahead(games: PackedGames) -> None:
    mixed = mixer(games, handicap=1.0)
    mixed.batch(0, mixed.count)
    assert (1, 0) in mixed._shelves


def test_epochs_without_games_are_passed_over(tmp_path) -> None:
    """Handicap games alone, seldom: most epochs have none."""
    mixed = mixer(drawn_games(tmp_path, 3), handicap=0.05, forgotten=0.0)
    epochs = [mixed._make_epoch(number) for number in range(400)]
    found = [len(epoch.order) for epoch in epochs]
    assert found.count(0) > 200
    expected = sum(int(epoch.starts[-1]) - int(epoch.starts[0]) for epoch in epochs[:200])
    stream = [row for number in range(8) for row in rows(mixed.batch(number, 25).examples)]
    again = mixer(drawn_games(tmp_path, 3), handicap=0.05, forgotten=0.0)
    assert rows(again.batch(0, 200).examples) == stream
    assert expected > 200  # so that the stream went through several of them


@pytest.mark.parametrize(
    ("numbers", "said"),
    [([0, 20], "some of 0 to 19"), ([-1], "some of 0 to 19"), ([0.5], "some of 0 to 19"),
     ([[1]], "some of 0 to 19"), ([3, 1, 3], "one is there twice")],
)  # fmt: skip
def test_numbers_of_no_game_are_refused(games: PackedGames, numbers, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Mixer(games, numbers)


def test_an_illegal_move_is_told_by_whoever_waits_for_it(tmp_path) -> None:
    good = drawn_game(1, 30)
    bad = PackedGame((), (*good.moves, Move(BLACK, good.moves[0].point)), result=1)
    write_packed(tmp_path / "bad.bin", [good, bad])
    mixed = mixer(read_packed(tmp_path / "bad.bin"))
    with pytest.raises(RecordError, match="game 2, move 31 is illegal: there is a stone"):
        mixed.batch(0, 8)
