"""The mapping file: what cannot be seen in a source, said by a person, in a small TOML.

[layers]                            # layer's number: Darknet's array = "name in the source"
"0" = { weights = "conv1_W", biases = "conv1_b" }

[kernels]
order = "hwio"                      # outputs last (Keras), or "oihw", outputs first

[input]                             # how the source's network was fed
order = "bgr"                       # or "rgb"
scale = 255.0
mean = [104, 117, 123]              # in that order, after the scale
std = [1, 1, 1]

[classes]
order = "imagenet-sorted"           # or a file, or a list of names

[batchnorm]
epsilon = 1e-3
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import InputError, did_you_mean, printable
from ..files import read_bytes
from ..layers import Node
from .entries import Contents, Entry
from .matching import INNER, LAYOUT_FORM, Match, specs_of
from .naming import Layout, layout_words
from .recipe import Recipe
from .shapes import either_way, fits

__all__ = ["Mapped", "overrides", "read_mapping"]

MAX_BYTES = 2**20
_TABLES = {
    "layers": (),
    "kernels": ("order",),
    "input": ("order", "scale", "mean", "std"),
    "classes": ("order",),
    "batchnorm": ("epsilon",),
}


@dataclass(frozen=True)
class Mapped:
    """A mapping file: names of arrays by layer and Darknet's name, and the rest as a recipe.

    `layout`: the order of the kernels' axes, None where the file does not say it.
    """

    label: str = ""
    layers: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    recipe: Recipe = field(default_factory=Recipe)
    layout: Layout | None = None


def read_mapping(path: str | os.PathLike[str]) -> Mapped:
    """Read the file; InputError for what is no such TOML, with the key that is wrong."""
    label = printable(os.fspath(path), 200)
    data = read_bytes(path, MAX_BYTES, "a mapping file (TOML)", InputError)
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{label}: no TOML: {printable(str(problem), 200)}") from None
    tables: dict[str, dict[str, object]] = {}
    for name, table in document.items():
        if name not in _TABLES:
            near = did_you_mean(name, _TABLES) or f"; expected {', '.join(_TABLES)}"
            raise InputError(f"{label}: [{printable(name)}]: no such table{near}")
        if not isinstance(table, dict):
            raise InputError(f"{label}: {name}: expected a table [{name}]")
        for key in table:
            if _TABLES[name] and key not in _TABLES[name]:
                near = did_you_mean(key, _TABLES[name])
                raise InputError(f"{label}: [{name}] {printable(key)}: no such key{near}")
        tables[name] = table
    flat = {**tables.get("input", {}), **tables.get("batchnorm", {})}
    if "classes" in tables:
        flat["classes"] = tables["classes"].get("order")
    layers = {
        _index(key, label): _names(key, value, label)
        for key, value in tables.get("layers", {}).items()
    }
    layout = _layout(tables.get("kernels", {}), label)
    return Mapped(label, layers, Recipe.from_table(flat, label), layout)


def _layout(table: Mapping[str, object], label: str) -> Layout | None:
    said = table.get("order")
    if said == "oihw" or said == "hwio":
        return said
    if "order" in table:
        raise InputError(
            f"{label}: [kernels] order={printable(str(said)[:100])}: expected oihw (outputs first) "
            "or hwio (outputs last)"
        )
    return None


def _index(key: str, label: str) -> int:
    if not (key.isascii() and key.isdigit() and len(key) < 7):
        raise InputError(f"{label}: [layers] {printable(key)}: expected a layer's number")
    return int(key)


def _names(key: str, value: object, label: str) -> dict[str, str]:
    wrong = f'{label}: [layers] {printable(key)}: expected {{ weights = "...", biases = "..." }}'
    if not isinstance(value, dict) or not value:
        raise InputError(wrong)
    if not all(isinstance(name, str) for name in value.values()):
        raise InputError(wrong)
    return dict(value)


def overrides(mapped: Mapped, contents: Contents, nodes: Sequence[Node]) -> list[Match]:
    """The layers that the file names, checked against the source's arrays and the layers' shapes.

    InputError for a layer or array that there is not, or a shape that does not fit.
    """
    entries = {entry.name: entry for entry in contents.entries}
    by_index = {node.index: node for node in nodes if node.weights}
    found, used = [], set[str]()
    for index, names in mapped.layers.items():
        where = f"{mapped.label}: layer {index}"
        if index not in by_index:
            raise InputError(f"{where}: the network has no such layer with weights")
        arrays = _arrays(names, entries, by_index[index], where)
        again = used & set(names.values())
        if again or len(set(names.values())) < len(names):
            raise InputError(f"{where}: {printable(min(again or names.values()))} is named twice")
        used |= set(names.values())
        found.append(_fitting(arrays, by_index[index], where, contents, mapped.layout))
    return found


def _arrays(
    names: Mapping[str, str], entries: Mapping[str, Entry], node: Node, where: str
) -> dict[str, Entry]:
    specs = specs_of(node)
    arrays = {}
    for array, name in names.items():
        if array not in (*specs, INNER):
            near = did_you_mean(array, specs) or f"; it has {', '.join(specs)}"
            raise InputError(f"{where}: no array {printable(array)}{near}")
        if name not in entries:
            near = did_you_mean(name, entries)
            raise InputError(f"{where}: the source has no {printable(name)}{near}")
        arrays[array] = entries[name]
    missing = [n for n, spec in specs.items() if spec.role == "weight" and n not in arrays]
    if missing:
        raise InputError(f"{where}: {', '.join(missing)}: not named")
    if len(arrays.keys() & {"rolling_mean", "rolling_variance"}) == 1 or (
        arrays.keys() & {"scales", INNER} and "rolling_mean" not in arrays
    ):
        raise InputError(f"{where}: needs both rolling_mean and rolling_variance")
    return arrays


def _fitting(
    arrays: Mapping[str, Entry], node: Node, where: str, contents: Contents, said: Layout | None
) -> Match:
    specs = {**specs_of(node), INNER: node.weights[0]}
    both: tuple[Layout, ...] = ("oihw", "hwio") if contents.may_be_hwio else ("oihw",)
    good: list[Layout] = []
    problems = []
    for layout in (said,) if said else both:
        bad = [
            f"{where}: {name} wants {specs[name].shape}, but {entry} does not fit"
            for name, entry in arrays.items()
            if not fits(entry, specs[name], node, layout)
        ]
        problems += bad
        good += [] if bad else [layout]
    if not good:
        raise InputError(problems[0])
    odd = [entry for name, entry in arrays.items() if either_way(entry, specs[name], node)]
    if len(good) == 1 or not odd:
        return Match(node, arrays, good[0])
    words = layout_words(entry.name for entry in contents.entries)
    if words is None:
        raise InputError(f"{where}: {odd[0]}: {LAYOUT_FORM}")
    return Match(node, arrays, words)
