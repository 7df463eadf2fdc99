"""Random commands in this process; `soak/gtp_fuzz.py` sends as many more as one likes."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import go_nets
from gtp_desk import Desk
from gtp_noise import Wrong, answered, line

POLICIES = (go_nets.policy(size=5), go_nets.policy(go_nets.HEADS, size=5))
LINES = 60


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_whatever_comes_there_is_one_whole_reply(tmp_path_factory, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("game"))
        Path("game.sgf").write_text("(;SZ[5]AB[aa][bb];W[cc];B[dd];W[])")
        draw = Random(seed)
        desk = Desk(5, policy=POLICIES[seed % 2])
        for _ in range(LINES):
            answered(desk, line(draw, desk.session.board.size))


def test_the_checks_find_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(5)
    answered(desk, b"1 play b C3")
    for wrong in (b"", b"= \n", b"=1 \n\n\n", b"=2 \n\n", b"=1 a\x07\n\n", b"=1 a\n\nb\n\n",
                  b"ok\n=1 \n\n", b"?1 \n\n", b"=1 \n\n=1 \n\n"):  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setattr(desk, "answer", lambda data, wrong=wrong: wrong)
            with pytest.raises(Wrong):
                answered(desk, b"1 name")
    with monkeypatch.context() as patch:
        patch.setattr(desk.engine, "answer", lambda data: desk.session.board.undo())
        with pytest.raises(Wrong):
            answered(desk, b"showboard")
    desk.told.append("a fault")
    with pytest.raises(Wrong):
        answered(desk, b"1 name")
