"""``darknet visualize``: filters, or what the layers make of a photograph, as a picture."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ..errors import InputError, printable
from .options import (
    engine_options,
    fork_option,
    json_option,
    names_option,
    old_flags,
    preprocess_option,
)
from .targets import cfg_file, check_target
from .words import network_words, weights_file

if TYPE_CHECKING:
    from ..engines import Precision
    from ..layers import Fork
    from ..visualize import Sort, Visualization

__all__ = ["visualize"]


@click.command(short_help="Filters, or what the layers make of a photograph, as a picture.")
@click.argument(
    "words", metavar="(CFG WEIGHTS | MODEL) [IMAGE]", nargs=-1, type=click.Path(allow_dash=True)
)
@click.option("--save", metavar="PNG", help="Where the picture goes.")
@click.option(
    "--layer",
    metavar="N",
    multiple=True,
    help="Look at this layer (as often as wanted; "
    "negative: from the end), or at all. Default: the first filters; with IMAGE the last "
    "convolution of every size.",
)
@click.option(
    "--sort",
    type=click.Choice(["energy", "hue", "index"]),
    default="energy",
    show_default=True,
    help="Order of the filters.",
)
@preprocess_option
@names_option
@fork_option
@engine_options
@json_option
@old_flags
def visualize(
    words: tuple[str, ...],
    save: str | None,
    layer: tuple[str, ...],
    sort: Sort,
    preprocess: str | None,
    names: str | None,
    fork: Fork | None,
    engine: str,
    precision: Precision,
    threads: int,
    as_json: bool,
) -> None:
    """Print the range of a network's filters, or of its feature maps for IMAGE; --save draws them.

    MODEL is a network known by name (darknet models). IMAGE "-" reads a photograph from standard
    input. A dead channel has one value everywhere.
    """
    from ..api import load

    cfg, given, images = network_words(words)
    if len(images) > 1:
        raise click.UsageError("expected one IMAGE", click.get_current_context())
    weights, image = weights_file(given or cfg), images[0] if images else None
    if save is not None:
        read = filter(None, (cfg_file(cfg), weights, image, names))
        check_target("--save", save, ".png", inputs=read)
    with load(
        cfg, weights, names=names, engine=engine, precision=precision, threads=threads,
        preprocess=preprocess, fork=fork,
    ) as net:  # fmt: skip
        layers = _layers(layer, len(net.network.nodes))
        found = net.visualize(_source(image), layers=layers, sort=sort)
        if save is not None:
            found.save(save)
    _print(found, as_json)
    if save is None and not as_json:
        print("--save PNG draws them.", file=sys.stderr)


def _print(found: Visualization, as_json: bool) -> None:
    if as_json:
        import json

        print(json.dumps(found.to_dict(), indent=1))
        return
    print(found)
    for name, probability in found.answers:
        print(f"{printable(name, 1000)}: {probability:f}")


def _layers(words: tuple[str, ...], count: int) -> list[int] | None:
    if "all" in words:
        return list(range(count))
    try:
        return [int(word) for word in words] or None
    except ValueError:
        listed = printable(" ".join(words))
        raise InputError(f"--layer {listed}: expected a number, or all") from None


def _source(image: str | None) -> str | bytes | None:
    if image != "-":
        return image
    from .sources import stdin_bytes

    return stdin_bytes()
