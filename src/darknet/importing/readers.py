"""Files of weights from elsewhere -> their arrays: the kind is seen by content, sizes come first.

.npz            numpy's own container (a zip of .npy); pickled objects are never read
.safetensors    https://huggingface.co/docs/safetensors (a JSON header, then the bytes)
.pt, .pth       torch's (see readers_torch)
.onnx           ONNX's (see readers_onnx)
"""

from __future__ import annotations

import json
import os
import zipfile
from functools import partial
from math import prod
from typing import IO

import numpy as np

from ..errors import WeightsError, printable
from ..files import open_file
from ..mismatch import not_weights
from .entries import Contents, Entry, Values, check_size, fail, fork_said, reading, twice
from .naming import natural

__all__ = ["read_source", "size_limit"]

WHAT = "weights to import (.npz, .onnx, .pt, .pth or .safetensors)"
_FACTOR, _SLACK = 4, 64 * 2**20  # double precision, or an optimizer's state beside the weights
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SAFE_FLOATS = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}


def size_limit(network_bytes: int) -> int:
    """Bytes that a source may have, and may unpack to, for a network that has so many."""
    return _FACTOR * network_bytes + _SLACK


def read_source(path: str | os.PathLike[str], limit: int) -> Contents:
    """The arrays of a file of weights, their values not read yet (torch reads them all).

    `limit`: bytes, of the file and of all its arrays unpacked; checked before they are read.
    Raises WeightsError for a file that is of no such kind, damaged, too large, or has Python
    objects in it, which are never run.
    """
    label = printable(os.fspath(path), 200)
    with open_file(path, WHAT, WeightsError) as file:
        try:
            start = file.read(1024)
            size = os.fstat(file.fileno()).st_size
        except OSError as problem:
            raise WeightsError(f"{label}: cannot be read: {problem.strerror}") from None
    if size > limit:
        raise WeightsError(
            f"{label}: {size:,} bytes, several times what the network needs (at most {limit:,}); "
            "is it another network's?"
        )
    name = os.fsdecode(path)
    if start.startswith(b"PK\x03\x04"):
        return _read_zip(name, label, limit)
    if start[8:9] == b"{":
        return _safetensors(name, label, limit)
    if name.lower().endswith((".pt", ".pth")) and start.startswith((b"\x80", b"\x19\0")):
        from .readers_torch import read_torch

        return read_torch(name, label, limit, is_zip=False)
    other = not_weights(start, size)
    if name.lower().endswith(".onnx") and not other:
        from .readers_onnx import read_onnx

        return read_onnx(name, label, limit)
    raise WeightsError(f"{label}: {other or 'of no known kind'}; expected {WHAT}")


def _read_zip(path: str, label: str, limit: int) -> Contents:
    with reading(label, "a zip archive"), zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        unpacked = sum(info.file_size for info in infos)
        if unpacked > limit:
            raise WeightsError(
                f"{label}: unpacks to {unpacked:,} bytes, several times what the network needs "
                f"(at most {limit:,})"
            )
        odd = next((info for info in infos if info.compress_type not in _PLAIN), None)
        if odd is not None:  # bzip2's and lzma's small pieces unpack to any size at once
            raise fail(label, odd.filename, "compressed in a way that numpy and torch never use")
        names = [info.filename for info in infos]
        if names and all(name.endswith(".npy") for name in names):
            return _npz(archive, path, label, limit)
    if any(name.endswith("data.pkl") for name in names):
        from .readers_torch import read_torch

        return read_torch(path, label, limit, is_zip=True)
    raise WeightsError(f"{label}: a zip archive, but neither numpy's nor torch's; expected {WHAT}")


def _npz(archive: zipfile.ZipFile, path: str, label: str, limit: int) -> Contents:
    entries, ignored = [], []
    for info in archive.infolist():
        name = info.filename.removesuffix(".npy")
        with archive.open(info) as file:
            shape, dtype = _npy_header(file, label, name)
            size = info.file_size - file.tell()
        if prod(shape) * dtype.itemsize != size:
            why = f"{size:,} bytes for shape {printable(str(shape))} {dtype}"
            raise fail(label, name, f"{why}; is the file cut off?")
        if dtype.kind == "f":
            load = partial(_load_npy, path, label, info.filename)
            entries.append(Entry(name, shape, dtype.name, load))
        else:
            ignored.append(name)
    again = twice([info.filename for info in archive.infolist()])
    if again is not None:
        raise fail(label, again, "is there twice")
    check_size(((entry.name, entry.shape) for entry in entries), limit, label)
    ordered = not _sorted_as_text([entry.name for entry in entries])
    if not ordered:
        entries.sort(key=lambda entry: natural(entry.name))
    return Contents(label, "npz", tuple(entries), tuple(ignored), ordered)


def _sorted_as_text(names: list[str]) -> bool:
    """True where names were put in the order of text, conv10 before conv2: not that of layers."""
    return names == sorted(names) != sorted(names, key=natural)


def _npy_header(file: IO[bytes], label: str, name: str) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type; the file is left where the values start."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    else:
        raise fail(
            label, name, f"version {version} of numpy's format, which no array of floats has"
        )
    if dtype.hasobject:
        raise fail(
            label, name, "holds Python objects, which are never run here; save arrays of floats"
        )
    check_size([(name, shape)], 2**62, label)
    return shape, dtype


def _load_npy(path: str, label: str, member: str) -> Values:
    with reading(label, "an .npz file"), zipfile.ZipFile(path) as archive:
        with archive.open(member) as file:
            values: Values = np.lib.format.read_array(file, allow_pickle=False)
        return values


def _safetensors(path: str, label: str, limit: int) -> Contents:
    try:
        from safetensors import safe_open
    except ImportError:
        raise WeightsError(
            f"{label}: a safetensors file, which needs: pip install 'darknet-python[safetensors]'"
        ) from None
    entries, ignored = [], []
    with reading(label, "a safetensors file"), safe_open(path, framework="numpy") as file:
        fork = fork_said(file.metadata())
        for name in sorted(file.keys(), key=natural):
            piece = file.get_slice(name)
            shape, kind = tuple(piece.get_shape()), piece.get_dtype()
            if kind in _SAFE_FLOATS:
                load = partial(_load_safe, path, label, name, kind)
                entries.append(Entry(name, shape, _SAFE_FLOATS[kind], load))
            elif kind.startswith("F"):
                raise fail(label, name, f"{kind}, which is not read here; convert it to F32")
            else:
                ignored.append(name)
        check_size(((entry.name, entry.shape) for entry in entries), limit, label)
    return Contents(label, "safetensors", tuple(entries), tuple(ignored), ordered=False, fork=fork)


def _load_safe(path: str, label: str, name: str, kind: str) -> Values:
    from safetensors import safe_open

    with reading(label, "a safetensors file"):
        if kind == "BF16":
            return _load_bfloat16(path, name)
        with safe_open(path, framework="numpy") as file:
            values: Values = file.get_tensor(name)
            return values


def _load_bfloat16(path: str, name: str) -> Values:
    """The upper halves of float32, which numpy has no type for. (The header is checked by now.)"""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        about = json.loads(file.read(length))[name]
        begin, end = about["data_offsets"]
        file.seek(8 + length + begin)
        halves = np.frombuffer(file.read(end - begin), "<u2").astype(np.uint32)
    return (halves << np.uint32(16)).view(np.float32).reshape(about["shape"])
