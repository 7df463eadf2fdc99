"""What is left to play for, and whether a pass is right.

The position is looked at without the stones that `status` takes for dead. A region of empty points
that touches both colours is *open* while a point of it touches one colour alone, or none: territory
may still be made of it. Otherwise its points are *dame*, worth a stone by area scoring and nothing
by territory. With few open points, and few stones of which `status` is unsure, the game is *near
its end*; with no open point it is *settled*.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from .board import Board
from .coordinates import PASS
from .geometry import neighbours
from .life import connected
from .moves import EMPTY
from .playouts import Field
from .rules import Rules, Scoring
from .scoring import score

__all__ = ["Ending", "Standing", "is_ahead", "standing", "useful"]


_FEW, _SHARE = 12, 8  # open points and unclear stones; of the board's points


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a game is: dead and unclear stones, dame, points that may become territory."""

    dead: frozenset[int]
    unclear: frozenset[int]
    dame: frozenset[int]
    open: frozenset[int]
    points: int
    """Of the board."""

    @property
    def is_settled(self) -> bool:
        """True where no territory is left to be made."""
        return not self.open

    @property
    def is_near_end(self) -> bool:
        """True where so little is left that only `useful` points are worth a move."""
        return len(self.open) + len(self.unclear) <= min(_FEW, self.points // _SHARE)


def standing(board: Board, dead: Collection[int], unclear: Collection[int] = ()) -> Standing:
    """How far the game is if the `dead` stones are, and the `unclear` ones perhaps."""
    around = neighbours(board.size)
    stones = [EMPTY if point in dead else c for point, c in enumerate(board.stones)]
    empty = [point for point, colour in enumerate(stones) if not colour]
    dame: set[int] = set()
    opened: set[int] = set()
    for region in connected(board.size, empty, stones):
        touched = {point: {stones[near] for near in around[point]} - {EMPTY} for point in region}
        colours = set().union(*touched.values())
        if len(colours) == 1:
            continue  # territory
        is_open = any(len(beside) < 2 for beside in touched.values())
        (opened if is_open else dame).update(region)
    return Standing(
        frozenset(dead), frozenset(unclear), frozenset(dame), frozenset(opened), board.points
    )


def useful(
    board: Board, now: Standing, rules: Rules, colour: int, *, clean_up: bool
) -> frozenset[int]:
    """Points worth a move of `colour` near the end: perhaps none.

    These are open ones, liberties of unclear chains, dame where area counts, what saves a living
    chain from atari, and with `clean_up` the liberties of the other side's dead chains, so that
    they leave the board. A self-atari of three stones or more is none, which leaves sekis alone.
    """
    points = set(now.open) | _saving(board, now, colour)
    if rules.scoring is Scoring.AREA:
        points |= now.dame
    pressed = [p for p in now.dead if board[p] == -colour] if clean_up else []
    for point in (*pressed, *now.unclear):
        points |= board.liberties(point)
    field = Field(board.size, board.stones)
    return frozenset(p for p in points if not board[p] and field.allows(p, colour))


def _saving(board: Board, now: Standing, colour: int) -> set[int]:
    """The last liberties of living chains of `colour`, and of the chains beside them."""
    found: set[int] = set()
    for point, there in enumerate(board.stones):
        if there != colour or point in now.dead:
            continue
        liberties = board.liberties(point)
        if len(liberties) == 1:
            found |= liberties
            for stone in board.chain(point):
                for near in neighbours(board.size)[stone]:
                    if board[near] == -colour and len(board.liberties(near)) == 1:
                        found |= board.liberties(near)
    return found


def is_ahead(
    board: Board, now: Standing, rules: Rules, komi: float, handicap: int, colour: int
) -> bool:
    """True where `colour` wins if the game ends here, dead stones agreed on if the rules say so."""
    dead = now.dead if rules.friendly_pass else ()
    return score(board, rules, dead=dead, handicap=handicap, komi=komi).margin * colour > 0


@dataclass(frozen=True, slots=True)
class Ending:
    """What a side may do near the end: the points worth a move, and whether a pass is right."""

    points: frozenset[int]
    is_settled: bool
    opponent_passed: bool
    is_ahead: bool
    must_clean_up: bool

    @classmethod
    def of(
        cls,
        board: Board,
        now: Standing,
        rules: Rules,
        komi: float,
        handicap: int,
        *,
        clean_up: bool,
    ) -> Ending:
        """For who is to move. Dead stones leave the board where no one would agree on them.

        They may stay where the game is won all the same, unless `clean_up` wants them gone.
        """
        colour = board.to_move
        ahead = is_ahead(board, now, rules, komi, handicap, colour)
        cleans = clean_up or (not rules.friendly_pass and not ahead)
        cleans = cleans and any(board[point] == -colour for point in now.dead)
        points = useful(board, now, rules, colour, clean_up=cleans)
        has_passed = board.last is not None and board.last == (-colour, PASS)
        return cls(points, now.is_settled, has_passed, ahead, cleans)

    def why_pass(self, is_answer: bool, network_passes: bool) -> str:
        """Why a pass is right, in a few words; empty where it is not.

        `is_answer`: the network is sure of an answer to the last move. `network_passes`: a pass is
        its most probable move.
        """
        is_over = self.is_settled and not self.must_clean_up
        if is_over and self.opponent_passed and self.is_ahead:
            return "the opponent passed and the game is won"
        if not self.points and not (is_answer and not self.opponent_passed):
            return "nothing is left to play for"
        return "policy, and the game is settled" if is_over and network_passes else ""
