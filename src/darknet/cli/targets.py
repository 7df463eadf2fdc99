"""Where a command may write: not over what it reads, and names that end as they should."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError, printable

__all__ = ["cfg_file", "check_ending"]


def cfg_file(word: str) -> str:
    """The file that a CFG word means: a model's name stands for the cfg in the package."""
    from ..zoo import find

    model = find(word)
    return word if model is None else str(model.cfg)


def check_ending(save: str, *endings: str, instead: str = "") -> None:
    """InputError where the name that --save gives ends in none of `endings` (".png").

    `instead` is what else would do, for the message.
    """
    if Path(save).suffix.lower() not in endings:
        expected = f"expected a name that ends in {' or '.join(endings)}{instead}"
        raise InputError(f"--save {printable(save, 200)}: {expected}")
