"""Dead stones, the final score, and what is left to play for, on positions drawn by hand."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.go.board import Board
from darknet.go.coordinates import from_gtp, to_gtp
from darknet.go.diagram import read
from darknet.go.endgame import standing, useful
from darknet.go.lead import led
from darknet.go.moves import BLACK, EMPTY, WHITE, Ko
from darknet.go.packed import read_packed
from darknet.go.rules import rules_named
from darknet.go.scoring import score
from darknet.go.status import certain_owners, dead_stones, final_score, likely_dead, ownership
from go_games import boards, chance, mini
from go_nets import Told
from test_go_scoring import AN_EYE_EACH, DAME, NO_EYES

CHINESE, JAPANESE = rules_named("chinese"), rules_named("japanese")
TROMP = rules_named("tromp-taylor")

# Black's corner stones at the top right cannot live; White's two at the bottom left neither.
DEAD = """
. . . . X O . X .
. . . . X O . X .
. . . X O O O . .
. . . X O . . O .
X X X X O . . . .
. O X O O . . . .
. . X O . . . . .
X X X O . . . . .
. X O O . . . . ."""


def named(points, size):
    return {to_gtp(point, size) for point in points}


# ---- dead stones


def test_dead_stones():
    board = read(DEAD)
    assert named(dead_stones(board, CHINESE), 9) == {"H9", "H8", "B4"}
    assert dead_stones(board, CHINESE) == dead_stones(board, JAPANESE)
    assert dead_stones(board, TROMP) == frozenset()


def test_the_score_without_them():
    board = read(DEAD)
    # Black's area: 30 points with B4 taken; White's the other 51
    area = final_score(board, CHINESE, 7.5)
    by_hand = _area(board, {from_gtp(v, 9) for v in ("H9", "H8", "B4")})
    assert (area.black, area.white) == (by_hand[0], by_hand[1] + 7.5)
    territory = final_score(board, JAPANESE, 6.5, handicap=0)
    stones = sum(1 for colour in board.stones if colour == BLACK) - 2
    assert territory.black == by_hand[0] - stones + 1  # and one stone taken
    assert final_score(board, CHINESE, 7.5, handicap=3).white == area.white + 3
    assert final_score(board, TROMP, 7.5).margin != area.margin


def _area(board, dead):
    """Black's and White's area, counted by flood fill here."""
    stones = [EMPTY if p in dead else c for p, c in enumerate(board.stones)]
    counts, seen = {BLACK: 0, WHITE: 0}, set()
    for start, colour in enumerate(stones):
        if colour:
            counts[colour] += 1
        elif start not in seen:
            region, borders, stack = set(), set(), [start]
            while stack:
                point = stack.pop()
                if stones[point]:
                    borders.add(stones[point])
                elif point not in region:
                    region.add(point)
                    row, column = divmod(point, board.size)
                    stack += [
                        r * board.size + c
                        for r, c in (
                            (row - 1, column),
                            (row + 1, column),
                            (row, column - 1),
                            (row, column + 1),
                        )
                        if 0 <= r < board.size and 0 <= c < board.size
                    ]
            seen |= region
            if len(borders) == 1:
                counts[borders.pop()] += len(region)
    return counts[BLACK], counts[WHITE]


@pytest.mark.parametrize("text", [NO_EYES, AN_EYE_EACH], ids=["no eyes", "an eye each"])
def test_seki_is_not_dead(text):
    board = read(text)
    assert dead_stones(board, CHINESE) == frozenset()
    assert dead_stones(board, JAPANESE) == frozenset()
    for rules in (CHINESE, JAPANESE):
        assert final_score(board, rules, 0) == score(board, rules, komi=0)
    now = standing(board, ())
    assert now.is_settled
    assert now.dame
    for colour in (BLACK, WHITE):
        assert not useful(board, now, CHINESE, colour, clean_up=False)


def test_neutral_points_are_nobodys():
    board = read(DAME)
    assert dead_stones(board, CHINESE) == frozenset()
    now = standing(board, ())
    assert (now.is_settled, len(now.dame)) == (True, 7)
    assert useful(board, now, CHINESE, BLACK, clean_up=False) == now.dame
    assert not useful(board, now, JAPANESE, BLACK, clean_up=False)
    assert final_score(board, CHINESE, 0.5).result == "W+0.5"


def test_an_empty_board_and_one_stone():
    assert dead_stones(Board(9), CHINESE) == frozenset()
    assert final_score(Board(9), CHINESE, 7.5).margin == -7.5
    board = Board(5)
    board.play(12)
    assert final_score(board, CHINESE, 7.5).margin == 17.5


@pytest.mark.parametrize("size", [2, 3, 19, 25])
def test_any_size(size):
    owner = ownership(chance(1, size, 2 * size), playouts=4)
    assert owner.shape == (size, size)
    assert np.abs(owner).max() <= 1


def test_the_same_every_time_and_under_colours_exchanged():
    board = read(DEAD)
    np.testing.assert_array_equal(ownership(board), ownership(board.copy()))
    other = read(DEAD.translate(str.maketrans("XO", "OX")))
    assert dead_stones(other, CHINESE) == dead_stones(board, CHINESE)


def test_a_network_with_ownership_counts_half():
    board = read(DEAD)
    head = np.full((9, 9), -1, np.float32)
    found = ownership(board, Told({}, ownership=head))
    sure = certain_owners(board)
    for point, plain in enumerate(ownership(board).ravel()):
        if point not in sure:
            assert found.ravel()[point] == pytest.approx((plain - 1) / 2)


def test_a_network_leads():
    """Its moves come first, by either colour; eyes are not filled, and nothing good is a pass."""
    board = read(". X . . .\nX X . . .\n. . . . .\n. . . . .\n. . . . .")
    found = led(board, Told({"C3": 0.9}), boards=4, moves=1)
    assert [field.stones[12] for field, _ in found] == [BLACK, WHITE, BLACK, WHITE]
    assert [colour for _, colour in found] == [WHITE, BLACK, WHITE, BLACK]
    for said in ({"A5": 0.9}, {}):  # Black's eye, which White may not enter either
        nothing = led(board, Told(said), boards=2, moves=3)
        assert [tuple(field.stones) for field, _ in nothing] == [board.stones] * 2
    plain, again = (ownership(board, Told({"C3": 0.9})) for _ in range(2))
    np.testing.assert_array_equal(plain, again)


# ---- certainty


def test_certain_owners():
    text = """
    . X . X O .
    X X X X O .
    O O O X O O
    . . O X X X
    . . O O O O
    . . . . . ."""
    board = read(text)
    sure = certain_owners(board)
    assert {p for p, c in sure.items() if c == BLACK} == {
        from_gtp(v, 6)
        for v in ("A6", "B6", "C6", "D6", "A5", "B5", "C5", "D5", "D4", "D3", "E3", "F3")
    }
    assert WHITE not in sure.values()  # its chains have one eye each, or a region too large


def test_a_region_beside_a_chain_that_may_be_taken_is_not_certain():
    """White may take F6, and has an eye there then."""
    text = """
    . X . X . {}
    X X X X . O
    . . . X . O
    . . . X X X
    . . . . . .
    . . . . . ."""
    inside = {from_gtp(vertex, 6) for vertex in ("E6", "E5", "E4", "F5", "F4")}
    assert not inside & certain_owners(read(text.format("X"))).keys()
    assert inside <= certain_owners(read(text.format("O"))).keys()


def test_a_stone_in_a_small_eye_is_certainly_dead():
    board = read(". X . X O\nX X X X .\n. . . X X\n. . . . .\n. . . . .")
    assert certain_owners(board)[4] == BLACK
    assert dead_stones(board, CHINESE) == {4}


@settings(deadline=None, max_examples=30)
@given(boards((3, 7)), st.integers(0, 99))
def test_what_is_certain_stays_while_its_owner_passes(board, seed):
    """Whatever the other side plays, at random: certain stones stay."""
    draw = random.Random(seed)
    sure = {c: {p for p, o in certain_owners(board).items() if o == c} for c in (BLACK, WHITE)}
    for colour, points in sure.items():
        twin = Board(board.size, ko=Ko.NONE, suicide=board.suicide)
        twin.edit({p: c for p, c in enumerate(board.stones) if c})
        for _ in range(30):
            legal = list(twin.legal_points(-colour))
            if not legal:
                break
            twin.play(draw.choice(legal), -colour)
        assert all(twin[p] == colour for p in points if board[p] == colour)


# ---- what is left


def test_standing():
    board = read(DEAD)
    now = standing(board, dead_stones(board, CHINESE))
    assert now.is_settled
    assert now.is_near_end
    assert not now.dame
    assert not standing(Board(9), ()).is_settled


def test_dame_and_open_points_are_told_apart():
    """C6 and D6 touch both colours; whoever plays at C1 or C2 makes a point of the other."""
    text = """
    . X X . O O .
    X X O X O . O
    X X O . O O O
    . X X O O O .
    X X X O . O O
    X X . . O O O
    . X X O O . O"""
    now = standing(read(text), ())
    assert named(now.dame, 7) == {"D7", "D5"}
    assert named(now.open, 7) == {"C2", "D2"}


def test_a_region_with_one_point_of_territory_in_it_is_open_as_a_whole():
    now = standing(read("X X . O O\nX X . O O\nX X . O O\nX X . . O\nX X X O O"), ())
    assert named(now.open, 5) == {"C5", "C4", "C3", "C2", "D2"}
    assert not now.dame


def test_unclear_chains_keep_a_game_open():
    board = read(DEAD)
    now = standing(board, (), [p for p, c in enumerate(board.stones) if c == BLACK])
    assert not now.is_near_end


# ---- real games


def test_counted_games_are_won_by_who_won_them(shared):
    """Of the games that were counted the packed record says who won; komi is not known for sure."""
    games = [game for game in read_packed(mini(shared)) if game.how == 3]
    right = far = 0
    for game in games:
        board = game.board()
        for colour, point in game.moves:
            board.play(point, colour)
        margin = final_score(board, CHINESE, 7.5).margin
        if abs(margin) > 6:  # further than komi and a move to go can change
            far += 1
            right += (margin > 0) == (game.result == 1)
    assert far >= 5
    assert right >= far - 1


def test_likely_dead_says_what_is_unclear():
    dead, unclear = likely_dead(read(DEAD))
    assert named(dead, 9) == {"H9", "H8", "B4"}
    assert not unclear & {from_gtp("E9", 9)}


def test_what_depends_on_who_moves_first_is_unclear():
    """Whoever plays D4 has D3 and E4."""
    text = """
    . X . X O . O
    X X X X O O .
    X . X X O O O
    X X X . X O .
    O O O X O O O
    . O . O O . O
    O . O O . O O"""
    _, unclear = likely_dead(read(text))
    assert named(unclear, 7) == {"D3", "E4"}
