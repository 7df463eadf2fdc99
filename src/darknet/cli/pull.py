"""``darknet pull``: the weights of models, downloaded into the cache and verified."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING

import click

from ..errors import DarknetError, printable
from .options import complete_model, json_option

if TYPE_CHECKING:
    from pathlib import Path

    from ..zoo.download import Fetched

__all__ = ["described", "pull", "tell"]


@click.command(short_help="Download the weights of models.")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_model)
@click.option("--all", "everything", is_flag=True, help="Every model that has weights.")
@click.option("--force", is_flag=True, help="Download again what is there.")
@click.option(
    "--offline", is_flag=True, help="Only check what is there (also with DARKNET_OFFLINE=1)."
)
@json_option
@click.pass_context
def pull(
    ctx: click.Context,
    names: tuple[str, ...],
    everything: bool,
    force: bool,
    offline: bool,
    as_json: bool,
) -> int:
    """Download the weights of every model NAME into the cache, and verify them.

    What is there and right is not downloaded again; what is damaged is. A download that was
    interrupted goes on where it ended. The cache is DARKNET_CACHE, or the user's cache folder.
    """
    from ..zoo import models

    if not names and not everything:
        raise click.UsageError("which model? darknet pull NAME, or --all", ctx)
    if everything:
        names = tuple(name for name, model in models().items() if model.weights or model.shipped)
    results: list[dict[str, object]] = []
    for name in dict.fromkeys(names):
        try:
            fetched = _fetch(name, force, offline)
        except DarknetError as error:
            results.append({"name": name, "error": str(error)})
            if not as_json:
                print(f"darknet: {error}", file=sys.stderr)
            continue
        results.append(_record(name, fetched))
        if not as_json:
            print(f"{name}: {_line(fetched)}", flush=True)
    if as_json:
        print(json.dumps({"folder": _folder(), "results": results}, indent=1))
    return 2 if any("error" in result for result in results) else 0


def _fetch(name: str, force: bool, offline: bool) -> Fetched:
    from ..zoo import named
    from ..zoo.local import fetch_model
    from .progress import ByteBar

    model = named(name)
    with contextlib.closing(ByteBar(model.file.name)) as bar:
        return fetch_model(model, offline=offline or None, force=force, progress=bar, tell=tell)


def tell(line: str) -> None:
    """A line on stderr that is no error."""
    print(printable(line, 1000), file=sys.stderr)


def described(path: Path, size: int, sha256: str, verified: bool) -> str:
    """A file of the cache in one line."""
    facts = f"{printable(str(path), 4096)}: {size:,} bytes"
    if verified:
        return f"{facts}, verified"
    return f"{facts}, unverified: no checksum is known; it has sha256 {sha256}"


def _line(fetched: Fetched) -> str:
    line = described(fetched.path, fetched.size, fetched.sha256, fetched.verified)
    return line if fetched.status == "downloaded" else f"{line} ({fetched.status})"


def _record(name: str, fetched: Fetched) -> dict[str, object]:
    return {
        "name": name,
        "path": str(fetched.path),
        "bytes": fetched.size,
        "sha256": fetched.sha256,
        "verified": fetched.verified,
        "status": fetched.status,
        "source": fetched.source,
    }


def _folder() -> str:
    from ..zoo.cache import Cache

    return str(Cache.default().folder)
