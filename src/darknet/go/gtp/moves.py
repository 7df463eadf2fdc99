"""Commands that play moves, and take them back."""

from __future__ import annotations

from ...errors import InputError
from ..coordinates import PASS, to_gtp
from ..diagram import draw
from ..moves import BLACK, NAMES, WHITE
from .registry import command
from .session import Session
from .words import Words

__all__: list[str] = []


@command("play")
def play(session: Session, words: Words) -> str:
    """A move of either side, also twice in a row."""
    colour, point = words.colour(0), words.point(1, session.board.size)
    words.none_after(2)
    session.play(colour, point)
    return ""


@command("gogui-play_sequence")
def play_sequence(session: Session, words: Words) -> str:
    """GoGui's: several moves, all of them or none."""
    moves = words.moves(0, session.board.size)
    for played, (colour, point) in enumerate(moves):
        try:
            session.play(colour, point)
        except InputError:
            session.undo(played)
            raise
    return ""


@command("genmove")
def genmove(session: Session, words: Words) -> str:
    """Choose a move and play it; ``resign`` plays nothing."""
    colour = words.colour(0)
    words.none_after(1)
    return choose_and_play(session, colour)


def choose_and_play(session: Session, colour: int, *, clean_up: bool = False) -> str:
    """The move that was chosen, and played unless it is ``resign``."""
    chosen = session.choose(colour, clean_up=clean_up)
    session.reason = chosen.reason
    if chosen.point is None:
        return "resign"
    session.play(colour, chosen.point)
    return to_gtp(chosen.point, session.board.size)


@command("reg_genmove")
def reg_genmove(session: Session, words: Words) -> str:
    """The move that would be played if there were no chance; the board stays."""
    colour = words.colour(0)
    words.none_after(1)
    chosen = session.choose(colour, sure=True)
    return "resign" if chosen.point is None else to_gtp(chosen.point, session.board.size)


@command("kgs-genmove_cleanup")
def genmove_cleanup(session: Session, words: Words) -> str:
    """As `genmove`, but dead stones of the other side are taken before a pass."""
    colour = words.colour(0)
    words.none_after(1)
    return choose_and_play(session, colour, clean_up=True)


@command("undo")
def undo(session: Session, words: Words) -> str:
    """Take the last move back."""
    words.none_after(0)
    session.undo()
    return ""


@command("gg-undo")
def gg_undo(session: Session, words: Words) -> str:
    """GNU Go's: take so many moves back, all of them or none."""
    count = words.whole(0, "a number of moves") if words else 1
    words.none_after(1)
    if count < 0:
        raise InputError("cannot undo")
    session.undo(count)
    return ""


# -- Looking -----------------------------------------------------------------------------------


@command("showboard")
def showboard(session: Session, words: Words) -> str:
    """The board as text, with whose turn it is, prisoners and rules."""
    words.none_after(0)
    board = session.board
    return (
        f"\n{draw(board, labels=True)}\n"
        f"{NAMES[board.to_move]} to move; move {len(board.moves)}; {session.rules.name},"
        f" komi {session.komi:g}\n"
        f"Black (X) has taken {board.prisoners(WHITE)} stones,"
        f" White (O) {board.prisoners(BLACK)}"
    )


@command("list_stones")
def list_stones(session: Session, words: Words) -> str:
    """GNU Go's: the points of one side's stones."""
    colour = words.colour(0)
    words.none_after(1)
    stones = enumerate(session.board.stones)
    return _points(session, [point for point, found in stones if found == colour])


@command("is_legal")
def is_legal(session: Session, words: Words) -> str:
    """GNU Go's: 1 for a legal move, else 0."""
    colour, point = words.colour(0), words.point(1, session.board.size)
    words.none_after(2)
    return "1" if session.board.is_legal(point, colour) else "0"


@command("all_legal")
def all_legal(session: Session, words: Words) -> str:
    """GNU Go's: every point where one side may play."""
    colour = words.colour_or(0, session.board.to_move)
    words.none_after(1)
    return _points(session, list(session.board.legal_points(colour)))


@command("last_move")
def last_move(session: Session, words: Words) -> str:
    """GNU Go's: the last move and whose it was."""
    words.none_after(0)
    if session.board.last is None:
        raise InputError("no previous move known")
    return _move(session, *session.board.last)


@command("move_history")
def move_history(session: Session, words: Words) -> str:
    """GNU Go's: all moves, the last one first."""
    words.none_after(0)
    return "\n".join(_move(session, *move) for move in reversed(session.board.moves))


@command("gomill-explain_last_move")
def explain_last_move(session: Session, words: Words) -> str:
    """Why the last move was chosen."""
    words.none_after(0)
    return session.reason


def _points(session: Session, points: list[int]) -> str:
    return " ".join(to_gtp(point, session.board.size) for point in points if point != PASS)


def _move(session: Session, colour: int, point: int) -> str:
    return f"{NAMES[colour].lower()} {to_gtp(point, session.board.size)}"
