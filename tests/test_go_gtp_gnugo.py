"""A real peer: GNU Go, over its own GTP. `benchmarks/gnugo.py` plays more, and on large boards."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from darknet.go.choice import Choice
from darknet.go.gtp_client import GtpProcess
from gtp_desk import Desk

GNUGO = shutil.which("gnugo", path=f"{os.environ.get('PATH', '')}:/usr/games")
PATIENCE = 120.0
LONGEST = 3 * 81

pytestmark = [
    pytest.mark.skipif(GNUGO is None, reason="needs gnugo (apt-get install gnugo)"),
    pytest.mark.slow,
]


@pytest.fixture(params=[("chinese", 1), ("japanese", 2), ("chinese", 3)], ids=str)
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[Desk, GtpProcess]]:
    """Our engine and GNU Go by the same rules, with a board of 9 lines and the same komi."""
    rules, seed = request.param
    command = f"{GNUGO} --mode gtp --level 1 --{rules}-rules --seed {seed}"
    desk = Desk(9, rules=rules, choice=Choice(temperature=1.0), seed=seed)
    with GtpProcess(command, timeout=PATIENCE) as gnugo:
        gnugo.send("boardsize 9")
        gnugo.send("komi 6.5")
        desk("komi 6.5")
        yield desk, gnugo


def test_gnugos_own_game_has_the_score_that_gnugo_says(pair: tuple[Desk, GtpProcess]) -> None:
    desk, gnugo = pair
    for number in range(LONGEST):
        colour = "bw"[number % 2]
        move = gnugo.send(f"genmove {colour}")
        if move == "resign":
            break
        desk(f"play {colour} {move}")
        if desk.session.board.passes == 2:
            break
    assert desk("final_score") == gnugo.send("final_score")


def test_a_game_ends_and_both_agree(pair: tuple[Desk, GtpProcess]) -> None:
    desk, gnugo = pair
    for number in range(LONGEST):
        colour = "bw"[number % 2]
        if number % 2:
            move = gnugo.send(f"genmove {colour}")
            if move == "resign":
                return
            desk(f"play {colour} {move}")
        else:
            gnugo.send(f"play {colour} {desk(f'genmove {colour}')}")
        if desk.session.board.passes == 2:
            break
    assert desk.session.board.passes == 2
    assert desk("final_score") == gnugo.send("final_score")
