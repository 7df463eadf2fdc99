"""What an import found and did, for a person, for a program, and for a notebook."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from ..errors import printable
from ..layers import Node
from ..network import Network
from ..weights import Weights
from .entries import Entry, plural
from .matching import Match, specs_of

__all__ = ["Imported", "Row"]


@dataclass(frozen=True, slots=True)
class Row:
    """One array of a layer: where it came from, or what it was filled with."""

    layer: int
    section: str
    array: str
    shape: tuple[int, ...]
    source: str
    source_shape: tuple[int, ...] | None

    def __str__(self) -> str:
        shape = "" if self.source_shape is None else f" {self.source_shape}"
        start = f"{self.layer:5d} {self.section:15s} {self.array:16s} {self.shape!s:20s} "
        return f"{start}<- {printable(self.source, 100)}{shape}"


@dataclass(frozen=True)
class Imported:
    """Weights from elsewhere in a network's own form.

    `matches` are the source's arrays by layer; `filled` says what else an array was made of, by
    layer and name; `left_over` and `missing` are what found no place (missing layers have
    initial weights); `absorbed` says in words what was taken into the weights. `reads` are the
    paths of files read beside the source: arrays of an ONNX model, class lists.
    """

    source: str
    form: str
    sha256: str
    network: Network
    weights: Weights
    how: str
    matches: tuple[Match, ...]
    filled: Mapping[tuple[int, str], str]
    left_over: tuple[Entry, ...]
    missing: tuple[Node, ...]
    absorbed: tuple[str, ...]
    notes: tuple[str, ...]
    reads: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """True where every array of the source and every layer found its place."""
        return not self.left_over and not self.missing

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the .weights file; it appears whole or not at all."""
        self.weights.save(path, self.network)

    def rows(self) -> Iterator[Row]:
        """The mapping, array by array in file order."""
        for match in self.matches:
            node, specs = match.node, specs_of(match.node)
            section = node.layer.names[0]
            extra = [name for name in match.arrays if name not in specs]
            for name in (*specs, *extra):
                entry = match.arrays.get(name)
                fill = self.filled.get((node.index, name))
                shape = specs[name].shape if name in specs else ()
                if entry is not None:
                    yield Row(node.index, section, name, shape, entry.name, entry.shape)
                elif fill is not None:
                    yield Row(node.index, section, name, shape, f"= {fill}", None)

    def problems(self) -> list[str]:
        """Lines about what is left over and what is missing."""
        lines = [f"left over: {entry}" for entry in self.left_over]
        for node in self.missing:
            wanted = ", ".join(f"{s.name} {s.shape}" for s in node.weights if s.stored)
            lines.append(f"missing: layer {node.index} [{node.layer.names[0]}]: {wanted}")
        return lines

    def lines(self) -> Iterator[str]:
        """The mapping, then what has no place, then what was absorbed, then notes."""
        label = self.network.cfg.label
        yield f"{self.source} ({self.form}) -> {label}, matched {self.how}"
        yield f"layer {'section':15s} {'array':16s} {'shape':20s} <- source"
        yield from map(str, self.rows())
        yield from self.problems()
        yield from (f"absorbed: {line}" for line in self.absorbed)
        yield from (f"note: {line}" for line in self.notes)

    def summary(self) -> str:
        """What does not fit, in one line with the first of each."""
        parts = []
        if self.left_over:
            count = plural(len(self.left_over), "array")
            parts.append(f"{count} left over (the first: {self.left_over[0]})")
        if self.missing:
            node, count = self.missing[0], plural(len(self.missing), "layer")
            wanted = ", ".join(f"{s.name} {s.shape}" for s in node.weights if s.role == "weight")
            name = f"layer {node.index} [{node.layer.names[0]}]"
            parts.append(f"{count} without weights (the first: {name}, which wants {wanted})")
        return f"{self.source}: does not fit {self.network.cfg.label}: {'; '.join(parts)}"

    def to_dict(self) -> dict[str, object]:
        """The form of ``darknet import --json`` (docs/json.md)."""
        return {
            "source": self.source,
            "format": self.form,
            "sha256": self.sha256,
            "cfg": self.network.cfg.label,
            "fork": self.network.fork,
            "matched": self.how,
            "arrays": [
                {
                    "layer": row.layer,
                    "section": row.section,
                    "array": row.array,
                    "shape": list(row.shape),
                    "source": row.source if row.source_shape is not None else None,
                    "source_shape": None if row.source_shape is None else list(row.source_shape),
                    "filled": self.filled.get((row.layer, row.array)),
                }
                for row in self.rows()
            ],
            "left_over": [
                {"source": e.name, "source_shape": list(e.shape)} for e in self.left_over
            ],
            "missing": [
                {"layer": node.index, "section": node.layer.names[0]} for node in self.missing
            ],
            "absorbed": list(self.absorbed),
            "notes": list(self.notes),
        }

    def _repr_html_(self) -> str:
        cells = (
            (row.layer, row.section, row.array, row.shape, row.source, row.source_shape or "")
            for row in self.rows()
        )
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(printable(str(c), 100))}</td>' for c in line)}</tr>"
            for line in cells
        )
        heads = ("layer", "section", "array", "shape", "source", "source's shape")
        more = [*self.problems(), *self.absorbed, *self.notes]
        tail = "".join(f"<p>{escape(line)}</p>" for line in more)
        head = "".join(f"<th>{name}</th>" for name in heads)
        return f"<table><tr>{head}</tr>{body}</table>{tail}"
