"""``darknet go match``: many games between two programs or networks, and the Elo between them."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import MAX_MESSAGE, DarknetError, GtpError, printable
from .declared import declared, takes
from .go_network import Contestant, Running, contestants, note_on_resigning, said_of
from .go_options import RULES, resign_option
from .numbers import FloatRange
from .options import json_option, old_flags

if TYPE_CHECKING:
    from ..go.choice import Choice
    from ..go.match import Match, Plan
    from ..go.match_game import Seat, Terms

__all__ = ["Games", "match", "openings_of", "said_choice", "terms_of", "watched"]

RECORDED = 8  # moves of an opening, from --openings


@dataclass(frozen=True, kw_only=True)
class Games:
    """What matches and self-play share: how many games, of what kind, how networks choose."""

    games: int = declared(
        click.option("-n", "--games", type=click.IntRange(1, 100_000), default=20,
                     show_default=True, help="How many, with those of an earlier run in --out.")
    )  # fmt: skip
    size: int = declared(
        click.option("--size", type=click.IntRange(2, 25), default=19, show_default=True,
                     help="Lines of the board.")
    )  # fmt: skip
    rules: str = declared(
        click.option("--rules", default="chinese", show_default=True, metavar="NAME",
                     help=f"{', '.join(RULES)}.")
    )  # fmt: skip
    komi: float | None = declared(
        click.option("--komi", type=float, help="Default: that of the rules.")
    )
    seed: int = declared(
        click.option("--seed", type=click.IntRange(0), default=0, show_default=True,
                     help="Of openings and of what networks draw.")
    )  # fmt: skip
    opening_moves: int | None = declared(
        click.option("--opening-moves", type=click.IntRange(0), metavar="N",
                     help="Moves that are given (default: 4, none with darknet go self; from "
                     "--openings 8).")
    )  # fmt: skip
    openings: str | None = declared(
        click.option("--openings", metavar="FILE", type=click.Path(),
                     help="Begin with the first moves of these games (packed, .sgf, or a folder).")
    )  # fmt: skip
    most_moves: int | None = declared(
        click.option("--most-moves", type=click.IntRange(1), metavar="N",
                     help="A game that is longer has no result (default: four for every point).")
    )  # fmt: skip
    temperature_moves: int = declared(
        click.option("--temperature-moves", type=click.IntRange(0), default=30, show_default=True,
                     metavar="N", help="--temperature is for the first N moves of a game; 0: for "
                     "all.")
    )  # fmt: skip
    resign: float = declared(resign_option)
    assist: bool = declared(
        click.option("--assist", is_flag=True, help="Networks read ladders and atari.")
    )

    def choice(self, temperature: float, *, multi: bool) -> Choice:
        """How networks choose."""
        from ..go.choice import Choice

        return Choice(
            temperature=temperature,
            temperature_moves=self.temperature_moves,
            resign_below=self.resign / 100,
            symmetries=multi,
            assist=self.assist,
        )


def said_choice(choice: Choice) -> str:
    """A choice in words: what makes a match another one."""
    words = [f"temperature {choice.temperature:g}, {choice.temperature_moves} moves"]
    if choice.resign_below:
        words.append(f"resign {100 * choice.resign_below:g} %")
    flags = {"multi": choice.symmetries, "assist": choice.assist}
    return ", ".join([*words, *(name for name, is_on in flags.items() if is_on)])


@click.command(short_help="Games between two programs or networks, and their Elo.")
@click.argument("words", metavar="FIRST SECOND", nargs=-1, type=click.Path())
@click.option("-o", "--out", default="match", show_default=True, metavar="FOLDER",
              type=click.Path(file_okay=False), help="Where the games are written.")  # fmt: skip
@click.option("--names", nargs=2, metavar="FIRST SECOND", help="What they are called.")
@click.option("--time", "seconds", type=FloatRange(0, 86_400, min_open=True),
              metavar="SECONDS", help="For a program's move (default: five minutes, and it is not "
              "told).")  # fmt: skip
@click.option("--referee", default="players", show_default=True, metavar="WHO",
              help="Who counts: players (where they differ, our own count), ours, first, second, "
              "or the command line of a third program.")  # fmt: skip
@click.option("--temperature", type=FloatRange(0), default=0.0, show_default=True,
              help="Of networks: 0 plays the best move, 1 draws by probability.")  # fmt: skip
@takes(Games, "games")
@takes(Running, "running")
@json_option
@old_flags
def match(
    words: tuple[str, ...],
    out: str,
    names: tuple[str, str] | None,
    seconds: float | None,
    referee: str,
    temperature: float,
    as_json: bool,
    running: Running,
    games: Games,
) -> int:
    """Play games between FIRST and SECOND, and print who is stronger by how much.

    Each is a network (CFG WEIGHTS, or a model's name) or the command line of a program that speaks
    GTP, in quotes: "gnugo --mode gtp --chinese-rules". Colours alternate; each opening is played
    twice. Every game is written to --out as SGF when it is over; the same command goes on with a
    match that was ended. An illegal move, too long a thought or a crash loses the game.
    """
    from ..go.match import Plan

    sides = contestants(words, 2)
    terms = terms_of(games)
    choice = games.choice(temperature, multi=running.multi)
    with contextlib.ExitStack() as stack:
        seats = [
            _seat(stack, side, name, seconds, games.size, choice, running)
            for side, name in zip(sides, names or (None, None), strict=True)
        ]
        players = " | ".join(
            [*map(said_of, sides), said_choice(choice), *_said_terms(games, seconds, referee)]
        )
        plan = Plan(games.games, terms, Path(out), games.seed, "", players)
        played = _match(stack, games, plan, seats, referee)
        code = watched(played, games.games, out)
    result = played.result()
    print(json.dumps(result.to_dict(), indent=1) if as_json else result)
    return code


def _said_terms(games: Games, seconds: float | None, referee: str) -> Iterator[str]:
    """What else makes a match another one, where it is not the usual."""
    if seconds is not None:
        yield f"{seconds:g} seconds"
    if referee != "players":
        yield f"referee {referee}"
    if games.most_moves is not None:
        yield f"at most {games.most_moves} moves"


def _seat(
    stack: contextlib.ExitStack,
    side: Contestant,
    name: str | None,
    seconds: float | None,
    size: int,
    choice: Choice,
    running: Running,
) -> Seat:
    from ..go.match_seats import GtpSeat, NetworkSeat

    if isinstance(side, str):
        program = GtpSeat(side, name=name, seconds=seconds)
        stack.callback(program.close)
        return program
    policy = running.open(side)
    stack.callback(policy.close)
    policy.check_size(size)
    note_on_resigning(policy, choice.resign_below)
    return NetworkSeat(policy, choice, name=name)


def terms_of(games: Games) -> Terms:
    """Size, rules, komi and length, checked."""
    from ..go.match_game import Terms
    from ..go.rules import rules_named

    rules = rules_named(games.rules)
    komi = rules.komi if games.komi is None else games.komi
    return Terms(games.size, rules, komi, games.most_moves or 4 * games.size**2)


def openings_of(games: Games, default: int = 4) -> tuple[Iterator[tuple[int, ...]], str]:
    """The openings, of `default` drawn moves where nothing is said, and what they are in words."""
    from ..go.openings import drawn_openings, recorded_openings

    if games.openings is None:
        moves = default if games.opening_moves is None else games.opening_moves
        moves = min(moves, games.size**2 // 4)
        return drawn_openings(games.size, moves, games.seed), f"{moves} drawn moves"
    from ..go.valid_data import games_in

    moves = RECORDED if games.opening_moves is None else games.opening_moves
    found = games_in(games.openings)
    return recorded_openings(found, games.size, moves, games.seed), f"{moves} moves, {found.label}"


def _match(
    stack: contextlib.ExitStack,
    games: Games,
    plan: Plan,
    seats: list[Seat],
    who: str,
) -> Match:
    from ..go.match import Match
    from ..go.match_judge import REFEREES, Referee
    from ..go.match_seats import GtpSeat

    third: str | Seat = who
    if who not in REFEREES:
        third = GtpSeat(who)
        stack.callback(third.close)
        _take_chair(third, plan.terms)
    openings, said = openings_of(games)
    plan = replace(plan, openings=said)
    return Match(plan, seats[0], seats[1], openings, Referee(third, plan.terms))


def _take_chair(referee: Seat, terms: Terms) -> None:
    """Let a referee that does not take the size be told before a game was played for nothing."""
    from ..go.match_game import FailureError

    try:
        referee.begin(terms, 0)
    except FailureError as failure:
        raise GtpError(f"the referee {referee.name} {failure}") from None


def watched(played: Match, total: int, folder: str) -> int:
    """Play the games that are missing, with a bar; the exit code.

    It is 130 where Ctrl-C ended it, and 2 where something else did: what was played is told all
    the same.
    """
    from .progress import progress

    label, before = printable(folder, 200), played.found
    if before:
        print(f"darknet: {before} of {total} games are in {label}", file=sys.stderr)
    try:
        for _ in progress(played.run(), total - before, "Playing", played.status):
            pass
    except KeyboardInterrupt:
        done = len(played.result().games)
        print(
            f"darknet: interrupted: {done} of {total} games are in {label}; the same command goes"
            " on with them",
            file=sys.stderr,
        )
        return 130
    except DarknetError as problem:
        done = len(played.result().games)
        if not done:
            raise
        print(f"darknet: {printable(str(problem), MAX_MESSAGE)}", file=sys.stderr)
        print(f"darknet: ended: {done} of {total} games are in {label}", file=sys.stderr)
        return 2
    return 0
