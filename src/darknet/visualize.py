"""A network's filters, or what its layers make of a photograph, as a picture.

C's ``darknet visualize cfg weights`` opened windows; here it is a PNG, and the figures below it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import Image

from .errors import InputError, printable
from .feature_maps import (
    Planes,
    checked_layers,
    feature_maps,
    filtering_layers,
    filters,
    one_per_resolution,
)
from .files import write_atomic
from .image import Pixels, open_image
from .network import Network
from .picture import drawn, encoded
from .preprocess import Method, prepare
from .runner import Runner
from .sheet import GAP, GRID, Block, Tile, along, coloured, composed, filter_picture, map_picture
from .statistics import six_digits
from .tasks.classify import Classifier

if TYPE_CHECKING:
    from .image import Source

__all__ = ["SORTS", "Sort", "Visualization", "show_filters", "show_maps"]

Sort = Literal["energy", "hue", "index"]
SORTS: tuple[Sort, ...] = ("energy", "hue", "index")
MOST_LAYERS = 64  # in one picture
MOST_TILES = 1024  # of one layer, when it is the only one
SEVERAL_TILES = 24  # of each, when there are several
ENLARGED = 3  # the photograph is shown with this many times the network's pixels ...
LARGEST = 2048  # ... unless a side has more pixels then, which a picture has no room for


@dataclass(frozen=True, eq=False, repr=False)
class Visualization:
    """Layers looked at: figures, and a PNG that is drawn when it is asked for.

    `kind` says whether `planes` are "filters" or "maps"; `source` is the photograph's path, ''
    for none or one without. `answers` are the five best classes where the network classifies, and
    `names` the classes in their order.
    """

    network: Network
    kind: Literal["filters", "maps"]
    planes: tuple[Planes, ...]
    sort: Sort = "index"
    source: str = ""
    about: str = ""
    photograph: Pixels | None = None
    answers: tuple[tuple[str, float], ...] = ()
    names: Sequence[str] = ()

    @cached_property
    def png(self) -> bytes:
        """The picture's file; InputError for more layers than can be looked at in one."""
        if len(self.planes) > MOST_LAYERS:
            raise InputError(
                f"{len(self.planes)} layers: a picture has {MOST_LAYERS} at most; name some of them"
            )
        draw = self._filter_block if self.kind == "filters" else self._map_block
        left = None if self.photograph is None else drawn(self.photograph, self.answers)
        title = os.path.basename(self.network.cfg.label)
        title += f": {os.path.basename(self.source)}" if self.source else ""
        blocks = [draw(planes) for planes in self.planes]
        scale = self.kind == "maps"
        return encoded(composed(title, self.about, blocks, left, scale=scale))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture; it appears whole or not at all."""
        write_atomic(path, self.png)

    def to_dict(self) -> dict[str, Any]:
        """What ``darknet visualize --json`` prints (docs/json.md)."""
        return {
            "cfg": self.network.cfg.label,
            "source": self.source or None,
            "kind": self.kind,
            "layers": [planes.to_dict() for planes in self.planes],
            "predictions": [
                {"name": name, "probability": six_digits(probability)}
                for name, probability in self.answers
            ],
        }

    def __str__(self) -> str:
        """A line for each layer: its shape, its values, how many of its channels are dead."""
        lines = [f"layer {'':16s}{'shape':>20s}{'min':>12s}{'mean':>12s}{'max':>12s}  dead"]
        for planes in self.planes:
            found = planes.to_dict()
            sides = " x ".join(map(str, reversed(found["shape"])))
            figures = "".join(f"{found[key]:12.5g}" for key in ("min", "mean", "max"))
            dead = f"{len(found['dead'])} of {len(planes.values)}"
            lines.append(f"{found['index']:5d} {found['section']:16s}{sides:>20s}{figures}  {dead}")
        return "\n".join(lines)

    def _repr_png_(self) -> bytes:
        """For notebooks."""
        return self.png

    def _filter_block(self, planes: Planes) -> Block:
        order = _order(planes, self.sort)
        shown = order[: self._most]
        columns = _columns(len(shown))
        side = min(200, (GRID + GAP) // columns - GAP)
        dead = set(planes.dead)
        tiles = [
            Tile(filter_picture(planes.values[number], side), str(number), number in dead)
            for number in shown
        ]
        shape = " x ".join(map(str, reversed(planes.shape[1:])))
        about = f"{len(order)} filters of {shape}{_rgb(planes)}, {_figures(planes)}"
        about += f"; by {self.sort}" if self.sort != "index" else ""
        about += f", the first {len(shown)}" if len(shown) < len(order) else ""
        return Block(_title(planes), about, tiles, columns)

    def _map_block(self, planes: Planes) -> Block:
        count, height, width = planes.shape
        named = _is_evidence(self.network, planes) and len(self.names) == count
        shown, which = _strongest(planes, self._most, by_mean=named)
        columns = _columns(len(shown)) if len(self.planes) == 1 else (8 if count <= 16 else 12)
        across = min(300, (GRID + GAP) // columns - GAP)
        tall = along(across, width, height)
        if height == width == 1:
            pictures = _single_values(planes, shown, across)
        else:
            pictures = [map_picture(planes.values[number], across, tall) for number in shown]
        captions = [printable(self.names[number], 60) if named else str(number) for number in shown]
        dead = [number in planes.dead for number in shown]
        tiles = [Tile(*parts) for parts in zip(pictures, captions, dead, strict=True)]
        about = f"{count} maps of {width} x {height}, {_figures(planes)}{which}"
        return Block(_title(planes), about, tiles, columns)

    @property
    def _most(self) -> int:
        return MOST_TILES if len(self.planes) == 1 else SEVERAL_TILES


def show_filters(
    runner: Runner, layers: Sequence[int] | None = None, sort: Sort = "energy"
) -> Visualization:
    """The filters of some layers, by default of the first that has any.

    `sort`: the strongest first (energy), by colour (hue, of RGB filters), or as they are numbered
    (index). InputError for a layer that is not there, or has no filters, or no colours to sort by.
    """
    network = runner.network
    if sort not in SORTS:
        raise InputError(f"sort={printable(str(sort))}: expected one of {', '.join(SORTS)}")
    chosen = filtering_layers(network)[:1] if layers is None else checked_layers(network, layers)
    if not chosen:
        raise InputError(f"{network.cfg.label}: no layer of it has filters that can be drawn")
    planes = tuple(filters(network, runner.weights, layer) for layer in chosen)
    if sort == "hue":
        for found in planes:
            if found.shape[1] != 3:
                raise InputError(
                    f"sort=hue: layer {found.node.index} has filters of {found.shape[1]} channels; "
                    "only those of 3 have colours"
                )
    about = "filters: 0 is grey; each is scaled to its own largest weight"
    return Visualization(network, "filters", planes, sort, about=about)


def show_maps(
    runner: Runner,
    names: Sequence[str],
    method: Method,
    source: Source,
    layers: Sequence[int] | None = None,
) -> Visualization:
    """What some layers make of a photograph, by default the last convolution of every size.

    Raises ImageError when it cannot be read, InputError for a layer that is not there.
    """
    network = runner.network
    chosen = one_per_resolution(network) if layers is None else checked_layers(network, layers)
    if not chosen:
        raise InputError("no layer to look at")
    shape = network.input
    pixels = open_image(source, shape.channels)
    image = prepare(pixels, shape.width, shape.height, method)
    planes = feature_maps(runner, image, chosen)
    answers = _answers(runner, names, method, source)
    times = max(1, min(ENLARGED, LARGEST // max(image.shape)))
    large = prepare(pixels, times * shape.width, times * shape.height, method)
    return Visualization(
        network,
        "maps",
        tuple(planes),
        source=os.fspath(source) if isinstance(source, str | os.PathLike) else "",
        about=f"{method}: {image.shape[2]} x {image.shape[1]} pixels; {runner.describe()}",
        photograph=(255 * large.transpose(1, 2, 0)).round().astype(np.uint8),
        answers=answers,
        names=names,
    )


def _answers(
    runner: Runner, names: Sequence[str], method: Method, source: Source
) -> tuple[tuple[str, float], ...]:
    """The five best classes; none where the network does not classify."""
    try:
        classifier = Classifier(runner, names, method)
    except InputError:
        return ()
    return tuple(classifier.one(source).top(5))


def _single_values(planes: Planes, shown: Sequence[int], width: int) -> list[Image.Image]:
    """Maps of one value each: in the colours of the whole layer, as each alone has no range."""
    colours = coloured(planes.values.reshape(1, -1))[0]
    size = (width, width // 4)
    return [Image.new("RGB", size, tuple(map(int, colours[number]))) for number in shown]


def _title(planes: Planes) -> str:
    """What the layer is: ``layer 0 conv 3 x 3 / 1, 298 x 224 x 3 -> 298 x 224 x 16``."""
    node = planes.node
    size = " ".join(node.layer.size_text().replace("x", " x ").split())
    words = " ".join(filter(None, (f"layer {node.index}", node.layer.names[0], size)))
    return f"{words},  {node.inputs[0]} -> {node.output}"


def _figures(planes: Planes) -> str:
    found = planes.to_dict()
    dead = f"{len(planes.dead)} dead" if planes.dead else "none dead"
    if 0 < len(planes.dead) <= 12:
        dead += f" ({', '.join(map(str, planes.dead))})"
    return f"values {found['min']:.3g} to {found['max']:.3g}, mean {found['mean']:.3g}, {dead}"


def _rgb(planes: Planes) -> str:
    return " (RGB)" if planes.shape[1] == 3 else ""


def _is_evidence(network: Network, planes: Planes) -> bool:
    """True for maps with one channel a class: no layer after them has weights."""
    return not any(node.weights for node in network.nodes[planes.node.index + 1 :])


def _strongest(planes: Planes, most: int, *, by_mean: bool) -> tuple[list[int], str]:
    """The maps to show, and in words which they are.

    All in their order where there is room; else those that vary most, in their order, or where a
    map is a class those with the largest means, the largest first.
    """
    flat = planes.values.reshape(len(planes.values), -1)
    if by_mean:
        order = np.argsort(-flat.mean(1), kind="stable")[:most]
        return order.tolist(), f"; the {len(order)} with the largest means"
    if len(flat) <= most:
        return list(range(len(flat))), ""
    order = np.sort(np.argsort(-flat.std(1), kind="stable")[:most])
    return order.tolist(), f"; the {most} that vary most"


def _order(planes: Planes, sort: Sort) -> list[int]:
    """Numbers of the filters in the order asked for."""
    values = planes.values
    if sort == "index":
        return list(range(len(values)))
    energy = np.square(values).sum((1, 2, 3), dtype=np.float64)
    if sort == "energy":
        return list(map(int, np.argsort(-energy, kind="stable")))
    keys = [_hue(found) for found in values]
    return sorted(range(len(values)), key=lambda number: keys[number])


def _hue(values: np.ndarray[Any, np.dtype[np.float32]]) -> tuple[bool, float]:
    """A key to sort a filter (3, height, width) by: greys first, then around the colour circle.

    The colour is that of the tap which is farthest from grey.
    """
    chroma = values - values.mean(0)
    flat = chroma.reshape(3, -1)
    red, green, blue = flat[:, np.square(flat).sum(0).argmax()]
    is_grey = np.square(chroma).sum() <= 0.1 * np.square(values).sum()
    hue = float(np.arctan2(3**0.5 * (green - blue), 2 * red - green - blue))
    return (False, 0.0) if is_grey else (True, hue)


def _columns(count: int) -> int:
    """Columns of a grid that is wider than high, with few places left over."""
    if count < 6:
        return 6
    wanted = (2.5 * count) ** 0.5
    return min(range(6, 17), key=lambda columns: abs(columns - wanted) + -count % columns)
