"""What the tests of Go share: drawn boards, games at random, and the packed games of ../shared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from darknet.go.board import Board
from darknet.go.coordinates import PASS, from_gtp
from darknet.go.moves import BLACK, WHITE, Ko

COLOURS = {"b": BLACK, "w": WHITE}


def played(board: Board, moves: str) -> Board:
    """`board` after moves like ``b D4 w pass``; the board itself."""
    words = moves.split()
    for colour, vertex in zip(words[::2], words[1::2], strict=True):
        board.play(from_gtp(vertex, board.size), COLOURS[colour])
    return board


def chance(seed: int, size: int, count: int, *, passes: float = 0.02, **rules: object) -> Board:
    """A board after `count` moves at random, colours now and then twice in a row."""
    board = Board(size, **rules)  # type: ignore[arg-type]
    draw = np.random.default_rng(seed)
    for _ in range(count):
        colour = board.to_move if draw.random() < 0.9 else -board.to_move
        points = draw.permutation(board.points)[:12].tolist()
        legal = [point for point in points if board.is_legal(point, colour)]
        board.play(PASS if not legal or draw.random() < passes else legal[0], colour)
    return board


def boards(sizes: tuple[int, int] = (2, 7), most: int = 60) -> st.SearchStrategy[Board]:
    """Boards after moves at random, of any size in `sizes` and under any rules."""
    return st.builds(
        lambda seed, size, count, ko, suicide: chance(seed, size, count, ko=ko, suicide=suicide),
        st.integers(0, 2**32 - 1),
        st.integers(*sizes),
        st.integers(0, most),
        st.sampled_from(Ko),
        st.booleans(),
    )


def mini(shared: Path) -> Path:
    """The 200 games of ../shared; the test is skipped where they are absent."""
    return shared / "data" / "go" / "games_mini.bin.xz"
