"""Sections become a network: layers that know their inputs, shapes, weights and cost.

Nothing is computed and no array is made here; numpy is not imported. What does not fit together
is a NetworkError that names file, line, layer and both sizes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .cfg import Cfg, Section
from .errors import NetworkError, UnsupportedError, did_you_mean, printable
from .layers import ALEXEYAB, NOT_YET, PJREDDIE, Fork, Layer, Net, Node, Shape, sections
from .layers.activations import ALEXEYAB_ONLY
from .options import bind, options_of

__all__ = ["DEFAULT_LIMIT", "Network"]

DEFAULT_LIMIT = 8 * 2**30
"""Bytes that weights and the largest layer may need, unless DARKNET_MEMORY_LIMIT (bytes) says."""

_HEADER_BYTES = 20
_FLOAT_BYTES = 4


@dataclass(frozen=True, slots=True)
class Network:
    """Wired layers, in file order.

    `fork` says whose arithmetic counts where the two Darknets differ. `warnings` are lines about
    options that are unknown or given twice.
    """

    cfg: Cfg
    net: Net
    input: Shape
    nodes: tuple[Node, ...]
    fork: Fork
    warnings: tuple[str, ...]
    limit: int = DEFAULT_LIMIT

    @classmethod
    def build(cls, cfg: Cfg, *, fork: Fork | None = None, limit: int | None = None) -> Network:
        """Wire up a cfg.

        `fork` None: AlexeyAB's if the cfg uses something that only his Darknet has, else
        pjreddie's. `limit`: bytes (see DEFAULT_LIMIT).

        Raises CfgError for an option, NetworkError for sections that do not fit,
        UnsupportedError for a section that is Darknet's but not run here.
        """
        first = cfg.sections[0]
        if first.name not in Net.names_in_file:
            raise NetworkError(
                f"{first.label}:{first.line}: [{printable(first.name)}]: "
                "expected [net] or [network] as the first section"
            )
        net, warnings = bind(Net, first)
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
        nodes = _wire(layers, shape, fork, limit)
        return cls(cfg, net, shape, nodes, fork, tuple(warnings), limit)

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
        nodes = _wire(list(named), shape, self.fork, self.limit)
        return replace(self, net=net, input=shape, nodes=nodes)

    @property
    def outputs(self) -> tuple[Node, ...]:
        """The layers whose values are the answer: every head, else the last that is no loss."""
        heads = tuple(node for node in self.nodes if node.layer.is_output)
        answers = [node for node in self.nodes if not node.layer.is_loss]
        return heads or ((answers or list(self.nodes))[-1],)

    @property
    def resizable(self) -> bool:
        """True when images of other sizes give an output of the same size."""
        answer = self.outputs[-1]
        pooled = any("avgpool" in node.layer.names for node in self.nodes[: answer.index + 1])
        return pooled and all(node.layer.resizable for node in self.nodes)

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
    if section.name in Net.names_in_file:
        raise NetworkError(f"{where}: only the first section can be [net]")
    known = [*sections(), *NOT_YET]
    raise NetworkError(f"{where}: no such section{did_you_mean(section.name, known)}")


def _guess_fork(net: Net, layers: list[tuple[Section, Layer]], cfg: Cfg) -> Fork:
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
    if given and not (given.isascii() and given.isdigit()):
        raise NetworkError(
            f"DARKNET_MEMORY_LIMIT={printable(given)}: expected a number of bytes, "
            f"{DEFAULT_LIMIT} for example"
        )
    return int(given[:19]) if given else DEFAULT_LIMIT


def _wire(
    layers: list[tuple[Section, Layer]], shape: Shape, fork: Fork, limit: int
) -> tuple[Node, ...]:
    nodes: list[Node] = []
    weights = 0
    for index, (section, layer) in enumerate(layers):
        try:
            node = _node(index, section, layer, nodes, shape, fork)
            weights += sum(spec.size for spec in node.weights)
            _check_size(node, weights, limit)
        except NetworkError as error:
            where = f"{section.label}:{section.line}: layer {index} [{section.name}]"
            raise type(error)(f"{where}: {error}") from None
        nodes.append(node)
    return tuple(nodes)


def _node(
    index: int, section: Section, layer: Layer, before: list[Node], shape: Shape, fork: Fork
) -> Node:
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
    weights = layer.weights(inputs) if owner == index else ()
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


def _check_size(node: Node, weights: int, limit: int) -> None:
    values = node.output.size + sum(shape.size for shape in node.inputs)
    values += node.layer.workspace(node.inputs, node.output)
    needed = _FLOAT_BYTES * (weights + values)
    if needed > limit:
        raise NetworkError(
            f"needs {needed / 2**30:.3g} GiB, more than the limit of {limit / 2**30:.3g} GiB "
            "(DARKNET_MEMORY_LIMIT sets another, in bytes)"
        )


def walk(network: Network) -> Iterator[Node]:
    """The layers that the outputs depend on, in order (losses and loose ends are left out)."""
    needed = {node.index for node in network.outputs}
    for node in reversed(network.nodes):
        if node.index in needed:
            needed.update(node.sources)
    return (node for node in network.nodes if node.index in needed)
