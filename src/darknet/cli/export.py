"""``darknet export``: a network as a file for other programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

import click

from ..errors import printable
from .options import fork_option, json_option, names_option, old_flags
from .progress import waiting
from .words import network_words, weights_file

if TYPE_CHECKING:
    from ..layers import Fork

__all__ = ["export"]


def _number_or_free(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> int | Literal["free"] | None:
    """What --batch says; its bounds are the export's to check."""
    if value is None or value == "free":
        return value  # type: ignore[return-value]
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise click.BadParameter(f"{printable(value)} is neither a number nor free", ctx, param)
    return int(value)


@click.command(short_help="Write a network as ONNX, OpenVINO IR or safetensors.")
@click.argument("words", metavar="(CFG WEIGHTS | MODEL) OUT", nargs=-1, type=click.Path())
@click.option(
    "--batch",
    metavar="N|free",
    callback=_number_or_free,
    help="Inputs at once, or free for any number (default: free for ONNX, 1 for OpenVINO IR).",
)
@click.option(
    "--fold/--no-fold",
    default=None,
    help="Put batch normalization into the weights before it (default for ONNX and IR).",
)
@click.option(
    "--half",
    is_flag=True,
    help="Store filters in half precision: half the bytes; arithmetic stays float32.",
)
@click.option(
    "--check/--no-check",
    default=True,
    show_default=True,
    help="Run the file and compare with numpy before it takes its place.",
)
@names_option
@fork_option
@json_option
@old_flags
def export(
    words: tuple[str, ...],
    batch: int | Literal["free"] | None,
    fold: bool | None,
    half: bool,
    check: bool,
    names: str | None,
    fork: Fork | None,
    as_json: bool,
) -> None:
    """Write CFG and WEIGHTS, or a MODEL known by name, as OUT, a file for other programs.

    The ending of OUT says which: .onnx; .xml for OpenVINO IR (with a .bin beside it);
    .safetensors for the arrays alone. The file is run by the program that it is for, and takes its
    place when its answer is that of numpy. The class list is stored in it.
    """
    from ..api import load

    cfg, weights, rest = network_words(words)
    if len(rest) != 1:
        context = click.get_current_context()
        raise click.UsageError("expected one OUT, after CFG WEIGHTS or MODEL", context)
    out, weights = rest[0], weights_file(weights or cfg)
    with load(cfg, weights, names=names, fork=fork) as net, waiting(f"Writing {printable(out)}"):
        done = net.export(out, batch=batch, fold=fold, half=half, check=check)
    print(json.dumps(done.to_dict(), indent=1) if as_json else done)
