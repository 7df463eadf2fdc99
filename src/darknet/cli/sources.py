"""Which photographs a command line means: files, folders, patterns, standard input."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import ImageError, printable

__all__ = ["expanded", "from_stdin"]

PROMPT = "Enter Image Path: "


def expanded(arguments: Sequence[str]) -> list[str]:
    """The files that the arguments name, in their order.

    A folder stands for the photographs in it and below, sorted; a pattern that no shell expanded
    (``'photos/*.jpg'``) for what it matches. A missing file stays, to be reported in its place.

    Raises ImageError for a folder or pattern without photographs.
    """
    found: list[str] = []
    for argument in arguments:
        if os.path.isdir(argument):
            found += _in_folder(argument)
        elif not os.path.lexists(argument) and glob.has_magic(argument):
            found += _matching(argument)
        else:
            found.append(argument)
    return found


def _in_folder(folder: str) -> list[str]:
    from ..image import EXTENSIONS

    files = sorted(
        os.path.join(where, name)
        for where, _, names in os.walk(folder)
        for name in names
        if Path(name).suffix.lower() in EXTENSIONS
    )
    if not files:
        kinds = ", ".join(sorted(EXTENSIONS))
        raise ImageError(f"{printable(folder, 200)}: no photographs in this folder ({kinds})")
    return files


def _matching(pattern: str) -> list[str]:
    files = sorted(name for name in glob.glob(pattern, recursive=True) if os.path.isfile(name))
    if not files:
        raise ImageError(f"{printable(pattern, 200)}: no file matches this pattern")
    return files


def from_stdin() -> Iterator[str]:
    """Paths, one a line, with Darknet's prompt where a person types them."""
    person = sys.stdin.isatty()
    while True:
        if person:
            print(PROMPT, end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            if person:
                print()
            return
        if line.strip():
            yield line.strip()
