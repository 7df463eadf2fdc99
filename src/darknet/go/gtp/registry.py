"""The commands: functions of a session and the words of a line, collected by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from .session import Session
from .words import Words

__all__ = ["COMMANDS", "Answer", "Handler", "command"]

Answer = str | Iterator[str]
"""The text of a reply, or its lines as they come."""
Handler = Callable[[Session, Words], Answer]
H = TypeVar("H", bound=Callable[[Session, Words], object])

COMMANDS: dict[str, Handler] = {}
"""Every command by name; an InputError that it raises is the text of a refusal."""


def command(*names: str) -> Callable[[H], H]:
    """A function as the command of these names; ValueError where one is taken."""

    def register(handler: H) -> H:
        for name in names:
            if name in COMMANDS:
                raise ValueError(f"two commands are called {name}")
            COMMANDS[name] = handler  # type: ignore[assignment]
        return handler

    return register
