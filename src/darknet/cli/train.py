"""``darknet train`` and ``darknet classifier train``: a network learns from photographs."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import DarknetError, EngineError, InputError
from .declared import takes
from .options import json_option
from .train_asked import run_asked, start_asked
from .train_options import Length, Net, Run, Start
from .words import complete_network, refuse_network

if TYPE_CHECKING:
    from ..train.parallel import Process
    from ..train.run_options import Options
    from ..train.session import Session

__all__ = [
    "DATA_HELP",
    "classifier_train",
    "needs_torch",
    "say",
    "train",
]

F = TypeVar("F", bound=Callable[..., Any])
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
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
@takes(Start, "start")
@takes(Length, "length")
@takes(Net, "net")
@json_option
@click.option("--overfit-one-batch", is_flag=True,
              help="Self test: learn one batch by heart instead.")  # fmt: skip
@click.option("--weights", metavar="WEIGHTS", type=click.Path(), help="Where to start.")
@click.option("--cfg", required=True, metavar="CFG", type=click.Path(),
              shell_complete=complete_network, help="The network, or a model's name.")  # fmt: skip
@click.option("--data", required=True, metavar="DATA", type=click.Path(),
              help=DATA_HELP)  # fmt: skip
def classify(
    data: str,
    cfg: str,
    weights: str | None,
    overfit_one_batch: bool,
    as_json: bool,
    net: Net,
    length: Length,
    start: Start,
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
    options = run_asked(start_asked(data, cfg, weights, start, net, length), run)
    return _train(options, run.gpus, overfit_one_batch, as_json)


@click.command("train", short_help="Train a classifier.")
@takes(Run, "run")
@takes(Start, "start")
@takes(Length, "length")
@takes(Net, "net")
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
    length: Length,
    start: Start,
    run: Run,
) -> int:
    """Train a classifier, as the C program does: DATA CFG [WEIGHTS].

    See darknet train classify --help for what DATA may be and what is written.
    """
    needs_torch()
    refuse_network(data, "DATA CFG [WEIGHTS]")
    options = run_asked(start_asked(data, cfg, weights, start, net, length), run)
    return _train(options, run.gpus, overfit_one_batch, as_json)


def _train(options: Options, gpus: str | None, selftest: bool, as_json: bool) -> int:
    if selftest:
        from ..train.selftest import first_batch, overfit

        return _verdict(overfit(*first_batch(options)), as_json)
    chosen = _gpus(gpus)
    if len(chosen) > 1 and "RANK" not in os.environ:
        from ..train.parallel import relaunch

        return relaunch(len(chosen), sys.argv[1:])
    from ..train.parallel import joined

    with joined(chosen) as process:
        try:
            return _watched(options, process, as_json)
        except DarknetError:
            if process.first_here:
                raise
            return 2  # one process of a machine says it


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
