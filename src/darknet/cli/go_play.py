"""``darknet go play`` and ``darknet go test``: a board in the terminal, a network beside it."""

from __future__ import annotations

import contextlib
import math
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .go_options import (
    multi_option,
    network_options,
    note_on_resigning,
    one_network,
    only_network,
    open_policy,
    rules_option,
)
from .options import engine_options, old_flags
from .words import complete_network, own_weights

if TYPE_CHECKING:
    from types import FrameType

    from ..engines import Precision
    from ..go.terminal.game import Game

__all__ = ["play", "test"]

F = TypeVar("F", bound=Callable[..., Any])
_SIDES = {"black": 1, "white": -1, "both": 0}


def _number(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """Refuse NaN, which is in every range."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is no number", context, option)
    return value


def _options(command: F) -> F:
    """What `play` and `test` have in common."""
    for option in (
        engine_options,
        old_flags,
        click.option("--ascii", "plain_signs", is_flag=True, help="Letters in the place of discs "
                     "and lines."),
        click.option("--no-color", is_flag=True, help="No colours (as NO_COLOR=1 says for all "
                     "programs)."),
        multi_option,
        click.option("--handicap", type=click.IntRange(0, 100), default=0, metavar="N",
                     help="Black's stones, with White to move (komi is 0.5 then)."),
        click.option("--komi", type=click.FloatRange(-999, 999), callback=_number,
                     help="What White gets for moving second. Default: as the rules say."),
        rules_option,
        click.option("--size", type=click.IntRange(2, 25), metavar="N", help="Lines of the board. "
                     "Default: as the network was made for."),
        click.option("--load", metavar="SGF", type=click.Path(), help="Go on with this game."),
    ):  # fmt: skip
        command = option(command)
    return command


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command line asked for. `person` is BLACK, WHITE, or 0 for both."""

    load: str | None
    size: int | None
    rules: str
    komi: float | None
    handicap: int
    multi: bool
    no_color: bool
    plain_signs: bool
    engine: str
    precision: Precision
    threads: int
    person: int = 0
    show_ideas: bool = True
    temperature: float = 0.0
    seed: int | None = None
    resign: float = 0.0
    assist: bool = False


@click.command(short_help="A board and the network's suggestions, as in C.")
@click.argument("words", metavar="(CFG WEIGHTS | MODEL)", nargs=-1, type=click.Path(),
                shell_complete=complete_network)  # fmt: skip
@_options
def test(words: tuple[str, ...], **given: Any) -> None:
    """Show a board with the network's suggestions, and play both sides.

    Enter plays the first suggestion, a number that one, "A 15" a point; "b A 15" and "w A 15" place
    stones, "c A 15" clears, "p" passes, "h" lists what else there is. MODEL is a network known by
    name (darknet models).
    """
    _run(*only_network(words), Request(**given))


@click.command(short_help="Play against the network, or look at games with it.")
@click.argument("words", metavar="[CFG WEIGHTS | MODEL]", nargs=-1, type=click.Path(),
                shell_complete=complete_network)  # fmt: skip
@network_options
@click.option("--color", type=click.Choice(list(_SIDES), case_sensitive=False), default="black",
              show_default=True, help="The side that you play.")  # fmt: skip
@click.option("--ideas/--no-ideas", default=None, help="Show the network's suggestions. Default: "
              "only where both sides are yours.")  # fmt: skip
@click.option("--temperature", type=click.FloatRange(0, 100), default=0.0, show_default=True,
              help="0: the network's most probable move; 1: moves by their "
              "probability.")  # fmt: skip
@click.option("--resign", type=click.FloatRange(0, 1), default=0.0, metavar="CHANCE", help="The "
              "network resigns where its chance to win is below this; 0: never.")  # fmt: skip
@click.option("--assist", is_flag=True, help="A reader of ataris and ladders may overrule the "
              "network.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Where chance begins.")
@_options
def play(
    words: tuple[str, ...],
    cfg: str | None,
    weights: str | None,
    color: str,
    ideas: bool | None,
    **given: Any,
) -> None:
    """Play against the network in the terminal, or with --color both look at games with it.

    Type "D 4" to play there, "p" to pass, "u" to take back, "k" to count, "s" to save the game, "h"
    for all the rest. Both passing ends the game and counts it. A game that was not saved when you
    leave is kept, and "l" loads it. Without a network the one that comes with the package plays.
    """
    network = one_network(words, cfg, weights)
    person = _SIDES[color]
    show_ideas = person == 0 if ideas is None else ideas
    _run(*network, Request(person=person, show_ideas=show_ideas, **given))


def _run(cfg: str, weights: str | None, asked: Request) -> None:
    """Set the board up, and play until the person leaves."""
    from ..go.choice import Choice, Player
    from ..go.rules import rules_named
    from ..go.terminal.console import StandardConsole
    from ..go.terminal.game import Game
    from ..go.terminal.kept import Kept
    from ..go.terminal.loop import run
    from ..go.terminal.session import Session
    from .progress import waiting

    rules = rules_named(asked.rules)

    def begin(size: int) -> Game:
        return Game.begin(size, rules, komi=asked.komi, handicap=asked.handicap)

    loaded = None if asked.load is None else _loaded(asked.load, asked)
    weights = weights or own_weights(cfg)
    policy = open_policy(cfg, weights, engine=asked.engine, precision=asked.precision,
                         threads=asked.threads)  # fmt: skip
    choice = Choice(temperature=asked.temperature, resign_below=asked.resign,
                    symmetries=asked.multi, assist=asked.assist)  # fmt: skip
    _tell_what_is_missing()
    note_on_resigning(policy, asked.resign)
    with contextlib.closing(policy), _hanging_up():
        game = begin(asked.size or policy.size) if loaded is None else loaded
        session = Session(game, policy, Player(policy, choice, asked.seed), begin=begin,
                          kept=Kept.default(), person=asked.person, multi=asked.multi,
                          show_ideas=asked.show_ideas)  # fmt: skip
        console = StandardConsole(colour=not asked.no_color, unicode=not asked.plain_signs)
        run(session, console, waiting)


def _tell_what_is_missing() -> None:
    """Before a game, not at its end, when it could not be saved any more."""
    from importlib.util import find_spec

    if find_spec("sgfmill") is None:
        missing = "sgfmill is not installed: pip install 'darknet-python[go]'"
        print(f"Note: games cannot be saved or kept: {missing}", file=sys.stderr)


def _loaded(path: str, asked: Request) -> Game:
    """The game of --load, which has a size and a handicap; --komi counts before its own."""
    from ..go.rules import rules_named
    from ..go.terminal.game import Game

    if asked.size is not None or asked.handicap:
        context = click.get_current_context()
        raise click.UsageError("--size and --handicap are for new games, not for --load", context)
    game = Game.load(path, rules_named(asked.rules))
    if asked.komi is not None:
        game.komi = asked.komi
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
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
