"""The C program's weight tools: ops, print, partial, rescale, rgbgr, denormalize, and so on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import InputError, printable
from ..files import is_device, refuse_inputs, same_file, write_atomic, write_together
from .options import fork_option, json_option, old_flags
from .targets import cfg_file
from .words import weights_file

if TYPE_CHECKING:
    from ..cfg import Cfg
    from ..layers import Fork
    from ..network import Network
    from ..weights import Weights

__all__ = [
    "average",
    "denormalize",
    "normalize",
    "oneoff",
    "ops",
    "partial",
    "print_",
    "rescale",
    "reset",
    "rgbgr",
    "statistics",
]

F = TypeVar("F", bound=Callable[..., Any])

_cfg = click.argument("cfg", metavar="CFG", type=click.Path())
_weights = click.argument("weights", metavar="WEIGHTS", type=click.Path())
_out = click.argument("out", metavar="OUT", type=click.Path())
_force = click.option("--force", is_flag=True, help="Overwrite a file that is read here.")
_array = click.option(
    "--array",
    default="weights",
    show_default=True,
    metavar="NAME",
    help="Which array: weights, biases, scales, rolling_mean, rolling_variance.",
)
_cfg_out = click.option(
    "--cfg-out", metavar="FILE", help="Where the new cfg goes (default: OUT, ending in .cfg)."
)


def _options(command: F) -> F:
    """The options that every tool has."""
    return fork_option(json_option(old_flags(command)))


def _edit_arguments(command: F) -> F:
    """CFG WEIGHTS OUT, and what a tool that writes weights has."""
    for option in (_options, _force, _out, _weights, _cfg):
        command = option(command)
    return command


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What the command line of a tool that writes weights says, in the words that were typed.

    `others` are the further weights of a tool that takes several.
    """

    cfg: str
    weights: str
    out: str
    force: bool
    fork: Fork | None
    as_json: bool
    cfg_out: str | None = None
    others: tuple[str, ...] = ()

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The weights files that are read; a model's own are fetched when they are not there."""
        return tuple(weights_file(word) for word in (self.weights, *self.others))

    def check(self, target: str) -> None:
        """InputError where `target` is read here."""
        if not self.force:
            inputs = [cfg_file(self.cfg), *self.files]
            refuse_inputs(target, inputs, "choose another name, or --force to overwrite it")

    def read(self) -> tuple[Network, list[Weights]]:
        """The network, and the weights of every file."""
        from ..weights import Weights

        network = _network(self.cfg, self.fork)
        return network, [Weights.read(file, network) for file in self.files]


def _network(cfg: str, fork: Fork | None) -> Network:
    from ..network import Network
    from ..zoo import read_cfg

    network = Network.build(read_cfg(cfg), fork=fork)
    for line in network.warnings:
        print(line, file=sys.stderr)
    return network


def _read(cfg: str, weights: str, fork: Fork | None) -> tuple[Network, Weights]:
    from ..weights import Weights

    network = _network(cfg, fork)
    return network, Weights.read(weights_file(weights), network)


@click.command(short_help="The operations of a network, for one input.")
@_cfg
@_options
def ops(cfg: str, fork: Fork | None, as_json: bool) -> None:
    """Print the floating point operations of CFG for one input, a multiply-add being two."""
    flops = _network(cfg, fork).flops
    if as_json:
        print(json.dumps({"cfg": cfg, "flops": flops}))
        return
    print(f"Floating Point Operations: {flops}")
    print(f"Floating Point Operations: {flops / 1e9:.2f} Bn")


@click.command("print", short_help="The filters of a layer, as text.")
@_cfg
@_weights
@click.argument("layer", metavar="LAYER", type=int)
@_array
@_options
def print_(
    cfg: str, weights: str, layer: int, array: str, fork: Fork | None, as_json: bool
) -> None:
    """Print the filters of layer LAYER (from 0), one a line."""
    from ..surgery import rows

    found = rows(*_read(cfg, weights, fork), layer, array)
    if as_json:
        values = [[_finite(value) for value in row] for row in found.tolist()]
        head = {"cfg": cfg, "weights": weights, "layer": layer, "array": array}
        print(json.dumps({**head, "rows": values}))
        return
    for row in found:
        print("".join(f"{value:g} " for value in row.tolist()))


def _finite(value: float) -> float | None:
    """JSON has neither NaN nor infinity."""
    return value if abs(value) < float("inf") else None


@click.command(short_help="The first layers of a weights file.")
@_cfg
@_weights
@_out
@click.argument("layers", metavar="N", type=int)
@_force
@_options
def partial(layers: int, **given: Any) -> None:
    """Write the weights of the first N layers to OUT, for a new network to start from."""
    from ..surgery import partial as first_layers

    asked = Edit(**given)
    asked.check(asked.out)
    network, (weights,) = asked.read()
    short, kept = first_layers(network, weights, layers)
    _write("partial", asked, short, kept, range(layers))


@click.command(short_help="Weights for pixels of 0..1 from weights for -1..1.")
@_edit_arguments
def rescale(**given: Any) -> None:
    """Write weights that answer for x as WEIGHTS do for 2x - 1.

    Filters of the first convolution are doubled, and their sum is taken from the result.
    """
    from .. import surgery

    network = _edit("rescale", surgery.rescale, Edit(**given))
    border = surgery.rescaled_border(network)
    if border:
        print(
            "darknet: answers differ near the border: the zeros around the image "
            f"({border} on each side) were grey, and are black now",
            file=sys.stderr,
        )


@click.command(short_help="Weights for BGR from weights for RGB.")
@_edit_arguments
def rgbgr(**given: Any) -> None:
    """Write weights that see red where WEIGHTS see blue, and the reverse."""
    from .. import surgery

    _edit("rgbgr", surgery.rgbgr, Edit(**given))


@click.command(short_help="Make batch normalization the identity; same answers.")
@_edit_arguments
def reset(**given: Any) -> None:
    """Write weights for the same CFG and the same answers, whose batch normalization does nothing.

    What it did is in the filters and biases.
    """
    from .. import surgery

    _edit("reset", surgery.reset, Edit(**given))


@click.command(short_help="Take batch normalization out; same answers.")
@_edit_arguments
@_cfg_out
def denormalize(**given: Any) -> None:
    """Write weights and a cfg without batch normalization that give the same answers."""
    from .. import surgery

    _edit_both("denormalize", surgery.denormalize, Edit(**given))


@click.command(short_help="Put batch normalization in, as the identity; same answers.")
@_edit_arguments
@_cfg_out
def normalize(**given: Any) -> None:
    """Write weights and a cfg with batch normalization, which does nothing before it is trained."""
    from .. import surgery

    _edit_both("normalize", surgery.normalize, Edit(**given))


@click.command(short_help="What is in a weights file, array by array.")
@_cfg
@_weights
@_options
def statistics(cfg: str, weights: str, fork: Fork | None, as_json: bool) -> None:
    """Print smallest, mean, largest and deviation of every array, the zeros, NaN and infinities."""
    from ..statistics import statistics as look

    found = look(*_read(cfg, weights, fork))
    print(json.dumps(found.to_dict(), indent=1) if as_json else found)


@click.command(short_help="The mean of several weights files.")
@_cfg
@_out
@click.argument("several", metavar="WEIGHTS...", nargs=-1, required=True, type=click.Path())
@_force
@_options
def average(several: tuple[str, ...], **given: Any) -> None:
    """Write the mean of all WEIGHTS to OUT."""
    from ..surgery import average as mean

    asked = Edit(weights=several[0], others=several[1:], **given)
    asked.check(asked.out)
    network, weights = asked.read()
    result = mean(network, weights)
    layers = [node.index for node in network.nodes if node.weights]
    _write("average", asked, network, result, layers)


@click.command(
    short_help="Not here: use partial.", context_settings={"ignore_unknown_options": True}
)
@click.argument("given", nargs=-1)
def oneoff(given: tuple[str, ...]) -> None:
    """Refused: in C it repaired one network once."""
    raise InputError(
        "oneoff: in C it moved one head of 11,921 classes into another, once, and fits no other "
        "network: use darknet partial CFG WEIGHTS OUT N, and train a new head on that"
    )


def _edit(verb: str, change: Callable[[Network, Weights], Weights], asked: Edit) -> Network:
    """A tool that writes weights for the same cfg; the network that they are of."""
    from ..surgery import changed

    asked.check(asked.out)
    network, (weights,) = asked.read()
    result = change(network, weights)
    _write(verb, asked, network, result, changed(weights, result))
    return network


def _edit_both(
    verb: str, change: Callable[[Network, Weights], tuple[Cfg, Weights]], asked: Edit
) -> None:
    """A tool that writes weights and their cfg, both or neither."""
    from ..network import Network
    from ..surgery import changed

    target = asked.cfg_out or _beside(asked.out, asked.force)
    for path in (asked.out, target):
        asked.check(path)
    if same_file(target, [asked.out]) and not is_device(target):
        raise InputError(f"{printable(target, 200)}: is OUT: --cfg-out says where the cfg goes")
    network, (weights,) = asked.read()
    edited, result = change(network, weights)
    data = result.to_bytes(Network.build(edited, fork=network.fork))
    write_together([(target, edited.to_bytes()), (asked.out, data)])
    layers = changed(weights, result)
    _answer(verb, replace(asked, cfg_out=target), layers, result, len(data))


def _beside(out: str, force: bool) -> str:
    """The cfg's place where the user named none; InputError where something is there.

    What is no file (/dev/null) takes the cfg too: nothing lies beside it.
    """
    if is_device(out):
        return out
    target = f"{out.removesuffix('.weights')}.cfg"
    if os.path.lexists(target) and not force:
        raise InputError(
            f"{printable(target, 200)}: exists, and was not named: --cfg-out says where the new "
            "cfg goes, --force overwrites"
        )
    return target


def _write(
    verb: str, asked: Edit, network: Network, result: Weights, layers: Sequence[int]
) -> None:
    """Write weights alone, and say so."""
    data = result.to_bytes(network)
    write_atomic(asked.out, data)
    _answer(verb, asked, layers, result, len(data))


_DONE = {"average": "averaged", "partial": "kept"}


def _answer(verb: str, asked: Edit, layers: Sequence[int], result: Weights, size: int) -> None:
    if asked.as_json:
        answer = {
            "command": verb,
            "cfg": asked.cfg,
            "weights": [asked.weights, *asked.others],
            "out": asked.out,
            "cfg_out": asked.cfg_out,
            "bytes": size,
            "seen": result.header.seen,
            "layers": list(layers),
        }
        print(json.dumps(answer, indent=1))
        return
    what = f"{len(layers)} layer{'' if len(layers) == 1 else 's'} {_DONE.get(verb, 'changed')}"
    print(f"{printable(asked.out, 200)}: {size:,} bytes, {what}")
    if asked.cfg_out is not None:
        print(f"{printable(asked.cfg_out, 200)}: the cfg for it")
