"""A Go board: stones, captures, ko, undo, and edits by hand.

A *chain* is stones of one colour that touch along
lines; its *liberties* are the empty points beside it. Points are numbered as in `coordinates`.

What is kept for a move is the point, its colour and the stones that it took: memory does not
depend on the board's size, and a move is undone in time that does not either, but for the stones.

Leniency, as GTP has it: either colour may play at any time, also twice in a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ..errors import IllegalMoveError, InputError
from .coordinates import PASS, check_size, to_gtp
from .geometry import neighbours, zobrist
from .moves import BLACK, EMPTY, NAMES, WHITE, Edit, Entry, Illegal, Ko, Move

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Board"]


class Board:
    """A position with its past. Changed by `play`, `edit`, `undo` and `redo` alone.

    `suicide` allows to take one's own chain of two or more stones; of one it is never allowed,
    as in KataGo. Raises InputError for a size that is not 2..25.
    """

    def __init__(self, size: int = 19, *, ko: Ko = Ko.SIMPLE, suicide: bool = False) -> None:
        self.size = check_size(size)
        self.points = size * size
        self.ko_rule = ko
        self.suicide = suicide
        self.to_move = BLACK
        self.ko: int | None = None
        """The point where `to_move` may not take back at once; None where there is no such."""
        self.hash = 0
        """A hash of the stones; the same for the same stones, whatever came before."""
        self._stones = [EMPTY] * self.points
        self._around = neighbours(size)
        self._keys, self._white_to_move = zobrist(size)
        self._past: list[Entry | Edit] = []
        self._future: list[Entry | Edit] = []
        self._repeats = ko in (Ko.POSITIONAL, Ko.SITUATIONAL)
        self._situations = [0]  # before the first entry of the past, and after each
        self._seen = Counter(self._situations)  # those since the last edit

    # -- What stands where ---------------------------------------------------------------------

    @property
    def stones(self) -> tuple[int, ...]:
        """The colour at every point, row by row from the top."""
        return tuple(self._stones)

    def __getitem__(self, point: int) -> int:
        return self._stones[self._on_board(point)]

    def array(self) -> NDArray[np.int8]:
        """The stones as (size, size), row 0 at the top."""
        import numpy as np

        return np.array(self._stones, dtype=np.int8).reshape(self.size, self.size)

    def chain(self, point: int) -> tuple[int, ...]:
        """The points of the chain that has a stone at `point`; empty where there is none."""
        colour = self[point]
        if colour == EMPTY:
            return ()
        chain, seen = [point], {point}
        for stone in chain:
            for beside in self._around[stone]:
                if self._stones[beside] == colour and beside not in seen:
                    seen.add(beside)
                    chain.append(beside)
        return tuple(sorted(chain))

    def liberties(self, point: int) -> frozenset[int]:
        """The liberties of the chain that has a stone at `point`."""
        around, stones = self._around, self._stones
        return frozenset(
            beside for stone in self.chain(point) for beside in around[stone] if not stones[beside]
        )

    # -- What was played -----------------------------------------------------------------------

    @property
    def past(self) -> tuple[Entry | Edit, ...]:
        """Moves and edits from the empty board to here."""
        return tuple(self._past)

    def recent(self, count: int) -> Iterator[Entry | Edit]:
        """The last `count` moves and edits, the newest first."""
        return reversed(self._past[-count:])

    @property
    def steps(self) -> int:
        """How many moves and edits the past has; `past` is a copy of them."""
        return len(self._past)

    @property
    def moves(self) -> list[Move]:
        """The moves alone, in order, passes among them."""
        return [entry.move for entry in self._past if isinstance(entry, Entry)]

    @property
    def last(self) -> Move | None:
        """The last move; None before the first, and after an edit."""
        last = self._past[-1] if self._past else None
        return last.move if isinstance(last, Entry) else None

    @property
    def passes(self) -> int:
        """How many passes came last, one after the other."""
        count = 0
        for entry in reversed(self._past):
            if not isinstance(entry, Entry) or entry.move.point != PASS:
                break
            count += 1
        return count

    def prisoners(self, colour: int) -> int:
        """How many stones of `colour` were taken by moves so far."""
        entries = (entry for entry in self._past if isinstance(entry, Entry))
        return sum(len(entry.taken) for entry in entries if entry.taken_colour == colour)

    # -- Moves ---------------------------------------------------------------------------------

    def why_illegal(self, point: int, colour: int | None = None) -> Illegal | None:
        """Why `colour` (by default the one to move) may not play at `point`; None if it may."""
        if point == PASS:
            return None
        tried = self._try(self._on_board(point), self._colour(colour))
        return tried if isinstance(tried, Illegal) else None

    def is_legal(self, point: int, colour: int | None = None) -> bool:
        """True where `colour` (by default the one to move) may play."""
        return self.why_illegal(point, colour) is None

    def legal_points(self, colour: int | None = None) -> Iterator[int]:
        """The points where `colour` (by default the one to move) may play; a pass is not listed."""
        return (point for point in range(self.points) if self.is_legal(point, colour))

    def play(self, point: int, colour: int | None = None) -> tuple[int, ...]:
        """Play a move, or PASS; the stones that it took. What was undone can no longer be redone.

        Raises IllegalMoveError, which says why, and InputError for a point off the board.
        """
        colour = self._colour(colour)
        tried = () if point == PASS else self._try(self._on_board(point), colour)
        if isinstance(tried, Illegal):
            where = to_gtp(point, self.size)
            raise IllegalMoveError(f"{NAMES[colour]} may not play {where}: {tried.value}")
        taken_colour = colour if point in tried else -colour  # itself among them: a suicide
        entry = Entry(Move(colour, point), tried, taken_colour, self.ko, self.to_move)
        self._future.clear()
        self._apply(entry)
        return tried

    def _try(self, point: int, colour: int) -> tuple[int, ...] | Illegal:
        """The stones that a move would take, or why it is illegal. Leaves the board as it was."""
        stones, around = self._stones, self._around[point]
        if stones[point]:
            return Illegal.OCCUPIED
        if point == self.ko and colour == self.to_move:
            return Illegal.KO
        stones[point] = colour
        taken: list[int] = []
        for beside in around:
            if stones[beside] == -colour and beside not in taken:
                taken += self._without_liberties(beside)
        own = () if taken else self._without_liberties(point)
        stones[point] = EMPTY
        if own:
            if not self.suicide or len(own) == 1:
                return Illegal.SUICIDE
            taken = own
        if self._repeats and self._would_repeat(point, colour, taken, colour if own else -colour):
            return Illegal.REPETITION
        return tuple(taken)

    def _without_liberties(self, start: int) -> list[int]:
        """The chain at `start` if it has no liberty, otherwise nothing."""
        stones, around = self._stones, self._around
        for beside in around[start]:
            if not stones[beside]:
                return []  # most chains end here, without a set
        colour = stones[start]
        chain, seen = [start], {start}
        for stone in chain:
            for beside in around[stone]:
                found = stones[beside]
                if not found:
                    return []
                if found == colour and beside not in seen:
                    seen.add(beside)
                    chain.append(beside)
        return chain

    def _would_repeat(self, point: int, colour: int, taken: list[int], taken_colour: int) -> bool:
        after, keys = self.hash ^ self._keys[colour][point], self._keys[taken_colour]
        for stone in taken:
            after ^= keys[stone]
        return self._seen[self._situation(after, -colour)] > 0

    def _apply(self, entry: Entry) -> None:
        """Play a move that is known to be legal."""
        (colour, point), taken, taken_colour, _, _ = entry
        self.ko = None
        if point != PASS:
            stones = self._stones
            stones[point] = colour
            self.hash ^= self._keys[colour][point]
            keys = self._keys[taken_colour]
            for stone in taken:
                stones[stone] = EMPTY
                self.hash ^= keys[stone]
            if len(taken) == 1 and self.ko_rule is not Ko.NONE:
                self.ko = self._ko_after(point, colour, taken[0])
        self.to_move = -colour
        self._past.append(entry)
        situation = self._situation(self.hash, self.to_move)
        self._situations.append(situation)
        self._seen[situation] += 1

    def _ko_after(self, point: int, colour: int, taken: int) -> int | None:
        """The point of the stone just taken, if the stone that took it stands alone in atari."""
        for beside in self._around[point]:
            if self._stones[beside] == colour or (not self._stones[beside] and beside != taken):
                return None
        return taken

    # -- Edits ---------------------------------------------------------------------------------

    def edit(self, changes: Mapping[int, int], to_move: int | None = None) -> None:
        """Set the points of `changes` to their colours (EMPTY clears), all at once, as one step.

        The turn stays unless `to_move` says otherwise. Positions from before an edit do not count
        as repeated after it. Raises IllegalMoveError where stones would be left without liberties
        (nothing has changed then), InputError for a point off the board.
        """
        for point, colour in changes.items():
            self._on_board(point)
            if colour not in NAMES:
                raise InputError(f"{colour} is no colour: expected 1 (Black), -1 (White) or 0")
        new_to_move = self.to_move if to_move is None else self._colour(to_move)
        listed = tuple((point, self._stones[point], new) for point, new in changes.items())
        entry = Edit(listed, new_to_move, self.ko, self.to_move)
        self._put({point: new for point, _, new in listed})
        stuck = self._stuck(listed)
        if stuck is not None:
            name, where = NAMES[self._stones[stuck]], to_gtp(stuck, self.size)
            self._put({point: old for point, old, _ in listed})
            raise IllegalMoveError(f"{name}'s stone at {where} would have no liberty")
        self._future.clear()
        self._apply_edit(entry)

    def _put(self, colours: Mapping[int, int]) -> None:
        for point, colour in colours.items():
            old = self._stones[point]
            if old:
                self.hash ^= self._keys[old][point]
            if colour:
                self.hash ^= self._keys[colour][point]
            self._stones[point] = colour

    def _stuck(self, changes: tuple[tuple[int, int, int], ...]) -> int | None:
        """A stone that the changes left without liberties; only those beside them can be."""
        for changed, _, _ in changes:
            for point in (changed, *self._around[changed]):
                if self._stones[point] and self._without_liberties(point):
                    return point
        return None

    def _apply_edit(self, entry: Edit) -> None:
        self._put({point: new for point, _, new in entry.changes})
        self.to_move, self.ko = entry.new_to_move, None
        self._past.append(entry)
        self._situations.append(self._situation(self.hash, self.to_move))
        self._recount()

    # -- Undo ----------------------------------------------------------------------------------

    def undo(self) -> bool:
        """Take the last move or edit back; False where there is none."""
        if not self._past:
            return False
        entry = self._past.pop()
        self.ko, self.to_move = entry.ko, entry.to_move
        self._future.append(entry)
        situation = self._situations.pop()
        if isinstance(entry, Entry):
            self._take_back(entry)
            self._seen[situation] -= 1
        else:
            self._put({point: old for point, old, _ in entry.changes})
            self._recount()
        return True

    def _take_back(self, entry: Entry) -> None:
        (colour, point), taken, taken_colour, _, _ = entry
        if point == PASS:
            return
        keys = self._keys[taken_colour]
        for stone in taken:
            self._stones[stone] = taken_colour
            self.hash ^= keys[stone]
        self._stones[point] = EMPTY
        self.hash ^= self._keys[colour][point]

    def redo(self) -> bool:
        """Play again what was undone last; False where there is nothing."""
        if not self._future:
            return False
        entry = self._future.pop()
        if isinstance(entry, Entry):
            self._apply(entry)
        else:
            self._apply_edit(entry)
        return True

    # -- Repetition ----------------------------------------------------------------------------

    def _situation(self, stones: int, to_move: int) -> int:
        is_told = self.ko_rule is Ko.SITUATIONAL and to_move == WHITE
        return stones ^ self._white_to_move if is_told else stones

    def _recount(self) -> None:
        """Count the situations anew from the last edit: one just came, or was just undone."""
        first = len(self._past)
        while first and isinstance(self._past[first - 1], Entry):
            first -= 1
        self._seen = Counter(self._situations[first:])

    # -- Small things --------------------------------------------------------------------------

    def copy(self) -> Board:
        """A board of its own with the same position and past; nothing to redo."""
        twin = Board(self.size, ko=self.ko_rule, suicide=self.suicide)
        twin.to_move, twin.ko, twin.hash = self.to_move, self.ko, self.hash
        twin._stones, twin._past = self._stones.copy(), self._past.copy()
        twin._situations, twin._seen = self._situations.copy(), self._seen.copy()
        return twin

    def facing(self, colour: int | None) -> Board:
        """The board with `colour` to move: itself where that is so (or for None), else a copy.

        GTP lets a side move twice in a row: nobody has passed in between. A ko binds only who is
        to move.
        """
        if self._colour(colour) == self.to_move:
            return self
        twin = self.copy()
        twin.to_move, twin.ko = -self.to_move, None
        return twin

    def under(self, ko: Ko, suicide: bool) -> Board:
        """A board with the same past by other rules, which need not have allowed all of it.

        There is nothing to redo.
        """
        twin = Board(self.size, ko=ko, suicide=suicide)
        for entry in self._past:
            now = entry._replace(ko=twin.ko, to_move=twin.to_move)
            if isinstance(now, Entry):
                twin._apply(now)
            else:
                twin._apply_edit(now)
        return twin

    def _colour(self, colour: int | None) -> int:
        if colour is None:
            return self.to_move
        if colour not in (BLACK, WHITE):
            raise InputError(f"{colour} is no player: expected 1 (Black) or -1 (White)")
        return colour

    def _on_board(self, point: int) -> int:
        if 0 <= point < self.points:
            return point
        raise InputError(f"point {point} is not on a board of {self.size} lines")
