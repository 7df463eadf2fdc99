"""Sections become a network: layers that know their inputs, shapes, weights and cost.

Nothing is computed and no array is made here; numpy is not imported. What does not fit together
is a NetworkError that names file, line, layer and both sizes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from .cfg import Cfg, Section
from .errors import NetworkError, UnsupportedError, did_you_mean, printable
from .layers import (
    ALEXEYAB,
    NOT_YET,
    PJREDDIE,
    Fork,
    Layer,
    NetSection,
    Node,
    Shape,
    WeightSpec,
    sections,
)
from .layers.activations import ALEXEYAB_ONLY
from .options import MAX_WARNINGS, bind, options_of

__all__ = ["DEFAULT_LIMIT", "Network"]

DEFAULT_LIMIT = 8 * 2**30
"""Bytes that a network may need, unless DARKNET_MEMORY_LIMIT (bytes) says.

Counted are the weights, and the values that are alive at once while one input is computed. An
engine may need a few times that, for copies in layouts of its own; time is not limited.
"""

MAX_LAYERS = 20_000
_TRIALS = ((64, 0), (0, 75), (11, 0), (150, 1))  # pixels more of width and height

_HEADER_BYTES = 20
_FLOAT_BYTES = 4


@dataclass(frozen=True, eq=False)
class Network:
    """Wired layers, in file order.

    `fork` says whose arithmetic counts where the two Darknets differ. `warnings` are lines about
    options that are unknown or given twice.
    """

    cfg: Cfg
    net: NetSection
    input: Shape
    nodes: tuple[Node, ...]
    fork: Fork
    warnings: tuple[str, ...]
    working_bytes: int
    """What the values need that are alive at once, for one input."""
    limit: int

    @classmethod
    def build(cls, cfg: Cfg, *, fork: Fork | None = None, limit: int | None = None) -> Network:
        """Wire up a cfg.

        `fork` None: AlexeyAB's if the cfg uses something that only his Darknet has, else
        pjreddie's. `limit`: bytes (see DEFAULT_LIMIT).

        Raises CfgError for an option, NetworkError for sections that do not fit,
        UnsupportedError for a section that is Darknet's but not run here.
        """
        first = cfg.sections[0]
        if fork not in (None, PJREDDIE, ALEXEYAB):
            raise NetworkError(f"fork={fork}: expected {PJREDDIE} or {ALEXEYAB}")
        if len(cfg.sections) > MAX_LAYERS:
            raise NetworkError(
                f"{first.label}: {len(cfg.sections):,} sections, more than {MAX_LAYERS:,}"
            )
        if first.name not in NetSection.names_in_file:
            raise NetworkError(
                f"{first.label}:{first.line}: [{printable(first.name)}]: "
                "expected [net] or [network] as the first section"
            )
        net, warnings = bind(NetSection, first)
        layers: list[tuple[Section, Layer]] = []
        for index, section in enumerate(cfg.sections[1:]):
            layer, more = bind(_layer_class(section, index), section)
            layers.append((section, layer))
            warnings += more
        if not layers:
            raise NetworkError(f"{first.label}:{first.line}: [net] and no layer after it")
        if fork is None:
            fork = _guess_fork(net, layers, cfg)
        try:
            shape = net.input_shape()
        except NetworkError as error:
            raise NetworkError(f"{first.label}:{first.line}: [{first.name}]: {error}") from None
        limit = _default_limit() if limit is None else limit
        nodes, working = _wire(layers, shape, fork, limit)
        if len(warnings) > MAX_WARNINGS:
            label = printable(first.label, 200)
            count = f"{label}: and {len(warnings) - MAX_WARNINGS:,} more of this kind"
            warnings = [*warnings[:MAX_WARNINGS], count]
        return cls(cfg, net, shape, nodes, fork, tuple(warnings), working, limit)

    def resized(self, width: int, height: int) -> Network:
        """The same layers over an image of another size (pixels).

        NetworkError when the input is no image, a layer fixes the size, or the size is too small
        for one.
        """
        label = self.cfg.label
        if not self.net.width:
            raise NetworkError(f"{label}: its input is a vector, which has no width and height")
        if width < 1 or height < 1:
            raise NetworkError(f"{label}: cannot be resized to {width} x {height}")
        fixed = next((node for node in self.nodes if not node.layer.resizable), None)
        if fixed is not None:
            raise NetworkError(
                f"{place(fixed)}: fixes the image size to {self.input.width} x "
                f"{self.input.height}; only a fully convolutional network can be resized"
            )
        net = replace(self.net, width=width, height=height)
        named = zip(self.cfg.sections[1:], (node.layer for node in self.nodes), strict=True)
        shape = Shape(self.input.channels, height, width)
        nodes, working = _wire(list(named), shape, self.fork, self.limit)
        return replace(self, net=net, input=shape, nodes=nodes, working_bytes=working)

    @property
    def outputs(self) -> tuple[Node, ...]:
        """The layers whose values are the answer, in file order.

        That is every detection head; without one the last layer that is no loss, and every
        [softmax], [logistic] or [activation] before it that no layer but a loss reads.
        """
        heads = tuple(node for node in self.nodes if node.layer.is_output)
        if heads:
            return heads
        answers = [node for node in self.nodes if not node.layer.is_loss]
        if not answers:
            return self.nodes[-1:]
        read = {source for node in answers for source in node.sources}
        opened = (n for n in answers[:-1] if n.layer.is_open_answer and n.index not in read)
        return (*opened, answers[-1])

    @cached_property
    def resizable(self) -> bool:
        """True when photographs may keep their shape: inputs of other sizes give the same output.

        Tried with a few awkward sizes: a ResNet's shortcuts, for example, fit only some.
        """
        return all(self._answers_alike(more, less) for more, less in _TRIALS)

    def _answers_alike(self, wider: int, higher: int) -> bool:
        try:
            other = self.resized(self.input.width + wider, self.input.height + higher)
        except NetworkError:
            return False
        pairs = zip(self.outputs, other.outputs, strict=True)
        return all(here.output == there.output for here, there in pairs)

    @property
    def parameters(self) -> int:
        """Floats in the weights file."""
        return sum(node.parameters for node in self.nodes)

    @property
    def flops(self) -> int:
        """Operations for one input, a multiply-add being two, counted as Darknet prints them."""
        return sum(node.flops for node in self.nodes)

    @property
    def weights_bytes(self) -> int:
        """Size of the weights file that Darknet 0.2 writes."""
        return _HEADER_BYTES + _FLOAT_BYTES * self.parameters

    @property
    def activation_bytes(self) -> int:
        """Bytes of all layers' outputs together, for one input (Darknet keeps them all)."""
        return _FLOAT_BYTES * sum(node.output.size for node in self.nodes)


def place(node: Node) -> str:
    """``file:line: layer 3 [maxpool]``, for messages."""
    return f"{node.label}:{node.line}: layer {node.index} [{node.layer.names[0]}]"


def _layer_class(section: Section, index: int) -> type[Layer]:
    found = sections().get(section.name)
    if found is not None:
        return found
    name = printable(section.name)
    where = f"{section.label}:{section.line}: layer {index} [{name}]"
    if section.name in NOT_YET:
        raise UnsupportedError(
            f"{where}: {NOT_YET[section.name]}, which this version does not run yet"
        )
    if section.name in NetSection.names_in_file:
        raise NetworkError(f"{where}: only the first section can be [net]")
    known = [*sections(), *NOT_YET]
    raise NetworkError(f"{where}: no such section{did_you_mean(section.name, known)}")


def _guess_fork(net: NetSection, layers: list[tuple[Section, Layer]], cfg: Cfg) -> Fork:
    """AlexeyAB's where a section, option or activation is his alone; [net] does not count.

    (His training options stand in many a cfg whose network both run alike.)
    """
    for section, layer in layers:
        if PJREDDIE not in layer.forks or getattr(layer, "activation", "") in ALEXEYAB_ONLY:
            return ALEXEYAB
        known = options_of(type(layer))
        if any(known[e.key].fork == ALEXEYAB for e in section.entries if e.key in known):
            return ALEXEYAB
    return PJREDDIE


def _default_limit() -> int:
    given = os.environ.get("DARKNET_MEMORY_LIMIT", "")
    if given and not (given.isascii() and given.isdigit() and len(given) < 20):
        raise NetworkError(
            f"DARKNET_MEMORY_LIMIT={printable(given)}: expected a number of bytes, "
            f"{DEFAULT_LIMIT} for example"
        )
    return int(given) if given else DEFAULT_LIMIT


def _wire(
    layers: list[tuple[Section, Layer]], shape: Shape, fork: Fork, limit: int
) -> tuple[tuple[Node, ...], int]:
    """The layers in their places, and the bytes of the values that are alive at once."""
    nodes: list[Node] = []
    budget = _Budget(limit, shape, layers)
    for index, (section, layer) in enumerate(layers):
        try:
            node = _node(index, section, layer, nodes, shape, fork)
            budget.add(node)
        except NetworkError as error:
            where = f"{section.label}:{section.line}: layer {index} [{section.name}]"
            raise type(error)(f"{where}: {error}") from None
        nodes.append(node)
    return tuple(nodes), _FLOAT_BYTES * budget.most


def _node(
    index: int, section: Section, layer: Layer, before: list[Node], shape: Shape, fork: Fork
) -> Node:
    if layer.numload:
        raise UnsupportedError(f"numload={layer.numload} is not run by this version")
    sources = layer.sources(index)
    for source in sources:
        if not (0 <= source < index or source == index - 1):
            raise NetworkError(
                f"names layer {source}, but only layers 0 to {index - 1} come before it"
                if index
                else f"names layer {source}, but it is the first layer itself"
            )
    inputs = tuple(shape if source < 0 else before[source].output for source in sources)
    output = layer.output_shape(inputs)
    owner = _owner(layer.weights_from(index), index, before)
    weights = _stored(layer, layer.weights(inputs)) if owner == index else ()
    if owner != index:
        _check_shared(owner, layer, inputs, before)
    return Node(
        index=index,
        layer=layer,
        label=section.label,
        line=section.line,
        sources=sources,
        inputs=inputs,
        output=output,
        weights=weights,
        weights_from=owner,
        fork=fork,
    )


def _stored(layer: Layer, specs: tuple[WeightSpec, ...]) -> tuple[WeightSpec, ...]:
    """The arrays as the file has them, after ``dontload`` and ``dontloadscales``."""
    missing = {"scale", "mean", "variance"} if layer.dontloadscales else set()
    if not (layer.dontload or missing):
        return specs
    return tuple(
        replace(spec, stored=spec.stored and not (layer.dontload or spec.role in missing))
        for spec in specs
    )


def _owner(named: int, index: int, before: list[Node]) -> int:
    """The layer that has the weights, where the one named shares another's itself."""
    if named == index:
        return index
    if not 0 <= named < index:
        raise NetworkError(f"shares the weights of layer {named}, which does not come before it")
    return before[named].weights_from


def _check_shared(owner: int, layer: Layer, inputs: tuple[Shape, ...], before: list[Node]) -> None:
    wanted = {(spec.name, spec.shape) for spec in layer.weights(inputs)}
    if not wanted <= {(spec.name, spec.shape) for spec in before[owner].weights}:
        raise NetworkError(f"shares the weights of layer {owner}, whose shapes are others")


class _Budget:
    """Counts weights and live values while layers are wired; NetworkError beyond the limit."""

    def __init__(self, limit: int, shape: Shape, layers: list[tuple[Section, Layer]]) -> None:
        self._limit = limit
        self._weights = 0
        self._alive = {-1: shape.size}
        self._total = shape.size
        self._last_use: dict[int, int] = {}
        self.most = 0
        for index, (_, layer) in enumerate(layers):
            for source in _sources(layer, index):
                self._last_use[source] = index

    def add(self, node: Node) -> None:
        """Count a layer, and let go of what no later one needs."""
        self._weights += sum(spec.size for spec in node.weights)
        self._alive[node.index] = node.output.size
        self._total += node.output.size
        now = self._total + node.layer.workspace(node.inputs, node.output)
        self.most = max(self.most, now)
        needed = _FLOAT_BYTES * (self._weights + now)
        if needed > self._limit:
            raise NetworkError(
                f"needs {_gib(needed)}, more than the limit of {_gib(self._limit)} "
                "(DARKNET_MEMORY_LIMIT sets another, in bytes)"
            )
        for index in {*node.sources, node.index}:
            if self._last_use.get(index, -1) <= node.index:
                self._total -= self._alive.pop(index, 0)


def _gib(size: int) -> str:
    return f"{size / 2**30:,.5g} GiB" if size >= 2**27 else f"{size / 2**20:,.5g} MiB"


def _sources(layer: Layer, index: int) -> tuple[int, ...]:
    """The layer's sources, none where it has an error (which is told when it is wired)."""
    try:
        return layer.sources(index)
    except NetworkError:
        return ()


def walk(network: Network, wanted: Sequence[int] = ()) -> Iterator[Node]:
    """The layers that the layers `wanted` depend on, in order; of none, the network's outputs.

    (Losses and loose ends are left out.)
    """
    needed = set(wanted) or {node.index for node in network.outputs}
    for node in reversed(network.nodes):
        if node.index in needed:
            needed.update(node.sources)
    return (node for node in network.nodes if node.index in needed)
