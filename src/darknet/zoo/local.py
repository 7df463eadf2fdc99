"""A model's weights on this machine: in the cache, else fetched into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .cache import Cache
from .catalogue import Model

if TYPE_CHECKING:
    from .download import Fetched

__all__ = ["fetch_model", "weights_of", "without_sources"]


def weights_of(
    model: Model,
    *,
    progress: Callable[[int, int | None], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Path:
    """The file, downloaded when it is not there yet.

    One that is there is taken when its size is right, and read only where it was changed since it
    was noted: `darknet cache verify` reads all of it.
    `progress` hears (bytes, of how many) during a download, `tell` a line before it.

    Raises InputError for a model without published weights, DownloadError when there is no
    getting them.
    """
    cache = Cache.default()
    found = cache.find(model.file)
    if found is not None:
        return found
    from .download import is_offline

    if tell is not None and model.weights is not None and not is_offline():
        tell(f"{model.file.name} is not in the cache ({cache.folder}) and is fetched")
    return fetch_model(model, progress=progress, tell=tell).path


def fetch_model(
    model: Model,
    *,
    offline: bool | None = None,
    force: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Fetched:
    """`download.fetch` for a model: a file without a checksum must have its network's floats.

    Nor does a server get to send more of them than that.
    """
    from .download import Settings, fetch

    if model.weights is None:
        raise InputError(f"{model.name}: {without_sources(model)}")
    settings = Settings()
    if model.file.sha256 is None:
        settings = replace(settings, largest=model.network().weights_bytes)
    return fetch(
        model.file,
        check=model.check,
        offline=offline,
        force=force,
        settings=settings,
        progress=progress,
        tell=tell,
    )


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
