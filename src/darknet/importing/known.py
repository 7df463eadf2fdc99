"""Sources that are known by their bytes: zoo.toml has the SHA-256 of some, and how to feed them."""

from __future__ import annotations

from ..zoo import Import, Model, models
from .recipe import Recipe

__all__ = ["recipe_of", "recognised"]


def recognised(sha256: str) -> Model | None:
    """The model whose weights a file with this SHA-256 has, None where it is not known."""
    for model in models().values():
        if model.imported is not None and model.imported.sha256 == sha256:
            return model
    return None


def recipe_of(known: Import) -> Recipe:
    """How that file's network was fed, and its classes' order."""
    return Recipe(known.order, known.scale, known.mean, classes=known.classes)
