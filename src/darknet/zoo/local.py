"""A model's weights on this machine: in the package, in the cache, else fetched into that."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, WeightsError, printable
from .cache import Cache
from .catalogue import Model, Shipped, named

if TYPE_CHECKING:
    from .download import Fetched

__all__ = ["default_model", "fetch_model", "verified", "weights_of", "without_sources"]

PREFERRED, EMBEDDED = "tiny", "tiny-cifar"
"""The network where none is named, if its weights are in the cache; and the one that always is."""


def default_model() -> tuple[Model, str]:
    """The network to take where none is named, and a line that says which, and how to choose.

    Nothing is downloaded: it is Tiny Darknet (ImageNet's 1000 classes) where its weights are in
    the cache, else the network whose weights come with the package.
    """
    model = named(PREFERRED)
    if Cache.default().find(model.file) is not None:
        return model, _answers(model, "from the cache", "darknet models lists others")
    others = f"darknet models lists others, darknet pull {PREFERRED} makes that the default"
    return named(EMBEDDED), _answers(named(EMBEDDED), "from the package", others)


def _answers(model: Model, where: str, others: str) -> str:
    return f"no network is named: {model.name} answers, {where} (classes: {model.names}); {others}"


def weights_of(
    model: Model,
    *,
    progress: Callable[[int, int | None], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Path:
    """The file, downloaded when it is not there yet.

    One that is there is taken when its size is right, and read only where it was changed since it
    was noted: `darknet cache verify` reads all of it.
    `progress` hears (bytes, of how many) during a download, `tell` a line before it. What comes
    with the package is never looked for elsewhere.

    Raises InputError for a model without published weights, DownloadError when there is no
    getting them, WeightsError where the package lacks what comes with it.
    """
    if model.shipped is not None:
        return _checked(model.shipped)
    cache = Cache.default()
    found = cache.find(model.file)
    if found is not None:
        return found
    from .download import is_offline

    absent = not os.path.lexists(cache.path(model.file.name))  # of another one `fetch_model` tells
    if tell is not None and absent and model.weights is not None and not is_offline():
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

    Nor does a server get to send more of them than that. What comes with the package is read and
    compared, never fetched.
    """
    from .download import Fetched, Settings, fetch

    if model.shipped is not None:
        given = model.shipped
        return Fetched(verified(model), given.size, given.sha256, True, "present", "the package")
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


def verified(model: Model) -> Path:
    """A file that comes with the package, read and compared; WeightsError when it is not right."""
    path = weights_of(model)
    found = Cache(path.parent).examine(model.file)
    if found.state != "right":
        raise WeightsError(_broken(path, found.why))
    return path


def _checked(shipped: Shipped) -> Path:
    """The file, which is there and has its size. Its bytes are not read."""
    path = shipped.path
    try:
        size = path.stat().st_size
    except OSError as problem:
        raise WeightsError(_broken(path, f"cannot be read: {problem.strerror}")) from None
    if size != shipped.size:
        raise WeightsError(_broken(path, f"has {size:,} bytes, expected {shipped.size:,}"))
    return path


def _broken(path: Path, why: str) -> str:
    shown = printable(str(path), 200)
    return f"{shown}: {why}; it comes with the package: install that again"


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
