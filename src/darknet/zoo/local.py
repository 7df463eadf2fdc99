"""A model's weights on this machine: in the cache, else fetched into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..errors import InputError
from .cache import Cache
from .catalogue import Model

__all__ = ["weights_of", "without_sources"]


def weights_of(
    model: Model,
    *,
    progress: Callable[[int, int | None], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Path:
    """The file, downloaded when it is not there yet.

    One that is there is taken when its size is right: `darknet cache verify` reads all of it.
    `progress` hears (bytes, of how many) during a download, `tell` a line before it.

    Raises InputError for a model without published weights, DownloadError when there is no
    getting them.
    """
    cache = Cache.default()
    found = cache.find(model.file)
    if found is not None:
        return found
    if model.weights is None:
        raise InputError(f"{model.name}: {without_sources(model)}")
    from .download import fetch

    if tell is not None:
        tell(f"{model.file.name} is not in the cache ({cache.folder}) and is fetched")
    fetched = fetch(model.file, cache, check=model.check, progress=progress, tell=tell)
    return fetched.path


def without_sources(model: Model) -> str:
    """How to come by weights that cannot be downloaded, for a message."""
    if model.imported is not None:
        return (
            f"its weights are made from {model.imported.origin}: darknet import "
            f"{model.imported.file} makes them"
        )
    return (
        "no weights of it are published; name a file of your own "
        f"(darknet classify {model.name} MY.weights)"
    )
