"""Classification: photographs in, probabilities of classes out."""

from __future__ import annotations

import html
import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from ..archive import Encoded
from ..errors import ImageError, InputError, Unreadable, WeightsError
from ..image import open_image
from ..layers import Softmax
from ..preprocess import Method, Views, views_of
from ..runner import Runner
from ..tree import Tree
from ..weights import Array

if TYPE_CHECKING:
    from ..image import Source

__all__ = ["Classification", "Classifier"]

ONE_VIEW = Views()
PREFETCH = 3  # photographs decoded ahead of the one that is answered


@dataclass(frozen=True, eq=False, repr=False)
class Classification:
    """The answer for one photograph.

    `probs` are float32 in class order; `names` are the classes, in the same order; `source` is the
    path, or '' for one that came without; `seconds` is the time of the network alone.
    """

    source: str
    probs: Array
    names: Sequence[str]
    seconds: float

    def __repr__(self) -> str:
        """The source and the best class: a thousand numbers would flood a terminal."""
        name, probability = self.top(1)[0]
        return f"<darknet.Classification {self.source}: {name} {probability:.4f}>"

    def top(self, count: int = 5) -> list[tuple[str, float]]:
        """The most probable classes as (name, probability), the most probable first."""
        return [(self.names[index], float(self.probs[index])) for index in self.ranking(count)]

    def ranking(self, count: int = 5) -> list[int]:
        """Numbers of the most probable classes; among equals the lower number comes first."""
        order = np.argsort(-self.probs, kind="stable")[: max(0, count)]
        return [int(index) for index in order]

    def to_dict(self, count: int = 5) -> dict[str, Any]:
        """What `to_json` writes, as a dictionary (docs/json.md)."""
        return {
            "source": self.source,
            "seconds": round(self.seconds, 6),
            "predictions": [
                {
                    "class": index,
                    "name": self.names[index],
                    "probability": float(f"{self.probs[index]:.6g}"),
                }
                for index in self.ranking(count)
            ],
        }

    def to_json(self, count: int = 5) -> str:
        """The most probable classes as a JSON object (docs/json.md)."""
        return json.dumps(self.to_dict(count))

    def __str__(self) -> str:
        """Darknet's own lines: ``malamute: 0.170291``."""
        return "\n".join(f"{name}: {probability:f}" for name, probability in self.top())

    def _repr_html_(self) -> str:
        """A table with bars, for notebooks."""
        rows = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{probability:.4f}</td>"
            f'<td style="width:12em;text-align:left"><div style="background:#4878a8;height:.8em;'
            f'width:{100 * max(0.0, min(1.0, probability)):.1f}%"></div></td></tr>'
            for name, probability in self.top()
        )
        return f"<table><caption>{html.escape(self.source)}</caption>{rows}</table>"


class Classifier:
    """A runner, its class names, and the way photographs are brought to size.

    `views` is how often each is looked at; its answers are averaged.
    """

    def __init__(
        self, runner: Runner, names: Sequence[str], method: Method, views: Views = ONE_VIEW
    ) -> None:
        output = runner.network.outputs
        if len(output) != 1 or not output[0].output.is_vector:
            shapes = " and ".join(str(node.output) for node in output)
            raise InputError(
                f"{runner.network.cfg.label}: its output is {shapes}, not one vector of "
                "class probabilities: it cannot classify"
            )
        self.runner, self.names, self.method, self.views = runner, names, method, views
        layer = output[0].layer
        tree = layer.tree if isinstance(layer, Softmax) else ""
        self._tree = Tree.read(tree, cfg=runner.network.cfg.label) if tree else None
        if self._tree is not None and len(self._tree.parents) != output[0].output.size:
            raise InputError(
                f"{tree}: {len(self._tree.parents)} classes, but the network has "
                f"{output[0].output.size} outputs"
            )

    def stream(
        self, sources: Iterable[Source | Unreadable], batch: int = 1
    ) -> Iterator[Classification | Unreadable]:
        """Answers in the order of the sources; for one that cannot be read, Unreadable.

        What is known to be Unreadable before stays that, in its place.

        Photographs are decoded while others are answered, and put together in batches of equal
        size where `batch` is more than 1.
        """
        if batch < 1:
            raise InputError(f"batch={batch}: expected at least 1")
        waiting: list[tuple[str, Array]] = []
        for label, image in self._decoded(sources):
            differs = waiting and (
                isinstance(image, ImageError) or image.shape != waiting[0][1].shape
            )
            if differs or len(waiting) == batch:
                yield from self._answer(waiting, batch)
                waiting = []
            if isinstance(image, ImageError):
                yield Unreadable(label, image)
            else:
                waiting.append((label, image))
        if waiting:
            yield from self._answer(waiting, batch)

    def one(self, source: Source) -> Classification:
        """The answer for one photograph; ImageError when it cannot be read."""
        image = self._read(source)
        if isinstance(image, ImageError):
            raise image
        return next(self._answer([(_label(source), image)], 1))

    def _read(self, source: Source | Unreadable) -> Array | ImageError:
        """The views of a photograph: (views, channels, height, width)."""
        if isinstance(source, Unreadable):
            return source.error
        shape = self.runner.network.input
        try:
            pixels = open_image(source, shape.channels)
        except ImageError as error:
            return error
        try:
            return views_of(pixels, shape.width, shape.height, self.method, self.views)
        except ImageError as error:
            return ImageError(f"{_label(source) or '<photograph>'}: {error}")
        except MemoryError:
            label = _label(source) or "<photograph>"
            size = f"{shape.width} x {shape.height}"
            return ImageError(f"{label}: not enough memory to bring it to {size}")

    def _decoded(
        self, sources: Iterable[Source | Unreadable]
    ) -> Iterator[tuple[str, Array | ImageError]]:
        """Sources with their images, a few decoded ahead by another thread."""
        if isinstance(sources, list) and len(sources) == 1:
            yield _label(sources[0]), self._read(sources[0])
            return
        from concurrent.futures import ThreadPoolExecutor  # 10 ms that one photograph can save

        remaining = iter(sources)
        with ThreadPoolExecutor(1, "darknet-decode") as pool:
            ahead = [(item, pool.submit(self._read, item)) for item in islice(remaining, PREFETCH)]
            while ahead:
                source, future = ahead.pop(0)
                ahead += [(item, pool.submit(self._read, item)) for item in islice(remaining, 1)]
                yield _label(source), future.result()

    def _answer(self, images: list[tuple[str, Array]], batch: int) -> Iterator[Classification]:
        count, (views, channels, *sides) = len(images), images[0][1].shape
        if 1 < count < batch and not self.runner.is_open(batch * views, *sides):
            for single in images:  # an engine for this number alone would cost more than it saves
                yield from self._answer([single], 1)
            return
        size = 1 if count == 1 else batch  # what is not full is filled up with zeros
        array = np.zeros((size * views, channels, *sides), np.float32)
        for number, (_, image) in enumerate(images):
            array[number * views : (number + 1) * views] = image
        self.runner.engine(size * views, *sides)  # opened now, so that it does not count below
        start = time.perf_counter()
        values = self.runner.run(array)[0][: count * views].reshape(count, views, -1)
        seconds = (time.perf_counter() - start) / count
        if self._tree is not None:
            values = self._tree.probabilities(values)
        values = values.mean(1) if views > 1 else values[:, 0]
        for (label, _), probs in zip(images, values, strict=True):
            if not np.isfinite(probs).all():
                raise self._no_answer(label)
            yield Classification(label, probs, self.names, seconds)

    def _no_answer(self, photograph: str) -> WeightsError:
        """What is wrong with weights that answer no numbers: the array, where one has any."""
        from ..statistics import damage

        network, weights = self.runner.network, self.runner.weights
        found = damage(network, weights)
        if found:
            return WeightsError(f"{weights.label}: {found}; expected numbers (a damaged file?)")
        return WeightsError(
            f"{weights.label}: the network answers NaN or infinity for "
            f"{photograph or 'the photograph'} (are the weights made for another network?)"
        )


def _label(source: Source | Unreadable) -> str:
    if isinstance(source, Unreadable):
        return source.source
    if isinstance(source, Encoded):
        return source.label
    return os.fspath(source) if isinstance(source, str | os.PathLike) else ""
