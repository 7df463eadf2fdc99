"""Commands that set a board up: size, komi, stones, handicap."""

from __future__ import annotations

from ...errors import DarknetError, InputError
from .. import handicap
from ..board import Board
from ..coordinates import PASS, to_gtp
from ..moves import BLACK, EMPTY
from .registry import command
from .session import Session
from .words import Words, colour_named, syntax

__all__: list[str] = []

_LEAST_HANDICAP = 2


@command("boardsize")
def boardsize(session: Session, words: Words) -> str:
    """An empty board of so many lines."""
    size = words.whole(0, "a size")
    words.none_after(1)
    session.clear(size)
    return ""


@command("rectangular_boardsize")
def rectangular_boardsize(session: Session, words: Words) -> str:
    """KataGo's: columns and rows, which have to be as many."""
    columns, rows = words.whole(0, "a width"), words.whole(1, "a height")
    words.none_after(2)
    if columns != rows:
        raise InputError("unacceptable size: only square boards are played here")
    session.clear(columns)
    return ""


@command("query_boardsize")
def query_boardsize(session: Session, words: Words) -> str:
    """The board's lines, as GNU Go tells them."""
    words.none_after(0)
    return str(session.board.size)


@command("clear_board")
def clear_board(session: Session, words: Words) -> str:
    """An empty board of the same size; komi and rules stay."""
    words.none_after(0)
    session.clear(session.board.size)
    return ""


@command("komi")
def komi(session: Session, words: Words) -> str:
    """White's points for moving second."""
    points = words.real(0, "a komi")
    words.none_after(1)
    session.set_komi(points)
    return ""


@command("get_komi")
def get_komi(session: Session, words: Words) -> str:
    """The komi."""
    words.none_after(0)
    return f"{session.komi:g}"


# -- Handicap ----------------------------------------------------------------------------------


@command("fixed_handicap")
def fixed_handicap(session: Session, words: Words) -> str:
    """Handicap stones on the fixed points of the board."""
    count = words.whole(0, "a number of stones")
    words.none_after(1)
    session.check_empty()
    try:
        points = handicap.fixed(session.board.size, count)
    except InputError as problem:
        raise InputError(f"invalid number of stones: {problem}") from None
    return _placed(session, points)


@command("place_free_handicap")
def place_free_handicap(session: Session, words: Words) -> str:
    """Handicap stones where the engine likes: as many as asked for, all points but one at most."""
    count = words.whole(0, "a number of stones")
    words.none_after(1)
    session.check_empty()
    if not _LEAST_HANDICAP <= count < session.board.points:
        raise InputError(
            f"invalid number of stones: {count}; expected 2 to {session.board.points - 1}"
        )
    return _placed(session, handicap.free(session.board.size, count))


@command("set_free_handicap")
def set_free_handicap(session: Session, words: Words) -> str:
    """Handicap stones where the words say."""
    session.check_empty()
    points = [words.point(at, session.board.size) for at in range(len(words))]
    if PASS in points or len(set(points)) != len(points):
        raise InputError("bad vertex list: a pass, or a point that is there twice")
    if not _LEAST_HANDICAP <= len(points) < session.board.points:
        raise InputError(f"bad vertex list: {len(points)} stones")
    _placed(session, tuple(points))
    return ""


def _placed(session: Session, points: tuple[int, ...]) -> str:
    session.set_handicap(points)
    return " ".join(to_gtp(point, session.board.size) for point in points)


@command("get_handicap")
def get_handicap(session: Session, words: Words) -> str:
    """How many handicap stones were placed."""
    words.none_after(0)
    return str(session.handicap)


# -- Stones by hand ----------------------------------------------------------------------------


@command("set_position")
def set_position(session: Session, words: Words) -> str:
    """KataGo's: a board with these stones (``b D4 w E5``) and no past; none clears it."""
    stones = words.moves(0, session.board.size)
    points = [point for _, point in stones]
    if PASS in points or len(set(points)) != len(points):
        raise InputError("bad vertex list: a pass, or a point that is there twice")
    board = Board(session.board.size, ko=session.rules.ko, suicide=session.rules.suicide)
    if stones:
        board.edit({point: colour for colour, point in stones}, BLACK)
    session.take(board)
    return ""


@command("gogui-setup")
def gogui_setup(session: Session, words: Words) -> str:
    """GoGui's: set or clear (``empty D4``) points, as one step that `undo` takes back."""
    if len(words) % 2:
        raise syntax("expected a colour, or empty, and a point, by turns")
    changes = {}
    for at in range(0, len(words), 2):
        word = words[at].lower()
        colour = EMPTY if word in ("e", "empty") else colour_named(word)
        point = words.point(at + 1, session.board.size)
        if colour is None or point == PASS:
            raise syntax(f"expected b, w or empty and a point, not {words[at]} {words[at + 1]}")
        changes[point] = colour
    try:
        session.board.edit(changes)
    except DarknetError as problem:
        raise InputError(f"cannot set up: {problem}") from None
    return ""


@command("gogui-setup_player")
def gogui_setup_player(session: Session, words: Words) -> str:
    """GoGui's: whose turn it is."""
    colour = words.colour(0)
    words.none_after(1)
    session.board.edit({}, colour)
    return ""
