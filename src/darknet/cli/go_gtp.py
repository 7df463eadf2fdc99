"""``darknet go gtp``: an engine for GoGui, Sabaki and whatever else speaks the Go Text Protocol."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from .. import __version__
from .declared import declared, takes
from .go_network import NamedNetwork, Running, note_on_resigning
from .go_options import Choosing, rules_option
from .options import old_flags
from .words import complete_network

if TYPE_CHECKING:
    from ..go.choice import Choice
    from ..go.gtp import Session
    from ..go.policy import Policy

__all__ = ["gtp"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The games to play, until the controller says otherwise."""

    rules: str = declared(rules_option)
    komi: float | None = declared(
        click.option("--komi", type=float, metavar="POINTS", help="Default: that of the rules.")
    )
    boardsize: int | None = declared(
        click.option("--boardsize", type=int, metavar="LINES",
                     help="Default: that of the network.")
    )  # fmt: skip
    override_version: str | None = declared(
        click.option("--override-version", metavar="TEXT",
                     help="What version answers, for programs that insist on one.")
    )  # fmt: skip


@click.command(short_help="An engine for GoGui, Sabaki and other programs (GTP).")
@click.argument(
    "words",
    metavar="[CFG WEIGHTS | MODEL]",
    nargs=-1,
    type=click.Path(),
    shell_complete=complete_network,
)
@takes(NamedNetwork, "named")
@takes(Running, "running")
@takes(Asked, "asked")
@takes(Choosing, "choosing")
@old_flags
def gtp(
    words: tuple[str, ...],
    named: NamedNetwork,
    running: Running,
    asked: Asked,
    choosing: Choosing,
) -> None:
    """Answer commands of the Go Text Protocol (version 2) on standard input.

    Standard output has the answers, and nothing else; whatever there is to tell goes to standard
    error. docs/go.md says how to set up GoGui, Sabaki and others, and lists the commands. Without
    a network the one that comes with the package plays.
    """
    with _ended_by_ctrl_c(), _protocol_output() as out:
        from ..go.gtp import Engine, LinesRead

        with contextlib.closing(running.open(named.of(words))) as policy:
            session = _session(policy, asked, choosing.choice(multi=running.multi), choosing.seed)
            note_on_resigning(policy, choosing.resign)
            rules, size = session.rules.name, session.board.size
            _tell(f"GTP engine: {session.version}, {size} lines, {rules}; quit ends it")
            Engine(session, out, _tell).run(LinesRead(sys.stdin.fileno()))


def _session(policy: Policy, asked: Asked, choice: Choice, seed: int | None) -> Session:
    from ..go.gtp import Session
    from ..go.rules import rules_named

    rules = rules_named(asked.rules)
    session = Session(
        policy, rules, komi=asked.komi, size=asked.boardsize, choice=choice, seed=seed
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
