"""Which networks the commands of ``darknet go`` mean, and what runs them.

Every command takes its network in the same ways: ``CFG WEIGHTS``, as in C, or a model's name, among
its words; as --cfg and --weights; or not at all, which means the one that comes with the package.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import click

from ..errors import printable
from .declared import declared
from .options import engine_option, precision_option, threads_option
from .words import network_words, own_weights

if TYPE_CHECKING:
    from ..go.policy import Policy

__all__ = [
    "Contestant",
    "NamedNetwork",
    "NetworkFiles",
    "Running",
    "contestants",
    "note_on_resigning",
    "said_of",
]


@dataclass(frozen=True, slots=True)
class NetworkFiles:
    """A network: its cfg, or a model's name, and its weights, None for the model's own.

    `is_default` where none was named.
    """

    cfg: str
    weights: str | None
    is_default: bool = False

    def weights_here(self) -> str:
        """The weights' path; a model's own are fetched (with a bar) when they are not here."""
        return self.weights or own_weights(self.cfg)


@dataclass(frozen=True, kw_only=True)
class NamedNetwork:
    """The options that name a network, where the words do not."""

    cfg: str | None = declared(
        click.option("--cfg", metavar="CFG", type=click.Path(),
                     help="The network: a .cfg, or a name (darknet models). Default: the one that "
                     "comes with the package.")
    )  # fmt: skip
    weights: str | None = declared(
        click.option("--weights", metavar="WEIGHTS", type=click.Path(),
                     help="Its weights; a network known by name has its own.")
    )  # fmt: skip

    def of(self, words: Sequence[str], advice: str = "") -> NetworkFiles:
        """The network, of words that have nothing but one; click's usage error for more.

        `advice` says what else there is for two networks.
        """
        network, more = self._first_of(words)
        if more:
            shown = printable(more[0], 200)
            raise _usage(f"one word too many after the network: {shown}{advice}")
        return network

    def beside(self, what: str, words: Sequence[str]) -> tuple[NetworkFiles, str]:
        """The network, and the one word `what`, before the network or, as in C, after it.

        Raises click's usage error where that is missing, or words are left.
        """
        if not words:
            raise _usage(f"Missing argument '{what}'")
        if _is_network(words[0]):
            network, rest = self._first_of(words)
        else:
            network, more = self._first_of(words[1:])
            rest = (words[0], *more)
        if not rest:
            raise _usage(f"Missing argument '{what}'")
        if len(rest) > 1:
            raise _usage(f"Got unexpected extra argument ({printable(rest[1])})")
        return network, rest[0]

    def among(self, words: Sequence[str]) -> tuple[NetworkFiles, tuple[str, ...]]:
        """The network, and the words before and after it; a cfg's name has to end in ``.cfg``."""
        at = next((at for at, word in enumerate(words) if _is_network(word)), len(words))
        if at and at < len(words) and words[at - 1].endswith(".weights"):
            shown = f"{printable(words[at], 200)} comes before {printable(words[at - 1], 200)}"
            raise _usage(f"a network's cfg comes before its weights: {shown}")
        network, more = self._first_of(words[at:])
        return network, (*words[:at], *more)

    def _first_of(self, words: Sequence[str]) -> tuple[NetworkFiles, tuple[str, ...]]:
        """The network that words begin with, and the others; that of the options without any."""
        if not words:
            return self._by_options(), ()
        if self.cfg is not None or self.weights is not None:
            raise _usage("the network twice: in words, and as --cfg or --weights")
        cfg, weights, rest = network_words(words)
        return NetworkFiles(cfg, weights), rest

    def _by_options(self) -> NetworkFiles:
        if self.cfg is None:
            if self.weights is not None:
                raise _usage("--weights needs --cfg")
            from ..go.policy import default_policy

            return NetworkFiles(*default_policy(), is_default=True)
        from ..zoo import check_word, find

        check_word(self.cfg)
        if self.weights is None and find(self.cfg) is None:
            raise _usage("--cfg needs --weights, unless it is a network's name")
        return NetworkFiles(self.cfg, self.weights)


@dataclass(frozen=True, kw_only=True)
class Running:
    """The options of how a network is run."""

    multi: bool = declared(
        click.option("-multi", "--multi", "multi", is_flag=True,
                     help="Suggestions as the mean over the board's eight turns and flips.")
    )  # fmt: skip
    engine: str = declared(engine_option)
    precision: Literal["auto", "f32", "bf16"] = declared(precision_option)
    threads: int = declared(threads_option)

    def open(self, network: NetworkFiles) -> Policy:
        """The network, loaded; on stderr which it is, where none was named."""
        from ..engines import Settings
        from ..go.policy import Policy

        weights = network.weights_here()
        if network.is_default:
            name = os.path.splitext(os.path.basename(weights))[0]
            _tell(f"no network is named: {name} answers, from the package; darknet models lists it")
        settings = Settings(self.precision, self.threads)
        return Policy.load(network.cfg, weights, engine=self.engine, settings=settings)


Contestant = str | NetworkFiles
"""Who plays: the command line of a program, or a network."""


def contestants(words: Sequence[str], count: int) -> list[Contestant]:
    """As many as `count` of them, each (CFG WEIGHTS), a model's name, or a program in one word.

    Raises click's usage error for more or fewer.
    """
    found: list[Contestant] = []
    rest = tuple(part for word in words for part in _unquoted(word))
    while rest:
        if _is_network(rest[0]):
            cfg, weights, rest = network_words(rest)
            found.append(NetworkFiles(cfg, weights))
        else:
            found.append(rest[0])
            rest = rest[1:]
    if len(found) != count:
        raise _usage(
            f"{len(found)} players: expected {count}, each CFG WEIGHTS, a model's name, or the"
            " command line of a program in quotes"
        )
    return found


def _unquoted(word: str) -> tuple[str, ...]:
    """What is in quotes as programs are, but is a network, as its two words CFG WEIGHTS."""
    cfg, *more = word.split(maxsplit=1) or [word]
    is_quoted = more and cfg.endswith(".cfg") and not os.path.exists(word)
    return (cfg, *more) if is_quoted else (word,)


def said_of(player: Contestant) -> str:
    """Who plays, in words that another network, or weights that were trained on, would change."""
    from ..errors import WeightsError
    from ..files import sha256_of

    if isinstance(player, str):
        return player
    path = player.weights_here()
    return f"{os.path.basename(path)} {sha256_of(path, 'a .weights file', WeightsError)[:12]}"


def note_on_resigning(policy: Policy, chance: float) -> None:
    """On stderr, where --resign does nothing: the network does not know who wins."""
    if chance > 0 and not (policy.has_value or policy.has_ownership):
        _tell(f"Note: {policy.name} does not say who wins, and never resigns")


def _is_network(word: str) -> bool:
    """True for a word that begins a network: a .cfg, or a model's name that is no file here."""
    from ..zoo import find

    return word.endswith(".cfg") or (find(word) is not None and not os.path.exists(word))


def _tell(line: str) -> None:
    with contextlib.suppress(OSError):  # nobody reads stderr
        print(line, file=sys.stderr)


def _usage(message: str) -> click.UsageError:
    return click.UsageError(message, click.get_current_context(silent=True))
