"""``darknet models``: the networks that are known by name, beside each other."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError
from .options import engine_options, json_option, old_flags
from .targets import check_ending

if TYPE_CHECKING:
    from ..engines import Precision
    from ..zoo import Model
    from ..zoo.compare import Comparison

__all__ = ["models"]

ROUNDS = 20
PICTURES = (".png", ".svg")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command line asked for."""

    name: str | None
    compare: bool
    everything: bool
    save: str | None
    measure: bool
    as_json: bool
    engine: str
    precision: Precision
    threads: int

    @property
    def compares(self) -> bool:
        """True for a comparison; a picture is one too."""
        return self.compare or self.everything or self.save is not None


@click.command(short_help="The networks that are known by name, and how they compare.")
@click.argument("name", metavar="[NAME]", required=False)
@click.option(
    "--compare",
    is_flag=True,
    help="Accuracy, operations and size of the four networks "
    "of the Tiny Darknet page, as published and as computed.",
)
@click.option("--all", "everything", is_flag=True, help="Compare every network, not only four.")
@click.option(
    "--save", metavar="PNG", help="Draw the comparison (.png or .svg): accuracy against operations."
)
@click.option("--measure", is_flag=True, help="Measure the time for one input on this machine.")
@engine_options
@json_option
@old_flags
def models(**given: Any) -> None:
    """List the networks that are known by name; with NAME, all that is known of that one.

    A NAME may stand wherever a command takes a CFG.
    """
    asked = Request(**given)
    _check(asked)
    chosen = _chosen(asked)
    times, engine = _measured(chosen, asked) if asked.measure else ({}, "")
    from ..zoo.compare import Comparison
    from ..zoo.describe import rows

    comparison = Comparison(rows(chosen, times), engine)
    if asked.save is not None:
        from ..files import write_atomic
        from ..zoo.chart import draw

        form = os.path.splitext(asked.save)[1].lower().removeprefix(".")
        write_atomic(asked.save, draw(comparison, form))
    _print(comparison, asked)


def _check(asked: Request) -> None:
    if asked.name is not None and asked.compares:
        raise InputError("models: a NAME and a comparison: give one of them")
    if asked.save is None:
        return
    check_ending(asked.save, *PICTURES)
    from ..zoo.chart import check_installed

    check_installed()  # before minutes of measuring


def _chosen(asked: Request) -> Sequence[Model]:
    from ..zoo import models as zoo_models
    from ..zoo import named
    from ..zoo.compare import classic, comparable

    if asked.name is not None:
        return [named(asked.name)]
    if asked.compares:
        return comparable() if asked.everything else classic()
    return list(zoo_models().values())


def _measured(chosen: Sequence[Model], asked: Request) -> tuple[dict[str, float], str]:
    """Milliseconds by name, and what was timed."""
    from ..engines import Settings
    from ..speed import WARM_UP, runs, timings
    from .progress import progress

    networks = {model.name: model.network() for model in chosen}
    settings = Settings(asked.precision, asked.threads)
    done = runs(networks, engine=asked.engine, settings=settings, rounds=ROUNDS)
    total = len(networks) * (WARM_UP + ROUNDS)
    found = timings(progress(done, total, "Measuring", answers=False))
    engine = next(iter(found.values())).engine
    return {name: timing.median for name, timing in found.items()}, engine


def _print(comparison: Comparison, asked: Request) -> None:
    from ..zoo.compare import listing
    from ..zoo.describe import detail

    if asked.as_json:
        import json

        print(json.dumps(comparison.to_dict(), indent=1))
    elif asked.name is not None:
        print(detail(comparison.rows[0], comparison.engine))
    elif asked.compares:
        print(comparison)
    else:
        print(listing(comparison.rows, comparison.engine))
