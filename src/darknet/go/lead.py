"""A few boards go on from a position with a network's moves: where fast play-outs begin.

A network answers threats that simple rules do not see. It plays on some boards at once, half begun
by either colour; moves are drawn by probability from its best ones, without eyes filled and what
the rules of `playouts` refuse; where it knows no good move it passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from .board import Board
from .coordinates import PASS
from .evaluation import Evaluation, Suggestion
from .moves import BLACK, WHITE
from .playouts import Field

if TYPE_CHECKING:
    from .policy import Policy

__all__ = ["led"]

_BEST, _LEAST = 12, 0.03  # moves that are drawn from, and their least probability


def led(board: Board, policy: Policy, *, boards: int, moves: int) -> list[tuple[Field, int]]:
    """`boards` positions after `moves` moves, and who is to move in each; the same every time."""
    draw = np.random.default_rng(board.hash)
    stones = {point: colour for point, colour in enumerate(board.stones) if colour}
    going = []
    for number in range(boards):
        twin = Board(board.size)
        twin.edit(stones, WHITE if number % 2 else BLACK)
        going.append((twin, Field(board.size, board.stones)))
    for _ in range(moves):
        answers = policy.evaluate_all([twin for twin, _ in going])
        for (twin, field), found in zip(going, answers, strict=True):
            _step(twin, field, list(islice(_candidates(field, found), _BEST)), draw)
    return [(field, twin.to_move) for twin, field in going]


def _candidates(field: Field, found: Evaluation) -> Iterator[Suggestion]:
    colour = found.to_move
    for move in found.ranking():
        point = move.point
        if move.probability < _LEAST:
            return
        if point == PASS or field.is_eye(point, colour):
            continue
        if field.allows(point, colour, nakade=True):
            yield move


def _step(board: Board, field: Field, moves: list[Suggestion], draw: np.random.Generator) -> None:
    """One of the moves, drawn by probability, or a pass where there are none."""
    if not moves:
        field.ko = -1
        board.play(PASS)
        return
    weights = np.array([move.probability for move in moves])
    point = moves[int(draw.choice(len(moves), p=weights / weights.sum()))].point
    field.play(point, board.to_move)
    board.play(point)
