"""The .weights file: a header and floats, in the order of the layers.

Little endian, no names, no padding::

    int32 major, minor, revision
    uint64 seen          (uint32 in files older than version 0.2): images seen in training
    float32 ...          every layer's arrays, in the order that its class declares

Where major or minor is above 1000 the weights of connected layers are transposed. Nothing in the
file says which network it is for, so its size is all there is to check, and every byte is
accounted for: what does not fit is a WeightsError that says where it ends and what would fit.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .errors import WeightsError, printable
from .files import open_file, write_atomic
from .mismatch import explain, not_weights

if TYPE_CHECKING:
    from .layers import Node, WeightSpec
    from .network import Network

__all__ = ["Array", "Header", "Weights"]

Array = NDArray[np.float32]
_OLD_BYTES, _NEW_BYTES = 16, 20  # of the header, before and since version 0.2
_FLOAT = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class Header:
    """Version of the format and number of images seen in training."""

    major: int = 0
    minor: int = 2
    revision: int = 0
    seen: int = 0

    @property
    def size(self) -> int:
        """Bytes of the header."""
        return _NEW_BYTES if _has_long_seen(self.major, self.minor) else _OLD_BYTES

    @property
    def transposed(self) -> bool:
        """True where connected layers have inputs first."""
        return self.major > 1000 or self.minor > 1000

    def to_bytes(self) -> bytes:
        """The header as it stands in the file."""
        form = "<iiiQ" if self.size == _NEW_BYTES else "<iiiI"
        try:
            return struct.pack(form, self.major, self.minor, self.revision, self.seen)
        except struct.error:
            raise WeightsError(f"{self}: too large a number for the header") from None

    @classmethod
    def parse(cls, data: bytes, label: str) -> Header:
        """Read a header; WeightsError when there are too few bytes or no versions in it."""
        if len(data) < _OLD_BYTES:
            raise WeightsError(f"{label}: {len(data)} bytes, too short for a header of 16 or 20")
        major, minor, revision = struct.unpack_from("<iii", data)
        if not (0 <= major < 100_000 and 0 <= minor < 100_000):
            raise WeightsError(
                f"{label}: starts with version {major}.{minor}, which no Darknet writes; "
                "expected a .weights file"
            )
        if not _has_long_seen(major, minor):
            return cls(major, minor, revision, *struct.unpack_from("<I", data, 12))
        if len(data) < _NEW_BYTES:
            raise WeightsError(f"{label}: {len(data)} bytes, too short for a header of 20")
        return cls(major, minor, revision, *struct.unpack_from("<Q", data, 12))


def _has_long_seen(major: int, minor: int) -> bool:
    return major * 10 + minor >= 2 and major < 1000 and minor < 1000


@dataclass(frozen=True, slots=True)
class Weights:
    """Arrays by layer and name, shaped as the layers declare them, float32.

    ``weights[3]["biases"]`` is the array of layer 3; layers without weights have an empty mapping.
    `label` is the file that they are from, for messages.
    """

    header: Header
    arrays: tuple[Mapping[str, Array], ...]
    label: str = field(default="<weights>", compare=False)

    def __getitem__(self, layer: int) -> Mapping[str, Array]:
        return self.arrays[layer]

    @classmethod
    def read(
        cls, path: str | os.PathLike[str], network: Network, *, cutoff: int | None = None
    ) -> Weights:
        """Read the file for a network.

        `cutoff`: read only the layers before this one; the others, like layers with
        ``dontload=1``, get their initial weights, and the file may go on.

        Raises WeightsError when the file is something else, or has not exactly the network's
        floats: the size is checked before anything but the header is read.
        """
        label = printable(os.fspath(path), 200)
        layers = range(1, len(network.nodes))
        if cutoff is not None and (not isinstance(cutoff, int) or cutoff not in layers):
            raise WeightsError(
                f"cutoff={cutoff}: expected 1 to {len(network.nodes) - 1}, the number of layers to "
                "read"
            )
        with open_file(path, "a .weights file", WeightsError) as file:
            try:
                start = file.read(1024)
                size = os.fstat(file.fileno()).st_size
                header = _checked_header(start, size, label)
                wanted = _check_size(header, size, label, network, cutoff)
                file.seek(0)
                data = file.read(header.size + wanted * _FLOAT.itemsize)
            except OSError as problem:
                raise WeightsError(f"{label}: cannot be read: {problem.strerror}") from None
        if len(data) < header.size + wanted * _FLOAT.itemsize:
            raise WeightsError(f"{label}: became shorter while it was read")
        return cls._cut(header, data, network, cutoff, label)

    @classmethod
    def from_bytes(cls, data: bytes, network: Network, label: str = "<weights>") -> Weights:
        """As `read`, from a file's bytes."""
        header = _checked_header(data[:1024], len(data), label)
        _check_size(header, len(data), label, network, None)
        return cls._cut(header, data, network, None, label)

    @classmethod
    def initial(cls, network: Network, generator: np.random.Generator) -> Weights:
        """Weights before any training, as Darknet draws them.

        Filters from a normal distribution of variance 2 / (inputs of one output), scales and
        variances 1, all else 0.
        """
        return cls(
            Header(),
            tuple(
                {spec.name: _initial(spec, generator) for spec in node.weights}
                for node in network.nodes
            ),
        )

    def check(self, network: Network) -> None:
        """WeightsError unless there is an array of the right shape for all that the network has."""
        if len(self.arrays) != len(network.nodes):
            raise WeightsError(
                f"weights of {len(self.arrays)} layers, but {network.cfg.label} has "
                f"{len(network.nodes)}"
            )
        for node in network.nodes:
            for spec in node.weights:
                array = self.arrays[node.index].get(spec.name)
                if array is None or array.shape != spec.shape:
                    found = "are missing" if array is None else f"have shape {array.shape}"
                    raise WeightsError(
                        f"layer {node.index} [{node.layer.names[0]}]: {spec.name} {found}; "
                        f"{network.cfg.label} needs {spec.shape}"
                    )

    def to_bytes(self, network: Network) -> bytes:
        """The file's bytes, in the format version that the header says.

        WeightsError when the arrays are not the network's.
        """
        self.check(network)
        parts = [self.header.to_bytes()]
        for node in network.nodes:
            for spec in node.weights:
                if spec.stored:
                    array = self.arrays[node.index][spec.name].reshape(spec.shape[0], -1)
                    array = array.T if _outputs_last(spec, self.header) else array
                    parts.append(np.ascontiguousarray(array, _FLOAT).tobytes())
        return b"".join(parts)

    def save(self, path: str | os.PathLike[str], network: Network) -> None:
        """Write the file; it appears whole or not at all."""
        write_atomic(path, self.to_bytes(network))

    @classmethod
    def _cut(
        cls, header: Header, data: bytes, network: Network, cutoff: int | None, label: str
    ) -> Weights:
        """The arrays that the bytes hold, as views of them."""
        generator = np.random.default_rng(0)
        position = header.size
        arrays: list[dict[str, Array]] = []
        for node in network.nodes:
            arrays.append({})
            for spec in node.weights:
                if spec.stored and (cutoff is None or node.index < cutoff):
                    flat = np.frombuffer(data, _FLOAT, spec.size, position)
                    arrays[-1][spec.name] = _shaped(flat, spec, header)
                    position += flat.nbytes
                else:
                    arrays[-1][spec.name] = _initial(spec, generator)
        return cls(header, tuple(arrays), label)


def _checked_header(start: bytes, size: int, label: str) -> Header:
    other = not_weights(start, size)
    if other:
        raise WeightsError(f"{label}: {other}; expected a .weights file")
    return Header.parse(start, label)


def _check_size(header: Header, size: int, label: str, network: Network, cutoff: int | None) -> int:
    """The number of floats to read; WeightsError unless the file has them (and no more)."""
    nodes = network.nodes if cutoff is None else network.nodes[:cutoff]
    wanted = sum(node.parameters for node in nodes)
    body = size - header.size
    fits = body >= wanted * _FLOAT.itemsize if cutoff is not None else body == wanted * 4
    if not fits:
        raise WeightsError(f"{label}: {explain(network, nodes, body, header.size)}")
    return wanted


def _outputs_last(spec: WeightSpec, header: Header) -> bool:
    return spec.outputs == "last" or (spec.outputs == "header" and header.transposed)


def _shaped(flat: Array, spec: WeightSpec, header: Header) -> Array:
    if _outputs_last(spec, header):
        flat = np.ascontiguousarray(flat.reshape(-1, spec.shape[0]).T)
    return flat.reshape(spec.shape)


def _initial(spec: WeightSpec, generator: np.random.Generator) -> Array:
    if spec.role == "weight":
        inputs = spec.fan_in or max(1, spec.size // spec.shape[0])
        drawn = generator.standard_normal(spec.shape, np.float32)
        return drawn * np.float32((2 / inputs) ** 0.5)
    return np.full(spec.shape, spec.role in ("scale", "variance"), np.float32)


def unloaded(network: Network) -> list[Node]:
    """The layers that have weights which no file gives (``dontload=1``)."""
    return [
        node
        for node in network.nodes
        if any(spec.role == "weight" and not spec.stored for spec in node.weights)
    ]
