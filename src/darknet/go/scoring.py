"""Who has how much at the end: area or territory, dead stones, seki, handicap, komi.

Dead stones are given from outside, as players or a network's play-outs judge them. They are taken
off; then an empty point is somebody's *territory* where the region it is in touches stones of one
colour alone, and *dame* where it touches both.

By area a side has its living stones and its territory. By territory it has its territory, the
stones it took, and the other's dead ones.

A *seki* is what no one says: two chains that live as neither can take the other. It is found so:
dame are filled, by either side, as long as the stone placed has two liberties then; a group (stones
and the territory between them) that still touches dame is in seki, since to fill would be to lose
it. Not in seki are groups with a chain that is unconditionally alive, and those with seven points
of territory in one place, which always make two eyes. Where rules tax seki (Japanese, Korean), its
territory does not count. Beyond that are positions that only players can judge (bent four, a ko
left open, an eye that is false once the dame are filled): name their stones dead, or play them out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ..errors import InputError
from .board import Board
from .coordinates import to_gtp
from .geometry import neighbours
from .life import connected, unconditionally_alive
from .moves import BLACK, EMPTY, WHITE
from .rules import Rules, Scoring, Tax

__all__ = ["Score", "dead_chains", "owners", "score", "seki"]

_ENOUGH = 7  # points of an eye space that always has two eyes


@dataclass(frozen=True, slots=True)
class Score:
    """The end of a game: points of both, White's with komi and bonus, and whose each point is."""

    black: float
    white: float
    owner: tuple[int, ...]
    """For each point BLACK, WHITE, or EMPTY for dame (and for territory in seki that is taxed)."""

    @property
    def margin(self) -> float:
        """By how much Black is ahead."""
        return self.black - self.white

    @property
    def result(self) -> str:
        """``B+3.5``, ``W+12`` or ``0``, as SGF and GTP write it."""
        if not self.margin:
            return "0"
        return f"{'B' if self.margin > 0 else 'W'}+{abs(self.margin):g}"


def score(
    board: Board,
    rules: Rules,
    *,
    dead: Iterable[int] = (),
    handicap: int = 0,
    komi: float | None = None,
) -> Score:
    """The score of a position, with `dead` stones taken off and Black's `handicap` in stones.

    `komi` is that of the rules where it is None. Raises InputError where a dead point has no stone.
    """
    dead = dead_chains(board, dead)
    stones = [EMPTY if point in dead else colour for point, colour in enumerate(board.stones)]
    owner = owners(board.size, stones)
    if rules.tax is Tax.SEKI:
        in_seki = seki(board.size, stones)
        for point, colour in enumerate(stones):
            if not colour and point in in_seki:
                owner[point] = EMPTY
    points = {}
    for colour in (BLACK, WHITE):
        if rules.scoring is Scoring.AREA:
            points[colour] = owner.count(colour)
        else:
            own = sum(1 for p, whose in enumerate(owner) if whose == colour and not stones[p])
            fallen = sum(1 for point in dead if board[point] == -colour)
            points[colour] = own + fallen + board.prisoners(-colour)
    extra = rules.bonus.points(handicap) + (rules.komi if komi is None else komi)
    return Score(points[BLACK], points[WHITE] + extra, tuple(owner))


def dead_chains(board: Board, dead: Iterable[int]) -> frozenset[int]:
    """The chains that the `dead` stones belong to: a chain is dead as a whole, or not at all."""
    found: set[int] = set()
    for point in dead:
        if not board[point]:
            raise InputError(f"{to_gtp(point, board.size)} is empty, and cannot be a dead stone")
        if point not in found:
            found.update(board.chain(point))
    return frozenset(found)


def owners(size: int, stones: Sequence[int]) -> list[int]:
    """Whose each point is: a stone's its colour's, an empty region's of the one colour it touches.

    Dame, and an empty board, are EMPTY.
    """
    owner = list(stones)
    empty = [point for point, colour in enumerate(stones) if not colour]
    for region in connected(size, empty, stones):
        touched = _touched(size, region, stones)
        if len(touched) == 1:
            (colour,) = touched
            for point in region:
                owner[point] = colour
    return owner


def _touched(size: int, region: Iterable[int], stones: Sequence[int]) -> set[int]:
    around = neighbours(size)
    return {stones[beside] for point in region for beside in around[point]} - {EMPTY}


def seki(size: int, stones: Sequence[int]) -> frozenset[int]:
    """The points of groups in seki, stones and territory, of a position without dead stones."""
    filled = _fill_dame(size, stones)
    owner = owners(size, filled)
    around = neighbours(size)
    found: set[int] = set()
    for colour in (BLACK, WHITE):
        certain = unconditionally_alive(size, filled, colour)
        mine = [point for point, whose in enumerate(owner) if whose == colour]
        for group in connected(size, mine, owner):
            touches = any(not owner[beside] for point in group for beside in around[point])
            if touches and not group & certain and not _has_room(size, group, filled):
                found |= group
    return frozenset(found)


def _has_room(size: int, group: Collection[int], stones: Sequence[int]) -> bool:
    """True for a group with an eye space that is large enough for two eyes whoever begins."""
    empty = [point for point in group if not stones[point]]
    return any(len(space) >= _ENOUGH for space in connected(size, empty, stones))


def _fill_dame(size: int, stones: Sequence[int]) -> list[int]:
    """The position once every dame is filled that either side can fill with two liberties left."""
    filled = Board(size)
    filled.edit({point: colour for point, colour in enumerate(stones) if colour})
    went_on = True
    while went_on:
        owner = owners(size, filled.stones)
        dame = [point for point, whose in enumerate(owner) if not whose]
        went_on = any(_fill(filled, point, colour) for point in dame for colour in (BLACK, WHITE))
    return list(filled.stones)


def _fill(board: Board, point: int, colour: int) -> bool:
    """Place a stone that takes nothing, touches its own, and has two liberties then."""
    beside = [board[near] for near in neighbours(board.size)[point]]
    if board[point] or colour not in beside or not board.is_legal(point, colour):
        return False
    taken = board.play(point, colour)
    if taken or len(board.liberties(point)) < 2:
        board.undo()
        return False
    return True
