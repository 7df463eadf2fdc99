"""What names of arrays say: the role, the layer, an order by numbers, whose words they are.

Names end in the array's role (``conv1.weight``, ``conv1_b``, ``bn1/moving_mean``,
``conv1/kernel:0``), and what stands before it names the layer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from ..layers.base import Role

__all__ = [
    "Layout",
    "has_role",
    "is_keras_statistic",
    "layout_words",
    "natural",
    "own",
    "role_in",
    "template",
]

Layout = Literal["oihw", "hwio"]
"""Order of a kernel's axes: outputs first (torch, Caffe, Darknet) or last (TensorFlow, Keras)."""
_WORDS: dict[str, Role] = {
    **dict.fromkeys(("weight", "weights", "w", "kernel", "filter", "filters"), "weight"),
    **dict.fromkeys(("bias", "biases", "b", "beta"), "bias"),
    **dict.fromkeys(("gamma", "scale", "scales"), "scale"),
    **dict.fromkeys(("running_mean", "moving_mean", "rolling_mean", "mean"), "mean"),
    **dict.fromkeys(
        ("running_var", "moving_var", "moving_variance", "rolling_variance", "variance", "var"),
        "variance",
    ),
}
_ANY_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_ENDING = re.compile(
    rf"(?:(?P<layer>.*?)[./_:-])?(?P<word>{_ANY_WORD})(?::0)?",
    re.IGNORECASE | re.DOTALL,
)
_KERAS = {"gamma", "moving_mean", "moving_var", "moving_variance"}
_NOT_KERAS = {"scales", "running_mean", "running_var", "rolling_mean", "rolling_variance"}
_OWN = re.compile(r"layer([0-9]{1,6})[._/](.+)", re.DOTALL)


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts conv2 before conv10."""
    parts = re.split(r"([0-9]+)", name)
    return [(int(p[:18]), "") if p[:1].isdigit() and p.isascii() else (-1, p) for p in parts]


def template(name: str) -> str:
    """The name with its numbers left out: layers alike but for them are counted by them."""
    return re.sub(r"[0-9]+", "#", name)


def role_in(name: str) -> tuple[str, Role] | None:
    """(layer, role), None for a name that says no role."""
    found = _ENDING.fullmatch(name)
    return None if found is None else (found["layer"] or "", _WORDS[found["word"].lower()])


def has_role(name: str) -> bool:
    """True for a name that says what its array is."""
    return _ENDING.fullmatch(name) is not None


def own(name: str) -> tuple[int, str] | None:
    """(layer's number, Darknet's name of the array) of this package's ``layer3_weights``."""
    found = _OWN.fullmatch(name)
    return None if found is None else (int(found[1]), found[2])


def layout_words(names: Iterable[str]) -> Layout | None:
    """The order of axes that goes with the words in the names, None where they do not say it.

    A kernel's own word counts first: Gluon has gamma too, but calls its kernels weight, as torch
    and Caffe do. `weights`, `w` and no word at all are everybody's.
    """
    words = {found["word"].lower() for found in map(_ENDING.fullmatch, names) if found}
    for last, first in (({"kernel"}, {"weight"}), (_KERAS, _NOT_KERAS)):
        if words & last or words & first:
            break
    if bool(words & last) == bool(words & first):
        return None
    return "hwio" if words & last else "oihw"


def is_keras_statistic(name: str) -> bool:
    """True for ``moving_variance``: Keras' and TensorFlow's word."""
    found = _ENDING.fullmatch(name)
    return found is not None and found["word"].lower() in _KERAS
