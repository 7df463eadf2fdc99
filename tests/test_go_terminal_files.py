"""Games at the terminal board as files: saved, loaded, gone on with, never lost."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from darknet.go.coordinates import from_gtp
from darknet.go.moves import BLACK, WHITE
from darknet.go.records import parse_records, read_record
from darknet.go.rules import rules_named
from darknet.go.terminal.game import Game
from darknet.go.terminal.kept import MOST, Kept
from go_terminal import check_board, session, stones, typed

GAME = (
    "(;FF[4]GM[1]SZ[9]KM[5.5]RU[Japanese]PB[Ann]PW[Bob]RE[W+R]C[root];B[ee]C[first];W[dd]"
    "(;B[cc];W[gg])(;B[ff]LB[ff:A]C[other]))"
)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The current folder, with game.sgf."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "game.sgf").write_text(GAME)
    return tmp_path


def line(path) -> str:
    """The main line of a file, in words."""
    moves = read_record(path).moves()
    return " ".join(f"{'b' if c == BLACK else 'w'}{p}" for c, p in moves)


# ---- saving


def test_a_game_is_saved_and_loaded_again(here):
    made = session(here, rules="aga", handicap=2)
    typed(made, "E 5", "b B 2", "c G 7", "p", "t", "A 9")
    assert typed(made, "s my game").lines == ("Saved: my game.sgf",)
    again = session(here)
    reply = typed(again, "l my game")
    assert reply.lines == ("my game.sgf: move 3 (A9).",)
    assert again.game.board.stones == made.game.board.stones
    assert again.game.board.to_move == made.game.board.to_move
    assert (again.game.komi, again.game.handicap, again.game.rules.name) == (0.5, 2, "aga")
    assert again.game.board.moves == made.game.board.moves
    typed(again, "u", "u", "u", "u", "u", "u")
    check_board(again.game.board)


def test_a_file_is_not_written_over_unasked(here):
    made = session(here)
    typed(made, "E 5")
    reply = typed(made, "s game.sgf")
    assert reply.lines == ("game.sgf is there already: s! game.sgf writes over it",)
    assert (here / "game.sgf").read_text() == GAME
    assert typed(made, "s game").lines[0].startswith("game.sgf is there already")  # with the ending
    os.symlink("nowhere", here / "link.sgf")
    assert typed(made, "s link.sgf").lines[0].startswith("link.sgf is there already")
    assert typed(made, "s! game").lines == ("Saved: game.sgf",)
    assert line("game.sgf") == "b40"


def test_its_own_file_is_written_again(here):
    made = session(here)
    typed(made, "E 5")
    typed(made, "s a")
    typed(made, "D 4")
    assert typed(made, "s").lines[0].startswith("Saved: ")
    assert line("a.sgf") == "b40 w48"
    typed(made, "C 3")
    assert typed(made, "s a.sgf").lines == ("Saved: a.sgf",)
    typed(made, "new")
    typed(made, "A 1")
    assert "is there already" in typed(made, "s a.sgf").lines[0]  # another game


@pytest.mark.parametrize("more", ["(;SZ[9];B[aa])", "(;SZ[9];B["])
def test_the_other_games_of_a_file_are_not_lost(here, more):
    (here / "game.sgf").write_text(GAME + more)
    made = session(here)
    typed(made, "l game.sgf", "A 1")
    for command in ("s! game", "s!"):
        assert "has other games, which would be lost" in typed(made, command).lines[0]
    assert (here / "game.sgf").read_text() == GAME + more
    assert typed(made, "s a").lines == ("Saved: a.sgf",)
    assert typed(made, "s! a").lines == ("Saved: a.sgf",)


def test_a_loaded_file_is_not_its_own(here):
    made = session(here)
    typed(made, "l game.sgf", "A 1")
    assert "game.sgf is there already" in typed(made, "s").lines[0]
    assert (here / "game.sgf").read_text() == GAME


def test_without_a_name_the_file_is_called_by_the_time(here):
    made = session(here)
    typed(made, "E 5")
    (said,) = typed(made, "s").lines
    name = said.removeprefix("Saved: ")
    assert name.startswith("go-2")
    assert line(name) == "b40"


@pytest.mark.parametrize("name", ["no/folder/a.sgf", ".", "a\0b", "x" * 300])
def test_what_cannot_be_written_is_told(here, name):
    made = session(here)
    typed(made, "E 5")
    (said,) = typed(made, f"s! {name}").lines
    assert "cannot be written" in said or "folder" in said.lower()
    assert made.game.is_unsaved


def test_looking_back_or_undoing_says_what_is_saved(here):
    made = session(here)
    typed(made, "E 5", "D 4", "C 3", "B 2", "<", "<")
    typed(made, "s back")
    assert line("back.sgf") == "b40 w48 b56 w64"  # all of the game
    typed(made, ">|", "u", "u")
    typed(made, "s taken")
    assert line("taken.sgf") == "b40 w48"


def test_who_played_what_is_in_the_file(here):
    made = session(here, person=WHITE, rules="japanese")
    typed(made, "g", "resign")
    typed(made, "s a")
    record = read_record("a.sgf")
    found = {name: record.text(name) for name in ("PB", "PW", "RE", "RU", "KM", "HA")}
    assert found == {"PB": "random.weights", "PW": None, "RE": "B+R", "RU": "japanese",
                     "KM": "6.5", "HA": None}  # fmt: skip


# ---- loading, and going on


def test_a_loaded_game_has_its_own_komi_rules_and_result(here):
    made = session(here)
    assert typed(made, "l game").lines == ("game.sgf: move 4 (G3).",)
    game = made.game
    assert (game.komi, game.rules.name, game.result) == (5.5, "japanese", "W+R")
    assert not game.is_unsaved
    typed(made, "<<", ">|", "goto 2", ">", ">")
    assert (game.number, game.result) == (4, "W+R")
    assert not game.is_unsaved


def test_going_on_keeps_comments_and_variations(here):
    made = session(here)
    typed(made, "l game", "A 1")
    typed(made, "s new")
    text = (here / "new.sgf").read_text().replace("\n", "")
    assert "(;B[cc];W[gg];B[ai])(;B[ff]C[other]LB[ff:A])" in text
    assert "C[root]" in text
    assert "C[first]" in text
    assert "PB[Ann]" in text
    assert "RE[W+R]" in text  # as it was: nobody has said another


def test_another_move_is_a_variation_before_the_others(here):
    made = session(here)
    typed(made, "l game", "goto 1", "A 1", "A 2")
    typed(made, "s new")
    text = (here / "new.sgf").read_text().replace("\n", "")
    assert ";B[ee]C[first](;W[ai];B[ah])(;W[dd](;B[cc];W[gg])(;B[ff]" in text
    again = session(here)
    typed(again, "l new")
    assert again.game.board.stones == made.game.board.stones


def test_a_move_that_is_a_variation_goes_into_it(here):
    made = session(here)
    typed(made, "l game", "goto 2", "F 4", "A 1")
    typed(made, "s new")
    text = (here / "new.sgf").read_text().replace("\n", "")
    assert ";W[dd](;B[ff]C[other]LB[ff:A];W[ai])(;B[cc];W[gg])" in text


def test_moves_taken_back_stay_in_the_file_they_came_from(here):
    made = session(here)
    typed(made, "l game", "u", "u")
    assert not made.game.is_unsaved  # nothing would be lost
    typed(made, "s new")
    assert (
        parse_records((here / "new.sgf").read_bytes())[0].to_bytes()
        == parse_records(GAME.encode())[0].to_bytes()
    )


def test_edits_of_a_loaded_game_become_setup_nodes(here):
    made = session(here)
    typed(made, "l game", "b A 1", "w B 1", "c E 5", "A 9")
    typed(made, "s new")
    again = session(here)
    typed(again, "l new")
    assert again.game.board.stones == made.game.board.stones
    assert again.game.board.to_move == made.game.board.to_move


def test_a_setup_that_is_taken_back_makes_a_new_record(here):
    (here / "setup.sgf").write_text("(;FF[4]SZ[9]AB[ee][dd];W[cc])")
    made = session(here)
    typed(made, "l setup", "u", "u", "A 1")
    typed(made, "s new")
    assert read_record("new.sgf").board().stones == made.game.board.stones


def test_a_game_against_the_rules_goes_on_without_a_ko_rule(here):
    moves = ["D5", "E5", "C4", "F4", "D3", "E3", "E4", "D4", "E4"]  # takes the ko back at once
    letters = "abcdefghi"
    sgf = ["(;SZ[9]RU[chinese]"]
    for number, vertex in enumerate(moves):
        row, column = divmod(from_gtp(vertex, 9), 9)
        sgf.append(f";{'BW'[number % 2]}[{letters[column]}{letters[row]}]")
    (here / "ko.sgf").write_text("".join(sgf) + ")")
    made = session(here)
    *_, note = typed(made, "l ko.sgf").lines
    assert "no ko rule" in note
    assert "ko.sgf:1: move 9: Black may not play E4" in note
    typed(made, "D 4")  # and back
    typed(made, "s new")
    assert read_record("new.sgf").board().stones == made.game.board.stones
    check_board(made.game.board)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(;SZ[9];B[zz])", "is not on a board of 9 lines"),
        ("(;SZ[9];B[aa];W[aa])", "there is a stone"),
        ("(;SZ[9:13])", "rectangular boards"),
        ("(;SZ[9]KM[many])", "expected a number"),
        ("hello", "no SGF"),
        ("", "no SGF"),
    ],
)
def test_what_is_no_game_is_told_and_the_game_stays(here, text, said):
    (here / "bad.sgf").write_text(text)
    made = session(here)
    typed(made, "E 5")
    (line,) = typed(made, "l bad.sgf").lines
    assert said in line
    assert line.startswith("bad.sgf")
    assert stones(made.game.board) == "b E5"
    assert not (here / "kept").exists()


def test_rules_that_are_not_known_are_told(here):
    (here / "odd.sgf").write_text("(;SZ[9]RU[\x1b[31mmine];B[aa])".replace("[31m", "-"))
    made = session(here)
    assert "are not known here" in typed(made, "l odd.sgf").lines[-1]
    assert made.game.rules == rules_named("chinese")


# ---- nothing is lost


def test_a_game_that_is_not_saved_is_kept_before_another(here):
    made = session(here)
    typed(made, "E 5", "D 4")
    kept, _ = typed(made, "l game.sgf").lines
    assert kept.startswith("The game was not saved; it is kept: ")
    assert line(kept.split(": ")[1]) == "b40 w48"
    typed(made, "A 1")
    assert typed(made, "new 13").lines[0].startswith("The game was not saved; it is kept: ")
    assert made.game.board.size == 13
    typed(made, "l")  # the one kept last
    assert made.game.board.size == 9
    assert made.game.number == 5


def test_a_kept_game_is_not_saved_where_the_oldest_go(here):
    made = session(here)
    typed(made, "E 5", "new", "l", "D 4")
    (said,) = typed(made, "s").lines
    assert Path(said.removeprefix("Saved: ")).resolve().parent == here
    assert len(list((here / "kept").iterdir())) == 1


def test_a_game_is_let_go_where_one_says_so(here):
    made = session(here)
    typed(made, "E 5")
    assert typed(made, "new!").lines == ()
    typed(made, "E 5")
    assert len(typed(made, "l! game").lines) == 1
    assert not (here / "kept").exists()


def test_where_it_cannot_be_kept_one_must_say_so(here, monkeypatch):
    made = session(here)
    typed(made, "E 5")
    (here / "kept").write_text("a file in the way")
    (said,) = typed(made, "new").lines
    assert said.startswith("the game is not saved, and cannot be kept (")
    assert said.endswith("); new! and l! let it go")
    assert made.game.number == 1
    assert "cannot be kept" in made.farewell()[0]
    typed(made, "new!")
    assert made.game.number == 0


def test_without_sgfmill_one_can_play_and_is_told(here, monkeypatch):
    for name in ("sgfmill", "sgfmill.sgf", "sgfmill.sgf_grammar"):
        monkeypatch.setitem(sys.modules, name, None)
    made = session(here)
    typed(made, "E 5", "D 4", "<", "C 3")
    for command in ("s a", "l game.sgf"):
        assert "pip install 'darknet-python[go]'" in typed(made, command).lines[0]
    assert "pip install" in made.farewell()[0]


def test_nothing_is_kept_of_what_is_saved_or_empty(here):
    made = session(here, handicap=2)
    assert made.farewell() == []
    typed(made, "E 5")
    typed(made, "s a")
    assert made.farewell() == []
    typed(made, "D 4", "u")
    assert made.farewell() == []
    typed(made, "resign")
    assert len(made.farewell()) == 1  # the result is news


def test_a_variation_is_not_lost_with_the_last_move_taken_back(here):
    made = session(here)
    typed(made, "E 5", "D 4", "|<", "A 1", "u")
    (said,) = made.farewell()
    assert b"B[ee]" in Path(said.split(": ")[1]).read_bytes()


def test_what_lay_ahead_is_not_lost_where_a_move_before_it_is_taken_back(here):
    made = session(here)
    typed(made, "E 5", "D 4", "C 3", "|<", ">", "u")
    assert made.game.is_unsaved
    (said,) = made.farewell()
    assert line(said.split(": ")[1]) == "b40 w48 b56"
    typed(made, "r")
    assert stones(made.game.board) == "b E5"
    typed(made, "l game", "goto 2", "u")
    assert made.farewell() == []  # all of it is in the file


def test_the_last_games_are_kept_and_the_oldest_go(here):
    kept = Kept(here / "kept")
    assert kept.newest() is None
    game = Game.begin(5, rules_named("chinese"))
    paths = []
    for point in range(MOST + 3):
        game.play(point)
        paths.append(kept.keep(game.record()))
    assert kept.newest() == paths[-1]
    assert sorted((here / "kept").iterdir()) == paths[-MOST:]
