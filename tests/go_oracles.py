"""Two independent Go boards, sgfmill's and open_spiel's, played beside ours move by move.

open_spiel has simple ko and no suicide, as `Ko.SIMPLE`; sgfmill knows no illegal move but that on a
stone, and says which point a ko forbids.
"""

from __future__ import annotations

import pytest

from darknet.go.coordinates import PASS
from darknet.go.moves import BLACK, WHITE

EVERY = 9  # every which move all legal points are compared


class Sgfmill:
    """sgfmill's board."""

    def __init__(self, size):
        self.board = pytest.importorskip("sgfmill.boards", reason="needs sgfmill").Board(size)
        self.size, self.ko = size, None

    def play(self, colour, point):
        self.ko = None
        if point != PASS:
            row, column = divmod(point, self.size)
            name = "b" if colour == BLACK else "w"
            found = self.board.play(self.size - 1 - row, column, name)
            self.ko = None if found is None else (self.size - 1 - found[0]) * self.size + found[1]

    def stones(self):
        colours = {None: 0, "b": BLACK, "w": WHITE}
        rows = range(self.size - 1, -1, -1)
        return tuple(colours[self.board.get(r, c)] for r in rows for c in range(self.size))


class Spiel:
    """open_spiel's game: colours alternate, so that a pass stands where one plays twice."""

    def __init__(self, size):
        pyspiel = pytest.importorskip("pyspiel", reason="needs open_spiel")
        settings = {"board_size": size, "handicap": 0, "max_game_length": 10_000}
        self.state = pyspiel.load_game("go", settings).new_initial_state()
        self.size = size

    def play(self, colour, point):
        if self.state.current_player() != (0 if colour == BLACK else 1):
            self.state.apply_action(self.size**2)
        self.state.apply_action(self.size**2 if point == PASS else self._turned(point))

    def _turned(self, point):
        """Its points are counted from the bottom row."""
        row, column = divmod(point, self.size)
        return (self.size - 1 - row) * self.size + column

    def legal(self):
        return {self._turned(a) for a in self.state.legal_actions() if a < self.size**2}

    def stones(self):
        lines = [line.split() for line in str(self.state).splitlines()]
        rows = [line[1] for line in lines if len(line) == 2 and line[0].isdecimal()]
        return tuple({"X": BLACK, "O": WHITE, "+": 0}[sign] for row in rows for sign in row)


def is_finished(spiel):
    return spiel.state.is_terminal()


def compare(board, setup, moves):
    """Play the moves on all three; every board is compared, legal points now and then."""
    sgfmill, spiel = Sgfmill(board.size), Spiel(board.size)
    for colour, point in setup:
        sgfmill.play(colour, point)
        spiel.play(colour, point)
    for number, (colour, point) in enumerate(moves):
        board.play(point, colour)
        sgfmill.play(colour, point)
        spiel.play(colour, point)
        assert board.stones == sgfmill.stones(), f"move {number}"
        assert board.ko == sgfmill.ko, f"move {number}"
        if is_finished(spiel):  # after two passes, or where a position came again
            return number
        assert board.stones == spiel.stones(), f"move {number}"
        if number % EVERY == 0:
            assert set(board.legal_points()) == spiel.legal(), f"move {number}"
    return len(moves)
