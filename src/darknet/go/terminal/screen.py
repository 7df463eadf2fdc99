"""What is seen at the terminal board: the board, beside or above what is known of the position."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import DarknetError, printable
from ..coordinates import COLUMNS, PASS, to_gtp
from ..evaluation import Suggestion
from ..moves import BLACK, NAMES, WHITE
from .draw import Line, Look, Marks, Span, board_lines, board_width, heat
from .session import Ideas, Session

__all__ = ["listed", "prompt", "screen", "typed"]

_PANEL = 28  # columns
_GAP = "  "
_BAR = 8  # columns of the best suggestion's bar
_SIGNS = {BLACK: "X", WHITE: "O"}


def prompt(session: Session) -> str:
    """DarkGo's own: whose turn it is."""
    return f"{_SIGNS[session.game.board.to_move]} Enter move: "


def screen(session: Session, look: Look) -> list[Line]:
    """The lines to show; as DarkGo's, suggestions below the board, where there is no room beside.

    A network that fails is told in its place.
    """
    ideas, trouble = _ideas(session)
    board = board_lines(session.game.board, look, _marks(session, ideas))
    facts = [*_facts(session, look), *trouble]
    if look.width < board_width(session.game.board.size) + len(_GAP) + _PANEL:
        lines = [] if ideas is None else listed(ideas.moves, session.game.board.size)
        return [*board, *facts, *_outlook(session, ideas), *([Span(line)] for line in lines)]
    room = look.width - board_width(session.game.board.size) - len(_GAP)
    panel = [[], *facts, [], *_bars(session, ideas, look)]
    panel = [_cut(line, room) for line in panel]
    rows = max(len(board), len(panel))
    blank: Line = [Span(" " * board_width(session.game.board.size))]
    board += [blank] * (rows - len(board))
    panel += [[]] * (rows - len(panel))
    return [[*left, Span(_GAP), *right] for left, right in zip(board, panel, strict=True)]


def _ideas(session: Session) -> tuple[Ideas | None, list[Line]]:
    """The suggestions where they are shown, or why there are none."""
    if not session.show_ideas or session.counting is not None:
        return None, []
    try:
        return session.ideas(), []
    except DarknetError as problem:
        return None, [[Span(f"no suggestions: {problem}", "warning")]]


def _marks(session: Session, ideas: Ideas | None) -> Marks:
    if session.counting is not None:
        return Marks(dead=session.counting.dead, owner=session.counting.score.owner)
    if ideas is None:
        return Marks()
    shares = zip(ideas.moves, _shares(ideas), strict=True)
    return Marks(
        {
            move.point: (str(number), share)
            for number, (move, share) in enumerate(shares, 1)
            if move.point != PASS
        }
    )


def _shares(ideas: Ideas) -> list[float]:
    """Every suggestion's probability as a share of the best one's."""
    best = max((move.probability for move in ideas.moves), default=0.0)
    return [move.probability / best if best > 0 else 0.0 for move in ideas.moves]


def typed(point: int, size: int) -> str:
    """A point as DarkGo prints it, and as it can be typed: ``A 15``, ``pass``."""
    if point == PASS:
        return "pass"
    row, column = divmod(point, size)
    return f"{COLUMNS[column]} {size - row}"


def _facts(session: Session, look: Look) -> list[Line]:
    """What is known of the game, a line each."""
    game, board = session.game, session.game.board
    size = f"{board.size} x {board.size}"
    handicap = f", handicap {game.handicap}" if game.handicap else ""
    took = f"Black took {board.prisoners(WHITE)}, White {board.prisoners(BLACK)}"
    lines = [
        [Span(printable(session.policy.name, 60), "bold")],
        [Span(f"{size}, {game.rules.name}, komi {game.komi:g}{handicap}", "dim")],
        [Span(took, "dim")],
        [Span(game.title())],
    ]
    return [*lines, _turn(session)]


def _turn(session: Session) -> Line:
    game, board = session.game, session.game.board
    if session.counting is not None:
        return [Span(f"Counted: {session.counting.score.result}", "bold")]
    if session.is_over:
        return [Span("The game is over" + (f": {game.result}" if game.result else ""), "bold")]
    side = NAMES[board.to_move]
    line = [Span(f"{side} ({_SIGNS[board.to_move]}) to move", "bold")]
    if session.person:
        line.append(Span(" (the network)" if session.is_networks_side else " (you)"))
    if board.ko is not None:
        line.append(Span(f", not at {to_gtp(board.ko, board.size)} (ko)", "ko text"))
    return line


def _outlook(session: Session, ideas: Ideas | None) -> list[Line]:
    """Who wins, as a network with such a head sees it."""
    if ideas is None or ideas.evaluation.value is None:
        return []
    side = NAMES[session.game.board.to_move]
    return [[Span(f"{side}'s chance to win: {100 * ideas.evaluation.value:.1f}%", "dim")]]


def listed(moves: Sequence[Suggestion], size: int) -> list[str]:
    """Suggestions as DarkGo prints them: ``1: A 15, 12.34%``."""
    return [
        f"{number}: {typed(move.point, size)}, {100 * move.probability:.2f}%"
        for number, move in enumerate(moves, 1)
    ]


def _bars(session: Session, ideas: Ideas | None, look: Look) -> list[Line]:
    """The suggestions with bars."""
    if ideas is None:
        return []
    size, full = session.game.board.size, "█" if look.unicode else "="
    lines = [*_outlook(session, ideas)]
    for number, (move, share) in enumerate(zip(ideas.moves, _shares(ideas), strict=True), 1):
        figures = f" {typed(move.point, size):<5}{100 * move.probability:6.2f}% "
        bar = full * round(_BAR * share)
        lines.append(
            [Span(f"{number:2d}:", heat(share)), Span(figures), Span(bar, f"bar {heat(share)}")]
        )
    return lines


def _cut(line: Line, width: int) -> Line:
    """A line of at most `width` columns."""
    cut: Line = []
    for span in line:
        cut.append(Span(span.text[:width], span.style))
        width -= len(cut[-1].text)
    return cut
