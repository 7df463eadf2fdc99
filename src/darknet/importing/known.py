"""Sources that are known by their bytes: the one seam between importing and the catalogue.

The catalogue (``darknet.zoo``, where it is there) says for a file's SHA-256 which cfg it is for
and how its network was fed.
"""

from __future__ import annotations

import hashlib
import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ..errors import WeightsError, printable
from ..files import open_file
from .recipe import Recipe

__all__ = ["file_sha256", "recognised"]

_ZOO = f"{__package__.rpartition('.')[0]}.zoo"


def file_sha256(path: str | os.PathLike[str]) -> str:
    """The SHA-256 of a file, in hexadecimal; read in pieces."""
    with open_file(path, "weights to import", WeightsError) as file:
        try:
            digest = hashlib.sha256()
            while piece := file.read(2**20):
                digest.update(piece)
            return digest.hexdigest()
        except OSError as problem:
            label = printable(os.fspath(path), 200)
            raise WeightsError(f"{label}: cannot be read: {problem.strerror}") from None


def recognised(sha256: str) -> tuple[Path, Recipe] | None:
    """The cfg and the recipe of a file with this SHA-256, None where it is not known.

    Expects of the catalogue ``import_record(sha256) -> (cfg path, import table) | None``, the
    table being the model's ``import = { sha256 = ..., order = "bgr", scale = 255.0, ... }``.
    """
    if find_spec(_ZOO) is None:
        return None
    look_up = getattr(import_module(_ZOO), "import_record", None)
    record = look_up(sha256) if look_up else None
    if record is None:
        return None
    cfg, table = record
    return Path(cfg), Recipe.from_table(table, "zoo.toml")
