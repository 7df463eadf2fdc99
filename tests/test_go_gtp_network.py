"""GTP: the network's own answer, and boards seen from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

import go_nets
from darknet.go.coordinates import from_gtp
from darknet.go.geometry import symmetry
from darknet.go.gtp.network import turned
from darknet.go.moves import BLACK, WHITE
from go_games import chance
from gtp_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk(5)


@pytest.fixture
def heads() -> Desk:
    """An engine whose network says who wins and whose points will be."""
    return Desk(5, policy=go_nets.policy(go_nets.HEADS, size=5))


# -- The network itself ------------------------------------------------------------------------


def test_the_raw_network(heads: Desk) -> None:
    heads("play b C3")
    heads("play w D2")
    lines = heads("kata-raw-nn 0").split("\n")
    evaluation = heads.session.policy.evaluate(heads.session.board)
    assert lines[0] == "symmetry 0"
    told = dict(line.split() for line in lines if line.count(" ") == 1)
    assert float(told["whiteLoss"]) == pytest.approx(evaluation.value, abs=1e-6)
    assert float(told["whiteWin"]) == pytest.approx(1 - evaluation.value, abs=1e-6)
    assert float(told["policyPass"]) == pytest.approx(evaluation.pass_prior, abs=1e-6)
    at = lines.index("policy") + 1
    table = [word for line in lines[at : at + 5] for word in line.split()]
    assert [n for n, word in enumerate(table) if word == "NAN"] == [12, 18]
    flat = evaluation.priors.ravel()
    for point, word in enumerate(table):
        assert word == "NAN" or float(word) == pytest.approx(flat[point], abs=1e-6)
    at = lines.index("whiteOwnership") + 1
    owned = [float(word) for line in lines[at : at + 5] for word in line.split()]
    assert owned == pytest.approx(-evaluation.ownership.ravel(), abs=1e-4)
    assert float(told["whiteLead"]) == pytest.approx(sum(owned) + 7.5, abs=0.01)


def test_what_the_network_does_not_say_is_left_out(desk: Desk) -> None:
    assert [line.split()[0] for line in desk("kata-raw-nn 7").split("\n") if line[0].isalpha()] == [
        "symmetry", "policy", "policyPass",
    ]  # fmt: skip
    for words in ("", "8", "-1", "x", "all 1"):
        desk.refused(f"kata-raw-nn {words}")


def test_the_eight_symmetries_are_brought_back_to_the_board(desk: Desk) -> None:
    """Their mean is what symmetries=True answers, which the policy computes in another way."""
    desk("gogui-play_sequence b C3 w D2 b A5")
    parts = desk("kata-raw-nn all").split("symmetry ")[1:]
    tables = []
    for number, part in enumerate(parts):
        lines = part.split("\n")
        assert lines[0] == str(number)
        tables.append([float(word) for line in lines[2:7] for word in line.split()])
    whole = desk.session.policy.evaluate(desk.session.board, symmetries=True).priors.ravel()
    legal = list(desk.session.board.legal_points())
    assert np.mean(tables, axis=0)[legal] == pytest.approx(whole[legal], abs=2e-6)
    assert np.ptp(tables, axis=0)[legal].max() > 1e-4  # they do differ


# -- Boards seen otherwise ---------------------------------------------------------------------


def test_a_board_from_the_other_side(desk: Desk) -> None:
    for move in ("b B2", "w C2", "b A3", "w D3", "b B4", "w C4", "b C3", "w B3"):
        desk(f"play {move}")
    board = desk.session.board
    assert board.facing(BLACK) is board
    other = board.facing(WHITE)
    assert (other.to_move, other.ko, other.stones) == (WHITE, None, board.stones)
    assert other.passes == 0
    assert (board.to_move, board.ko) == (BLACK, from_gtp("C3", 5))


@pytest.mark.parametrize("number", range(8))
def test_a_turned_board(number: int) -> None:
    board = chance(5, 7, 80, suicide=True)
    board.edit({0: 0, 8: 0}, WHITE)
    board.play(0)
    goes = symmetry(7, number)
    twin = turned(board, number)
    for point, colour in enumerate(board.stones):
        assert twin[goes[point]] == colour
    assert (twin.to_move, twin.ko_rule, twin.suicide) == (BLACK, board.ko_rule, True)
    assert [m.colour for m in twin.moves] == [m.colour for m in board.moves]
    assert twin.prisoners(BLACK) == board.prisoners(BLACK)
    assert sorted(goes[p] for p in board.legal_points()) == sorted(twin.legal_points())
