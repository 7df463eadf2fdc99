"""``darknet import``: weights from elsewhere become a .weights file."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import InputError, WeightsError, printable
from ..files import refuse_inputs
from .options import json_option, old_flags
from .targets import cfg_file

if TYPE_CHECKING:
    from ..importing import Imported
    from ..importing.matching import Match
    from ..layers import Fork
    from ..zoo import Model

__all__ = ["import_"]


def _numbers(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[float, ...] | None:
    """``104,117,123``"""
    try:
        return None if value is None else tuple(float(number) for number in value.split(","))
    except ValueError:
        expected = f"{printable(value or '')}: expected numbers with commas between"
        raise click.BadParameter(expected, ctx, param) from None


@click.command("import", short_help="Weights from elsewhere become a .weights file.")
@click.argument("source", metavar="SOURCE", type=click.Path())
@click.argument("cfg", metavar="[CFG]", type=click.Path(), required=False)
@click.option(
    "-o",
    "--out",
    metavar="WEIGHTS",
    type=click.Path(),
    help="Where to write. Default: the cfg's name with .weights, in this folder, if there is none; "
    "the cache of models (darknet cache) where SOURCE is known and no other option says how.",
)
@click.option(
    "--map",
    "mapping",
    metavar="TOML",
    type=click.Path(),
    help="What cannot be seen in SOURCE: which array is which, how it was fed (docs/import.md).",
)
@click.option(
    "--bgr/--rgb",
    "bgr",
    default=None,
    help="Order of the channels that the source's network was fed; Darknet's is RGB.",
)
@click.option("--scale", type=float, help="It was fed values times this: 255.")
@click.option(
    "--mean",
    metavar="A,B,C",
    callback=_numbers,
    help="It was fed values minus these, after the scale, in "
    "its own order of channels: 104,117,123.",
)
@click.option("--std", metavar="A,B,C", callback=_numbers, help="... and then divided by these.")
@click.option(
    "--classes",
    metavar="ORDER",
    help="Order of its classes: imagenet-sorted, or a class list's file.",
)
@click.option(
    "--epsilon",
    type=float,
    help="What its batch normalizations add to the variance "
    "(default: what SOURCE says, else 1e-5 as in torch, 1e-3 for Keras' names).",
)
@click.option(
    "--fork",
    type=click.Choice(["pjreddie", "alexeyab"]),
    help="Whose arithmetic the weights are for (default: guessed from the cfg).",
)
@click.option(
    "--approximate",
    is_flag=True,
    help="Accept that a first layer that pads answers otherwise at the border.",
)
@click.option(
    "--partial",
    is_flag=True,
    help="Accept arrays left over, and layers without any, which get random weights.",
)
@click.option("--dry-run", is_flag=True, help="Only show the mapping.")
@json_option
@old_flags
def import_(
    source: str, cfg: str | None, out: str | None, mapping: str | None, bgr: bool | None,
    scale: float | None, mean: tuple[float, ...] | None, std: tuple[float, ...] | None,
    classes: str | None, epsilon: float | None, fork: Fork | None, approximate: bool,
    partial: bool, dry_run: bool, as_json: bool,
) -> int:  # fmt: skip
    """Write the weights in SOURCE as a .weights file for CFG.

    SOURCE is an .npz, .onnx, .pt, .pth or .safetensors file; its arrays are matched with CFG's
    layers. CFG may be a model's name, and may be left out where SOURCE is a file that is known: the
    weights are then that model's own. Nothing in SOURCE is ever run: files that hold Python objects
    are refused. Exits with 2, and writes nothing, unless every array of SOURCE and every layer of
    CFG finds its place.
    """
    from ..importing import Recipe, import_weights
    from ..importing.known import recognised

    order = None if bgr is None else "bgr" if bgr else "rgb"
    recipe = Recipe(order, scale, mean, std, classes, epsilon)  # type: ignore[arg-type]
    imported = import_weights(
        source, cfg, recipe=recipe, mapping=mapping, fork=fork, approximate=approximate,
        partial=True, watch=_bar,
    )  # fmt: skip
    refused = not (partial or imported.complete)
    target = None
    if not (dry_run or refused):
        model = recognised(imported.sha256)
        own = cfg is None or (model is not None and cfg == model.name)
        as_known = own and recipe == Recipe() and not (mapping or fork or partial)
        if as_known and out is None and model is not None:
            target = _cached(imported, model)
        else:
            read = (source, cfg and cfg_file(cfg), mapping, classes, *imported.reads)
            target = _saved(imported, out, read)
    if as_json:
        size = imported.network.weights_bytes
        written = None if target is None else {"path": target, "bytes": size}
        print(json.dumps({**imported.to_dict(), "written": written}, indent=1))
    else:
        for line in imported.lines():
            print(line)
        if target is not None:
            print(f"wrote {printable(target, 200)}: {imported.network.weights_bytes:,} bytes")
    if refused:
        raise WeightsError(f"{imported.summary()}; nothing written (--partial accepts it)")
    return 0


def _cached(imported: Imported, model: Model) -> str:
    """Into the cache, as the weights of the model that the source is known to be."""
    from ..zoo.cache import Cache

    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / model.file.name
        imported.save(made)
        Cache.default().add(model.file, made, model.check, origin=os.path.abspath(imported.source))
    return str(Cache.default().path(model.file.name))


def _saved(imported: Imported, out: str | None, inputs: Iterable[str | None]) -> str:
    """Into the file named, else one of the cfg's name; never over an input."""
    target = out or f"{Path(imported.network.cfg.label).stem}.weights"
    if out is None and os.path.exists(target):
        raise InputError(f"{printable(target, 200)}: is there already; -o says where to write")
    refuse_inputs(target, [word for word in inputs if word is not None], "-o says where to write")
    imported.save(target)
    return target


def _bar(matches: Sequence[Match]) -> Iterable[Match]:
    from .progress import progress

    return progress(matches, len(matches), "Reading")
