"""Dense, pooling and normalization layers, worked out by hand."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from darknet.errors import NetworkError
from loops import CLOSE, Run, counted, image, normalized


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
