"""The layer table, as Darknet prints it when it loads a network, with totals; and its JSON form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .layers import Node
from .network import Network

__all__ = ["rows", "summary", "table"]

_HEADING = "layer     filters    size              input                output"


def table(network: Network) -> str:
    """The layer table and its totals, a line each."""
    return "\n".join([_HEADING, *rows(network), "", *_totals(network)])


def rows(network: Network) -> Iterator[str]:
    """The layer table's rows: number, kind, filters, size, input -> output, BFLOPs."""
    for node in network.nodes:
        text = f"{node.index:5d} {_left(node)}{_shapes(node)}"
        if node.flops:
            text += f"  {node.flops / 1e9:.3f} BFLOPs"
        yield text


def _left(node: Node) -> str:
    """Kind, filters and size, in the columns where Darknet has them."""
    layer = node.layer
    filters = getattr(layer, "filters", None)
    if filters is not None:
        return f"{layer.label:6s}{filters:5d} {layer.size_text():10s}"
    if layer.label == "route":
        return f"route {' '.join(map(str, node.sources)):16s}"
    if layer.label == "res":
        return f"res   {' '.join(map(str, node.sources[1:])):16s}"
    return f"{layer.label:11s} {layer.size_text():10s}"


def _shapes(node: Node) -> str:
    given, output = node.inputs[0], node.output
    if len(node.inputs) > 1 and node.layer.label == "route":
        return f"{'':18s}   ->  {_image(output)}"
    if output.is_vector:
        if given == output:
            return f"{'':24s}{output.size:5d}"
        before = f"{given.size:5d}" if given.is_vector else _image(given)
        return f"{before:>18s}   ->  {output.size:5d}"
    return f"{_image(given):>18s}   ->  {_image(output)}"


def _image(shape: Any) -> str:
    return f"{shape.width:4d} x{shape.height:4d} x{shape.channels:4d}"


def _totals(network: Network) -> Iterator[str]:
    yield f"parameters   {network.parameters:,}"
    yield f"operations   {network.flops / 1e9:.3f} BFLOPs an input"
    yield f"weights      {network.weights_bytes:,} bytes ({network.weights_bytes / 1e6:.1f} MB)"
    memory = network.activation_bytes
    yield f"activations  {memory:,} bytes an input ({memory / 1e6:.1f} MB)"


def summary(network: Network) -> dict[str, Any]:
    """What ``darknet summary --json`` prints (docs/json.md)."""
    return {
        "cfg": network.cfg.label,
        "fork": network.fork,
        "input": _sides(network.input),
        "outputs": [node.index for node in network.outputs],
        "resizable": network.resizable,
        "parameters": network.parameters,
        "flops": network.flops,
        "weights_bytes": network.weights_bytes,
        "activation_bytes": network.activation_bytes,
        "layers": [_layer(node) for node in network.nodes],
        "warnings": list(network.warnings),
    }


def _layer(node: Node) -> dict[str, Any]:
    return {
        "index": node.index,
        "section": node.layer.names[0],
        "line": node.line,
        "sources": list(node.sources),
        "inputs": [_sides(shape) for shape in node.inputs],
        "output": _sides(node.output),
        "parameters": node.parameters,
        "flops": node.flops,
    }


def _sides(shape: Any) -> dict[str, int]:
    return {"channels": shape.channels, "height": shape.height, "width": shape.width}
