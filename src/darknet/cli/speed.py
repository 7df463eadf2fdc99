"""``darknet speed``: how many times a second a network runs here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from .options import engine_options, fork_option, json_option, old_flags

if TYPE_CHECKING:
    from ..engines import Precision
    from ..layers import Fork
    from ..network import Network
    from ..speed import Run, Timing

__all__ = ["speed"]

DEFAULT_TICS = 1000  # as in C ...
ENOUGH_SECONDS = 10.0  # ... unless they take longer than this


@click.command(short_help="How many times a second a network runs here.")
@click.argument("cfg", metavar="CFG", type=click.Path())
@click.argument("tics", metavar="[TICS]", type=click.IntRange(1, 10**9), required=False)
@click.option(
    "--batch", type=click.IntRange(1), default=1, show_default=True, help="Inputs of an evaluation."
)
@fork_option
@engine_options
@json_option
@old_flags
def speed(
    cfg: str,
    tics: int | None,
    batch: int,
    fork: Fork | None,
    engine: str,
    precision: Precision,
    threads: int,
    as_json: bool,
) -> None:
    """Run CFG with random weights TICS times; print its operations and evaluations a second.

    CFG is a file, or the name of a network (darknet models). Without TICS: 1000 times, or as
    often as fits in ten seconds.
    """
    from ..engines import Settings
    from ..network import Network
    from ..speed import runs, timings
    from ..zoo import read_cfg

    network = Network.build(read_cfg(cfg), fork=fork)
    rounds = tics or DEFAULT_TICS
    settings = Settings(precision, threads)
    done = runs({cfg: network}, engine=engine, settings=settings, batch=batch, rounds=rounds)
    counted = _counted(done, rounds, ENOUGH_SECONDS if tics is None else float("inf"))
    _report(_figures(network, timings(counted, batch)[cfg], counted), as_json)


def _figures(network: Network, timing: Timing, counted: list[Run]) -> dict[str, Any]:
    """What is reported (docs/json.md)."""
    seconds = sum(run.milliseconds for run in counted) / 1e3
    flops = timing.batch * network.flops
    return {
        "cfg": network.cfg.label,
        "engine": timing.engine,
        "batch": timing.batch,
        "evals": timing.rounds,
        "seconds": round(seconds, 6),
        "median_ms": round(timing.median, 6),
        "fastest_ms": round(timing.fastest, 6),
        "flops": flops,
        "flops_per_second": flops * timing.rounds / seconds,
        "hz": timing.rounds / seconds,
    }


def _counted(done: Iterator[Run], rounds: int, enough: float) -> list[Run]:
    """The runs that count, until they took `enough` seconds together; with a bar."""
    from ..speed import WARM_UP
    from .progress import progress

    counted: list[Run] = []
    for run in progress(done, WARM_UP + rounds, "Running", answers=False):
        if run.counts:
            counted.append(run)
            enough -= run.milliseconds / 1e3
            if enough <= 0:
                break
    return counted


def _report(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        import json

        print(json.dumps(found, indent=1))
        return
    evals, seconds, batch = found["evals"], found["seconds"], found["batch"]
    print(f"{found['engine']}, {found['cfg']}, batch {batch}")
    print(f"{evals} evals, {seconds:f} Seconds")
    print(f"Floating Point Operations: {found['flops'] / 1e9:.2f} Bn")
    print(f"FLOPS: {found['flops_per_second'] / 1e9:.2f} Bn")
    print(f"Speed: {seconds / evals:f} sec/eval (median {found['median_ms'] / 1e3:f})")
    print(f"Speed: {found['hz']:f} Hz")
    if batch > 1:
        print(f"Speed: {batch * found['hz']:f} inputs/s")
