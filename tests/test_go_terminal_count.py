"""Counting at the terminal board: two passes, dead stones by hand, whole games."""

from __future__ import annotations

import pytest

from darknet.go.choice import Choice, Player
from darknet.go.coordinates import from_gtp, to_gtp
from darknet.go.diagram import draw
from darknet.go.moves import BLACK
from go_terminal import check_board, seen, session, typed

WALL = """
. . X O .
. . X O .
X X X O O
. O X O .
. . X O .
"""


@pytest.fixture
def wall(tmp_path):
    """Black has the left, but for a white stone in it; White has the right."""
    made = session(tmp_path, size=5, rules="japanese")
    rows = [line.split() for line in WALL.strip().splitlines()]
    for row, signs in enumerate(rows):
        for column, sign in enumerate(signs):
            if sign != ".":
                typed(made, f"{'b' if sign == 'X' else 'w'} {'ABCDE'[column]} {5 - row}")
    return made


def test_both_passing_ends_the_game_and_counts_it(wall):
    typed(wall, "p")
    reply = typed(wall, "p")
    assert reply.lines[0] == "Both have passed."
    assert wall.game.result
    assert wall.is_over
    assert wall.counting is not None
    typed(wall, "A 1")  # and goes on, if anybody plays
    assert (wall.game.result, wall.counting) == ("", None)


def test_dead_stones_are_marked_and_the_score_follows(wall):
    typed(wall, "k")
    assert wall.counting.dead == {from_gtp("B2", 5)}
    typed(wall, "d B 2")
    assert wall.counting.score.result == "W+10.5"  # the left is nobody's
    # Black: seven empty points on the left, the dead stone and its point; White four, and 6.5
    assert typed(wall, "d B 2").lines == ("Black 9, White 10.5 with komi 6.5: W+1.5 by territory.",)
    assert wall.game.result == ""  # nobody has passed: that was a look
    assert seen(wall)[1:6] == [
        " 5 b b X O w 5",
        " 4 b b X O w 4",
        " 3 X X X O O 3",
        " 2 b o X O w 2",
        " 1 b b X O w 1",
    ]
    typed(wall, "d B 2")
    assert wall.counting.score.result == "W+10.5"
    typed(wall, "k")
    assert wall.counting is None
    assert draw(wall.game.board).split() == WALL.split()


def test_counting_a_loaded_game_leaves_its_result(wall, tmp_path):
    typed(wall, "p", "p")
    wall.game.end("B+0.5")  # by another's count
    path = str(tmp_path / "a.sgf")
    typed(wall, f"s {path}")
    typed(wall, f"l {path}", "k")
    assert wall.counting.score.result == "W+1.5"
    assert (wall.game.result, wall.game.is_unsaved) == ("B+0.5", False)
    typed(wall, "d B 2")  # a person's word
    assert (wall.game.result, wall.game.is_unsaved) == ("W+10.5", True)


def test_the_komi_counts(wall):
    typed(wall, "k")
    assert "B+5" in typed(wall, "komi 0").lines[0]


def test_marks_after_two_passes_make_the_result(wall):
    typed(wall, "p", "p")
    before = wall.game.result
    typed(wall, "d B 2")
    assert wall.game.result == wall.counting.score.result != before


@pytest.mark.parametrize("rules", ["japanese", "tromp-taylor"])
def test_a_whole_game_against_the_network(tmp_path, rules):
    made = session(tmp_path, size=5, person=BLACK, rules=rules, show_ideas=False)
    me = Player(made.policy, Choice(temperature=1.0), seed=5)
    while not made.is_over:
        board = made.game.board
        point = me.choose(board, made.game.rules, made.game.komi).point
        assert typed(made, to_gtp(point, board.size)).draw
        check_board(made.game.board)
    assert made.has_passes
    assert made.game.result == made.counting.score.result
    made.game.save(str(tmp_path / "game"))
    again = session(tmp_path)
    typed(again, f"l {tmp_path / 'game'}")
    assert again.is_over
    assert again.game.result == made.game.result
    assert again.game.board.stones == made.game.board.stones
