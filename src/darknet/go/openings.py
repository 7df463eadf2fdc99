"""Openings for matches: a few moves that both players are given, drawn with a seed.

Programs that always answer alike would play one game again and again. So games begin with moves
at sensible places (corners first on boards from 13 lines on, then sides; the middle on smaller
ones), or with the first moves of recorded games. No two are the same under a symmetry of the board
while others can be found. An opening is for two games, one with each colour, so that it need not be
fair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..errors import InputError
from .board import Board
from .coordinates import PASS, check_size
from .geometry import SYMMETRIES, symmetry
from .valid_data import Games

__all__ = ["drawn_openings", "recorded_openings"]

_TRIES = 200  # for an opening that was not there yet
_CORNERS_FROM = 13  # lines
_APART = 3  # columns and rows together, between stones, where there is room


def drawn_openings(size: int, moves: int, seed: int) -> Iterator[tuple[int, ...]]:
    """Openings without an end, each of `moves` points, Black's first. InputError for too many."""
    most = check_size(size) ** 2 // 4
    if not 0 <= moves <= most:
        raise InputError(f"openings of {moves} moves on {size} lines: expected 0 to {most}")
    draw = np.random.default_rng([seed, size, moves])
    seen: set[tuple[int, ...]] = set()
    while True:
        opening = _fresh(size, moves, draw, seen)
        seen.add(_canonical(size, opening))
        yield opening


def _fresh(
    size: int, moves: int, draw: np.random.Generator, seen: set[tuple[int, ...]]
) -> tuple[int, ...]:
    """An opening that is not among those seen; after many tries, any."""
    opening: tuple[int, ...] = ()
    for _ in range(_TRIES):
        opening = _draw(size, moves, draw)
        if _canonical(size, opening) not in seen:
            break
    return opening


def _draw(size: int, moves: int, draw: np.random.Generator) -> tuple[int, ...]:
    taken: list[int] = []
    for _ in range(moves):
        places = _places(size, taken)
        taken.append(places[int(draw.integers(len(places)))])
    return tuple(taken)


def _places(size: int, taken: Sequence[int]) -> list[int]:
    """Points for the next stone: in an empty corner, at a side, away from others if it can be."""
    free = [point for point in range(size * size) if point not in taken]
    roomy = [point for point in free if all(_apart(point, one, size) >= _APART for one in taken)]
    if size >= _CORNERS_FROM:
        used = {_quarter(point, size) for point in taken}
        kinds = [
            [p for p in roomy if _is_corner(p, size) and _quarter(p, size) not in used],
            [p for p in roomy if min(_lines(p, size)) in (3, 4)],
        ]
    else:
        kinds = [[p for p in roomy if min(_lines(p, size)) >= 3]]
    return next(filter(None, kinds), roomy or free)


def _lines(point: int, size: int) -> tuple[int, int]:
    """On which line from the nearer edge a point is: by row, by column, from 1."""
    row, column = divmod(point, size)
    return min(row, size - 1 - row) + 1, min(column, size - 1 - column) + 1


def _is_corner(point: int, size: int) -> bool:
    """True for 3-3, 3-4, 4-4, 3-5 and 4-5 points."""
    near, far = sorted(_lines(point, size))
    return near in (3, 4) and far in (3, 4, 5)


def _quarter(point: int, size: int) -> tuple[bool, bool]:
    row, column = divmod(point, size)
    return 2 * row < size, 2 * column < size


def _apart(one: int, other: int, size: int) -> int:
    return abs(one // size - other // size) + abs(one % size - other % size)


def _canonical(size: int, points: Sequence[int]) -> tuple[int, ...]:
    """The least of the opening's eight forms."""
    turns = (symmetry(size, number) for number in range(SYMMETRIES))
    return min(tuple(PASS if point == PASS else goes[point] for point in points) for goes in turns)


def recorded_openings(games: Games, size: int, moves: int, seed: int) -> Iterator[tuple[int, ...]]:
    """The first moves of games, in an order of their own for every seed, then anew from the first.

    Games of other sizes, those that begin with setup stones, are shorter, or have a pass or twice
    the same colour so early are left out, as is an opening that came already. InputError where none
    is left.
    """
    order = np.random.default_rng([seed, size, moves]).permutation(len(games.moves)).tolist()
    found: dict[tuple[int, ...], tuple[int, ...]] = {}
    for game in order:
        opening = _recorded(games, game, size, moves)
        if opening is not None and (key := _canonical(size, opening)) not in found:
            found[key] = opening
            yield opening
    if not found:
        raise InputError(
            f"{games.label}: no game of {size} lines begins with {moves} moves of alternating"
            " colours on an empty board"
        )
    while True:
        yield from found.values()


def _recorded(games: Games, game: int, size: int, moves: int) -> tuple[int, ...] | None:
    """The first moves of a game; None where it cannot serve."""
    if games.sizes[game] != size or games.moves[game] < moves:
        return None
    board = Board(size)
    for position in games.positions(game, range(moves)):
        is_next = position.colour == board.to_move and position.board.stones == board.stones
        if position.move == PASS or not is_next or not board.is_legal(position.move):
            return None
        board.play(position.move)
    return tuple(move.point for move in board.moves)
