"""What zoo.toml says of every network, as records."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import CfgError, InputError, did_you_mean, printable

if TYPE_CHECKING:
    from ..cfg import Cfg
    from ..network import Network

__all__ = [
    "Import",
    "Measured",
    "Model",
    "Published",
    "Shipped",
    "WeightsFile",
    "check_word",
    "find",
    "models",
    "named",
    "read_cfg",
    "shipped_path",
]

_HERE = Path(__file__).parent
_ROOTS = (_HERE.parent, _HERE.parents[2])  # of cfg/ and weights/: installed; a clone of the source


@dataclass(frozen=True, slots=True)
class Published:
    """What the source says of its network.

    `top1` and `top5` are in per cent on ImageNet's 50,000 validation photographs, `gflops` for one
    input (a multiply-add is two), `megabytes` of the weights file.
    """

    top1: float
    top5: float
    gflops: float
    megabytes: float
    source: str


@dataclass(frozen=True, slots=True)
class Measured:
    """Accuracy that we measured ourselves: per cent, on what, how, and when.

    `preprocess` is '' for positions, which are what they are.
    """

    data: str
    top1: float
    top5: float
    date: date
    preprocess: str = ""


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """A file to be fetched: its name, where it is, and what is known of it.

    Without `sha256` the file is unverified; `size` is in bytes.
    """

    name: str
    sources: tuple[str, ...]
    size: int | None = None
    sha256: str | None = None
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Shipped:
    """Weights that we trained ourselves: a file that comes with the package.

    `recipe` is the page of the source that says how to train them again, `data` the photographs
    that they were trained with.
    """

    file: str
    size: int
    sha256: str
    licence: str
    recipe: str
    data: str
    date: date

    @property
    def path(self) -> Path:
        """Where the file is, in the package or in a clone of its source."""
        return _folder("weights") / self.file


@dataclass(frozen=True, slots=True)
class Import:
    """Weights in another program's file, and what has to be absorbed to make them Darknet's.

    `order` is that of the input's channels; a pixel of 0..1 was multiplied by `scale`, then `mean`
    (in that order) was taken away; `classes` is the order of the outputs.
    """

    file: str
    size: int
    sha256: str
    origin: str
    licence: str
    order: Literal["rgb", "bgr"]
    scale: float
    mean: tuple[float, ...]
    classes: str


@dataclass(frozen=True, slots=True)
class Model:
    """A network of the zoo.

    `names` is its list of classes ('' for a network that plays Go: its answers are moves);
    `preprocess` is how photographs are brought to its size ('' for the network's default);
    `classic` says that it is in the Tiny Darknet page's table; `why` explains published figures
    that are not the computed ones.
    """

    name: str
    title: str
    year: int
    paper: str
    names: str
    preprocess: str = ""
    classic: bool = False
    why: str = ""
    published: Published | None = None
    weights: WeightsFile | None = None
    shipped: Shipped | None = None
    imported: Import | None = None
    measured: tuple[Measured, ...] = ()

    @property
    def plays_go(self) -> bool:
        """Whether its input is a Go position, and not a photograph."""
        return not self.names

    @property
    def cfg(self) -> Path:
        """The cfg that comes with the package."""
        return _folder("cfg") / f"{self.name}.cfg"

    @property
    def file(self) -> WeightsFile:
        """The weights file, with no source where none is published, or where it comes with us."""
        if self.shipped is not None:
            given = self.shipped
            return WeightsFile(given.file, (), given.size, given.sha256, given.licence)
        return self.weights or WeightsFile(f"{self.name}.weights", ())

    def read_cfg(self) -> Cfg:
        """The sections of the cfg, which messages call by its name alone."""
        from ..cfg import Cfg

        return Cfg.parse(self.cfg.read_bytes(), self.cfg.name)

    def network(self) -> Network:
        """The network that the cfg describes."""
        from ..network import Network

        return Network.build(self.read_cfg())

    def check(self, path: str | os.PathLike[str]) -> None:
        """WeightsError unless the file has exactly this network's floats."""
        from ..weights import Weights

        Weights.read(path, self.network())


@cache
def models() -> Mapping[str, Model]:
    """Every network of the zoo, by name, in the order of zoo.toml."""
    import tomllib  # only needed where a name is used, not by every classify

    content = tomllib.loads((_HERE / "zoo.toml").read_text("utf-8"))
    return {entry["name"]: _model(entry) for entry in content["model"]}


def find(word: str | os.PathLike[str]) -> Model | None:
    """The network of this name, None where there is none.

    A name means the model also where a file is called so (the C program is called darknet);
    ``./tiny`` means the file.
    """
    word = os.fspath(word)
    return None if word.endswith(".cfg") else models().get(word)


def named(name: str) -> Model:
    """The network of this name; InputError when there is none."""
    found = models().get(name)
    if found is None:
        near = did_you_mean(name, models()) or "; darknet models lists them"
        raise InputError(f"no model {printable(name)}{near}")
    return found


def read_cfg(word: str | os.PathLike[str]) -> Cfg:
    """The cfg that a word means: that of the network of this name, else the file of this path.

    Raises CfgError when it is neither, or the file is no cfg.
    """
    from ..cfg import Cfg

    model = find(word)
    if model is not None:
        return model.read_cfg()
    check_word(word)
    return Cfg.read(word)


def check_word(word: str | os.PathLike[str]) -> None:
    """CfgError for a word that can only be a model's name, and is none."""
    path = os.fspath(word)
    if os.path.lexists(path) or set(path) & {os.sep, "/"} or path.endswith(".cfg"):
        return
    if find(path) is None:
        near = did_you_mean(path, models()) or "; darknet models lists the networks known by name"
        raise CfgError(f"{printable(path, 200)}: no such file, and no model of this name{near}")


def shipped_path(folder: str, name: str) -> Path:
    """Where a file of ``cfg/`` or ``weights/`` is that comes with the package (or would be)."""
    return _folder(folder) / name


def _folder(name: str) -> Path:
    """The folder of this name that comes with the package."""
    return next((root / name for root in _ROOTS if (root / name).is_dir()), _ROOTS[0] / name)


def _model(entry: dict[str, Any]) -> Model:
    given = dict(entry)
    published, weights = given.pop("published", None), given.pop("weights", None)
    shipped = given.pop("shipped", None)
    imported, measured = given.pop("import", None), given.pop("measured", ())
    return Model(
        **given,
        published=Published(**published) if published else None,
        weights=_weights(weights) if weights else None,
        shipped=_shipped(shipped) if shipped else None,
        imported=_import(imported) if imported else None,
        measured=tuple(Measured(**item) for item in measured),
    )


def _weights(entry: dict[str, Any]) -> WeightsFile:
    return WeightsFile(
        name=entry["file"],
        sources=tuple(entry["sources"]),
        size=entry.get("bytes"),
        sha256=entry.get("sha256"),
        licence=entry["licence"],
    )


def _shipped(entry: dict[str, Any]) -> Shipped:
    given = dict(entry)
    return Shipped(size=given.pop("bytes"), **given)


def _import(entry: dict[str, Any]) -> Import:
    return Import(**{**entry, "mean": tuple(entry["mean"])})
