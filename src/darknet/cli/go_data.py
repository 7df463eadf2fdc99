"""``darknet go data``: are games fit to learn from? And many files become one."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from ..go_training.options import HELD_OUT
from .numbers import FloatRange
from .options import json_option

if TYPE_CHECKING:
    from ..go.collection import Collection, Part

__all__ = ["data"]

_SHOWN = 20  # games that are left out, named on stderr
_ROWS = 12  # years, or they are told as a range


@click.command(short_help="Look at games before a network learns from them; pack them.")
@click.argument("sources", metavar="GAMES...", nargs=-1, required=True, type=click.Path())
@click.option("--out", metavar="FILE", type=click.Path(),
              help="Write the good games to one file, shuffled (.bin, or .bin.xz).")  # fmt: skip
@click.option("--held-out", type=FloatRange(0, 100), default=HELD_OUT, show_default=True,
              metavar="PERCENT", help="Count the games that training leaves out.")  # fmt: skip
@click.option("--least", type=click.IntRange(1), default=20, show_default=True, metavar="MOVES",
              help="Shorter games are left out.")  # fmt: skip
@click.option("--source", type=click.IntRange(0, 255), default=0, show_default=True, metavar="N",
              help="The number that games from .sgf files get.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True,
              help="Of the order in the file.")  # fmt: skip
@json_option
def data(
    sources: tuple[str, ...],
    out: str | None,
    held_out: float,
    least: int,
    source: int,
    seed: int,
    as_json: bool,
) -> int:
    """Replay every move of games, find those that are there twice, and count the rest.

    GAMES are packed games (.bin, .bin.xz), game records (.sgf) and folders of them. Left out, and
    named, are games that cannot be read or break the rules (simple ko, no suicide), of other sizes
    than 19 lines, or too short. Of games that are the same turned or flipped, or of which one goes
    on where the other was cut off, the longest is kept. The exit code is 2 where something is left
    out.

    Which games are held out to validate with is decided by what was played in them, the same in
    every file.
    """
    from ..files import refuse_inputs
    from ..go.collection import Collector
    from ..go.packing import write_selected
    from .progress import progress, waiting

    if out is not None:
        refuse_inputs(out, sources, "give another name")
    collector = Collector(sources, source=source, least=least)
    for _ in progress(collector.run(), None, "Looking at the games"):
        pass
    found = collector.result()
    if out is not None:
        with waiting("Packing"):
            write_selected(out, found.games, _shuffled(found, seed))
    for line in _left_out(found.left_out):
        print(f"darknet: {line}", file=sys.stderr)
    if as_json:
        print(json.dumps(_document(found, held_out, out), indent=1))
    else:
        print("\n".join(_lines(found, held_out, out)))
    return 2 if found.left_out else 0


def _shuffled(found: Collection, seed: int) -> Any:
    import numpy as np

    return np.random.default_rng(seed).permutation(found.numbers)


def _left_out(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield f"and {len(lines) - _SHOWN:,} more games are left out (--json has them all)"


def _document(found: Collection, held_out: float, out: str | None) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "games": len(found),
        "moves": found.moves,
        "duplicates": found.duplicates,
        "held_out": found.held_out(held_out),
        "held_out_percent": held_out,
        "sources": [asdict(part) for part in found.sources],
        "years": [asdict(part) for part in found.years],
        "left_out": list(found.left_out),
        "out": out,
    }


def _lines(found: Collection, held_out: float, out: str | None) -> Iterator[str]:
    yield (
        f"{len(found):,} games, {found.moves:,} moves; {found.duplicates:,} duplicates and "
        f"{len(found.left_out):,} others left out"
    )
    yield f"{found.held_out(held_out):,} games are the {held_out:g} % that training holds out"
    yield ""
    yield (
        f"{'':12s} {'games':>9s} {'moves':>12s} {'handicap':>9s} {'black won':>10s} "
        f"{'white won':>10s}"
    )
    yield from map(_row, found.sources)
    years = found.years
    if len(years) <= _ROWS:
        yield from map(_row, years)
    else:
        known = [part.name for part in years if part.name != "0"]
        yield f"years {known[0]} to {known[-1]} (--json has each)"
    if out is not None:
        yield f"written to {out}"


def _row(part: Part) -> str:
    name = "no year" if part.name == "0" else part.name
    return (
        f"{name:12s} {part.games:9,d} {part.moves:12,d} {part.handicap:9,d} {part.black:10,d} "
        f"{part.white:10,d}"
    )
