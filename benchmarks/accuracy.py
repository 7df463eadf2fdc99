"""Tiny Darknet's answers on real photographs, with each way of preprocessing.

    python benchmarks/accuracy.py

Aims: the three answers for dog.jpg that the three Darknets give (order, and probabilities within
0.01); on 500 ImageNet photographs, cropped, 63.6 % top-1 and 84.4 % top-5 within 0.4.
"""

from __future__ import annotations

import csv
from pathlib import Path

import darknet
from measure import arguments, report, shared_folder

CFG = Path(__file__).parent.parent / "cfg" / "tiny.cfg"


def main() -> None:
    """Print the table."""
    given = arguments(__doc__ or "", rounds=1)
    data = shared_folder(given) / "data"
    weights = data / "weights" / "tiny" / "tiny.weights"
    net = darknet.load(CFG, weights, threads=given.threads)
    answers = []
    for method in ("whole", "letterbox", "crop", "square"):
        top = net.classify(data / "images" / "dog.jpg", preprocess=method).top(5)
        answers.append(
            {
                "photographs": "dog.jpg",
                "preprocess": method,
                "answer": ", ".join(f"{n} {p:.4f}" for n, p in top),
            }
        )
    folder = data / "imagenet500"
    rows = list(csv.DictReader((folder / "labels.tsv").open(), delimiter="\t"))
    scores = []
    for method in ("letterbox", "crop", "square"):
        found = net.classify([folder / row["file"] for row in rows], preprocess=method)
        ranks = [
            answer.ranking(5).index(int(row["darknet_index"]))
            if int(row["darknet_index"]) in answer.ranking(5)
            else 5
            for answer, row in zip(found, rows, strict=True)
        ]
        top1 = 100 * sum(rank == 0 for rank in ranks) / len(ranks)
        top5 = 100 * sum(rank < 5 for rank in ranks) / len(ranks)
        answer = f"top-1 {top1:.1f} %, top-5 {top5:.1f} %"
        scores.append({"photographs": "imagenet500", "preprocess": method, "answer": answer})
    report([*answers, *scores], given.json)


if __name__ == "__main__":
    main()
