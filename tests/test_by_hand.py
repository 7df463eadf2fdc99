"""Every layer on an image small enough to check by hand.

The expected numbers are written out, or come from the loops below, which follow Darknet's C
routines index by index and know nothing of the implementation. Only the numpy oracle is asked;
test_engines.py holds the other engines to it.
"""

from __future__ import annotations

import math
import struct
from itertools import product

import numpy as np
import pytest

from conftest import network, random_weights
from darknet.errors import NetworkError
from darknet.interp.reference import NumpyOps
from darknet.weights import Weights

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


# ---- convolutional, deconvolutional, local


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


# ---- connected, softmax and their kin


@pytest.mark.parametrize("fork", ["pjreddie", "alexeyab"])
@pytest.mark.parametrize("normalize", [0, 1])
def test_connected_takes_the_values_in_channel_order(normalize, fork):
    x = image(2, 2, 3)
    text = f"[connected]\noutput=4\nbatch_normalize={normalize}\nactivation=linear\n"
    run = Run(text, x, fork=fork)
    flat = [x[k, i, j] for k, i, j in product(range(2), range(2), range(3))]
    sums = np.zeros((4, 1, 1))
    for out, tap in product(range(4), range(12)):
        sums[out] += float(run.w[0]["weights"][out, tap]) * float(flat[tap])
    if normalize:
        expected = normalized(sums, run.w[0], fork)
    else:
        expected = sums + run.w[0]["biases"][:, None, None]
    np.testing.assert_allclose(run.y[0], expected, **CLOSE)


def softmax(values, temperature=1.0):
    exponents = [math.exp(value / temperature) for value in values]
    return [exponent / sum(exponents) for exponent in exponents]


def test_softmax_written_out():
    x = np.log([[[1.0]], [[2.0]], [[5.0]]])
    np.testing.assert_allclose(Run("[softmax]\n", x).y[0].ravel(), [1 / 8, 2 / 8, 5 / 8], **CLOSE)


def test_softmax_over_groups_of_the_values():
    x = image(3, 2, 2)
    y = Run("[softmax]\ngroups=4\n", x).y[0].ravel()
    expected = [p for at in range(0, 12, 3) for p in softmax(x.ravel()[at : at + 3])]
    np.testing.assert_allclose(y, expected, **CLOSE)


def test_softmax_divides_by_the_temperature():
    x = image(4, 1, 1)
    y = Run("[softmax]\ntemperature=3\n", x).y[0].ravel()
    np.testing.assert_allclose(y, softmax(x.ravel(), 3), **CLOSE)


def test_softmax_of_large_values_does_not_overflow():
    x = np.array([1000, 999, -1000], np.float32).reshape(3, 1, 1)
    np.testing.assert_allclose(Run("[softmax]\n", x).y[0].ravel(), softmax([1, 0, -1999]), **CLOSE)


def test_spatial_softmax_is_over_the_channels_of_each_pixel():
    x = image(3, 2, 2)
    y = Run("[softmax]\nspatial=1\n", x).y[0]
    for i, j in product(range(2), range(2)):
        np.testing.assert_allclose(y[:, i, j], softmax(x[:, i, j]), **CLOSE)


def test_softmax_over_the_groups_of_a_tree(tmp_path):
    tree = tmp_path / "three.tree"  # two roots; three children of the first, two of the second
    tree.write_text("animal -1\nthing -1\ndog 0\ncat 0\ncow 0\ncar 1\ncup 1\n")
    x = image(7, 1, 1)
    y = Run(f"[softmax]\ntree={tree}\n", x).y[0].ravel()
    flat = x.ravel()
    expected = [*softmax(flat[:2]), *softmax(flat[2:5]), *softmax(flat[5:])]
    np.testing.assert_allclose(y, expected, **CLOSE)


@pytest.mark.parametrize(
    "text", ["[dropout]\nprobability=.9\n", "[empty]\n", "[silence]\n", "[activation]\n"]
)
def test_layers_that_pass_their_input_on(text):
    x = image()
    np.testing.assert_array_equal(Run(text, x).y[0], x)


def test_cost_passes_its_values_on_as_a_vector_and_is_no_answer():
    x = image(2, 2, 2)
    run = Run("[softmax]\n[cost]\ntype=sse\n", x)
    np.testing.assert_array_equal(run.y[1].ravel(), run.y[0].ravel())
    assert [node.index for node in run.network.outputs] == [0]


def test_logistic_and_activation_layers():
    x = image()
    expected = 1 / (1 + np.exp(-x.astype(np.float64)))
    np.testing.assert_allclose(Run("[logistic]\n", x).y[0], expected, **CLOSE)
    y = Run("[activation]\nactivation=logistic\n", x).y[0]
    np.testing.assert_allclose(y, expected, **CLOSE)


# ---- pooling, upsample, crop


def pooled(x, size, down, across, padding, reduce):
    """forward_maxpool_layer: the window starts padding/2 outside, what is outside is left out."""
    channels, height, width = x.shape
    rows, columns = (height + padding - size) // down + 1, (width + padding - size) // across + 1
    out = np.zeros((channels, rows, columns))
    for k, r, c in product(range(channels), range(rows), range(columns)):
        inside = [
            float(x[k, row, column])
            for row in range(r * down - padding // 2, r * down - padding // 2 + size)
            for column in range(c * across - padding // 2, c * across - padding // 2 + size)
            if 0 <= row < height and 0 <= column < width
        ]
        out[k, r, c] = reduce(inside)
    return out


POOLS = {
    "2x2 /2": ("size=2\nstride=2", (2, 2, 2, 1)),
    "size defaults to stride": ("stride=2", (2, 2, 2, 1)),
    "3x3 /2": ("size=3\nstride=2", (3, 2, 2, 2)),
    "3x3 /2 unpadded": ("size=3\nstride=2\npadding=0", (3, 2, 2, 0)),
    "2x2 /2 unpadded": ("size=2\nstride=2\npadding=0", (2, 2, 2, 0)),
    "2x2 /1 keeps the size": ("size=2\nstride=1", (2, 1, 1, 1)),
    "3x3 /1": ("size=3\nstride=1", (3, 1, 1, 2)),
    "5x5 /1": ("size=5\nstride=1", (5, 1, 1, 4)),
    "odd padding lies after": ("size=4\nstride=2\npadding=3", (4, 2, 2, 3)),
    "strides differ": ("size=2\nstride_x=1\nstride_y=2\nstride=3", (2, 2, 1, 1)),
    "1x1 /3": ("size=1\nstride=3", (1, 3, 3, 0)),
}


@pytest.mark.parametrize("sides", [(5, 5), (4, 4), (5, 4)])
@pytest.mark.parametrize(("options", "loops"), POOLS.values(), ids=POOLS)
def test_maxpool_and_local_avgpool(options, loops, sides):
    x = image(2, *sides) - 3  # all negative: a zero from outside would win
    y = Run(f"[maxpool]\n{options}\n", x).y[0]
    np.testing.assert_allclose(y, pooled(x, *loops, max), **CLOSE)
    y = Run(f"[local_avgpool]\n{options}\n", x).y[0]
    mean = pooled(x, *loops, lambda inside: sum(inside) / len(inside))
    np.testing.assert_allclose(y, mean, **CLOSE)


def test_windows_wholly_outside_the_image_are_refused():
    with pytest.raises(NetworkError, match="outside"):  # the last of 6 starts at column 4 of 0..3
        Run("[maxpool]\nsize=2\nstride=1\npadding=3\n", image(1, 4, 4))


def test_avgpool_is_the_mean_of_each_channel():
    np.testing.assert_array_equal(Run("[avgpool]\n", counted(2, 2, 3)).y[0].ravel(), [2.5, 8.5])


def test_upsample_repeats_every_pixel():
    y = Run("[upsample]\nstride=2\n", counted(1, 2, 2)).y[0]
    expected = [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]
    np.testing.assert_array_equal(y, [expected])


def test_upsample_scales():
    y = Run("[upsample]\nstride=3\nscale=0.5\n", counted(2, 1, 1) + 1).y[0]
    np.testing.assert_array_equal(y, [np.full((3, 3), 0.5), np.full((3, 3), 1)])


def test_upsample_by_a_negative_stride_adds_up_blocks():
    y = Run("[upsample]\nstride=-2\nscale=10\n", counted(1, 4, 4)).y[0]
    np.testing.assert_allclose(y, [[[100, 180], [420, 500]]], **CLOSE)


def test_crop_takes_the_middle_and_moves_values_to_minus_1_to_1():
    x = counted(1, 4, 5) / 10  # (4 - 3) / 2 = 0 rows above, (5 - 2) / 2 = 1 column before
    y = Run("[crop]\ncrop_width=2\ncrop_height=3\n", x).y[0]
    np.testing.assert_allclose(y, [[[-0.8, -0.6], [0.2, 0.4], [1.2, 1.4]]], **CLOSE)
    y = Run("[crop]\ncrop_width=2\ncrop_height=3\nnoadjust=1\n", x).y[0]
    np.testing.assert_allclose(y, [[[0.1, 0.2], [0.6, 0.7], [1.1, 1.2]]], **CLOSE)


# ---- normalization


@pytest.mark.parametrize("fork", ["pjreddie", "alexeyab"])
def test_batchnorm_by_itself(fork):
    x = image()
    run = Run("[batchnorm]\n", x, fork=fork)
    np.testing.assert_allclose(run.y[0], normalized(x, run.w[0], fork), **CLOSE)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_normalization_keeps_the_running_sum_of_c(size):
    """The sum begins with channels 0 .. size/2 - 1: channel size/2 is never added, yet it leaves.

    (Written out for size 3: norms[0] has x0, norms[1] x0 and x2, norms[2] x2 and x3 ...)
    """
    x, alpha, beta, kappa = image(7, 2, 2), 0.05, 0.75, 2.0
    text = f"[lrn]\nsize={size}\nalpha={alpha}\nbeta={beta}\nkappa={kappa}\n"
    squared = x.astype(np.float64) ** 2
    norms = np.full(x.shape, kappa)
    for k in range(size // 2):
        norms[0] += alpha * squared[k]
    for k in range(1, 7):
        norms[k] = norms[k - 1]
        previous, following = k - (size - 1) // 2 - 1, k + size // 2
        if previous >= 0:
            norms[k] -= alpha * squared[previous]
        if following < 7:
            norms[k] += alpha * squared[following]
    np.testing.assert_allclose(Run(text, x).y[0], x * norms**-beta, **CLOSE)


def test_normalization_written_out():
    x = np.array([1, 2, 3], np.float32).reshape(3, 1, 1)
    y = Run("[normalization]\nsize=3\nalpha=1\nbeta=1\nkappa=1\n", x).y[0].ravel()
    # sums 1, then 1 + 9, then 1 + 9 - 1 (the fourth channel does not exist)
    np.testing.assert_allclose(y, [1 / 2, 2 / 11, 3 / 10], **CLOSE)


def test_l2norm_makes_every_pixel_of_length_1_and_leaves_zeros():
    x = image(3, 2, 2)
    x[:, 1, 1] = 0
    y = Run("[l2norm]\n", x).y[0]
    for i, j in product(range(2), range(2)):
        length = math.sqrt(sum(float(value) ** 2 for value in x[:, i, j]))
        np.testing.assert_allclose(y[:, i, j], x[:, i, j] / (length or 1), **CLOSE)


# ---- route, shortcut, scale_channels, sam

CONV = "[conv]\nfilters={}\nactivation=linear\n"


def test_route_joins_channels_in_the_order_named():
    run = Run(CONV.format(2) + CONV.format(3) + "[route]\nlayers=-1,0\n", image())
    np.testing.assert_array_equal(run.y[2], [*run.y[1], *run.y[0]])


@pytest.mark.parametrize("group", [0, 1, 2])
def test_route_takes_one_group_of_each(group):
    text = CONV.format(6) + CONV.format(3) + f"[route]\nlayers=0,1\ngroups=3\ngroup_id={group}\n"
    run = Run(text, image())
    expected = [*run.y[0][2 * group : 2 * group + 2], run.y[1][group]]
    np.testing.assert_array_equal(run.y[2], expected)


def shortcut(out, add, alpha=1.0, beta=1.0):
    """shortcut_cpu: only the pixels and channels that both have are scaled and added."""
    out = np.array(out, np.float64)
    (c1, h1, w1), (c2, h2, w2) = add.shape, out.shape
    stride, sample = max(1, w1 // w2), max(1, w2 // w1)
    for k, j, i in product(range(min(c1, c2)), range(min(h1, h2)), range(min(w1, w2))):
        at = k, j * sample, i * sample
        out[at] = alpha * out[at] + beta * float(add[k, j * stride, i * stride])
    return out


SHORTCUTS = {  # the layer that is added, the layer before the shortcut
    "same size": (CONV.format(2), CONV.format(2)),
    "fewer channels": (CONV.format(2), CONV.format(4)),
    "more channels": (CONV.format(4), CONV.format(2)),
    "larger": (CONV.format(2), "[maxpool]\nsize=1\nstride=2\n"),
    "three times as large": (CONV.format(2), "[maxpool]\nsize=1\nstride=3\n"),
    "smaller": ("[maxpool]\nsize=1\nstride=2\n", "[upsample]\n"),
    "three times smaller": ("[maxpool]\nsize=1\nstride=3\n", "[upsample]\nstride=3\n"),
    "smaller with more channels": (CONV.format(4), "[upsample]\n" + CONV.format(2)),
    "larger by less than two": (CONV.format(2), "[maxpool]\nsize=3\nstride=1\npadding=0\n"),
}


@pytest.mark.parametrize(("added", "before"), SHORTCUTS.values(), ids=SHORTCUTS)
def test_shortcut(added, before):
    run = Run(f"{added}{before}[shortcut]\nfrom=0\nactivation=relu\n", image(2, 6, 6))
    expected = np.maximum(shortcut(run.y[-2], run.y[0]), 0)
    np.testing.assert_allclose(run.y[-1], expected, **CLOSE)


def test_shortcut_strides_an_odd_size_as_c_does():
    text = CONV.format(2) + "[maxpool]\nsize=2\nstride=2\npadding=0\n[shortcut]\nfrom=0\n"
    run = Run(text, image(2, 5, 7))  # 7 x 5 and 3 x 2: stride 2
    np.testing.assert_allclose(run.y[2], shortcut(run.y[1], run.y[0]), **CLOSE)


def test_shortcut_scales_with_alpha_and_beta():
    run = Run(CONV.format(2) * 2 + "[shortcut]\nfrom=-2\nalpha=0.5\nbeta=3\n", image())
    np.testing.assert_allclose(run.y[2], 0.5 * run.y[1] + 3 * run.y[0], **CLOSE)


def test_shortcut_scales_with_alpha_only_where_something_is_added():
    run = Run(CONV.format(2) + CONV.format(4) + "[shortcut]\nfrom=0\nalpha=0.5\n", image())
    np.testing.assert_allclose(run.y[2], shortcut(run.y[1], run.y[0], alpha=0.5), **CLOSE)


def test_shortcut_adds_several_layers():
    run = Run(CONV.format(2) * 3 + "[shortcut]\nfrom=0,-2\nactivation=leaky\n", image())
    total = run.y[0] + run.y[1] + run.y[2]
    np.testing.assert_allclose(run.y[3], np.where(total > 0, total, 0.1 * total), **CLOSE)


@pytest.mark.parametrize("normalization", ["none", "relu", "avg_relu", "softmax"])
@pytest.mark.parametrize(
    ("kind", "factors"), [("per_feature", 1), ("per_layer", 1), ("per_channel", 3)]
)
def test_shortcut_with_learned_factors(kind, factors, normalization):
    """shortcut_multilayer_cpu: a factor for each input (and channel), the previous layer first."""
    run = Run(
        CONV.format(3) * 3 + f"[shortcut]\nfrom=0,1\nweights_type={kind}\n"
        f"weights_normalization={normalization}\n",
        image(),
    )
    stored = [run.w[3][f"weights_{number}"].ravel() for number in range(3)]
    assert [len(row) for row in stored] == [factors] * 3
    inputs = [run.y[2], run.y[0], run.y[1]]
    expected = np.zeros(run.y[3].shape)
    for channel in range(3):
        w = [float(row[channel % factors]) for row in stored]
        if normalization == "softmax":
            w = [math.exp(value - max(w)) for value in w]
        elif normalization != "none":
            w = [max(value, 0) for value in w]
        total = 1 if normalization == "none" else sum(w) + 0.0001
        for factor, values in zip(w, inputs, strict=True):
            expected[channel] += factor / total * values[channel].astype(np.float64)
    np.testing.assert_allclose(run.y[3], expected, **CLOSE)


def test_scale_channels_has_a_factor_a_channel():
    text = CONV.format(3) + "[avgpool]\n[scale_channels]\nfrom=0\nactivation=relu\n"
    run = Run(text, image())
    expected = [np.maximum(plane * f, 0) for plane, f in zip(run.y[0], run.y[1], strict=True)]
    np.testing.assert_allclose(run.y[2], expected, **CLOSE)


def test_scale_channels_has_a_factor_a_pixel_with_scale_wh():
    run = Run(CONV.format(3) + CONV.format(1) + "[scale_channels]\nfrom=0\nscale_wh=1\n", image())
    np.testing.assert_allclose(run.y[2], run.y[0] * run.y[1][0], **CLOSE)


def test_sam_multiplies_value_by_value():
    run = Run(CONV.format(3) * 2 + "[sam]\nfrom=-2\nactivation=leaky\n", image())
    product_ = run.y[0] * run.y[1]
    np.testing.assert_allclose(run.y[2], np.where(product_ > 0, product_, 0.1 * product_), **CLOSE)


# ---- reorg


def reorganized(x, w, h, c, stride, forward):
    """reorg_cpu of both forks; what w, h and c are is up to the caller."""
    x = x.ravel()
    out = np.zeros(x.size)
    out_c = c // (stride * stride)
    for k, j, i in product(range(c), range(h), range(w)):
        in_index = i + w * (j + h * k)
        c2, offset = k % out_c, k // out_c
        w2, h2 = i * stride + offset % stride, j * stride + offset // stride
        out_index = w2 + w * stride * (h2 + h * stride * c2)
        if forward:
            out[out_index] = x[in_index]
        else:
            out[in_index] = x[out_index]
    return out


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_reorg_runs_the_routine_of_c(stride):
    x = counted(2 * stride**2, 2 * stride, 3 * stride)
    y = Run(f"[reorg]\nstride={stride}\n", x).y[0]
    assert y.shape == (2 * stride**4, 2, 3)
    expected = reorganized(x, 3 * stride, 2 * stride, 2 * stride**2, stride, forward=False)
    np.testing.assert_allclose(y.ravel(), expected, **EXACT)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_reorg_reverse_runs_the_routine_of_c(stride):
    x = counted(2 * stride**2, 2, 3)
    y = Run(f"[reorg]\nstride={stride}\nreverse=1\n", x).y[0]
    assert y.shape == (2, 2 * stride, 3 * stride)
    expected = reorganized(x, 3, 2, 2 * stride**2, stride, forward=True)
    np.testing.assert_allclose(y.ravel(), expected, **EXACT)


def test_reorg_flatten_puts_values_in_pixel_order_and_reverse_undoes_it():
    x = counted(2, 2, 2)
    flat = Run("[reorg]\nflatten=1\n", x).y[0]
    assert flat.ravel().tolist() == [0, 4, 1, 5, 2, 6, 3, 7]
    again = Run("[reorg]\nflatten=1\n[reorg]\nflatten=1\nreverse=1\n", x).y[1]
    np.testing.assert_allclose(again, x, **EXACT)


def test_reorg_extra_appends_zeros():
    y = Run("[reorg]\nextra=2\nstride=1\n", counted(1, 2, 2) + 1).y[0]
    assert y.ravel().tolist() == [1, 2, 3, 4, 0, 0]


def test_reorg3d_is_space_to_depth():
    y = Run("[reorg3d]\nstride=2\n", counted(1, 2, 4)).y[0]
    np.testing.assert_array_equal(y.reshape(4, 2), [[0, 2], [1, 3], [4, 6], [5, 7]])


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_reorg3d_runs_the_routine_of_alexeyab(stride):
    x = counted(2, 2 * stride, 3 * stride)
    y = Run(f"[reorg3d]\nstride={stride}\n", x).y[0]
    expected = reorganized(x, 3, 2, 2 * stride**2, stride, forward=False)
    np.testing.assert_allclose(y.ravel(), expected, **EXACT)


def test_reorg3d_reverse_undoes_it():
    x = counted(2, 6, 9)
    y = Run("[reorg3d]\nstride=3\n[reorg3d]\nstride=3\nreverse=1\n", x).y[1]
    np.testing.assert_allclose(y, x, **EXACT)
