"""Which photographs a command line means: files, folders, patterns, standard input."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ..errors import ImageError, InputError, Unreadable, printable

if TYPE_CHECKING:
    from ..archive import Encoded

__all__ = ["STDIN", "expanded", "from_stdin", "stdin_bytes"]

STDIN = "-"
PROMPT = "Enter Image Path: "
MAX_LINE = 65_536  # characters of a path


def expanded(arguments: Sequence[str]) -> list[str | Unreadable]:
    """The files that the arguments name, in their order.

    A folder stands for the photographs in it and below, sorted; a pattern that no shell expanded
    (``'photos/*.jpg'``) for what it matches. A missing file stays, to be reported in its place;
    so does a folder or pattern without photographs, which costs the others nothing.
    """
    found: list[str | Unreadable] = []
    for argument in arguments:
        try:
            found += _meant(argument)
        except ImageError as error:
            found.append(Unreadable(argument, error))
    return found


def _meant(argument: str) -> list[str]:
    """What one argument stands for; ImageError for a folder or pattern without photographs."""
    if os.path.isdir(argument):
        return _in_folder(argument)
    if not os.path.lexists(argument) and glob.has_magic(argument):
        return _matching(argument)
    return [argument]


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

    InputError when what comes is no text (a photograph's bytes, most likely), or when a program
    sends none: whatever was to find the photographs found nothing.
    """
    person, any_came = sys.stdin.isatty(), False
    while True:
        if person:
            print(PROMPT, end="", file=prompt_on, flush=True)
        line = sys.stdin.readline(MAX_LINE)
        if not line:
            if person:
                print(file=prompt_on)
            elif not any_came:
                raise InputError("no IMAGE is given, and standard input has no paths of any")
            return
        if "\0" in line or len(line) == MAX_LINE:
            raise InputError("standard input has no paths; for a photograph's bytes say - as IMAGE")
        if line.strip():
            any_came = True
            yield line.strip()


def stdin_bytes() -> Encoded:
    """The photograph on standard input (the argument ``-``); ImageError when it is too large."""
    from ..archive import Encoded
    from ..image import MAX_BYTES

    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ImageError(f"{STDIN}: larger than {MAX_BYTES:,} bytes; expected a photograph")
    return Encoded.named(data, STDIN)
