"""``darknet rig check``: do a box's parts fit together?"""

from __future__ import annotations

import json

import click

from .options import json_option

__all__ = ["check"]


@click.command(short_help="Do a box's parts fit together?")
@click.argument("box", metavar="BOX", type=click.Path())
@json_option
def check(box: str, as_json: bool) -> int:
    """Look at slots, lanes, sockets, power, memory, the case and cooling of a box.

    BOX is a rig file (docs/rig.md), or ``guide`` for the Hardware Guide's own. What a catalogue
    does not say is unknown, and no failure. The exit code is 2 where something fails.
    """
    from ..rig import check_box, read_box
    from ..rig.check import worst

    found = check_box(read_box(box))
    state = worst(found)
    if as_json:
        document = {"rig": box, "state": state, "findings": [one.to_dict() for one in found]}
        print(json.dumps(document, indent=1))
    else:
        for one in found:
            print(one)
        if not found:
            print("nothing to check: the file names no parts that would have to fit together")
    return 2 if state == "fails" else 0
