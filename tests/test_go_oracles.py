"""The board beside two independent ones, sgfmill's and open_spiel's, move by move on real games."""

from __future__ import annotations

import random

import pytest

from darknet.go.board import Board
from darknet.go.coordinates import PASS
from darknet.go.moves import Ko
from darknet.go.packed import read_packed
from go_games import mini
from go_oracles import Sgfmill, compare

FEW, MANY = 3, 200  # games; tests/soak/go_oracles.py takes any number


@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
def test_real_games(shared, count):
    games = read_packed(mini(shared))
    compared = 0
    for number in range(count):
        game = games[number]
        compared += compare(game.board(), game.setup, game.moves)
    assert compared > 100 * count


@pytest.mark.parametrize("size", [2, 3, 5, 9])
def test_games_at_random(size):
    """Small boards, where stones are taken and kos are fought at every other move."""
    draw = random.Random(size)
    for _ in range(4):
        board, moves = Board(size, ko=Ko.SIMPLE), []
        for _ in range(60):
            legal = list(board.legal_points())
            point = draw.choice(legal) if legal else PASS
            moves.append((board.to_move, point))
            board.play(point)
        compare(Board(size, ko=Ko.SIMPLE), (), moves)


def test_sgfmill_counts_the_same_area(shared):
    from darknet.go.scoring import owners

    for game in list(read_packed(mini(shared)))[:FEW]:
        board, other = game.board(), Sgfmill(19)
        for colour, point in (*game.setup, *game.moves):
            other.play(colour, point)
        for colour, point in game.moves:
            board.play(point, colour)
        assert sum(owners(19, board.stones)) == other.board.area_score()
