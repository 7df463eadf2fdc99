"""GTP: setting boards up, handicap, moves by hand, undo."""

from __future__ import annotations

import pytest

from darknet.go.moves import BLACK, WHITE
from gtp_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk(5)


# -- Size and komi -----------------------------------------------------------------------------


def test_a_size_gives_an_empty_board(desk: Desk) -> None:
    desk("play b C3")
    assert desk("boardsize 7") == ""
    assert desk("query_boardsize") == "7"
    assert desk("list_stones b") == ""
    assert desk.refused("undo") == "cannot undo"


@pytest.mark.parametrize("size", ["1", "0", "-9", "26", "100000000000"])
def test_sizes_that_there_are_none_of(desk: Desk, size: str) -> None:
    desk("play b C3")
    assert desk.refused(f"boardsize {size}").startswith("unacceptable size")
    assert desk("list_stones b") == "C3"


@pytest.mark.parametrize("words", ["", " five", " 5.0", " 5 5", " 1e1", " \u0665"])
def test_what_is_no_size(desk: Desk, words: str) -> None:
    assert desk.refused(f"boardsize{words}").startswith("syntax error")


def test_rectangles(desk: Desk) -> None:
    assert desk.refused("rectangular_boardsize 9 13").startswith("unacceptable size")
    assert desk("rectangular_boardsize 9 9") == ""
    assert desk("query_boardsize") == "9"


def test_komi(desk: Desk) -> None:
    assert desk("get_komi") == "7.5"
    desk("komi -3.25")
    desk("clear_board")
    assert desk("get_komi") == "-3.25"
    for word in ("nan", "inf", "1_0", "6,5", "six", "1e9", ""):
        desk.refused(f"komi {word}")
    assert desk("get_komi") == "-3.25"


# -- Moves -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line", ["play b D4", "PLAY BLACK d4", "play\tB\tD4", "5 play Black D4 # x"]
)
def test_ways_to_write_a_move(desk: Desk, line: str) -> None:
    desk(line)
    assert desk("list_stones b") == "D4"


def test_one_side_may_move_twice(desk: Desk) -> None:
    desk("play b C3")
    desk("play b C4")
    desk("play w pass")
    desk("play w PASS")
    assert desk("list_stones black") == "C4 C3"
    assert desk("move_history") == "white pass\nwhite pass\nblack C4\nblack C3"
    assert desk("last_move") == "white pass"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("b I3", "no column I"),
        ("b F1", "invalid coordinate"),
        ("b A6", "invalid coordinate"),
        ("b A0", "invalid coordinate"),
        ("b resign", "invalid coordinate"),
        ("b 33", "invalid coordinate"),
        ("b", "syntax error: expected a point"),
        ("", "syntax error: expected a colour"),
        ("x C3", "no colour"),
        ("b C3 C4", "one word too many"),
        ("w C3", "illegal move: there is a stone"),
    ],
)
def test_moves_that_are_none(desk: Desk, words: str, why: str) -> None:
    desk("play b C3")
    before = desk("showboard")
    assert why in desk.refused(f"play {words}")
    assert desk("showboard") == before


def test_column_j_comes_after_h() -> None:
    desk = Desk(9)
    desk("play b J9")
    assert desk.session.board[8] == BLACK


def test_a_ko_is_illegal_for_one_move(desk: Desk) -> None:
    for move in ("b B2", "w C2", "b A3", "w D3", "b B4", "w C4", "b C3", "w B3"):
        desk(f"play {move}")
    assert desk.refused("play b C3") == "illegal move: it would take back the ko at once"
    assert desk("is_legal b C3") == "0"
    desk("play b E5")
    desk("play w E1")
    desk("play b C3")
    assert desk("showboard").endswith("Black (X) has taken 1 stones, White (O) 1")


def test_undo_to_the_beginning_and_no_further(desk: Desk) -> None:
    desk("play b C3")
    desk("play w pass")
    desk("undo")
    desk("undo")
    assert desk("list_stones b") == ""
    assert desk.session.board.to_move == BLACK
    assert desk.refused("undo") == "cannot undo"


def test_several_moves_are_undone_or_none(desk: Desk) -> None:
    desk("gogui-play_sequence b A1 w B2 b C3")
    assert desk.refused("gg-undo 4") == "cannot undo"
    assert desk.refused("gg-undo -1") == "cannot undo"
    assert desk("list_stones b") == "C3 A1"
    desk("gg-undo 2")
    assert desk("move_history") == "black A1"
    desk("gg-undo")
    assert desk("move_history") == ""


def test_a_sequence_is_played_whole_or_not(desk: Desk) -> None:
    desk("play b E5")
    assert desk.refused("gogui-play_sequence b A1 w A1").startswith("illegal move")
    assert desk.refused("gogui-play_sequence b A1 w").startswith("syntax error")
    assert desk("move_history") == "black E5"
    desk("gogui-play_sequence")


def test_showboard(desk: Desk) -> None:
    desk("play b A1")
    desk("play w E4")
    assert desk("showboard") == (
        "\n   A B C D E"
        "\n 5 . . . . . 5"
        "\n 4 . . . . O 4"
        "\n 3 . . . . . 3"
        "\n 2 . . . . . 2"
        "\n 1 X . . . . 1"
        "\n   A B C D E"
        "\nBlack to move; move 2; chinese, komi 7.5"
        "\nBlack (X) has taken 0 stones, White (O) 0"
    )


def test_legal_moves(desk: Desk) -> None:
    desk("set_position b A2 b B1 w E5")
    assert "A1" not in desk("all_legal w").split()
    assert "A1" in desk("all_legal").split()
    assert desk("is_legal w pass") == "1"
    assert len(desk("all_legal b").split()) == 22


# -- Handicap ----------------------------------------------------------------------------------


def test_fixed_handicap() -> None:
    desk = Desk(9)
    assert desk("fixed_handicap 4") == "C3 G7 C7 G3"
    assert desk("get_handicap") == "4"
    assert desk.session.board.to_move == WHITE
    assert desk.refused("undo") == "cannot undo"
    assert desk.refused("fixed_handicap 2") == "board not empty"
    desk("clear_board")
    assert desk("get_handicap") == "0"
    for count in ("1", "10", "-2"):
        assert desk.refused(f"fixed_handicap {count}").startswith("invalid number of stones")
    assert desk("fixed_handicap 9").split()[-1] == "E5"


def test_a_pass_makes_a_board_not_empty(desk: Desk) -> None:
    desk("play b pass")
    assert desk.refused("fixed_handicap 2") == "board not empty"
    desk("undo")
    assert desk.refused("fixed_handicap 2").startswith("invalid number of stones")  # of 5 lines


def test_free_handicap(desk: Desk) -> None:
    points = desk("place_free_handicap 6").split()
    assert sorted(points) == sorted(desk("list_stones b").split())
    assert len(set(points)) == 6
    desk("clear_board")
    for count in ("1", "25"):
        assert desk.refused(f"place_free_handicap {count}").startswith("invalid number of stones")
    assert len(desk("place_free_handicap 24").split()) == 24


def test_handicap_stones_as_told(desk: Desk) -> None:
    assert desk.refused("set_free_handicap A1").startswith("bad vertex list")
    assert desk.refused("set_free_handicap A1 B2 a1").startswith("bad vertex list")
    assert desk.refused("set_free_handicap A1 pass").startswith("bad vertex list")
    assert desk.refused("set_free_handicap A1 Z9").startswith("invalid coordinate")
    assert desk("set_free_handicap A1 b2 C3") == ""
    assert desk("get_handicap") == "3"
    desk("play w E5")
    desk("undo")
    assert desk.refused("undo") == "cannot undo"


# -- Stones by hand ----------------------------------------------------------------------------


def test_a_position(desk: Desk) -> None:
    desk("play b E5")
    desk("set_position b A1 w C3")
    assert desk.drawn == ".....\n.....\n..O..\n.....\nX...."
    assert desk.refused("undo") == "cannot undo"
    for words in ("b A1 w A1", "b pass", "b", "b A1 w"):
        desk.refused(f"set_position {words}")
    desk.refused("set_position w A1 b A2 b B1")  # without a liberty
    assert desk("list_stones w") == "C3"
    desk("set_position")
    assert desk("list_stones w") == ""


def test_goguis_setup(desk: Desk) -> None:
    desk("gogui-setup b A1 w C3")
    desk("gogui-setup_player w")
    assert desk.session.board.to_move == WHITE
    desk("gogui-setup empty A1 b E5")
    assert desk("list_stones b") == "E5"
    for words in ("x A1", "b pass", "b"):
        desk.refused(f"gogui-setup {words}")
    assert desk.refused("gogui-setup w D5 w E4").startswith("cannot set up")
    assert desk("list_stones w") == "C3"
