"""Export: every section and every shipped cfg in every form, run by others, compared with numpy."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

import darknet
from conftest import ROOT, network, random_weights
from darknet.cfg import Cfg
from darknet.engines import Settings, open_engine
from darknet.errors import EngineError, InputError, WeightsError
from darknet.export import export
from darknet.network import Network
from darknet.preprocess import METHODS
from darknet.weights import Header, Weights
from small_net import SMALL, small
from test_engines import CASES, NET

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")
ov = pytest.importorskip("openvino")
safetensors = pytest.importorskip("safetensors")

TEXTS = [
    text if "[net]" in text else NET + text
    for texts in CASES.values()
    for text in texts
    if "TREE" not in text  # which is a file
]
FOLDED = [(text, fold) for text in TEXTS for fold in (True, False) if fold or "normalize" in text]


def oracle(net: Network, weights: Weights, batch: np.ndarray) -> np.ndarray:
    return open_engine("reference", net, weights, len(batch), Settings()).run(batch)[0]


def pixels(net: Network, count: int) -> np.ndarray:
    shape = net.input
    sides = (count, shape.channels, shape.height, shape.width)
    return np.random.default_rng(11).random(sides, np.float32)


def run_onnx(path: Path, batch: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {"image": batch})[0]


def run_openvino(path: Path, batch: np.ndarray) -> np.ndarray:
    model = ov.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.array(model([batch])[0])


RUN = {".onnx": run_onnx, ".xml": run_openvino}


@pytest.mark.parametrize("kind", [".onnx", ".xml"])
@pytest.mark.parametrize(("text", "fold"), FOLDED)
def test_every_section_is_exported(text: str, kind: str, fold: bool, tmp_path: Path) -> None:
    net = network(text)
    weights = random_weights(net)
    done = export(net, weights, tmp_path / f"net{kind}", batch="free", fold=fold)
    assert done.parity is not None
    assert done.parity.relative <= 2e-5
    batch = pixels(net, 3)
    found, wanted = RUN[kind](tmp_path / f"net{kind}", batch), oracle(net, weights, batch)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=2e-5 * np.abs(wanted).max())


def shipped() -> list[object]:
    """The shipped cfgs and the forms tried: the large ones are slow, in ONNX above all."""
    found: list[object] = []
    for path in sorted((ROOT / "cfg").glob("*.cfg")):
        size = Network.build(Cfg.read(path)).weights_bytes
        kinds = [".xml", ".onnx", ".safetensors"][: 3 if size < 3e7 else 2 if size < 1e8 else 1]
        marks = [] if size < 3e7 else [pytest.mark.slow]
        found += [pytest.param(path, kind, marks=marks, id=path.stem + kind) for kind in kinds]
    return found


@pytest.mark.parametrize(("path", "kind"), shipped())
def test_every_shipped_cfg_is_exported(path: Path, kind: str, tmp_path: Path) -> None:
    net = Network.build(Cfg.read(path))
    done = export(net, random_weights(net), tmp_path / f"net{kind}")
    assert done.identical == (kind == ".safetensors")
    assert done.parity is None or 0 < done.parity.relative <= 2e-5  # 0: nothing was compared


def test_an_onnx_file_says_what_it_is(tmp_path: Path) -> None:
    net, weights = small()
    names = ["ant", 'the "bee" <&>', "c", "d", "e"]
    path = tmp_path / "net.onnx"
    done = export(net, weights, path, names=names, producer=("darknet-python", "9.9"))
    model = onnx.load(path)
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert facts["cfg"] == "test.cfg"
    assert facts["fork"] == "pjreddie"
    assert facts["input"] == "RGB, 0..1, NCHW"
    assert facts["preprocess"].startswith("crop: ")
    assert json.loads(facts["names"]) == names
    assert (model.producer_name, model.producer_version) == ("darknet-python", "9.9")
    assert model.opset_import[0].version == done.opset == 17
    sides = model.graph.input[0].type.tensor_type.shape.dim
    assert sides[0].dim_param == "batch"
    assert [side.dim_value for side in sides[1:]] == [3, 6, 8]
    assert done.bytes == path.stat().st_size


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"whole"}))
def test_a_file_says_how_photographs_are_brought_to_size(method: str, tmp_path: Path) -> None:
    net, weights = small()
    export(net, weights, tmp_path / "net.onnx", preprocess=method, check=False)
    facts = {entry.key: entry.value for entry in onnx.load(tmp_path / "net.onnx").metadata_props}
    assert facts["preprocess"].startswith(f"{method}: ")


def test_an_ir_says_what_it_is(tmp_path: Path) -> None:
    net, weights = small()
    names = ["ant", "the \"bee\" <&> 'x'", "c\u00e9", "d", "e"]
    done = export(net, weights, tmp_path / "net.xml", names=names, preprocess="letterbox")
    model = ov.Core().read_model(tmp_path / "net.xml")
    assert json.loads(model.get_rt_info(["darknet", "names"]).astype(str)) == names
    assert model.get_rt_info(["darknet", "preprocess"]).astype(str).startswith("letterbox")
    assert model.input("image").partial_shape == ov.PartialShape([1, 3, 6, 8])
    assert model.output("output").partial_shape == ov.PartialShape([1, 5, 1, 1])
    assert [Path(file).name for file in done.files] == ["net.xml", "net.bin"]
    assert done.bytes == sum(Path(file).stat().st_size for file in done.files)


def test_safetensors_have_every_bit(tmp_path: Path) -> None:
    net = network(SMALL)
    arrays = random_weights(net).arrays
    arrays[0]["biases"][:2] = np.nan, -0.0
    weights = Weights(Header(seen=2**40), arrays)
    done = export(net, weights, tmp_path / "net.safetensors")
    assert (done.identical, done.parity, done.batch, done.folded) == (True, None, None, False)
    with safetensors.safe_open(tmp_path / "net.safetensors", "numpy") as opened:
        facts = opened.metadata()
        for node in net.nodes:
            for spec in node.weights:
                found = opened.get_tensor(f"layer{node.index}.{spec.name}")
                assert found.tobytes() == weights[node.index][spec.name].tobytes()
        assert len(opened.keys()) == sum(len(node.weights) for node in net.nodes)
    assert facts["cfg_text"] == SMALL
    assert (facts["weights_version"], facts["seen"]) == ("0.2.0", str(2**40))


@pytest.mark.parametrize("kind", [".onnx", ".xml"])
def test_a_batch_is_a_number_or_free(kind: str, tmp_path: Path) -> None:
    net, weights = small()
    done = export(net, weights, tmp_path / f"net{kind}", batch=3)
    batch = pixels(net, 3)
    found = RUN[kind](tmp_path / f"net{kind}", batch)
    np.testing.assert_allclose(found, oracle(net, weights, batch), rtol=1e-5)
    assert done.batch == 3
    with pytest.raises(Exception, match=r"(?i)dimension|shape"):
        RUN[kind](tmp_path / f"net{kind}", batch[:2])


@pytest.mark.parametrize("kind", [".onnx", ".xml"])
def test_half_is_half_as_large_and_nearly_the_same(kind: str, tmp_path: Path) -> None:
    net = network(SMALL.replace("filters=4", "filters=400"))
    weights = random_weights(net)
    full, half = (export(net, weights, tmp_path / f"{h}{kind}", half=h) for h in (False, True))
    filters = 4 * (400 * 27 + 5 * 400)
    assert filters / 2.2 < full.bytes - half.bytes <= filters / 1.8
    assert half.parity is not None
    assert full.parity is not None
    assert full.parity.relative < 1e-5 < half.parity.relative < 1e-2


def test_half_keeps_what_half_precision_cannot(tmp_path: Path) -> None:
    net = network("[net]\nwidth=2\nheight=2\nchannels=1\n[conv]\nactivation=linear\n")
    weights = random_weights(net)
    weights.arrays[0]["weights"][:] = 1e6
    for kind in (".onnx", ".xml"):
        done = export(net, weights, tmp_path / f"net{kind}", half=True)
        assert done.parity is not None
        assert done.parity.relative < 1e-6


def test_two_exports_are_the_same_bytes(tmp_path: Path) -> None:
    net, weights = small()
    for kind in (".onnx", ".xml"):  # safetensors writes its header in an order of chance
        one, two = (export(net, weights, tmp_path / f"{n}{kind}").files for n in "ab")
        for first, second in zip(one, two, strict=True):
            assert Path(first).read_bytes() == Path(second).read_bytes(), kind


def test_what_goes_into_a_saturated_softmax_is_compared(tmp_path: Path) -> None:
    net, weights = small()
    weights.arrays[1]["biases"][2] = 500
    for kind in (".onnx", ".xml"):
        done = export(net, weights, tmp_path / f"net{kind}")
        assert done.parity is not None
        assert done.parity.saturated
        assert done.parity.layer == 2  # the avgpool, not the softmax
        assert "softmax gives one class everything" in str(done)
        assert os.listdir(tmp_path).count(f"net{kind}") == 1
    assert sorted(os.listdir(tmp_path)) == ["net.bin", "net.onnx", "net.xml"]


# what is refused, and what is left then


def test_a_wrong_answer_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folding with the other fork's epsilon, and a tiny variance: the graph is not the network."""
    net = network(SMALL, fork="pjreddie")
    weights = random_weights(net)
    weights.arrays[0]["rolling_variance"][:] = 1e-8
    (tmp_path / "net.xml").write_text("old")
    (tmp_path / "net.bin").write_text("old")
    monkeypatch.setattr("darknet.fold.EPSILON", {"pjreddie": 1e-4, "alexeyab": 1e-4})
    for kind in (".onnx", ".xml"):
        with pytest.raises(EngineError, match=r"differ by .* nothing is written"):
            export(net, weights, tmp_path / f"net{kind}")
    assert sorted(os.listdir(tmp_path)) == ["net.bin", "net.xml"]
    assert (tmp_path / "net.xml").read_text() == (tmp_path / "net.bin").read_text() == "old"
    export(net, weights, tmp_path / "net.onnx", check=False)  # not compared: written


def test_damaged_weights_are_told(tmp_path: Path) -> None:
    net, weights = small()
    weights.arrays[0]["weights"][0, 0, 0, 0] = np.nan
    with pytest.raises(WeightsError, match=r"layer 3 \[softmax\]: answers NaN"):
        export(net, weights, tmp_path / "net.onnx")
    assert os.listdir(tmp_path) == []


def test_too_much_to_compare_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net, weights = small()
    monkeypatch.setattr("darknet.parity.MAX_FLOPS", net.flops - 1)
    with pytest.raises(EngineError, match="--no-check"):
        export(net, weights, tmp_path / "net.onnx")


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    export(*small(), tmp_path / "net.safetensors")
    assert (tmp_path / "net.safetensors").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_an_onnx_file_ends_at_two_gibibytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, weights = small()
    monkeypatch.setattr("darknet.formats.MAX_ONNX_BYTES", 500)
    with pytest.raises(InputError, match=r"2 GiB: use \.xml"):
        export(net, weights, tmp_path / "net.onnx")
    export(net, weights, tmp_path / "net.onnx", half=True)


@pytest.mark.parametrize("library", ["onnx", "onnxruntime", "safetensors.numpy"])
def test_a_library_that_is_missing_is_named(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, weights = small()
    monkeypatch.setitem(__import__("sys").modules, library, None)
    kind = ".safetensors" if library.startswith("safe") else ".onnx"
    with pytest.raises(EngineError, match="pip install 'darknet-python"):
        export(net, weights, tmp_path / f"net{kind}")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("net.onx", {}, 'did you mean ".onnx"'),
        ("net", {}, "ends in .onnx, .xml, .safetensors"),
        ("no/net.onnx", {}, "no folder"),
        ("net.onnx", {"batch": 0}, "batch=0"),
        ("net.onnx", {"batch": "all"}, "batch=all"),
        ("net.onnx", {"batch": True}, "batch=True"),
        ("net.safetensors", {"batch": 1}, "batch: a .safetensors"),
        ("net.safetensors", {"fold": True}, "fold: a .safetensors"),
        ("net.safetensors", {"half": True}, "half: a .safetensors"),
        ("lone.xml", {}, "belongs to no earlier export"),
        ("in.xml", {}, "is read here"),
    ],
)
def test_bad_requests(name: str, options: dict[str, object], said: str, tmp_path: Path) -> None:
    net, weights = small()
    (tmp_path / "lone.bin").write_bytes(b"mine")
    (tmp_path / "in.bin").write_bytes(b"mine")
    (tmp_path / "in.xml").write_bytes(b"mine")
    with pytest.raises(InputError) as raised:
        export(net, weights, tmp_path / name, inputs=[tmp_path / "in.bin"], **options)
    assert said in str(raised.value)
    assert sorted(os.listdir(tmp_path)) == ["in.bin", "in.xml", "lone.bin"]


def test_tiny_darknet(shared: Path, tmp_path: Path) -> None:
    weights = shared / "data/weights/tiny/tiny.weights"
    with darknet.load(ROOT / "cfg" / "tiny.cfg", weights) as net:
        for kind in (".onnx", ".xml", ".safetensors"):
            done = net.export(tmp_path / f"tiny{kind}")
            if done.parity is not None:
                assert done.parity.relative < 1e-5
                assert not done.parity.saturated
