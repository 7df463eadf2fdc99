"""``darknet lr-find``: which learning rate to start with."""

from __future__ import annotations

import json
from pathlib import Path

import click

from .declared import takes
from .options import json_option, once
from .train import DATA_HELP
from .train_asked import classes_asked, start_asked
from .train_options import Augment, Classes, Net, Start
from .training import needs_torch, say
from .words import complete_network, refuse_network

__all__ = ["lr_find"]

BATCHES = 100


@click.command("lr-find", short_help="Which learning rate to start with.")
@takes(Start, "start")
@takes(Classes, "classes")
@takes(Net, "net")
@takes(Augment, "augment")
@json_option
@click.option("--batches", type=click.IntRange(10), default=BATCHES, show_default=True,
              metavar="N", help="Batches, over which the rate grows a millionfold.")  # fmt: skip
@click.option("--save", metavar="PNG", type=click.Path(), help="Draw the loss against the rate.")
@click.option("--weights", metavar="WEIGHTS", type=click.Path(), help="Where to start.")
@click.option("--cfg", required=True, metavar="CFG", type=click.Path(),
              shell_complete=complete_network, help="The network, or a model's name.")  # fmt: skip
@click.option("--data", required=True, metavar="DATA", type=click.Path(), multiple=True,
              callback=once, help=DATA_HELP)  # fmt: skip
def lr_find(
    data: str,
    cfg: str,
    weights: str | None,
    save: str | None,
    batches: int,
    as_json: bool,
    net: Net,
    augment: Augment,
    start: Start,
    classes: Classes,
) -> int:
    """Train for a hundred batches at rates that grow, and suggest one.

    The suggestion is a tenth of the rate at which the loss was smallest. Nothing is kept.
    """
    needs_torch()
    refuse_network(data, "--data DATA --cfg CFG")
    from ..train.allocator import keep_memory
    from ..train.finder import Finder
    from ..train.parallel import joined
    from .progress import progress

    options = classes_asked(start_asked(data, cfg, weights, start, net, augment), classes)
    keep_memory()
    with joined() as process:
        finder = Finder(options, process, say, batches)
        for _ in progress(finder.run(), batches, "Growing the rate", finder.status):
            pass
        found = finder.result()
        if not process.is_main:
            return 0
    if save is not None:
        found.draw(Path(save))
    print(json.dumps(found.to_dict(), indent=1) if as_json else "\n".join(found.lines()))
    return 0
