"""A matched layer's arrays -> what Darknet's file holds: biases, kernels, batch normalization.

Everything that is not taken over as it is, is computed in float64.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import WeightsError
from ..layers import PJREDDIE, Deconvolutional, Fork, WeightSpec
from ..layers.norm import EPSILON
from ..network import place
from ..weights import Array
from .entries import Entry
from .matching import INNER, Match, specs_of
from .naming import is_keras_statistic
from .shapes import arranged

__all__ = ["KERAS_EPSILON", "TORCH_EPSILON", "Layered", "layer_arrays"]

TORCH_EPSILON, KERAS_EPSILON = 1e-5, 1e-3
"""torch's default, added to the variance, and Keras'. Arrays alone do not say which was used."""
_Floats = NDArray[np.floating]
_OWN_WORD = "rolling_variance"


@dataclass(frozen=True)
class Layered:
    """A layer's arrays as the file wants them.

    `filled` says what the source did not have, `assumed` (in words) what it did not say.
    """

    arrays: dict[str, Array]
    filled: dict[str, str]
    assumed: str


@dataclass(frozen=True)
class _Norm:
    """A source's formula: what is added to the variance, or the fork's own; what was assumed."""

    epsilon: float | None = None
    fork: Fork | None = None
    assumed: str = ""


def layer_arrays(
    found: Match, fork: Fork, epsilon: float | None, source_fork: Fork | None = None
) -> Layered:
    """All arrays of the layer, float32.

    A batch normalization of another framework divides by sqrt(variance + epsilon); the variance
    is changed so that Darknet's own formula (of `fork`) gives the same. One that the layer lacks
    is folded into its kernel; one that the source lacks becomes the identity. `epsilon` None
    means what the source says: Darknet's own formula (of `source_fork`, None for the same fork)
    where it has a rolling_variance, else Keras' or torch's default.
    """
    node, specs = found.node, specs_of(found.node)
    given = {name: _values(found, name, entry) for name, entry in found.arrays.items()}
    filled: dict[str, str] = {}
    count = specs["biases"].shape if "biases" in specs else ()
    inner, norm = given.pop(INNER, None), _Norm()
    if "rolling_mean" in given:
        for name, value in (("scales", 1), ("biases", 0)):
            if name not in given:
                given[name] = np.full(count, float(value))
                filled[name] = str(value)
        if inner is not None:
            given["rolling_mean"] = given["rolling_mean"].astype(np.float64) - inner
        norm = _norm(found.arrays["rolling_variance"], epsilon, fork, source_fork)
        _converted(given, fork, norm)
        if "scales" not in specs:
            given = _folded(given, fork, outputs_axis=int(isinstance(node.layer, Deconvolutional)))
            filled["weights"] = "batch normalization folded in"
    elif "scales" in specs:
        given |= _identity(count, fork)
        filled |= {"scales": "1", "rolling_mean": "0", "rolling_variance": "the identity"}
    if "biases" in specs and "biases" not in given:
        given["biases"] = np.zeros(count)
        filled["biases"] = "0"
    for name, spec in specs.items():
        if not spec.stored and np.any(given[name] != _initial(spec)):
            raise WeightsError(
                f"{place(node)}: the source has {name}, for which Darknet's file has no place here"
            )
    with np.errstate(all="ignore"):  # what becomes infinite is counted and told by the caller
        arrays = {name: given[name].astype(np.float32) for name in specs}
    return Layered(arrays, filled, norm.assumed)


def _values(found: Match, name: str, entry: Entry) -> _Floats:
    specs = specs_of(found.node)
    spec = specs[name] if name in specs else specs["biases"]
    return arranged(entry.load(), entry, spec, found.node, found.layout)


def _initial(spec: WeightSpec) -> int:
    return int(spec.role in ("scale", "variance"))


def _norm(variance: Entry, given: float | None, fork: Fork, source_fork: Fork | None) -> _Norm:
    """What the source's batch normalization is, as far as anything says it."""
    if given is not None or variance.epsilon is not None:
        return _Norm(variance.epsilon if given is None else given)
    if variance.name.lower().endswith(_OWN_WORD):
        said = f"batch normalization: {fork}'s own arithmetic assumed, for the name {_OWN_WORD}"
        return _Norm(fork=source_fork or fork, assumed="" if source_fork else f"{said} (--epsilon)")
    if is_keras_statistic(variance.name):
        said = "batch normalization: epsilon 1e-3 assumed, Keras' default (--epsilon)"
        return _Norm(KERAS_EPSILON, assumed=said)
    return _Norm(TORCH_EPSILON, assumed="batch normalization: epsilon 1e-5 assumed (--epsilon)")


def _root(variance: _Floats, fork: Fork) -> _Floats:
    """What Darknet divides by, in float64."""
    wide = variance.astype(np.float64)
    if fork == PJREDDIE:
        return np.sqrt(wide) + EPSILON[fork]
    return np.sqrt(wide + EPSILON[fork])


def _converted(given: dict[str, _Floats], fork: Fork, norm: _Norm) -> None:
    """Change the variance so that Darknet divides by what the source divides by.

    Where that would take a negative one (an epsilon smaller than Darknet's), the scale changes.
    """
    if norm.fork == fork:
        return  # to the last bit
    with np.errstate(all="ignore"):  # damaged weights; what is not finite is told by the caller
        variance = given["rolling_variance"].astype(np.float64)
        if norm.fork is not None:
            root = _root(variance, norm.fork)
        else:
            root = np.sqrt(variance + (norm.epsilon or 0))
        if fork == PJREDDIE:
            variance = np.maximum(root - EPSILON[fork], 0) ** 2
        else:
            variance = np.maximum(root**2 - EPSILON[fork], 0)
        given["rolling_variance"] = variance
        ratio = _root(variance, fork) / root
        if np.any(abs(ratio - 1) > 1e-7):
            given["scales"] = given["scales"].astype(np.float64) * ratio


def _folded(given: Mapping[str, _Floats], fork: Fork, outputs_axis: int) -> dict[str, _Floats]:
    """Kernel and biases that do what all did, for a layer that does not normalize."""
    with np.errstate(all="ignore"):
        factor = given["scales"] / _root(given["rolling_variance"], fork)
        kernel = given["weights"].astype(np.float64)
        shape = [1] * kernel.ndim
        shape[outputs_axis] = -1
        return {
            "weights": kernel * factor.reshape(shape),
            "biases": given["biases"] - given["rolling_mean"] * factor,
        }


def _identity(count: tuple[int, ...], fork: Fork) -> dict[str, _Floats]:
    """A batch normalization that changes nothing, to the last bit of float32."""
    epsilon = np.float32(EPSILON[fork])
    guess = np.float32((1 - EPSILON[fork]) ** 2 if fork == PJREDDIE else 1 - EPSILON[fork])
    near = [guess, np.nextafter(guess, np.float32(0)), np.nextafter(guess, np.float32(2))]
    exact = [v for v in near if _float32_root(v, epsilon, fork) == 1]
    variance = (exact or near)[0]
    return {
        "scales": np.ones(count, np.float32),
        "rolling_mean": np.zeros(count, np.float32),
        "rolling_variance": np.full(count, variance),
    }


def _float32_root(variance: np.float32, epsilon: np.float32, fork: Fork) -> np.float32:
    if fork == PJREDDIE:
        return np.float32(np.sqrt(variance) + epsilon)
    return np.float32(np.sqrt(np.float32(variance + epsilon)))
