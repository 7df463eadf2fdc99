"""Where a command may write: not over what it reads, and names that end as they should."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import InputError, printable

__all__ = ["cfg_file", "check_ending", "check_target"]


def cfg_file(word: str) -> str:
    """The file that a CFG word means: a model's name stands for the cfg in the package."""
    from ..zoo import find

    model = find(word)
    return word if model is None else str(model.cfg)


def check_ending(flag: str, path: str, *endings: str, instead: str = "") -> None:
    """InputError where the name that `flag` (--save) gives ends in none of `endings` (".png").

    `instead` is what else would do, for the message.
    """
    if Path(path).suffix.lower() not in endings:
        expected = f"expected a name that ends in {' or '.join(endings)}{instead}"
        raise InputError(f"{flag} {printable(path, 200)}: {expected}")


def check_target(flag: str, path: str, *endings: str, inputs: Iterable[str] = ()) -> None:
    """InputError, before the work, for what could not be written after it.

    That is a name that ends in none of `endings`, if there are any, one of the files that are
    read, a folder, and a file in a folder that is not there or cannot be written to.
    """
    from ..files import is_device, refuse_inputs

    if endings:
        check_ending(flag, path, *endings)
    refuse_inputs(path, inputs, f"give {flag} another name")
    said, folder = f"{flag} {printable(path, 200)}", Path(path).resolve().parent
    if not path or os.path.isdir(path):
        raise InputError(f"{said}: expected a file's name, not a folder")
    if not folder.is_dir():
        raise InputError(f"{said}: its folder does not exist")
    if not is_device(path) and not os.access(folder, os.W_OK):
        raise InputError(f"{said}: {printable(str(folder), 200)} cannot be written to")
