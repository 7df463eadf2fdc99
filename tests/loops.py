"""Darknet's C routines as loops, index by index, and a network's layers over one small image.

They know nothing of the implementation. Only the numpy oracle is asked here; test_engines.py holds
the other engines to it.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from conftest import network, random_weights
from darknet.interp.reference import NumpyOps

CLOSE = {"rtol": 1e-5, "atol": 1e-5}
"""float32 sums of some tens of products of numbers around 1, in another order than the loops'."""
EXACT = {"rtol": 0, "atol": 0}
"""Values that are only moved about."""


class Run:
    """A network's layers over one image: `y[3]` is layer 3's output, `w[3]` its arrays."""

    def __init__(self, layers, x, weights=None, fork=None, seed=0):
        channels, height, width = x.shape
        size = f"[net]\nwidth={width}\nheight={height}\nchannels={channels}\n"
        self.network = network(size + layers, fork=fork)
        self.w = (weights or random_weights(self.network, seed)).arrays
        twin = np.stack([x, x[:, ::-1, ::-1]])  # a second image, so that the batch axis counts
        values = {-1: twin.astype(np.float32)}
        for node in self.network.nodes:
            inputs = [values[source] for source in node.sources]
            y = node.layer.forward(NumpyOps(), self.w[node.weights_from], inputs, node)
            out = node.output
            assert y.shape == (2, out.channels, out.height, out.width), node.layer.names[0]
            assert y.dtype == np.float32
            values[node.index] = y
        self.y = [values[node.index][0] for node in self.network.nodes]


def image(channels=2, height=5, width=5, seed=1):
    """Values around 0, none of them equal."""
    return np.random.default_rng(seed).uniform(-2, 2, (channels, height, width)).astype(np.float32)


def counted(channels, height, width):
    """0, 1, 2 ...: values that say where they come from."""
    return np.arange(channels * height * width, dtype=np.float32).reshape(channels, height, width)


def convolved(x, kernel, down=1, across=1, border=0, groups=1, dilation=1):
    """im2col and gemm, as loops: zeros around, windows from the top left."""
    channels, height, width = x.shape
    filters, depth, size, _ = kernel.shape
    reach = dilation * (size - 1) + 1
    rows = (height + 2 * border - reach) // down + 1
    columns = (width + 2 * border - reach) // across + 1
    out = np.zeros((filters, rows, columns))
    for f, r, c in product(range(filters), range(rows), range(columns)):
        first = (f // (filters // groups)) * (channels // groups)
        for k, i, j in product(range(depth), range(size), range(size)):
            row, column = r * down + i * dilation - border, c * across + j * dilation - border
            if 0 <= row < height and 0 <= column < width:
                out[f, r, c] += float(x[first + k, row, column]) * float(kernel[f, k, i, j])
    return out


def normalized(x, w, fork):
    """pjreddie adds to the root, AlexeyAB to the variance."""
    out = np.array(x, np.float64)
    for k in range(len(x)):
        variance = float(w["rolling_variance"][k])
        root = math.sqrt(variance) + 1e-6 if fork == "pjreddie" else math.sqrt(variance + 1e-5)
        bias = w["biases"][k]
        out[k] = (out[k] - w["rolling_mean"][k]) / root * w["scales"][k] + bias
    return out
