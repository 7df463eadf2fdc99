"""Ko and superko by hand: who may take back when, also after edits and undo."""

from __future__ import annotations

import pytest

from darknet.errors import IllegalMoveError
from darknet.go.board import Board
from darknet.go.coordinates import from_gtp
from darknet.go.diagram import draw, read
from darknet.go.moves import BLACK, WHITE, Illegal, Ko, Move
from go_games import played

KO = """
    . X O . .
    X O . O .
    . X O . .
    . . . . .
    . . . . ."""


@pytest.mark.parametrize("rule", [Ko.SIMPLE, Ko.POSITIONAL, Ko.SITUATIONAL])
def test_a_ko_may_not_be_taken_back_at_once(rule):
    board = played(read(KO, ko=rule), "b C4")
    with pytest.raises(IllegalMoveError, match="White may not play B4: it would take back the ko"):
        played(board, "w B4")
    played(board, "w E1 b A1 w B4")  # after a threat it may
    assert board.why_illegal(from_gtp("C4", 5)) is Illegal.KO
    board.undo()
    assert board.why_illegal(from_gtp("B4", 5)) is None
    while board.last != Move(BLACK, from_gtp("C4", 5)):
        board.undo()
    assert board.why_illegal(from_gtp("B4", 5)) is Illegal.KO  # again, after undo


def test_without_a_ko_rule_it_may():
    board = played(read(KO, ko=Ko.NONE), "b C4 w B4 b C4")
    assert board.ko is None
    assert board.prisoners(BLACK) == 1


def test_a_ko_may_be_filled_and_ends_with_any_other_move():
    board = played(read(KO), "b C4")
    assert board.is_legal(from_gtp("B4", 5), BLACK)  # Black twice in a row: to connect
    assert not board.is_legal(from_gtp("B4", 5), WHITE)
    played(board, "b A1")  # Black twice in a row: White has had a turn, in a way
    assert board.is_legal(from_gtp("B4", 5), WHITE)
    board = played(read(KO), "b C4 w pass b pass")
    assert board.is_legal(from_gtp("B4", 5), WHITE)


def test_an_edit_ends_a_ko():
    board = played(read(KO), "b C4")
    board.edit({from_gtp("E1", 5): WHITE})
    assert board.is_legal(from_gtp("B4", 5), WHITE)
    board.undo()
    assert not board.is_legal(from_gtp("B4", 5), WHITE)


def test_positional_superko_on_two_lines():
    """White's three stones take A2; to play there again would take them, and be a cycle."""
    for rule, reason in (
        (Ko.SIMPLE, None),
        (Ko.POSITIONAL, Illegal.REPETITION),
        (Ko.SITUATIONAL, Illegal.REPETITION),
    ):
        board = played(Board(2, ko=rule), "b A2 w A1 b pass w B2")
        assert draw(board) == ". O\nO ."
        played(board, "b pass w pass")
        assert board.why_illegal(from_gtp("A2", 2), BLACK) is Illegal.SUICIDE
        played(board, "w B1")
        assert draw(board) == ". O\nO O"
        assert board.why_illegal(from_gtp("A2", 2), BLACK) is reason


def test_situational_superko_asks_who_is_to_move():
    """A2 alone is there with Black to move, and would come again with White to move."""
    for rule, reason in ((Ko.SITUATIONAL, None), (Ko.POSITIONAL, Illegal.REPETITION)):
        board = played(read("X .\n. .", ko=rule, to_move=BLACK), "w A1 w B2 w B1")
        assert draw(board) == ". O\nO O"
        assert board.why_illegal(from_gtp("A2", 2), BLACK) is reason


def test_positions_before_an_edit_do_not_count():
    board = played(Board(2, ko=Ko.POSITIONAL), "b A2 w A1 b pass w B2 w B1")
    assert board.why_illegal(from_gtp("A2", 2), BLACK) is Illegal.REPETITION
    board.edit({})
    assert board.is_legal(from_gtp("A2", 2), BLACK)
    board.undo()
    assert board.why_illegal(from_gtp("A2", 2), BLACK) is Illegal.REPETITION
    board.redo()
    assert board.is_legal(from_gtp("A2", 2), BLACK)
