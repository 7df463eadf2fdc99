"""import: which array goes to which layer, what is refused, and the mapping file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from conftest import network
from darknet.errors import DarknetError, InputError, WeightsError
from darknet.importing import Imported, import_weights
from darknet.importing.naming import natural, template

NET = "[net]\nwidth=8\nheight=8\nchannels=3\n"
CONV = "[convolutional]\nfilters={}\nsize={}\npad=1\n"
NORMED = CONV + "batch_normalize=1\n"


def marked(shape: tuple[int, ...], number: int) -> np.ndarray:
    """An array that says where it is from."""
    return np.full(shape, number, np.float32)


def imported(
    folder: Path, text: str, arrays: dict[str, np.ndarray], mapping: str = "", **options: object
) -> Imported:
    np.savez(folder / "a.npz", **arrays)
    if mapping:
        (folder / "map.toml").write_text(mapping)
        options["mapping"] = folder / "map.toml"
    return import_weights(folder / "a.npz", network(text).cfg, **options)  # type: ignore[arg-type]


def numbers(found: Imported) -> list[list[float]]:
    """The mark of every array, layer by layer in file order."""
    return [
        [float(found.weights[node.index][spec.name].flat[0]) for spec in node.weights]
        for node in found.network.nodes
    ]


@pytest.mark.parametrize(
    "names",
    [
        ("conv1.weight", "conv1.bias", "fc.weight", "fc.bias"),
        ("conv1_W", "conv1_b", "fc_W", "fc_b"),
        ("conv1/weights", "conv1/biases", "fc/weights", "fc/biases"),
        ("a/kernel:0", "a/bias:0", "b/kernel:0", "b/bias:0"),
        ("fire2/squeeze1x1_0", "fire2/squeeze1x1_1", "fc_0", "fc_1"),
        ("weight", "bias", "second-weight", "second-bias"),
        ("arr_0", "arr_1", "arr_2", "arr_3"),
    ],
)
def test_names_of_many_manners(tmp_path: Path, names: tuple[str, ...]) -> None:
    text = NET + CONV.format(4, 3) + "[connected]\noutput=2\n"
    shapes = ((4, 3, 3, 3), (1, 4, 1, 1), (2, 256), (2,))
    arrays = {n: marked(s, k) for k, (n, s) in enumerate(zip(names, shapes, strict=True), start=1)}
    assert numbers(imported(tmp_path, text, arrays)) == [[2, 1], [4, 3]]


def test_what_is_obviously_the_same_is_reshaped(tmp_path: Path) -> None:
    """A matrix as a 1x1 kernel, and as a kernel of the image's size; and the other way round."""
    text = NET + CONV.format(5, 1) + "[connected]\noutput=2\n"
    arrays = {"a.weight": marked((5, 3), 1), "b.weight": marked((2, 5, 8, 8), 2)}
    found = imported(tmp_path, text, arrays)
    assert found.weights[0]["weights"].shape == (5, 3, 1, 1)
    assert found.weights[1]["weights"].shape == (2, 320)
    assert found.filled[0, "biases"] == "0"


def test_batch_norm_beside_under_and_in_the_convolution(tmp_path: Path) -> None:
    text = NET + NORMED.format(4, 3) * 3
    arrays = {}
    for k, (conv, bn) in enumerate((("conv0", "bn0"), ("conv1", "conv1/bn"), ("c", "c"))):
        arrays[f"{conv}/weights"] = marked((4, 4 if k else 3, 3, 3), 10 * k)
        for n, word in enumerate(("scales", "biases", "rolling_mean", "rolling_variance"), 1):
            arrays[f"{bn}/{word}"] = marked((4,), 10 * k + n)
    expected = [[10 * k + n for n in (2, 1, 3, 4, 0)] for k in range(3)]
    assert numbers(imported(tmp_path, text, arrays)) == expected


def test_a_batchnorm_section_of_its_own(tmp_path: Path) -> None:
    text = NET + CONV.format(4, 3) + "[batchnorm]\n" + CONV.format(2, 1)
    arrays = {
        "c.weight": marked((4, 3, 3, 3), 1),
        "b.scales": marked((4,), 2),
        "b.biases": marked((4,), 0),
        "b.rolling_mean": marked((4,), 3),
        "b.rolling_variance": marked((4,), 4),
        "d.weight": marked((2, 4, 1, 1), 5),
    }
    assert numbers(imported(tmp_path, text, arrays)) == [[0, 1], [2, 3, 4, 0], [0, 5]]
    arrays["b.biases"] += 1
    with pytest.raises(WeightsError, match=r"layer 1 \[batchnorm\]: the source has biases, for"):
        imported(tmp_path, text, arrays)


def test_sorted_names_are_taken_by_their_numbers(tmp_path: Path) -> None:
    """conv10 before conv2 is the order of text, not of layers."""
    arrays = {f"conv{k}.weight": marked((3, 3, 1, 1), k) for k in sorted(range(1, 12), key=str)}
    found = imported(tmp_path, NET + CONV.format(3, 1) * 11, arrays)
    assert [layer[1] for layer in numbers(found)] == list(range(1, 12))


def test_shapes_decide_where_the_order_does_not_and_numbers_among_equals(tmp_path: Path) -> None:
    text = NET + (CONV.format(4, 3) + CONV.format(3, 1)) * 2
    arrays = {
        "one1.weight": marked((3, 4, 1, 1), 2),
        "one2.weight": marked((3, 4, 1, 1), 4),
        "three1.weight": marked((4, 3, 3, 3), 1),
        "three2.weight": marked((4, 3, 3, 3), 3),
    }
    found = imported(tmp_path, text, arrays)
    assert found.how == "by shapes"
    assert [layer[1] for layer in numbers(found)] == [1, 2, 3, 4]


AMBIGUOUS = {
    "x.weight": marked((3, 4, 1, 1), 2),
    "y.weight": marked((3, 4, 1, 1), 4),
    "left.weight": marked((4, 3, 3, 3), 1),
    "right.weight": marked((4, 3, 3, 3), 3),
}


def test_what_is_ambiguous_is_refused_and_a_mapping_file_settles_it(tmp_path: Path) -> None:
    text = NET + (CONV.format(4, 3) + CONV.format(3, 1)) * 2
    with pytest.raises(
        WeightsError, match=r"\(left, right\) may go to layer 0 .*ambiguous; --map FILE"
    ):
        imported(tmp_path, text, AMBIGUOUS)
    with pytest.raises(WeightsError, match="ambiguous"):
        imported(tmp_path, text, AMBIGUOUS, partial=True)
    told = '[layers]\n"0" = { weights = "right.weight" }\n"1" = { weights = "y.weight" }\n'
    found = imported(tmp_path, text, AMBIGUOUS, told)
    assert [layer[1] for layer in numbers(found)] == [3, 4, 1, 2]


def test_safetensors_keeps_no_order_and_names_without_numbers_say_none(tmp_path: Path) -> None:
    save = pytest.importorskip("safetensors.numpy").save_file
    arrays = {"first.weight": marked((3, 3, 1, 1), 1), "second.weight": marked((3, 3, 1, 1), 2)}
    save(arrays, tmp_path / "a.safetensors")
    with pytest.raises(WeightsError, match="ambiguous"):
        import_weights(tmp_path / "a.safetensors", network(NET + CONV.format(3, 1) * 2).cfg)
    norms = {}
    for k in (1, 2):  # bn1, bn2, conv1, conv2: pairs by name
        norms[f"conv{k}.weight"] = marked((3, 3, 1, 1), 10 * k)
        for n, word in enumerate(("scales", "biases", "rolling_mean", "rolling_variance"), 1):
            norms[f"bn{k}.{word}"] = marked((3,), 10 * k + n)
    save(norms, tmp_path / "b.safetensors")
    net = network(NET + NORMED.format(3, 1) * 2)
    found = import_weights(tmp_path / "b.safetensors", net.cfg)
    assert numbers(found) == [[12, 11, 13, 14, 10], [22, 21, 23, 24, 20]]


def test_left_over_and_missing_are_named(tmp_path: Path) -> None:
    text = NET + CONV.format(4, 3) + CONV.format(4, 3) + CONV.format(5, 1)
    arrays = {
        "a.weight": marked((4, 3, 3, 3), 1),
        "b.weight": marked((4, 4, 3, 3), 2),
        "anchors": marked((9, 2), 0),
        "c.weight": marked((7, 4, 1, 1), 3),
    }
    with pytest.raises(WeightsError) as caught:
        imported(tmp_path, text, arrays)
    assert "2 arrays left over (the first: c.weight (7, 4, 1, 1) float32)" in str(caught.value)
    assert "layer 2 [convolutional], which wants weights (5, 4, 1, 1)" in str(caught.value)
    found = imported(tmp_path, text, arrays, partial=True)
    assert [entry.name for entry in found.left_over] == ["c.weight", "anchors"]
    assert [node.index for node in found.missing] == [2]
    assert [layer[1] for layer in numbers(found)][:2] == [1, 2]
    assert found.weights[2]["weights"].shape == (5, 4, 1, 1)
    assert "left over: anchors" in found._repr_html_()


def test_a_layer_in_the_middle_may_lack(tmp_path: Path) -> None:
    text = NET + CONV.format(4, 3) + CONV.format(6, 3) + CONV.format(5, 1) + CONV.format(2, 1)
    arrays = {
        "a.weight": marked((4, 3, 3, 3), 1),
        "c.weight": marked((5, 6, 1, 1), 3),
        "x.weight": marked((9, 9, 1, 1), 9),
        "d.weight": marked((2, 5, 1, 1), 4),
    }
    found = imported(tmp_path, text, arrays, partial=True)
    assert [match.node.index for match in found.matches] == [0, 2, 3]
    assert [node.index for node in found.missing] == [1]


def test_layers_of_one_shape_stay_in_their_places_or_the_doubt_is_told(tmp_path: Path) -> None:
    text = NET + CONV.format(4, 1) + CONV.format(4, 3) * 3
    same = {f"c{k}.weight": marked((4, 4, 3, 3), k) for k in (1, 2, 3)}
    grey = {"c0.weight": marked((4, 1, 1, 1), 9)}  # a first layer of another kind
    found = imported(tmp_path, text, grey | same, partial=True)
    assert [layer[1] for layer in numbers(found)][1:] == [1, 2, 3]
    assert not found.notes
    more = same | {"c4.weight": marked((4, 4, 3, 3), 4)}
    found = imported(tmp_path, text, more, partial=True)
    assert any("in doubt: c" in note for note in found.notes)


def test_statistics_by_halves_are_no_batch_norm(tmp_path: Path) -> None:
    arrays = {"c.weight": marked((4, 3, 3, 3), 1), "c.rolling_mean": marked((4,), 2)}
    with pytest.raises(WeightsError, match="left over"):
        imported(tmp_path, NET + NORMED.format(4, 3), arrays)


def test_values_that_are_not_finite_are_told(tmp_path: Path) -> None:
    kernel = np.ones((4, 3, 3, 3))
    kernel[0, 0, 0, :2] = (np.nan, 1e300)
    found = imported(tmp_path, NET + CONV.format(4, 3), {"c.weight": kernel})
    assert any("layer 0 [convolutional]: 2 values not finite" in note for note in found.notes)


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ("[layers", "no TOML"),
        ("a = " + "[" * 5000, "no TOML"),
        ("layers = 3", r"expected a table \[layers\]"),
        ("[layer]", r'\[layer\]: no such table; did you mean "layers"'),
        ("[layers]\nx = { weights = 'a.weight' }", r"\[layers\] x: expected a layer's number"),
        ("[layers]\n0 = 'a.weight'", r"\[layers\] 0: expected { weights"),
        ("[layers]\n7 = { weights = 'a.weight' }", "layer 7: the network has no such layer"),
        ("[layers]\n0 = { weigths = 'a.weight' }", 'no array weigths; did you mean "weights"'),
        ("[layers]\n0 = { weights = 'b.weight' }", 'no b.weight; did you mean "a.weight"'),
        ("[layers]\n0 = { biases = 'a.bias' }", "layer 0: weights: not named"),
        ("[layers]\n0 = { weights = 'a.bias' }", r"wants \(4, 3, 3, 3\), but a.bias \(4,\)"),
        ("[layers]\n0 = { weights = 'a.weight', biases = 'a.weight' }", "named twice"),
        ("[input]\norder = 'grb'", "order=grb: expected rgb or bgr"),
        ("[input]\nscale = 'x'", "scale=x: expected a number above 0"),
        ("[input]\nscale = -1", "scale=-1.0: expected a number above 0"),
        ("[input]\nmean = 3", "mean: expected a list of numbers"),
        ("[input]\nmean = [1, nan, 2]", "mean: expected"),
        ("[input]\nmean = [1, 2]", "mean: 2 numbers, but the network has 3 input channels"),
        ("[input]\nstd = [1, 0, 1]", "std: expected numbers above 0"),
        ("[input]\nmeans = [1]", 'means: no such key; did you mean "mean"'),
        ("[classes]\norder = 4", "classes: expected imagenet-sorted"),
        ("[classes]\norder = 'missing.txt'", "missing.txt: cannot be read"),
        ("[classes]\norder = ['a', 'b', 'c', 'd']", "its classes are not known: names="),
        ("[batchnorm]\nepsilon = 0", "epsilon=0.0: expected a number above 0"),
    ],
)
def test_mapping_files_that_are_wrong(tmp_path: Path, mapping: str, expected: str) -> None:
    arrays = {"a.weight": marked((4, 3, 3, 3), 1), "a.bias": marked((4,), 2)}
    with pytest.raises(DarknetError, match=expected) as caught:
        imported(tmp_path, NET + CONV.format(4, 3), arrays, mapping)
    assert str(caught.value).isprintable()


def test_a_mapping_file_may_name_the_bias_under_a_batch_norm(tmp_path: Path) -> None:
    """(x + 3 - 5) / root is (x - 2) / root."""
    words = ("scales", "biases", "rolling_mean", "rolling_variance")
    arrays = {"q": marked((4, 3, 3, 3), 1), "r": marked((4,), 3)}
    arrays |= {f"s{word}": marked((4,), 5) for word in words}
    pairs = ", ".join(f'{word} = "s{word}"' for word in words)
    told = f'[layers]\n"0" = {{ weights = "q", inner_biases = "r", {pairs} }}\n'
    assert numbers(imported(tmp_path, NET + NORMED.format(4, 3), arrays, told))[0][2] == 2


def test_natural_order_and_templates() -> None:
    assert sorted(["a10", "a2", "a", "b1", "a2b"], key=natural) == ["a", "a2", "a2b", "a10", "b1"]
    assert sorted(["\u00b2", "1", "\u0663"], key=natural)[0] == "1"  # other digits are letters
    assert template("layer1.0.conv12") == "layer#.#.conv#"


def test_a_class_list_must_fit(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("cat\ndog\n")
    (tmp_path / "order.txt").write_text("dog\ncat\n")
    text = NET + f"names={tmp_path}/names.txt\n" + CONV.format(2, 1) + "[avgpool]\n[softmax]\n"
    arrays = {"a.weight": np.arange(6).reshape(2, 3, 1, 1).astype(np.float32)}
    found = imported(tmp_path, text, arrays, "[classes]\norder = 'order.txt'\n")
    assert found.weights[0]["weights"][:, :, 0, 0].tolist() == [[3, 4, 5], [0, 1, 2]]
    for wrong, why in (
        ("cat\ncat\n", "cat comes twice"),
        ("cat\nemu\n", "has no dog"),
        ("cat\n", "1 classes, but"),
    ):
        (tmp_path / "order.txt").write_text(wrong)
        with pytest.raises(InputError, match=why):
            imported(tmp_path, text, arrays, "[classes]\norder = 'order.txt'\n")
