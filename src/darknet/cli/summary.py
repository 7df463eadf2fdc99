"""``darknet summary``: the layer table of a cfg."""

from __future__ import annotations

import sys

import click

from .options import fork_option, json_option
from .words import complete_network

__all__ = ["summary"]


@click.command(short_help="The layer table of a cfg, with totals.")
@click.argument("cfg", metavar="CFG", type=click.Path(), shell_complete=complete_network)
@fork_option
@json_option
def summary(cfg: str, fork: str | None, as_json: bool) -> None:
    """Print the layers of CFG (a file or a model's name), then parameters, operations, bytes.

    Exits with 0 exactly when the network can be built. The BFLOPs count a multiply-add as two.
    """
    from ..network import Network
    from ..table import summary as as_dict
    from ..table import table
    from ..zoo import read_cfg

    network = Network.build(read_cfg(cfg), fork=fork)  # type: ignore[arg-type]
    if as_json:
        import json

        print(json.dumps(as_dict(network), indent=1))
        return
    for line in network.warnings:
        print(line, file=sys.stderr)
    print(table(network))
