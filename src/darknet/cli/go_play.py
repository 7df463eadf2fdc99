"""``darknet go play`` and ``darknet go test``: a board in the terminal, a network beside it."""

from __future__ import annotations

import contextlib
import errno
import math
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from .declared import declared, takes
from .go_network import NamedNetwork, NetworkFiles, Running, note_on_resigning
from .go_options import Choosing, rules_option
from .numbers import FloatRange
from .options import old_flags
from .words import complete_network

if TYPE_CHECKING:
    from types import FrameType

    from ..go.terminal.game import Game

__all__ = ["play", "test"]

_SIDES = {"black": 1, "white": -1, "both": 0}


def _number(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """Refuse NaN, which is in every range."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is no number", context, option)
    return value


@dataclass(frozen=True, kw_only=True)
class Table:
    """The game, and how its board is drawn: what `play` and `test` have in common."""

    load: str | None = declared(
        click.option("--load", metavar="SGF", type=click.Path(), help="Go on with this game.")
    )
    size: int | None = declared(
        click.option("--size", type=click.IntRange(2, 25), metavar="N", help="Lines of the board. "
                     "Default: as the network was made for.")
    )  # fmt: skip
    rules: str = declared(rules_option)
    komi: float | None = declared(
        click.option("--komi", type=FloatRange(-999, 999), callback=_number,
                     help="What White gets for moving second. Default: as the rules say.")
    )  # fmt: skip
    handicap: int = declared(
        click.option("--handicap", type=click.IntRange(0, 100), default=0, metavar="N",
                     help="Black's stones, with White to move (komi is 0.5 then).")
    )  # fmt: skip
    no_color: bool = declared(
        click.option("--no-color", is_flag=True, help="No colours (as NO_COLOR=1 says for all "
                     "programs).")
    )  # fmt: skip
    plain_signs: bool = declared(
        click.option("--ascii", "plain_signs", is_flag=True, help="Letters in the place of discs "
                     "and lines.")
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Who plays, and what is shown to a person."""

    color: str = declared(
        click.option("--color", type=click.Choice(list(_SIDES), case_sensitive=False),
                     default="black", show_default=True, help="The side that you play.")
    )  # fmt: skip
    ideas: bool | None = declared(
        click.option("--ideas/--no-ideas", default=None, help="Show the network's suggestions. "
                     "Default: only where both sides are yours.")
    )  # fmt: skip


_BOTH = Sides(color="both", ideas=True)
_ANYHOW = Choosing(temperature=0.0, temperature_moves=0, resign=0.0, assist=False, seed=None)
"""How the network plays where `test` asks it to (``g``)."""


@click.command(short_help="A board and the network's suggestions, as in C.")
@click.argument("words", metavar="[CFG WEIGHTS | MODEL]", nargs=-1, type=click.Path(),
                shell_complete=complete_network)  # fmt: skip
@takes(NamedNetwork, "named")
@takes(Table, "table")
@takes(Running, "running")
@old_flags
def test(words: tuple[str, ...], named: NamedNetwork, table: Table, running: Running) -> None:
    """Show a board with the network's suggestions, and play both sides.

    Enter plays the first suggestion, a number that one, "A 15" a point; "b A 15" and "w A 15" place
    stones, "c A 15" clears, "p" passes, "h" lists what else there is. MODEL is a network known by
    name (darknet models). Without a network the one that comes with the package answers.
    """
    _run(named.of(words), running, table, _BOTH, _ANYHOW)


@click.command(short_help="Play against the network, or look at games with it.")
@click.argument("words", metavar="[CFG WEIGHTS | MODEL]", nargs=-1, type=click.Path(),
                shell_complete=complete_network)  # fmt: skip
@takes(NamedNetwork, "named")
@takes(Sides, "sides")
@takes(Choosing, "choosing")
@takes(Table, "table")
@takes(Running, "running")
@old_flags
def play(
    words: tuple[str, ...],
    named: NamedNetwork,
    sides: Sides,
    choosing: Choosing,
    table: Table,
    running: Running,
) -> None:
    """Play against the network in the terminal, or with --color both look at games with it.

    Type "D 4" to play there, "p" to pass, "u" to take back, "k" to count, "s" to save the game, "h"
    for all the rest. Both passing ends the game and counts it. A game that was not saved when you
    leave is kept, and "l" loads it. Without a network the one that comes with the package plays.
    """
    _run(named.of(words), running, table, sides, choosing)


def _run(
    network: NetworkFiles, running: Running, table: Table, sides: Sides, choosing: Choosing
) -> None:
    """Set the board up, and play until the person leaves."""
    from ..go.choice import Player
    from ..go.rules import rules_named
    from ..go.terminal.console import StandardConsole
    from ..go.terminal.game import Game
    from ..go.terminal.kept import Kept
    from ..go.terminal.loop import run
    from ..go.terminal.session import Session
    from .progress import waiting

    rules = rules_named(table.rules)

    def begin(size: int) -> Game:
        return Game.begin(size, rules, komi=table.komi, handicap=table.handicap)

    loaded = None if table.load is None else _loaded(table.load, table)
    policy = running.open(network)
    player = Player(policy, choosing.choice(multi=running.multi), choosing.seed)
    person = _SIDES[sides.color]
    show_ideas = person == 0 if sides.ideas is None else sides.ideas
    _tell_what_is_missing()
    note_on_resigning(policy, choosing.resign)
    with contextlib.closing(policy), _hanging_up():
        game = begin(table.size or policy.size) if loaded is None else loaded
        session = Session(game, policy, player, begin=begin, kept=Kept.default(), person=person,
                          multi=running.multi, show_ideas=show_ideas)  # fmt: skip
        console = StandardConsole(colour=not table.no_color, unicode=not table.plain_signs)
        run(session, console, waiting)


def _tell_what_is_missing() -> None:
    """Before a game, not at its end, when it could not be saved any more."""
    from importlib.util import find_spec

    if find_spec("sgfmill") is None:
        missing = "sgfmill is not installed: pip install 'darknet-python[go]'"
        print(f"Note: games cannot be saved or kept: {missing}", file=sys.stderr)


def _loaded(path: str, table: Table) -> Game:
    """The game of --load, which has a size and a handicap; --komi counts before its own."""
    from ..go.rules import rules_named
    from ..go.terminal.game import Game

    if table.size is not None or table.handicap:
        context = click.get_current_context()
        raise click.UsageError("--size and --handicap are for new games, not for --load", context)
    game = Game.load(path, rules_named(table.rules))
    if table.komi is not None:
        game.komi = table.komi
    return game


@contextlib.contextmanager
def _hanging_up() -> Iterator[None]:
    """A terminal that is closed, and `kill`, end the program as an exception: the game is kept."""
    known = [getattr(signal, name) for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name)]
    heard = [number for number in known if signal.getsignal(number) != signal.SIG_IGN]  # nohup
    try:
        before = {number: signal.signal(number, _stop) for number in heard}
    except ValueError:  # not the main thread: whoever runs us there has handlers of their own
        before = {}
    try:
        yield
    except OSError as problem:  # of a terminal that is closed, which may come before its signal
        if problem.errno != errno.EIO or not hasattr(signal, "SIGHUP"):
            raise
        raise SystemExit(128 + signal.SIGHUP) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
