"""The game at the terminal: a board, its rules, where in the game one looks, and its file.

A game has a *line*, the moves and edits from the empty board to its end. One may look at an earlier
position (`back`, `forward`, `goto`), which changes nothing; a move played there begins a new end,
and what lay ahead becomes a variation, which is saved too.
`undo` takes moves off the end, and `redo` plays them again: what was taken back is not saved, but
stays in a file that it was loaded from.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from ...errors import InputError, RecordError, printable
from ..board import Board
from ..coordinates import to_gtp
from ..handicap import free
from ..moves import BLACK, WHITE
from ..records import Record, read_record, read_records
from ..rules import Rules, rules_named
from .record import continued

__all__ = ["HANDICAP_KOMI", "Game", "existing"]

HANDICAP_KOMI = 0.5
"""The komi of a handicap game that does not say another: only draws are decided."""
_SUFFIX = ".sgf"


class Game:
    """A game that goes on. Made by `begin` or `load`; `players` are names for its record."""

    def __init__(self, board: Board, rules: Rules, komi: float, handicap: int = 0) -> None:
        self.board, self.rules, self.komi, self.handicap = board, rules, komi, handicap
        self.players: dict[int, str] = {}
        self.result = ""
        """As SGF writes it, ``B+R``; empty while nobody has won."""
        self.file: str | None = None
        """The file that it was loaded from or saved to last."""
        self.note = ""
        """What a reader of the file should know."""
        self._record: Record | None = None
        self._has_branches = False  # that are in no file
        self._read_with: Rules | None = rules
        self._own_file = False  # `file` was written here, and may be written again
        self._length = board.steps
        self._safe = board.past  # the line, and the result, that a file has or that need none
        self._safe_result = ""

    @classmethod
    def begin(
        cls, size: int, rules: Rules, *, komi: float | None = None, handicap: int = 0
    ) -> Game:
        """An empty board, or one with Black's `handicap` stones and White to move.

        `komi` None is that of the rules, or half a point in a handicap game. InputError for a size
        or a handicap that is none.
        """
        board = Board(size, ko=rules.ko, suicide=rules.suicide)
        if handicap:
            board.edit(dict.fromkeys(free(size, handicap), BLACK), WHITE)
        if komi is None:
            komi = HANDICAP_KOMI if handicap else rules.komi
        return cls(board, rules, komi, handicap)

    @classmethod
    def load(cls, path: str, rules: Rules) -> Game:
        """The game of an SGF file, as `of` says; RecordError where there is none."""
        game = cls.of(read_record(path), rules)
        game.file = os.path.realpath(path)
        return game

    @classmethod
    def of(cls, record: Record, rules: Rules) -> Game:
        """The main line of a record, at its end; `rules` where it names none that are known here.

        A game that breaks them goes on without a rule of ko, which `note` says. Raises RecordError
        where a move is illegal even so.
        """
        note = ""
        try:
            rules = rules_named(record.text("RU") or rules.name)
        except InputError:
            note = f"its rules ({printable(record.text('RU') or '')}) are not known here"
        read_with: Rules | None = rules
        try:
            board = record.board(rules=rules)
        except RecordError as problem:
            board, read_with = record.board(), None
            note = f"no ko rule and suicide allowed from here on, since {problem}"
        komi = rules.komi if record.komi is None else record.komi
        game = cls(board, rules, komi, record.handicap)
        game.note, game._record, game._read_with = note, record, read_with
        game.result = game._safe_result = record.text("RE") or ""
        return game

    # -- Where one is --------------------------------------------------------------------------

    @property
    def number(self) -> int:
        """How many moves were played up to the position looked at."""
        return len(self.board.moves)

    @property
    def steps(self) -> int:
        """How many moves and edits the game has, to its end."""
        return self._length

    @property
    def at_end(self) -> bool:
        """False while one looks at an earlier position."""
        return self.board.steps >= self._length

    @property
    def has_files_result(self) -> bool:
        """True where somebody has won, and the file says so."""
        return bool(self.result) and self.result == self._safe_result

    @property
    def is_unsaved(self) -> bool:
        """True where moves, edits or a result are in no file."""
        if self._has_branches or (self.result and self.result != self._safe_result):
            return True
        with self._at_its_end():
            line = self.board.past
        return line != self._safe[: len(line)]

    # -- Moves and edits -----------------------------------------------------------------------

    def play(self, point: int) -> tuple[int, ...]:
        """Play at the position looked at; the stones taken. IllegalMoveError as `Board.play`."""
        if self.board.is_legal(point):
            self._branch()
        taken = self.board.play(point)
        self._grown()
        return taken

    def edit(self, changes: Mapping[int, int], to_move: int | None = None) -> None:
        """Set and clear points; the turn stays unless `to_move` says otherwise. As `Board.edit`."""
        trial = self.board.copy()
        trial.edit(changes, to_move)  # raises where it is not allowed
        self._branch()
        self.board.edit(changes, to_move)
        self._grown()

    def _branch(self) -> None:
        """Make what lies ahead a variation: a move is about to replace it."""
        if self.at_end:
            return
        with suppress(InputError):  # without sgfmill nothing can be saved
            self._record, self._has_branches = self.record(), True

    def end(self, result: str) -> None:
        """Somebody has won, or nobody: ``W+R``, ``B+3.5``, ``0``."""
        self.result = result

    def _grown(self) -> None:
        self.result, self._length = "", self.board.steps

    def undo(self) -> bool:
        """Take the last move or edit off the game; False where there is none.

        From an earlier position what lies ahead goes too; where it is in no file it is kept as a
        variation.
        """
        if not self.at_end and self.is_unsaved:
            self._branch()
        if not self.board.undo():
            return False
        self._grown()
        return True

    def redo(self) -> bool:
        """Play again what was taken back or lies ahead; False where there is nothing."""
        if not self.board.redo():
            return False
        if self.board.steps > self._length:
            self._grown()
        return True

    # -- Looking around ------------------------------------------------------------------------

    def back(self, count: int) -> bool:
        """Look `count` steps back, or to the beginning; False where that is here."""
        return self._steps(count, self.board.undo)

    def forward(self, count: int) -> bool:
        """Look `count` steps on, or to the end; False where that is here."""
        return self._steps(min(count, self._length - self.board.steps), self.board.redo)

    def _steps(self, count: int, step: Callable[[], bool]) -> bool:
        moved = False
        while count > 0 and step():
            count, moved = count - 1, True
        return moved

    def goto(self, number: int) -> None:
        """Look at the position after move `number`; InputError where the game has no such."""
        here = self.board.steps
        at = self.number
        while at > number:
            at -= self.board.last is not None
            self.board.undo()
        while at < number and self.forward(1):
            at += self.board.last is not None
        if at != number:
            self.back(self.board.steps - here)
            raise InputError(f"move {number:,}: the game has {at:,}")

    # -- Files ---------------------------------------------------------------------------------

    def record(self) -> Record:
        """The game up to its end, as SGF; what was loaded keeps its comments and variations."""
        with self._at_its_end():
            record = continued(self._record, self.board, self._read_with)
        for name, value in self._properties().items():
            if value:
                record.set_text(name, value)
        return record

    def _properties(self) -> dict[str, str]:
        """What the root says of the game; of one that was loaded only what is new."""
        new = {"RE": self.result}
        if self._record is None or self.komi != self._record.komi:
            new["KM"] = f"{self.komi:g}"
        if self._record is None:
            new["RU"] = self.rules.name
            new["HA"] = str(self.handicap) if self.handicap else ""
            new["PB"], new["PW"] = (self.players.get(colour, "") for colour in (BLACK, WHITE))
            new["DT"] = datetime.now().astimezone().date().isoformat()
        return new

    @contextmanager
    def _at_its_end(self) -> Iterator[None]:
        steps = 0
        while self.board.steps < self._length and self.board.redo():
            steps += 1
        try:
            yield
        finally:
            for _ in range(steps):
                self.board.undo()

    def save(self, name: str, *, force: bool = False) -> str:
        """Write the game; the file's name, which has an ending now.

        Without `name` it is the file that was written here before, or one with the time in its
        name. A file that is there and was not written here is written over with `force` only, and
        never the one that the game came from where it has other games: InputError otherwise, or
        where it cannot be written.
        """
        path = self._target(name)
        is_file = self.file is not None and os.path.realpath(path) == self.file
        if not (force or (is_file and self._own_file)) and os.path.lexists(path):
            raise InputError(f"{printable(path, 200)} is there already: s! {path} writes over it")
        if is_file and not self._own_file and _has_more_games(path):
            raise InputError(
                f"{printable(path, 200)} has other games, which would be lost: choose another name"
            )
        self.record().write(path)
        self.file, self._own_file = os.path.realpath(path), True
        self._safe_result, self._has_branches = self.result, False
        with self._at_its_end():
            self._safe = self.board.past
        return path

    def _target(self, name: str) -> str:
        if name:
            path = os.path.expanduser(name)
            has_ending = bool(Path(path).suffix) or os.path.isdir(path)
            return path if has_ending else path + _SUFFIX
        return self.file or f"go-{datetime.now().astimezone():%Y%m%d-%H%M%S}{_SUFFIX}"

    def title(self) -> str:
        """``move 34 of 212, last D4`` and the like."""
        last = self.board.last
        words = f"move {self.number}"
        if not self.at_end:
            with self._at_its_end():
                words += f" of {self.number}"
        if last is not None:
            words += f" ({to_gtp(last.point, self.board.size)})"
        return words


def _has_more_games(path: str) -> bool:
    """True for a file of several games, or with something unreadable after the first."""
    try:
        return os.path.exists(path) and len(read_records(path)) > 1
    except RecordError:
        return True


def existing(name: str) -> str:
    """The file that a person means by `name`: itself, or with the ending of records."""
    path = os.path.expanduser(name)
    if not os.path.exists(path) and os.path.exists(path + _SUFFIX):
        return path + _SUFFIX
    return path
