"""Options that commands of ``darknet go`` share, and the network that they mean."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .words import network_words

if TYPE_CHECKING:
    from ..engines import Precision
    from ..go.policy import Policy

__all__ = [
    "RULES",
    "multi_option",
    "network_options",
    "network_or_shipped",
    "note_on_resigning",
    "one_network",
    "only_network",
    "open_policy",
    "rules_option",
]

F = TypeVar("F", bound=Callable[..., Any])
RULES = ("tromp-taylor", "chinese", "japanese", "korean", "aga", "new-zealand")
"""The names in go/rules.py, which is not imported for ``--help``; a test compares them."""


def network_options(command: F) -> F:
    """--cfg, --weights."""
    command = click.option(
        "--weights",
        metavar="WEIGHTS",
        type=click.Path(),
        help="Its weights; a network known by name has its own.",
    )(command)
    return click.option(
        "--cfg",
        metavar="CFG",
        type=click.Path(),
        help="The network: a .cfg, or a name (darknet models). Default: the one that comes with "
        "the package.",
    )(command)


def rules_option(command: F) -> F:
    """--rules."""
    return click.option(
        "--rules",
        type=click.Choice(RULES, case_sensitive=False),
        default="chinese",
        show_default=True,
        help="How ko, suicide and the score are taken, where an SGF does not say.",
    )(command)


def multi_option(command: F) -> F:
    """--multi, and -multi as in C."""
    return click.option(
        "-multi",
        "--multi",
        "multi",
        is_flag=True,
        help="Suggestions as the mean over the board's eight turns and flips.",
    )(command)


def only_network(words: Sequence[str]) -> tuple[str, str | None]:
    """The network of words that have nothing but one; click's usage error for more."""
    cfg, weights, more = network_words(words)
    if more:
        context = click.get_current_context()
        raise click.UsageError(f"one word too many after the network: {more[0]}", context)
    return cfg, weights


def network_or_shipped(cfg: str | None, weights: str | None) -> tuple[str, str | None]:
    """What --cfg and --weights mean together: without both, the network that we ship."""
    context = click.get_current_context()
    if cfg is None:
        if weights is not None:
            raise click.UsageError("--weights needs --cfg", context)
        from ..go.policy import default_policy

        return default_policy()
    from ..zoo import check_word, find

    check_word(cfg)
    if weights is None and find(cfg) is None:
        raise click.UsageError("--cfg needs --weights, unless it is a network's name", context)
    return cfg, weights


def one_network(
    words: Sequence[str], cfg: str | None, weights: str | None
) -> tuple[str, str | None]:
    """The network of the words, or that of --cfg and --weights; click's usage error for both."""
    if words and (cfg or weights):
        context = click.get_current_context()
        raise click.UsageError("the network twice: in words, and as --cfg or --weights", context)
    return only_network(words) if words else network_or_shipped(cfg, weights)


def note_on_resigning(policy: Policy, chance: float) -> None:
    """On stderr, where --resign does nothing: the network does not know who wins."""
    if chance > 0 and not (policy.has_value or policy.has_ownership):
        print(f"Note: {policy.name} does not say who wins, and never resigns", file=sys.stderr)


def open_policy(
    cfg: str, weights: str, *, engine: str, precision: Precision, threads: int
) -> Policy:
    """The network with what runs it."""
    from ..engines import Settings
    from ..go.policy import Policy

    return Policy.load(cfg, weights, engine=engine, settings=Settings(precision, threads))
