"""``darknet go valid``: how often a network's move is the one that a player chose."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import InputError
from .declared import takes
from .go_network import NamedNetwork, Running
from .numbers import FloatRange
from .options import json_option, old_flags
from .targets import check_target
from .words import complete_network

if TYPE_CHECKING:
    from ..go.valid import GoValidator
    from ..go.valid_result import GoValidation

__all__ = ["valid"]

COUNT = 10_000


@click.command(short_help="How often a network's move is the one that a player chose.")
@click.argument("words", metavar="DATA [CFG WEIGHTS | MODEL]", nargs=-1, type=click.Path(),
                shell_complete=complete_network)  # fmt: skip
@click.option("-n", "--count", type=click.IntRange(0), default=COUNT, show_default=True,
              help="Positions, drawn at random from all; 0: all of them.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True,
              help="Which positions are drawn.")  # fmt: skip
@click.option("--held-out", type=FloatRange(0, 100, min_open=True), metavar="PERCENT",
              help="Only from the part of the games that training leaves out.")  # fmt: skip
@click.option("--batch", type=click.IntRange(1), default=32, show_default=True,
              help="Positions answered at once.")  # fmt: skip
@click.option("--no-history", is_flag=True, help="Show positions without the moves before, as one "
              "that was typed by hand.")  # fmt: skip
@click.option("--calibrate", is_flag=True, help="Find the temperature of [softmax] with which the "
              "loss is smallest, on half of the games, and judge it on the others.")  # fmt: skip
@click.option("--plot", metavar="PNG|SVG", help="Draw how probable the first move was against how "
              "often it was played.")  # fmt: skip
@takes(NamedNetwork, "named")
@takes(Running, "running")
@json_option
@old_flags
def valid(
    words: tuple[str, ...],
    count: int,
    seed: int,
    held_out: float | None,
    batch: int,
    no_history: bool,
    calibrate: bool,
    plot: str | None,
    named: NamedNetwork,
    running: Running,
    as_json: bool,
) -> int:
    """Print how often a network's first move, and its first five, had the move that was played.

    DATA is packed games (.bin, .bin.xz), a game record (.sgf), a folder of records (the folders in
    it are their sources), or DarkGo's own records of 94 bytes. Records that cannot be read are
    named on stderr and do not count; the exit code is 2 then.

    Accuracy is told for all positions, by phase (moves 1-60, 61-150, 151 on), by colour and by
    source, with the 95 % interval of top-1; and how probable the network's first move was against
    how often it was played. Ctrl-C ends the run and tells what is known so far.
    """
    from ..go.valid import GoValidator
    from ..go.valid_data import games_in
    from .progress import waiting

    network, data = named.beside("DATA", words)
    _check(data, plot, calibrate=calibrate, multi=running.multi)
    with waiting("Reading the games"):
        games = games_in(data)
    with closing(running.open(network)) as policy:
        with waiting("Drawing positions"):
            validator = GoValidator(
                policy,
                games,
                count=count or None,
                seed=seed,
                held_out=None if held_out is None else held_out / 100,
                symmetries=running.multi,
                batch=batch,
                calibrate=calibrate,
                history=not no_history,
            )
        finished = _watched(validator)
        result = validator.result()
    code = _told(result, validator.total, as_json=as_json, finished=finished)
    if plot is not None and len(result):  # last: a full disk costs no answer
        from ..files import write_atomic

        write_atomic(plot, result.plot(Path(plot).suffix.lower().removeprefix(".")))
    return code


def _check(data: str, plot: str | None, *, calibrate: bool, multi: bool) -> None:
    """InputError, before the work, for what cannot be had, or written, or would overwrite data."""
    if calibrate and multi:
        raise InputError(
            "--calibrate: expected no -multi: [softmax] has its temperature before the mean of the"
            " eight symmetries is taken"
        )
    if plot is not None:
        check_target("--plot", plot, ".png", ".svg", inputs=(data,))


def _told(result: GoValidation, total: int, *, as_json: bool, finished: bool) -> int:
    """Print the answer; the exit code."""
    for line in result.unreadable:
        print(f"darknet: {line}", file=sys.stderr)
    if not finished:
        print(f"darknet: interrupted at {len(result):,} of {total:,}", file=sys.stderr)
    if len(result):
        print(json.dumps(result.to_dict(), indent=1) if as_json else result)
    if not finished:
        return 130
    return 2 if result.unreadable else 0


def _watched(validator: GoValidator) -> bool:
    """True where the run came to its end, false where it was interrupted."""
    from .progress import progress

    try:
        for _ in progress(validator.run(), validator.total, "Validating", validator.status):
            pass
    except KeyboardInterrupt:
        return False
    return True
