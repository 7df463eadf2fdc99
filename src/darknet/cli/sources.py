"""Which photographs a command line means: files, folders, patterns, standard input."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from ..errors import ImageError, InputError, printable

__all__ = ["expanded", "from_stdin", "stdin_bytes"]

PROMPT = "Enter Image Path: "
MAX_LINE = 65_536  # characters of a path


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

    def refused(problem: OSError) -> None:
        name = printable(str(problem.filename), 200)
        raise ImageError(f"{name}: cannot be read: {problem.strerror}")

    files = sorted(
        os.path.join(where, name)
        for where, _, names in os.walk(folder, onerror=refused)
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


def from_stdin(prompt_on: TextIO) -> Iterator[str]:
    """Paths, one a line; Darknet's prompt goes to `prompt_on` where a person types them.

    InputError when what comes is no text: a photograph's bytes, most likely.
    """
    person = sys.stdin.isatty()
    while True:
        if person:
            print(PROMPT, end="", file=prompt_on, flush=True)
        line = sys.stdin.readline(MAX_LINE)
        if not line:
            if person:
                print(file=prompt_on)
            return
        if "\0" in line or len(line) == MAX_LINE:
            raise InputError("standard input has no paths; for a photograph's bytes say - as IMAGE")
        if line.strip():
            yield line.strip()


def stdin_bytes() -> bytes:
    """The photograph on standard input (the argument ``-``); ImageError when it is too large."""
    from ..image import MAX_BYTES

    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ImageError(f"-: larger than {MAX_BYTES:,} bytes; expected a photograph")
    return data
