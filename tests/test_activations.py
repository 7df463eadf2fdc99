"""Every activation against its scalar formula: activations.h, and what AlexeyAB added to it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from conftest import network
from darknet.engines import Settings, open_engine
from darknet.layers.activations import ACTIVATIONS, ALEXEYAB_ONLY
from darknet.weights import Header, Weights

# float32 keeps about 1e-7 of a value; exp and tanh are approximated to a few units of that, and
# where two numbers around 1 are subtracted (elu, loggy) that much is left as an absolute error.
CLOSE = {"rtol": 1e-5, "atol": 1e-6}
VALUES = np.concatenate(
    [np.linspace(-6, 6, 121), [-100, -20.5, -1e-3, 0, 1e-3, 20.5, 100]], dtype=np.float32
)


def logistic(x):
    return 1 / (1 + math.exp(-x))


def plse(x):
    if x < -4:
        return 0.01 * (x + 4)
    return 0.01 * (x - 4) + 1 if x > 4 else 0.125 * x + 0.5


def lhtan(x):
    if x < 0:
        return 0.001 * x
    return 0.001 * (x - 1) + 1 if x > 1 else x


def stair(x):
    n = math.floor(x)
    return math.floor(x / 2) if n % 2 == 0 else (x - n) + math.floor(x / 2)


def mish(x):
    return x * math.tanh(math.log1p(math.exp(x)))


def hard_mish(x):
    if x > 0:
        return x
    return x * x / 2 + x if x > -2 else 0


FORMULAS = {
    "linear": lambda x: x,
    "logistic": logistic,
    "loggy": lambda x: 2 / (1 + math.exp(-x)) - 1,
    "relu": lambda x: x * (x > 0),
    "elu": lambda x: x if x >= 0 else math.exp(x) - 1,
    "selu": lambda x: 1.0507 * x if x >= 0 else 1.0507 * 1.6732 * (math.exp(x) - 1),
    "relie": lambda x: x if x > 0 else 0.01 * x,
    "plse": plse,
    "hardtan": lambda x: -1 if x < -1 else 1 if x > 1 else x,
    "lhtan": lhtan,
    "ramp": lambda x: x * (x > 0) + 0.1 * x,
    "leaky": lambda x: x if x > 0 else 0.1 * x,
    "tanh": math.tanh,
    "stair": stair,
    "relu6": lambda x: min(max(x, 0), 6),
    "swish": lambda x: x * logistic(x),
    "mish": mish,
    "hard_mish": hard_mish,
    "gelu": lambda x: 0.5 * x * (1 + math.tanh(0.797885 * x + 0.035677 * x**3)),
    "revleaky": lambda x: x if x > 0 else 0.1 * x,
}


def normalize(column):
    total = sum(x for x in column if x > 0) + 0.0001
    return [x / total if x > 0 else 0 for x in column]


def normalize_softmax(column):
    total = sum(math.exp(x) for x in column) + 0.0001
    return [math.exp(x) / total for x in column]


def normalize_softmax_maxval(column):
    largest = max(column)
    total = sum(math.exp(x - largest) for x in column) + 0.0001
    return [math.exp(x - largest) / total for x in column]


OVER_CHANNELS = {
    "normalize_channels": normalize,
    "normalize_channels_softmax": normalize_softmax,
    "normalize_channels_softmax_maxval": normalize_softmax_maxval,
}


def activated(name, x, engine):
    """The answer of a lone [activation] layer for x (channels, height, width)."""
    channels, height, width = x.shape
    net = network(
        f"[net]\nwidth={width}\nheight={height}\nchannels={channels}\n"
        f"[activation]\nactivation={name}\n"
    )
    opened = open_engine(engine, net, Weights(Header(), ({},)), 1, Settings())
    return opened.run(x[None])[0][0]


def test_every_activation_has_a_formula_here():
    assert set(FORMULAS) | set(OVER_CHANNELS) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", FORMULAS)
def test_activation(name, engine):
    x = VALUES.reshape(2, 8, 8)
    expected = [FORMULAS[name](float(value)) for value in VALUES]
    np.testing.assert_allclose(activated(name, x, engine).ravel(), expected, **CLOSE)


@pytest.mark.parametrize("name", OVER_CHANNELS)
def test_activation_over_channels(name, engine):
    columns = np.random.default_rng(3).uniform(-4, 4, (9, 5)).astype(np.float32)
    columns[0] = [-1, -2, -3, -4, -5]  # nothing positive
    columns[1] = [80, 1, 0, -1, -80]  # more, and exp overflows in C as here
    expected = [OVER_CHANNELS[name]([float(x) for x in column]) for column in columns]
    x = np.ascontiguousarray(columns.T).reshape(5, 3, 3)
    y = activated(name, x, engine).reshape(5, 9).T
    np.testing.assert_allclose(y, expected, **CLOSE)


def test_softmax_over_channels_with_maxval_does_not_overflow(engine):
    x = np.array([1000, 999, -1000], np.float32).reshape(3, 1, 1)
    y = activated("normalize_channels_softmax_maxval", x, engine).ravel()
    np.testing.assert_allclose(y, normalize_softmax_maxval([1000, 999, -1000]), **CLOSE)


def test_an_activation_of_alexeyabs_makes_a_network_his():
    cfg = "[net]\nwidth=1\nheight=1\nchannels=1\n[conv]\nactivation={}\n"
    forks = {name: network(cfg.format(name)).fork for name in ACTIVATIONS}
    assert {name for name, fork in forks.items() if fork == "alexeyab"} == ALEXEYAB_ONLY
    assert {"mish", "swish", "gelu", "relu6"} < ALEXEYAB_ONLY
    assert not ALEXEYAB_ONLY & {"leaky", "relu", "selu", "stair", "linear"}
