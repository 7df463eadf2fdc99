"""Answers of trained networks on real photographs.

    python benchmarks/accuracy.py

Aims: Tiny Darknet's three answers for dog.jpg that the three Darknets give (order, and
probabilities within 0.01), and on 500 ImageNet photographs, cropped, 63.6 % top-1 and 84.4 % top-5
within 0.4; SqueezeNet v1.0 and v1.1, imported from the authors' weights, within 3 points of
62.5/84.1 and 62.2/83.8.
"""

from __future__ import annotations

from pathlib import Path

import darknet
from darknet.importing import import_weights
from darknet.preprocess import METHODS
from measure import arguments, report, shared_folder


def main() -> None:
    """Print the table."""
    given = arguments(__doc__ or "", rounds=1)
    data = shared_folder(given) / "data"
    weights = data / "weights"
    with darknet.load("tiny", weights / "tiny" / "tiny.weights", threads=given.threads) as tiny:
        rows = [answer(tiny, data, method) for method in METHODS]
        rows += [score("tiny", tiny, data, how) for how in ("letterbox", "crop", "square", "area")]
        rows.append(score("tiny", tiny, data, "crop", crops=10))
    for version in ("1.0", "1.1"):
        name = f"squeezenet{version}"
        made = import_weights(weights / "squeezenet" / f"squeezenet_v{version}.npz").weights
        with darknet.load(name, made, threads=given.threads) as net:
            rows.append(score(name, net, data, "crop"))
    report(rows, given.json)


def answer(net: darknet.Net, data: Path, method: str) -> dict[str, object]:
    """The five best classes for dog.jpg."""
    top = net.classify(data / "images" / "dog.jpg", preprocess=method).top(5)
    text = ", ".join(f"{name} {probability:.4f}" for name, probability in top)
    return row("tiny", "dog.jpg", method, text)


def score(
    name: str, net: darknet.Net, data: Path, method: str, crops: int = 1
) -> dict[str, object]:
    """The accuracy on 500 photographs of ImageNet."""
    manifest = data / "imagenet500" / "labels.tsv"
    found = net.validate(manifest, preprocess=method, crops=crops)
    text = f"top-1 {100 * found.top1:.1f} %, top-5 {100 * found.topk:.1f} %"
    return row(name, "imagenet500", f"{crops} crops" if crops > 1 else method, text)


def row(network: str, photographs: str, method: str, text: str) -> dict[str, object]:
    """A line of the table."""
    return {
        "network": network,
        "photographs": photographs,
        "preprocess": method,
        "answer": text,
    }


if __name__ == "__main__":
    main()
