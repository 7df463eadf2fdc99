"""``darknet visualize``: filters, or what the layers make of a photograph, as a picture."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError, printable
from ..files import refuse_inputs
from .options import engine_options, json_option, old_flags
from .targets import cfg_file, check_ending
from .words import network_words, weights_file

if TYPE_CHECKING:
    from ..api import Net
    from ..engines import Precision

__all__ = ["visualize"]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the command line asked for."""

    cfg: str
    weights: str
    image: str | None
    save: str | None
    layer: tuple[str, ...]
    sort: str
    preprocess: str | None
    names: str | None
    as_json: bool
    engine: str
    precision: Precision
    threads: int


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
@click.option(
    "--preprocess",
    type=click.Choice(["whole", "letterbox", "crop", "square"]),
    help="How the photograph is brought to size (as for classify).",
)
@click.option("--names", metavar="LIST", help="Class list: a file, or a shipped one (imagenet).")
@engine_options
@json_option
@old_flags
def visualize(words: tuple[str, ...], **given: Any) -> None:
    """Print the range of a network's filters, or of its feature maps for IMAGE; --save draws them.

    MODEL is a network known by name (darknet models). IMAGE "-" reads a photograph from standard
    input. A dead channel has one value everywhere.
    """
    cfg, weights, images = network_words(words)
    if len(images) > 1:
        raise click.UsageError("expected one IMAGE", click.get_current_context())
    image = images[0] if images else None
    asked = Request(cfg=cfg, weights=weights_file(weights or cfg), image=image, **given)
    _check_target(asked)
    with _load(asked) as net:
        layers = _layers(asked.layer, len(net.network.nodes))
        found = net.visualize(_source(asked), layers=layers, sort=asked.sort)  # type: ignore[arg-type]
        if asked.save is not None:
            found.save(asked.save)
    if asked.as_json:
        import json

        print(json.dumps(found.to_dict(), indent=1))
        return
    print(found)
    for name, probability in found.answers:
        print(f"{printable(name, 1000)}: {probability:f}")
    if asked.save is None:
        print("--save PNG draws them.", file=sys.stderr)


def _check_target(asked: Request) -> None:
    """InputError for a picture that is no .png, or would replace what is read."""
    if asked.save is None:
        return
    check_ending(asked.save, ".png")
    given = (cfg_file(asked.cfg), asked.weights, asked.image, asked.names)
    refuse_inputs(asked.save, filter(None, given), "--save elsewhere")


def _load(asked: Request) -> Net:
    from ..api import load

    return load(
        asked.cfg,
        asked.weights,
        names=asked.names,
        engine=asked.engine,
        precision=asked.precision,
        threads=asked.threads,
        preprocess=asked.preprocess,
    )


def _layers(words: tuple[str, ...], count: int) -> list[int] | None:
    if "all" in words:
        return list(range(count))
    try:
        return [int(word) for word in words] or None
    except ValueError:
        listed = printable(" ".join(words))
        raise InputError(f"--layer {listed}: expected a number, or all") from None


def _source(asked: Request) -> str | bytes | None:
    if asked.image != "-":
        return asked.image
    from .sources import stdin_bytes

    return stdin_bytes()
