"""What the commands of ``darknet go`` share: which network is meant, and how it is loaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import printable
from .go_options import multi_option, open_policy
from .options import engine_options
from .words import network_words, own_weights

if TYPE_CHECKING:
    from ..engines import Precision
    from ..go.policy import Policy

__all__ = [
    "Contestant",
    "contestants",
    "is_network",
    "load_policy",
    "network_and",
    "policy_options",
    "policy_words",
    "said_of",
]

F = TypeVar("F", bound=Callable[..., Any])


def policy_options(command: F) -> F:
    """--multi, --engine, --precision, --threads."""
    return multi_option(engine_options(command))


def is_network(word: str) -> bool:
    """True for a word that begins a network: a .cfg, or a model's name that is no file here."""
    from ..zoo import find

    return word.endswith(".cfg") or (find(word) is not None and not os.path.exists(word))


def policy_words(words: Sequence[str]) -> tuple[str, str | None, tuple[str, ...]]:
    """(cfg or model, weights, the other words); without any words the network that we ship."""
    if words:
        return network_words(words)
    from ..go.policy import default_policy

    cfg, weights = default_policy()
    return cfg, weights, ()


def network_and(what: str, words: Sequence[str]) -> tuple[str, str | None, str]:
    """(cfg or model, weights, `what`), which comes before the network or, as in C, after it.

    Raises click's usage error where it is missing, or words are left.
    """
    context = click.get_current_context()
    if words and is_network(words[0]):
        cfg, weights, (*rest,) = policy_words(words)
    else:
        cfg, weights, more = policy_words(words[1:]) if words else ("", None, ())
        rest = [*words[:1], *more]
    if not rest:
        raise click.UsageError(f"Missing argument '{what}'", context)
    if len(rest) > 1:
        raise click.UsageError(f"Got unexpected extra argument ({printable(rest[1])})", context)
    return cfg, weights, rest[0]


def load_policy(
    cfg: str, weights: str | None, *, engine: str, precision: Precision, threads: int
) -> Policy:
    """The network, its weights fetched (with a bar) where they are a model's and not here."""
    path = weights or own_weights(cfg)
    return open_policy(cfg, path, engine=engine, precision=precision, threads=threads)


def said_of(side: Contestant) -> str:
    """Who plays, in words that another network, or weights that were trained on, would change."""
    from ..errors import WeightsError
    from ..files import sha256_of

    if side.program is not None:
        return side.program
    path = side.weights or own_weights(side.cfg)
    return f"{os.path.basename(path)} {sha256_of(path, 'a .weights file', WeightsError)[:12]}"


@dataclass(frozen=True, slots=True)
class Contestant:
    """Who plays: the command line of a `program`, or a network."""

    program: str | None = None
    cfg: str = ""
    weights: str | None = None


def contestants(words: Sequence[str], count: int) -> list[Contestant]:
    """As many as `count` of them, each (CFG WEIGHTS), a model's name, or a program in one word.

    Raises click's usage error for more or fewer.
    """
    found: list[Contestant] = []
    rest = tuple(words)
    while rest:
        if is_network(rest[0]):
            cfg, weights, rest = network_words(rest)
            found.append(Contestant(None, cfg, weights))
        else:
            found.append(Contestant(rest[0]))
            rest = rest[1:]
    if len(found) != count:
        raise click.UsageError(
            f"{len(found)} players: expected {count}, each CFG WEIGHTS, a model's name, or the"
            " command line of a program in quotes",
            click.get_current_context(),
        )
    return found
