"""import: what an ONNX graph does to an array on its way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from conftest import network, random_weights
from darknet.cli import main
from darknet.errors import WeightsError
from darknet.export import export
from darknet.importing import import_weights

onnx = pytest.importorskip("onnx")
DENSE = "[net]\ninputs=3\n[connected]\noutput=2\nactivation=linear\n"
KERNEL = np.arange(6, dtype=np.float32).reshape(2, 3)
BIAS = np.array([8, 16], np.float32)
SHARED = "[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=4\nsize=3\npad=1\n"
EVERYTHING = (
    SHARED
    + "batch_normalize=1\n[convolutional]\nfilters=4\nsize=1\n"
    + "[shortcut]\nfrom=-2\nweights_type=per_channel\nactivation=linear\n[connected]\noutput=5\n"
)


def model(path: Path, *nodes: object, **arrays: np.ndarray) -> Path:
    """A model of the nodes and the arrays, from x to y."""
    shown = [onnx.helper.make_tensor_value_info(name, 1, None) for name in "xy"]
    tensors = [onnx.numpy_helper.from_array(array, name) for name, array in arrays.items()]
    graph = onnx.helper.make_graph(nodes, "g", shown[:1], shown[1:], tensors)
    onnx.save(onnx.helper.make_model(graph), path)
    return path


def gemm(*inputs: str, **attributes: float) -> object:
    return onnx.helper.make_node("Gemm", inputs, ["y"], **attributes)


@pytest.mark.parametrize("turned", [False, True])
def test_what_a_gemm_multiplies_by_is_taken_in(tmp_path: Path, turned: bool) -> None:
    """y = alpha * x W' + beta * b"""
    node = gemm("x", "w", "b", alpha=0.5, beta=-2.0, transB=int(turned))
    path = model(tmp_path / "a.onnx", node, w=KERNEL if turned else KERNEL.T, b=BIAS)
    layer = import_weights(path, network(DENSE).cfg).weights[0]
    np.testing.assert_array_equal(layer["weights"], KERNEL / 2)
    assert layer["biases"].tolist() == [-16, -32]


def test_a_gemm_that_turns_its_input_is_refused(tmp_path: Path) -> None:
    path = model(tmp_path / "a.onnx", gemm("x", "w", transA=1, transB=1), w=KERNEL)
    with pytest.raises(WeightsError, match=r"a\.onnx: w: goes into a Gemm with transA=1"):
        import_weights(path, network(DENSE).cfg)


@pytest.mark.parametrize("fold", [False, True])
def test_an_export_in_half_precision_comes_back(tmp_path: Path, fold: bool) -> None:
    net = network(EVERYTHING)
    weights = random_weights(net, 3)
    export(net, weights, tmp_path / "half.onnx", half=True, fold=fold, check=False)
    export(net, weights, tmp_path / "whole.onnx", fold=fold, check=False)
    found = import_weights(tmp_path / "half.onnx", net.cfg, fork=net.fork)
    whole = import_weights(tmp_path / "whole.onnx", net.cfg, fork=net.fork)
    assert found.how == "by the layers' numbers in the names"
    assert found.complete
    for mine, theirs in zip(found.weights.arrays, whole.weights.arrays, strict=True):
        for name, array in theirs.items():
            halved = array.astype(np.float16).astype(np.float32)
            expected = halved if array.ndim > 1 else array
            np.testing.assert_array_equal(mine[name], expected, err_msg=name)


def test_a_cast_before_a_layer_is_looked_through(tmp_path: Path) -> None:
    """Names that say a role are kept; else the graph says it."""
    cast = onnx.helper.make_node("Cast", ["7"], ["8"], to=1)
    path = model(tmp_path / "a.onnx", cast, gemm("x", "8", transB=1), **{"7": KERNEL.astype("f2")})
    found = import_weights(path, network(DENSE).cfg)
    np.testing.assert_array_equal(found.weights[0]["weights"], KERNEL)
    assert [row.source for row in found.rows()][-1] == "7"


def test_two_arrays_under_one_name_are_refused(tmp_path: Path) -> None:
    first = onnx.helper.make_node("Cast", ["p"], ["c.weight"], to=1)
    second = onnx.helper.make_node("Cast", ["q"], ["c.weight"], to=1)
    use = onnx.helper.make_node("Relu", ["c.weight"], ["z"])
    path = model(tmp_path / "a.onnx", first, use, second, gemm("x", "c.weight"), p=KERNEL, q=KERNEL)
    with pytest.raises(WeightsError, match=r"c\.weight: is there twice"):
        import_weights(path, network(DENSE).cfg)


def test_arrays_in_a_file_beside_the_model_are_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = model(tmp_path / "a.onnx", gemm("x", "w", transB=1), w=KERNEL)
    found = onnx.load(path)
    onnx.save(found, path, save_as_external_data=True, location="a.data", size_threshold=0)
    Path("a.cfg").write_text(DENSE)
    before = Path("a.data").read_bytes()
    assert main(["import", "a.onnx", "a.cfg", "-o", "a.data"]) == 2
    assert "a.data: is read here" in capsys.readouterr().err
    assert Path("a.data").read_bytes() == before
