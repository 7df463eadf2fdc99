"""``darknet cache``: the folder of downloaded weights, listed, verified, filled and emptied."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from ..errors import InputError, printable
from .options import complete_model, json_option
from .pull import described, tell

if TYPE_CHECKING:
    from ..zoo import Model
    from ..zoo.cache import Cache

__all__ = ["cache"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A file in the cache. What is None is not known: no note, or no model of the catalogue."""

    file: str
    model: str | None
    bytes: int
    sha256: str | None
    verified: bool | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A download that was begun: bytes that are there, and of how many (None: unknown)."""

    file: str
    model: str | None
    bytes: int
    of: int | None


@dataclass(frozen=True, slots=True)
class Verified:
    """A cached file that was read: `why` says what is wrong with a damaged one."""

    file: str
    model: str | None
    state: Literal["absent", "right", "damaged", "unknown"]
    sha256: str
    why: str


@click.group(short_help="The folder of downloaded weights.", invoke_without_command=True)
@click.pass_context
def cache(ctx: click.Context) -> None:
    """The folder of downloaded weights: DARKNET_CACHE, or the user's cache folder.

    Without a command: list.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, as_json=False)


@cache.command("list", short_help="What is in it.")
@json_option
def list_(as_json: bool) -> None:
    """Print the files in the cache, and the downloads that are not finished."""
    from ..zoo.cache import Cache

    here, models = Cache.default(), _models_by_file()
    files = [_listed(here, name, models.get(name)) for name in _present(here, models)]
    unfinished = [_unfinished(here, name, models.get(name)) for name in here.unfinished()]
    if as_json:
        document = {
            "folder": str(here.folder),
            "files": [asdict(found) for found in files],
            "unfinished": [asdict(found) for found in unfinished],
        }
        print(json.dumps(document, indent=1))
        return
    words = {True: "verified", False: "unverified", None: "put there by hand"}
    print(f"{here.folder}:{'' if files or unfinished else ' nothing in it'}")
    for found in files:
        changed = found.verified is not None and not here.is_as_noted(found.file)
        state = "changed since (darknet cache verify)" if changed else words[found.verified]
        print(f"{found.file}: {found.bytes:,} bytes, {state}")
    for part in unfinished:
        of = "" if part.of is None else f" of {part.of:,}"
        print(f"{part.file}: {part.bytes:,}{of} bytes, not finished")


@cache.command(short_help="Where it is.")
def path() -> None:
    """Print the folder. It may not exist yet."""
    from ..zoo.cache import Cache

    print(Cache.default().folder)


@cache.command(short_help="Put a file that you have into it.")
@click.argument("name", metavar="NAME", shell_complete=complete_model)
@click.argument("file", metavar="FILE", type=click.Path())
def add(name: str, file: str) -> None:
    """Copy FILE into the cache as the weights of the model NAME, if it is that model's file.

    Where no checksum is known, any file is that has exactly the network's floats: your own, too.
    """
    from ..zoo import named
    from ..zoo.cache import Cache

    here, model = Cache.default(), named(name)
    if model.shipped is not None:
        raise InputError(f"{name}: its weights come with the package; nothing is to be added")
    note = here.add(model.file, Path(file), model.check, tell)
    print(f"{name}: {described(here.path(note.name), note.size, note.sha256, note.verified)}")


@cache.command(short_help="Delete files from it.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that darknet put there.")
@click.pass_context
def remove(ctx: click.Context, names: tuple[str, ...], everything: bool) -> None:
    """Delete the weights of every NAME (a model, or a file in the cache), finished or not."""
    from ..zoo.cache import Cache

    if not names and not everything:
        raise click.UsageError("which file? darknet cache remove NAME, or --all", ctx)
    here, models = Cache.default(), _models_by_file()
    wanted = _files(names, models)
    if everything:
        wanted = sorted({*here.names(), *here.unfinished()})
        for file in sorted(set(_present(here, models)) - set(wanted)):
            print(f"{here.path(file)}: put there by hand, and kept", file=sys.stderr)
    for file in wanted:
        if here.remove(file, tell):
            print(f"removed {here.path(file)}")
        elif not everything:
            raise InputError(f"{file}: not in the cache ({here.folder})")


@cache.command(short_help="Read every file and compare it.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@json_option
def verify(names: tuple[str, ...], as_json: bool) -> int:
    """Read the files (of every NAME, or all) and compare them with their checksums.

    The checksum is the catalogue's, or that of the file when it was downloaded. Exits with 2 when
    a file is damaged; darknet pull downloads it again. A NAME whose weights come with the package
    means the file there.
    """
    from ..zoo.cache import Cache

    here, models = Cache.default(), _models_by_file()
    wanted = _files(names, models) if names else _present(here, models)
    places = [_place(here, models.get(name)) if names else here for name in wanted]
    results = [
        _verified(place, name, models.get(name)) for place, name in zip(places, wanted, strict=True)
    ]
    if as_json:
        document = {"folder": str(here.folder), "results": [asdict(found) for found in results]}
        print(json.dumps(document, indent=1))
    else:
        for place, found in zip(places, results, strict=True):
            _print(place, found)
    return 2 if any(found.state in ("damaged", "absent") for found in results) else 0


def _place(here: Cache, model: Model | None) -> Cache:
    """The folder of the model's weights: that of the package for those that come with it."""
    from ..zoo.cache import Cache

    return here if model is None or model.shipped is None else Cache(model.shipped.path.parent)


def _print(here: Cache, found: Verified) -> None:
    if found.state == "right":
        print(f"{found.file}: right")
    elif found.state == "unknown":
        print(f"{found.file}: nothing to compare with; it has sha256 {found.sha256}")
    else:
        why = found.why or "not in the cache"
        again = f"darknet pull {found.model}" if found.model else "darknet cache remove"
        where = printable(str(here.path(found.file)), 200)
        print(f"darknet: {where}: {why} ({again})", file=sys.stderr)


def _models_by_file() -> dict[str, Model]:
    """The models, by the name of their weights' file."""
    from ..zoo import models

    return {model.file.name: model for model in models().values()}


def _files(names: tuple[str, ...], models: dict[str, Model]) -> list[str]:
    """The files that names of models, or of files, stand for."""
    of = {model.name: file for file, model in models.items()}
    return list(dict.fromkeys(of.get(name, name) for name in names))


def _present(here: Cache, models: dict[str, Model]) -> list[str]:
    """The files of the cache that are darknet's: by their note, or by a name of the catalogue."""
    names = {*here.names(), *models}
    return sorted(name for name in names if here.path(name).is_file())


def _listed(here: Cache, name: str, model: Model | None) -> Listed:
    note = here.note(name)
    return Listed(
        file=name,
        model=model.name if model else None,
        bytes=here.path(name).stat().st_size,
        sha256=note.sha256 if note else None,
        verified=note.verified if note else None,
        source=note.source if note else None,
    )


def _unfinished(here: Cache, name: str, model: Model | None) -> Unfinished:
    from ..zoo.part import Part

    note = Part.beside(here.path(name)).note()
    received, of = (note.received, note.size) if note else (0, None)
    return Unfinished(name, model.name if model else None, received, of)


def _verified(here: Cache, name: str, model: Model | None) -> Verified:
    from ..zoo import WeightsFile

    found = here.examine(model.file if model else WeightsFile(name, ()))
    return Verified(name, model.name if model else None, found.state, found.sha256, found.why)
