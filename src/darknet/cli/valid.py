"""``darknet classifier valid``: how often is a classifier right?"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import InputError, printable
from .options import (
    engine_options,
    fork_option,
    json_option,
    names_option,
    old_flags,
    preprocess_option,
    verbose_option,
)
from .scored import TILES, Outputs, lines
from .words import complete_network, network_words, own_weights, refuse_network, say_loaded

if TYPE_CHECKING:
    from ..api import Net
    from ..engines import Precision
    from ..layers import Fork
    from ..tasks.scores import Validation
    from ..tasks.valid import Validator

__all__ = ["COMMANDS", "valid"]

F = TypeVar("F", bound=Callable[..., Any])
LISTED = 10  # confusions and mistakes in JSON


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command line asked for."""

    data: str
    cfg: str
    weights: str
    top: int | None
    preprocess: str | None
    crops: int | None
    flip: bool
    batch: int
    limit: int | None
    per_class: bool
    confused: int | None
    worst: int | None
    save: str | None
    matrix: str | None
    calibration: str | None
    csv: str | None
    names: str | None
    fork: Fork | None
    as_json: bool
    verbose: bool
    engine: str
    precision: Precision
    threads: int


def _options(command: F) -> F:
    for option in (
        engine_options,
        old_flags,
        verbose_option,
        json_option,
        fork_option,
        names_option,
        click.option("--csv", metavar="CSV", help="Write a line for every photograph: class, "
                     "answer, probabilities, rank."),
        click.option("--calibration", metavar="PNG", help="Draw how often answers are right "
                     "against how sure they are."),
        click.option("--matrix", metavar="PNG", help="Draw the confusion matrix: classes by "
                     "answers."),
        click.option("--save", metavar="PNG", help="Draw the mistakes that were made with most "
                     f"confidence, --worst of them (default {TILES})."),
        click.option("--worst", type=click.IntRange(1), metavar="N",
                     help="List the N mistakes that were made with most confidence."),
        click.option("--confused", type=click.IntRange(1), metavar="N",
                     help="List the N pairs of classes that were confused most often."),
        click.option("--per-class", is_flag=True, help="List every class: photographs, top-1, "
                     "top-k, and what it was most often taken for."),
        click.option("--limit", type=click.IntRange(1), metavar="N",
                     help="Only N of the photographs, evenly spread."),
        click.option("--batch", type=click.IntRange(1), default=1, show_default=True,
                     help="Photographs of equal size answered at once."),
        click.option("--flip", is_flag=True, help="Average the photograph and its mirror image."),
        click.option("--crops", type=click.Choice(["1", "5", "10"]), callback=_number,
                     help="5: average four corners and the middle, of 8/7 of the network's size. "
                     "10: their mirror images too."),
        preprocess_option,
        click.option("-t", "--top", type=click.IntRange(1), metavar="K",
                     help="The k of top-k (default: what a .data file says, or 5)."),
        click.argument("words", metavar="DATA (CFG WEIGHTS | MODEL)", nargs=-1,
                       type=click.Path(), shell_complete=complete_network),
    ):  # fmt: skip
        command = option(command)
    return command


def _number(ctx: click.Context, option: click.Parameter, value: str | None) -> int | None:
    return None if value is None else int(value)


def _request(words: tuple[str, ...], given: dict[str, Any]) -> Request:
    """The request; DATA is looked at before any weights are fetched."""
    from ..labelled import is_data_file

    context = click.get_current_context()
    if not words:
        raise click.UsageError("Missing argument 'DATA'", context)
    refuse_network(words[0], "DATA CFG WEIGHTS")
    data, (cfg, weights, more) = words[0], network_words(words[1:])
    if more:
        raise click.UsageError(f"Got unexpected extra argument ({printable(more[0])})", context)
    names = given.pop("names")
    if is_data_file(data) and names is None:
        from ..cfg import Data
        from ..names import list_in

        names = list_in(Data.read(data))
    return Request(data=data, cfg=cfg, weights=weights or own_weights(cfg), names=names, **given)


@click.command(short_help="How often a classifier is right, over labelled photographs.")
@_options
def valid(words: tuple[str, ...], **given: Any) -> int:
    """Print how well a classifier answers photographs whose classes are known.

    DATA is a folder, or a tar archive, of folders named after the classes (names, wnids or class
    numbers); a .data file (its valid, names or labels, and top count); a list of photographs, the
    class in a second column, in the folder or in the file's name; or a table with a header
    (labels.tsv: file, and class, label, name, wnid, darknet_index or sorted_index). Of data that
    are divided, the part valid (or val, or test) is answered.

    C's answers are those of --preprocess square. valid10 stands for valid --crops 10, validfull
    for valid --preprocess whole. Photographs that cannot be read are named on stderr and do not
    count; the exit code is 2 then.
    """
    return _run(_request(words, given))


@click.command("valid10", hidden=True)
@_options
def _valid10(words: tuple[str, ...], **given: Any) -> int:
    """As darknet classifier valid --crops 10."""
    asked = _request(words, given)
    return _run(replace(asked, crops=asked.crops or 10))


@click.command("validfull", hidden=True)
@_options
def _validfull(words: tuple[str, ...], **given: Any) -> int:
    """As darknet classifier valid --preprocess whole."""
    asked = _request(words, given)
    return _run(replace(asked, preprocess=asked.preprocess or "whole"))


def _refused(name: str, instead: str) -> click.Command:
    @click.command(name, hidden=True, context_settings={"ignore_unknown_options": True})
    @click.argument("words", nargs=-1, type=click.UNPROCESSED)
    def refused(words: tuple[str, ...]) -> None:
        raise InputError(f"classifier {name} is not here; use darknet classifier valid {instead}")

    refused.help = f"Not here: use darknet classifier valid {instead}."
    return refused


COMMANDS: dict[str, click.Command] = {
    "valid": valid,
    "valid10": _valid10,
    "validfull": _validfull,
    "validcrop": _refused("validcrop", "--preprocess crop (or square)"),
    "validmulti": _refused("validmulti", "--crops 10 (several sizes are not averaged)"),
}
"""`valid`, and C's other names for it."""


def _run(asked: Request) -> int:
    from ..labelled import read_labelled

    with _load(asked) as net:
        data = read_labelled(asked.data, net.names)
        inputs = [asked.cfg, asked.weights, *data.files, *filter(None, [asked.names])]
        outputs = Outputs(
            [*inputs, *(one.path for one in data.photographs)],
            save=asked.save,
            matrix=asked.matrix,
            calibration=asked.calibration,
            csv=asked.csv,
        )
        outputs.check_classes(len(net.names))
        for path, times in data.duplicates[:3]:
            print(f"{printable(path, 200)}: named {times} times, and counted so", file=sys.stderr)
        data = data if asked.limit is None else data.spread(asked.limit)
        validator = net.validator(
            data,
            top=asked.top,
            preprocess=asked.preprocess,
            crops=asked.crops or 1,
            flip=asked.flip,
            batch=asked.batch,
        )
        result = _watched(validator, len(data))
        if asked.verbose:
            print(net.runner.describe(), file=sys.stderr)
    for lost in result.unreadable:
        print(f"darknet: {lost.error}", file=sys.stderr)
    if asked.as_json:
        found = result.to_dict(asked.confused or LISTED, asked.worst or LISTED)
        print(json.dumps({**found, "cfg": asked.cfg, "weights": asked.weights}, indent=1))
    else:
        shown = lines(result, per_class=asked.per_class, confused=asked.confused, worst=asked.worst)
        print("\n".join(shown))
    outputs.write(result, data, asked.worst)  # last: a full disk costs no answer
    return 2 if result.unreadable else 0


def _load(asked: Request) -> Net:
    from ..api import load

    net = load(
        asked.cfg,
        asked.weights,
        names=asked.names,
        engine=asked.engine,
        precision=asked.precision,
        threads=asked.threads,
        fork=asked.fork,
    )
    if asked.verbose:
        say_loaded(net, asked.weights)
    net.classifier()  # refuses a network that plays Go, before photographs are asked for classes
    return net


def _watched(validator: Validator, total: int) -> Validation:
    from .progress import progress

    for _ in progress(validator.run(), total, "Validating", validator.status):
        pass
    return validator.result()
