"""Every activation of both forks, each declared once as a function of the operations.

Formulas as Darknet computes them (semantics of its activations.h); the constants are its own where
they differ from a paper's: leaky is 0.1, ramp and relie leak too, selu's are rounded to 4 digits.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from .ops import Ops

__all__ = ["ACTIVATIONS", "ALEXEYAB_ONLY", "activate"]

T = TypeVar("T")
CHANNEL_EPSILON = 1e-4  # what AlexeyAB adds to a sum over channels before dividing by it


class Activation(Protocol):
    """A function of one tensor, written with the operations."""

    def __call__(self, ops: Ops[T], x: T) -> T: ...


def activate(ops: Ops[T], x: T, name: str) -> T:
    """Apply the activation called `name`, one of ACTIVATIONS."""
    return ACTIVATIONS[name](ops, x)


def _linear(ops: Ops[T], x: T) -> T:
    return x


def _logistic(ops: Ops[T], x: T) -> T:
    return ops.sigmoid(x)


def _loggy(ops: Ops[T], x: T) -> T:
    return ops.sub(ops.mul(ops.sigmoid(x), ops.constant(2)), ops.constant(1))


def _relu(ops: Ops[T], x: T) -> T:
    return ops.leaky_relu(x, 0.0)


def _relu6(ops: Ops[T], x: T) -> T:
    return ops.minimum(ops.leaky_relu(x, 0.0), ops.constant(6))


def _leaky(ops: Ops[T], x: T) -> T:
    return ops.leaky_relu(x, 0.1)


def _relie(ops: Ops[T], x: T) -> T:
    return ops.leaky_relu(x, 0.01)


def _ramp(ops: Ops[T], x: T) -> T:
    return ops.add(ops.leaky_relu(x, 0.0), ops.mul(x, ops.constant(0.1)))


def _expm1_below_zero(ops: Ops[T], x: T) -> T:
    """exp(x) - 1 for x <= 0 and 0 above, without overflow where x is large."""
    return ops.sub(ops.exp(ops.minimum(x, ops.constant(0))), ops.constant(1))


def _elu(ops: Ops[T], x: T) -> T:
    return ops.add(ops.leaky_relu(x, 0.0), _expm1_below_zero(ops, x))


def _selu(ops: Ops[T], x: T) -> T:
    above = ops.mul(ops.leaky_relu(x, 0.0), ops.constant(1.0507))
    below = ops.mul(_expm1_below_zero(ops, x), ops.constant(1.0507 * 1.6732))
    return ops.add(above, below)


def _tanh(ops: Ops[T], x: T) -> T:
    return ops.tanh(x)


def _clip(ops: Ops[T], x: T, low: float, high: float) -> T:
    return ops.minimum(ops.maximum(x, ops.constant(low)), ops.constant(high))


def _hardtan(ops: Ops[T], x: T) -> T:
    return _clip(ops, x, -1, 1)


def _lhtan(ops: Ops[T], x: T) -> T:
    inside = _clip(ops, x, 0, 1)
    return ops.add(inside, ops.mul(ops.sub(x, inside), ops.constant(0.001)))


def _plse(ops: Ops[T], x: T) -> T:
    inside = _clip(ops, x, -4, 4)
    line = ops.add(ops.mul(inside, ops.constant(0.125)), ops.constant(0.5))
    return ops.add(line, ops.mul(ops.sub(x, inside), ops.constant(0.01)))


def _stair(ops: Ops[T], x: T) -> T:
    """Flat where floor(x) is even, rising by one where it is odd."""
    step, half = ops.floor(x), ops.floor(ops.mul(x, ops.constant(0.5)))
    odd = ops.sub(step, ops.mul(half, ops.constant(2)))
    return ops.add(half, ops.mul(odd, ops.sub(x, step)))


def _swish(ops: Ops[T], x: T) -> T:
    return ops.mul(x, ops.sigmoid(x))


def _mish(ops: Ops[T], x: T) -> T:
    return ops.mul(x, ops.tanh(ops.softplus(x)))


def _hard_mish(ops: Ops[T], x: T) -> T:
    inside = _clip(ops, x, -2, 0)
    curve = ops.add(ops.mul(ops.mul(inside, inside), ops.constant(0.5)), inside)
    return ops.add(ops.leaky_relu(x, 0.0), curve)


def _gelu(ops: Ops[T], x: T) -> T:
    cube = ops.mul(ops.mul(x, x), x)
    inner = ops.add(ops.mul(x, ops.constant(0.797885)), ops.mul(cube, ops.constant(0.035677)))
    return ops.mul(ops.mul(x, ops.constant(0.5)), ops.add(ops.tanh(inner), ops.constant(1)))


def _normalize_channels(ops: Ops[T], x: T) -> T:
    positive = ops.leaky_relu(x, 0.0)
    total = ops.add(ops.sum(positive, (0,)), ops.constant(CHANNEL_EPSILON))
    return ops.div(positive, total)


def _normalize_channels_softmax(ops: Ops[T], x: T) -> T:
    exponent = ops.exp(x)
    return ops.div(exponent, ops.add(ops.sum(exponent, (0,)), ops.constant(CHANNEL_EPSILON)))


def _normalize_channels_softmax_maxval(ops: Ops[T], x: T) -> T:
    exponent = ops.exp(ops.sub(x, ops.max(x, (0,))))
    return ops.div(exponent, ops.add(ops.sum(exponent, (0,)), ops.constant(CHANNEL_EPSILON)))


_BOTH_FORKS: dict[str, Activation] = {
    "linear": _linear,
    "logistic": _logistic,
    "loggy": _loggy,
    "relu": _relu,
    "elu": _elu,
    "selu": _selu,
    "relie": _relie,
    "plse": _plse,
    "hardtan": _hardtan,
    "lhtan": _lhtan,
    "ramp": _ramp,
    "leaky": _leaky,
    "tanh": _tanh,
    "stair": _stair,
}
_ALEXEYAB: dict[str, Activation] = {
    "relu6": _relu6,
    "swish": _swish,
    "mish": _mish,
    "hard_mish": _hard_mish,
    "gelu": _gelu,
    "revleaky": _leaky,  # differs from leaky in its gradient only
    "normalize_channels": _normalize_channels,
    "normalize_channels_softmax": _normalize_channels_softmax,
    "normalize_channels_softmax_maxval": _normalize_channels_softmax_maxval,
}
ACTIVATIONS = _BOTH_FORKS | _ALEXEYAB
ALEXEYAB_ONLY = frozenset(_ALEXEYAB)
