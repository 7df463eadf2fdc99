"""Tiny Darknet, one image, warm: net.predict against the bare engines, and from JPEG to labels.

    python benchmarks/speed.py [--rounds 300] [--threads 2]

Aims: net.predict at most 1.10 times the bare OpenVINO call on the same graph, and at most 0.7
times torch channels-last.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openvino as ov

import darknet
from darknet.engines import Settings, open_engine
from darknet.fold import fold_batch_norm
from darknet.image import open_image
from darknet.interp.openvino import to_model
from darknet.layers import Convolutional, Maxpool
from darknet.preprocess import prepare
from darknet.weights import Array
from measure import arguments, medians, report, shared_folder

CFG = Path(__file__).parent.parent / "cfg" / "tiny.cfg"


def bare_openvino(net: darknet.Net, image: Array, threads: int) -> Callable[[], object]:
    """The same graph and options, called as OpenVINO's own examples do."""
    model = to_model(*fold_batch_norm(net.network, net.weights), 1)
    options = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": threads,
    }
    compiled = ov.Core().compile_model(model, "CPU", options)
    return lambda: compiled(image)[0]


def plain_torch(net: darknet.Net, image: Array) -> Callable[[], object]:
    """What one would write by hand in torch: folded convolutions in a Sequential, channels-last."""
    import torch
    from torch import nn

    network, weights = fold_batch_norm(net.network, net.weights)
    modules: list[nn.Module] = []
    for node in network.nodes:
        if isinstance(node.layer, Convolutional):
            layer, channels = node.layer, node.inputs[0].channels
            conv = nn.Conv2d(channels, layer.filters, layer.size, padding=layer.border)
            conv.weight.data = torch.from_numpy(weights[node.index]["weights"].copy())
            conv.bias = nn.Parameter(torch.from_numpy(weights[node.index]["biases"].copy()))
            modules += [conv] + [nn.LeakyReLU(0.1)] * (layer.activation == "leaky")
        elif isinstance(node.layer, Maxpool):
            modules.append(nn.MaxPool2d(2, 2))
    modules += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Softmax(1)]
    model = nn.Sequential(*modules).eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    tensor = torch.from_numpy(image).contiguous(memory_format=torch.channels_last)

    def run() -> object:
        with torch.inference_mode():
            return model(tensor).numpy()

    if not np.allclose(run(), net.predict(image), rtol=1e-3):  # type: ignore[arg-type]
        raise SystemExit("the torch network is not the same: nothing to compare")
    return run


def main() -> None:
    """Print the table."""
    given = arguments(__doc__ or "", rounds=300)
    shared = shared_folder(given)
    weights = shared / "data" / "weights" / "tiny" / "tiny.weights"
    jpeg = (shared / "data" / "images" / "dog.jpg").read_bytes()
    net = darknet.load(CFG, weights, threads=given.threads)
    image = np.random.default_rng(0).uniform(0, 1, (1, 3, 224, 224)).astype(np.float32)
    pixels = open_image(jpeg)
    ready = prepare(pixels, 224, 224, "crop")[None]
    subjects: dict[str, Callable[[], object]] = {
        "net.predict": lambda: net.predict(image),
        "bare OpenVINO": bare_openvino(net, image, given.threads),
    }
    for name in ("onnxruntime", "torch"):
        if importlib.util.find_spec(name) is not None:
            settings = Settings("f32", given.threads)
            engine = open_engine(name, net.network, net.weights, 1, settings)
            subjects[f"{name} engine"] = lambda engine=engine: engine.run(image)  # type: ignore[misc]
    if importlib.util.find_spec("torch") is not None:
        subjects["plain torch, channels-last"] = plain_torch(net, image)
    subjects |= {
        "decode JPEG 768 x 576": lambda: open_image(jpeg),
        "resize and crop": lambda: prepare(pixels, 224, 224, "crop"),
        "infer": lambda: net.predict(ready),
        "classify from JPEG bytes": lambda: net.classify(jpeg, preprocess="crop"),
    }
    found = medians(subjects, given.rounds)
    base = found["net.predict"]
    report(
        [
            {"subject": name, "ms": value, "net.predict / this": base / value}
            for name, value in found.items()
        ],
        given.json,
    )
    whole = found["classify from JPEG bytes"]
    share = 100 * (1 - found["infer"] / whole)
    print(f"From JPEG to labels: {share:.0f} % is not inference.", file=sys.stderr)


if __name__ == "__main__":
    main()
