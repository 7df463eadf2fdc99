"""What every layer declares: the base class, its vocabulary, and the registry of sections.

A layer is a frozen dataclass that says, in this order, its options, where its inputs come from,
the shape of its output, the layout of its weights in the file, its cost, and its forward pass.
Everything else (parser, reader, writer, table, documentation, engines) interprets that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar, dataclass_transform

from ..errors import NetworkError
from ..options import flag, integer, number

if TYPE_CHECKING:
    from .ops import Ops

__all__ = [
    "ALEXEYAB",
    "PJREDDIE",
    "Fork",
    "Layer",
    "Node",
    "Role",
    "Shape",
    "WeightSpec",
    "section",
    "sections",
]

T = TypeVar("T")
Fork = Literal["pjreddie", "alexeyab"]
PJREDDIE: Fork = "pjreddie"
ALEXEYAB: Fork = "alexeyab"
Role = Literal["bias", "scale", "mean", "variance", "weight"]


@dataclass(frozen=True, slots=True)
class Shape:
    """An image of `channels` x `height` x `width`; a vector of n values is (n, 1, 1)."""

    channels: int
    height: int = 1
    width: int = 1

    @property
    def size(self) -> int:
        """How many values."""
        return self.channels * self.height * self.width

    @property
    def is_vector(self) -> bool:
        """True for (n, 1, 1)."""
        return self.height == self.width == 1

    def __str__(self) -> str:
        return f"{self.width} x {self.height} x {self.channels}"


@dataclass(frozen=True, slots=True)
class WeightSpec:
    """One array in the weights file: its place in the list is its place in the file.

    `stored` is False for an array that the file lacks. `outputs` says where the axis of outputs
    (axis 0 of `shape`) stands in the file: first, last, or last where the header says so.
    `fan_in` is how many inputs one output has (0: all axes but the first), for initial weights.
    """

    name: str
    shape: tuple[int, ...]
    role: Role
    stored: bool = True
    outputs: Literal["first", "last", "header"] = "first"
    fan_in: int = 0

    @property
    def size(self) -> int:
        """How many floats."""
        product = 1
        for length in self.shape:
            product *= length
        return product


@dataclass(frozen=True, slots=True)
class Node:
    """A layer in its place: what feeds it, what comes out, and where it stands.

    `label` and `line` are the cfg's file name and the section's line. `sources` are indices of
    layers, -1 being the network's input. `weights_from` is the layer whose weights are used: its
    own index, unless the section says ``share_index``.
    """

    index: int
    layer: Layer
    label: str
    line: int
    sources: tuple[int, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    weights: tuple[WeightSpec, ...]
    weights_from: int
    fork: Fork

    @property
    def parameters(self) -> int:
        """Floats that this layer has in the weights file."""
        return sum(spec.size for spec in self.weights if spec.stored)

    @property
    def flops(self) -> int:
        """Operations for one input, a multiply-add being two, counted as Darknet prints them."""
        return self.layer.flops(self.inputs, self.output)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Layer:
    """Base of all sections. A subclass overrides what differs; nothing is overridden twice."""

    names: ClassVar[tuple[str, ...]] = ()
    """The section's name in the file, then its aliases."""
    forks: ClassVar[tuple[Fork, ...]] = (PJREDDIE, ALEXEYAB)
    """The Darknets that know this section."""
    label: ClassVar[str] = ""
    """The short word of the layer table."""
    resizable: ClassVar[bool] = True
    """False when the layer's weights or options fix the size of the image."""
    is_output: ClassVar[bool] = False
    """True for a layer whose values are an answer wherever it stands (detection heads)."""
    is_open_answer: ClassVar[bool] = False
    """True for a layer whose values are an answer too where no later layer reads them."""
    is_loss: ClassVar[bool] = False
    """True for a layer that exists for training and is passed over when answers are read."""

    dontload: bool = flag(False, "1: the weights file has nothing for this layer.")
    dontloadscales: bool = flag(False, "1: the weights file lacks scales, means and variances.")
    numload: int = integer(0, "Load only this many filters (not run here).", minimum=0)
    dontsave: bool = flag(False, "Training only: 1: not written.", ignored=True)
    learning_rate: float = number(1, "Training only: factor on the rate of this layer.")
    stopbackward: int = integer(0, "Training only: no gradients flow below.")
    onlyforward: int = integer(0, "Training only: no gradients flow through.", ignored=True)
    smooth: float = number(0, "Training only: label smoothing.", ignored=True)
    truth: int = integer(0, "Training only: 1: the labels come from this layer.", ignored=True)

    def sources(self, index: int) -> tuple[int, ...]:
        """Indices of the layers that feed layer `index`; -1 is the network's input."""
        return (index - 1,)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """The shape that comes out; NetworkError when the inputs do not fit."""
        return inputs[0]

    def weights(self, inputs: Sequence[Shape]) -> tuple[WeightSpec, ...]:
        """The arrays that the layer has, in file order."""
        return ()

    def weights_from(self, index: int) -> int:
        """The layer whose weights are used: `index`, unless they are shared."""
        return index

    def flops(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Operations for one input, a multiply-add being two."""
        return 0

    def workspace(self, inputs: Sequence[Shape], output: Shape) -> int:
        """Values that the computation may need beside inputs and output (padding, for example)."""
        return 0

    def size_text(self) -> str:
        """What the layer table shows in its size column."""
        return ""

    def forward(self, ops: Ops[T], weights: Mapping[str, T], inputs: Sequence[T], node: Node) -> T:
        """Compute the output; tensors are (batch, channels, height, width)."""
        return inputs[0]


_REGISTRY: dict[str, type[Layer]] = {}
L = TypeVar("L", bound=Layer)


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False)
def section(*names: str, label: str) -> Callable[[type[L]], type[L]]:
    """Class decorator: this layer is what ``[name]`` in a cfg means; a second claim is refused.

    It makes the class a frozen dataclass of its options. (Without __eq__ and __repr__, which
    would take a third of the time of ``darknet summary`` to generate.)
    """

    def register(cls: type[L]) -> type[L]:
        for name in names:
            if name in _REGISTRY:
                raise RuntimeError(f"[{name}] is declared twice: {_REGISTRY[name]} and {cls}")
            _REGISTRY[name] = cls
        cls.names = names
        cls.label = label
        return dataclass(frozen=True, kw_only=True, eq=False, repr=False)(cls)

    return register


def sections() -> Mapping[str, type[Layer]]:
    """Every section name and alias, with its layer."""
    return _REGISTRY


def same_image_size(inputs: Iterable[Shape]) -> None:
    """NetworkError unless all inputs have one width and height."""
    sizes = {(shape.width, shape.height) for shape in inputs}
    if len(sizes) > 1:
        listed = " and ".join(f"{width} x {height}" for width, height in sorted(sizes))
        raise NetworkError(f"the layers it joins differ in width x height: {listed}")


MAX_STRIDE = 32_767
"""The largest stride: OpenVINO's deconvolution ends the process from 32,768 on."""


def padded_size(shape: Shape, padding: int) -> int:
    """Values of an image with `padding` zeros added to its height and to its width."""
    return shape.channels * (shape.height + padding) * (shape.width + padding)


def windows(length: int, size: int, stride: int, padding: int) -> int:
    """How many windows fit in `length` with `padding` zeros in all; NetworkError when none do."""
    if length + padding < size:
        raise NetworkError(f"a window of {size} does not fit in {length} with {padding} padding")
    return (length + padding - size) // stride + 1
