"""What lines do at the terminal board: moves, edits, looks, the network's moves."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from darknet.errors import WeightsError
from darknet.go.coordinates import PASS, from_gtp
from darknet.go.moves import BLACK, WHITE
from darknet.go.terminal.actions import perform, start
from go_nets import HEADS
from go_terminal import check_board, network, seen, session, stones, typed


@pytest.fixture
def both(tmp_path):
    """A board of nine lines; both sides are the person's."""
    return session(tmp_path)


class Scripted:
    """A player with moves from a list: vertices, or None to resign."""

    def __init__(self, *moves: str | None) -> None:
        self.moves = list(moves)

    def choose(self, board, rules, komi, *, handicap):
        move = self.moves.pop(0)
        point = None if move is None else from_gtp(move, board.size)
        return SimpleNamespace(point=point, reason="so it was written")


# ---- moves and suggestions


def test_enter_plays_the_first_suggestion_and_a_number_that_one(both):
    ideas = both.ideas().moves
    assert typed(both, "").draw
    assert both.game.board.last.point == ideas[0].point
    third = both.ideas().moves[2].point
    typed(both, "3")
    assert both.game.board.last == (WHITE, third)
    tenth = both.ideas().moves[9].point
    typed(both, "0")  # as the plain board writes 10
    assert both.game.board.last == (BLACK, tenth)
    for line in ("11", "999999"):
        assert typed(both, line).lines == (
            f"there is no suggestion {int(line):,}: expected 1 to 10",
        )


def test_suggestions_follow_the_board_and_are_legal(both):
    first = both.ideas()
    assert both.ideas() is first  # asked once
    typed(both, "E 5")
    assert both.ideas() is not first
    assert all(both.game.board.is_legal(move.point) for move in both.ideas().moves)


def test_hidden_suggestions_are_not_played(both):
    typed(both, "i")
    reply = typed(both, "")
    assert not reply.draw
    assert "hidden" in reply.lines[0]
    assert both.game.number == 0
    typed(both, "i", "")
    assert both.game.number == 1


def test_multi_is_the_mean_of_eight(both):
    board = both.game.board
    typed(both, "E 5")
    single = both.ideas().evaluation.priors
    typed(both, "m")
    assert (
        both.ideas().evaluation.priors == network().evaluate(board, symmetries=True).priors
    ).all()
    typed(both, "m")
    assert (both.ideas().evaluation.priors == single).all()


def test_points_are_played_and_colours_alternate(both):
    typed(both, "D 4", "e5", "p")
    assert stones(both.game.board) == "w E5 b D4"
    assert both.game.board.to_move == WHITE
    assert both.game.board.moves == [(BLACK, from_gtp("D4", 9)), (WHITE, from_gtp("E5", 9)),
                                     (BLACK, PASS)]  # fmt: skip


def test_captures_are_told(both):
    assert typed(both, "D 4", "D 5", "E 5", "C 4", "C 5", "p", "D 6").lines == (
        "Black takes a stone.",
    )
    assert "Black took 1, White 0" in "\n".join(seen(both))


@pytest.mark.parametrize(
    ("lines", "refused", "said"),
    [
        (("D 4",), "D 4", "White may not play D4: there is a stone"),
        (("A 2", "p", "B 1"), "A 1", "White may not play A1: it would take its own last liberty"),
        (
            ("D 5", "E 5", "C 4", "F 4", "D 3", "E 3", "E 4", "D 4"),
            "E 4",
            "Black may not play E4: it would take back the ko at once",
        ),
        (("b A 2",), "c A 1", "A1 is empty already"),
        (("b A 2",), "b A 2", "A2 is Black's already"),
        (("b A 2", "b B 1"), "w A 1", "White's stone at A1 would have no liberty"),
        ((), "u", "there is nothing to take back"),
        ((), "r", "there is nothing to play again"),
        ((), "<", "this is the beginning"),
        (("E 5",), ">", "this is the end of the game (r plays again what was taken back)"),
        (("E 5",), "goto 2", "move 2: the game has 1"),
        ((), "d A 1", "stones are marked dead while counting: k begins to count"),
        (("k",), "d A 1", "A1 is empty, and cannot be a dead stone"),
        ((), "l nowhere.sgf", "nowhere.sgf: cannot be read"),
        ((), "l", "no game was kept; l FILE loads a file"),
        ((), "new 1", "a board of 1 lines: expected a square one of 2 to 25"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(both, lines, refused, said):
    for line in lines:
        typed(both, line)
    before, counting = both.game.board.past, both.counting
    reply = typed(both, refused)
    assert reply.lines[0].startswith(said)
    assert not reply.draw
    assert (both.game.board.past, both.counting) == (before, counting)
    check_board(both.game.board)


def test_superko_is_refused_where_the_rules_have_it(tmp_path):
    made = session(tmp_path, rules="tromp-taylor")
    typed(made, "w A 3", "w B 2", "w B 1", "A 1", "p")
    reply = typed(made, "A 2")  # a suicide of two, which these rules allow
    assert reply.lines == ("Black may not play A2: it would repeat an earlier position",)
    check_board(made.game.board)


# ---- edits


@pytest.mark.parametrize("edit", ["b C 3", "w C 3", "c E 5"])
def test_an_edit_does_not_flip_the_turn(both, edit):
    typed(both, "E 5")
    assert both.game.board.to_move == WHITE
    typed(both, edit)
    assert both.game.board.to_move == WHITE
    typed(both, "p", "b A 1" if edit[0] != "b" else "w A 1")
    assert both.game.board.to_move == BLACK


def test_bad_input_does_not_flip_the_turn(both):
    for line in ("foo", "Z 99", "A 0", "c Q 16", "\x00", "undo x"):
        assert not perform(both, line).draw
    assert both.game.board.to_move == BLACK
    assert both.game.board.steps == 0


def test_the_turn_alone_changes_with_t(both):
    typed(both, "E 5", "t", "D 5")
    assert stones(both.game.board) == "b D5 b E5"
    typed(both, "u", "u")
    assert both.game.board.to_move == WHITE


# ---- back and forth


def test_undo_and_redo_of_moves_and_edits(both):
    typed(both, "E 5", "w D 5", "D 4", "p")
    reply = typed(both, "undo 3")
    assert reply.lines == ("Taken back: Black pass, White D4, an edit.",)
    assert stones(both.game.board) == "b E5"
    typed(both, "redo 2")
    assert stones(both.game.board) == "w D5 b E5 w D4"
    typed(both, "undo 99")
    assert both.game.board.steps == 0
    typed(both, "redo 99")
    assert both.game.number == 3
    check_board(both.game.board)


def test_looking_back_changes_nothing_and_a_move_there_makes_a_variation(both):
    typed(both, "E 5", "D 4", "C 3", "B 2", "|<")
    assert (both.game.number, both.game.steps, both.game.at_end) == (0, 4, False)
    typed(both, "> 2", "<", ">|", "goto 1")
    assert both.game.title() == "move 1 of 4 (E5)"
    assert typed(both, "A 9").lines == ("What lay ahead is a variation now.",)
    assert both.game.steps == 2
    assert not typed(both, ">").draw
    record = both.game.record().to_bytes()
    assert record.count(b";W[ai]") == 0
    assert b"(;W[aa])(;W[df];B[cg];W[bh])" in record.replace(b"\n", b"")


def test_far_looks_stop_at_the_ends(both):
    typed(both, "E 5", "D 4", "<<")
    assert both.game.number == 0
    typed(both, ">>")
    assert both.game.number == 2


# ---- against the network


def test_the_network_answers(tmp_path):
    made = session(tmp_path, person=BLACK, show_ideas=False)
    reply = typed(made, "E 5")
    last = made.game.board.last
    assert last.colour == WHITE
    assert reply.lines[0].startswith("White plays ")
    assert made.game.players == {WHITE: "random.weights"}


def test_the_network_begins_where_it_has_black(tmp_path):
    made = session(tmp_path, person=WHITE)
    assert start(made).lines[0].startswith("Black plays ")
    assert made.game.board.to_move == WHITE


def test_undo_goes_back_to_the_persons_turn(tmp_path):
    made = session(tmp_path, person=BLACK)
    typed(made, "E 5")
    if made.game.board.is_legal(from_gtp("D4", 9)):
        typed(made, "D 4")
    count = made.game.number
    typed(made, "u")
    assert made.game.number == count - 2
    assert made.game.board.to_move == BLACK
    typed(made, "r")
    assert made.game.number == count
    assert made.game.board.to_move == BLACK


def test_edits_and_looking_around_do_not_make_the_network_move(tmp_path):
    made = session(tmp_path, person=BLACK)
    typed(made, "b C 3", "w G 7", "c C 3")
    assert made.game.number == 0
    typed(made, "E 5", "<")
    assert made.game.number == 1  # White is to move, and waits
    typed(made, ">")
    assert made.game.number == 2


def test_sides_are_changed_and_the_network_moves_when_asked(tmp_path):
    made = session(tmp_path, person=BLACK)
    made.player = Scripted("E5", "D4", "C3")
    assert typed(made, "x").lines == ("You play White.", "Black plays E5.")
    assert typed(made, "x both").lines == ("You play both sides.",)
    assert typed(made, "g").lines == ("White plays D4.",)
    assert typed(made, "x w").lines == ("You play White.", "Black plays C3.")


def test_a_network_may_resign_and_so_may_a_person(tmp_path):
    made = session(tmp_path, person=BLACK)
    made.player = Scripted("E5", None, "D4")
    typed(made, "A 1")
    assert typed(made, "A 2").lines == ("White resigns, since so it was written: B+R.",)
    assert made.is_over
    assert "The game is over: B+R" in seen(made)
    typed(made, "u", "A 3")  # the game goes on
    assert made.game.board.last == (WHITE, from_gtp("D4", 9))
    assert made.game.result == ""
    assert typed(made, "resign").lines == ("Black resigns: W+R.",)
    assert typed(made, "resign").lines == ("the game is over: W+R",)
    assert b"RE[W+R]" in made.game.record().to_bytes()


def test_a_network_that_fails_is_told_and_the_move_stands(tmp_path):
    made = session(tmp_path, person=BLACK)

    class Broken:
        def choose(self, board, rules, komi, *, handicap):
            raise WeightsError("x.weights: the network answers NaN")

    made.player = Broken()
    assert typed(made, "E 5").lines == ("x.weights: the network answers NaN",)
    assert made.game.number == 1
    assert typed(made, "u", "g").lines == ("x.weights: the network answers NaN",)
    assert made.game.number == 0


def test_a_network_for_other_sizes_only_is_no_reason_to_lose_a_game(tmp_path, monkeypatch):
    from darknet.errors import InputError

    made = session(tmp_path)
    typed(made, "E 5")

    def refuse(size: int) -> None:
        raise InputError(f"boards of 9 lines only, not {size}")

    monkeypatch.setattr(made.policy, "check_size", refuse)
    assert typed(made, "new 13").lines == ("boards of 9 lines only, not 13",)
    assert stones(made.game.board) == "b E5"


def test_the_network_says_why_it_passes(tmp_path):
    made = session(tmp_path, person=BLACK)
    made.player = Scripted("pass")
    assert typed(made, "E 5").lines == ("White passes: so it was written.",)


# ---- what is seen


def test_a_value_head_is_shown(tmp_path):
    lines = "\n".join(seen(session(tmp_path, text=HEADS)))
    assert "Black's chance to win: " in lines


def test_a_handicap_game(tmp_path):
    made = session(tmp_path, handicap=2)
    assert stones(made.game.board) == "b G7 b C3"
    assert made.game.board.to_move == WHITE
    assert made.game.komi == 0.5
    assert "9 x 9, chinese, komi 0.5, handicap 2" in seen(made)
    assert not made.game.is_unsaved
