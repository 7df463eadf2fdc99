"""Target `image`: photographs through the reader, the four methods and a classifier."""

from __future__ import annotations

import io
import warnings
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from common import GIB, Case, Target, Wrong
from pictures import mutated, picture
from PIL import Image
from values import name_of_file

import darknet
from darknet.cfg import Cfg
from darknet.image import open_image
from darknet.network import Network
from darknet.preprocess import METHODS, prepare
from darknet.weights import Weights

__all__ = ["ImageTarget"]

CFG = """[net]
width={side}
height={side}
channels={channels}
[convolutional]
filters=4
size=3
stride=2
pad=1
[convolutional]
filters=5
[avgpool]
[softmax]
"""
SIDES = (1, 7, 32)


@cache
def net_of(channels: int, side: int) -> darknet.Net:
    """A small classifier, opened once."""
    cfg = Cfg.parse(CFG.format(side=side, channels=channels))
    weights = Weights.initial(Network.build(cfg), np.random.default_rng(0))
    return darknet.load(cfg, weights, threads=1)


class ImageTarget(Target):
    """An encoded photograph, as a path, as bytes, or opened by Pillow."""

    name = "image"
    memory = 4 * GIB

    def make(self, rng: Random) -> Case:
        name, data = picture(rng)
        file = name_of_file(rng, f".{name.lower()}")
        use = {
            "file": file,
            "source": rng.choice(("path", "path", "bytes", "pillow")),
            "channels": rng.choice((1, 3, 3)),
            "side": rng.choice(SIDES),
            "method": rng.choice(sorted(METHODS)),
        }
        return Case({file: mutated(name, data, rng)}, use)

    def run(self, case: Case) -> str:
        use = case.use
        pixels = open_image(self._source(case), use["channels"])
        form = (str(pixels.dtype), pixels.ndim, pixels.shape[-1])
        if form != ("uint8", 3, use["channels"]) or not pixels.size:
            raise Wrong(f"pixels of another form\n{pixels.dtype} {pixels.shape}")
        refused = 0
        for method in METHODS:
            try:
                image = prepare(pixels, use["side"], use["side"], method)
            except darknet.ImageError as error:
                if method != "whole" or "strip" not in str(error):
                    raise
                refused += 1
                continue
            self._check(image, method, use)
        net = net_of(use["channels"], use["side"])
        answer = net.classify(self._source(case), preprocess=use["method"])
        if len(answer.probs) != 5 or abs(float(answer.probs.sum()) - 1) > 1e-3:
            raise Wrong(f"probabilities\n{answer.probs}")
        return "strip" if refused else "classified"

    def _source(self, case: Case) -> Any:
        kind, path = case.use["source"], Path(case.use["file"])
        if kind == "path":
            return path
        data = case.files[case.use["file"]]
        if kind == "bytes" or not isinstance(data, bytes):
            return data
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return Image.open(io.BytesIO(data))
        except Exception:  # not the package's doing
            return data

    def _check(self, image: Any, method: str, use: Any) -> None:
        side = use["side"]
        if image.dtype != np.float32 or image.shape[0] != use["channels"]:
            raise Wrong(f"image of another form\n{method} {image.dtype} {image.shape}")
        if image.shape[1:] != (side, side) and (method != "whole" or min(image.shape[1:]) != side):
            raise Wrong(f"image of another size from {method}\n{image.shape}, not {side}")
        if not (image.min() >= 0 and image.max() <= 1 + 1e-6):
            raise Wrong(f"values outside 0..1 from {method}\n{image.min()} to {image.max()}")
