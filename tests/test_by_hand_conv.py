"""Convolutional, deconvolutional and local layers, worked out by hand."""

from __future__ import annotations

import math
import struct
from itertools import product

import numpy as np
import pytest

from conftest import network
from darknet.weights import Weights
from loops import CLOSE, Run, convolved, counted, image, normalized


def with_arrays(text, *arrays):
    """Weights read from a file of these arrays, one after the other."""
    data = struct.pack("<iiiQ", 0, 2, 0, 0) + b"".join(
        np.asarray(array, "<f4").tobytes() for array in arrays
    )
    return Weights.from_bytes(data, network(text))


def test_a_convolution_written_out():
    x = counted(1, 3, 3) + 1
    text = "[conv]\nfilters=1\nsize=3\npad=1\nactivation=linear\n"
    weights = with_arrays(f"[net]\nwidth=3\nheight=3\nchannels=1\n{text}", [0.5], [1] * 9)
    expected = [[12.5, 21.5, 16.5], [27.5, 45.5, 33.5], [24.5, 39.5, 28.5]]
    np.testing.assert_array_equal(Run(text, x, weights).y[0], [expected])


def test_a_filter_is_not_mirrored():
    x = counted(1, 1, 3)
    text = "[conv]\nfilters=1\nsize=3\npad=1\nactivation=linear\n"
    kernel = [0, 0, 0, 1, 10, 100, 0, 0, 0]
    weights = with_arrays(f"[net]\nwidth=3\nheight=1\nchannels=1\n{text}", [0], kernel)
    np.testing.assert_array_equal(Run(text, x, weights).y[0], [[[100, 210, 21]]])


CONVOLUTIONS = {
    "one tap": ("filters=3", {}),
    "3x3": ("filters=2\nsize=3", {}),
    "pad is half the size": ("filters=2\nsize=3\npad=1", {"border": 1}),
    "pad of an even size": ("filters=2\nsize=2\npad=1", {"border": 1}),
    "padding": ("filters=2\nsize=2\npadding=2", {"border": 2}),
    "pad=1 beats padding": ("filters=2\nsize=3\npad=1\npadding=2", {"border": 1}),
    "stride 2": ("filters=2\nsize=3\nstride=2\npad=1", {"down": 2, "across": 2, "border": 1}),
    "stride 3 leaves pixels out": ("filters=2\nsize=1\nstride=3", {"down": 3, "across": 3}),
    "stride_x": ("filters=2\nsize=3\nstride_x=2", {"across": 2}),
    "stride_y": ("filters=2\nsize=3\nstride=3\nstride_y=1", {"down": 1, "across": 3}),
    "groups": ("filters=4\nsize=3\npad=1\ngroups=2", {"border": 1, "groups": 2}),
    "depthwise": ("filters=6\nsize=2\ngroups=6", {"groups": 6}),
    "dilation": ("filters=2\nsize=3\ndilation=2", {"dilation": 2}),
    "dilation widens pad": (
        "filters=2\nsize=3\npad=1\ndilation=2",
        {"border": 2, "dilation": 2},
    ),
}


@pytest.mark.parametrize(("options", "loops"), CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_convolutional(options, loops):
    x = image(6, 5, 6)
    run = Run(f"[convolutional]\n{options}\nactivation=linear\n", x)
    expected = convolved(x, run.w[0]["weights"], **loops) + run.w[0]["biases"][:, None, None]
    np.testing.assert_allclose(run.y[0], expected, **CLOSE)


def test_convolutional_activates_with_logistic_unless_told():
    x = image()
    run = Run("[convolutional]\nfilters=2\n", x)
    sums = convolved(x, run.w[0]["weights"]) + run.w[0]["biases"][:, None, None]
    np.testing.assert_allclose(run.y[0], 1 / (1 + np.exp(-sums)), **CLOSE)


@pytest.mark.parametrize("fork", ["pjreddie", "alexeyab"])
def test_convolutional_normalizes_before_the_activation(fork):
    x = image()
    run = Run("[conv]\nfilters=3\nsize=3\nbatch_normalize=1\nactivation=relu\n", x, fork=fork)
    expected = normalized(convolved(x, run.w[0]["weights"]), run.w[0], fork)
    np.testing.assert_allclose(run.y[0], np.maximum(expected, 0), **CLOSE)


@pytest.mark.parametrize(
    ("fork", "expected"),
    # (3 - 1) / root * 2 + 0.5 with a variance of 1e-6, where the epsilons tell
    [("pjreddie", 4 / (1e-3 + 1e-6) + 0.5), ("alexeyab", 4 / math.sqrt(1e-6 + 1e-5) + 0.5)],
)
def test_the_two_epsilons_written_out(fork, expected):
    text = "[conv]\nfilters=1\nbatch_normalize=1\nactivation=linear\n"
    header = "[net]\nwidth=1\nheight=1\nchannels=1\n"
    weights = with_arrays(header + text, [0.5], [2], [1], [1e-6], [1])
    y = Run(text, np.full((1, 1, 1), 3, np.float32), weights, fork).y[0]
    assert y.item() == pytest.approx(expected, rel=1e-6)


def test_flipped_filters_are_stored_taps_first():
    stored = np.arange(2 * 2 * 2 * 3, dtype=np.float32)  # (channels * size * size, filters)
    text = "[conv]\nfilters=3\nsize=2\nflipped=1\nactivation=linear\n"
    weights = with_arrays(f"[net]\nwidth=2\nheight=2\nchannels=2\n{text}", [0] * 3, stored)
    x = image(2, 2, 2)
    expected = [
        sum(float(x.ravel()[tap]) * stored[tap * 3 + f] for tap in range(8)) for f in range(3)
    ]
    np.testing.assert_allclose(Run(text, x, weights).y[0].ravel(), expected, **CLOSE)


def signs(kernel):
    """binarize_weights: plus or minus the mean of the filter's absolute values."""
    out = np.zeros(kernel.shape)
    for f, filter_ in enumerate(kernel):
        mean = sum(abs(float(tap)) for tap in filter_.ravel()) / filter_.size
        out[f] = [
            [[mean if tap > 0 else -mean for tap in row] for row in plane] for plane in filter_
        ]
    return out


def test_binary_filters_are_their_signs_times_their_mean():
    x = image()
    run = Run("[conv]\nfilters=3\nsize=3\nbinary=1\nactivation=linear\n", x)
    expected = convolved(x, signs(run.w[0]["weights"])) + run.w[0]["biases"][:, None, None]
    np.testing.assert_allclose(run.y[0], expected, **CLOSE)


def test_xnor_takes_the_signs_of_the_input_too_and_pads_with_zeros():
    x = image()
    x[0, 0, 0] = 0  # counts as negative
    run = Run("[conv]\nfilters=3\nsize=3\npad=1\nxnor=1\nbatch_normalize=1\nactivation=leaky\n", x)
    sums = convolved(np.where(x > 0, 1, -1), signs(run.w[0]["weights"]), border=1)
    expected = normalized(sums, run.w[0], "pjreddie")
    np.testing.assert_allclose(run.y[0], np.where(expected > 0, expected, 0.1 * expected), **CLOSE)


def test_share_index_uses_the_weights_of_another_layer():
    x = image()
    shared = "filters=2\nsize=3\npad=1\nbatch_normalize=1\nactivation=linear\n"
    run = Run(f"[conv]\n{shared}[conv]\n{shared}share_index=0\n[conv]\n{shared}share_index=-2\n", x)
    for layer in (1, 2):
        sums = convolved(run.y[layer - 1], run.w[0]["weights"], border=1)
        np.testing.assert_allclose(run.y[layer], normalized(sums, run.w[0], "alexeyab"), **CLOSE)


def test_a_layer_that_shares_normalizes_only_where_it_says_so_itself():
    x = image()
    plain = "filters=2\nsize=3\npad=1\nactivation=linear\n"
    run = Run(f"[conv]\nbatch_normalize=1\n{plain}[conv]\n{plain}share_index=0\n", x)
    sums = convolved(run.y[0], run.w[0]["weights"], border=1)
    np.testing.assert_allclose(run.y[1], sums + run.w[0]["biases"][:, None, None], **CLOSE)


DECONVOLUTIONS = {
    "3x3": ("size=3", 1, 0, 3),
    "stride 2": ("size=2\nstride=2", 2, 0, 2),
    "pad cuts half the size": ("size=3\nstride=2\npad=1", 2, 1, 3),
    "padding": ("size=4\nstride=3\npadding=2", 3, 2, 4),
    "gaps between stamps": ("size=1\nstride=2", 2, 0, 1),
}


@pytest.mark.parametrize("normalize", [0, 1])
@pytest.mark.parametrize(
    ("options", "stride", "cut", "size"), DECONVOLUTIONS.values(), ids=DECONVOLUTIONS
)
def test_deconvolutional_stamps_its_filters(options, stride, cut, size, normalize):
    x = image(3, 4, 5)
    text = f"[deconv]\nfilters=2\n{options}\nactivation=linear\nbatch_normalize={normalize}\n"
    run = Run(text, x)
    kernel = run.w[0]["weights"]  # (channels in, filters, size, size)
    whole = np.zeros((2, 3 * stride + size, 4 * stride + size))
    for k, r, c, f, i, j in product(*map(range, (3, 4, 5, 2, size, size))):
        whole[f, r * stride + i, c * stride + j] += float(x[k, r, c]) * float(kernel[k, f, i, j])
    expected = whole[:, cut : whole.shape[1] - cut, cut : whole.shape[2] - cut]
    if normalize:
        expected = normalized(expected, run.w[0], "pjreddie")
    else:
        expected = expected + run.w[0]["biases"][:, None, None]
    np.testing.assert_allclose(run.y[0], expected, **CLOSE)


@pytest.mark.parametrize(
    ("options", "stride", "border"),
    [("size=3\npad=1", 1, 1), ("size=3\npad=1\nstride=2", 2, 1), ("size=2\nstride=3", 3, 0)],
)
def test_local_has_filters_of_its_own_at_every_position(options, stride, border):
    x = image(2, 5, 5)
    run = Run(f"[local]\nfilters=3\n{options}\nactivation=linear\n", x)
    size = int(options[5])
    steps = (5 + 2 * border - size) // stride + 1
    filters = run.w[0]["weights"].reshape(steps, steps, 3, 2, size, size)
    expected = np.array(run.w[0]["biases"], np.float64)
    for f, r, c, k, i, j in product(*map(range, (3, steps, steps, 2, size, size))):
        row, column = r * stride + i - border, c * stride + j - border
        if 0 <= row < 5 and 0 <= column < 5:
            expected[f, r, c] += float(x[k, row, column]) * float(filters[r, c, f, k, i, j])
    np.testing.assert_allclose(run.y[0], expected, **CLOSE)
