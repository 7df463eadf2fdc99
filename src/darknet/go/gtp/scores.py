"""Commands about the end of a game: the score, and which stones are dead."""

from __future__ import annotations

from ...errors import InputError, printable
from ..coordinates import to_gtp
from ..life import connected
from ..moves import EMPTY
from ..scoring import seki
from ..status import dead_stones, final_score
from .registry import command
from .session import Session
from .words import Words

__all__: list[str] = []

_STATES = ("alive", "seki", "dead")


@command("final_score")
def final_score_(session: Session, words: Words) -> str:
    """The score, as ``B+3.5``; 0 for a draw."""
    words.none_after(0)
    found = final_score(
        session.board, session.rules, session.komi, session.handicap, session.policy
    )
    return found.result


@command("final_status_list")
def final_status_list(session: Session, words: Words) -> str:
    """The stones that are alive, dead or in seki: a chain a line."""
    state = words.text(0, "alive, dead or seki").lower()
    words.none_after(1)
    if state not in _STATES:
        raise InputError(f'syntax error: "{printable(state)}": expected alive, dead or seki')
    return _chains(session, _states(session)[state])


@command("final_status")
def final_status(session: Session, words: Words) -> str:
    """GNU Go's: what becomes of the stone at a point."""
    point = words.point(0, session.board.size)
    words.none_after(1)
    if point < 0 or session.board[point] == EMPTY:
        raise InputError("there is no stone")
    return next(state for state, points in _states(session).items() if point in points)


def _states(session: Session) -> dict[str, frozenset[int]]:
    """The points of the stones in each state. All at once: the dead are found by play-outs."""
    board = session.board
    dead = dead_stones(board, session.rules, session.policy)
    left = [EMPTY if point in dead else colour for point, colour in enumerate(board.stones)]
    stones = frozenset(point for point, colour in enumerate(left) if colour)
    in_seki = seki(board.size, left) & stones
    return dict(zip(_STATES, (stones - in_seki, in_seki, dead), strict=True))


def _chains(session: Session, points: frozenset[int]) -> str:
    board = session.board
    chains = [sorted(chain) for chain in connected(board.size, points, board.stones)]
    return "\n".join(
        " ".join(to_gtp(point, board.size) for point in chain) for chain in sorted(chains)
    )
