"""Commands about the engine itself."""

from __future__ import annotations

import time

from .registry import COMMANDS, command
from .session import NAME, Session
from .words import Words

__all__: list[str] = []


@command("protocol_version")
def protocol_version(session: Session, words: Words) -> str:
    """The version of the protocol."""
    words.none_after(0)
    return "2"


@command("name")
def name(session: Session, words: Words) -> str:
    """The engine's name."""
    words.none_after(0)
    return NAME


@command("version")
def version(session: Session, words: Words) -> str:
    """The version of the program, and the network."""
    words.none_after(0)
    return session.version


@command("known_command")
def known_command(session: Session, words: Words) -> str:
    """Whether there is a command of this name."""
    found = words.text(0, "a command").lower() in COMMANDS
    words.none_after(1)
    return "true" if found else "false"


@command("list_commands", "help")
def list_commands(session: Session, words: Words) -> str:
    """All commands, one a line."""
    words.none_after(0)
    return "\n".join(sorted(COMMANDS))


@command("quit")
def quit_(session: Session, words: Words) -> str:
    """The end; this is still answered."""
    session.over = True
    return ""


@command("cputime", "gomill-cpu_time")
def cputime(session: Session, words: Words) -> str:
    """The processor time taken so far, in seconds."""
    words.none_after(0)
    return f"{time.process_time():.3f}"


@command("gomill-describe_engine")
def describe_engine(session: Session, words: Words) -> str:
    """Some lines about the engine."""
    words.none_after(0)
    return (
        f"{NAME} {session.version}\n{session.policy.runner.describe()}\nA policy network; no search"
    )


@command("echo")
def echo(session: Session, words: Words) -> str:
    """The words again, as GNU Go does."""
    return " ".join(words)


@command("clear_cache", "stop", "gogui-interrupt")
def nothing(session: Session, words: Words) -> str:
    """Nothing is kept, or goes on between commands; a line interrupts an analysis."""
    words.none_after(0)
    return ""
