"""Packed games as positions: equal to what `Board` gives, and the same moves are refused."""

from __future__ import annotations

import importlib.util
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from darknet.errors import IllegalMoveError, InputError, RecordError
from darknet.go.coordinates import PASS, from_gtp
from darknet.go.moves import BLACK, WHITE, Move
from darknet.go.packed import PackedGame, read_packed, write_packed
from darknet.go.positions import replayed
from go_games import chance, mini

needs_numba = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="needs Numba")


def by_board(games):
    """The same arrays by the plain board."""
    for game in games:
        board = game.board()
        for colour, point in game.moves:
            is_forbidden = board.ko is not None and colour == board.to_move
            yield board.array() * colour, point, board.ko if is_forbidden else -1
            board.play(point, colour)


def games_of(tmp_path, *games):
    write_packed(tmp_path / "games.bin", games)
    return read_packed(tmp_path / "games.bin")


def moves_of(words):
    colours = {"b": BLACK, "w": WHITE}
    pairs = zip(words.split()[::2], words.split()[1::2], strict=True)
    return tuple(Move(colours[c], from_gtp(v, 19)) for c, v in pairs)


def check(found, games):
    expected = list(by_board(games))
    assert len(found) == len(expected)
    np.testing.assert_array_equal(found.stones(), [stones for stones, _, _ in expected])
    moves = [361 if point == PASS else point for _, point, _ in expected]
    np.testing.assert_array_equal(found.moves, moves)
    np.testing.assert_array_equal(found.kos, [ko for _, _, ko in expected])


@needs_numba
def test_all_games_of_the_mini_file(shared):
    games = read_packed(mini(shared))
    found = replayed(games)
    check(found, games)
    counts = [len(game.moves) for game in games]
    np.testing.assert_array_equal(found.games, np.repeat(range(200), counts))
    np.testing.assert_array_equal(found.turns, np.concatenate([np.arange(c) for c in counts]))
    assert found.bits.shape == (39_789, 2, 48)


@needs_numba
def test_games_at_random_with_kos_passes_and_colours_twice_in_a_row(tmp_path):
    drawn = []
    for seed in range(8):
        board = chance(seed, 19, 500, passes=0.05)
        drawn.append(PackedGame((), tuple(board.moves)))
    games = games_of(tmp_path, *drawn)
    found = replayed(games)
    check(found, games)
    assert (found.kos >= 0).any()
    assert (found.moves == 361).any()


@needs_numba
def test_some_games_in_another_order(shared):
    games = read_packed(mini(shared))
    found = replayed(games, [7, 3, 7])
    check(found, [games[7], games[3], games[7]])
    part = found.stones(slice(10, 20))
    np.testing.assert_array_equal(part, found.stones()[10:20])
    np.testing.assert_array_equal(found.stones(np.array([5, 2])), found.stones()[[5, 2]])
    assert len(replayed(games, [])) == 0


@needs_numba
def test_handicap_and_who_moves_first(tmp_path):
    setup = moves_of("b D4 b Q16 w K10")
    games = games_of(tmp_path, PackedGame(setup, moves_of("w C3 b pass w Q4 w Q5")))
    check(replayed(games), games)
    assert replayed(games).stones()[0].sum() == -1


@needs_numba
def test_threads_replay_side_by_side(shared):
    games = read_packed(mini(shared))
    with ThreadPoolExecutor(3) as pool:
        parts = list(pool.map(lambda n: replayed(games, range(n, n + 50)), range(0, 200, 50)))
    whole = replayed(games)
    np.testing.assert_array_equal(np.concatenate([part.bits for part in parts]), whole.bits)


@needs_numba
@pytest.mark.parametrize(
    ("setup", "moves", "message"),
    [
        ("", "b D4 w D4", "game 1, move 2 is illegal: there is a stone"),
        ("", "b A2 w T1 b B1 w A1", "move 4 is illegal: it would take its own last liberty"),
        ("", "b A2 w T1 b B2 w S1 b C1 w A1 b T9 w B1", "move 8 is illegal: it would take its own"),
        (
            "b B3 b A2 b B1 w C3 w D2 w C1 b C2 w Q16",
            "w B2 b C2",
            "move 2 is illegal: the ko forbids it",
        ),
        ("b A1 w A2 w B1", "b D4", "move 1 is illegal: a setup stone would have no liberty"),
    ],
    ids=["stone", "suicide", "suicide of two", "ko", "setup"],
)
def test_illegal_moves(tmp_path, setup, moves, message):
    games = games_of(tmp_path, PackedGame(moves_of(setup), moves_of(moves)))
    with pytest.raises(RecordError, match=message):
        replayed(games)
    with pytest.raises(IllegalMoveError):
        list(by_board(games))


@needs_numba
@pytest.mark.parametrize("numbers", [[200], [-1], [[1]]])
def test_numbers_that_are_none(shared, numbers):
    with pytest.raises(InputError, match="expected a list of some of 0 to 199"):
        replayed(read_packed(mini(shared)), numbers)


def test_without_numba_it_says_what_to_install(tmp_path, monkeypatch):
    games = games_of(tmp_path, PackedGame((), moves_of("b D4")))
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "darknet.go.replay", raising=False)
    with pytest.raises(InputError, match=r"Numba.*pip install darknet-python\[go\]"):
        replayed(games)


def test_a_numba_that_does_not_start_says_why(tmp_path, monkeypatch):
    games = games_of(tmp_path, PackedGame((), moves_of("b D4")))
    (tmp_path / "numba.py").write_text("raise ImportError('Numba needs NumPy 2, or less')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    monkeypatch.delitem(sys.modules, "darknet.go.replay", raising=False)
    with pytest.raises(InputError, match="does not start: Numba needs NumPy 2, or less"):
        replayed(games)
