"""``darknet go match``: many games between two programs or networks, and the Elo between them."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import printable
from .go_words import Contestant, contestants, load_policy, policy_options
from .options import json_option, old_flags

if TYPE_CHECKING:
    from ..go.choice import Choice
    from ..go.match import Match
    from ..go.match_game import Seat, Terms

__all__ = ["game_options", "match", "play_out", "terms_of"]

F = TypeVar("F", bound=Callable[..., Any])


def game_options(command: F) -> F:
    """What matches and self-play share: how many games, of what kind, how networks choose."""
    for option in (
        click.option("--temperature-moves", type=click.IntRange(0), default=30, show_default=True,
                     metavar="N", help="--temperature is for the first N moves of a game; 0: for "
                     "all."),
        click.option("--most-moves", type=click.IntRange(1), metavar="N",
                     help="A game that is longer has no result (default: four for every point)."),
        click.option("--openings", metavar="FILE", type=click.Path(),
                     help="Begin with the first moves of these games (packed, .sgf, or a folder)."),
        click.option("--opening-moves", type=click.IntRange(0), metavar="N",
                     help="Moves that are given (default: 4, from --openings 8)."),
        click.option("--seed", type=click.IntRange(0), default=0, show_default=True,
                     help="Of openings and of what networks draw."),
        click.option("--komi", type=float, help="Default: that of the rules."),
        click.option("--rules", default="chinese", show_default=True, metavar="NAME",
                     help="tromp-taylor, chinese, japanese, korean, aga, new-zealand."),
        click.option("--size", type=click.IntRange(2, 25), default=19, show_default=True,
                     help="Lines of the board."),
        click.option("-n", "--games", type=click.IntRange(1), default=20, show_default=True,
                     help="How many, those of an earlier run in --out among them."),
    ):  # fmt: skip
        command = option(command)
    return command


@dataclass(frozen=True, kw_only=True)
class Games:
    """What `game_options` gave."""

    games: int
    size: int
    rules: str
    komi: float | None
    seed: int
    opening_moves: int | None
    openings: str | None
    most_moves: int | None
    temperature_moves: int


@click.command(short_help="Games between two programs or networks, and their Elo.")
@click.argument("words", metavar="FIRST SECOND", nargs=-1, type=click.Path())
@click.option("-o", "--out", default="match", show_default=True, metavar="FOLDER",
              type=click.Path(file_okay=False), help="Where the games are written.")  # fmt: skip
@click.option("--names", nargs=2, metavar="FIRST SECOND", help="What they are called.")
@click.option("--time", "seconds", type=click.FloatRange(0, min_open=True), metavar="SECONDS",
              help="For a move of a program (default: five minutes, of which it is not told).")  # fmt: skip
@click.option("--referee", default="players", show_default=True, metavar="WHO",
              help="Who counts: players (where they differ, our own count), ours, first, second, "
              "or the command line of a third program.")  # fmt: skip
@click.option("--temperature", type=click.FloatRange(0), default=0.0, show_default=True,
              help="Of networks: 0 plays the most probable move, 1 as probable as it is.")  # fmt: skip
@game_options
@policy_options
@json_option
@old_flags
def match(
    words: tuple[str, ...],
    out: str,
    names: tuple[str, str] | None,
    seconds: float | None,
    referee: str,
    temperature: float,
    multi: bool,
    as_json: bool,
    engine: str,
    precision: Any,
    threads: int,
    **given: Any,
) -> int:
    """Play games between FIRST and SECOND, and print who is stronger by how much.

    Each is a network (CFG WEIGHTS, or a model's name) or the command line of a program that speaks
    GTP, in quotes: "gnugo --mode gtp --chinese-rules". Colours alternate; each opening is played
    twice. Every game is written to --out as SGF when it is over; the same command goes on with a
    match that was ended. An illegal move, too long a thought or a crash loses the game.
    """
    from ..go.choice import Choice

    sides = contestants(words, 2)
    games = Games(**given)
    terms = terms_of(games)
    choice = Choice(
        temperature=temperature, temperature_moves=games.temperature_moves, symmetries=multi
    )
    loading = {"engine": engine, "precision": precision, "threads": threads}
    with contextlib.ExitStack() as stack:
        seats = [
            _seat(stack, side, name, seconds, choice, loading)
            for side, name in zip(sides, names or (None, None), strict=True)
        ]
        played = _match(stack, games, terms, seats, Path(out), referee)
        return play_out(played, games.games, out, as_json)


def _seat(
    stack: contextlib.ExitStack,
    side: Contestant,
    name: str | None,
    seconds: float | None,
    choice: Choice,
    loading: dict[str, Any],
) -> Seat:
    from ..go.match_seats import GtpSeat, NetworkSeat

    if side.program is not None:
        program = GtpSeat(side.program, name=name, seconds=seconds)
        stack.callback(program.close)
        return program
    policy = load_policy(side.cfg, side.weights, **loading)
    stack.callback(policy.close)
    return NetworkSeat(policy, choice, name=name)


def terms_of(games: Games) -> Terms:
    """Size, rules, komi and length, checked."""
    from ..go.match_game import Terms
    from ..go.rules import rules_named

    rules = rules_named(games.rules)
    komi = rules.komi if games.komi is None else games.komi
    return Terms(games.size, rules, komi, games.most_moves or 4 * games.size**2)


def openings_of(games: Games) -> tuple[Iterator[tuple[int, ...]], str]:
    """The openings, and what they are in words."""
    from ..go.openings import DEFAULT_MOVES, drawn_openings, recorded_openings

    if games.openings is None:
        moves = DEFAULT_MOVES if games.opening_moves is None else games.opening_moves
        moves = min(moves, games.size**2 // 4)
        return drawn_openings(games.size, moves, games.seed), f"{moves} drawn moves"
    from ..go.valid_data import games_in

    moves = 2 * DEFAULT_MOVES if games.opening_moves is None else games.opening_moves
    found = games_in(games.openings)
    return recorded_openings(found, games.size, moves, games.seed), f"{moves} moves, {found.label}"


def _match(
    stack: contextlib.ExitStack,
    games: Games,
    terms: Terms,
    seats: list[Seat],
    folder: Path,
    who: str,
) -> Match:
    from ..go.match import Match, Plan
    from ..go.match_judge import REFEREES, Referee
    from ..go.match_seats import GtpSeat

    third: str | Seat = who
    if who not in REFEREES:
        program = GtpSeat(who)
        stack.callback(program.close)
        third = program
    openings, said = openings_of(games)
    plan = Plan(games.games, terms, folder, games.seed, said)
    return Match(plan, seats[0], seats[1], openings, Referee(third, terms))


def play_out(played: Match, total: int, folder: str, as_json: bool) -> int:
    """Play the games that are missing, with a bar; print what came of all; the exit code."""
    from .progress import progress

    label, before = printable(folder, 200), played.found
    if before:
        print(f"darknet: {before} of {total} games are in {label}", file=sys.stderr)
    code = 0
    try:
        for _ in progress(played.run(), total - before, "Playing", played.status):
            pass
    except KeyboardInterrupt:
        code = 130
        done = len(played.result().games)
        print(
            f"darknet: interrupted: {done} of {total} games are in {label}; the same command goes"
            " on with them",
            file=sys.stderr,
        )
    result = played.result()
    print(json.dumps(result.to_dict(), indent=1) if as_json else result)
    return code
