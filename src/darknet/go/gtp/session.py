"""What an engine knows between two commands: the board, the rules, the clock, how it plays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ...errors import InputError
from ..board import Board
from ..choice import Choice, Chosen, Player
from ..coordinates import check_size
from ..moves import BLACK, WHITE, Entry
from ..policy import Evaluation, Policy
from ..rules import Rules
from .lines import Lines, LinesOf

__all__ = ["Clock", "Session"]

NAME = "Darknet"
KOMI_LIMIT = 1000.0


@dataclass
class Clock:
    """What the controller said of time, in seconds; a network answers at once, whatever it is."""

    settings: str = "none"
    left: dict[int, tuple[float, int]] = field(default_factory=dict)
    """By colour: the time left, and the stones (or periods) that it is for; 0 for main time."""


class Session:
    """One engine. `lines` says when an analysis is to stop: when there is a next line.

    `komi` is by default the rules', `size` the network's. Raises InputError where the network does
    not take boards of `size` lines.
    """

    def __init__(
        self,
        policy: Policy,
        rules: Rules,
        *,
        komi: float | None = None,
        size: int | None = None,
        choice: Choice | None = None,
        seed: int | None = None,
    ) -> None:
        self.policy, self.rules = policy, rules
        self.set_komi(rules.komi if komi is None else komi)
        self.choice, self.seed = choice or Choice(), seed
        self.version = policy.name
        """What ``version`` answers: the network, or what the program puts in its place."""
        self.lines: Lines = LinesOf(())
        self.clock = Clock()
        self.reason = ""
        """Why the last move was chosen."""
        self.over = False
        """True after ``quit``."""
        self._player = Player(policy, self.choice, seed)
        self.clear(policy.size if size is None else size)

    # -- The board -----------------------------------------------------------------------------

    def clear(self, size: int) -> None:
        """An empty board; InputError for a size that there is none of, or no network."""
        try:
            self.policy.check_size(check_size(size))
        except InputError as problem:
            raise InputError(f"unacceptable size: {problem}") from None
        self.take(Board(size, ko=self.rules.ko, suicide=self.rules.suicide))

    def take(self, board: Board, handicap: int = 0) -> None:
        """Go on from a board; its setup stones before the first move cannot be undone."""
        self.board, self.handicap = board, handicap
        moves = (n for n, entry in enumerate(board.past) if isinstance(entry, Entry))
        self.begin = next(moves, len(board.past))
        self.reason = ""

    def set_rules(self, rules: Rules) -> None:
        """Other rules for what comes; board and komi stay."""
        self.rules = rules
        self.board = self.board.under(rules.ko, rules.suicide)

    def set_komi(self, komi: float) -> None:
        """InputError for a komi that can only be a mistake."""
        if not abs(komi) <= KOMI_LIMIT:  # NaN is not, either
            raise InputError(f"a komi of {komi:g}: expected -{KOMI_LIMIT:g} to {KOMI_LIMIT:g}")
        self.komi = komi

    def check_empty(self) -> None:
        """InputError where stones stand or moves were made."""
        if any(self.board.stones) or self.board.moves:
            raise InputError("board not empty")

    def set_handicap(self, points: tuple[int, ...]) -> None:
        """Black's handicap stones, and White's turn."""
        self.board.edit(dict.fromkeys(points, BLACK), WHITE)
        self.take(self.board, len(points))

    def undo(self, count: int = 1) -> None:
        """Take moves back, all of them or none; InputError where there are fewer."""
        if count > len(self.board.past) - self.begin:
            raise InputError("cannot undo")
        for _ in range(count):
            self.board.undo()

    # -- Moves ---------------------------------------------------------------------------------

    def choose(self, colour: int, *, sure: bool = False, clean_up: bool = False) -> Chosen:
        """The move to play; with `sure` without chance, however the player is set.

        With `clean_up` dead stones are taken off the board before a pass.
        """
        player = self._player
        if sure:
            player = Player(self.policy, replace(self.choice, temperature=0.0), self.seed)
        return player.choose(
            self.board, self.rules, self.komi, colour, handicap=self.handicap, clean_up=clean_up
        )

    @property
    def compensation(self) -> float:
        """White's points: komi, and what the rules give for handicap stones."""
        return self.komi + self.rules.bonus.points(self.handicap)

    def play(self, colour: int, point: int) -> None:
        """Play a move; InputError, in GTP's words, for one that is illegal."""
        why = self.board.why_illegal(point, colour)
        if why is not None:
            raise InputError(f"illegal move: {why.value}")
        self.board.play(point, colour)

    def set_choice(self, choice: Choice) -> None:
        """Play otherwise from now on."""
        self.choice = choice
        self._player = Player(self.policy, choice, self.seed)

    def evaluate(self, colour: int) -> tuple[Board, Evaluation]:
        """The board with `colour` to move, and what the network says of it."""
        board = self.board.facing(colour)
        return board, self.policy.evaluate(board, symmetries=self.choice.symmetries)

    # -- Time ----------------------------------------------------------------------------------

    def interrupted(self, seconds: float) -> bool:
        """Wait so long; True as soon as there is a next line, or the end of input."""
        return self.lines.wait(seconds)
