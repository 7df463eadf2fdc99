"""``darknet train`` and ``darknet classifier train``: a network learns from photographs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .declared import takes
from .options import json_option, once
from .train_asked import classes_asked, pictures_asked, run_asked, start_asked
from .train_options import Augment, Classes, Length, Net, Pictures, Run, Start
from .training import launched, needs_torch, say
from .words import complete_network, refuse_network

if TYPE_CHECKING:
    from ..train.run_options import Options

__all__ = ["DATA_HELP", "classifier_train", "train"]

F = TypeVar("F", bound=Callable[..., Any])
DATA_HELP = "Photographs with their classes."


def _old_flags(command: F) -> F:
    """Flags of C's training that make no difference here: taken, and nothing done."""
    for flag in ("-dont_show", "-map", "-topk", "-nogpu", "-show_imgs", "-benchmark_layers"):
        command = click.option(flag, flag[1:], is_flag=True, hidden=True, expose_value=False)(
            command
        )
    return click.option("-mjpeg_port", "mjpeg_port", hidden=True, expose_value=False)(command)


@click.group(invoke_without_command=True)
@click.option("--overfit-one-batch", is_flag=True,
              help="Self test: a small network learns a batch of drawn pictures.")  # fmt: skip
@json_option
@click.pass_context
def train(ctx: click.Context, overfit_one_batch: bool, as_json: bool) -> int | None:
    """Train a network of your own: darknet train classify --data DIR --cfg CFG."""
    if ctx.invoked_subcommand is not None:
        return None
    if not overfit_one_batch:
        print(ctx.get_help())
        return 0
    needs_torch()
    from ..train.selftest import drawn_batch, overfit

    return _verdict(overfit(*drawn_batch()), as_json)


@train.command("classify", short_help="Train a classifier.")
@takes(Run, "run")
@takes(Pictures, "pictures")
@takes(Start, "start")
@takes(Classes, "classes")
@takes(Length, "length")
@takes(Net, "net")
@takes(Augment, "augment")
@json_option
@click.option("--overfit-one-batch", is_flag=True,
              help="Self test: learn one batch by heart instead.")  # fmt: skip
@click.option("--weights", metavar="WEIGHTS", type=click.Path(), help="Where to start.")
@click.option("--cfg", required=True, metavar="CFG", type=click.Path(),
              shell_complete=complete_network, help="The network, or a model's name.")  # fmt: skip
@click.option("--data", required=True, metavar="DATA", type=click.Path(), multiple=True,
              callback=once, help=DATA_HELP)  # fmt: skip
def classify(
    data: str,
    cfg: str,
    weights: str | None,
    overfit_one_batch: bool,
    as_json: bool,
    net: Net,
    augment: Augment,
    length: Length,
    start: Start,
    classes: Classes,
    pictures: Pictures,
    run: Run,
) -> int:
    """Train a classifier on photographs whose classes are known.

    DATA is a folder (or .tar, .tar.gz, .tar.xz) of folders named after the classes, or with such
    folders in train/ and valid/; a .data file (its train, valid, names, backup); a list or a
    labels.tsv. Everything is written to the backup folder: NAME.weights at the end; on the way
    NAME_best.weights, NAME.backup, NAME.checkpoint, the curve as NAME.png, every batch in NAME.csv
    and NAME.jsonl. Ctrl-C keeps what is there; --resume goes on, to the same weights as without.
    """
    needs_torch()
    refuse_network(data, "--data DATA --cfg CFG")
    options = start_asked(data, cfg, weights, start, net, length, augment)
    options = run_asked(pictures_asked(classes_asked(options, classes), pictures), run)
    return _train(options, run.gpus, overfit_one_batch, as_json)


@click.command("train", short_help="Train a classifier.")
@takes(Run, "run")
@takes(Pictures, "pictures")
@takes(Start, "start")
@takes(Classes, "classes")
@takes(Length, "length")
@takes(Net, "net")
@takes(Augment, "augment")
@json_option
@click.option("--overfit-one-batch", is_flag=True,
              help="Self test: learn one batch by heart instead.")  # fmt: skip
@_old_flags
@click.argument("data", metavar="DATA", type=click.Path())
@click.argument("cfg", metavar="CFG", type=click.Path(), shell_complete=complete_network)
@click.argument("weights", metavar="[WEIGHTS]", required=False, type=click.Path())
def classifier_train(
    data: str,
    cfg: str,
    weights: str | None,
    overfit_one_batch: bool,
    as_json: bool,
    net: Net,
    augment: Augment,
    length: Length,
    start: Start,
    classes: Classes,
    pictures: Pictures,
    run: Run,
) -> int:
    """Train a classifier, as the C program does: DATA CFG [WEIGHTS].

    See darknet train classify --help for what DATA may be and what is written.
    """
    needs_torch()
    refuse_network(data, "DATA CFG [WEIGHTS]")
    options = start_asked(data, cfg, weights, start, net, length, augment)
    options = run_asked(pictures_asked(classes_asked(options, classes), pictures), run)
    return _train(options, run.gpus, overfit_one_batch, as_json)


def _train(options: Options, gpus: str | None, selftest: bool, as_json: bool) -> int:
    if selftest:
        from ..train.selftest import first_batch, overfit

        return _verdict(overfit(*first_batch(options)), as_json)
    from ..train.session import Session

    return launched(lambda process: Session(options, process, say), gpus=gpus, as_json=as_json)


def _verdict(result: Any, as_json: bool) -> int:
    print(json.dumps(result.to_dict(), indent=1) if as_json else "\n".join(result.lines()))
    return 0 if result.learned else 2
