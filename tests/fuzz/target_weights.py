"""Target `weights`: headers, sizes and impostors, against small networks."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from functools import cache
from random import Random

import numpy as np
from common import Case, Content, Target, Wrong
from values import extreme_integer, garble, name_of_file, splice

import darknet
from darknet.cfg import Cfg
from darknet.network import Network
from darknet.weights import Header, Weights

__all__ = ["WeightsTarget"]

_NET = "[net]\nwidth=8\nheight=8\nchannels=3\n"
_CONV = "[convolutional]\nbatch_normalize=1\nfilters=4\nsize=3\npad=1\nactivation=leaky\n"
_END = "[convolutional]\nfilters=12\n[avgpool]\n[softmax]\n"
NETWORKS = (
    _NET + _CONV + _END,
    _NET + _CONV * 3 + "[maxpool]\nsize=2\nstride=2\n[connected]\noutput=12\n[softmax]\n",
    _NET + "[connected]\noutput=7\nbatch_normalize=1\n[connected]\noutput=12\n[softmax]\n",
    _NET + "[local]\nfilters=2\nsize=3\nstride=2\npad=1\n[connected]\noutput=2\n",
    _NET + _CONV + "flipped=1\n" + _CONV + "dontload=1\n" + _CONV + "dontloadscales=1\n" + _END,
    _NET + _CONV * 2 + "[shortcut]\nfrom=-2\nweights_type=per_channel\n" + _END,
    _NET + _CONV * 2 + _CONV + "share_index=-1\n" + _END,
    _NET + _CONV * 2 + "[convolutional]\nfilters=4\nsize=3\npad=1\nshare_index=1\n" + _END,
    _NET + "[batchnorm]\n[deconvolutional]\nfilters=2\nsize=3\nstride=2\n[batchnorm]\n" + _END,
    "[net]\ninputs=5\n[connected]\noutput=3\n[dropout]\n[cost]\n",
    _NET + "[maxpool]\nsize=2\nstride=2\n[avgpool]\n[softmax]\n",
    _NET + "[convolutional]\nfilters=1\nxnor=1\n[convolutional]\nfilters=1\nbinary=1\n",
    _NET + (_CONV + "[route]\nlayers=-1\n") * 150 + _END,
    _NET + _CONV + "[connected]\noutput=20000\n[softmax]\n",
)
VERSIONS = (
    0,
    0,
    0,
    1,
    2,
    3,
    5,
    10,
    999,
    1000,
    1001,
    32_767,
    99_999,
    100_000,
    2**31 - 1,
    -1,
    -(2**31),
)
FLOATS = (0.0, -0.0, 1e-45, 3.4e38, -3.4e38, float("inf"), float("-inf"), float("nan"), 1e10)
MAGIC = (
    b"\x93NUMPY\1\0v\0{'descr': '<f4'}", b"\x89HDF\r\n\x1a\n", b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0", b"\x1f\x8b\x08", b"BZh91AY&SY", b"\xfd7zXZ\0", b"7z\xbc\xaf\x27\x1c",
    b"\x80\x02}q", b"GGUF\3\0", b"%PDF-1.7", b"PK\x03\x04", b"<!DOCTYPE html><html>",
    b"\xef\xbb\xbf<html>", b"[net]\nwidth=8\n",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4202000\n",
    b"7767517\n1 1\n", b"version https://git-lfs.github.com/spec/v1\nsize " + b"9" * 400,
    b"\x1c\0\0\0TFL3", b"ONNX", b"\x40\0\0\0\0\0\0\0{\"a\":{}}", b"\xff" * 8 + b"{", b"{}",
    b"\x7fELF\2", b"MZ\x90", b"\x28\xb5\x2f\xfd", b"RIFF\0\0\0\0WEBP", b"II*\0",
    b"SQLite format 3\0", b"hello, world\n", b"\n", b"\0", b"\x1b[2J\n",
)  # fmt: skip


@cache
def network_of(number: int) -> Network:
    """One of the networks, built once."""
    return Network.build(Cfg.parse(NETWORKS[number], f"cfg-{number}.cfg"))


class WeightsTarget(Target):
    """A .weights file that fits a small network, and what is left of it after changes."""

    name = "weights"

    def make(self, rng: Random) -> Case:
        number = rng.randrange(len(NETWORKS))
        other = number if rng.random() < 0.7 else rng.randrange(len(NETWORKS))
        name = name_of_file(rng, ".weights")
        content: Content = _mutated(_valid(network_of(other), rng), rng)
        draw = rng.random()
        if draw < 0.01:
            content = rng.choice((2**20, 2**31 - 1, 2**31, 2**32 + 20, 2**40, 2**43))
        elif draw < 0.02:
            content = _archive(rng)
        use = {
            "network": number,
            "file": name if rng.random() < 0.98 else rng.choice(("missing", ".", "/dev/null")),
            "cutoff": None
            if rng.random() < 0.7
            else rng.choice((0, 1, 2, 3, 5, extreme_integer(rng))),
            "bytes": rng.random() < 0.2,
        }
        return Case({name: content}, use)

    def run(self, case: Case) -> str:
        use, network = case.use, network_of(case.use["network"])
        data = next(iter(case.files.values()))
        if use["bytes"] and isinstance(data, bytes):
            weights = Weights.from_bytes(data, network)
        else:
            weights = Weights.read(use["file"], network, cutoff=use["cutoff"])
        for node in network.nodes:
            found = {name: array.shape for name, array in weights[node.index].items()}
            if found != {spec.name: spec.shape for spec in node.weights}:
                raise Wrong(f"shapes of layer {node.index}\n{found}")
        if use["cutoff"] is None and weights.to_bytes(network) != data:
            raise Wrong("to_bytes is not what was read")
        if len(network.nodes) > 20:
            return "read"
        with np.errstate(all="ignore"), darknet.load(
            network.cfg, weights, engine="reference"
        ) as net:  # fmt: skip
            shape = network.input
            net.predict(np.ones((1, shape.channels, shape.height, shape.width), np.float32))
            if shape.channels == 3 and network.outputs[0].output.is_vector:
                try:
                    net.classify(np.zeros((9, 9, 3), np.uint8))
                except darknet.WeightsError as error:
                    if "NaN" not in str(error):
                        raise
                    return "not a number"
        return "run"


def _valid(network: Network, rng: Random) -> bytes:
    """A file for the network, of some version of the format."""
    major, minor = rng.choice(
        ((0, 1), (0, 2), (0, 2), (0, 2), (1, 0), (0, 1001), (1001, 0), (2, 5))
    )
    header = Header(major, minor, rng.choice((0, 0, -1, 7)), rng.getrandbits(32))
    weights = Weights.initial(network, np.random.default_rng(rng.getrandbits(32)))
    return Weights(header, weights.arrays).to_bytes(network)


def _mutated(data: bytes, rng: Random) -> bytes:
    draw = rng.random()
    if draw < 0.15:
        return data
    if draw < 0.35:
        return _header(rng) + data[rng.choice((16, 20, 20, 20)) :]
    if draw < 0.5:  # a size that is wrong by a little, or by a layer
        change = rng.choice((1, 2, 3, 4, 8, 12, 16, 20, 48, 400, rng.randint(0, 5_000)))
        return data[:-change] if rng.random() < 0.5 else data + rng.randbytes(change)
    if draw < 0.65:
        magic = rng.choice(MAGIC)
        return magic + data[rng.choice((0, len(magic), len(data))) :]
    if draw < 0.75:
        out = bytearray(data)
        for _ in range(rng.randint(1, 40)):
            at = rng.randrange(5, max(6, len(out) // 4)) * 4
            out[at : at + 4] = struct.pack("<f", rng.choice(FLOATS))
        return bytes(out)
    if draw < 0.85:
        return data[: rng.randrange(48)]
    return splice(data, data, rng) if draw < 0.9 else garble(data, rng)


def _header(rng: Random) -> bytes:
    numbers = [rng.choice(VERSIONS) for _ in range(3)]
    seen = rng.choice((0, 1, 2**32 - 1, 2**32, 2**63, 2**64 - 1, rng.getrandbits(64)))
    return struct.pack("<iiiQ", *numbers, seen)[: rng.choice((20, 20, 20, 16, 12, 4))]


def _archive(rng: Random) -> bytes:
    """Real files of other kinds: numpy's, a pickle, a zip."""
    out = io.BytesIO()
    kind = rng.randrange(4)
    if kind == 0:
        np.save(out, np.ones(rng.randint(0, 300), np.float32))
    elif kind == 1:
        np.savez(out, a=np.ones(3))
    elif kind == 2:
        out.write(pickle.dumps({"weights": [1.0] * rng.randint(0, 90)}, rng.randrange(6)))
    else:
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("data.pkl", b"\x80\x02}q")
    return out.getvalue()
