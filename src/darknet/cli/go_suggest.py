"""``darknet go suggest``: what the network would play in one position."""

from __future__ import annotations

import contextlib
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from .declared import declared, takes
from .go_network import NamedNetwork, Running
from .go_options import rules_option
from .options import json_option, old_flags
from .words import complete_network

if TYPE_CHECKING:
    from ..go.evaluation import Suggestion
    from ..go.rules import Rules
    from ..go.terminal.game import Game

__all__ = ["suggest"]

_COLOURS = {"b": 1, "black": 1, "w": -1, "white": -1}
DEFAULT_TOP = 10


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which position, and how many moves."""

    move: int | None = declared(
        click.option("--move", metavar="N", type=click.IntRange(0), help="The position after move "
                     "N of the SGF's main line. Default: its end.")
    )  # fmt: skip
    turn: str | None = declared(
        click.option("--turn", type=click.Choice(["black", "white"], case_sensitive=False),
                     help="Who is to move. Default: as the game says.")
    )  # fmt: skip
    size: int | None = declared(
        click.option("--size", type=click.IntRange(2, 25), metavar="N", help="Lines of the board, "
                     "for moves that are typed. Default: as the network was made for.")
    )  # fmt: skip
    rules: str = declared(rules_option)
    top: int = declared(
        click.option("-t", "--top", type=click.IntRange(1, 626), default=DEFAULT_TOP,
                     show_default=True, metavar="N", help="How many moves.")
    )  # fmt: skip


@click.command(short_help="What the network would play in a position.")
@click.argument("words", metavar="[CFG WEIGHTS | MODEL] [SGF | MOVE...]", nargs=-1,
                type=click.Path(allow_dash=True), shell_complete=complete_network)  # fmt: skip
@takes(NamedNetwork, "named")
@takes(Asked, "asked")
@takes(Running, "running")
@json_option
@old_flags
def suggest(
    words: tuple[str, ...], as_json: bool, named: NamedNetwork, asked: Asked, running: Running
) -> None:
    """Print the moves that the network finds most probable in a position, and how probable.

    The position is an SGF file ("-": standard input), or moves from the empty board on, such as
    D4 Q16 pass; a colour before a move (w C3) makes it that side's. Only legal moves are printed;
    their probabilities are as the network gave them. Without a network the one that comes with the
    package answers.
    """
    from ..go.evaluation import suggestions

    network, position = named.among(words)
    loaded = _loaded(position, asked)
    with contextlib.closing(running.open(network)) as policy:
        game = loaded or _typed(position, asked.size or policy.size, asked.rules)
        _go_to(game, asked)
        evaluation = policy.evaluate(game.board, symmetries=running.multi)
    moves = suggestions(evaluation, game.board, asked.top)
    if not as_json:
        _print(game, moves)
        return
    import json

    document = {
        "cfg": network.cfg,
        "weights": network.weights_here(),
        "source": position[0] if loaded else None,
        "rules": game.rules.name,
        "played": game.number,
        "symmetries": running.multi,
        **evaluation.to_dict(),
        "moves": [move.to_dict(game.board.size) for move in moves],  # the legal ones
    }
    print(json.dumps(document, indent=1))


def _loaded(position: tuple[str, ...], asked: Asked) -> Game | None:
    """The game of an SGF; None where moves were typed."""
    if not position or not _is_file(position[0]):
        if asked.move is not None:
            raise click.UsageError("--move is for an SGF", click.get_current_context())
        return None
    if len(position) > 1:
        words = "expected one SGF, or moves, and a network (CFG WEIGHTS, or a name)"
        raise click.UsageError(words, click.get_current_context())
    if asked.size is not None:
        raise click.UsageError("--size is for typed moves", click.get_current_context())
    from ..go.rules import rules_named
    from ..go.terminal.game import Game

    rules = rules_named(asked.rules)
    game = Game.load(position[0], rules) if position[0] != "-" else _from_stdin(rules)
    if game.note:
        print(f"Note: {game.note}.", file=sys.stderr)
    return game


def _is_file(word: str) -> bool:
    """A move has neither dots nor slashes."""
    return word == "-" or not word.isalnum()


def _from_stdin(rules: Rules) -> Game:
    from ..errors import RecordError
    from ..go.records import MAX_BYTES, parse_records
    from ..go.terminal.game import Game

    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise RecordError(f"-: larger than {MAX_BYTES:,} bytes; expected a game record (.sgf)")
    return Game.of(parse_records(data, "-", first_only=True)[0], rules)


def _typed(words: tuple[str, ...], size: int, rules: str) -> Game:
    """The game of typed moves. InputError and IllegalMoveError for what is none."""
    from ..go.coordinates import from_gtp
    from ..go.rules import rules_named
    from ..go.terminal.game import Game

    game = Game.begin(size, rules_named(rules))
    colour = None
    for word in _joined(words):
        if colour is None and word.lower() in _COLOURS:
            colour = _COLOURS[word.lower()]
            continue
        game.board.play(from_gtp(word, size), colour)
        colour = None
    if colour is not None:
        raise click.UsageError(f"a move is missing after {words[-1]}", click.get_current_context())
    return game


def _joined(words: tuple[str, ...]) -> list[str]:
    """The moves; a letter and the number after it, as suggestions are printed (Q 4), are one."""
    return re.sub(r"(?<!\S)([A-Za-z])\s+([0-9]+)(?!\S)", r"\1\2", " ".join(words)).split()


def _go_to(game: Game, asked: Asked) -> None:
    if asked.move is not None:
        game.goto(asked.move)
    if asked.turn is not None and _COLOURS[asked.turn] != game.board.to_move:
        game.edit({}, _COLOURS[asked.turn])


def _side(game: Game) -> str:
    return "black" if game.board.to_move == _COLOURS["black"] else "white"


def _print(game: Game, moves: list[Suggestion]) -> None:
    """The suggestions as DarkGo prints them."""
    from ..go.terminal.screen import listed

    moves_made = "1 move" if game.number == 1 else f"{game.number} moves"
    print(f"{_side(game).capitalize()} to move, after {moves_made}")
    print("\n".join(listed(moves, game.board.size)))
