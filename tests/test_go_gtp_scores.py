"""GTP: moves that the engine chooses, dead stones, the score, and games to their end."""

from __future__ import annotations

import pytest

import go_nets
from darknet.go.choice import Choice
from darknet.go.coordinates import from_gtp
from darknet.go.diagram import read
from darknet.go.moves import BLACK, WHITE, Ko
from gtp_desk import Desk

# Black lives on the left, White on the right; F2 and B2 are dead.
SETTLED = """
    . X X O O . .
    X . X O . O .
    X X X O O O O
    . . X O . . .
    X X X O O O O
    . O X O . X .
    . . X O . . ."""
# C7, C8, C9, D7 and E7, E8, E9 have two liberties in common.
SEKI = """
    . O X . O X . . .
    . O X . O X . . .
    . O X X O X . . .
    . O O O X X . . .
    . . . O X . . . .
    . . . O X . . . .
    . . . O X . . . .
    . . . O X . . . .
    . . . O X . . . ."""


def set_up(desk: Desk, diagram: str, to_move: int = BLACK) -> Desk:
    desk.session.take(read(diagram, to_move=to_move, ko=Ko.SIMPLE))
    return desk


@pytest.fixture
def settled() -> Desk:
    return set_up(Desk(7), SETTLED)


# -- Scores ------------------------------------------------------------------------------------


def test_dead_stones_and_the_score(settled: Desk) -> None:
    settled("komi 0.5")
    assert settled("final_status_list dead") == "B2\nF2"
    alive = settled("final_status_list alive").replace("\n", " ").split()
    assert sorted([*alive, "F2", "B2"]) == sorted(
        f"{settled('list_stones b')} {settled('list_stones w')}".split()
    )
    assert settled("final_status_list seki") == ""
    assert settled("final_status F2") == "dead"
    assert settled("final_status D4") == "alive"
    assert settled("final_score") == "W+7.5"  # 21 to 28 by area
    settled("kata-set-rules japanese")
    assert settled("final_score") == "W+5.5"  # 8 + 1 to 13 + 1 by territory
    settled("kata-set-rules tromp-taylor")  # all on the board live
    assert settled("final_status_list dead") == ""
    assert settled("final_score") == "W+5.5"


def test_stones_in_seki() -> None:
    desk = set_up(Desk(9), SEKI)
    assert desk("final_status_list seki") == "C9 C8 C7 D7\nE9 E8 E7"
    assert desk("final_status_list dead") == ""
    assert desk("final_status E8") == "seki"


def test_handicap_counts_by_the_rules() -> None:
    desk = Desk(7)
    desk("set_free_handicap D7 D6 D5 D4 D3 D2 D1")
    desk("komi 0")
    assert desk("final_score") == "B+42"  # all of the board, but for the seven stones
    desk("kata-set-rules aga")
    assert desk("final_score") == "B+43"


@pytest.mark.parametrize("words", ["", "living", "alive dead"])
def test_words_that_are_no_state(settled: Desk, words: str) -> None:
    assert settled.refused(f"final_status_list {words}").startswith("syntax error")


def test_points_without_a_stone(settled: Desk) -> None:
    for words in ("A1", "pass", "Z1", ""):
        settled.refused(f"final_status {words}")


# -- Moves that the engine chooses -------------------------------------------------------------


def test_a_move_is_played(settled: Desk) -> None:
    desk = Desk(5)
    for colour, name in ((BLACK, "b"), (BLACK, "black"), (WHITE, "W")):
        move = desk(f"genmove {name}")
        assert desk.session.board.last == (colour, from_gtp(move, 5))
    assert len(desk.session.board.moves) == 3
    assert desk("gomill-explain_last_move") == "policy"
    for words in ("", "x", "b b"):
        desk.refused(f"genmove {words}")


def test_reg_genmove_is_the_move_without_chance_and_plays_nothing() -> None:
    desk = Desk(5, choice=Choice(temperature=10.0))
    found = {desk("reg_genmove b") for _ in range(8)}
    assert len(found) == 1
    assert desk("move_history") == ""
    played = set()
    for _ in range(8):
        played.add(desk("genmove b"))
        desk("undo")
    assert len(played) > 1
    desk("kata-set-param temperature 0")
    assert desk("genmove b") in found


def test_the_same_seed_plays_the_same() -> None:
    games = []
    for seed in (3, 3, 4):
        desk = Desk(5, choice=Choice(temperature=2.0), seed=seed)
        games.append([desk("genmove b"), desk("genmove w"), desk("genmove b")])
    assert games[0] == games[1] != games[2]


def test_a_lost_game_is_resigned_where_the_network_knows() -> None:
    desk = Desk(5, policy=go_nets.policy(go_nets.HEADS, size=5))
    desk("komi 999")
    desk("kata-set-param resignBelow 1")
    assert desk("genmove b") == "resign"
    assert desk("reg_genmove b") == "resign"
    assert desk("kata-genmove_analyze b").endswith("\nplay resign")
    assert desk("move_history") == ""
    assert Desk(5, choice=Choice(resign_below=1.0))("genmove b") != "resign"


def test_a_pass_answers_a_pass_when_all_is_settled(settled: Desk) -> None:
    settled("play b pass")
    assert settled("genmove w") == "pass"
    assert settled("genmove b") == "pass"  # and as often as one likes


def test_dead_stones_are_taken_off_before_a_pass(settled: Desk) -> None:
    """KGS asks for that where players do not agree; both sides' moves come from this engine."""
    for _ in range(60):
        moves = settled("kgs-genmove_cleanup b"), settled("kgs-genmove_cleanup w")
        if moves == ("pass", "pass"):
            break
    assert settled("is_legal b B2") == "1"
    assert "F2" not in settled("list_stones b").split()
    assert "B2" not in settled("list_stones w").split()
    before = settled("final_score")
    settled("kata-set-rules tromp-taylor")
    assert settled("final_score") == before


@pytest.mark.parametrize("rules", ["chinese", "japanese", "tromp-taylor"])
def test_a_game_ends_and_is_scored(rules: str) -> None:
    desk = Desk(5, rules=rules)
    for number in range(3 * 25 + 2):
        desk(f"genmove {'bw'[number % 2]}")
        if desk.session.board.passes == 2:
            break
    assert desk.session.board.passes == 2
    score = desk("final_score")
    assert score == "0" or score[:2] in ("B+", "W+")
