"""What the weights of now are worth: validated as `darknet classifier valid` would."""

from __future__ import annotations

from ..engines import DEFAULT
from ..labelled import Labelled
from ..network import Network
from ..preprocess import checked_method
from ..runner import Runner
from ..tasks.classify import Classifier
from ..tasks.valid import Validator
from ..weights import Weights
from .data import Validated

__all__ = ["validate"]

TOP = 5
BATCH = 32  # photographs of equal size answered at once


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
        found = validator.result()
        return Validated(found.top1, found.topk, len(found.names))
    finally:
        runner.close()
