"""What the lines at the terminal board do: a function each, in one table.

`perform` never raises for what a line says: one that is not understood, or that the rules forbid,
is answered with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...errors import DarknetError, InputError, printable
from ..coordinates import to_gtp
from ..moves import EMPTY, NAMES, Move
from .commands import Command, Verb, help_lines, parse
from .game import Game, existing
from .session import COUNT, Session

__all__ = ["Reply", "perform", "start"]

_LISTED = 8  # moves named in an answer


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a line: words, and what is to be done."""

    lines: tuple[str, ...] = ()
    draw: bool = False
    """What is to be seen has changed."""
    leave: bool = False


def start(session: Session) -> Reply:
    """What happens before the first line: the network moves, where it is its turn."""
    lines = [f"Note: {session.game.note}."] if session.game.note else []
    try:
        lines += session.answer()
    except DarknetError as problem:
        lines.append(str(problem))
    return Reply(tuple(lines), draw=True)


def perform(session: Session, line: str) -> Reply:
    """Do what a line says, or answer why not."""
    try:
        command = parse(line, session.game.board.size)
        return _ACTIONS[command.verb](session, command)
    except DarknetError as problem:
        return Reply((str(problem),))


def _drawn(*lines: str) -> Reply:
    return Reply(lines, draw=True)


# -- Moves and edits ---------------------------------------------------------------------------


def _suggested(session: Session, command: Command) -> Reply:
    number = command.number or COUNT  # the tenth has a 0 on the plain board
    if not session.show_ideas:
        raise InputError("the suggestions are hidden: i shows them (and p passes)")
    moves = session.ideas().moves
    if not 1 <= number <= len(moves):
        raise InputError(f"there is no suggestion {number:,}: expected 1 to {len(moves)}")
    return _drawn(*session.play(moves[number - 1].point))


def _play(session: Session, command: Command) -> Reply:
    return _drawn(*session.play(command.point))


def _go(session: Session, command: Command) -> Reply:
    return _drawn(*session.network_moves())


def _resign(session: Session, command: Command) -> Reply:
    if session.game.result:
        raise InputError(f"the game is over: {printable(session.game.result, 40)}")
    return _drawn(*session.resign(session.person or session.game.board.to_move))


def _edit(session: Session, command: Command) -> Reply:
    board, point, colour = session.game.board, command.point, command.colour
    if board[point] == colour:
        here = "empty" if colour == EMPTY else f"{NAMES[colour]}'s"
        raise InputError(f"{to_gtp(point, board.size)} is {here} already")
    session.game.edit({point: colour})
    session.forget()
    return _drawn()


def _turn(session: Session, command: Command) -> Reply:
    session.game.edit({}, -session.game.board.to_move)
    session.forget()
    return _drawn(*session.answer())


# -- Back and forth ----------------------------------------------------------------------------


def _undo(session: Session, command: Command) -> Reply:
    game, count, taken = session.game, command.number or 0, list[Move | None]()
    while len(taken) < count or (taken and session.is_networks_side):
        last = game.board.last
        if not game.undo():
            break
        taken.append(last)
    if not taken:
        raise InputError("there is nothing to take back")
    session.forget()
    return _drawn(f"Taken back: {_listed(taken, game.board.size)}.", *session.waiting())


def _redo(session: Session, command: Command) -> Reply:
    done, count = 0, command.number or 0
    while (done < count or (done and session.is_networks_side)) and session.game.redo():
        done += 1
    if not done:
        raise InputError("there is nothing to play again")
    session.forget()
    return _drawn(*session.waiting())


def _back(session: Session, command: Command) -> Reply:
    return _looked(session, session.game.back(command.number or 0), "this is the beginning")


def _forward(session: Session, command: Command) -> Reply:
    there = "this is the end of the game (r plays again what was taken back)"
    return _looked(session, session.game.forward(command.number or 0), there)


def _first(session: Session, command: Command) -> Reply:
    game = session.game
    return _looked(session, game.back(game.board.steps), "this is the beginning")


def _last(session: Session, command: Command) -> Reply:
    game = session.game
    return _looked(session, game.forward(game.steps), "this is the end of the game")


def _looked(session: Session, moved: bool, otherwise: str) -> Reply:
    if not moved:
        raise InputError(otherwise)
    session.forget()
    return _drawn()


def _goto(session: Session, command: Command) -> Reply:
    session.game.goto(command.number or 0)
    session.forget()
    return _drawn()


# -- What is shown, and who plays --------------------------------------------------------------


def _show(session: Session, command: Command) -> Reply:
    session.show_ideas = not session.show_ideas
    return _drawn(f"Suggestions {'shown' if session.show_ideas else 'hidden'}.")


def _multi(session: Session, command: Command) -> Reply:
    session.multi = not session.multi
    session.forget()
    what = "the mean of the eight turns and flips" if session.multi else "the position as it lies"
    return _drawn(f"The network answers for {what}.")


def _sides(session: Session, command: Command) -> Reply:
    given = command.colour if command.text else -session.person or session.game.board.to_move
    session.take_side(given)
    yours = NAMES[given] if given else "both sides"
    return _drawn(f"You play {yours}.", *session.answer())


def _view(session: Session, command: Command) -> Reply:
    return _drawn()


def _help(session: Session, command: Command) -> Reply:
    return Reply(tuple(help_lines()))


def _quit(session: Session, command: Command) -> Reply:
    return Reply(leave=True)


# -- Counting ----------------------------------------------------------------------------------


def _count(session: Session, command: Command) -> Reply:
    if session.counting is not None:
        session.counting = None
        return _drawn()
    return _drawn(*session.count(), _HOW_TO_COUNT)


_HOW_TO_COUNT = "d A 15 changes whether the stones there are dead; k goes back."


def _dead(session: Session, command: Command) -> Reply:
    return _drawn(*session.toggle_dead(command.point))


def _komi(session: Session, command: Command) -> Reply:
    session.game.komi = float(command.text)
    counting = session.counting
    return _drawn(*(session.score(counting.dead) if counting else [f"Komi {command.text}."]))


# -- Files -------------------------------------------------------------------------------------


def _save(session: Session, command: Command) -> Reply:
    return Reply((f"Saved: {session.game.save(command.text, force=command.force)}",))


def _load(session: Session, command: Command) -> Reply:
    path = existing(command.text) if command.text else _last_kept(session)
    game = Game.load(path, session.game.rules)
    if not command.text:
        game.file = None  # a bare s would save among the kept games, of which the oldest go
    lines = session.take(game, force=command.force)
    lines += [f"{path}: {game.title()}."] + ([f"Note: {game.note}."] if game.note else [])
    return _drawn(*lines, *session.waiting())


def _last_kept(session: Session) -> str:
    newest = session.kept.newest()
    if newest is None:
        raise InputError("no game was kept; l FILE loads a file")
    return str(newest)


def _new(session: Session, command: Command) -> Reply:
    size = session.game.board.size if command.number is None else command.number
    return _drawn(*session.take(session.begin(size), force=command.force), *session.answer())


def _listed(taken: list[Move | None], size: int) -> str:
    """``Black D4, an edit and 3 more``."""
    words = [
        "an edit" if move is None else f"{NAMES[move.colour]} {to_gtp(move.point, size)}"
        for move in taken[:_LISTED]
    ]
    more = len(taken) - len(words)
    return ", ".join(words) + (f" and {more} more" if more else "")


_ACTIONS: Mapping[Verb, Callable[[Session, Command], Reply]] = {
    Verb.SUGGESTED: _suggested,
    Verb.PLAY: _play,
    Verb.EDIT: _edit,
    Verb.DEAD: _dead,
    Verb.PASS: _play,
    Verb.TURN: _turn,
    Verb.GO: _go,
    Verb.RESIGN: _resign,
    Verb.UNDO: _undo,
    Verb.REDO: _redo,
    Verb.BACK: _back,
    Verb.FORWARD: _forward,
    Verb.FIRST: _first,
    Verb.LAST: _last,
    Verb.GOTO: _goto,
    Verb.IDEAS: _show,
    Verb.MULTI: _multi,
    Verb.SIDES: _sides,
    Verb.SCORE: _count,
    Verb.SAVE: _save,
    Verb.LOAD: _load,
    Verb.NEW: _new,
    Verb.KOMI: _komi,
    Verb.VIEW: _view,
    Verb.HELP: _help,
    Verb.QUIT: _quit,
}
