"""A Go program for the tests of matches: random legal moves over GTP, and faults when asked for.

``python go_engine.py SEED [FAULT [MOVE]]``: at its own move number MOVE (from 1) it plays an
illegal move, answers nonsense, refuses, resigns, sleeps, or dies; or it refuses a move of the other
side; or it tells a wrong score. It passes when both have made MOVES moves, so that games end.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from darknet.go.board import Board
from darknet.go.coordinates import PASS, from_gtp, to_gtp
from darknet.go.moves import BLACK, WHITE
from darknet.go.rules import rules_named
from darknet.go.scoring import score

MOVES = 14
COLOURS = {"b": BLACK, "w": WHITE, "black": BLACK, "white": WHITE}
KNOWN = "boardsize clear_board komi play genmove final_score list_commands name version quit"


class Engine:
    def __init__(self, seed: int, fault: str, at: int) -> None:
        self.draw = np.random.default_rng(seed)
        self.seed, self.fault, self.at, self.own, self.komi = seed, fault, at, 0, 0.0
        self.board = Board(9)

    def answer(self, command: str, words: list[str]) -> str:
        if self.fault == "size" and command == "boardsize":
            return "?unacceptable size"
        if command == "boardsize":
            self.board = Board(int(words[0]))
        elif command == "clear_board":
            self.board, self.own = Board(self.board.size), 0
        elif command == "komi":
            self.komi = float(words[0])
        elif command == "play":
            if self.fault == "refuse-other" and len(self.board.moves) >= 2 * self.at:
                return "?illegal move"
            self.board.play(from_gtp(words[1], self.board.size), COLOURS[words[0].lower()])
        elif command == "genmove":
            return self.move(COLOURS[words[0].lower()])
        elif command == "final_score":
            found = score(self.board, rules_named("chinese"), komi=self.komi).result
            return {"score": "=B+99.5", "no-score": "?cannot score"}.get(self.fault, f"={found}")
        elif command == "list_commands":
            return "=" + KNOWN.replace(" ", "\n")
        elif command in ("name", "version"):
            return f"={'random' if command == 'name' else self.seed}"
        return "="

    def move(self, colour: int) -> str:
        self.own += 1
        if self.fault and self.own == self.at:
            if self.fault == "illegal":
                taken = next(p for p in range(self.board.points) if self.board[p])
                return f"={to_gtp(taken, self.board.size)}"
            if self.fault == "nonsense":
                return "=Z99"
            if self.fault == "refuse":
                return "?I do not feel like it"
            if self.fault == "resign":
                return "=resign"
            if self.fault == "sleep":
                time.sleep(600)
            if self.fault == "die":
                sys.exit("out of cheese")
        legal = [] if len(self.board.moves) >= MOVES else list(self.board.legal_points(colour))
        point = int(self.draw.choice(legal)) if legal else PASS
        self.board.play(point, colour)
        return f"={to_gtp(point, self.board.size)}"


def main() -> None:
    seed, fault, at = [*sys.argv[1:], "", ""][:3] if len(sys.argv) < 4 else sys.argv[1:4]
    engine = Engine(int(seed), fault, int(at or 1))
    for line in sys.stdin:
        words = line.split()
        number = words.pop(0) if words[0].isdecimal() else ""
        answer = engine.answer(words[0], words[1:])
        print(f"{answer[0]}{number} {answer[1:]}\n", flush=True)
        if words[0] == "quit":
            return


if __name__ == "__main__":
    main()
