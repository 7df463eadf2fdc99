"""What is known of every section, for people and documentation: read off the declarations."""

from __future__ import annotations

import inspect
from typing import Any

from .layers import ALEXEYAB, PJREDDIE, Layer, NetSection, sections
from .options import options_of

__all__ = ["describe", "section_class", "section_names"]


def section_names() -> tuple[str, ...]:
    """The main name of every section, [net] first, then alphabetically."""
    return ("net", *sorted({cls.names[0] for cls in sections().values()}))


def section_class(name: str) -> type[Layer] | type[NetSection] | None:
    """The declaration of a section or alias, None for an unknown one."""
    return NetSection if name in NetSection.names_in_file else sections().get(name)


def describe(name: str) -> dict[str, Any]:
    """Help, aliases, forks and options of a section, as JSON values; KeyError when unknown."""
    cls = section_class(name)
    if cls is None:
        raise KeyError(name)
    names = NetSection.names_in_file if issubclass(cls, NetSection) else cls.names
    return {
        "section": names[0],
        "aliases": list(names[1:]),
        "help": inspect.cleandoc(cls.__doc__ or ""),
        "forks": [PJREDDIE, ALEXEYAB] if issubclass(cls, NetSection) else list(cls.forks),
        "options": [
            {
                "key": option.key,
                "kind": option.kind,
                "help": option.help,
                "required": option.required,
                "default": None if option.required else option.format(option.default),
                "bounds": option.bounds,
                "choices": list(option.choices),
                "fork": option.fork,
                "ignored": option.ignored,
            }
            for option in options_of(cls).values()
        ],
    }
