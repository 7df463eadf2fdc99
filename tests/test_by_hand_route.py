"""Layers that join and rearrange, worked out by hand."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from loops import CLOSE, EXACT, Run, counted, image

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
