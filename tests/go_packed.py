"""Packed games that tests draw, so that they need nothing of ../shared."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from darknet.go.moves import BLACK, WHITE, Move
from darknet.go.packed import PackedGame, PackedGames, read_packed, write_packed

CORNERS = (60, 72, 288, 300)
"""The points D16, Q16, D4, Q4."""


def drawn_game(seed: int, moves: int, *, handicap: int = 0, result: int = 0) -> PackedGame:
    """Moves at random, colours in turn; with `handicap` stones White is first."""
    draw = np.random.default_rng(seed)
    setup = tuple(Move(BLACK, point) for point in CORNERS[:handicap])
    game = PackedGame(setup, (Move(WHITE if handicap else BLACK, -1),), result=result)
    board = game.board()
    found: list[Move] = []
    while len(found) < moves:
        near = draw.integers(0, 6, 24) * 19 + draw.integers(0, 6, 24)  # close fights, captures
        legal = [point for point in near.tolist() if board.is_legal(point)]
        point = legal[0] if legal and draw.random() > 0.03 else -1
        found.append(Move(board.to_move, point))
        board.play(point)
    return PackedGame(setup, tuple(found), result=result, source=1 + seed % 3)


def drawn_games(
    folder: Path, count: int = 12, moves: int = 60, *, handicaps: int = 3
) -> PackedGames:
    """A file of such games, ``games.bin``: the first `handicaps` with handicap stones."""
    games = [
        drawn_game(
            seed,
            moves + seed % 5,
            handicap=2 + seed % 3 if seed < handicaps else 0,
            result=seed % 3,
        )
        for seed in range(count)
    ]
    write_packed(folder / "games.bin", games)
    return read_packed(folder / "games.bin")
