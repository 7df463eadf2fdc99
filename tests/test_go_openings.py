"""Openings and the held-out share: what depends on a game's moves, however it is turned."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknet.errors import InputError
from darknet.go.board import Board
from darknet.go.coordinates import PASS, from_gtp
from darknet.go.geometry import symmetry
from darknet.go.moves import BLACK, WHITE, Move
from darknet.go.openings import _canonical, drawn_openings, recorded_openings
from darknet.go.packed import PackedGame, read_packed, write_packed
from darknet.go.records import record_of
from darknet.go.split import line_of, share_of
from darknet.go.valid_data import games_in
from go_games import chance, mini

MOVES = st.lists(st.integers(-1, 80), max_size=90)


@given(MOVES, st.integers(0, 7))
def test_a_share_does_not_depend_on_how_a_game_is_turned(moves: list[int], turn: int) -> None:
    goes = symmetry(9, turn)
    turned = [PASS if point == PASS else goes[point] for point in moves]
    setup, placed = [3, 40], [goes[40], goes[3]]
    assert share_of(9, turned) == share_of(9, moves)
    assert share_of(9, turned, placed) == share_of(9, moves, setup)
    assert line_of(9, turned) == line_of(9, moves)
    assert 0 <= share_of(9, moves) < 1


@given(MOVES, st.data())
def test_another_game_has_another_share(moves: list[int], data: st.DataObject) -> None:
    assert share_of(9, moves) != share_of(13, moves)
    assert line_of(9, [*moves, 5]) != line_of(9, moves)
    assert share_of(9, moves, [40]) != share_of(9, moves)
    cut = data.draw(st.integers(0, len(moves)))
    is_late = cut >= 60 or cut == len(moves)
    assert (share_of(9, moves[:cut]) == share_of(9, moves)) == is_late


def test_the_share_is_the_same_everywhere() -> None:
    """Of a game by hand: another number here would mix training and held-out games."""
    assert share_of(19, [72, 288, 60, 300]) == pytest.approx(SHARE, abs=1e-15)


SHARE = 0.6312800014202469


def test_shares_are_spread_evenly(shared: Path) -> None:
    games = games_in(mini(shared))
    shares = np.array([games.share(game) for game in range(200)])
    counts, _ = np.histogram(shares, bins=4, range=(0, 1))
    assert counts.min() >= 30
    assert len(set(shares.tolist())) == 200


@pytest.mark.parametrize(("size", "moves"), [(19, 4), (19, 12), (13, 6), (9, 2), (5, 2), (2, 1)])
def test_openings_can_be_played(size: int, moves: int) -> None:
    for opening in islice(drawn_openings(size, moves, 0), 50):
        board = Board(size)
        for point in opening:
            board.play(point)
        assert len(board.moves) == moves
        assert sum(map(abs, board.stones)) == moves


def test_openings_take_the_corners() -> None:
    for opening in islice(drawn_openings(19, 4, 5), 40):
        quarters = {(point // 19 < 9, point % 19 < 9) for point in opening}
        assert len(quarters) == 4


@pytest.mark.parametrize(("size", "moves", "count"), [(19, 4, 500), (9, 2, 30)])
def test_openings_differ_under_every_symmetry(size: int, moves: int, count: int) -> None:
    found = list(islice(drawn_openings(size, moves, 1), count))
    assert len({_canonical(size, opening) for opening in found}) == count


def test_a_seed_gives_the_same_openings() -> None:
    first, again, other = (list(islice(drawn_openings(19, 4, s), 20)) for s in (3, 3, 4))
    assert first == again != other


def test_openings_go_on_when_all_were_drawn() -> None:
    assert len(list(islice(drawn_openings(3, 1, 0), 30))) == 30
    assert list(islice(drawn_openings(19, 0, 0), 3)) == [(), (), ()]


@pytest.mark.parametrize("moves", [-1, 91])
def test_openings_that_are_too_long(moves: int) -> None:
    with pytest.raises(InputError, match="0 to 90"):
        next(drawn_openings(19, moves, 0))


def test_openings_of_real_games(shared: Path) -> None:
    raw = read_packed(mini(shared))
    begins = {tuple(move.point for move in game.moves[:8]) for game in raw if not game.setup}
    found = list(islice(recorded_openings(games_in(mini(shared)), 19, 8, 0), 60))
    assert set(found) <= begins
    assert len({_canonical(19, opening) for opening in found}) == 60


def test_games_that_cannot_serve_are_left_out(tmp_path: Path) -> None:
    good = chance(1, 19, 12, passes=0)
    points = [move.point for move in good.moves]
    plain = tuple(Move(BLACK if n % 2 == 0 else WHITE, p) for n, p in enumerate(points[:10]))
    write_packed(
        tmp_path / "games.bin",
        [
            PackedGame((Move(BLACK, 60),), plain),  # setup
            PackedGame((), plain[:5]),  # short
            PackedGame((), (plain[0], Move(WHITE, PASS), *plain[2:])),
            PackedGame((), (plain[0], Move(BLACK, plain[1].point), *plain[2:])),
            PackedGame((), plain),
        ],
    )
    opening = tuple(points[:6])
    found = list(islice(recorded_openings(games_in(tmp_path / "games.bin"), 19, 6, 0), 3))
    assert found == [opening] * 3
    with pytest.raises(InputError, match="no game of 9 lines"):
        next(recorded_openings(games_in(tmp_path / "games.bin"), 9, 6, 0))


def test_openings_from_records(tmp_path: Path) -> None:
    board = Board(9)
    for vertex in ("E5", "C3", "G7"):
        board.play(from_gtp(vertex, 9))
    record_of(board).write(tmp_path / "a.sgf")
    (found,) = islice(recorded_openings(games_in(tmp_path), 9, 2, 0), 1)
    assert found == (from_gtp("E5", 9), from_gtp("C3", 9))
