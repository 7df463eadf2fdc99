"""Who says how a finished game was won: the players, where they agree, a referee, or we.

*players*: what both say, where that is the same winner (with their margin where it is the same too,
otherwise ours); where they differ, or one does not tell, our own count decides. *ours*: our own
count alone. *first*, *second*: that player's word; our count where it has none. A seat: a third
program's word, likewise. All that was said is kept, so that disagreements can be counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..errors import GtpError, InputError, printable
from .board import Board
from .match_game import FailureError, Seat, Terms, Verdict
from .moves import BLACK, WHITE

__all__ = ["REFEREES", "Referee"]

REFEREES = ("players", "ours", "first", "second")

Count = Callable[[Board], str]


class Referee:
    """One way to decide. `who` is of `REFEREES`, or a seat; `count` is our own count, if another.

    InputError for another word.
    """

    def __init__(self, who: str | Seat, terms: Terms, count: Count | None = None) -> None:
        if isinstance(who, str) and who not in REFEREES:
            known = ", ".join(REFEREES)
            raise InputError(f"referee {printable(who)}: expected one of {known}, or a program")
        self._who, self._terms = who, terms
        self._count = self._our_count if count is None else count

    def judge(self, board: Board, seats: Mapping[int, Seat], first: int) -> Verdict:
        """The verdict on a finished game in which the first contestant had the colour `first`."""
        if self._who == "ours":
            result = self._count(board)
            return Verdict(result, {BLACK: None, WHITE: None}, result)
        said = {colour: seats[colour].score(board) for colour in (BLACK, WHITE)}
        if self._who == "players":
            return self._of_players(board, said)
        if isinstance(self._who, str):
            word = said[first if self._who == "first" else -first]
        else:
            word = self._third(self._who, board)
        ours = None if word is not None else self._count(board)
        return Verdict(word or ours or "0", said, ours)

    def _our_count(self, board: Board) -> str:
        from .status import final_score

        return final_score(board, self._terms.rules, self._terms.komi, 0, None).result

    def _of_players(self, board: Board, said: Mapping[int, str | None]) -> Verdict:
        black, white = said[BLACK], said[WHITE]
        if black is not None and black == white:
            return Verdict(black, said)
        ours = self._count(board)
        if black is None or white is None or black[0] != white[0] or black[0] == ours[0]:
            return Verdict(ours, said, ours)
        return Verdict(f"{black[0]}+", said, ours)  # they agree who won; we do not

    def _third(self, seat: Seat, board: Board) -> str | None:
        try:
            seat.begin(self._terms, 0)
            for move in board.moves:
                seat.played(move)
            return seat.score(board)
        except (FailureError, GtpError):  # it may refuse a rule, or a komi, only now
            return None
