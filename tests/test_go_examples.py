"""What a network learns Go from, against the plain board: examples, planes, the views of them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknet.go.board import Board
from darknet.go.chains import chains
from darknet.go.coordinates import PASS, from_gtp
from darknet.go.examples import Examples, examples
from darknet.go.geometry import symmetry
from darknet.go.mixing import Mixed
from darknet.go.moves import BLACK, WHITE, Move
from darknet.go.packed import PackedGame, PackedGames, read_packed, write_packed
from darknet.go.planes import CLASSIC, STRONG
from darknet.go.positions import few_liberties
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


def moves(text: str) -> tuple[Move, ...]:
    """Moves like ``b D4 w pass``."""
    words = text.split()
    colours = {"b": BLACK, "w": WHITE}
    return tuple(
        Move(colours[colour], from_gtp(vertex, 19))
        for colour, vertex in zip(words[::2], words[1::2], strict=True)
    )


KO = "b B1 w C1 b A2 w D2 b B3 w C3 b C2 w B2"
ODD = (
    PackedGame(moves("b D4 b Q16"), moves("w C3 b D3 w C4 b pass w pass"), result=2),
    PackedGame(moves("w B1 w A2 b C1 b B2 b A3"), moves("b K10 w pass b A1 b K11"), result=1),
    PackedGame((), moves(f"{KO} b Q16 w Q4 b C2 w R4 b R16 w B2"), result=1),  # it goes on
    PackedGame((), moves(f"{KO} w D16 b C2"), result=2),  # White twice: no ko for either
    PackedGame((), moves("b pass w pass b D4 b Q4 b pass w D16"), result=0),
    PackedGame((), (), result=1),
    PackedGame((), moves("b D4"), result=1),
)
"""White first, its setup stones, kos, passes, colours twice in a row, no moves at all."""


@pytest.fixture
def odd(tmp_path) -> PackedGames:
    write_packed(tmp_path / "odd.bin", ODD)
    return read_packed(tmp_path / "odd.bin")


def test_examples_are_what_the_board_says(games: PackedGames) -> None:
    assert check_examples(games) > 50  # or the games would prove little


def test_examples_of_odd_games(odd: PackedGames) -> None:
    check_examples(odd)
    found = examples(odd)
    lengths = [len(game.moves) for game in ODD]
    ko = sum(lengths[:2]) + 8
    c2 = from_gtp("C2", 19)
    assert found.kos[ko] == c2  # Black may not take back at once
    assert found.kos[ko + 2 : ko + 4].tolist() == [-1, from_gtp("B2", 19)]  # later it may
    twice = sum(lengths[:3]) + 8
    assert found.kos[twice : twice + 2].tolist() == [-1, -1]
    assert found.won[-2:].tolist() == [0, 1]
    assert found.won[:2].tolist() == [1, -1]  # White, which won, is first


def check_examples(games: PackedGames) -> int:
    """Every position against the plain board; how many come after Black lost stones."""
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
    return captures


def test_examples_of_some_games_are_theirs_in_their_order(odd: PackedGames) -> None:
    chosen = [3, 0, 5, 2]
    whole = Examples.joined([examples(odd, [number]) for number in chosen])
    found = examples(odd, chosen)
    for name in ("bits", "last", "kos", "moves", "won"):
        np.testing.assert_array_equal(getattr(found, name), getattr(whole, name))
    some = found.take(np.array([4, 1, 4]))
    np.testing.assert_array_equal(some.bits, found.bits[[4, 1, 4]])
    assert len(examples(odd, [5])) == len(examples(odd, [])) == 0


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_liberties_of_any_stones(seed: int, share: float) -> None:
    """Also of chains that have none, which no game leaves: they are in no list."""
    draw = np.random.default_rng(seed)
    stones = np.where(draw.random(361) < share, draw.choice([1, -1], 361), 0)
    planes = np.zeros((1, 2, 384), np.uint8)
    planes[0, 0, :361], planes[0, 1, :361] = stones > 0, stones < 0
    bits = few_liberties(np.packbits(planes, axis=2, bitorder="little"))
    few = np.zeros((3, 361), np.uint8)
    for chain, count in chains(stones.tolist(), 19):
        if 1 <= count <= 3:
            few[count - 1, chain] = 1
    found = np.unpackbits(bits[0], axis=1, bitorder="little")
    np.testing.assert_array_equal(found[:, :361], few)
    assert not found[:, 361:].any()


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
    check_views(games, kind)


@pytest.mark.parametrize("kind", [CLASSIC, STRONG], ids=["classic", "strong"])
def test_planes_of_odd_games(odd: PackedGames, kind) -> None:
    check_views(odd, kind)


@pytest.mark.slow
def test_planes_of_real_games(shared) -> None:
    check_views(read_packed(mini(shared)), STRONG)


def test_what_was_forgotten_looks_like_a_position_typed_by_hand(games: PackedGames) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from darknet.go_training.views import Viewer

    found = examples(games)
    found.last[:] = -1
    viewer = Viewer(STRONG, torch.device("cpu"))
    images, _ = viewer(Mixed(found, np.zeros(len(found), np.uint8)))
    kos = 0
    for at, (_, board, _, _) in enumerate(positions(games)):
        typed = Board(19)
        typed.edit({p: c for p, c in enumerate(board.stones) if c}, board.to_move)
        expected = STRONG.of(typed)
        kos += board.ko is not None
        expected[14] = images[at, 14]  # a ko is still shown: what was played respects it
        np.testing.assert_array_equal(images[at].numpy(), expected)
    assert kos


def check_views(games: PackedGames, kind) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from darknet.go_training.views import Viewer

    viewer, found = Viewer(kind, torch.device("cpu")), examples(games)
    expected = positions(games)
    views = np.random.default_rng(0).integers(0, 8, len(found)).astype(np.uint8)
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
