"""Validation: a classifier's answers for photographs whose classes are known.

Darknet's ``classifier valid``, with the loss, the calibration and the mistakes that it leaves out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from ..errors import InputError, Unreadable
from ..image import size_of
from ..labelled import Labelled, Photograph
from .classify import Classification, Classifier
from .scores import Scored, Validation

__all__ = ["DEFAULT_TOP", "Validator"]

DEFAULT_TOP = 5
TOLERANCE = 1e-3  # that probabilities may lie outside 0..1, by rounding (bf16)


class Validator:
    """One run over labelled photographs, which may be watched.

    top: the k of top-k; None takes what the data say, or 5. It is at most the number of classes.
    batch: photographs of equal size answered at once.

    Raises InputError when the data's classes are not those of the network.
    """

    def __init__(
        self, classifier: Classifier, data: Labelled, *, top: int | None = None, batch: int = 1
    ) -> None:
        if len(data.names) != len(classifier.names):
            raise InputError(
                f"{data.label}: read for {len(data.names)} classes, but the network has "
                f"{len(classifier.names)}"
            )
        if top is not None and top < 1:
            raise InputError(f"top={top}: expected at least 1")
        self._classifier, self._data, self._batch = classifier, data, batch
        self.top = min(top or data.top or DEFAULT_TOP, len(data.names))
        self._scored: dict[int, Scored] = {}  # by the place in the data
        self._unreadable: dict[int, Unreadable] = {}
        self._right, self._right_k = 0, 0
        self._network_seconds, self._started, self._ended = 0.0, 0.0, 0.0
        self._probable = True

    def run(self) -> Iterator[Scored | Unreadable]:
        """Every photograph's score as it comes; `result` is complete at the end.

        Where each photograph keeps its shape they are answered by shape, not in the data's order:
        an engine is opened for every shape, and only the last few are kept.
        """
        self._started = time.perf_counter()
        photographs = self._data.photographs
        order: Sequence[int] = range(len(photographs))
        if self._classifier.method == "whole" and self._classifier.views.crops == 1:
            order = _by_shape(photographs)
        sources = [photographs[place].source for place in order]
        for place, answer in zip(order, self._classifier.stream(sources, self._batch), strict=True):
            yield self._add(place, answer)
        self._ended = time.perf_counter()

    def _add(self, place: int, answer: Classification | Unreadable) -> Scored | Unreadable:
        if isinstance(answer, Unreadable):
            self._unreadable[place] = answer
            return answer
        scored = _score(answer, self._data.photographs[place].index)
        self._scored[place] = scored
        self._right += scored.rank == 0
        self._right_k += scored.rank < self.top
        self._network_seconds += answer.seconds
        low, high = float(answer.probs.min()), float(answer.probs.max())
        self._probable &= low >= -TOLERANCE and high <= 1 + TOLERANCE
        return scored

    def status(self) -> str:
        """How it stands: ``top-1 63.6, top-5 84.4``, and how many were unreadable."""
        count = len(self._scored)
        words = [f"{len(self._unreadable):,} unreadable"] if self._unreadable else []
        if count and self.top > 1:
            words.insert(0, f"top-{self.top} {100 * self._right_k / count:.1f}")
        if count:
            words.insert(0, f"top-1 {100 * self._right / count:.1f}")
        return ", ".join(words)

    def result(self) -> Validation:
        """The scores of what was answered so far, in the order of the data."""
        views = self._classifier.views
        return Validation(
            cfg=self._classifier.runner.network.cfg.label,
            data=self._data.label,
            names=self._data.names,
            preprocess=self._classifier.method,
            crops=views.count if views.crops > 1 else 1,
            flip=views.flip,
            top=self.top,
            scored=tuple(self._scored[place] for place in sorted(self._scored)),
            unreadable=tuple(self._unreadable[place] for place in sorted(self._unreadable)),
            seconds=(self._ended or time.perf_counter()) - self._started,
            network_seconds=self._network_seconds,
            probable=self._probable,
        )


def _score(answer: Classification, truth: int) -> Scored:
    probs = answer.probs
    best = int(np.argmax(probs))
    before = np.count_nonzero(probs > probs[truth]) + np.count_nonzero(
        probs[:truth] == probs[truth]
    )
    return Scored(answer.source, truth, best, float(probs[best]), float(probs[truth]), int(before))


def _by_shape(photographs: Sequence[Photograph]) -> list[int]:
    """Places of the photographs, those of one shape together."""
    sizes = [size_of(photograph.source) for photograph in photographs]
    shapes = [(width / height if height else 0.0) for width, height in sizes]
    return sorted(range(len(photographs)), key=lambda place: (shapes[place], place))
