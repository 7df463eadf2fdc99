"""Options and inputs that the commands of ``darknet rig`` share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from .numbers import FloatRange
from .words import complete_network

if TYPE_CHECKING:
    from ..network import Network
    from ..rig import Fact, Photos

__all__ = [
    "Amount",
    "Precision",
    "cfg_argument",
    "data_option",
    "network_of",
    "photos_of",
    "precision_option",
    "prices_of",
    "prices_option",
    "rig_option",
    "use_option",
]

F = TypeVar("F", bound=Callable[..., Any])
Precision = Literal["f32", "half"]


Amount = FloatRange(0)
"""Dollars, gigabytes: at least 0."""


def cfg_argument(command: F) -> F:
    """CFG."""
    return click.argument("cfg", metavar="CFG", type=click.Path(), shell_complete=complete_network)(
        command
    )


def rig_option(command: F) -> F:
    """--rig."""
    return click.option(
        "--rig", "box", metavar="BOX", default="this", show_default=True, type=click.Path(),
        help="A rig file; guide: the Hardware Guide's box; this: this machine, once measured.",
    )(command)  # fmt: skip


def data_option(command: F) -> F:
    """--data."""
    return click.option(
        "--data", metavar="DIR", type=click.Path(),
        help="The photographs: counted, and some of their headers read. Default: as ImageNet.",
    )(command)  # fmt: skip


def precision_option(command: F) -> F:
    """--precision."""
    return click.option(
        "--precision", type=click.Choice(["f32", "half"]), default="f32", show_default=True,
        help="f32 (TF32 on cards that have it), or half: bfloat16 or float16.",
    )(command)  # fmt: skip


def use_option(command: F) -> F:
    """--use."""
    return click.option(
        "--use", type=click.Choice(["training", "inference"]), default="training",
        show_default=True, help="What the network does.",
    )(command)  # fmt: skip


def prices_option(command: F) -> F:
    """--prices."""
    return click.option(
        "--prices", metavar="FILE", type=click.Path(),
        help='Your own prices: TOML with [prices] and lines "PART" = DOLLARS.',
    )(command)  # fmt: skip


def network_of(cfg: str) -> Network:
    """The network of a CFG word."""
    from ..network import Network
    from ..zoo import read_cfg

    return Network.build(read_cfg(cfg))


def photos_of(data: str | None) -> Photos:
    """The photographs of a folder; ImageNet's where none is given."""
    from ..rig import IMAGENET, look_at
    from .progress import waiting

    if data is None:
        return IMAGENET
    with waiting("Counting photographs"):
        return look_at(data)


def prices_of(path: str | None) -> Mapping[str, Fact]:
    """A user's prices; none without a file."""
    from ..rig import read_prices

    return {} if path is None else read_prices(path)
