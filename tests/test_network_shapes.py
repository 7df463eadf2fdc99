"""Shapes of single layers; the input is 8 x 8 x 4, written (channels, height, width)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import network
from darknet.layers import Maxpool, Shape
from wiring import IMAGE, last, quick, refusal


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("[conv]\nfilters=6\nsize=3\n", (6, 6, 6)),
        ("[conv]\nfilters=6\nsize=3\npad=1\n", (6, 8, 8)),
        ("[conv]\nfilters=6\nsize=3\npad=1\npadding=5\n", (6, 8, 8)),
        ("[conv]\nfilters=6\nsize=3\npadding=2\nstride=2\n", (6, 5, 5)),
        ("[conv]\nfilters=6\nsize=2\nstride=2\npad=1\n", (6, 5, 5)),
        ("[conv]\nfilters=6\nsize=3\npad=1\nstride_x=2\nstride_y=4\n", (6, 2, 4)),
        ("[conv]\nfilters=6\nsize=3\ndilation=2\n", (6, 4, 4)),
        ("[conv]\nfilters=6\nsize=3\ndilation=2\npad=1\n", (6, 8, 8)),
        ("[deconv]\nfilters=6\nsize=2\nstride=2\n", (6, 16, 16)),
        ("[deconv]\nfilters=6\nsize=3\nstride=2\npad=1\n", (6, 15, 15)),
        ("[local]\nfilters=6\nsize=3\nstride=2\npad=1\n", (6, 4, 4)),
        ("[connected]\noutput=7\n", (7, 1, 1)),
        ("[maxpool]\nsize=2\nstride=2\n", (4, 4, 4)),
        ("[maxpool]\nstride=2\n", (4, 4, 4)),
        ("[maxpool]\nsize=2\nstride=1\n", (4, 8, 8)),
        ("[maxpool]\nsize=3\nstride=2\n", (4, 4, 4)),
        ("[maxpool]\nsize=3\nstride=2\npadding=0\n", (4, 3, 3)),
        ("[maxpool]\nsize=2\nstride_x=2\nstride_y=1\n", (4, 8, 4)),
        ("[maxpool]\n", (4, 8, 8)),
        ("[local_avgpool]\nsize=2\nstride=2\n", (4, 4, 4)),
        ("[avgpool]\n", (4, 1, 1)),
        ("[upsample]\nstride=3\n", (4, 24, 24)),
        ("[upsample]\nstride=-2\n", (4, 4, 4)),
        ("[crop]\ncrop_width=6\ncrop_height=5\n", (4, 5, 6)),
        ("[reorg]\nstride=2\n", (16, 4, 4)),
        ("[reorg]\nstride=2\nreverse=1\n", (1, 16, 16)),
        ("[reorg]\nextra=1\n", (257, 1, 1)),
        ("[reorg3d]\nstride=2\n", (16, 4, 4)),
        ("[reorg3d]\nstride=2\nreverse=1\n", (1, 16, 16)),
        ("[softmax]\n", (256, 1, 1)),
        ("[softmax]\nspatial=1\n", (4, 8, 8)),
        ("[cost]\n", (256, 1, 1)),
        ("[dropout]\n", (4, 8, 8)),
        ("[batchnorm]\n", (4, 8, 8)),
        ("[normalization]\n", (4, 8, 8)),
        ("[l2norm]\n", (4, 8, 8)),
        ("[logistic]\n", (4, 8, 8)),
        ("[empty]\n", (4, 8, 8)),
        ("[activation]\n[maxpool]\nstride=2\n[route]\nlayers=0\n", (4, 8, 8)),
        ("[activation]\n[conv]\nfilters=6\n[route]\nlayers=-1,0\n", (10, 8, 8)),
        ("[route]\nlayers=-1\n", (4, 8, 8)),
        ("[activation]\n[activation]\n[route]\nlayers=0,1\ngroups=2\ngroup_id=1\n", (4, 8, 8)),
        ("[activation]\n[activation]\n[shortcut]\nfrom=-2\n", (4, 8, 8)),
        ("[activation]\n[conv]\nfilters=6\n[shortcut]\nfrom=0\n", (6, 8, 8)),
        ("[activation]\n[maxpool]\nstride=2\n[shortcut]\nfrom=0\n", (4, 4, 4)),
        ("[activation]\n[avgpool]\n[scale_channels]\nfrom=0\n", (4, 8, 8)),
        ("[activation]\n[conv]\n[scale_channels]\nfrom=0\nscale_wh=1\n", (4, 8, 8)),
        ("[activation]\n[activation]\n[sam]\nfrom=0\n", (4, 8, 8)),
    ],
)
def test_the_shape_that_comes_out(text, shape):
    assert last(text) == Shape(*shape)


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("[conv]\nfilters=6\nsize=3\n", 6 + 6 * 4 * 9),
        ("[conv]\nfilters=6\nsize=3\nbatch_normalize=1\n", 4 * 6 + 6 * 4 * 9),
        ("[conv]\nfilters=6\nsize=3\ngroups=2\n", 6 + 6 * 2 * 9),
        ("[conv]\nfilters=6\nbatch_normalize=1\ndontloadscales=1\n", 6 + 6 * 4),
        ("[conv]\nfilters=6\ndontload=1\n", 0),
        ("[deconv]\nfilters=6\nsize=3\n", 6 + 6 * 4 * 9),
        ("[local]\nfilters=6\nsize=3\n", 6 * 36 + 36 * 6 * 4 * 9),
        ("[connected]\noutput=6\n", 6 + 6 * 256),
        ("[connected]\noutput=6\nbatch_normalize=1\n", 4 * 6 + 6 * 256),
        ("[batchnorm]\n", 3 * 4),
        ("[shortcut]\nfrom=-1\nweights_type=per_feature\n", 2),
        ("[shortcut]\nfrom=-1\nweights_type=per_channel\n", 8),
        ("[maxpool]\nstride=2\n", 0),
    ],
)
def test_floats_in_the_weights_file(text, parameters):
    net = network(IMAGE + text)
    assert net.parameters == parameters
    assert net.weights_bytes == 20 + 4 * parameters


def test_operations_count_a_multiply_add_as_two():
    assert network(f"{IMAGE}[conv]\nfilters=6\nsize=3\ngroups=2\n").flops == 2 * 9 * 2 * 6 * 36
    assert network(f"{IMAGE}[connected]\noutput=6\n").flops == 2 * 256 * 6
    assert network(f"{IMAGE}[local]\nfilters=6\nsize=3\n").flops == 2 * 9 * 4 * 6 * 36
    assert network(f"{IMAGE}[maxpool]\nstride=2\n").flops == 0


def count(length: int, extent: int, stride: int, before: int, after: int) -> int:
    """Windows that start `before` places left of an image and end within `after` to its right."""
    start, found = -before, 0
    while start + extent <= length + after:
        start, found = start + stride, found + 1
    return found


sides = st.integers(1, 20)
small = st.integers(1, 6)


@quick
@given(sides, sides, small, small, st.booleans(), st.integers(0, 4), st.integers(1, 3))
def test_a_convolution_has_one_output_for_each_window(w, h, size, stride, pad, padding, dilation):
    border = (size // 2 if pad else padding) * dilation
    extent = dilation * (size - 1) + 1
    across, down = (count(length, extent, stride, border, border) for length in (w, h))
    text = (
        f"[net]\nwidth={w}\nheight={h}\nchannels=1\n[conv]\nsize={size}\nstride={stride}\n"
        f"pad={int(pad)}\npadding={padding}\ndilation={dilation}\n"
    )
    if across and down:
        assert network(text).nodes[0].output == Shape(1, down, across)
    else:
        assert "does not fit" in refusal(text)


@quick
@given(sides, sides, small, small, st.integers(-1, 5))
def test_a_maxpool_has_one_output_for_each_window(w, h, size, stride, padding):
    total = size - 1 if padding == -1 else padding
    before, after = total // 2, total - total // 2
    across, down = (count(length, size, stride, before, after) for length in (w, h))
    text = (
        f"[net]\nwidth={w}\nheight={h}\nchannels=3\n[max]\nsize={size}\nstride={stride}\n"
        f"padding={padding}\n"
    )
    if max(before, after) >= size:
        assert "outside the image" in refusal(text)
    elif across and down:
        assert network(text).nodes[0].output == Shape(3, down, across)
    else:
        assert "does not fit" in refusal(text)


@quick
@given(sides, small, small)
def test_the_default_windows_of_a_maxpool_all_touch_the_image(length, size, stride):
    given, layer = Shape(1, length, length), Maxpool(size=size, stride=stride)
    wanted = layer.output_shape([given])
    (top, _), (bottom, _) = layer.borders(given, wanted)
    assert top < size
    assert (wanted.height - 1) * stride - top < length
    assert top + length + bottom >= (wanted.height - 1) * stride + size


@pytest.mark.parametrize("size", [1, 2, 3])
def test_no_window_of_a_maxpool_lies_outside_the_image(size):
    assert "outside the image" in refusal(f"{IMAGE}[max]\nsize={size}\npadding={2 * size - 1}\n")


@quick
@given(sides, small, small, st.integers(0, 4))
def test_a_deconvolution_reaches_as_far_as_its_last_stamp(length, size, stride, padding):
    text = (
        f"[net]\nwidth={length}\nheight={length}\nchannels=1\n[deconv]\nsize={size}\n"
        f"stride={stride}\npadding={padding}\n"
    )
    reach = max(start + size for start in range(0, length * stride, stride)) - 2 * padding
    if reach > 0:
        assert network(text).nodes[0].output == Shape(1, reach, reach)
    else:
        assert "leaves nothing of the output" in refusal(text)
