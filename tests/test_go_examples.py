"""What a network learns Go from, against the plain board: examples, planes, the views of them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
from hypothesis import given

from darknet.go.board import Board
from darknet.go.chains import chains
from darknet.go.coordinates import PASS
from darknet.go.examples import Examples, examples
from darknet.go.geometry import symmetry
from darknet.go.mixing import Mixed
from darknet.go.moves import BLACK, WHITE
from darknet.go.packed import PackedGames, read_packed
from darknet.go.planes import CLASSIC, STRONG
from go_games import boards, mini, played
from go_packed import drawn_games

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("numba") is None, reason="Numba is not installed"
)


def positions(games: PackedGames) -> Iterator[tuple[int, Board, int, int]]:
    """Every position by the plain board: the game's number, board, colour and move."""
    for number in range(len(games)):
        game = games[number]
        board = game.board()
        for colour, point in game.moves:
            yield number, board.facing(colour), colour, point
            board.play(point, colour)


def unpacked(found: Examples) -> np.ndarray:
    return np.unpackbits(found.bits, axis=2, count=361, bitorder="little")


@pytest.fixture
def games(tmp_path) -> PackedGames:
    return drawn_games(tmp_path)


def test_examples_are_what_the_board_says(games: PackedGames) -> None:
    found = examples(games)
    bits = unpacked(found)
    captures = 0
    for at, (number, board, colour, move) in enumerate(positions(games)):
        stones = board.array().ravel() * colour
        np.testing.assert_array_equal(bits[at, 0].astype(int) - bits[at, 1], stones)
        few = np.zeros((3, 361), int)
        for point in np.flatnonzero(stones).tolist():
            count = len(board.liberties(point))
            if count <= 3:
                few[count - 1, point] = 1
        np.testing.assert_array_equal(bits[at, 2:], few)
        past = [361 if one.point == PASS else one.point for one in board.moves[::-1][:5]]
        assert found.last[at].tolist() == [*past, -1, -1, -1, -1, -1][:5]
        assert found.moves[at] == (361 if move == PASS else move)
        assert found.kos[at] == (-1 if board.ko is None else board.ko)
        result = games[number].result
        won = {0: 0, 1: 1 if colour == BLACK else -1, 2: 1 if colour == WHITE else -1}
        assert found.won[at] == won[result]
        captures += bool(board.prisoners(BLACK))
    assert at + 1 == len(found)
    assert captures > 50  # or the games would prove little


@given(boards((2, 9)))
def test_chains_are_the_boards(board: Board) -> None:
    found = {tuple(sorted(chain)): count for chain, count in chains(board.stones, board.size)}
    stones = np.flatnonzero(board.array())
    expected = {board.chain(point): len(board.liberties(point)) for point in stones.tolist()}
    assert found == expected


def test_the_planes_of_a_position_by_hand() -> None:
    """A white stone in atari at A2, a black chain of two with three liberties, a ko's past."""
    board = played(Board(5), "b A1 w A2 b B2 w E5 b B3 w pass")
    planes = STRONG.of(board)  # Black to move
    points = {number: sorted(map(int, np.flatnonzero(planes[number]))) for number in range(16)}
    a1, a2, b2, b3, e5 = 20, 15, 16, 11, 4
    assert points[0] == [b3, b2, a1]
    assert points[1] == [e5, a2]
    assert points[2] == points[15] == list(range(25))
    assert points[3] == [a1]  # B1 alone
    assert points[4] == points[5] == []  # the chain B2 B3 has A3, C3, B4, C2, B1
    assert points[6] == [a2]  # A3 alone
    assert points[7] == [e5]
    assert points[8] == []
    assert [points[9 + back] for back in range(5)] == [[], [b3], [e5], [b2], [a2]]
    assert points[14] == []


def test_a_position_typed_by_hand_has_no_past() -> None:
    board = Board(9)
    assert STRONG.of(board)[15].all()
    board.edit({40: BLACK}, WHITE)
    assert not STRONG.of(board)[9:].any()
    board.play(41)
    planes = STRONG.of(board)
    assert planes[15].all()
    assert np.flatnonzero(planes[9]).tolist() == [41]
    assert not planes[10:14].any()


def test_the_ko_is_seen_by_who_may_not_take_back() -> None:
    board = played(Board(5), "b B1 w C1 b A2 w D2 b B3 w C3 b C2 w B2")
    assert board.ko is not None
    planes = STRONG.of(board)
    assert np.flatnonzero(planes[14]).tolist() == [board.ko]
    assert not STRONG.of(board.facing(WHITE))[14].any()


@pytest.mark.parametrize("kind", [CLASSIC, STRONG], ids=["classic", "strong"])
def test_planes_made_for_learning_are_those_of_play(games: PackedGames, kind) -> None:
    check_views(games, kind, 8)


@pytest.mark.slow
def test_planes_of_real_games(shared) -> None:
    check_views(read_packed(mini(shared)), STRONG, 1)


def check_views(games: PackedGames, kind, most: int) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from darknet.go_training.views import Viewer

    viewer, found = Viewer(kind, torch.device("cpu")), examples(games)
    expected = positions(games)
    views = np.random.default_rng(0).integers(0, most, len(found)).astype(np.uint8)
    for start in range(0, len(found), 2048):
        part = slice(start, start + 2048)
        images, moves = viewer(Mixed(found.take(part), views[part]))
        assert images.is_contiguous(memory_format=torch.channels_last)
        for at, (_, board, _, move) in enumerate(islice(expected, len(moves))):
            goes = symmetry(19, int(views[start + at]))
            comes = np.argsort(goes)
            planes = kind.of(board).reshape(kind.count, 361)[:, comes]
            np.testing.assert_array_equal(images[at].numpy().reshape(kind.count, 361), planes)
            assert moves[at] == (361 if move == PASS else goes[move])
