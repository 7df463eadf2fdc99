"""Target `import`: files of other frameworks' weights, damaged, and mapping files."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from functools import cache
from random import Random
from typing import ClassVar

import numpy as np
from common import GIB, Case, Target, Wrong
from values import extreme, extreme_integer, garble, junk_text, name_of_file, splice

from darknet.cfg import Cfg
from darknet.importing import import_weights
from darknet.network import Network
from darknet.weights import Weights

__all__ = ["ImportTarget"]

_CFG = (
    "[net]\nwidth=8\nheight=8\nchannels=3\n"
    "[convolutional]\nbatch_normalize=1\nfilters=4\nsize=3\npad=1\nactivation=leaky\n"
    "[convolutional]\nfilters=12\n[connected]\noutput=2\n[softmax]\n"
)
FORMS = ("npz", "npz", "safetensors", "onnx", "pt", "pth")
MAPPINGS = (
    '[layers]\n"0" = { weights = "conv0.weight" }\n[input]\norder = "bgr"\nscale = 255.0\n'
    'mean = [104, 117, 123]\n[classes]\norder = ["b", "a"]\n[batchnorm]\nepsilon = 1e-3\n',
    '[layers]\n"1" = { weights = "layer1_weights", biases = "layer1_biases" }\n',
    '[classes]\norder = "imagenet-sorted"\n',
    "[input]\nstd = [1, 2, 3]\n",
)
_NAMES = {"scales": "gamma", "rolling_mean": "running_mean", "rolling_variance": "running_var"}


@cache
def _network() -> Network:
    return Network.build(Cfg.parse(_CFG, "case.cfg"))


@cache
def _arrays() -> dict[str, np.ndarray]:
    weights = Weights.initial(_network(), np.random.default_rng(1))
    return {
        f"conv{index}.{_NAMES.get(name, name)}": array
        for index, own in enumerate(weights.arrays)
        for name, array in own.items()
    }


@cache
def _valid(form: str) -> bytes:
    """A file that fits the network."""
    out = io.BytesIO()
    if form == "npz":
        np.savez(out, **_arrays())
    elif form == "safetensors":
        from safetensors.numpy import save

        return save(_arrays())
    elif form == "onnx":
        from darknet.interp.onnx import to_onnx

        weights = Weights.initial(_network(), np.random.default_rng(1))
        return to_onnx(_network(), weights).SerializeToString()
    else:
        import torch

        tensors = {name: torch.from_numpy(array) for name, array in _arrays().items()}
        tensors["steps"] = torch.tensor(3)
        torch.save({"state_dict": tensors}, out, _use_new_zipfile_serialization=form == "pt")
    return out.getvalue()


class ImportTarget(Target):
    """A file that fits, and what is left of it after changes; at times with a mapping file."""

    name = "import"
    memory: ClassVar[int] = 4 * GIB  # libraries of torch and onnx take much of it as they load

    def make(self, rng: Random) -> Case:
        form = rng.choice(FORMS)
        data = _mutated(_valid(form), form, rng)
        named = form if rng.random() < 0.97 else rng.choice(FORMS)
        source = name_of_file(rng, f".{named}")
        files = {source: data}
        mapping = rng.random() < 0.3
        if mapping:
            text = rng.choice(MAPPINGS)
            files["map.toml"] = _mapping(text, rng)
        use = {
            "source": source,
            "mapping": "map.toml" if mapping else None,
            "partial": rng.random() < 0.3,
        }
        return Case(files, use)

    def run(self, case: Case) -> str:
        use = case.use
        found = import_weights(
            use["source"],
            _network().cfg,
            mapping=use["mapping"],
            partial=use["partial"],
            approximate=True,
        )
        found.weights.check(found.network)
        if not all(line.isprintable() for line in found.lines()):
            raise Wrong("a line that cannot be printed")
        json.dumps(found.to_dict())
        found._repr_html_()
        if not found.complete and not use["partial"]:
            raise Wrong("not complete")
        return "imported" if found.complete else "in part"


def _mapping(text: str, rng: Random) -> bytes:
    if rng.random() < 0.3:
        return text.encode()
    words = text.split(" ")
    for _ in range(rng.randint(1, 3)):
        words[rng.randrange(len(words))] = rng.choice((extreme(rng), junk_text(rng)))
    return " ".join(words).encode("utf-8", "surrogatepass")


def _mutated(data: bytes, form: str, rng: Random) -> bytes:
    draw = rng.random()
    if draw < 0.1:
        return data
    if draw < 0.2:
        return data[: rng.randrange(len(data))]
    if draw < 0.3:
        return splice(data, _valid(rng.choice(FORMS)), rng)
    if draw < 0.6 or form in ("onnx", "pth"):
        return garble(data, rng)
    if form == "safetensors":
        return _other_header(data, rng)
    return _other_archive(data, rng)


def _other_header(data: bytes, rng: Random) -> bytes:
    """A safetensors header with other numbers, kinds and names."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    for _ in range(rng.randint(1, 3)):
        about = header[rng.choice(list(header))]
        key = rng.choice(("dtype", "shape", "data_offsets"))
        if key == "dtype":
            about[key] = rng.choice(("F64", "F16", "BF16", "I64", "F8_E4M3", "BOOL", "", "x" * 500))
        else:
            about[key] = [extreme_integer(rng) for _ in range(rng.randint(0, 5))]
    text = json.dumps(header).encode()
    size = len(text) if rng.random() < 0.9 else extreme_integer(rng) % 2**64
    return struct.pack("<Q", size) + text + data[8 + length :]


def _other_archive(data: bytes, rng: Random) -> bytes:
    """The zip again, with a damaged member whose checksum is right."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        members = old.namelist()
        chosen = rng.choice(members)
        for name in members:
            content = old.read(name)
            if name == chosen or (name.endswith("data.pkl") and rng.random() < 0.7):
                content = _other_member(content, rng)
            method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
            other = name if rng.random() < 0.98 else f"{junk_name(rng)}.npy"
            new.writestr(zipfile.ZipInfo(other), content, method)
    return out.getvalue()


def junk_name(rng: Random) -> str:
    """A name that a zip can have."""
    return junk_text(rng).encode("utf-8", "replace").decode()[:60_000].replace("\0", "") or "x"


def _other_member(content: bytes, rng: Random) -> bytes:
    if content.startswith(b"\x93NUMPY") and rng.random() < 0.7:
        header = content[10:128].decode("latin-1")
        kinds = ("'<f4'", "'>f4'", "'|O'", "'<f8'", "'<i8'", "'S0'", "[('a', '<f4')]", "'<f2'", "3")
        header = header.replace("'<f4'", rng.choice(kinds))
        shape = tuple(extreme_integer(rng) for _ in range(rng.randint(0, 4)))
        if rng.random() < 0.6:
            header = header[: header.index("(")] + f"{shape}, }}"
        return content[:10] + header.encode("latin-1").ljust(118)[:118] + content[128:]
    return garble(content, rng)
