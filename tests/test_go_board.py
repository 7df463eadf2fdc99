"""The board by hand: captures, suicide, edits and undo, drawn as diagrams."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from darknet.errors import IllegalMoveError, InputError
from darknet.go.board import Board
from darknet.go.coordinates import PASS, from_gtp, to_gtp
from darknet.go.diagram import draw, read
from darknet.go.moves import BLACK, EMPTY, WHITE, Edit, Entry, Illegal, Ko, Move
from go_games import played


class Case(NamedTuple):
    """A diagram, moves, the diagram after them, what was taken (Black, White), and the ko."""

    before: str
    moves: str
    after: str
    taken: tuple[int, int]
    ko: str | None = None


CASES = {
    "one stone in the corner": Case(
        """
        O . .
        X . .
        . . .""",
        "b B3",
        """
        . X .
        X . .
        . . .""",
        (0, 1),
    ),
    "a chain along the edge": Case(
        """
        . X X .
        X O O .
        . X X .
        . . . .""",
        "b D3",
        """
        . X X .
        X . . X
        . X X .
        . . . .""",
        (0, 2),
    ),
    "two chains at once": Case(
        """
        O . O
        X . X
        . . .""",
        "b B3",
        """
        . X .
        X . X
        . . .""",
        (0, 2),
    ),
    "the taken stones' neighbours live": Case(
        """
        . O X
        O X X
        X X .""",
        "b A3",
        """
        X . X
        . X X
        X X .""",
        (0, 2),
    ),
    "one chain that is met twice is taken once": Case(
        """
        X X X X .
        X O O X .
        X . O X .
        X X X X .
        . . . . .""",
        "b B3",
        """
        X X X X .
        X . . X .
        X X . X .
        X X X X .
        . . . . .""",
        (0, 3),
    ),
    "taking comes before suicide": Case(
        """
        . X O .
        X X O .
        O O O .
        . . . .""",
        "w A4",
        """
        O . O .
        . . O .
        O O O .
        . . . .""",
        (3, 0),
    ),
    "a ko": Case(
        """
        . X O .
        X O . O
        . X O .
        . . . .""",
        "b C3",
        """
        . X O .
        X . X O
        . X O .
        . . . .""",
        (0, 1),
        "B3",
    ),
    "no ko: the stone that took has a friend": Case(
        """
        . X O .
        X O . X
        . X O .
        . . . .""",
        "b C3",
        """
        . X O .
        X . X X
        . X O .
        . . . .""",
        (0, 1),
    ),
    "no ko: two were taken": Case(
        """
        O O . O
        X X O .
        . . . .
        . . . .""",
        "b C4",
        """
        . . X O
        X X O .
        . . . .
        . . . .""",
        (0, 2),
    ),
    "no ko: the stone that took has a second liberty": Case(
        """
        O . .
        X . .
        . . .""",
        "b B3",
        """
        . X .
        X . .
        . . .""",
        (0, 1),
    ),
    "on two lines": Case(
        """
        O X
        . X""",
        "b A1",
        """
        . X
        X X""",
        (0, 1),
    ),
    "the whole board but one": Case(
        """
        X X X
        X . X
        X X X""",
        "w B2",
        """
        . . .
        . O .
        . . .""",
        (8, 0),
    ),
}


def diagram(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


@pytest.mark.parametrize("name", CASES)
def test_by_hand(name):
    case = CASES[name]
    board = played(read(case.before), case.moves)
    assert draw(board) == diagram(case.after)
    assert (board.prisoners(BLACK), board.prisoners(WHITE)) == case.taken
    assert board.ko == (None if case.ko is None else from_gtp(case.ko, board.size))
    assert board.hash == read(case.after).hash  # of the stones alone
    while board.undo():
        pass
    assert board.stones == (EMPTY,) * board.points


TWO_EYES = """
    . X . X O
    X X X X O
    O O O O O
    . . . . .
    . . . . ."""
SUICIDES = [
    # diagram, colour, vertex, without suicide, with it
    (TWO_EYES, WHITE, "A5", Illegal.SUICIDE, Illegal.SUICIDE),  # one stone: never
    (TWO_EYES, BLACK, "A5", None, None),
    (". X O .\nX X O .\nO O O .\n. . . .", BLACK, "A4", Illegal.SUICIDE, None),  # of four
    (". O .\nO . .\n. . .", BLACK, "A3", Illegal.SUICIDE, Illegal.SUICIDE),
    (". O .\nO . .\n. . .", WHITE, "A3", None, None),
]


@pytest.mark.parametrize(("text", "colour", "vertex", "without", "with_it"), SUICIDES)
def test_suicide(text, colour, vertex, without, with_it):
    point = from_gtp(vertex, read(text).size)
    assert read(text).why_illegal(point, colour) is without
    assert read(text, suicide=True).why_illegal(point, colour) is with_it


def test_a_suicide_takes_its_own():
    board = read("X . O .\nX X O .\nO O O .\n. . . .", suicide=True)
    before = board.stones
    taken = board.play(1, BLACK)
    assert sorted(taken) == [0, 1, 4, 5]
    assert (board.prisoners(BLACK), board.prisoners(WHITE)) == (4, 0)
    assert draw(board) == ". . O .\n. . O .\nO O O .\n. . . ."
    assert board.hash == read(draw(board)).hash
    board.undo()
    assert board.stones == before


def test_a_pass_is_always_legal_and_may_repeat():
    board = played(Board(9, ko=Ko.POSITIONAL), "b pass w pass b pass")
    assert board.passes == 3
    assert board.is_legal(PASS)
    assert played(board, "w E5 b pass").passes == 1


def test_edits_keep_the_turn_and_are_undone():
    board = played(Board(9), "b E5 w C3")
    board.edit({from_gtp("A9", 9): WHITE, from_gtp("E5", 9): EMPTY, from_gtp("C3", 9): BLACK})
    assert board.to_move == BLACK
    assert board.last is None
    assert board.moves == [Move(BLACK, 40), Move(WHITE, from_gtp("C3", 9))]
    fresh = Board(9)
    fresh.edit({from_gtp("A9", 9): WHITE, from_gtp("C3", 9): BLACK})
    assert board.hash == fresh.hash
    after = board.stones
    assert board.undo()
    assert board[40] == BLACK
    assert board.redo()
    assert board.stones == after
    board.edit({}, WHITE)
    assert board.to_move == WHITE
    assert [type(entry) for entry in board.past] == [Entry, Entry, Edit, Edit]
    board.undo()
    assert board.to_move == BLACK


def test_an_edit_that_leaves_no_liberty_changes_nothing():
    board = read(". O .\nO . .\n. . .")
    before = board.stones, board.hash, board.past
    with pytest.raises(IllegalMoveError, match="Black's stone at A3 would have no liberty"):
        board.edit({0: BLACK})
    with pytest.raises(IllegalMoveError, match="would have no liberty"):
        board.edit(dict.fromkeys(range(9), WHITE))
    with pytest.raises(IllegalMoveError, match="White's stone at A3 would have no liberty"):
        read("X O .\n. . .\n. . .").edit({0: WHITE, 1: BLACK, 3: BLACK})  # it was Black's
    board.edit({0: WHITE})
    with pytest.raises(IllegalMoveError, match="White's stone at B3 would have no liberty"):
        board.edit({2: BLACK, 4: BLACK, 6: BLACK})
    board.undo()
    assert (board.stones, board.hash, board.past) == before


def test_redo_ends_with_a_new_move():
    board = played(Board(9), "b E5 w C3")
    board.undo()
    assert board.redo()
    assert not board.redo()
    board.undo()
    played(board, "w D4")
    assert not board.redo()
    assert [to_gtp(move.point, 9) for move in board.moves] == ["E5", "D4"]
    while board.undo():
        pass
    assert not board.undo()
    assert board.to_move == BLACK


def test_chains_and_liberties():
    board = read("X X . O\n. X O O\n. . . .\nX . . .")
    assert board.chain(0) == (0, 1, 5)
    assert board.liberties(0) == {2, 4, 9}
    assert board.chain(2) == ()
    assert board.liberties(2) == frozenset()
    assert board.liberties(12) == {8, 13}


def test_a_copy_goes_its_own_way():
    board = played(Board(9, ko=Ko.POSITIONAL, suicide=True), "b E5 w C3")
    twin = board.copy()
    played(twin, "b D4")
    assert board.to_move == BLACK
    assert len(board.past) == 2
    twin.undo()
    assert (twin.stones, twin.hash, twin.to_move) == (board.stones, board.hash, board.to_move)
    assert twin.suicide
    assert twin.ko_rule is Ko.POSITIONAL


@pytest.mark.parametrize("size", [1, 0, 26, (19, 13), 9.5, True])
def test_sizes_that_are_refused(size):
    with pytest.raises(InputError, match="expected a square one of 2 to 25"):
        Board(size)


def test_nonsense_is_refused():
    board = Board(9)
    for wrong in (81, -2, 10**6):
        with pytest.raises(InputError, match="not on a board of 9 lines"):
            board.play(wrong)
        with pytest.raises(InputError, match="not on a board"):
            board.edit({wrong: BLACK})
        with pytest.raises(InputError, match="not on a board"):
            board.is_legal(wrong)
    with pytest.raises(InputError, match="no player"):
        board.play(0, 2)
    with pytest.raises(InputError, match="no colour"):
        board.edit({0: 3})
    played(board, "b E5")
    with pytest.raises(IllegalMoveError, match="White may not play E5: there is a stone"):
        played(board, "w E5")
    assert board.moves == [Move(BLACK, 40)]


def test_diagrams():
    board = read("# + O\n. . .\n. . X", to_move=WHITE)
    assert draw(board) == "X . O\n. . .\n. . X"
    assert board.to_move == WHITE
    labelled = draw(board, labels=True)
    assert labelled.splitlines()[0].split() == ["A", "B", "C"]
    assert labelled.splitlines()[1] == " 3 X . O 3"
    assert read(labelled).stones == board.stones
    assert read(draw(Board(25), labels=True)).past == ()
    assert board.array().tolist() == [[1, 0, -1], [0, 0, 0], [0, 0, 1]]
    for text in ("", "X .", "X . .\n. .\n. . .", "X ?\n. ."):
        with pytest.raises(InputError, match=r"not a square|is no point"):
            read(text)
