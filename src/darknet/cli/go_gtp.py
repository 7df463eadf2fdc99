"""``darknet go gtp``: an engine for GoGui, Sabaki and whatever else speaks the Go Text Protocol."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from .. import __version__
from .go_options import (
    multi_option,
    network_options,
    note_on_resigning,
    one_network,
    open_policy,
    rules_option,
)
from .options import engine_options, old_flags
from .words import complete_network, own_weights

if TYPE_CHECKING:
    from ..engines import Precision
    from ..go.gtp import Session
    from ..go.policy import Policy

__all__ = ["gtp"]


@click.command(short_help="An engine for GoGui, Sabaki and other programs (GTP).")
@click.argument(
    "words",
    metavar="[CFG WEIGHTS | MODEL]",
    nargs=-1,
    type=click.Path(),
    shell_complete=complete_network,
)
@network_options
@multi_option
@rules_option
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
    metavar="N",
    help="The temperature counts in a game's first N moves alone; 0: in all.",
)
@click.option(
    "--resign",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="CHANCE",
    help="Resign where the chance to win is below this; 0: never.",
)
@click.option(
    "--assist", is_flag=True, help="A reader of ataris and ladders may overrule the network."
)
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Where chance begins.")
@click.option(
    "--override-version",
    metavar="TEXT",
    help="What version answers, for programs that insist on one.",
)
@engine_options
@old_flags
def gtp(
    words: tuple[str, ...],
    cfg: str | None,
    weights: str | None,
    engine: str,
    precision: Precision,
    threads: int,
    **given: Any,
) -> None:
    """Answer commands of the Go Text Protocol (version 2) on standard input.

    Standard output has the answers, and nothing else; whatever there is to tell goes to standard
    error. docs/go.md says how to set up GoGui, Sabaki and others, and lists the commands. Without
    a network the one that comes with the package plays.
    """
    with _ended_by_ctrl_c(), _protocol_output() as out:
        from ..go.gtp import Engine, LinesRead

        network, own = one_network(words, cfg, weights)
        policy = open_policy(
            network,
            own or own_weights(network),
            engine=engine,
            precision=precision,
            threads=threads,
        )
        with contextlib.closing(policy):
            session = _session(policy, Asked(**given))
            note_on_resigning(policy, given["resign"])
            rules, size = session.rules.name, session.board.size
            _tell(f"GTP engine: {session.version}, {size} lines, {rules}; quit ends it")
            Engine(session, out, _tell).run(LinesRead(sys.stdin.fileno()))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How the engine is to play."""

    multi: bool
    rules: str
    komi: float | None
    boardsize: int | None
    temperature: float
    temperature_moves: int
    resign: float
    assist: bool
    seed: int | None
    override_version: str | None


def _session(policy: Policy, asked: Asked) -> Session:
    from ..go.choice import Choice
    from ..go.gtp import Session
    from ..go.rules import rules_named

    choice = Choice(
        temperature=asked.temperature,
        temperature_moves=asked.temperature_moves,
        resign_below=asked.resign,
        symmetries=asked.multi,
        assist=asked.assist,
    )
    rules = rules_named(asked.rules)
    session = Session(
        policy, rules, komi=asked.komi, size=asked.boardsize, choice=choice, seed=asked.seed
    )
    session.version = asked.override_version or f"{__version__} {policy.name}"
    return session


def _tell(text: str) -> None:
    with contextlib.suppress(OSError):  # nobody reads stderr
        print(f"darknet: {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _ended_by_ctrl_c() -> Iterator[None]:
    """Ctrl-C ends the process there and then: there is nothing to keep.

    A KeyboardInterrupt that is raised while something is imported or collected can get lost, and
    an analysis without an end would go on.
    """
    try:
        before = signal.signal(signal.SIGINT, _end)
    except ValueError:  # not the main thread, which has the signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end(number: int, frame: object) -> None:
    with contextlib.suppress(OSError):
        os.write(2, b"darknet: interrupted\n")
    os._exit(130)


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
