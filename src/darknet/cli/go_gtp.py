"""``darknet go gtp``: an engine for GoGui, Sabaki and whatever else speaks the Go Text Protocol."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from .options import engine_options, old_flags
from .words import complete_network, network_words, own_weights

if TYPE_CHECKING:
    from ..engines import Precision, Settings
    from ..go.gtp import Session
    from ..go.policy import Policy

__all__ = ["gtp"]


@click.command(short_help="An engine for GoGui, Sabaki and other programs (GTP).")
@click.argument(
    "words", metavar="[CFG WEIGHTS | MODEL]", nargs=-1, type=click.Path(),
    shell_complete=complete_network,
)  # fmt: skip
@click.option(
    "--multi", "-multi", is_flag=True, help="Average the eight turns and flips of every position."
)
@click.option(
    "--rules",
    default="chinese",
    show_default=True,
    metavar="NAME",
    help="tromp-taylor, chinese, japanese, korean, aga or new-zealand.",
)
@click.option("--komi", type=float, metavar="POINTS", help="Default: that of the rules.")
@click.option("--boardsize", type=int, metavar="LINES", help="Default: that of the network.")
@click.option(
    "--temperature",
    type=click.FloatRange(0, 100),
    default=0.0,
    show_default=True,
    help="0: the most probable move; 1: moves by their probability.",
)
@click.option(
    "--temperature-moves",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="N",
    help="Only in a game's first N moves; 0: in all.",
)
@click.option(
    "--resign",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    metavar="CHANCE",
    help="Resign where the chance to win is below this; 0: never.",
)
@click.option("--assist", is_flag=True, help="Look for captures and ladders besides.")
@click.option("--seed", type=int, help="Where chance begins; the same seed plays the same.")
@engine_options
@old_flags
def gtp(
    words: tuple[str, ...],
    multi: bool,
    rules: str,
    komi: float | None,
    boardsize: int | None,
    temperature: float,
    temperature_moves: int,
    resign: float,
    assist: bool,
    seed: int | None,
    engine: str,
    precision: Precision,
    threads: int,
) -> None:
    """Answer commands of the Go Text Protocol (version 2) on standard input.

    Standard output has the answers, and nothing else; whatever there is to tell goes to standard
    error. docs/go.md says how to set up GoGui, Sabaki and others, and lists the commands.
    """
    with _protocol_output() as out:
        from ..engines import Settings
        from ..go.choice import Choice
        from ..go.gtp import Engine, LinesRead, Session
        from ..go.rules import rules_named

        named = rules_named(rules)
        choice = Choice(
            temperature=temperature,
            temperature_moves=temperature_moves,
            resign_below=resign,
            symmetries=multi,
            assist=assist,
        )
        with contextlib.closing(_policy(words, engine, Settings(precision, threads))) as policy:
            session = Session(policy, named, komi=komi, size=boardsize, choice=choice, seed=seed)
            _greet(session)
            Engine(session, out, _tell).run(LinesRead(sys.stdin.fileno()))


def _policy(words: tuple[str, ...], engine: str, settings: Settings) -> Policy:
    from ..go.policy import Policy, default_policy

    if words:
        cfg, weights, more = network_words(words)
        if more:
            context = click.get_current_context(silent=True)
            raise click.UsageError(f"Got unexpected extra argument ({more[0]})", context)
        weights = weights or own_weights(cfg)
    else:
        cfg, weights = default_policy()
    return Policy.load(cfg, weights, engine=engine, settings=settings)


def _tell(text: str) -> None:
    with contextlib.suppress(OSError):  # nobody reads stderr
        print(f"darknet: {text}", file=sys.stderr, flush=True)


def _greet(session: Session) -> None:
    """One line for a person who types commands, or who looks at what a GUI shows of stderr."""
    rules = session.rules.name
    _tell(f"GTP engine: {session.version}, {session.board.size} lines, {rules}; quit ends it")


@contextlib.contextmanager
def _protocol_output() -> Iterator[io.FileIO]:
    """Standard output for the protocol alone: what anything else prints there goes to stderr.

    That holds for libraries in C too, as the file descriptors are changed.
    """
    before = sys.stdout
    before.flush()
    descriptor = before.fileno()
    kept = os.dup(descriptor)
    try:
        os.dup2(sys.stderr.fileno(), descriptor)
        sys.stdout = sys.stderr
        yield io.FileIO(kept, "wb", closefd=False)
    except BrokenPipeError:  # of which click would make exit code 1
        raise click.exceptions.Exit(141) from None
    finally:
        sys.stdout = before
        os.dup2(kept, descriptor)
        os.close(kept)
