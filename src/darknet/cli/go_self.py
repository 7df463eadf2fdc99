"""``darknet go self``: a network plays itself, and the games are written."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import click

from ..errors import InputError, printable
from .declared import takes
from .go_match import Games, openings_of, said_choice, terms_of, watched
from .go_network import NamedNetwork, Running, note_on_resigning, said_of
from .numbers import FloatRange
from .options import json_option, old_flags
from .targets import check_target
from .words import complete_network

__all__ = ["self_"]


@click.command("self", short_help="A network plays itself; the games are written as SGF.")
@click.argument("words", metavar="[CFG WEIGHTS | MODEL]", nargs=-1, type=click.Path(),
                shell_complete=complete_network)  # fmt: skip
@click.option("-o", "--out", default="self", show_default=True, metavar="FOLDER",
              type=click.Path(file_okay=False), help="Where the games are written.")  # fmt: skip
@click.option("--packed", metavar="FILE", help="All games in one packed file too (.bin, .bin.xz; "
              "19 lines).")  # fmt: skip
@click.option("--temperature", type=FloatRange(0), default=1.0, show_default=True,
              help="0 plays the most probable move, 1 draws by probability.")  # fmt: skip
@takes(Games, "games")
@takes(NamedNetwork, "named")
@takes(Running, "running")
@json_option
@old_flags
def self_(
    words: tuple[str, ...],
    out: str,
    packed: str | None,
    temperature: float,
    as_json: bool,
    named: NamedNetwork,
    running: Running,
    games: Games,
) -> int:
    """Let a network play itself, and print who won how often.

    Every game is written to --out as SGF when it is over; the same command goes on with what was
    ended. Moves are drawn by --temperature at first, so that games differ. Two networks play each
    other with darknet go match.
    """
    from ..go.match import Plan
    from ..go.selfplay import SelfPlay, write_games

    network = named.of(words, "; two networks play each other with darknet go match")
    terms = terms_of(games)
    if packed is not None:
        _check_packed(packed, games.size)
    choice = games.choice(temperature, multi=running.multi)
    openings, said = openings_of(games, default=0)
    policy = running.open(network)
    policy.check_size(games.size)
    note_on_resigning(policy, choice.resign_below)
    players = f"{said_of(network)} | {said_choice(choice)}"
    plan = Plan(games.games, terms, Path(out), games.seed, said, players)
    with contextlib.closing(policy):
        played = SelfPlay(plan, policy, choice, openings)
        code = watched(played, games.games, out)
    result = played.summary()
    if packed is not None and result.games:  # nothing does not write over something
        write_games(plan, result.games, packed)
    print(json.dumps(result.to_dict(), indent=1) if as_json else result)
    return code


def _check_packed(path: str, size: int) -> None:
    if not path.endswith((".bin", ".bin.xz")):
        raise InputError(
            f"--packed {printable(path, 200)}: expected a name ending in .bin, .bin.xz"
        )
    if size != 19:
        raise InputError(f"--packed {printable(path, 200)}: holds boards of 19 lines, not {size}")
    check_target("--packed", path)
