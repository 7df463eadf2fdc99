"""``darknet rig plan``: the best boxes for a budget."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from .options import json_option
from .rig_options import (
    Amount,
    Precision,
    data_option,
    network_of,
    photos_of,
    precision_option,
    prices_of,
    prices_option,
    use_option,
)
from .words import complete_network

if TYPE_CHECKING:
    from ..rig import Candidate, Plan

__all__ = ["plan"]

SINCE = 2022


@click.command(short_help="The best boxes for a budget.")
@click.option("--budget", type=Amount, required=True, metavar="USD", help="Dollars, at the most.")
@click.option("--cfg", required=True, metavar="CFG", type=click.Path(),
              shell_complete=complete_network, help="The network: a file, or a name.")  # fmt: skip
@data_option
@use_option
@precision_option
@prices_option
@click.option("--since", type=int, default=SINCE, show_default=True, metavar="YEAR",
              help="Leave out cards whose newest price is older.")  # fmt: skip
@click.option("--count", type=click.IntRange(1), default=3, show_default=True, metavar="N",
              help="So many of the best.")  # fmt: skip
@json_option
def plan(
    budget: float,
    cfg: str,
    data: str | None,
    use: str,
    precision: Precision,
    prices: str | None,
    since: int,
    count: int,
    as_json: bool,
) -> None:
    """Put boxes together from the parts of the catalogue; print the fastest for the money.

    As the Hardware Guide argues: as many fast cards as the money and the slots allow, enough of the
    rest not to hold them up, and no more. A part whose price is unknown is not bought: --prices
    gives it one. What was left out is named, and why.
    """
    from .. import rig

    found = rig.plan(
        network_of(cfg),
        budget,
        photos_of(data),
        precision=precision,
        training=use == "training",
        prices=prices_of(prices),
        since=since,
    )
    if as_json:
        print(json.dumps(found.to_dict(count), indent=1))
    else:
        _print(found, count)


def _print(found: Plan, count: int) -> None:
    from ..rig.words import aligned, plan_rows

    best = found.best(count)
    print(f"the best for {found.budget:,.0f} dollars, of {len(found.candidates)} boxes:\n")
    print("\n".join(aligned(plan_rows(best), left=(0, -1))))
    for one in best:
        print(f"\n{one.box.label}: {one.usd:,.0f} dollars")
        for line in _parts(one):
            print(f"  {line}")
        for reason in one.reasons:
            print(f"  - {reason}")
    print("\nno cheaper box is as fast as these:\n")
    print("\n".join(aligned(plan_rows(found.frontier), left=(0, -1))))
    print("\nleft out:")
    for name, why in found.left_out.items():
        print(f"  {name}: {why}")


def _parts(one: Candidate) -> list[str]:
    """A line a part, with its price; what is there several times once."""
    items = list(one.box.items())
    lines = []
    for item in dict.fromkeys(items):
        price, count = one.box.price_of(item), items.count(item)
        times = f"{count} x " if count > 1 else ""
        usd = f"{price.value:,.2f}" if price else "unknown"
        lines.append(f"{times}{item.name}: {usd}{' each' if count > 1 else ''}")
    return lines
