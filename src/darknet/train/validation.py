"""What the weights of now are worth: validated as `darknet classifier valid` would."""

from __future__ import annotations

from dataclasses import dataclass

from ..engines import DEFAULT
from ..labelled import Labelled
from ..network import Network
from ..preprocess import checked_method
from ..runner import Runner
from ..tasks.classify import Classifier
from ..tasks.scores import Validation
from ..tasks.valid import Validator
from ..weights import Weights

__all__ = ["Validated", "validate"]

TOP = 5
BATCH = 32  # photographs of equal size answered at once


@dataclass(frozen=True)
class Validated:
    """A validation; top1 and top5 in per cent."""

    validation: Validation

    @property
    def top1(self) -> float:
        """Per cent."""
        return 100 * self.validation.top1

    @property
    def top5(self) -> float | None:
        """Per cent; None where there are no more than five classes."""
        return 100 * self.validation.topk if len(self.validation.names) > TOP else None


def validate(
    network: Network, weights: Weights, data: Labelled, preprocess: str | None, device: str
) -> Validated:
    """Answer all photographs of `data` with the engine that `darknet classify` would use.

    On CUDA that is torch's. preprocess: None is the network's own.
    """
    engine = "torch" if device == "cuda" else DEFAULT
    runner = Runner(network, weights, engine=engine)
    try:
        classifier = Classifier(runner, data.names, checked_method(preprocess, network))
        validator = Validator(classifier, data, top=TOP, batch=BATCH)
        for _ in validator.run():
            pass
        return Validated(validator.result())
    finally:
        runner.close()
