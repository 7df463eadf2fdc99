"""Sources that are known by their bytes: zoo.toml has the SHA-256 of some, and how to feed them."""

from __future__ import annotations

import hashlib
import os

from ..errors import WeightsError, printable
from ..files import open_file
from ..zoo import Import, Model, models
from .recipe import Recipe

__all__ = ["file_sha256", "recipe_of", "recognised"]


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


def recognised(sha256: str) -> Model | None:
    """The model whose weights a file with this SHA-256 has, None where it is not known."""
    for model in models().values():
        if model.imported is not None and model.imported.sha256 == sha256:
            return model
    return None


def recipe_of(known: Import) -> Recipe:
    """How that file's network was fed, and its classes' order."""
    return Recipe(known.order, known.scale, known.mean, classes=known.classes)
