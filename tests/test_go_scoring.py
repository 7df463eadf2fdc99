"""Scores by hand under every rule set; seki; dead stones; Benson's chains against random play."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.errors import InputError
from darknet.go.coordinates import PASS, from_gtp
from darknet.go.diagram import read
from darknet.go.life import unconditionally_alive
from darknet.go.moves import BLACK, EMPTY, WHITE, Ko
from darknet.go.rules import RULES, Bonus, Scoring, Tax, rules_named
from darknet.go.scoring import dead_chains, owners, score, seki
from go_games import boards, played

FINISHED = """
    . . X O . . .
    . . X O . . .
    X X X O O O O
    X . X X O . .
    . X . X O O O
    X X X X X O .
    . X . . X O O"""
"""Black: 17 stones and 4 + 1 + 1 + 1 + 1 + 2 points; White: 13 and 6 + 2 + 1; no dame."""
BY_AREA, BY_TERRITORY = (17 + 10, 13 + 9), (10, 9)
BY_HAND = {
    "tromp-taylor": BY_AREA,
    "chinese": BY_AREA,
    "japanese": BY_TERRITORY,
    "korean": BY_TERRITORY,
    "aga": BY_AREA,
    "new-zealand": BY_AREA,
}


def plain(rules, **given):
    """Black's and White's points without komi."""
    found = score(given.pop("board"), rules, komi=0, **given)
    return found.black, found.white


@pytest.mark.parametrize("name", RULES)
def test_a_finished_game_under_all_rules(name):
    board, rules = read(FINISHED), RULES[name]
    assert plain(rules, board=board) == BY_HAND[name]
    found = score(board, rules)
    assert found.white == BY_HAND[name][1] + rules.komi
    assert found.margin == found.black - found.white
    assert (found.owner.count(BLACK), found.owner.count(WHITE)) == BY_AREA


@pytest.mark.parametrize(
    ("name", "handicap", "bonus"),
    [
        ("tromp-taylor", 4, 0), ("chinese", 4, 4), ("japanese", 4, 0), ("korean", 4, 0),
        ("aga", 4, 3), ("new-zealand", 4, 0), ("chinese", 1, 0), ("aga", 1, 0), ("chinese", 0, 0),
    ],
)  # fmt: skip
def test_whites_bonus_for_handicap_stones(name, handicap, bonus):
    board = read(FINISHED)
    without, with_it = (
        plain(RULES[name], board=board, handicap=stones) for stones in (0, handicap)
    )
    assert with_it == (without[0], without[1] + bonus)


def test_prisoners_count_by_territory_alone():
    board = read("O . .\nX . .\n. . .")
    played(board, "b B3")
    assert plain(RULES["japanese"], board=board) == (7 + 1, 0)
    assert plain(RULES["chinese"], board=board) == (9, 0)
    board.undo()
    assert plain(RULES["japanese"], board=board) == (0, 0)  # all dame again


DEAD = """
    . . X O . . .
    . O X O . X .
    . . X O . . .
    . . X O . . .
    . . X O . . .
    . . X O . . .
    . . X O . . ."""


def test_dead_stones():
    """One dead stone on each side: 14 points of Black's, 21 of White's, and the prisoners."""
    board = read(DEAD)
    assert plain(RULES["chinese"], board=board) == (7 + 1, 7 + 1)  # all alive: the rest is dame
    dead = [from_gtp("B6", 7), from_gtp("F6", 7)]
    assert plain(RULES["japanese"], board=board, dead=dead) == (14 + 1, 21 + 1)
    assert plain(RULES["chinese"], board=board, dead=dead) == (21, 28)
    found = score(board, RULES["japanese"], dead=dead, komi=0.5)
    assert found.result == "W+7.5"
    assert found.owner.count(BLACK) == 21
    assert score(board, RULES["japanese"], dead=dead, komi=-7).result == "0"
    assert score(board, RULES["chinese"], dead=dead, komi=-10).result == "B+3"


def test_a_chain_dies_as_a_whole():
    board = read("X X . O\n. X O O\n. . . .\nX . . .")
    assert dead_chains(board, [0]) == {0, 1, 5}
    assert dead_chains(board, [0, 12]) == {0, 1, 5, 12}
    with pytest.raises(InputError, match="C4 is empty"):
        score(board, RULES["chinese"], dead=[2])


NO_EYES = """
    . O X . O X . . .
    . O X . O X . . .
    . O X X O X . . .
    . O O O X X . . .
    . . . O X . . . .
    . . . O X . . . .
    . . . O X . . . .
    . . . O X . . . .
    . . . O X . . . ."""
AN_EYE_EACH = """
    . X . O . O X . .
    X X X O O O X . .
    O O O X X X X . .
    . . O X . . . . .
    . . O X . . . . .
    . . O X . . . . .
    . . O X . . . . .
    . . O X . . . . .
    . . O X . . . . ."""
DAME = """
    . . X . O . .
    . . X . O . .
    . . X . O . .
    . . X . O . .
    . . X . O . .
    . . X . O . .
    . . X . O . ."""
SMALL_LIFE = """
    . X . X . O .
    X X X X . O .
    O O O O O O .
    . . . . . . .
    . . . . . . .
    . . . . . . .
    . . . . . . ."""
POSITIONS = {
    # diagram, the points in seki, by area, by territory
    "a seki without eyes": (NO_EYES, "C9 C8 C7 D7 E9 E8 E7", (14 + 32, 14 + 19), (32, 19)),
    "a seki with an eye each": (
        AN_EYE_EACH,
        "A9 B9 A8 B8 C8 D9 D8 E9 E8 F8 F9",
        (16 + 36 + 1, 14 + 12 + 1),
        (36, 12),  # the eyes do not count
    ),
    "dame between the living are no seki": (DAME, "", (7 + 14, 7 + 14), (14, 14)),
    "nor beside a small group with two eyes": (SMALL_LIFE, "", (6 + 2, 8 + 31), (2, 31)),
}


@pytest.mark.parametrize("name", POSITIONS)
def test_seki(name):
    text, points, by_area, by_territory = POSITIONS[name]
    board = read(text)
    found = seki(board.size, board.stones)
    assert found == {from_gtp(vertex, board.size) for vertex in points.split()}
    for rules in RULES.values():
        expected = by_area if rules.scoring is Scoring.AREA else by_territory
        assert plain(rules, board=board) == expected
    assert board.past == read(text).past  # nothing was played on it


def test_the_axes_are_independent():
    """Area with a tax, and territory without: no rule set has these, and they are what they say."""
    board = read(AN_EYE_EACH)
    taxed = replace(RULES["chinese"], tax=Tax.SEKI)
    free = replace(RULES["japanese"], tax=Tax.NONE)
    assert plain(taxed, board=board) == (16 + 36, 14 + 12)
    assert plain(free, board=board) == (37, 13)


def test_an_empty_board_is_nobodys():
    for rules in RULES.values():
        found = score(read(". .\n. ."), rules)
        assert (found.black, found.white) == (0, rules.komi)
        assert found.result == f"W+{rules.komi}"


BENSON = {
    # diagram, the stones of Black that are unconditionally alive: all or none
    "two eyes": (". X . X O\nX X X X O\nO O O O O\n. . . . .\n. . . . .", True),
    "one eye": (". X O . .\nX X O . .\nO O O . .\n. . . . .\n. . . . .", False),
    "a large eye alone": (". . . X O\nX X X X O\nO O O O O\n. . . . .\n. . . . .", False),
    "two chains that share their eyes": (
        ". X X O .\nX . X X O\nX X . X O\nO X X O O\n. O O . .", True,
    ),
    "a stone in an eye": (". X O . X\nX X X X X\nO O O O O\n. . . . .\n. . . . .", True),
}  # fmt: skip


@pytest.mark.parametrize("name", BENSON)
def test_benson_by_hand(name):
    text, is_alive = BENSON[name]
    board = read(text)
    black = {point for point, colour in enumerate(board.stones) if colour == BLACK}
    found = unconditionally_alive(board.size, board.stones, BLACK)
    assert found == (black if is_alive else frozenset())


def test_with_suicide_an_eye_can_be_cleared():
    board = read(BENSON["a stone in an eye"][0])
    assert unconditionally_alive(5, board.stones, BLACK, suicide=True)
    text = ". X . O O . X\nX X X X X X X\n" + "O O O O O O O\n" + ". . . . . . .\n" * 4
    assert unconditionally_alive(7, read(text).stones, BLACK, suicide=True)


@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_is_alive_is_never_captured(seed, size, suicide):
    """Black passes; White plays at random wherever it may, many times."""
    draw = np.random.default_rng(seed)
    board = read(("." * size + "\n") * size, ko=Ko.NONE, suicide=suicide)
    for point in draw.permutation(board.points)[: int(board.points * 0.7)].tolist():
        colour = BLACK if draw.random() < 0.8 else WHITE
        if board.is_legal(point, colour):
            board.play(point, colour)
    alive = unconditionally_alive(size, board.stones, BLACK, suicide=suicide)
    for _ in range(4 * board.points):
        legal = list(board.legal_points(WHITE))
        board.play(int(draw.choice(legal)) if legal else PASS, WHITE)
        assert all(board[point] == BLACK for point in alive)


@given(boards())
@settings(max_examples=40, deadline=None)
def test_every_point_is_counted_once(board):
    owner = owners(board.size, board.stones)
    assert [owner[p] for p, colour in enumerate(board.stones) if colour] == [
        colour for colour in board.stones if colour
    ]
    for rules in RULES.values():
        found = score(board, rules, komi=0)
        dame = found.owner.count(EMPTY)
        if rules.scoring is Scoring.AREA:
            assert found.black + found.white + dame == board.points
        other = board.copy()
        other.edit({p: -colour for p, colour in enumerate(board.stones) if colour})
        if rules.scoring is Scoring.AREA:
            turned = score(other, rules, komi=0)
            assert (turned.black, turned.white) == (found.white, found.black)


def test_rules_have_names():
    for name, rules in RULES.items():
        assert rules.name == name
        assert rules_named(name.upper()) is rules_named(name.replace("-", "_")) is rules
    assert rules_named("NZ") is rules_named("New Zealand") is RULES["new-zealand"]
    assert rules_named("Tromp-Taylor") is rules_named("TrompTaylor") is RULES["tromp-taylor"]
    with pytest.raises(
        InputError, match=r'expected one of tromp-taylor, .*did you mean "japanese"'
    ):
        rules_named("japanees")
    assert [Bonus.ALL.points(n) for n in (0, 1, 2, 9)] == [0, 0, 2, 9]
