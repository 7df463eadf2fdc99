"""``darknet rig gpus``: the guide's table, and the catalogue of graphics cards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ..errors import InputError
from .options import json_option
from .rig_options import Amount, prices_of, prices_option
from .targets import check_target

if TYPE_CHECKING:
    from ..rig.listing import Listed, Sort

__all__ = ["gpus"]

_SORTS = ("gflops-per-dollar", "dollars", "tflops", "memory", "bandwidth", "year", "name")


@click.command(short_help="Graphics cards: what they do, cost, and do for a dollar.")
@click.argument("words", metavar="[NAME]...", nargs=-1)
@click.option("--sort", type=click.Choice(_SORTS), default=_SORTS[0], show_default=True,
              help="The best first.")  # fmt: skip
@click.option("--min-memory", type=Amount, default=0.0, metavar="GB", help="At least so much.")
@click.option("--max-price", type=Amount, metavar="USD", help="At most so much, and known.")
@click.option("--since", type=int, default=0, metavar="YEAR", help="Not before this year.")
@prices_option
@click.option("--sources", is_flag=True, help="Also list where the figures are from.")
@click.option("--save", metavar="PNG", help="Draw GFLOPS a dollar.")
@json_option
def gpus(
    words: tuple[str, ...],
    sort: Sort,
    min_memory: float,
    max_price: float | None,
    since: int,
    prices: str | None,
    sources: bool,
    save: str | None,
    as_json: bool,
) -> None:
    """Print the Hardware Guide's table of 2016 as published, and the catalogue of cards.

    Of cards whose names have one of the NAMEs in them, or all. A question mark is a figure that no
    source says: unknown, not guessed. Prices are dated; --prices takes your own.
    """
    from ..rig.listing import listed, to_dict

    if save is not None:
        check_target("--save", save, ".png", inputs=filter(None, (prices,)))
    shown = listed(
        words,
        sort=sort,
        prices=prices_of(prices),
        memory=min_memory,
        dollars=max_price,
        since=since,
    )
    if not shown:
        raise InputError("no card of the catalogue is like that; darknet rig gpus lists all")
    if save is not None:
        _draw(shown, save)
    if as_json:
        print(json.dumps(to_dict(shown), indent=1))
    else:
        _print(shown, sources)


def _print(shown: list[Listed], sources: bool) -> None:
    from ..rig.listing import guide_rows, rows_of, source_lines
    from ..rig.words import aligned

    print("the Hardware Guide's table, 2016, as published:\n")
    print("\n".join(aligned(guide_rows())))
    print("\nthe catalogue (TFLOPS: float32; half: tensor cores, dense; ?: unknown):\n")
    print("\n".join(aligned(rows_of(shown), left=(0, 9))))
    if sources:
        print("\n" + "\n".join(source_lines(shown)))


def _draw(shown: list[Listed], save: str) -> None:
    from ..files import write_atomic
    from ..plot import check_installed
    from ..rig.charts import cards

    check_installed("--save")
    rows = [
        (
            one.gpu.name,
            one.gflops_per_usd,
            f"({one.dated})" if one.usd is not None else "price unknown",
        )
        for one in shown
    ]
    write_atomic(save, cards(rows, "Graphics cards: GFLOPS a dollar"))
