"""Ladders read to the end, and what the reader changes of a network's moves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from darknet.go.assist import advised
from darknet.go.board import Board
from darknet.go.choice import Choice, Player
from darknet.go.coordinates import PASS, from_gtp, to_gtp
from darknet.go.diagram import read
from darknet.go.evaluation import Suggestion
from darknet.go.ladder import escapes, hunted, is_caught
from darknet.go.moves import BLACK, WHITE
from darknet.go.rules import rules_named
from go_games import boards
from go_nets import Told

CHINESE = rules_named("chinese")

# The white stone at C7 is in atari: the ladder runs down and to the right.
RUNS = """
. . . . . . . . .
. . X X . . . . .
. X O . . . . . .
. . X . . . . . .
. . . . . . . . .
. . . . . . . . .
. . . . . . . . .
. . . . . . . . .
. . . . . . . . ."""


def with_stone(text, vertex, sign):
    lines = [line.split() for line in text.split("\n") if line]
    point = from_gtp(vertex, len(lines))
    lines[point // len(lines)][point % len(lines)] = sign
    return "\n".join(" ".join(line) for line in lines)


def at(vertex, size=9):
    return from_gtp(vertex, size)


def names(points, size=9):
    return {to_gtp(point, size) for point in points}


def test_a_ladder_that_works():
    board = read(RUNS, to_move=WHITE)
    assert is_caught(board, at("C7"))
    assert escapes(board, at("C7")) == ()


@pytest.mark.parametrize("breaker", ["G4", "G3", "H3"])
def test_a_ladder_breaker(breaker):
    board = read(with_stone(RUNS, breaker, "O"), to_move=WHITE)
    assert names(escapes(board, at("C7"))) == {"D7"}


def test_a_breaker_of_the_hunters_colour_breaks_nothing():
    assert is_caught(read(with_stone(RUNS, "G3", "X"), to_move=WHITE), at("C7"))


def test_a_ladder_across_the_whole_board():
    board = Board(19)
    stones = {"D4": WHITE, "C4": BLACK, "D3": BLACK, "E3": BLACK}
    board.edit({from_gtp(v, 19): c for v, c in stones.items()}, BLACK)
    caught = hunted(board, from_gtp("D4", 19))
    assert names(caught, 19) & {"D5", "E4"}
    board.edit({from_gtp("Q16", 19): WHITE})
    assert not names(hunted(board, from_gtp("D4", 19)), 19) & {"D5"}


def test_a_way_out_by_taking_a_hunter():
    """A1 has no air at B1, but A2 is in atari itself; with A4 White it leads nowhere."""
    text = """
    . . . . .
    X X . . .
    . O . . .
    O X O . .
    X . O . ."""
    board = read(text)
    assert names(escapes(board, at("A1", 5)), 5) == {"A3"}
    lost = read(text.replace("X X . . .", "O O . . ."))
    assert is_caught(lost, at("A1", 5))


def test_a_ko_is_no_way_out_while_it_may_not_be_taken_back():
    board = read(". X O .\nX . X O\n. X O .\n. . . .", to_move=WHITE)
    board.play(from_gtp("B3", 4))
    assert is_caught(board, at("B4", 4))
    board.edit({})  # which ends the ko
    assert names(escapes(board, at("B4", 4)), 4) == {"C3"}


def test_nothing_is_hunted_that_has_three_liberties_or_one():
    board = read(". . .\n. O .\n. . .")
    assert hunted(board, 4) == ()
    assert hunted(read("X O .\n. X .\n. . ."), 1) == ()


@settings(deadline=None, max_examples=60)
@given(boards((3, 9)))
def test_reading_changes_nothing_and_agrees_with_one_move_more(board):
    stones, past = board.stones, board.past
    for point, colour in enumerate(stones):
        liberties = board.liberties(point)
        if not colour or len(liberties) > 2:
            continue
        if len(liberties) == 1:
            for move in escapes(board, point):
                twin = Board(board.size)
                twin.edit({p: c for p, c in enumerate(stones) if c}, colour)
                twin.play(move, colour)
                assert len(twin.liberties(point)) > 1
                assert len(twin.liberties(point)) > 2 or not hunted(twin, point)
        else:
            assert set(hunted(board, point)) <= liberties
    assert (board.stones, board.past) == (stones, past)


# ---- what it changes


def best(board, said):
    moves = [Suggestion(from_gtp(v, board.size), share) for v, share in said.items()]
    return to_gtp(advised(board, moves)[0].point, board.size)


def test_a_big_chain_in_atari_is_saved():
    text = """
    . . . . . . .
    . O O O O . .
    O X X X X . .
    . O O O O . .
    . . . . . . .
    . . . . . . .
    . . . . . . ."""
    board = read(text)
    assert best(board, {"A1": 0.5, "F5": 0.2}) == "F5"
    assert best(board, {"A1": 0.5, "F5": 0.01}) == "A1"


def test_a_big_chain_in_atari_is_taken_unless_it_is_lost_anyway():
    text = """
    . . . . . . .
    . O O O O . .
    O X X X X . .
    . O O O O . .
    . . . . . . .
    . . . . . . .
    . . . . . . ."""
    board = read(text, to_move=WHITE)
    assert best(board, {"A1": 0.5, "F5": 0.2}) == "F5"
    lost = """
    . . . . . . .
    . O O O O O .
    O X X X X . O
    . O O O O O .
    . . . . . . .
    . . . . . . .
    . . . . . . ."""
    assert best(read(lost, to_move=WHITE), {"A1": 0.5, "F5": 0.2}) == "A1"


def test_a_step_in_a_lost_ladder_is_not_taken():
    board = read(RUNS, to_move=WHITE)
    assert best(board, {"D7": 0.9, "A1": 0.1}) == "A1"
    board = read(with_stone(RUNS, "G3", "O"), to_move=WHITE)
    assert best(board, {"D7": 0.9, "A1": 0.1}) == "D7"


def test_a_self_atari_of_three_is_refused_and_of_two_is_not():
    text = """
    X X . . O
    O O O O .
    . . . . .
    . . . . .
    . . . . ."""
    assert best(read(text), {"C5": 0.9, "E1": 0.1}) == "E1"
    small = """
    X . . O .
    O O O . .
    . . . . .
    . . . . .
    . . . . ."""
    assert best(read(small), {"C5": 0.9, "E1": 0.1}) == "C5"
    assert best(read(small), {"B5": 0.9, "E1": 0.1}) == "E1"  # from atari into atari
    two = small.replace("X . . O .", ". X . O .")
    assert best(read(two), {"C5": 0.9, "E1": 0.1}) == "C5"


def test_a_capture_may_leave_stones_in_atari():
    text = """
    O O . X O
    X X X O .
    . . . . .
    . . . . .
    . . . . ."""
    assert best(read(text, to_move=WHITE), {"C5": 0.6, "E1": 0.5}) == "C5"
    nothing = read(text.replace("O O . X O", "O O . . O"), to_move=WHITE)
    assert best(nothing, {"C5": 0.6, "E1": 0.5}) == "E1"


def test_where_all_is_refused_the_first_stays():
    text = "X X . . \nO O O O\n. . . .\n. . . ."
    assert best(read(text), {"C4": 0.9}) == "C4"


def test_the_player_says_that_it_was_assisted():
    board = read(RUNS, to_move=WHITE)
    said = Told({"D7": 0.9, "G3": 0.1})
    plain = Player(said, Choice()).choose(board, CHINESE, 7.5)
    helped = Player(said, Choice(assist=True)).choose(board, CHINESE, 7.5)
    assert (to_gtp(plain.point, 9), plain.reason) == ("D7", "policy")
    assert (to_gtp(helped.point, 9), helped.reason) == ("G3", "assist")
    assert helped.point != PASS
    assert board.to_move == WHITE
    assert BLACK in board.stones
