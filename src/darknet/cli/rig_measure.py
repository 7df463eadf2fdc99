"""``darknet rig measure``: how fast this machine computes, decodes, and reads its disk."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from ..errors import InputError, printable
from .numbers import FloatRange
from .options import json_option
from .targets import check_target

if TYPE_CHECKING:
    from ..rig.engine_speed import EngineSpeed
    from ..rig.measured import Measured

__all__ = ["measure"]


@click.command(short_help="Measure this machine, and keep it as a rig.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(),
              help="Where the rig file goes. Default: where --rig this looks.")  # fmt: skip
@click.option("--folder", metavar="DIR", type=click.Path(), default=".",
              help="Whose disk is read. Default: the one you are in.")  # fmt: skip
@click.option("--seconds", type=FloatRange(1, 3600), default=30, show_default=True,
              help="About how long it may take.")  # fmt: skip
@click.option("--threads", type=click.IntRange(0, 1024), default=0,
              help="Threads that compute; 0: every core.")  # fmt: skip
@json_option
def measure(output: str | None, folder: str, seconds: float, threads: int, as_json: bool) -> None:
    """Measure matrix products, single layers by engine, memory, decoding, disk; a GPU if there.

    The machine should have nothing else to do meanwhile. A file is made in the folder for the
    disk's sake, and removed; the system is asked to drop it from its page cache before it is read.
    """
    from math import isfinite
    from pathlib import Path

    from ..files import write_atomic
    from ..rig import this_rig
    from ..rig.measure import Measurement, rig_of, to_toml
    from .progress import progress

    if not isfinite(seconds):
        raise InputError(f"--seconds {seconds}: expected 1 to 3600")
    target = Path(output) if output is not None else this_rig()
    if output is None:
        _make(target.parent)
    else:
        check_target("--output", output)
    measuring, at = Measurement(folder, seconds, threads), ""
    steps = progress(measuring.run(), len(measuring), "Measuring", lambda: at)
    for at in steps:  # noqa: B007 - what the bar says
        pass
    found = measuring.result()
    comment = "Written by darknet rig measure (docs/rig.md says what it means)."
    write_atomic(target, to_toml(rig_of(found), comment).encode())
    if as_json:
        print(json.dumps({"rig": str(target), **found.to_dict()}, indent=1))
        return
    print("\n".join(_lines(found)))
    print(f"{target}: written; darknet rig predict CFG --rig {output or 'this'}", file=sys.stderr)


def _make(folder: object) -> None:
    from pathlib import Path

    try:
        Path(str(folder)).mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        where = printable(str(folder), 200)
        raise InputError(f"{where}: cannot be made: {problem.strerror}; -o FILE") from None


def _lines(found: Measured) -> list[str]:
    lines = [
        f"{found.machine}: {found.cores} cores, {found.memory_bytes / 2**30:.1f} GB",
        f"matrix products (numpy): {found.gemm / 1e9:,.0f} GFLOP/s",
        f"memory: {found.bandwidth / 1e9:.1f} GB/s, read and written",
        f"decoding: {found.decode / 1e6:.0f} megapixels/s a core, "
        f"{1e3 * found.prepare_seconds:.1f} ms for 224 x 224 to learn from, "
        f"{1e3 * found.resize_seconds:.1f} ms to answer",
    ]
    lines += [_engine(engine) for engine in found.engines]
    for disk in found.disks:
        lines.append(
            f"disk of {printable(disk.folder, 80)}: {disk.sequential / 1e6:,.0f} MB/s in order, "
            f"{disk.random / 1e6:,.0f} MB/s in photographs; {disk.cached / 1e6:,.0f} MB/s from the "
            "page cache"
        )
    return [*lines, *found.notes]


def _engine(engine: EngineSpeed) -> str:
    kinds: dict[str, float] = {}
    for rate in engine.rates:
        kinds[rate.kind] = max(kinds.get(rate.kind, 0.0), rate.flops_per_s)
    best = ", ".join(f"{kind} {speed / 1e9:,.0f}" for kind, speed in kinds.items())
    use = "training" if engine.training else "inference"
    return f"{engine.engine}, {use}: GFLOP/s up to {best}; {engine.bandwidth / 1e9:.1f} GB/s"
