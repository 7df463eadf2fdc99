"""import: kernels with their outputs first or last, where shapes allow both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from conftest import network
from darknet.errors import InputError, WeightsError
from darknet.importing import Imported, import_weights
from darknet.importing.naming import layout_words

DENSE = "[net]\ninputs=4\n[connected]\noutput=4\nactivation=linear\n"
NET = "[net]\nwidth=8\nheight=8\nchannels=3\n"
CONV = "[convolutional]\nfilters={}\nsize=3\npad=1\n"
SQUARE = np.arange(16, dtype=np.float32).reshape(4, 4)
FORM = r'its outputs may come first or last; --map FILE says it: \[kernels\] order = "oihw"'


def imported(
    folder: Path, text: str, arrays: dict[str, np.ndarray], told: str = "", partial: bool = False
) -> Imported:
    np.savez(folder / "a.npz", **arrays)
    (folder / "map.toml").write_text(told)
    cfg = network(text).cfg
    return import_weights(folder / "a.npz", cfg, mapping=folder / "map.toml", partial=partial)


@pytest.mark.parametrize(
    ("names", "last"),
    [
        (("dense/kernel:0", "dense/bias:0"), True),
        (("fc.weight", "fc.bias"), False),
        (("fc_weight", "bn_gamma"), False),
        (("fc/weights", "bn/moving_mean"), True),
        (("fc/w", "bn/running_var"), False),
        (("fc/weights", "fc/biases"), None),
        (("arr_0", "arr_1"), None),
        (("a.weight", "b.kernel"), None),
        (("a.scales", "a.gamma"), None),
    ],
)
def test_words_say_where_a_kernels_outputs_are(names: tuple[str, ...], last: bool | None) -> None:
    expected = None if last is None else "hwio" if last else "oihw"
    assert layout_words(names) == expected


def test_a_square_dense_kernel_is_turned_where_it_has_keras_name(tmp_path: Path) -> None:
    """In Keras y[j] is the sum of x[i] * kernel[i, j]."""
    found = imported(tmp_path, DENSE, {"dense/kernel:0": SQUARE, "dense/bias:0": np.zeros(4)})
    np.testing.assert_array_equal(found.weights[0]["weights"], SQUARE.T)
    assert any("HWIO" in note for note in found.notes)
    found = imported(tmp_path, DENSE, {"fc.weight": SQUARE, "fc.bias": np.zeros(4)})
    np.testing.assert_array_equal(found.weights[0]["weights"], SQUARE)


@pytest.mark.parametrize("names", [("a_w", "a_b"), ("arr_0", "arr_1"), ("a/weights", "a/biases")])
def test_without_such_words_it_is_refused_and_a_mapping_file_says_it(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    arrays = {names[0]: SQUARE, names[1]: np.zeros(4, np.float32)}
    with pytest.raises(WeightsError, match=rf"{names[0]} \(4, 4\) float32: {FORM}"):
        imported(tmp_path, DENSE, arrays)
    layer = f'[layers]\n"0" = {{ weights = "{names[0]}", biases = "{names[1]}" }}\n'
    with pytest.raises(InputError, match=rf"layer 0: {names[0]} \(4, 4\) float32: {FORM}"):
        imported(tmp_path, DENSE, arrays, layer)
    for order, expected in (("oihw", SQUARE), ("hwio", SQUARE.T)):
        said = f'[kernels]\norder = "{order}"\n'
        for told in (said, said + layer):
            found = imported(tmp_path, DENSE, arrays, told)
            np.testing.assert_array_equal(found.weights[0]["weights"], expected)
    with pytest.raises(InputError, match=r"\[kernels\] order=chwn: expected oihw"):
        imported(tmp_path, DENSE, arrays, '[kernels]\norder = "chwn"\n')


def test_one_layer_that_fits_one_way_decides_for_all(tmp_path: Path) -> None:
    text = DENSE + "[connected]\noutput=2\n"
    wide = np.arange(8, dtype=np.float32).reshape(2, 4)
    found = imported(tmp_path, text, {"a_w": SQUARE, "b_w": wide})
    np.testing.assert_array_equal(found.weights[0]["weights"], SQUARE)
    found = imported(tmp_path, text, {"a_w": SQUARE, "b_w": wide.T})
    np.testing.assert_array_equal(found.weights[0]["weights"], SQUARE.T)


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        (NET.replace("=3", "=16") + CONV.format(16) * 2, [(16, 16, 3, 3)] * 2),
        (NET + CONV.format(3) + "groups=3\n", [(3, 1, 3, 3)]),
        (NET + CONV.format(1), [(1, 3, 3, 3)]),
        (NET.replace("=3", "=1") + CONV.format(1).replace("=3", "=1"), [(1, 1, 1, 1)]),
    ],
)
def test_kernels_that_are_not_square_are_not_refused(
    tmp_path: Path, text: str, shapes: list[tuple[int, ...]]
) -> None:
    values = np.random.default_rng(1)
    arrays = {f"c{k}_w": values.standard_normal(shape) for k, shape in enumerate(shapes)}
    found = imported(tmp_path, text, arrays)
    for node, array in zip(found.network.nodes, arrays.values(), strict=True):
        np.testing.assert_array_equal(found.weights[node.index]["weights"], np.float32(array))


def test_three_filters_of_3x3_over_three_channels_are_either_way(tmp_path: Path) -> None:
    kernel = np.arange(81, dtype=np.float32).reshape(3, 3, 3, 3)
    with pytest.raises(WeightsError, match=FORM):
        imported(tmp_path, NET + CONV.format(3), {"c_w": kernel})
    found = imported(tmp_path, NET + CONV.format(3), {"c/kernel": kernel})
    assert found.weights[0]["weights"][2, 1, 0, 2] == kernel[0, 2, 1, 2]


def test_in_order_goes_before_other_ways_of_reading(tmp_path: Path) -> None:
    """Outputs last, these two would fit each other's layers."""
    text = "[net]\ninputs=8\n[connected]\noutput=4\n[connected]\noutput=8\n"
    one, two = (np.arange(32, dtype=np.float32).reshape(shape) for shape in ((4, 8), (8, 4)))
    found = imported(tmp_path, text, {"a_w": one, "b_w": two})
    np.testing.assert_array_equal(found.weights[0]["weights"], one)
    found = imported(tmp_path, text, {"a_w": two, "b_w": one})
    np.testing.assert_array_equal(found.weights[0]["weights"], two.T)


def test_what_lacks_a_place_anyway_comes_with_the_doubt(tmp_path: Path) -> None:
    arrays = {"a_w": SQUARE, "b_w": np.ones((5, 7))}
    found = imported(tmp_path, DENSE, arrays, partial=True)
    assert [note for note in found.notes if "in doubt: a_w (4, 4)" in note and "[kernels]" in note]
