"""Who can play in a match: another program over GTP, or a network of ours."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from ..errors import DarknetError, GtpError, InputError, printable
from .board import Board
from .coordinates import from_gtp, to_gtp
from .gtp_client import GtpProcess
from .match_game import FailureError, How, Terms
from .moves import BLACK, Move

if TYPE_CHECKING:
    from .choice import Choice, Player
    from .policy import Policy

__all__ = ["DEFAULT_SECONDS", "GtpSeat", "NetworkSeat"]

MOST_SECONDS = 86_400.0
DEFAULT_SECONDS = 300.0
"""For one answer: a program that has hung is found out, one that thinks is let be."""
_START_SECONDS = 60.0  # for the first answer: a program that speaks no GTP says nothing
_GRACE = 1.0  # seconds that a told limit may be overstepped: pipes and scheduling take some
_SCORE = re.compile(r"([BW])\+([0-9]+(?:\.[0-9]+)?)|0(?:\.0+)?|DRAW|JIGO", re.ASCII)
_LETTERS = {BLACK: "b", -BLACK: "w"}


class GtpSeat:
    """A program that speaks GTP; started for the first game, and again after it failed.

    `command` is its command line. `seconds` may a move take: the program is told so where it knows
    ``time_settings``, and loses a second later; None tells it nothing, and gives it five minutes.
    `name` is for reports; by default what the program calls itself.
    """

    def __init__(
        self, command: str, *, name: str | None = None, seconds: float | None = None
    ) -> None:
        if seconds is not None and not 0 < seconds <= MOST_SECONDS:
            raise InputError(
                f"{seconds:g} seconds a move: expected more than 0, at most {MOST_SECONDS:g}"
            )
        self.command, self._seconds = command, seconds
        self._patience = DEFAULT_SECONDS if seconds is None else seconds + _GRACE
        self._process: GtpProcess | None = None
        self._known: frozenset[str] = frozenset()
        self._size = 19
        self._start()  # a program that is not there is found out before anything is played
        self.name = printable(name or self._own_name(), 80)

    def _start(self) -> GtpProcess:
        if self._process is None:
            process = GtpProcess(self.command, timeout=self._patience)
            try:
                self._known = frozenset(
                    process.send("list_commands", timeout=_START_SECONDS).split()
                )
            except GtpError:
                process.close()
                raise
            self._process = process
        return self._process

    def _own_name(self) -> str:
        words = []
        for command in ("name", "version"):
            try:
                words += self._start().send(command).split()
            except GtpError as error:
                if error.refusal is None:
                    raise
        return " ".join(words) or self._start().name

    def begin(self, terms: Terms, seed: int) -> None:
        """Set board, rules, komi and time.

        GtpError where the program refuses one of them, or cannot be started again: whatever the
        reason, it would be the same for all games that follow.
        """
        self._start()
        self._size = terms.size
        self._send(f"boardsize {terms.size}")
        self._send("clear_board")
        if "kata-set-rules" in self._known:
            self._send(f"kata-set-rules {terms.rules.name}")
        self._send(f"komi {terms.komi:g}")
        if self._seconds is not None and "time_settings" in self._known:
            self._send(f"time_settings 0 {max(1, int(self._seconds))} 1")

    def played(self, move: Move) -> None:
        """Tell the program of a move."""
        where = to_gtp(move.point, self._size)
        try:
            self._send(f"play {_LETTERS[move.colour]} {where}")
        except GtpError as problem:
            raise FailureError(How.REFUSAL, f"refused a legal move: {problem}") from None

    def choose(self, board: Board) -> int | None:
        """Its genmove."""
        try:
            answer = self._send(f"genmove {_LETTERS[board.to_move]}").strip()
        except GtpError as problem:
            raise FailureError(How.REFUSAL, f"gave no move: {problem}") from None
        if answer.lower() == "resign":
            return None
        try:
            return from_gtp(answer, self._size)
        except InputError as problem:
            raise FailureError(How.ILLEGAL, f"answered {problem}") from None

    def score(self, board: Board) -> str | None:
        """Its final_score; None where it has none, or one that cannot be read."""
        if self._process is None or "final_score" not in self._known:
            return None
        try:
            answer = self._send("final_score", DEFAULT_SECONDS).strip().upper()
        except (GtpError, FailureError):
            return None
        found = _SCORE.fullmatch(answer)
        if found is None:
            return None
        if found[1] is None or not float(found[2]):
            return "0"
        return f"{found[1]}+{float(found[2]):g}"

    def close(self) -> None:
        """End the program."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _send(self, command: str, seconds: float | None = None) -> str:
        """The answer; GtpError where the program refused, FailureError where it is no more."""
        patience = seconds or self._patience
        began = time.monotonic()
        try:
            return self._start().send(command, timeout=patience)
        except GtpError as problem:
            if problem.refusal is not None:
                raise
            self.close()
            is_late = time.monotonic() - began >= patience
            how = How.TIME if is_late else How.CRASH
            raise FailureError(how, f"failed: {problem}") from None


class NetworkSeat:
    """A network of ours, which chooses as `choice` says; one may sit on both sides."""

    def __init__(self, policy: Policy, choice: Choice, *, name: str | None = None) -> None:
        self._policy, self._choice = policy, choice
        self.name = printable(name or policy.name, 80)
        self._player: Player | None = None
        self._terms: Terms | None = None

    def begin(self, terms: Terms, seed: int) -> None:
        """A player with this seed. InputError where the network does not take the size."""
        from .choice import Player

        self._policy.check_size(terms.size)
        self._terms = terms
        self._player = Player(self._policy, self._choice, seed)

    def played(self, move: Move) -> None:
        """Nothing: `choose` is given the board."""

    def choose(self, board: Board) -> int | None:
        """The player's choice."""
        if self._player is None or self._terms is None:
            raise InputError("a player was asked for a move before its game began")
        try:
            chosen = self._player.choose(board, self._terms.rules, self._terms.komi)
        except DarknetError as problem:
            raise FailureError(How.CRASH, f"failed: {problem}") from None
        return chosen.point

    def score(self, board: Board) -> str | None:
        """What the network takes for the score."""
        from .status import final_score

        if self._terms is None:
            return None
        try:
            found = final_score(board, self._terms.rules, self._terms.komi, 0, self._policy)
        except DarknetError:
            return None
        return found.result

    def close(self) -> None:
        """Nothing: the network belongs to whoever loaded it."""
