"""Options of the command line as the fields of a frozen dataclass.

::

    @dataclass(frozen=True, kw_only=True)
    class Pace:
        rate: float | None = declared(click.option("--rate", type=float, help="Size of a step."))

    @click.command()
    @takes(Pace, "pace")
    def walk(pace: Pace) -> int: ...

So several commands share options, in the order in which they are declared, and what was given has
types. A field is called as click calls its option.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

__all__ = ["declared", "flags_of", "takes"]

F = TypeVar("F", bound=Callable[..., Any])


def declared(option: Callable[[Any], Any]) -> Any:
    """A field that is given as this option (what ``click.option`` returns)."""
    return dataclasses.field(metadata={"option": option})


def takes(cls: type[Any], name: str) -> Callable[[F], Callable[..., Any]]:
    """Give a command the options of `cls`; it gets them as its parameter `name`."""

    def decorate(command: F) -> Callable[..., Any]:
        @functools.wraps(command)
        def called(*words: Any, **given: Any) -> Any:
            own = {field.name: given.pop(field.name) for field in dataclasses.fields(cls)}
            return command(*words, **given, **{name: cls(**own)})

        for field in reversed(dataclasses.fields(cls)):
            field.metadata["option"](called)
        return called

    return decorate


def flags_of(cls: type[Any]) -> Mapping[str, str]:
    """How the option of every field is written: ``--rate``."""
    return {field.name: _parameter(field).opts[0] for field in dataclasses.fields(cls)}


def _parameter(field: dataclasses.Field[Any]) -> click.Parameter:
    def command() -> None: ...

    field.metadata["option"](command)
    found: click.Parameter = command.__click_params__[0]  # type: ignore[attr-defined]
    return found
