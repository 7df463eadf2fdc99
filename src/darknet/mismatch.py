"""Why a file does not fit a network: what it is instead, where it ends, what would make it fit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .cfg import Cfg
from .errors import CfgError

if TYPE_CHECKING:
    from .layers import Node
    from .network import Network

__all__ = ["explain", "is_picture", "not_weights"]

_FLOAT_BYTES = 4
FAR = 2  # times the bytes that are needed: what is longer was hardly meant for this network
MOST_CLASSES = 22_000  # that a classifier was ever published with, ImageNet's own 21,841
_COMMON_SIZES = (28, 32, 64, 128, 224, 227, 256, 299, 320, 416, 448, 512, 544, 608)
_CHANNELS = (1, 3, 4, 16)  # grey, or one plane of a Go position; colours; Go with what came before
_PICTURES = ("a PNG picture", "a JPEG photograph")
_CONVERT = "(convert it to JPEG or PNG first)"
_MAGIC = {
    b"\x93NUMPY": "a numpy .npy file",
    b"\x89HDF": "an HDF5 file (Keras?)",
    b"\x89PNG": _PICTURES[0],
    b"\xff\xd8\xff": _PICTURES[1],
    b"\x1f\x8b": "compressed with gzip (unpack it first)",
    b"BZh": "compressed with bzip2 (unpack it first)",
    b"\xfd7zXZ": "compressed with xz (unpack it first)",
    b"7z\xbc\xaf": "a 7z archive (unpack it first)",
    b"\x80\x02": "a Python pickle (an old torch file?)",
    b"GGUF": "a GGUF file",
    b"%PDF": "a PDF document",
    b"\0\0\0\x0cjP  ": f"a JPEG 2000 picture {_CONVERT}",
    b"\xff\x4f\xff\x51": f"a JPEG 2000 picture {_CONVERT}",
    b"\0\0\0\x0cJXL ": f"a JPEG XL picture {_CONVERT}",
    b"8BPS": f"a Photoshop document {_CONVERT}",
    b"qoif": f"a QOI picture {_CONVERT}",
}
_BRANDS = {
    b"avif": f"an AVIF picture {_CONVERT}",
    b"avis": f"an AVIF picture {_CONVERT}",
    b"heic": f"a HEIC picture {_CONVERT}",
    b"heix": f"a HEIC picture {_CONVERT}",
    b"mif1": f"a HEIC picture {_CONVERT}",
    b"crx ": f"a raw photograph of a camera {_CONVERT}",
}
"""Of files in boxes (ISO/IEC 14496-12), whose first one is ``ftyp``; others are videos, mostly."""


def not_weights(start: bytes, size: int) -> str:
    """What a file is that starts with these bytes, '' if it may be a .weights file.

    `size` is that of the whole file, in bytes.
    """
    if not size or not start:
        return "empty (0 bytes)"
    if start.startswith(b"version https://git-lfs"):
        real = re.search(rb"size (\d{1,15})", start)
        of = f" of {int(real[1]):,} bytes" if real else ""
        return f"a Git LFS pointer to a file{of}, not the file (run `git lfs pull`)"
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<script")):
        return "an HTML page (did a download go wrong?)"
    if re.search(rb"^\s*\[net(work)?\]", text, re.MULTILINE):
        return "a .cfg file (are two arguments swapped?)"
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < 100_000_000:
        return "a safetensors file"
    if start.startswith(b"PK\x03\x04"):
        return "a zip archive (a torch .pt or numpy .npz file?)"
    for magic, what in _MAGIC.items():
        if start.startswith(magic):
            return what
    if start[4:8] == b"ftyp":
        return _BRANDS.get(start[8:12], "a video (take a picture from it first)")
    if all(byte >= 32 or byte in b"\t\r\n\f" for byte in start[:512]) and b"\0" not in start:
        return "text"
    return ""


def is_picture(start: bytes) -> bool:
    """True for the first bytes of a PNG or JPEG, whatever the file is called."""
    return not_weights(start, len(start)) in _PICTURES


def explain(network: Network, nodes: Sequence[Node], body: int, header_bytes: int) -> str:
    """One line: sizes, the layer where the file ends or is left over, and what would fit.

    `nodes` are the layers that were to be read, `body` the file's bytes after its header.
    """
    wanted = sum(node.parameters for node in nodes)
    needed = header_bytes + wanted * _FLOAT_BYTES
    size = header_bytes + body
    facts = f"{size:,} bytes, but {network.cfg.label} needs {needed:,}"
    ideas = list(_ideas(network, body, header_bytes))[:3]
    if size > FAR * needed and not ideas:
        return f"{facts}: the weights of another, larger network"
    if body < wanted * _FLOAT_BYTES:
        facts += f": {_where_it_ends(nodes, body)}"
    else:
        facts += f": {body - wanted * _FLOAT_BYTES:,} bytes are left over after the last layer"
    if not ideas:
        short = body < wanted * _FLOAT_BYTES
        ideas = [
            "cut off (fetch it again), or another network's" if short else "another network's?"
        ]
    return f"{facts}; {'; '.join(ideas)}"


def _where_it_ends(nodes: Sequence[Node], body: int) -> str:
    left = body
    for node in nodes:
        for spec in node.weights:
            if not spec.stored:
                continue
            if left < spec.size * _FLOAT_BYTES:
                return (
                    f"it ends in layer {node.index} [{node.layer.names[0]}], whose {spec.name} "
                    f"want {spec.size:,} floats and find {left // _FLOAT_BYTES:,}"
                )
            left -= spec.size * _FLOAT_BYTES
    return "it ends early"


def _ideas(network: Network, body: int, header_bytes: int) -> Iterator[str]:
    """What would make the file fit exactly, most likely first."""
    for other in (16, 20):
        if body + header_bytes - other == network.parameters * _FLOAT_BYTES:
            yield f"it would fit with a header of {other} bytes (its version numbers are damaged)"
    if body % _FLOAT_BYTES:
        yield "the floats are not whole: the file is cut off or no .weights file"
        return
    floats = body // _FLOAT_BYTES
    yield from _part_of_the_layers(network, floats)
    yield from _other_outputs(network, floats)
    yield from _other_batch_normalize(network, floats)
    yield from _other_input(network, floats)


def _part_of_the_layers(network: Network, floats: int) -> Iterator[str]:
    total = 0
    for node in network.nodes[:-1]:
        total += node.parameters
        if node.parameters and total == floats:
            yield (
                f"it has exactly layers 0 to {node.index} (a pretrained start: "
                f"darknet.load with cutoff={node.index + 1})"
            )


def _other_outputs(network: Network, floats: int) -> Iterator[str]:
    last = next((node for node in reversed(network.nodes) if node.parameters), None)
    if last is None:
        return
    key = next((key for key in ("filters", "output") if hasattr(last.layer, key)), "")
    if not key or getattr(last.layer, "groups", 1) != 1:
        return
    each = last.parameters // getattr(last.layer, key)
    own = floats - (network.parameters - last.parameters)
    if each and own > 0 and own % each == 0 and own // each <= MOST_CLASSES:
        yield (
            f"it would fit with {key}={own // each} (classes?) instead of "
            f"{getattr(last.layer, key)} in layer {last.index} [{last.layer.names[0]}]"
        )


def _other_batch_normalize(network: Network, floats: int) -> Iterator[str]:
    layers = [node for node in network.nodes if hasattr(node.layer, "batch_normalize")]
    change = {}  # floats that the layer's three arrays add, or take away
    for node in layers:
        biases = next(
            (spec.size for spec in node.weights if spec.name == "biases" and spec.stored), 0
        )
        change[node.index] = -3 * biases if node.layer.batch_normalize else 3 * biases  # type: ignore[attr-defined]
    missing = floats - network.parameters
    without = [size for size in change.values() if size > 0]
    with_it = [size for size in change.values() if size < 0]
    if without and sum(without) == missing:
        yield "it would fit with batch_normalize=1 in every layer"
    elif layers and sum(without) - max(0, change[layers[-1].index]) == missing > 0:
        yield "it would fit with batch_normalize=1 in every layer but the last"
    if with_it and sum(with_it) == missing:
        yield "it would fit without batch_normalize in any layer"
    for index, size in change.items():
        if size == missing:
            value = int(size > 0)
            yield f"it would fit with batch_normalize={value} in layer {index}"


def _other_input(network: Network, floats: int) -> Iterator[str]:
    given = network.input
    sizes = [(size, size, given.channels) for size in _COMMON_SIZES]
    channels = [(given.width, given.height, count) for count in _CHANNELS]
    for width, height, count in sizes + channels:
        if (width, height, count) == (given.width, given.height, given.channels):
            continue
        if _parameters_with(network, width, height, count) == floats:
            what = (
                f"channels={count}"
                if count != given.channels
                else f"width={width}, height={height}"
            )
            yield f"it would fit with {what} in [net]"


def _parameters_with(network: Network, width: int, height: int, channels: int) -> int | None:
    """Parameters with another input, None where that does not build."""
    section = network.cfg.sections[0]
    changed = {"width": width, "height": height, "channels": channels}
    entries = tuple(
        replace(entry, value=str(changed.get(entry.key, entry.value))) for entry in section.entries
    )
    sections = (replace(section, entries=entries), *network.cfg.sections[1:])
    try:
        cfg = Cfg(network.cfg.label, network.cfg.lines, sections)
        return type(network).build(cfg, fork=network.fork).parameters
    except CfgError:
        return None
