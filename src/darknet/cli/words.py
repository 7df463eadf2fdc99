"""Which network a command line means: a cfg and its weights, or a model's name alone."""

from __future__ import annotations

import contextlib
import glob
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from ..errors import ImageError, InputError, WeightsError, printable
from ..files import PHOTOGRAPHS, open_file
from .progress import ByteBar

if TYPE_CHECKING:
    from ..api import Net

__all__ = [
    "complete_network",
    "network_or_default",
    "network_words",
    "own_weights",
    "refuse_network",
    "say_loaded",
    "weights_file",
]

_WEIGHTS_SUFFIX = ".weights"


def network_words(words: Sequence[str]) -> tuple[str, str | None, tuple[str, ...]]:
    """(cfg or model name, weights file, the other words); weights None: the model's own.

    ``CFG WEIGHTS ...`` as in C; ``MODEL ...`` takes the model's own weights, and
    ``MODEL mine.weights ...`` others for the same network: a word that ends so, or any file that
    begins as weights do (Darknet's own checkpoints are called tiny.backup). Raises click's usage
    error.
    """
    from ..zoo import check_word, find

    context = click.get_current_context(silent=True)
    if not words:
        raise click.UsageError("Missing argument 'CFG' or 'MODEL'", context)
    first, rest = words[0], tuple(words[1:])
    check_word(first)
    if find(first) is not None and not (rest and _is_weights(rest[0])):
        return first, None, rest
    if not rest:
        raise click.UsageError("Missing argument 'WEIGHTS'", context)
    return first, rest[0], rest[1:]


def network_or_default(words: Sequence[str]) -> tuple[str, str | None, tuple[str, ...]]:
    """As `network_words`, but for photographs alone the default network, which is told on stderr.

    Raises click's usage error also where photographs stand before a network.
    """
    context = click.get_current_context(silent=True)
    if not words:
        raise click.UsageError("Missing argument 'CFG', 'MODEL' or 'IMAGE'", context)
    if not _is_photograph(words[0]):
        return network_words(words)
    late = next((word for word in words[1:] if _is_network(word)), None)
    if late is not None:
        order = f"{printable(late)} comes before {printable(words[0])}"
        raise click.UsageError(f"a network comes before the photographs: {order}", context)
    from ..zoo.local import default_model
    from .pull import tell

    model, line = default_model()
    tell(line)
    return model.name, None, tuple(words)


def refuse_network(data: str, order: str) -> None:
    """InputError for a network where photographs are expected; `order` says what comes first."""
    if _is_network(data) and not os.path.isdir(data):
        raise InputError(
            f"{printable(data, 200)}: is a network, where photographs are expected ({order}); did "
            "you swap them?"
        )


def _is_photograph(word: str) -> bool:
    """True for what names photographs, there or not, and no network.

    That is a photograph's suffix, a folder, ``-``, a pattern, and a file of another name that
    begins as a picture does. A model's name means the model also where a folder is called so.
    """
    from ..mismatch import is_picture
    from ..zoo import find

    if find(word) is not None or word.endswith(".cfg"):
        return False
    if word == "-" or os.path.splitext(word)[1].lower() in PHOTOGRAPHS or os.path.isdir(word):
        return True
    if os.path.isfile(word):
        with open_file(word, "a photograph", ImageError) as file:
            return is_picture(file.read(1024))
    return glob.has_magic(word)


def _is_network(word: str) -> bool:
    from ..zoo import find

    if os.path.splitext(word)[1].lower() in (".cfg", _WEIGHTS_SUFFIX):
        return True
    return find(word) is not None and not os.path.lexists(word)


def _is_weights(word: str) -> bool:
    suffix = os.path.splitext(word)[1].lower()
    if suffix == _WEIGHTS_SUFFIX or suffix in PHOTOGRAPHS or not os.path.isfile(word):
        return suffix == _WEIGHTS_SUFFIX
    from ..mismatch import not_weights
    from ..weights import Header

    with open_file(word, "a .weights file", WeightsError) as file:
        start = file.read(1024)
    try:
        Header.parse(start, word)
    except WeightsError:
        return False
    return not not_weights(start, os.path.getsize(word))


def complete_network(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """For a shell: models' names where the network stands, then files."""
    from ..zoo import models

    names = [] if context.params.get("words") else [n for n in models() if n.startswith(incomplete)]
    return [*map(CompletionItem, names), CompletionItem(incomplete, type="file")]


def weights_file(word: str) -> str:
    """The file that a WEIGHTS word means: a model's name stands for the model's own."""
    from ..zoo import find

    return own_weights(word) if find(word) is not None else word


def own_weights(name: str) -> str:
    """The path of a model's own weights, fetched (with a bar) when they are not in the cache."""
    from ..zoo import named
    from ..zoo.local import weights_of
    from .pull import tell

    model = named(name)
    with contextlib.closing(ByteBar(model.file.name)) as bar:
        return str(weights_of(model, progress=bar, tell=tell))


def say_loaded(net: Net, weights: str) -> None:
    """What -v says of a network: the layer table, and C's line about its weights."""
    from ..table import table

    print(table(net.network), file=sys.stderr)
    print(f"Loading weights from {printable(weights, 200)}...Done!", file=sys.stderr)
