"""``darknet go train``: a network learns Go from games."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from ..go_training.options import FORGOTTEN, HANDICAP, HELD_OUT, VALID_COUNT
from .declared import declared, takes
from .numbers import FloatRange
from .options import json_option, once
from .progress import waiting
from .train_asked import run_asked, start_asked
from .train_options import Length, Net, Run, Start
from .training import launched, needs_torch, say
from .words import complete_network

if TYPE_CHECKING:
    from ..train.parallel import Process
    from ..train.session import Session

__all__ = ["train"]

_SHARE = FloatRange(0, 1)


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What of the games is learned from."""

    held_out: float = declared(
        click.option(
            "--held-out",
            type=FloatRange(0, 100, max_open=True),
            default=HELD_OUT,
            show_default=True,
            metavar="PERCENT",
            help="Validate with this part of the games, and do not learn from it.",
        )
    )
    handicap: float = declared(
        click.option(
            "--handicap",
            type=_SHARE,
            default=HANDICAP,
            show_default=True,
            metavar="SHARE",
            help="How often a game with handicap stones is in an epoch.",
        )
    )
    forgotten: float = declared(
        click.option(
            "--forgotten",
            type=_SHARE,
            default=FORGOTTEN,
            show_default=True,
            metavar="SHARE",
            help="Positions that are shown without the moves before.",
        )
    )
    valid_count: int = declared(
        click.option(
            "--valid-count",
            type=click.IntRange(0),
            default=VALID_COUNT,
            show_default=True,
            metavar="N",
            help="Positions to validate with; 0: no validation.",
        )
    )
    minutes: float | None = declared(
        click.option(
            "--minutes",
            type=FloatRange(0, min_open=True),
            metavar="N",
            help="End after this time; --resume goes on another day.",
        )
    )


@click.command("train", short_help="A network learns from games.")
@takes(Run, "run")
@takes(Learned, "learned")
@takes(Start, "start")
@takes(Length, "length")
@takes(Net, "net")
@json_option
@click.option("--data", required=True, metavar="GAMES", type=click.Path(), multiple=True,
              callback=once,
              help="Packed games, records (.sgf), a folder, or 94-byte records.")  # fmt: skip
@click.argument("cfg", metavar="CFG", type=click.Path(), shell_complete=complete_network)
@click.argument("weights", metavar="[WEIGHTS]", required=False, type=click.Path())
def train(
    cfg: str,
    weights: str | None,
    data: str,
    as_json: bool,
    net: Net,
    length: Length,
    start: Start,
    learned: Learned,
    run: Run,
) -> int:
    """Train a policy network on games: what was played is what it learns to answer.

    CFG takes one plane, as DarkGo's, or sixteen with the last moves and liberties; it answers a
    move, and perhaps, through [logistic], who wins. A batch of [net] is what one process takes;
    torchrun starts several, on one machine or many. Everything is written to the backup folder:
    NAME.weights at the end; on the way NAME_best.weights, NAME.backup, NAME.checkpoint, the curve
    as NAME.png, every batch in NAME.csv and NAME.jsonl. Ctrl-C keeps what is there; --resume goes
    on, to the same weights as without.
    """
    needs_torch()
    from ..go_training.data import GoData
    from ..go_training.options import GoOptions
    from ..train.session import Session

    options = run_asked(start_asked(data, cfg, weights, start, net, length), run)
    go = GoOptions(
        held_out=learned.held_out,
        handicap=learned.handicap,
        forgotten=learned.forgotten,
        valid_count=learned.valid_count,
    )

    def make(process: Process) -> Session:
        with waiting("Looking at the games") if process.is_main else nullcontext():
            found = GoData(options, go, process)
        return Session(options, process, say, data=found)

    return launched(make, gpus=run.gpus, as_json=as_json, minutes=learned.minutes)
