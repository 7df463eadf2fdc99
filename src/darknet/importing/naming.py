"""What names of arrays say: the role, the layer, an order by numbers, whose words they are.

Names end in the array's role (``conv1.weight``, ``conv1_b``, ``bn1/moving_mean``,
``conv1/kernel:0``), and what stands before it names the layer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..layers.base import Role

__all__ = [
    "has_role",
    "is_keras_statistic",
    "layout_words",
    "natural",
    "own",
    "role_in",
    "template",
]

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


def layout_words(names: Iterable[str]) -> str:
    """Whose order of axes the words are known to have: "oihw", "hwio", or "" where none says it.

    A kernel's own word counts first: Gluon has gamma too, but calls its kernels weight, as torch
    and Caffe do. `weights`, `w` and none at all are everybody's.
    """
    words = {found["word"].lower() for found in map(_ENDING.fullmatch, names) if found}
    kernels = words & {"kernel", "weight"}
    if len(kernels) == 2:
        return ""
    if kernels:
        return "hwio" if "kernel" in kernels else "oihw"
    keras = any(word == "gamma" or word.startswith("moving_") for word in words)
    return "hwio" if keras else ""


def is_keras_statistic(name: str) -> bool:
    """True for ``moving_variance``: Keras' and TensorFlow's word."""
    found = _ENDING.fullmatch(name)
    return found is not None and found["word"].lower().startswith("moving_")
