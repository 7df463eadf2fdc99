"""``darknet models``: the networks that are known by name, beside each other."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ..errors import InputError
from .options import complete_model, engine_options, json_option, old_flags
from .targets import check_target

if TYPE_CHECKING:
    from ..engines import Precision, Settings
    from ..zoo import Model
    from ..zoo.compare import Comparison

__all__ = ["models"]

ROUNDS = 20
PICTURES = (".png", ".svg")


@click.command(short_help="The networks that are known by name, and how they compare.")
@click.argument("name", metavar="[NAME]", required=False, shell_complete=complete_model)
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
def models(
    name: str | None,
    compare: bool,
    everything: bool,
    save: str | None,
    measure: bool,
    engine: str,
    precision: Precision,
    threads: int,
    as_json: bool,
) -> None:
    """List the networks that are known by name; with NAME, all that is known of that one.

    A NAME may stand wherever a command takes a CFG.
    """
    compares = compare or everything or save is not None  # a picture is a comparison too
    if name is not None and compares:
        raise InputError("models: a NAME and a comparison: give one of them")
    if save is not None:
        _check_picture(save)
    chosen = _chosen(name, compares, everything)
    from ..engines import Settings
    from ..zoo.compare import Comparison
    from ..zoo.describe import rows

    settings = Settings(precision, threads)
    times, timed = _measured(chosen, engine, settings) if measure else ({}, "")
    comparison = Comparison(rows(chosen, times), timed)
    if save is not None:
        _draw(comparison, save)
    _print(comparison, name, compares, as_json)


def _check_picture(save: str) -> None:
    check_target("--save", save, *PICTURES)
    from ..plot import check_installed

    check_installed()  # before minutes of measuring


def _draw(comparison: Comparison, save: str) -> None:
    from ..files import write_atomic
    from ..zoo.chart import draw

    form = os.path.splitext(save)[1].lower().removeprefix(".")
    write_atomic(save, draw(comparison, form))


def _chosen(name: str | None, compares: bool, everything: bool) -> Sequence[Model]:
    from ..zoo import models as zoo_models
    from ..zoo import named
    from ..zoo.compare import classic, comparable

    if name is not None:
        return [named(name)]
    if compares:
        return comparable() if everything else classic()
    return list(zoo_models().values())


def _measured(
    chosen: Sequence[Model], engine: str, settings: Settings
) -> tuple[dict[str, float], str]:
    """Milliseconds by name, and what was timed."""
    from ..speed import WARM_UP, runs, timings
    from .progress import progress

    networks = {model.name: model.network() for model in chosen}
    done = runs(networks, engine=engine, settings=settings, rounds=ROUNDS)
    total = len(networks) * (WARM_UP + ROUNDS)
    found = timings(progress(done, total, "Measuring", answers=False))
    timed = next(iter(found.values())).engine
    return {name: timing.median for name, timing in found.items()}, timed


def _print(comparison: Comparison, name: str | None, compares: bool, as_json: bool) -> None:
    from ..zoo.compare import listing
    from ..zoo.describe import detail

    if as_json:
        import json

        print(json.dumps(comparison.to_dict(), indent=1))
    elif name is not None:
        print(detail(comparison.rows[0], comparison.engine))
    elif compares:
        print(comparison)
    else:
        print(listing(comparison.rows, comparison.engine))
