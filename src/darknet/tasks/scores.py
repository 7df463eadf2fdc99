"""How well a classifier answered: accuracy, loss, calibration, mistakes."""

from __future__ import annotations

import csv
import html
import io
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..calibration import BINS, Bin, bins_of, expected_error
from ..errors import Unreadable, printable
from ..preprocess import Method

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Bin", "ClassScore", "Confusion", "Scored", "Validation"]

LEAST = 2.0**-126
"""What a probability of 0 counts as in the loss: float32's least normal number, a loss of 87.3."""
CSV_COLUMNS = (
    *("file", "class", "name", "answer", "answer_name"),
    *("probability", "class_probability", "rank", "error"),
)
MATRIX_CLASSES = 100
"""Up to so many classes JSON has the confusion matrix: it grows with the square."""
Z95 = 1.959964  # of the normal distribution, two-sided 95 %


@dataclass(frozen=True, slots=True)
class Scored:
    """One photograph: its class, the answer, and how probable the network held both.

    `rank` is the place of the true class in the answer, from 0; among equals the lower class
    number comes first.
    """

    source: str
    truth: int
    answer: int
    probability: float
    truth_probability: float
    rank: int


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One class: its photographs, shares of them that were right, and its most frequent mistake.

    `mistake` is (class, photographs), None where there is none.
    """

    index: int
    photographs: int
    top1: float
    topk: float
    mistake: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Confusion:
    """Photographs of one class that were taken for another."""

    truth: int
    answer: int
    photographs: int


@dataclass(frozen=True, eq=False, repr=False)
class Validation:
    """A classifier's scores over labelled photographs.

    cfg, data: what was run on what. names: the classes. preprocess: how photographs were brought
    to size; `crops` is 1, 5 or 10, and `flip` is true where mirror images were averaged in. top:
    the k of top-k.
    scored: the photographs that were answered, in the order of the data; unreadable: the others,
    which count for nothing. seconds: of the whole run; network_seconds: of the network alone.
    probable: false where the outputs are no probabilities; there is no loss and no calibration
    then.
    """

    cfg: str
    data: str
    names: Sequence[str]
    preprocess: Method
    crops: int
    flip: bool
    top: int
    scored: tuple[Scored, ...]
    unreadable: tuple[Unreadable, ...]
    seconds: float
    network_seconds: float
    probable: bool = True

    def __len__(self) -> int:
        return len(self.scored)

    def accuracy(self, k: int) -> float:
        """Share of photographs whose class is among the `k` most probable; NaN without any."""
        return self._right(k) / len(self) if self.scored else math.nan

    @property
    def top1(self) -> float:
        """Share of photographs whose class is the most probable one, 0..1."""
        return self.accuracy(1)

    @property
    def topk(self) -> float:
        """Share of photographs whose class is among the `top` most probable, 0..1."""
        return self.accuracy(self.top)

    def interval(self, k: int) -> tuple[float, float]:
        """Where `accuracy(k)` would be for endless photographs of this kind: 95 %, Wilson's."""
        n = len(self)
        if not n:
            return 0.0, 1.0
        share, square = self.accuracy(k), Z95 * Z95
        middle = (share + square / (2 * n)) / (1 + square / n)
        half = Z95 / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)

    @property
    def loss(self) -> float | None:
        """Mean of -log p of the true class, in nats."""
        if not self.probable or not self.scored:
            return None
        losses = (-math.log(max(one.truth_probability, LEAST)) for one in self.scored)
        return math.fsum(losses) / len(self)

    @property
    def calibration(self) -> float | None:
        """Expected calibration error, 0..1: how far confidence and accuracy lie apart."""
        if not self.probable or not self.scored:
            return None
        return expected_error(self.bins)

    @cached_property
    def bins(self) -> tuple[Bin, ...]:
        """Confidence (the answer's probability) in fifteen equal bins, those that have any."""
        if not self.probable:
            return ()
        return bins_of((one.probability, one.rank == 0) for one in self.scored)

    @cached_property
    def per_class(self) -> tuple[ClassScore, ...]:
        """The classes that have photographs, in class order."""
        groups: dict[int, list[Scored]] = {}
        for one in self.scored:
            groups.setdefault(one.truth, []).append(one)
        return tuple(self._class(index, groups[index]) for index in sorted(groups))

    def _class(self, index: int, group: Sequence[Scored]) -> ClassScore:
        count = len(group)
        wrong = Counter(one.answer for one in group if one.rank)
        return ClassScore(
            index,
            count,
            sum(one.rank == 0 for one in group) / count,
            sum(one.rank < self.top for one in group) / count,
            min(wrong.items(), key=lambda item: (-item[1], item[0])) if wrong else None,
        )

    @cached_property
    def matrix(self) -> NDArray[np.int64]:
        """How many photographs of every class got which answer: (classes, classes).

        matrix[3, 5] is how many of class 3 were taken for class 5.
        """
        import numpy as np

        counts = np.zeros((len(self.names), len(self.names)), np.int64)
        places = [(one.truth, one.answer) for one in self.scored]
        if places:
            np.add.at(counts, tuple(np.transpose(places)), 1)
        return counts

    def confused(self, count: int = 10) -> list[Confusion]:
        """The pairs of classes that were most often confused, the most frequent first."""
        pairs = Counter((one.truth, one.answer) for one in self.scored if one.rank)
        ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
        return [Confusion(*pair, times) for pair, times in ordered[: max(0, count)]]

    def worst(self, count: int = 10) -> list[Scored]:
        """The wrong answers that were given with most confidence."""
        wrong = [one for one in self.scored if one.rank]
        return sorted(wrong, key=lambda one: -one.probability)[: max(0, count)]

    def _right(self, k: int) -> int:
        return sum(one.rank < k for one in self.scored)

    # ---- as JSON, CSV, text, HTML

    def to_dict(self, confused: int = 10, worst: int = 10) -> dict[str, Any]:
        """What ``darknet classifier valid --json`` prints (docs/json.md)."""
        every = max(1, len(self) + len(self.unreadable))
        return {
            "cfg": self.cfg,
            "data": self.data,
            "preprocess": self.preprocess,
            "crops": self.crops,
            "flip": self.flip,
            "photographs": len(self),
            "classes": len(self.per_class),
            "top": self.top,
            "top1": _rounded(self.top1),
            "top1_interval": [_rounded(end) for end in self.interval(1)],
            "topk": _rounded(self.topk),
            "topk_interval": [_rounded(end) for end in self.interval(self.top)],
            "loss": _rounded(self.loss),
            "calibration": {
                "error": _rounded(self.calibration),
                "bins": [_bin(one) for one in self.bins],
            },
            "seconds_per_photograph": _rounded(self.seconds / every),
            "network_seconds_per_photograph": _rounded(self.network_seconds / max(1, len(self))),
            "per_class": [self._class_dict(one) for one in self.per_class],
            "matrix": self.matrix.tolist() if len(self.names) <= MATRIX_CLASSES else None,
            "confused": [
                {
                    "truth": self._named(pair.truth),
                    "answer": self._named(pair.answer),
                    "photographs": pair.photographs,
                }
                for pair in self.confused(confused)
            ],
            "worst": [self._scored_dict(one) for one in self.worst(worst)],
            "unreadable": [
                {"source": one.source, "error": str(one.error)} for one in self.unreadable
            ],
        }

    def _named(self, index: int) -> dict[str, Any]:
        return {"class": index, "name": self.names[index]}

    def _class_dict(self, one: ClassScore) -> dict[str, Any]:
        mistake = one.mistake and {**self._named(one.mistake[0]), "photographs": one.mistake[1]}
        return {
            **self._named(one.index),
            "photographs": one.photographs,
            "top1": _rounded(one.top1),
            "topk": _rounded(one.topk),
            "mistake": mistake,
        }

    def _scored_dict(self, one: Scored) -> dict[str, Any]:
        return {
            "source": one.source,
            "truth": self._named(one.truth),
            "answer": self._named(one.answer),
            "probability": _rounded(one.probability),
            "truth_probability": _rounded(one.truth_probability),
            "rank": one.rank,
        }

    def to_csv(self) -> str:
        """A line for every photograph, in the order of the data, then those that were unreadable.

        Columns: `CSV_COLUMNS`; `class_probability` is the true class's, `rank` counts from 1.
        """
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(CSV_COLUMNS)
        for one in self.scored:
            probabilities = (f"{p:.6g}" for p in (one.probability, one.truth_probability))
            truth, answer = self.names[one.truth], self.names[one.answer]
            row = (one.source, one.truth, truth, one.answer, answer, *probabilities, one.rank + 1)
            writer.writerow((*row, ""))
        for lost in self.unreadable:
            writer.writerow((lost.source, *("",) * 7, lost.error))
        return out.getvalue()

    def facts(self) -> Iterator[tuple[str, str, str]]:
        """The scores in words: (what, figure, note), a line each."""
        n, lost = len(self), len(self.unreadable)
        yield "photographs", f"{n:,}", f"{lost:,} more unreadable" if lost else ""
        yield "classes", f"{len(self.per_class):,}", f"of {len(self.names):,}"
        yield "preprocess", self._looked_at(), ""
        if not n:
            return
        for k in sorted({1, self.top}):
            low, high = (100 * end for end in self.interval(k))
            note = f"{self._right(k):,} of {n:,}; 95 % interval {low:.1f} to {high:.1f}"
            yield f"top-{k}", f"{100 * self.accuracy(k):.2f} %", note
        if self.loss is None or self.calibration is None:
            yield "loss", "none", "the outputs are no probabilities (no softmax?)"
        else:
            yield "loss", f"{self.loss:.4f}", "mean of -log p"
            yield "calibration", f"{self.calibration:.4f}", f"expected error, {BINS} bins"
        network = f"{1000 * self.network_seconds / n:.1f} of them the network"
        yield "time", f"{1000 * self.seconds / (n + lost):.1f} ms", f"a photograph, {network}"

    def _looked_at(self) -> str:
        if self.crops > 1:
            return f"{self.crops} crops, averaged"
        return f"{self.preprocess}, and its mirror image" if self.flip else self.preprocess

    def __str__(self) -> str:
        """The scores, a line each."""
        lines = [f"{printable(self.cfg, 200)} on {printable(self.data, 200)}"]
        for what, figure, note in self.facts():
            lines.append(f"{what:13s} {figure}{f'   ({note})' if note else ''}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        """The source and the accuracies."""
        shares = f"top-1 {self.top1:.4f}, top-{self.top} {self.topk:.4f}"
        return f"<darknet.Validation {self.cfg} on {self.data}: {len(self)} photographs, {shares}>"

    def _repr_html_(self) -> str:
        """The scores, the most confused pairs, and the most confident mistakes, for notebooks."""
        pairs = [
            (self.names[one.truth], self.names[one.answer], f"{one.photographs:,}")
            for one in self.confused(5)
        ]
        worst = [
            (one.source, self.names[one.truth], self.names[one.answer], f"{one.probability:.4f}")
            for one in self.worst(5)
        ]
        heads = (("", "", ""), ("class", "taken for", "photographs"))
        return "".join(
            _html_table(caption, head, rows)
            for caption, head, rows in (
                (f"{self.cfg} on {self.data}", heads[0], list(self.facts())),
                ("Most confused", heads[1], pairs),
                ("Most confident mistakes", ("photograph", "class", "answer", ""), worst),
            )
            if rows
        )


def _html_table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    titles = "".join(f"<th>{html.escape(cell)}</th>" for cell in head) if any(head) else ""
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><caption>{html.escape(caption)}</caption><tr>{titles}</tr>{body}</table>"


def _bin(one: Bin) -> dict[str, Any]:
    return {
        "low": _rounded(one.low),
        "high": _rounded(one.high),
        "photographs": one.count,
        "confidence": _rounded(one.confidence),
        "accuracy": _rounded(one.accuracy),
    }


def _rounded(value: float | None) -> float | None:
    """Six significant digits; None for what is no number."""
    return None if value is None or math.isnan(value) else float(f"{value:.6g}")
