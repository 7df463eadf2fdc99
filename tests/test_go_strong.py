"""A network with the sixteen planes at play: of any size, in eight views, typed by hand."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given

from darknet.go.board import Board
from darknet.go.coordinates import PASS
from darknet.go.diagram import read
from darknet.go.geometry import SYMMETRIES, symmetry
from darknet.go.moves import BLACK, WHITE, Entry
from darknet.go.planes import STRONG
from go_games import boards, chance, played
from go_nets import SMALL, policy

WIDE = SMALL.replace("channels=1", "channels=16")


def turned(board: Board, number: int) -> Board:
    """The game played again under a symmetry."""
    twin = Board(board.size, ko=board.ko_rule, suicide=board.suicide)
    goes = symmetry(board.size, number)
    for colour, point in board.moves:
        twin.play(PASS if point == PASS else goes[point], colour)
    return twin


@given(boards((2, 9)))
def test_planes_turn_with_the_board(board: Board) -> None:
    planes = STRONG.of(board).reshape(16, -1)
    for number in range(SYMMETRIES):
        there = STRONG.of(turned(board, number)).reshape(16, -1)
        np.testing.assert_array_equal(there[:, list(symmetry(board.size, number))], planes)


@given(boards((2, 9)))
def test_planes_are_the_boards_own_words(board: Board) -> None:
    """Against `Board.liberties` and `Board.moves`, one stone and one move at a time."""
    planes = STRONG.of(board).reshape(16, -1)
    expected = np.zeros_like(planes)
    expected[2] = 1
    for point, colour in enumerate(board.stones):
        if colour:
            own = colour == board.to_move
            expected[0 if own else 1, point] = 1
            count = len(board.liberties(point))
            if count <= 3:
                expected[(2 if own else 5) + count, point] = 1
    for back, (_, point) in enumerate(board.moves[:-6:-1]):
        if point != PASS:
            expected[9 + back, point] = 1
    if board.ko is not None:
        expected[14, board.ko] = 1
    expected[15] = 1  # every board here was played
    np.testing.assert_array_equal(planes, expected)


def test_undo_and_copies_show_the_same_past() -> None:
    board = chance(4, 9, 40)
    before = STRONG.of(board)
    board.play(PASS)
    board.undo()
    np.testing.assert_array_equal(STRONG.of(board), before)
    np.testing.assert_array_equal(STRONG.of(board.copy()), before)
    assert isinstance(board.past[-1], Entry)


def test_a_policy_answers_in_eight_views() -> None:
    """The mean over the views turns as the board does; one view alone does not."""
    net, board = policy(WIDE), chance(3, 9, 30)
    goes = list(symmetry(9, 5))
    here = net.evaluate(board, symmetries=True)
    there = net.evaluate(turned(board, 5), symmetries=True)
    np.testing.assert_allclose(there.priors.ravel()[goes], here.priors.ravel(), atol=1e-6)
    alone = net.evaluate(turned(board, 5)).priors.ravel()[goes]
    assert np.abs(alone - net.evaluate(board).priors.ravel()).max() > 1e-4


@pytest.mark.parametrize("size", [5, 13, 19])
def test_a_policy_answers_boards_of_other_sizes(size: int) -> None:
    net = policy(WIDE)
    net.check_size(size)
    found = net.evaluate(chance(1, size, 20))
    assert found.priors.shape == (size, size)
    assert found.priors.sum() + found.pass_prior == pytest.approx(1, abs=1e-5)


def test_a_position_typed_by_hand_is_answered() -> None:
    """The same stones without their moves: the network sees that it does not know them."""
    net = policy(WIDE, size=5)
    typed = read(". . . . .\n. X O . .\n. X O . .\n. . . . .\n. . . . .", to_move=BLACK)
    game = played(Board(5), "b B4 w C4 b B3 w C3")
    assert game.stones == typed.stones
    assert net.planes is STRONG
    assert not STRONG.of(typed)[9:].any()
    assert STRONG.of(game)[15].all()
    found = net.evaluate(typed)
    assert found.priors.sum() + found.pass_prior == pytest.approx(1, abs=1e-5)
    assert np.abs(found.priors - net.evaluate(game).priors).max() > 1e-5
    typed.edit({}, WHITE)
    assert np.abs(found.priors - net.evaluate(typed).priors).max() > 1e-5


def test_planes_are_made_in_far_less_than_a_move_takes() -> None:
    board = chance(2, 19, 200)
    times = []
    for _ in range(30):
        started = time.perf_counter()
        STRONG.of(board)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.001  # a move takes 2 ms at most; on a machine at rest this takes 0.15
