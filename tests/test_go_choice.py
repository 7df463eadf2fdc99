"""Which move is played: legal, no own eyes filled, passes where they are right, every game ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.errors import InputError
from darknet.go.board import Board
from darknet.go.choice import Choice, Player, winning_chance
from darknet.go.coordinates import PASS, from_gtp, to_gtp
from darknet.go.diagram import read
from darknet.go.endgame import standing, useful
from darknet.go.evaluation import Evaluation
from darknet.go.eyes import is_eye, is_suicide, is_true_eye
from darknet.go.geometry import neighbours
from darknet.go.moves import BLACK, WHITE
from darknet.go.policy import Policy, default_policy
from darknet.go.rules import RULES, rules_named
from darknet.go.status import final_score, likely_dead
from go_nets import HEADS, SMALL, Told, policy

CHINESE, JAPANESE = rules_named("chinese"), rules_named("japanese")
TROMP = rules_named("tromp-taylor")
NETS = [policy(text, 5, seed) for seed in range(3) for text in (SMALL, HEADS)]

LIVING = """
. X . X O . O
X X X X O O .
. . . X O O O
X X X X O . .
. . . X O O O
X X X X O . O
. X . X O O ."""

DAME = """
. X . X . O .
X . X X . O O
X X X X O O .
. X X O O O O
X X X O . O .
X . X . O O O
. X X . O . O"""


def choose(said, board, rules=CHINESE, komi=0.0, seed=None, colour=None, **choice):
    player = Player(Told(said), Choice(**choice), seed)
    return player.choose(board, rules, komi, colour)


def name(chosen, board):
    return to_gtp(chosen.point, board.size)


# ---- the rules of choosing


def test_the_most_probable_legal_move():
    board = read("...\n.X.\n...", to_move=WHITE)
    chosen = choose({"B2": 0.6, "C1": 0.3, "A1": 0.1}, board)
    assert (name(chosen, board), chosen.reason) == ("C1", "policy")
    assert chosen.evaluation.priors[1, 1] == np.float32(0.6)
    assert board.past == read("...\n.X.\n...", to_move=WHITE).past


def test_ko_and_superko_are_kept():
    board = read(". X O .\nX . X O\n. X O .\n. . . .", to_move=WHITE)
    board.play(5)
    said = {"C3": 0.9, "A1": 0.1}
    assert name(choose(said, board, allow_pass=False), board) == "A1"
    positional = read(". X O .\nX . X O\n. X O .\n. . . .", to_move=WHITE, ko=TROMP.ko)
    for point in (5, PASS, PASS):
        positional.play(point)
    assert positional.ko is None
    assert name(choose(said, positional, TROMP, allow_pass=False), positional) == "A1"


def test_a_ko_binds_only_who_is_to_move():
    board = read(". X O .\nX . X O\n. X O .\n. . . .", to_move=WHITE)
    board.play(5)
    said = {"C3": 0.9, "A1": 0.1}
    assert name(choose(said, board, colour=WHITE, allow_pass=False), board) == "C3"
    assert board.to_move == BLACK
    with pytest.raises(InputError, match="3 is no player"):
        choose({}, board, colour=3)


def test_a_colour_out_of_turn_is_what_the_network_sees():
    board = read("...\n.X.\n...", to_move=WHITE)
    assert choose({"A1": 0.9}, board, colour=BLACK).evaluation.to_move == BLACK


def test_true_eyes_are_not_filled_and_false_ones_are():
    eyes = "\n".join((". X . . .", "X X . . .", ". . . . .", ". . . . .", ". . . . ."))
    assert name(choose({"A5": 0.9, "E1": 0.1}, read(eyes)), read(eyes)) == "E1"
    false = "\n".join((". X . . .", "X O . . .", "O . . . .", ". . . . .", ". . . . ."))
    assert name(choose({"A5": 0.9, "E1": 0.1}, read(false)), read(false)) == "A5"


def test_an_eye_that_is_in_atari_may_be_filled():
    board = read(". X O . .\nX X O . .\nO O O . .\n. . . . .\n. . . . .", to_move=BLACK)
    assert is_eye(board, 0, BLACK)
    assert not is_true_eye(board, 0, BLACK)


def test_suicide_is_not_played_where_the_rules_allow_it():
    board = read(". X O . .\nX O O . .\nO O . . .\n. . . . .\n. . . . .", suicide=True)
    assert board.is_legal(0)
    assert is_suicide(board, 0, BLACK)
    assert name(choose({"A5": 0.9, "E1": 0.1}, board, TROMP), board) == "E1"


def test_a_pass_where_there_is_nothing_else():
    full = read(". X .\nX X X\n. X .")
    for allow_pass in (True, False):
        chosen = choose({"A1": 1.0}, full, allow_pass=allow_pass)
        assert (chosen.point, chosen.reason) == (PASS, "there is no other move")


def test_the_network_alone_does_not_pass_in_the_middle():
    board = Board(9)
    assert name(choose({"pass": 0.9, "E5": 0.1}, board), board) == "E5"


def test_a_game_of_three_moves_for_every_point_is_too_long():
    board = Board(5)
    for _ in range(3 * 25 - 1):
        board.play(PASS)
    assert choose({"C3": 0.9}, board).reason == "policy"
    board.play(PASS)
    chosen = choose({"C3": 0.9}, board)
    assert (chosen.point, chosen.reason) == (PASS, "the game is too long")


# ---- the end


def test_a_game_that_is_settled_is_passed():
    board = read(LIVING)
    chosen = choose({"A3": 0.4, "B3": 0.1}, board)
    assert (chosen.point, chosen.reason) == (PASS, "nothing is left to play for")
    assert name(choose({"A3": 0.4}, board, allow_pass=False), board) == "A3"


def test_the_end_is_looked_for_again_as_the_game_goes_on():
    rows = LIVING.strip().split("\n")
    begun = read("\n".join([*rows[:5], ". . . . . . .", ". . . . . . ."]))
    player = Player(Told({"A3": 0.4}), Choice())
    assert player.choose(begun, CHINESE, 0.0).reason == "policy"
    for point, colour in enumerate(read(LIVING).stones):
        if colour and not begun[point]:
            begun.play(point, colour)
    assert player.choose(begun, CHINESE, 0.0, BLACK).reason == "nothing is left to play for"


def test_dame_are_filled_by_area_and_not_by_territory():
    board = read(DAME)
    dame = {"E6", "E7", "D1", "D2"}
    assert name(choose({"F5": 0.4, "E7": 0.1}, board), board) in dame
    assert choose({"F5": 0.4, "E7": 0.1}, board, JAPANESE).point == PASS
    for _ in range(6):
        chosen = choose({}, board)
        if chosen.point == PASS:
            break
        assert name(chosen, board) in dame
        board.play(chosen.point)
    assert chosen.point == PASS


def test_a_sure_answer_to_the_last_move_is_given_though_little_is_left():
    board = read(LIVING, to_move=WHITE)
    board.play(from_gtp("B3", 7))  # into Black's eye space
    sure = choose({"C3": 0.9}, board)
    assert name(sure, board) == "C3"
    assert choose({"C3": 0.2}, board).point == PASS
    far = choose({"C3": 0.01, "F4": 0.9}, board)
    assert far.point == PASS


def test_a_living_chain_in_atari_is_saved_though_little_is_left():
    """D3 and E4 hang on D4, which is no eye; no territory is left to be made."""
    text = """
    . X . X O . O
    X X X X O O .
    X . X X O O O
    X X X . X O .
    O O O X O O O
    . O . O O . O
    O . O O . O O"""
    board = read(text)
    now = standing(board, ())
    assert (now.open, now.dame) == (frozenset(), frozenset())
    for colour, saved in ((BLACK, {from_gtp("D4", 7)}), (WHITE, set())):
        assert useful(board, now, JAPANESE, colour, clean_up=False) == saved
    assert name(choose({"B5": 0.5, "D4": 0.2}, board, JAPANESE), board) == "D4"


@pytest.mark.parametrize(("komi", "reason"), [(-9.5, "the opponent passed and the game is won"),
                                              (9.5, "nothing is left to play for")])  # fmt: skip
def test_after_the_opponents_pass(komi, reason):
    board = read(LIVING, to_move=WHITE)
    board.play(PASS)
    chosen = choose({"A3": 0.9}, board, JAPANESE, komi)
    assert (chosen.point, chosen.reason) == (PASS, reason)


def test_ones_own_pass_is_not_the_opponents():
    board = read(LIVING)
    board.play(PASS)
    chosen = choose({"A3": 0.9}, board, JAPANESE, -9.5, colour=BLACK)
    assert (chosen.point, chosen.reason) == (PASS, "nothing is left to play for")


def test_a_pass_of_the_opponent_early_on_is_no_end():
    board = Board(9)
    board.play(from_gtp("E5", 9))
    board.play(PASS)
    assert name(choose({"C3": 0.9}, board), board) == "C3"


def test_dead_stones_leave_the_board_where_nobody_would_agree():
    text = """
    . X . X . O .
    X X X X X O O
    . . . X O O .
    . O . X O O O
    . . . X X O .
    X X X X X O O
    . X . X O . O"""
    board = read(text)
    assert choose({"E7": 0.1}, board, JAPANESE, 0.0).point == PASS
    assert name(choose({"E7": 0.1}, board, TROMP, -30.0), board) == "E7"  # a dame
    settled = read(text.replace("X . O .\n", "X X O .\n", 1))
    for komi, wanted in ((-30.0, {"pass"}), (10.5, {"A4", "B5", "B3", "C4"})):
        assert name(choose({"A4": 0.3}, settled, TROMP, komi), settled) in wanted
    player = Player(Told({"A4": 0.3, "B5": 0.2, "E7": 0.1}), Choice())
    for _ in range(12):
        chosen = player.choose(board, TROMP, 10.5)
        if chosen.point == PASS:
            break
        board.play(chosen.point)
        board.play(PASS)
    assert board[from_gtp("B4", 7)] != WHITE
    cleaned = Player(Told({"A4": 0.3}), Choice()).choose(read(text), JAPANESE, -30.0, clean_up=True)
    assert to_gtp(cleaned.point, 7) in {"A4", "B5", "B3", "C4"}


# ---- resignation, temperature


def test_resignation():
    losing, board = Told({"A1": 1.0}, value=0.04), Board(5)
    assert Player(losing, Choice(resign_below=0.05)).choose(board, CHINESE, 7.5).point is None
    assert Player(losing, Choice(resign_below=0.03)).choose(board, CHINESE, 7.5).point == 20
    assert Player(losing, Choice()).choose(board, CHINESE, 7.5).point == 20
    without = Player(Told({"A1": 1.0}), Choice(resign_below=1.0)).choose(board, CHINESE, 7.5)
    assert without.point == 20


def test_the_chance_from_ownership_is_who_is_to_moves():
    owner = np.full((5, 5), 0.5, np.float32)
    black = Evaluation(np.zeros((5, 5), np.float32), 0.0, None, owner, (0,) * 25, BLACK)
    white = Evaluation(np.zeros((5, 5), np.float32), 0.0, None, owner, (0,) * 25, WHITE)
    assert winning_chance(black, 12.5) == pytest.approx(0.5)
    assert winning_chance(black, 0.5) == pytest.approx(1 / (1 + np.exp(-2)))
    assert winning_chance(white, 0.5) == pytest.approx(1 - winning_chance(black, 0.5))
    assert winning_chance(black, 1e9) == pytest.approx(0)
    board, lost = Board(5), Told({"A1": 1.0}, ownership=-owner)
    assert Player(lost, Choice(resign_below=0.2)).choose(board, CHINESE, 7.5).point is None
    assert Player(lost, Choice(resign_below=0.2)).choose(board, CHINESE, 7.5, WHITE).point == 20


def test_what_the_rules_give_for_handicap_stones_counts_for_resigning():
    """By ownership Black is 2 points ahead of komi; 9 stones give White 9, or none."""
    owner = np.zeros((5, 5), np.float32)
    owner.ravel()[:10] = 1
    player = Player(Told({"A1": 1.0}, ownership=owner), Choice(resign_below=0.45))
    assert player.choose(Board(5), JAPANESE, 8.0, handicap=9).point == 20
    assert player.choose(Board(5), CHINESE, 8.0, handicap=9).point is None
    assert player.choose(Board(5), CHINESE, 8.0).point == 20


def test_temperature_draws_by_probability():
    said = {"A1": 0.6, "B1": 0.3, "C1": 0.1}
    player = Player(Told(said), Choice(temperature=1.0), 1)
    drawn = [to_gtp(player.choose(Board(5), CHINESE, 0).point, 5) for _ in range(600)]
    for vertex, share in said.items():
        assert drawn.count(vertex) / 600 == pytest.approx(share, abs=0.07)
    for nearly_none in (0.05, 1e-320):
        cold = Player(Told(said), Choice(temperature=nearly_none), 1)
        with np.errstate(all="raise", under="ignore"):
            assert {cold.choose(Board(5), CHINESE, 0).point for _ in range(50)} == {20}


def test_a_seed_repeats_the_game_and_another_does_not():
    def game(seed):
        board, player = Board(5), Player(NETS[0], Choice(temperature=1.0), seed)
        for _ in range(12):
            board.play(player.choose(board, CHINESE, 7.5).point)
        return board.moves

    assert game(3) == game(3)
    assert game(3) != game(4)


def test_temperature_for_the_first_moves_only():
    said, board = {"A1": 0.4, "B2": 0.3, "E5": 0.3}, Board(5)
    player = Player(Told(said), Choice(temperature=1.0, temperature_moves=1), 0)
    assert len({player.choose(board, CHINESE, 0).point for _ in range(40)}) > 1
    board.play(12)
    assert {player.choose(board, CHINESE, 0).point for _ in range(40)} == {20}


@pytest.mark.parametrize(
    "wrong", [{"temperature": -1}, {"temperature_moves": -1}, {"resign_below": 1.5},
              {"temperature": float("nan")}],
)  # fmt: skip
def test_bounds(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        Choice(**wrong)


def test_a_seed_below_zero_is_refused():
    with pytest.raises(InputError, match="seed -1: expected 0 or more"):
        Player(Told({}), seed=-1)


# ---- whole games of networks that know nothing


def own_eyes(board, colour):
    """Empty points amid stones of one chain of `colour`: an own definition, stricter than ours."""
    around = neighbours(board.size)
    for point in range(board.points):
        beside = around[point]
        if board[point] or any(board[near] != colour for near in beside):
            continue
        chain = set(board.chain(beside[0]))
        if set(beside) <= chain and len(board.liberties(beside[0])) > 1:
            yield point


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(sorted(RULES)), st.integers(2, 7), st.integers(0, 5), st.integers(0, 5),
    st.sampled_from([0.0, 1.0, 3.0]), st.booleans(), st.booleans(), st.integers(0, 2**31),
)  # fmt: skip
def test_every_game_ends_by_passes(name, size, one, other, temperature, assist, allow, seed):
    rules = RULES[name]
    board = Board(size, ko=rules.ko, suicide=rules.suicide)
    choice = Choice(temperature=temperature, assist=assist, allow_pass=allow)
    players = {
        colour: Player(NETS[net], choice, seed) for colour, net in ((BLACK, one), (WHITE, other))
    }
    while board.passes < 2:
        colour = board.to_move
        chosen = players[colour].choose(board, rules, 7.5)
        assert board.is_legal(chosen.point)
        assert chosen.point not in set(own_eyes(board, colour))
        taken = board.play(chosen.point)
        assert chosen.point not in taken
        assert len(board.moves) <= 3 * board.points + 2


@pytest.mark.slow
@pytest.mark.parametrize("name", ["japanese", "chinese", "tromp-taylor"])
def test_games_of_the_shipped_network_end_when_nothing_is_left(name):
    """Both sides stop in time, with hardly a dame or an open point left, and can count."""
    rules = RULES[name]
    board = Board(19, ko=rules.ko, suicide=rules.suicide)
    shipped = Policy.load(*default_policy())
    choice = Choice(temperature=1.0, temperature_moves=20)
    players = {colour: Player(shipped, choice, 5 + colour) for colour in (BLACK, WHITE)}
    while board.passes < 2:
        board.play(players[board.to_move].choose(board, rules, rules.komi).point)
    assert 150 < len(board.moves) < 380
    now = standing(board, *likely_dead(board, shipped))
    assert now.is_near_end
    assert final_score(board, rules, policy=shipped).margin
