"""import: weights of torch, ONNX, numpy and safetensors give the same answers and arrays here."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import darknet
from conftest import network, random_weights
from darknet.cfg import Cfg
from darknet.errors import WeightsError
from darknet.fold import fold_batch_norm
from darknet.importing import import_weights
from darknet.layers import Fork
from darknet.network import Network
from darknet.weights import Weights

NET = "[net]\nwidth=12\nheight=10\nchannels=3\n"
CONV = "[convolutional]\nfilters={}\nsize=3\nstride=1\npad=1\nactivation=relu\n"
NORMED = CONV + "batch_normalize=1\n"
FORKS: tuple[Fork, ...] = ("pjreddie", "alexeyab")


def cfg(text: str) -> Cfg:
    return Cfg.parse(text, "test.cfg")


def torch_module(bias: bool = False):  # type: ignore[no-untyped-def]
    """conv, bn, relu, twice; maxpool; linear: with statistics that are not the initial ones."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    layers = torch.nn
    module = layers.Sequential(
        layers.Conv2d(3, 6, 3, padding=1, bias=bias),
        layers.BatchNorm2d(6),
        layers.ReLU(),
        layers.Conv2d(6, 8, 3, padding=1, bias=bias),
        layers.BatchNorm2d(8),
        layers.ReLU(),
        layers.MaxPool2d(2, 2),
        layers.Flatten(),
        layers.Linear(8 * 5 * 6, 7),
    )
    for part in module:
        if isinstance(part, layers.BatchNorm2d):
            part.weight.data.uniform_(0.5, 1.5)
            part.bias.data.uniform_(-0.5, 0.5)
            part.running_mean.uniform_(-0.5, 0.5)
            part.running_var.uniform_(0.5, 1.5)[0] = 1e-3  # where epsilon counts for 1 in 200
    return module.eval()


POOL_AND_DENSE = "[maxpool]\nsize=2\nstride=2\n[connected]\noutput=7\nactivation=linear\n"
TORCH_CFG = NET + NORMED.format(6) + NORMED.format(8) + POOL_AND_DENSE
FOLDED_CFG = NET + CONV.format(6) + CONV.format(8) + POOL_AND_DENSE


def answers(text: str, weights: Weights, batch: np.ndarray, fork: Fork | None = None) -> np.ndarray:
    with darknet.load(cfg(text), weights, engine="reference", fork=fork) as net:
        return np.asarray(net.predict(batch))


@pytest.mark.parametrize("fork", FORKS)
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("text", [TORCH_CFG, FOLDED_CFG], ids=["normalized", "folded"])
def test_a_torch_state_dict_answers_as_in_torch(
    tmp_path: Path, fork: Fork, bias: bool, text: str
) -> None:
    torch = pytest.importorskip("torch")
    module, path = torch_module(bias), tmp_path / "net.pt"
    torch.save(module.state_dict(), path)
    batch = np.random.default_rng(0).uniform(0, 1, (3, 3, 10, 12)).astype(np.float32)
    with torch.no_grad():
        expected = module(torch.from_numpy(batch)).numpy()
    found = import_weights(path, cfg(text), fork=fork)
    assert found.complete
    assert found.weights[0]["biases"].dtype == np.float32
    found.save(tmp_path / "net.weights")
    again = Weights.read(tmp_path / "net.weights", found.network)
    np.testing.assert_allclose(answers(text, again, batch, fork), expected, rtol=1e-5, atol=1e-5)


def test_a_checkpoint_beside_an_optimizer_is_found(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    module = torch_module()
    torch.save({"epoch": 3, "state_dict": module.state_dict()}, tmp_path / "checkpoint.pth")
    torch.save(module.state_dict(), tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    nested = import_weights(tmp_path / "checkpoint.pth", cfg(TORCH_CFG))
    legacy = import_weights(tmp_path / "old.pth", cfg(TORCH_CFG))
    same(nested.weights, legacy.weights)


def test_an_epsilon_below_darknets_changes_the_scales(tmp_path: Path) -> None:
    """sqrt(0 + 1e-14) = 1e-7 is less than pjreddie's 1e-6: variance 0, scale 2 * 1e-6 / 1e-7."""
    np.savez(
        tmp_path / "a.npz",
        **{"c.weight": np.ones((1, 3, 1, 1)), "b.gamma": [2.0], "b.beta": [0.5]},
        **{"b.moving_mean": [0.25], "b.moving_variance": [0.0]},
    )
    text = NET + "[convolutional]\nbatch_normalize=1\n"
    recipe = darknet.importing.Recipe(epsilon=1e-14)  # type: ignore[attr-defined]
    layer = import_weights(tmp_path / "a.npz", cfg(text), recipe=recipe).weights[0]
    assert layer["rolling_variance"] == [0]
    assert layer["scales"] == pytest.approx([20])
    assert (layer["rolling_mean"], layer["biases"]) == ([0.25], [0.5])


@pytest.mark.parametrize("fork", FORKS)
def test_a_source_whose_normalization_was_folded_gets_the_exact_identity(
    tmp_path: Path, fork: Fork
) -> None:
    net = network(NET + CONV.format(4), fork=fork)
    weights = random_weights(net, 5)
    np.savez(tmp_path / "a.npz", **weights[0])
    normed = import_weights(tmp_path / "a.npz", cfg(NET + NORMED.format(4)), fork=fork)
    layer = normed.weights[0]
    root = (
        np.sqrt(layer["rolling_variance"]) + np.float32(1e-6)
        if fork == "pjreddie"
        else np.sqrt(layer["rolling_variance"] + np.float32(1e-5))
    )
    assert root.dtype == np.float32
    assert np.array_equal(root, np.ones(4, np.float32))
    assert normed.filled[0, "scales"] == "1"
    np.testing.assert_array_equal(layer["weights"], weights[0]["weights"])
    np.testing.assert_array_equal(layer["biases"], weights[0]["biases"])


def same(one: Weights, other: Weights) -> None:
    """Every array equal to the last bit."""
    for here, there in zip(one.arrays, other.arrays, strict=True):
        assert here.keys() == there.keys()
        for name, array in here.items():
            np.testing.assert_array_equal(array, there[name], err_msg=name)


EVERYTHING = (
    NET
    + NORMED.format(6)
    + "[convolutional]\nfilters=6\nsize=1\ngroups=2\nactivation=linear\n"
    + "[shortcut]\nfrom=-2\nweights_type=per_channel\nactivation=linear\n"
    + "[batchnorm]\n[local]\nfilters=2\nsize=3\nstride=2\npad=1\nactivation=leaky\n"
    + "[upsample]\nstride=2\n[connected]\noutput=5\nbatch_normalize=1\n[softmax]\n"
)
DECONV = NET + NORMED.format(6) + "[deconvolutional]\nfilters=4\nsize=3\nstride=2\n"


@pytest.mark.parametrize("text", [EVERYTHING, DECONV], ids=["everything", "deconv"])
@pytest.mark.parametrize("folded", [False, True])
def test_our_own_onnx_comes_back_to_the_last_bit(tmp_path: Path, text: str, folded: bool) -> None:
    pytest.importorskip("onnx")
    from darknet.interp.onnx import to_onnx

    net = network(text)
    weights = random_weights(net, 2)
    weights = Weights(weights.header, tuple({**w} for w in weights.arrays))
    for node in net.nodes:
        if node.layer.names[0] == "batchnorm":  # the file has no place for its biases
            weights.arrays[node.index]["biases"][:] = 0
    shown, arrays = fold_batch_norm(net, weights) if folded else (net, weights)
    (tmp_path / "net.onnx").write_bytes(to_onnx(shown, arrays).SerializeToString())
    found = import_weights(tmp_path / "net.onnx", cfg(text), fork=net.fork)
    assert "numbers" in found.how
    if not folded:
        same(found.weights, weights)
        return
    batch = np.random.default_rng(0).uniform(0, 1, (1, 3, 10, 12)).astype(np.float32)
    for node in shown.nodes:  # the arrays that were exported, and normalizations that do nothing
        for spec in node.weights:
            np.testing.assert_array_equal(
                found.weights[node.index][spec.name], arrays[node.index][spec.name]
            )
    np.testing.assert_allclose(
        answers(text, found.weights, batch, net.fork),
        answers(text, weights, batch, net.fork),
        atol=2e-6,
    )


def test_onnx_without_telling_names_is_read_by_its_graph(tmp_path: Path) -> None:
    """Conv, BatchNormalization (epsilon 1e-3), Gemm with inputs first, as exporters write them."""
    onnx = pytest.importorskip("onnx")
    from onnx import helper, numpy_helper

    generator = np.random.default_rng(4)
    shapes = {"7": (4, 3, 3, 3), "8": (4,), "9": (4,), "10": (4,), "11": (4,), "12": (4 * 120, 4)}
    arrays = {name: generator.uniform(0.5, 1, s).astype(np.float32) for name, s in shapes.items()}
    nodes = [
        helper.make_node("Conv", ["x", "7"], ["a"], pads=[1, 1, 1, 1]),
        helper.make_node("BatchNormalization", ["a", "8", "9", "10", "11"], ["b"], epsilon=1e-3),
        helper.make_node("Relu", ["b"], ["c"]),
        helper.make_node("Flatten", ["c"], ["d"]),
        helper.make_node("Gemm", ["d", "12"], ["y"]),
    ]
    given_ = [helper.make_tensor_value_info("x", 1, [1, 3, 10, 12])]
    result = [helper.make_tensor_value_info("y", 1, [1, 4])]
    # the file has them in another order than the graph
    constants = [numpy_helper.from_array(arrays[name], name) for name in reversed(shapes)]
    graph = helper.make_graph(nodes, "g", given_, result, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, tmp_path / "net.onnx")
    text = NET + NORMED.format(4) + "[connected]\noutput=4\nactivation=linear\n"
    found = import_weights(tmp_path / "net.onnx", cfg(text))
    batch = generator.uniform(0, 1, (1, 3, 10, 12)).astype(np.float32)
    session = pytest.importorskip("onnxruntime").InferenceSession(model.SerializeToString())
    (expected,) = session.run(None, {"x": batch})
    np.testing.assert_allclose(answers(text, found.weights, batch), expected, rtol=2e-5)
    onnx.save(model, tmp_path / "big.onnx", save_as_external_data=True, location="big.data",
              size_threshold=0)  # fmt: skip
    same(import_weights(tmp_path / "big.onnx", cfg(text)).weights, found.weights)
    (tmp_path / "big.data").write_bytes(b"short")
    with pytest.raises(WeightsError, match="lacks them"):
        import_weights(tmp_path / "big.onnx", cfg(text))


def test_kernels_with_outputs_last_are_turned_where_only_that_fits(tmp_path: Path) -> None:
    """Keras' layout: a dense layer after an image has its inputs by height, width, channel."""
    generator = np.random.default_rng(3)
    kernel = generator.standard_normal((3, 3, 3, 4))  # height, width, in, out
    dense = generator.standard_normal((10 * 12 * 4, 5))
    np.savez(tmp_path / "a.npz", **{"c/kernel": kernel, "d/kernel": dense})
    text = NET + CONV.format(4) + "[connected]\noutput=5\nactivation=linear\n"
    found = import_weights(tmp_path / "a.npz", cfg(text))
    assert any("HWIO" in note for note in found.notes)
    assert found.weights[0]["weights"][2, 1, 0, 2] == np.float32(kernel[0, 2, 1, 2])
    # channel 3, row 2, column 7 of the image: input 3 * 120 + 2 * 12 + 7
    where = (2 * 12 + 7) * 4 + 3
    assert found.weights[1]["weights"][4, 3 * 120 + 2 * 12 + 7] == np.float32(dense[where, 4])


@pytest.mark.parametrize("kind", ["float64", "float32", "float16", "bfloat16"])
def test_safetensors(tmp_path: Path, kind: str) -> None:
    """Names come sorted there (10 before 2): the numbers in them say the order."""
    torch = pytest.importorskip("torch")
    save = pytest.importorskip("safetensors.torch").save_file
    torch.manual_seed(2)
    filters = [3, *[4] * 11]
    tensors = {}
    for number, (before, after) in enumerate(zip(filters, [4] * 12, strict=True)):
        kernel = torch.randn(after, before, 3, 3).to(getattr(torch, kind))
        tensors[f"features.{number}.weight"] = kernel
    tensors["steps"] = torch.tensor(7)
    save(tensors, tmp_path / "a.safetensors")
    found = import_weights(tmp_path / "a.safetensors", cfg(NET + CONV.format(4) * 12))
    for number, node in enumerate(found.network.nodes):
        expected = tensors[f"features.{number}.weight"].float().numpy()
        np.testing.assert_array_equal(found.weights[node.index]["weights"], expected)
    assert any("steps" in note for note in found.notes)


@st.composite
def shapes(draw: st.DrawFn) -> list[tuple[int, int, bool]]:
    """Layers: filters, size, batch normalization."""
    layer = st.tuples(st.integers(1, 4), st.sampled_from([1, 5]), st.booleans())  # none square
    return draw(st.lists(layer, min_size=1, max_size=6))


def built(layers: list[tuple[int, int, bool]]) -> Network:
    return network(
        NET
        + "".join(
            f"[convolutional]\nfilters={filters}\nsize={size}\npad=1\nbatch_normalize={int(normed)}\n"
            for filters, size, normed in layers
        )
    )


@settings(max_examples=40, deadline=None)
@given(layers=shapes(), seed=st.integers(0, 9), style=st.sampled_from(["own", "plain", "arr"]))
def test_what_is_saved_in_order_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    layers: list[tuple[int, int, bool]],
    seed: int,
    style: str,
) -> None:
    """Any stack of layers, under our names, others' names, and none."""
    if style == "arr":
        layers = [(filters, size, False) for filters, size, _ in layers]
    net = built(layers)
    weights, path = random_weights(net, seed), tmp_path_factory.mktemp("npz") / "a.npz"
    if style == "arr":
        np.savez(path, *[a for own in weights.arrays for a in (own["weights"], own["biases"])])
    else:
        form = "layer{}_{}" if style == "own" else "conv{}/{}"
        arrays = {
            form.format(index, name): array
            for index, own in enumerate(weights.arrays)
            for name, array in own.items()
        }
        np.savez(path, **arrays)
    same(import_weights(path, net.cfg).weights, weights)


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(5)))
def test_other_orders_are_found_where_shapes_say_all(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    net = built([(2, 1, False), (3, 3, True), (4, 1, False), (5, 3, True), (6, 1, False)])
    weights = random_weights(net, 1)
    arrays = {
        f"part{'abcde'[index]}.{name}": array
        for index in order
        for name, array in weights[index].items()
    }
    path = tmp_path_factory.mktemp("npz") / "a.npz"
    np.savez(path, **arrays)
    same(import_weights(path, net.cfg).weights, weights)


class Harmful:
    """What a pickle can do when it is loaded."""

    def __reduce__(self) -> tuple[object, ...]:
        return (Path("harmed").write_text, ("x",))


def test_pickles_are_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    np.savez("a.npz", **{"conv.weight": np.array([Harmful()], object)})
    torch.save({"conv.weight": Harmful()}, "b.pt")
    torch.save(torch.nn.Linear(3, 2), "c.pt")
    Path("d.pth").write_bytes(pickle.dumps({"conv.weight": Harmful()}, 2))
    for name in ("a.npz", "b.pt", "c.pt", "d.pth"):
        with pytest.raises(WeightsError, match="Python objects, which are never run here"):
            import_weights(name, cfg(TORCH_CFG))
    assert not Path("harmed").exists()


def test_a_pickle_that_asks_for_memory_is_refused_before_it_gets_any(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save({"conv.weight": bytearray(b"x")}, tmp_path / "a.pt")
    with pytest.raises(WeightsError, match="Python objects, which are never run here"):
        import_weights(tmp_path / "a.pt", cfg(TORCH_CFG))
    old = {"conv.weight": bytearray(b"x")}
    torch.save(old, tmp_path / "b.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(WeightsError, match="Python objects, which are never run here"):
        import_weights(tmp_path / "b.pt", cfg(TORCH_CFG))
