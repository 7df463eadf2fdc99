"""Fast games to the end by simple rules, many from one position: who will own each point?

The board here keeps chains with *pseudo-liberties*: how many stones touch an empty point, counted
for every stone, with the sum of those points and of their squares. A chain has one liberty exactly
where count * squares equals sum * sum. So a move takes a few microseconds, whatever the chains'
lengths.

The rules of the players: take what put itself in atari; save what was put in atari, if that gives
it two liberties; else any point at random that is no eye of theirs (`eyes`), no suicide, no ko, and
no self-atari of three stones or more (which keeps sekis). They pass when there is no such point.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence

from .geometry import diagonals, neighbours
from .moves import EMPTY

__all__ = ["Field", "finish"]

_MOST_SELF_ATARI, _MOST_NAKADE = 3, 6  # stones, the one just placed among them
# How many neighbours in it each stone of a shape has: three in a row or bent; square, pyramid;
# bulky five, cross; rabbity six.
_NAKADE = {
    (1, 1, 2), (2, 2, 2, 2), (1, 1, 1, 3), (1, 2, 2, 2, 3), (1, 1, 1, 1, 4), (1, 1, 2, 2, 2, 4),
}  # fmt: skip


class Field:
    """Stones and chains, for play at speed: no history, no undo, simple ko."""

    def __init__(self, size: int, stones: Sequence[int], ko: int = -1) -> None:
        points = size * size
        self.size, self.ko = size, ko
        self.around, self.corners = neighbours(size), diagonals(size)
        self.stones = [EMPTY] * points
        self.head = [0] * points  # of each stone: its chain's number, a stone of it
        self.next = [0] * points  # a chain's stones, in a ring
        self.count, self.sum, self.squares = [0] * points, [0] * points, [0] * points
        self.length = [0] * points
        self.free = list(range(points))
        self.where = list(range(points))
        for point, colour in enumerate(stones):
            if colour:
                self._put(point, colour)

    def copy(self) -> Field:
        """One of its own."""
        twin = Field.__new__(Field)
        twin.size, twin.ko, twin.around, twin.corners = (
            self.size, self.ko, self.around, self.corners,
        )  # fmt: skip
        twin.stones, twin.head, twin.next = self.stones[:], self.head[:], self.next[:]
        twin.count, twin.sum, twin.squares = self.count[:], self.sum[:], self.squares[:]
        twin.length, twin.free, twin.where = self.length[:], self.free[:], self.where[:]
        return twin

    def play(self, point: int, colour: int) -> None:
        """Place a stone on an empty point; `allows` has said that it may stand there."""
        stones, count, head = self.stones, self.count, self.head
        self._put(point, colour)
        taken, other = 0, -colour
        for beside in self.around[point]:
            if stones[beside] == other and not count[head[beside]]:
                taken += self.length[head[beside]]
                self._take(beside)
                last = beside
        chain = head[point]
        is_ko = taken == 1 and self.length[chain] == 1 and count[chain] == 1
        self.ko = last if is_ko else -1

    def _put(self, point: int, colour: int) -> None:
        stones, head, count, total, squares = (
            self.stones, self.head, self.count, self.sum, self.squares,
        )  # fmt: skip
        free, where = self.free, self.where
        last, place = free.pop(), where[point]
        if last != point:
            free[place], where[last] = last, place
        stones[point] = colour
        liberties, its_sum, its_squares, own, square = 0, 0, 0, [], point * point
        for beside in self.around[point]:
            there = stones[beside]
            if not there:
                liberties += 1
                its_sum += beside
                its_squares += beside * beside
                continue
            chain = head[beside]
            count[chain] -= 1
            total[chain] -= point
            squares[chain] -= square
            if there == colour and chain not in own:
                own.append(chain)
        head[point], self.next[point], self.length[point] = point, point, 1
        count[point], total[point], squares[point] = liberties, its_sum, its_squares
        for chain in own:
            self._join(head[point], chain)

    def _join(self, one: int, other: int) -> None:
        """Two chains become one; the shorter takes the other's number."""
        length, head, following = self.length, self.head, self.next
        if length[one] < length[other]:
            one, other = other, one
        stone = other
        while True:
            head[stone] = one
            stone = following[stone]
            if stone == other:
                break
        following[one], following[other] = following[other], following[one]
        length[one] += length[other]
        self.count[one] += self.count[other]
        self.sum[one] += self.sum[other]
        self.squares[one] += self.squares[other]

    def _take(self, start: int) -> None:
        """A chain leaves the board."""
        stones, head = self.stones, self.head
        for stone in self.chain(start):
            stones[stone] = EMPTY
            self.where[stone] = len(self.free)
            self.free.append(stone)
            square = stone * stone
            for beside in self.around[stone]:
                if stones[beside]:
                    chain = head[beside]
                    self.count[chain] += 1
                    self.sum[chain] += stone
                    self.squares[chain] += square

    def chain(self, start: int) -> list[int]:
        """The stones of the chain at `start`."""
        found, following = [start], self.next
        stone = following[start]
        while stone != start:
            found.append(stone)
            stone = following[stone]
        return found

    def atari(self, point: int) -> int:
        """The only liberty of the chain at `point`, -1 where it has several."""
        chain = self.head[point]
        count, total = self.count[chain], self.sum[chain]
        return total // count if count * self.squares[chain] == total * total else -1

    def is_eye(self, point: int, colour: int) -> bool:
        """As `eyes.is_eye`, for an empty point."""
        stones, around = self.stones, self.around[point]
        for beside in around:
            if stones[beside] != colour:
                return False
        corners, other, others = self.corners[point], -colour, 0
        for corner in corners:
            if stones[corner] == other:
                others += 1
        if not others or (others == 1 and len(corners) == 4):
            return True
        return len({self.head[beside] for beside in around}) == 1

    def allows(self, point: int, colour: int, *, nakade: bool = False) -> bool:
        """False for a ko, a suicide, and a self-atari of three stones or more.

        With `nakade` such a self-atari is allowed amid one chain, in a shape that leaves it one eye
        when it takes that: three, the square and the pyramid of four, the cross and the bulky five,
        the rabbity six. At random that is played too often, against groups that need one answer.
        """
        if point == self.ko:
            return False
        stones, head, count = self.stones, self.head, self.count
        free, own, length = 0, [], 1
        for beside in self.around[point]:
            there = stones[beside]
            if not there:
                free += 1
                continue
            chain = head[beside]
            if there == colour:
                if chain not in own:
                    own.append(chain)
                    length += self.length[chain]
            elif count[chain] * self.squares[chain] == self.sum[chain] ** 2:
                return True  # it takes something
        if free > 1:
            return True
        if length < _MOST_SELF_ATARI and free:
            return True
        liberties = self.liberties_after(point, own)
        if liberties != 1:
            return liberties > 1
        return length < _MOST_SELF_ATARI or (nakade and self._is_nakade(point, own, length))

    def liberties_after(self, point: int, own: Iterable[int]) -> int:
        """0, 1, or 2 for more: liberties of a stone at `point` with the chains `own`."""
        stones, around, following, first = self.stones, self.around, self.next, -1
        for beside in around[point]:
            if not stones[beside]:
                if first >= 0:
                    return 2
                first = beside
        for chain in own:
            stone = chain
            while True:  # around the ring
                for beside in around[stone]:
                    if not stones[beside] and beside != point and beside != first:
                        if first >= 0:
                            return 2
                        first = beside
                stone = following[stone]
                if stone == chain:
                    break
        return 1 if first >= 0 else 0

    def _is_nakade(self, point: int, own: Sequence[int], length: int) -> bool:
        """True where a stone at `point` and the chains `own`, amid one chain, have such a shape."""
        if length > _MOST_NAKADE:
            return False
        stones, around, colour = self.stones, self.around, self.stones[own[0]]
        shape = {point, *(stone for chain in own for stone in self.chain(chain))}
        beside = [near for stone in shape for near in around[stone]]
        amid = {self.head[near] for near in beside if stones[near] == -colour}
        counts = sorted(sum(near in shape for near in around[stone]) for stone in shape)
        return len(amid) == 1 and tuple(counts) in _NAKADE

    def owner(self) -> list[int]:
        """Whose each point is: a stone's its colour's, an empty one's of all that touch it."""
        found, stones = self.stones[:], self.stones
        for point in self.free:
            beside = {stones[near] for near in self.around[point]}
            if len(beside) == 1:
                found[point] = beside.pop()
        return found


def finish(field: Field, colour: int, draw: random.Random) -> None:
    """Play to the end, `colour` first: two passes, or three moves for every point."""
    last, passes, chance = -1, 0, draw.random
    for _ in range(3 * len(field.stones)):
        point = _reply(field, last, colour) if last >= 0 else -1
        if point < 0:
            point = _at_random(field, colour, chance)
        if point < 0:
            passes += 1
            field.ko = -1
            if passes == 2:
                return
        else:
            passes = 0
            field.play(point, colour)
        last, colour = point, -colour


def _reply(field: Field, last: int, colour: int) -> int:
    """A move that takes the chain just played, or saves one that it put in atari; -1 for none."""
    taking = field.atari(last)
    if taking >= 0 and taking != field.ko:
        return taking
    stones, around = field.stones, field.around
    for beside in around[last]:
        if stones[beside] == colour:
            saving = field.atari(beside)
            if saving >= 0 and saving != field.ko:
                own = {field.head[near] for near in around[saving] if stones[near] == colour}
                if field.liberties_after(saving, own) > 1:
                    return saving
    return -1


def _at_random(field: Field, colour: int, chance: Callable[[], float]) -> int:
    """Any point that the rules allow; -1 for none."""
    free, where = field.free, field.where
    left = len(free)
    while left:
        place = int(chance() * left)
        point = free[place]
        if not field.is_eye(point, colour) and field.allows(point, colour):
            return point
        left -= 1
        free[place], free[left] = free[left], point
        where[free[place]], where[point] = place, left
    return -1
