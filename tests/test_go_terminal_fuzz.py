"""Any lines at the terminal board: never an exception, and the board is what its past makes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.go.board import Board
from darknet.go.moves import BLACK, WHITE
from darknet.go.terminal.actions import Reply, perform
from darknet.go.terminal.commands import KINDS
from darknet.go.terminal.draw import Look
from go_terminal import check_board, seen, session

SIZE = 5
WORDS = [word for kind in KINDS for word in kind.words]
POINTS = st.builds(
    "{}{}{}".format, st.sampled_from("abcdeABCDEiIz"), st.sampled_from(["", " "]), st.integers(0, 7)
)
FILES = st.sampled_from(["a", "a.sgf", "b.sgf", "bad.sgf", "kept", "", "nowhere/a", "'b'"])
KNOWN = st.one_of(
    POINTS,
    POINTS,
    st.just(""),
    st.integers(0, 12).map(str),
    st.builds("{} {}".format, st.sampled_from("bwcd"), POINTS),
    st.builds("{} {}".format, st.sampled_from("bw"), POINTS),
    st.sampled_from(["p", "u", "r", "k", "<", ">", "x", "t", "g", "i", "m", "l", "new", "new!"]),
    st.builds("{}{} {}".format, st.sampled_from("sl"), st.sampled_from(["", "!"]), FILES),
    st.builds("{} {}".format, st.sampled_from(WORDS), st.integers(-3, 30)),
    st.builds("{} {}".format, st.sampled_from(WORDS), st.sampled_from(["both", "black", "7.5"])),
    st.sampled_from(WORDS),
)


def stays_here(line: str) -> bool:
    """No file but those of `FILES`: the folders of whoever runs the tests are not written to."""
    first = line.strip().split(" ", 1)[0].lower()
    return first not in ("s", "s!", "save", "save!", "l", "l!", "load", "load!")


ANY = st.text(max_size=12).filter(stays_here)
LINES = st.lists(st.one_of(*[KNOWN] * 7, ANY), min_size=15, max_size=50)
"""Long ones: hypothesis' own choice would be a handful of lines, most of them refused."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("fuzz")
    (made / "bad.sgf").write_bytes(b"(;SZ[5];B[aa];W[aa])")
    (made / "b.sgf").write_bytes(
        b"(;SZ[5]RU[japanese]RE[W+3.5]AB[aa][bb];W[cc](;B[dd]C[x])(;B[ee]))"
    )
    return made


@pytest.fixture(autouse=True)
def _inside(folder, monkeypatch):
    monkeypatch.chdir(folder)


def check(made, reply: Reply, before: Board, line: str) -> None:
    board = made.game.board
    check_board(board)
    assert all(text.isprintable() for text in reply.lines), line
    if not reply.draw:
        assert board.past == before.past, line
        assert (board.stones, board.to_move) == (before.stones, before.to_move)
    assert all(board.is_legal(move.point) for move in made.ideas().moves)
    if made.counting is not None:
        assert all(board[point] for point in made.counting.dead)
    assert 0 <= board.steps <= made.game.steps


@settings(max_examples=50, deadline=None)
@given(
    lines=LINES,
    person=st.sampled_from([0, BLACK, WHITE]),
    rules=st.sampled_from(["japanese", "tromp-taylor", "aga"]),
    width=st.sampled_from([0, 30, 60, 100]),
    colour=st.booleans(),
)
def test_any_lines(folder, lines, person, rules, width, colour):
    made = session(folder, size=SIZE, person=person, rules=rules)
    for line in lines:
        before = made.game.board.copy()
        reply = perform(made, line)
        check(made, reply, before, line)
        assert len(seen(made, Look(colour, colour, width))) >= made.game.board.size + 2
    made.farewell()


@settings(max_examples=20, deadline=None)
@given(lines=LINES, person=st.sampled_from([0, BLACK]))
def test_what_is_saved_is_what_was_played(folder, lines, person):
    """At any moment: saved and loaded, the position at the end of the line is the same.

    Where a game was loaded and moves of it taken back, they stay in the file, and come after that.
    """
    made = session(folder, size=SIZE, person=person)
    was_loaded = False
    for line in lines:
        was_loaded |= perform(made, line).draw and line.lstrip()[:1].lower() == "l"
    made.game.forward(made.game.steps)
    saved = made.game.save("whole", force=True)
    again = session(folder, size=SIZE)
    reply = perform(again, f"l {saved}")
    assert reply.draw, reply.lines
    assert was_loaded or again.game.steps == made.game.steps
    again.game.back(again.game.steps - made.game.steps)
    assert again.game.board.stones == made.game.board.stones
    assert again.game.board.to_move == made.game.board.to_move
    assert again.game.board.moves == made.game.board.moves
