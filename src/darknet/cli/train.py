"""``darknet train`` and ``darknet classifier train``: a network learns from photographs."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import DarknetError, EngineError, InputError
from ..layers.net import OPTIMIZERS, POLICIES
from .options import json_option, names_option, preprocess_option
from .words import complete_network

if TYPE_CHECKING:
    from ..train.parallel import Process
    from ..train.run_options import Options
    from ..train.session import Session

__all__ = [
    "DATA_HELP",
    "classifier_train",
    "needs_torch",
    "net_options",
    "say",
    "session_options",
    "train",
]

F = TypeVar("F", bound=Callable[..., Any])
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
DATA_HELP = "Photographs with their classes."

_NET = {
    "batch": "batch",
    "subdivisions": "subdivisions",
    "batches": "max_batches",
    "epochs": "max_epochs",
    "learning_rate": "learning_rate",
    "momentum": "momentum",
    "decay": "decay",
    "policy": "policy",
    "power": "power",
    "burn_in": "burn_in",
    "optimizer": "optimizer",
    "ema": "ema_alpha",
    "label_smoothing": "label_smooth_eps",
    "translate": "translate",
    "cutout": "cutout",
}
"""Options of the command line that are options of [net], by their keys there."""


def net_options(command: F) -> F:
    """What changes [net] for this run."""
    positive, share = click.IntRange(1), click.FloatRange(0, 1)
    for option in (
        click.option("--net", "net", metavar="KEY=VALUE", multiple=True,
                     help="Any other option of [net] (darknet help net lists them)."),
        click.option("--cutout", type=click.IntRange(0), metavar="PIXELS",
                     help="A grey square of this side somewhere in every photograph."),
        click.option("--translate", type=click.IntRange(0), metavar="PIXELS",
                     help="Shift by up to this many whole pixels."),
        click.option("--mixup", type=click.FloatRange(0), metavar="ALPHA",
                     help="Mix pairs of photographs, with shares from Beta(ALPHA, ALPHA)."),
        click.option("--label-smoothing", type=share, metavar="SHARE",
                     help="Spread this share of every label over all classes."),
        click.option("--optimizer", type=click.Choice(OPTIMIZERS), help="How a step is taken."),
        click.option("--decay", type=float, help="Weights shrink by this share of the rate."),
        click.option("--momentum", type=float, help="Share of the last step that goes on."),
        click.option("--subdivisions", type=positive, metavar="N",
                     help="Parts that a batch is computed in: more of them need less memory."),
        click.option("--batch", type=positive, metavar="N", help="Photographs in one step."),
    ):  # fmt: skip
        command = option(command)
    return command


def _schedule_options(command: F) -> F:
    """How fast it learns, and for how long: in [net], too."""
    positive, share = click.IntRange(1), click.FloatRange(0, 1)
    for option in (
        click.option("--ema", type=share, metavar="ALPHA",
                     help="Average the weights with this memory (0.999); the average is saved."),
        click.option("--burn-in", type=click.IntRange(0), metavar="N",
                     help="Batches over which the rate grows from 0."),
        click.option("--power", type=float, help="Exponent of policy=poly and of the burn-in."),
        click.option("--policy", type=click.Choice(POLICIES), help="How the rate changes."),
        click.option("--learning-rate", "--lr", type=float, help="Size of a step."),
        click.option("--epochs", type=positive, metavar="N", help="Passes over the data in all."),
        click.option("--batches", type=positive, metavar="N", help="Batches in all."),
    ):  # fmt: skip
        command = option(command)
    return command


def _run_options(command: F) -> F:
    """How a run goes."""
    for option in (
        json_option,
        names_option,
        preprocess_option,
        click.option("--tensorboard", is_flag=True, help="Write TensorBoard's events too."),
        click.option("--quarantine", metavar="FILE", type=click.Path(),
                     help="Leave out what this list of darknet data check names."),
        click.option("--cache", "cache_megabytes", type=click.IntRange(0), metavar="MB",
                     help="Memory for decoded photographs (default: a quarter of what is free)."),
        click.option("--threads", type=click.IntRange(1, 1024),
                     help="Threads that prepare photographs (default: one a core)."),
        click.option("--sync-bn", "synchronized", is_flag=True,
                     help="Normalize over the batches of all processes together."),
        click.option("--compile", "compiled", is_flag=True,
                     help="Let torch.compile make code for the network first (needs a C++ "
                     "compiler; pays in long runs)."),
        click.option("--precision", type=click.Choice(["auto", "f32", "bf16"]), default="auto",
                     help="auto: bf16 where the processor has it."),
        click.option("--seed", type=click.IntRange(0), default=0, show_default=True,
                     help="Of everything that is drawn."),
        click.option("--validate-every", type=click.IntRange(0), metavar="N",
                     help="Batches between validations; 0: none (default: an epoch)."),
        click.option("--save-every", type=click.IntRange(1), default=100, show_default=True,
                     metavar="N", help="Batches between checkpoints."),
        click.option("--resume", is_flag=True, help="Go on from the last checkpoint."),
        click.option("--backup", default=None, metavar="DIR", type=click.Path(),
                     help="Folder for all that is written (default: the .data file's, or backup)."),
        click.option("--freeze", "frozen", type=click.IntRange(0), metavar="N",
                     help="Keep the first N layers as they are."),
        click.option("--upto", type=click.IntRange(1), metavar="N",
                     help="Take only the first N layers from WEIGHTS."),
        click.option("-clear", "--clear", "clear", is_flag=True,
                     help="Count the photographs seen from 0, whatever WEIGHTS says."),
        click.option("--classes", type=click.IntRange(1), metavar="N",
                     help="Change the network's last layer to N classes."),
        click.option("-gpus", "--gpus", metavar="0,1", help="GPUs to use, a process on each."),
        click.option("--valid", metavar="DATA", type=click.Path(),
                     help="Photographs to validate with (default: the data's own part)."),
    ):  # fmt: skip
        command = option(command)
    return command


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
@_run_options
@_schedule_options
@net_options
@click.option("--overfit-one-batch", is_flag=True,
              help="Self test: learn one batch by heart instead.")  # fmt: skip
@click.option("--weights", metavar="WEIGHTS", type=click.Path(), help="Where to start.")
@click.option("--cfg", required=True, metavar="CFG", type=click.Path(),
              shell_complete=complete_network, help="The network, or a model's name.")  # fmt: skip
@click.option("--data", required=True, metavar="DATA", type=click.Path(),
              help=DATA_HELP)  # fmt: skip
def classify(**given: Any) -> int:
    """Train a classifier on photographs whose classes are known.

    DATA is a folder (or .tar, .tar.gz, .tar.xz) of folders named after the classes, or with such
    folders in train/ and valid/; a .data file (its train, valid, names, backup); a list or a
    labels.tsv. Everything is written to the backup folder: NAME.weights at the end; on the way
    NAME_best.weights, NAME.backup, NAME.checkpoint, the curve as NAME.png, every batch in NAME.csv
    and NAME.jsonl. Ctrl-C keeps what is there; --resume goes on, to the same weights as without.
    """
    return _train(given)


@click.command("train", short_help="Train a classifier.")
@_run_options
@_schedule_options
@net_options
@click.option("--overfit-one-batch", is_flag=True,
              help="Self test: learn one batch by heart instead.")  # fmt: skip
@_old_flags
@click.argument("data", metavar="DATA", type=click.Path())
@click.argument("cfg", metavar="CFG", type=click.Path(), shell_complete=complete_network)
@click.argument("weights", metavar="[WEIGHTS]", required=False, type=click.Path())
def classifier_train(**given: Any) -> int:
    """Train a classifier, as the C program does: DATA CFG [WEIGHTS].

    See darknet train classify --help for what DATA may be and what is written.
    """
    return _train(given)


def _train(given: dict[str, Any]) -> int:
    needs_torch()
    as_json, gpus = given.pop("as_json"), _gpus(given.pop("gpus"))
    selftest = given.pop("overfit_one_batch")
    if len(gpus) > 1 and "RANK" not in os.environ and not selftest:
        from ..train.parallel import relaunch

        relaunch(len(gpus), sys.argv[1:])
    options = session_options(given)
    if selftest:
        from ..train.selftest import first_batch, overfit

        return _verdict(overfit(*first_batch(options)), as_json)
    from ..train.parallel import joined

    with joined(gpus) as process:
        try:
            return _watched(options, process, as_json)
        except DarknetError:
            if process.is_main:
                raise
            return 2  # one process says it


def session_options(given: dict[str, Any]) -> Options:
    """What the command line says, for a session."""
    from ..train.run_options import Options, backup_of

    net: dict[str, object] = {key: given.pop(name, None) for name, key in _NET.items()}
    if net["max_batches"] is not None and net["max_epochs"] is not None:
        raise InputError("--batches and --epochs: expected one of them")
    if net["max_batches"] is not None:
        net["max_epochs"] = 0
    if net["optimizer"] is not None:
        net["adam"] = 0
    mixup = given.pop("mixup")
    if mixup is not None:
        net |= {"mixup": int(mixup > 0), "mixup_alpha": mixup or None}
    net |= _pairs(given.pop("net"))
    megabytes = given.pop("cache_megabytes", None)
    given["cache_bytes"] = None if megabytes is None else megabytes * 2**20
    given["backup"] = given.get("backup") or backup_of(given["data"])
    return Options(net=net, **given)


def _pairs(words: tuple[str, ...]) -> Mapping[str, object]:
    from ..errors import did_you_mean, printable
    from ..layers import NetSection
    from ..options import options_of

    known, found = options_of(NetSection), {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or key not in known:
            raise InputError(
                f"--net {printable(word)}: expected KEY=VALUE with an option of [net]"
                f"{did_you_mean(key, known)}"
            )
        found[key] = value
    return found


def _gpus(word: str | None) -> tuple[int, ...]:
    """The numbers after -gpus; none where there is no CUDA, which is told."""
    if word is None:
        return ()
    parts = word.split(",")
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise InputError(f"-gpus {word}: expected numbers of GPUs with commas between: 0,1")
    import torch

    if not torch.cuda.is_available():
        say(f"-gpus {word}: torch sees no CUDA here; training on the CPU")
        return ()
    return tuple(map(int, parts))


def needs_torch() -> None:
    """EngineError where torch is not installed."""
    from importlib.util import find_spec

    if find_spec("torch") is None:
        raise EngineError(
            'training needs torch, which is not installed: pip install "darknet-python[train]"'
        )


def _watched(options: Options, process: Process, as_json: bool) -> int:
    from ..train.allocator import keep_memory
    from ..train.session import Session
    from .watch import Watch

    keep_memory()
    session = Session(options, process, say)
    quiet = as_json or not process.is_main
    watch = Watch(
        session.total, session.title, done=session.start, quiet=quiet, memory=session.memory_now
    )
    with _patience(session), watch:
        session.tell_to(watch.note)
        for step in session.run():
            watch.step(step)
    if not process.is_main:
        return 0
    outcome = session.result()
    for line in session.lost:
        print(f"darknet: {line}", file=sys.stderr)
    if as_json:
        print(json.dumps(outcome.to_dict(), indent=1))
    else:
        print("\n".join(outcome.lines()))
    if not outcome.complete:
        say(
            f"interrupted after {outcome.batch:,} of {session.total:,} batches; the same command "
            "with --resume goes on"
        )
        return 130
    return 0


def say(line: str) -> None:
    """A remark, on stderr."""
    print(f"darknet: {line}", file=sys.stderr)


@contextmanager
def _patience(session: Session) -> Iterator[None]:
    """Ctrl-C (or a cluster's SIGTERM, or a lost line) ends the run after this batch.

    A second one ends it at once; what comes within a second is the same one: torchrun passes on
    what the terminal has sent to all.
    """
    asked_at: list[float] = []

    def asked(number: int, frame: object) -> None:
        asked_at.append(time.monotonic())
        if asked_at[-1] - asked_at[0] > 1:
            raise KeyboardInterrupt
        session.stop()

    signals = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    old = {number: signal.signal(number, asked) for number in signals}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def _verdict(result: Any, as_json: bool) -> int:
    print(json.dumps(result.to_dict(), indent=1) if as_json else "\n".join(result.lines()))
    return 0 if result.learned else 2
