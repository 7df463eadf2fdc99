"""What GoGui draws on its board: the commands, and the list of them that it asks for.

A line of the list is ``type/label/command``; ``%m`` stands for whose turn it is. The types are
GoGui's: gfx draws, dboard is numbers and sboard words for all points, cboard colours, plist points.
"""

from __future__ import annotations

from ...errors import InputError
from .. import status
from ..choice import winning_chance
from ..coordinates import PASS, to_gtp
from ..life import unconditionally_alive
from ..moves import BLACK, NAMES, WHITE
from .analysis import Analysis, Wanted
from .registry import command
from .session import NAME, Session
from .words import Words

__all__: list[str] = []

_ANALYZE = (
    "gfx/Best moves/darknet-moves %m",
    "gfx/How play goes on/darknet-line %m",
    "sboard/Probabilities in percent/darknet-policy %m",
    "cboard/Probabilities as colours/darknet-heat %m",
    "dboard/Whose points/darknet-ownership",
    "string/Chance to win/darknet-chance %m",
    "string/Score/final_score",
    "plist/Dead stones/final_status_list dead",
    "plist/Stones in seki/final_status_list seki",
    "plist/Unconditionally alive/darknet-alive",
    "plist/Legal moves/all_legal %m",
    "string/Why the last move/gomill-explain_last_move",
    "string/Rules/kata-get-rules",
    "string/Clock/darknet-clock",
    "param/Settings/darknet-param",
)
_COUNT = 10
_LEAST_SHOWN = 0.001


@command("gogui-analyze_commands")
def analyze_commands(session: Session, words: Words) -> str:
    """What GoGui can draw."""
    words.none_after(0)
    return "\n".join(_ANALYZE)


@command("gogui-title")
def title(session: Session, words: Words) -> str:
    """The window's title."""
    words.none_after(0)
    return f"{NAME} {session.policy.name}"


@command("darknet-moves")
def moves(session: Session, words: Words) -> str:
    """The best moves, with their probabilities in percent, drawn."""
    found = _best(session, words, _COUNT)
    size = session.board.size
    lines, told = [], []
    for order, candidate in enumerate(found.candidates):
        point, percent = candidate.line[0], 100 * candidate.probability
        told.append(f"{to_gtp(point, size)} {percent:.1f} %")
        if point != PASS:
            lines.append(f"LABEL {to_gtp(point, size)} {percent:.0f}")
            lines.append(f"COLOR {_colour(1 - order / _COUNT)} {to_gtp(point, size)}")
    return "\n".join([*lines, f"TEXT {', '.join(told)}"])


@command("darknet-line")
def line(session: Session, words: Words) -> str:
    """The best move and how play goes on, drawn."""
    found = _best(session, words, 1)
    while not found.is_over:
        for _ in found.deepen():
            pass
    colour, shown = found.colour, []
    for point in found.candidates[0].line:
        shown.append(f"{NAMES[colour][0].lower()} {to_gtp(point, session.board.size)}")
        colour = -colour
    return f"VAR {' '.join(shown)}"


@command("darknet-policy")
def policy(session: Session, words: Words) -> str:
    """The probability of every point in percent; nothing where it is below a tenth of one."""
    values = _probabilities(session, words)
    return _table(session, [f"{100 * p:.1f}" if p >= _LEAST_SHOWN else '""' for p in values])


@command("darknet-heat")
def heat(session: Session, words: Words) -> str:
    """The probability of every point as a colour, from pale to red."""
    values = _probabilities(session, words)
    top = max(*values, 1e-9)
    return _table(session, [_colour(p / top) if p >= _LEAST_SHOWN else '""' for p in values])


@command("darknet-ownership")
def ownership(session: Session, words: Words) -> str:
    """Whose each point will be, as far as one can tell: 1 Black's, -1 White's."""
    words.none_after(0)
    owners = status.ownership(session.board, session.policy)
    return _table(session, [f"{value:.3f}" for value in owners.ravel().tolist()])


@command("darknet-chance")
def chance(session: Session, words: Words) -> str:
    """The chance of one side to win."""
    colour = words.colour_or(0, session.board.to_move)
    words.none_after(1)
    _, found = session.evaluate(colour)
    value = winning_chance(found, session.compensation)
    if value is None:
        raise InputError(f"{session.policy.name} does not say who will win")
    return f"{NAMES[colour]} {100 * value:.1f} %"


@command("darknet-alive")
def alive(session: Session, words: Words) -> str:
    """Stones that no play can take."""
    words.none_after(0)
    size, stones = session.board.size, session.board.stones
    points = [
        point
        for colour in (BLACK, WHITE)
        for point in unconditionally_alive(size, stones, colour, suicide=session.rules.suicide)
    ]
    return " ".join(to_gtp(point, size) for point in sorted(points))


def _best(session: Session, words: Words, count: int) -> Analysis:
    colour = words.colour_or(0, session.board.to_move)
    words.none_after(1)
    return Analysis(session, colour, Wanted(most=count))


def _probabilities(session: Session, words: Words) -> list[float]:
    colour = words.colour_or(0, session.board.to_move)
    words.none_after(1)
    _, found = session.evaluate(colour)
    values: list[float] = found.priors.ravel().tolist()
    return values


def _table(session: Session, values: list[str]) -> str:
    size = session.board.size
    rows = (" ".join(values[at : at + size]) for at in range(0, len(values), size))
    return "\n" + "\n".join(rows)


def _colour(part: float) -> str:
    """From pale (0) to red (1)."""
    rest = round(220 * (1 - part))
    return f"#ff{rest:02x}{rest:02x}"
