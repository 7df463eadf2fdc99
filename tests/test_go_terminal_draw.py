"""What is drawn at the terminal board: signs, styles, and what stands beside."""

from __future__ import annotations

import io
import sys

import pytest

from darknet.go.board import Board
from darknet.go.coordinates import from_gtp
from darknet.go.diagram import draw, read
from darknet.go.moves import BLACK, WHITE
from darknet.go.terminal.console import _OF_16, _RICH, StandardConsole, _styles, has_unicode
from darknet.go.terminal.draw import (
    HEATS,
    Look,
    Marks,
    board_lines,
    board_width,
    heat,
    plain,
    stars,
)
from darknet.go.terminal.screen import prompt, screen
from darknet.go.terminal.screen import typed as vertex
from go_games import played
from go_terminal import seen, session, typed

COLOURS = Look(colour=True, unicode=True, width=100)


def drawn(board: Board, look: Look | None = None, **marks) -> list[str]:
    return [plain(line) for line in board_lines(board, look or Look(), Marks(**marks))]


def test_the_plain_board():
    board = played(Board(9), "b E5 w C3 b G7 w F5")
    assert drawn(board) == [
        "   A B C D E F G H J",
        " 9 . . . . . . . . . 9",
        " 8 . . . . . . . . . 8",
        " 7 . . + . . . X . . 7",
        " 6 . . . . . . . . . 6",
        " 5 . . . . X(O). . . 5",
        " 4 . . . . . . . . . 4",
        " 3 . . O . . . + . . 3",
        " 2 . . . . . . . . . 2",
        " 1 . . . . . . . . . 1",
        "   A B C D E F G H J",
    ]


def test_a_ko_and_the_last_move_at_the_edge():
    board = read(". X O .\nX O . O\n. X O .\n. . . .")
    board.play(from_gtp("C3", 4))
    assert drawn(board)[1:3] == [" 4 . X O . 4", " 3 X *(X)O 3"]
    board.play(from_gtp("A1", 4))
    assert drawn(board)[4] == " 1(O). . . 1"


def test_suggestions_counting_and_dead_stones():
    board = read(". X . .\nX O . .\n. . . .\n. . . .")
    marks = {from_gtp("D4", 4): ("1", 1.0), from_gtp("A1", 4): ("10", 0.1)}
    assert drawn(board, suggestions=marks)[1:5] == [
        " 4 . X . 1 4",
        " 3 X O . . 3",
        " 2 . . . . 2",
        " 1 0 . . . 1",
    ]
    assert drawn(board, Look(colour=True), suggestions=marks)[4] == " 110 . . . 1"
    owner = [BLACK, BLACK, 0, WHITE] + [BLACK] * 4 + [0] * 8
    dead = frozenset([from_gtp("B3", 4)])
    assert drawn(board, owner=owner, dead=dead)[1:3] == [" 4 b X . w 4", " 3 X o b b 3"]


def test_a_plain_board_can_be_read_again():
    board = played(Board(7), "b E5 w C3 b G7 w F5 b pass")
    assert read("\n".join(drawn(board))).stones == board.stones


@pytest.mark.parametrize("size", [2, 3, 9, 10, 19, 25])
@pytest.mark.parametrize("look", [Look(), COLOURS, Look(colour=True)])
def test_every_board_is_as_wide_as_it_says(size, look):
    board = Board(size)
    board.play(0)
    lines = board_lines(board, look, Marks({1: ("10", 0.5), size: ("1", 1.0)}))
    assert len(lines) == size + 2
    assert {sum(len(span.text) for span in line) for line in lines} == {board_width(size)}
    assert all(span.style in _styles(None) for line in lines for span in line)


def test_lines_and_discs():
    board = played(Board(5), "b C3 w D3")
    assert drawn(board, COLOURS) == [
        "   A B C D E",
        " 5 ┌─┬─┬─┬─┐ 5",
        " 4 ├─┼─┼─┼─┤ 4",
        " 3 ├─┼─●(●)┤ 3",
        " 2 ├─┼─┼─┼─┤ 2",
        " 1 └─┴─┴─┴─┘ 1",
        "   A B C D E",
    ]
    (row,) = [line for line in board_lines(board, COLOURS, Marks()) if plain(line).startswith(" 3")]
    assert [span.style for span in row if span.text == "●"] == ["black", "white"]
    assert [span.style for span in row if span.text in "()"] == ["last", "last"]


def test_the_marked_points():
    counts = {size: len(stars(size)) for size in (2, 6, 7, 8, 9, 13, 14, 15, 19, 25)}
    assert counts == {2: 0, 6: 0, 7: 4, 8: 4, 9: 5, 13: 5, 14: 4, 15: 9, 19: 9, 25: 9}


def test_the_heat_grows_with_the_share():
    steps = [int(heat(share / 100).removeprefix("heat")) for share in range(101)]
    assert steps == sorted(steps)
    assert set(steps) == set(range(HEATS))
    assert heat(-1.0) == "heat0"


def test_below_the_board_stands_what_darkgo_prints(tmp_path):
    made = session(tmp_path)
    lines = seen(made)
    assert lines[0] == "   A B C D E F G H J"
    best = made.ideas().moves[0]
    assert lines[-10] == f"1: {vertex(best.point, 9)}, {100 * best.probability:.2f}%"
    assert lines[-1].startswith("10: ")
    assert prompt(made) == "X Enter move: "
    typed(made, "")
    assert prompt(made) == "O Enter move: "


def test_beside_the_board_where_there_is_room(tmp_path):
    made = session(tmp_path)
    wide = seen(made, Look(width=60))
    assert len(wide) == 17  # six lines of facts and ten suggestions, which is more than the board
    assert wide[1].startswith(" 9 ")
    assert wide[1].endswith("random.weights")
    assert "Black (X) to move" in wide[5]
    assert " 1: " in wide[7]
    assert "=" in wide[7]
    narrow = seen(made, Look(width=40))
    assert len(narrow) == 11 + 5 + 10
    for width in (0, 1, 40, 54, 80):
        for line in screen(made, Look(width=width)):
            assert width < 54 or sum(len(span.text) for span in line) <= width


def test_the_ko_is_told_in_words(tmp_path):
    made = session(tmp_path)
    typed(made, "D 5", "E 5", "C 4", "F 4", "D 3", "E 3", "E 4", "D 4")
    assert "Black (X) to move, not at E4 (ko)" in seen(made)


# ---- the terminal


class Terminal(io.StringIO):
    """An output that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch):
    """A function that makes stdout a terminal with all colours, and a console on it."""
    for name in ("NO_COLOR", "FORCE_COLOR", "LC_ALL", "LC_CTYPE", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (
        ("TERM", "xterm-256color"),
        ("COLORTERM", "truecolor"),
        ("LANG", "x.UTF-8"),
    ):
        monkeypatch.setenv(name, value)

    def install(**options):  # not here: pytest has a stdout of its own for every part of a test
        monkeypatch.setattr(sys, "stdout", Terminal())
        return StandardConsole(**options), sys.stdout

    return install


def test_a_terminal_has_colours(terminal, tmp_path):
    console, out = terminal()
    assert console.look() == Look(True, True, console.look().width)
    made = session(tmp_path)
    typed(made, "E 5")
    console.show(screen(made, console.look()))
    text = out.getvalue()
    assert "\x1b[" in text
    assert "●" in text
    assert "48;2;220;179;92" in text  # wood


@pytest.mark.parametrize(
    ("name", "value", "colour", "unicode"),
    [
        ("NO_COLOR", "1", False, True),
        ("TERM", "dumb", False, False),
        ("TERM", "unknown", False, False),
        ("LC_ALL", "C", True, False),
        ("LANG", "POSIX", True, False),
        ("COLORTERM", "", True, True),
    ],
)
def test_the_environment_is_honoured(terminal, monkeypatch, name, value, colour, unicode):
    monkeypatch.setenv(name, value)
    look = terminal()[0].look()
    assert (look.colour, look.unicode) == (colour, unicode)


def test_the_options_are_honoured(terminal, tmp_path):
    assert not terminal(colour=False)[0].look().colour
    console, out = terminal(unicode=False)
    assert console.look().colour
    assert not console.look().unicode
    console.show(screen(session(tmp_path), console.look()))
    assert out.getvalue().isascii()


def test_no_terminal_no_colours(monkeypatch, tmp_path):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    console = StandardConsole()
    assert console.look() == Look(False, False, 0)
    console.show(screen(session(tmp_path), console.look()))
    assert out.getvalue().isascii()
    assert "\x1b" not in out.getvalue()


def test_sixteen_colours_have_styles_of_their_own(terminal, monkeypatch, tmp_path):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLORTERM", "")
    assert set(_OF_16) == set(_RICH)
    console, out = terminal()
    assert console.look().colour
    console.show(screen(session(tmp_path), console.look()))
    assert "\x1b[30;43m" in out.getvalue()  # black on what stands for wood


@pytest.mark.parametrize(
    ("encoding", "environment", "has"),
    [
        ("utf-8", {}, True),
        ("utf-8", {"LANG": "ja_JP.UTF-8"}, True),
        ("utf-8", {"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),  # as Python leaves LANG=C
        ("utf-8", {"LC_CTYPE": "C.UTF-8"}, True),
        ("utf-8", {"LC_ALL": "C.UTF-8", "LANG": "C"}, True),
        ("iso8859-1", {"LANG": "de_DE"}, False),
        ("ascii", {}, False),
        (None, {}, False),
        ("no such encoding", {}, False),
    ],
)
def test_which_locales_have_discs(encoding, environment, has):
    assert has_unicode(encoding, environment) is has


def test_the_plain_diagram_is_that_of_the_module(tmp_path):
    """The same signs as `diagram.draw` has, but for what it does not draw."""
    made = session(tmp_path, show_ideas=False)
    typed(made, "w A 1", "b B 2")
    mine = [line.replace("+", ".") for line in seen(made)[:11]]
    assert mine == [line.rstrip() for line in draw(made.game.board, labels=True).splitlines()]
