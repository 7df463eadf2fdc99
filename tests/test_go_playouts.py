"""The fast board of the play-outs: beside the real one, and what it allows."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.go.board import Board
from darknet.go.diagram import read
from darknet.go.eyes import is_eye
from darknet.go.geometry import neighbours
from darknet.go.moves import BLACK, EMPTY, WHITE
from darknet.go.playouts import Field, finish
from go_games import chance


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 9), st.integers(0, 2**31), st.integers(0, 150))
def test_the_fast_board_is_as_the_real_one(size, seed, count):
    draw, board = random.Random(seed), Board(size)
    field = Field(size, board.stones)
    for _ in range(count):
        colour = draw.choice((BLACK, WHITE))
        legal = list(board.legal_points(colour))
        if not legal:
            continue
        point = draw.choice(legal)
        board.play(point, colour)
        field.play(point, colour)
        assert tuple(field.stones) == board.stones
        assert (None if field.ko < 0 else field.ko) == board.ko
        assert sorted(field.free) == [p for p, c in enumerate(board.stones) if not c]
        for stone, there in enumerate(board.stones):
            liberties = board.liberties(stone)
            if there:
                assert sorted(field.chain(stone)) == list(board.chain(stone))
                assert field.atari(stone) == (min(liberties) if len(liberties) == 1 else -1)
            else:
                for side in (BLACK, WHITE):
                    assert field.is_eye(stone, side) == is_eye(board, stone, side)
                    _check_allowed(board, field, stone, side)


def _check_allowed(board, field, point, colour):
    board.to_move, before = colour, board.to_move
    ko, board.ko = board.ko, field.ko if field.ko >= 0 else None
    if not board.is_legal(point, colour):
        assert not field.allows(point, colour)
    else:
        twin = board.copy()
        taken = twin.play(point, colour)
        bad = not taken and len(twin.liberties(point)) == 1 and len(twin.chain(point)) >= 3
        assert field.allows(point, colour) == (not bad)
        if not bad or not _is_amid_one_chain(twin, point):
            assert field.allows(point, colour, nakade=True) == (not bad)
    board.to_move, board.ko = before, ko


def _is_amid_one_chain(board, point):
    beside = {near for stone in board.chain(point) for near in neighbours(board.size)[stone]}
    return len({board.chain(near) for near in beside if board[near] == -board[point]}) == 1


@pytest.mark.parametrize(
    ("top", "point", "is_nakade"),
    [
        (". O O . X . .", 0, True),  # three in a row
        (". O O O . X .", 0, False),  # four in a row
        ("O O . . X . .", 2, True),
    ],
)
def test_nakade(top, point, is_nakade):
    text = f"{top}\nX X X X X . .\n" + ". . . . . . .\n" * 5
    text = text.replace("X X X X X . .", "X X X X X X .") if top[8] == "." else text
    field = Field(7, read(text).stones)
    assert not field.allows(point, WHITE)
    assert field.allows(point, WHITE, nakade=True) == is_nakade


@pytest.mark.parametrize(("below", "is_one"), [(". X X X . . .", True), (". . X . . . .", False)])
def test_nakade_is_amid_one_chain(below, is_one):
    text = f". O O . X . .\nX X O X X . .\n{below}\n" + ". . . . . . .\n" * 4
    field = Field(7, read(text).stones)
    assert not field.allows(3, WHITE)
    assert field.allows(3, WHITE, nakade=True) == is_one


def test_a_copy_is_its_own():
    field = Field(5, Board(5).stones)
    twin = field.copy()
    twin.play(12, BLACK)
    assert (field.stones[12], twin.stones[12]) == (EMPTY, BLACK)
    assert len(field.free) == 25


@given(st.integers(2, 9), st.integers(0, 2**31))
@settings(deadline=None, max_examples=30)
def test_a_play_out_ends_and_its_board_is_sound(size, seed):
    field = Field(size, chance(seed, size, size).stones)
    finish(field, BLACK, random.Random(seed))
    again = Field(size, field.stones)
    for point, colour in enumerate(field.stones):
        if colour:
            assert sorted(field.chain(point)) == sorted(again.chain(point))
            one, other = field.head[point], again.head[point]
            assert field.count[one] == again.count[other] > 0
            assert (field.sum[one], field.squares[one]) == (again.sum[other], again.squares[other])
    assert len(field.free) <= max(4, 0.6 * size**2)
