"""Which stones are dead at the end, and the final score.

Certain is what Benson's rule says (`life`): chains that no play can capture live, and in a region
of theirs that is all liberties the other side's stones are dead. The rest is estimated by play-outs
(`playouts`), fast games to the end by simple rules, half begun by either colour. A network makes
that better: one with an ownership head counts half; one without leads, that is, on a few boards its
moves come first, and the fast games go on from there (`lead`). A chain is dead where most of its
points are the other side's in the end.

That is an estimate, as every program's is: players can name dead stones themselves
(`scoring.score`). It is meant for finished games; in others it says who is nearer to what.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .board import Board
from .geometry import neighbours
from .lead import led
from .life import connected, unconditionally_alive
from .moves import BLACK, EMPTY, WHITE
from .playouts import Field, finish
from .rules import Rules
from .scoring import Score, score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .policy import Policy

__all__ = ["certain_owners", "dead_stones", "final_score", "likely_dead", "ownership"]

PLAYOUTS = 64
_BOARDS, _MOVES = 8, 20  # that a network leads
_UNCLEAR, _DEPENDS = 0.3, 1.0  # the mean owner of a chain's points; by who plays next


def dead_stones(
    board: Board, rules: Rules, policy: Policy | None = None, *, playouts: int = PLAYOUTS
) -> frozenset[int]:
    """The stones that are dead if the game ends here: whole chains.

    None are where the rules know no agreement on dead stones (Tromp-Taylor's).
    """
    if not rules.friendly_pass:
        return frozenset()
    return likely_dead(board, policy, playouts=playouts)[0]


def likely_dead(
    board: Board, policy: Policy | None = None, *, playouts: int = PLAYOUTS
) -> tuple[frozenset[int], frozenset[int]]:
    """The chains that will probably not stay on the board, whatever the rules say of them.

    And those, dead or not, of which that is far from sure, or depends on who plays next.
    """
    by_first = _owners(board, policy, playouts)
    dead: set[int] = set()
    unclear: set[int] = set()
    stones = [point for point, colour in enumerate(board.stones) if colour]
    for chain in connected(board.size, stones, board.stones):
        black_first, white_first = by_first[:, list(chain)].mean(axis=1).tolist()
        mean = (black_first + white_first) / 2
        if mean * board[next(iter(chain))] < 0:
            dead |= chain
        if abs(mean) < _UNCLEAR or abs(black_first - white_first) > _DEPENDS:
            unclear |= chain
    return frozenset(dead), frozenset(unclear)


def final_score(
    board: Board,
    rules: Rules,
    komi: float | None = None,
    handicap: int = 0,
    policy: Policy | None = None,
) -> Score:
    """The score if the game ends here, without the stones that `dead_stones` names."""
    dead = dead_stones(board, rules, policy)
    return score(board, rules, dead=dead, handicap=handicap, komi=komi)


def ownership(
    board: Board, policy: Policy | None = None, *, playouts: int = PLAYOUTS
) -> NDArray[np.float32]:
    """Whose each point will be, (size, size) from -1, White's, to 1, Black's; the same every time.

    A network that leads takes the time of 20 batches of 8 positions.
    """
    owner: NDArray[np.float32] = _owners(board, policy, playouts).mean(axis=0)
    return owner.reshape(board.size, board.size)


def _owners(board: Board, policy: Policy | None, playouts: int) -> NDArray[np.float32]:
    """The mean owner of each point if Black plays next, and if White does: (2, points)."""
    if policy is None or policy.has_ownership:
        start = Field(board.size, board.stones)
        starts = [(start, BLACK), (start, WHITE)]
    else:
        starts = led(board, policy, boards=_BOARDS, moves=_MOVES)
    owners = _played_out(board, starts, playouts)
    if policy is not None and policy.has_ownership:
        head = policy.evaluate(board, symmetries=True).ownership
        owners = owners if head is None else np.float32(0.5) * (owners + head.ravel())
    for point, colour in certain_owners(board).items():
        owners[:, point] = colour
    return owners


def _played_out(
    board: Board, starts: Sequence[tuple[Field, int]], playouts: int
) -> NDArray[np.float32]:
    """The mean owner of each point over fast games from the starts in turn: (2, points).

    Black began at the first start, White at the next, and so on; row 0 is where Black began.
    """
    draw = random.Random(board.hash)  # noqa: S311 - games, the same for the same stones
    total = np.zeros((2, board.points), np.int64)
    each = max(1, playouts // 2)
    for number in range(2 * each):
        start, colour = starts[number % len(starts)]
        field = start.copy()
        finish(field, colour, draw)
        total[number % 2] += field.owner()
    return (total / each).astype(np.float32)


def certain_owners(board: Board) -> dict[int, int]:
    """Points whose owner no play can change while that side answers: BLACK or WHITE.

    These are unconditionally alive chains, and the regions beside them alone of which every empty
    point is a liberty of theirs: too small for the other side to live in.
    """
    size, stones = board.size, board.stones
    found: dict[int, int] = {}
    for colour in (BLACK, WHITE):
        alive = unconditionally_alive(size, stones, colour, suicide=board.suicide)
        others = [point for point in range(size * size) if stones[point] != colour]
        is_own = [there == colour for there in stones]
        around = neighbours(size)
        for region in connected(size, others, is_own) if alive else ():
            border = {near for point in region for near in around[point]} - region
            free = (point for point in region if stones[point] == EMPTY)
            if border <= alive and all(any(n in alive for n in around[p]) for p in free):
                found.update(dict.fromkeys(region, colour))
        found.update(dict.fromkeys(alive, colour))
    return found
