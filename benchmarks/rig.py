"""The predictor of darknet rig against speeds that were measured.

    python benchmarks/rig.py             published speeds, every card left out of the fit in turn
    python benchmarks/rig.py --goal      the twelve rows that the aims are set for, alone
    python benchmarks/rig.py --chip      harder: every chip left out, with all cards that have it
    python benchmarks/rig.py --fit       fit the efficiencies and write efficiency.toml
    python benchmarks/rig.py --here      this machine: measured by darknet rig, predicted, and run

A card is predicted by a fit to all others' speeds, and its range comes from the errors that cards
left out of that fit have. Beside it a bare FLOPS model, as generous: one share of the peak for each
precision and use, the one that fits the other cards best.

Aims: within 1.5 times for 80 % of the twelve rows, inside the printed range for 90 % of them; here
within 25 % for inference (OpenVINO) and training (torch) of three networks.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from math import exp, log
from pathlib import Path
from typing import Any

import darknet.rig
from darknet.rig.fit import as_toml, fit
from darknet.rig.left_out import Key, Left, card, chip, leave_one_out, spread_of, summary
from darknet.rig.reference_speeds import Row, rows
from measure import report

EFFICIENCY = Path(darknet.rig.__file__).parent / "efficiency.toml"


def bare(given: Sequence[Row], key: Key = card) -> list[Left]:
    """Every row by a share of the peak that was fitted to other cards (or chips)."""
    found = []
    for row in given:
        others = [one for one in given if key(one) != key(row)]
        alike = [one for one in others if _use(one) == _use(row)] or [
            one for one in others if one.precision == row.precision
        ]
        errors = [log(one.images_per_s / one.by_flops(1)) for one in alike]
        middle = sum(errors) / len(errors)
        spread = spread_of([error - middle for error in errors])
        found.append(Left(row, row.by_flops(exp(middle)), spread))
    return found


def _use(row: Row) -> tuple[str, bool]:
    return row.precision, row.training


def table(model: Sequence[Left], flops: Sequence[Left]) -> list[dict[str, Any]]:
    """A row each."""
    by_row = {one.row: one for one in flops}
    return [
        {
            "row": str(one.row),
            "measured": one.row.images_per_s,
            "predicted": one.predicted,
            "from": one.predicted / one.spread,
            "to": one.predicted * one.spread,
            "factor": exp(abs(one.error)),
            "inside": "yes" if one.inside else "no",
            "FLOPS alone": by_row[one.row].predicted,
            "its factor": exp(abs(by_row[one.row].error)),
        }
        for one in model
    ]


def totals(model: Sequence[Left], flops: Sequence[Left]) -> list[dict[str, Any]]:
    """Shares within 1.5 times and inside the range, for all rows and for those of the aims."""
    found = []
    for what, chosen in (("all rows", lambda row: True), ("the aims' rows", lambda row: row.goal)):
        for name, left in (("the model", model), ("FLOPS alone", flops)):
            rows_of = [one for one in left if chosen(one.row)]
            found.append({"of": what, "by": name, **summary(rows_of)})
    return found


def write_fit(given: Sequence[Row]) -> None:
    """efficiency.toml: fitted to every row, with the spread of cards left out."""
    spread = spread_of([one.error for one in leave_one_out(given)])
    made = replace(fit(given), spread=round(spread, 2))
    EFFICIENCY.write_text(as_toml(made, given, time.strftime("%Y-%m-%d")))
    print(f"{EFFICIENCY}: written", file=sys.stderr)


def main() -> None:
    """Print the tables, or what else was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--goal", action="store_true", help="only the rows of the aims")
    parser.add_argument("--chip", action="store_true", help="leave out all cards of a chip")
    parser.add_argument("--fit", action="store_true", help="write efficiency.toml")
    parser.add_argument("--here", action="store_true", help="this machine, measured and predicted")
    parser.add_argument("--rig", help="for --here: a rig file measured before")
    parser.add_argument("--seconds", type=float, default=30, help="for --here: of measuring")
    parser.add_argument("--rounds", type=int, default=7, help="for --here: timings of each")
    parser.add_argument("--threads", type=int, default=0, help="for --here: 0 is every core")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.here:
        from rig_here import side_by_side

        report(side_by_side(given.rig, given.seconds, given.rounds, given.threads), given.json)
    elif given.fit:
        write_fit(rows())
    else:
        key = chip if given.chip else card
        model, flops = leave_one_out(rows(), key), bare(rows(), key)
        shown = [one for one in model if one.row.goal or not given.goal]
        if given.json:
            document = {"rows": table(shown, flops), "totals": totals(model, flops)}
            print(json.dumps(document, indent=1))
            return
        report(table(shown, flops), False)
        print()
        report(totals(model, flops), False)


if __name__ == "__main__":
    main()
