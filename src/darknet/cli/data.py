"""``darknet data check``: is a data set fit to be trained on?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ..errors import InputError, printable
from .options import json_option
from .targets import check_target

if TYPE_CHECKING:
    from ..data_report import Report

__all__ = ["data"]


@click.group(short_help="Look at a data set before a network learns from it.")
def data() -> None:
    """Look at a data set before a network learns from it."""


@data.command(short_help="Unreadable photographs, unclear classes, duplicates, class balance.")
@click.argument("data", metavar="DATA", type=click.Path())
@click.option("--names", metavar="LIST", help="Class list: a file, or a shipped one (imagenet). "
              "Default: what the cfg or .data file says, or the folders.")  # fmt: skip
@click.option("--cfg", metavar="CFG", type=click.Path(), help="The network that the data are for: "
              "its classes, and its size.")  # fmt: skip
@click.option("--part", type=click.Choice(["train", "valid", "all"]), default="all",
              show_default=True, help="Which part of the data is looked at.")  # fmt: skip
@click.option("--quarantine", metavar="FILE", help="Write the list of what should be left out; "
              "darknet classifier train takes it.")  # fmt: skip
@click.option("--save", metavar="PNG", help="Draw how many photographs every class has.")
@json_option
def check(
    data: str,
    names: str | None,
    cfg: str | None,
    part: str,
    quarantine: str | None,
    save: str | None,
    as_json: bool,
) -> int:
    """Decode every photograph of a data set and look up its class.

    DATA is a folder or a tar archive of class folders, perhaps in train and valid (or val, test);
    a .data file; a list of photographs; or a table with a header (labels.tsv).

    Named are photographs that cannot be read, have no class or two, are there more than once (to
    the byte), or are in the training part and in the other; with file and line where a list has
    them. The exit code is 2 where something cannot be used.
    """
    from ..class_names import parts_in
    from ..data_check import DataCheck
    from .progress import progress

    parts = [one for one in parts_in(data) if part in ("all", one)]
    if part != "all" and not parts:
        raise InputError(f"{printable(data, 200)}: no part {part}; leave --part away")
    known, size = _classes(data, names, cfg)
    looked = DataCheck(data, known, parts, size)  # type: ignore[arg-type]
    _outputs(quarantine, save, [*looked.inputs, *filter(None, (names, cfg))])
    for _ in progress(looked.run(), len(looked), "Checking", looked.status):
        pass
    found = looked.result()
    _write(found, quarantine, save)
    print(json.dumps(found.to_dict(), indent=1) if as_json else "\n".join(found.lines()))
    return 0 if found.is_usable else 2


def _classes(
    data: str, names: str | None, cfg: str | None
) -> tuple[Sequence[str], tuple[int, int] | None]:
    """The class names, and the network's width and height where a cfg is given."""
    from ..class_names import class_names
    from ..names import fitting, load_names

    if cfg is None:
        return (class_names(data) if names is None else load_names(names)), None
    from ..network import Network
    from ..zoo import read_cfg

    network = Network.build(read_cfg(cfg))
    size = (network.input.width, network.input.height)
    source = names or network.net.names
    outputs = network.outputs[0].output
    count = outputs.size if outputs.is_vector else outputs.channels
    if source:
        found = load_names(source, written_in="" if names else network.cfg.label)
        return fitting(found, count, source), size
    found = class_names(data)
    if len(found) != count:
        raise InputError(
            f"{printable(data, 200)}: {len(found):,} classes, but the network of "
            f"{printable(cfg, 200)} has {count:,} outputs"
        )
    return found, size


def _outputs(quarantine: str | None, save: str | None, inputs: Sequence[str]) -> None:
    """InputError for what cannot be written to, before the work."""
    if save is not None:
        check_target("--save", save, ".png", inputs=inputs)
    if quarantine is not None:
        check_target("--quarantine", quarantine, inputs=inputs)


def _write(found: Report, quarantine: str | None, save: str | None) -> None:
    from ..files import write_atomic

    if quarantine is not None:
        found.quarantine(quarantine).write()
    if save is not None:
        from ..class_chart import balance

        title = f"{found.label}: {len(found.names):,} classes"
        write_atomic(save, balance(title, found.names, found.counts))
