"""What the tests of matches share: players that do as they are told, and a count."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from darknet.go.board import Board
from darknet.go.coordinates import PASS
from darknet.go.match_game import Terms
from darknet.go.moves import Move
from darknet.go.rules import rules_named
from darknet.go.scoring import score

ENGINE = Path(__file__).with_name("go_engine.py")
TERMS = Terms(size=5, rules=rules_named("chinese"), komi=2.5, most_moves=60)
GNUGO = shutil.which("gnugo", path=f"{os.environ.get('PATH', '')}:/usr/games")
START = 120.0  # seconds that a process may take to start on a busy machine


def command(seed: int = 0, fault: str = "", at: int = 1) -> str:
    return f"{sys.executable} {ENGINE} {seed} {fault} {at}"


class Script:
    """A player that plays the points it is told, then passes; None resigns."""

    def __init__(self, name: str, *points: int | None, says: str | None = None) -> None:
        self.name, self._points, self._says = name, points, says
        self.told: list[Move] = []
        self.begun = 0

    def begin(self, terms: Terms, seed: int) -> None:
        self.begun, self._next, self.told = self.begun + 1, iter(self._points), []

    def played(self, move: Move) -> None:
        self.told.append(move)

    def choose(self, board: Board) -> int | None:
        return next(self._next, PASS)

    def score(self, board: Board) -> str | None:
        return self._says

    def close(self) -> None:
        pass


def counted(board: Board) -> str:
    return score(board, TERMS.rules, komi=TERMS.komi).result
