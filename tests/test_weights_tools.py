"""The weight tools on the command line: C's argument order, lines, JSON, files that are kept."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from conftest import ROOT, network, random_weights
from darknet import zoo
from darknet.cfg import Cfg
from darknet.cli import main
from darknet.network import Network
from darknet.runner import Runner
from darknet.weights import Header, Weights
from darknet.zoo.cache import Cache

TEXT = (
    "[net]\nwidth=6\nheight=6\nchannels=3\n"
    "[conv]\nfilters=2\nsize=3\nbatch_normalize=1\nactivation=leaky\n"
    "[maxpool]\nsize=2\nstride=2\n[connected]\noutput=4\nactivation=linear\n"
)
SCHEMAS = ROOT / "docs" / "schemas"


def schema(name: str) -> dict[str, object]:
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text())  # type: ignore[no-any-return]


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    """A network, and a folder with its net.cfg, a.weights and b.weights, to work in."""
    monkeypatch.chdir(tmp_path)
    found = network(TEXT)
    Path("net.cfg").write_text(TEXT)
    for seed, name in enumerate("ab", 1):
        Weights(Header(seen=seed * 100), random_weights(found, seed).arrays).save(
            f"{name}.weights", found
        )
    return found


def answer(net: Network, path: str, x: np.ndarray) -> np.ndarray:
    return Runner(net, Weights.read(path, net)).run(x)[0]


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).random((1, 3, 6, 6), np.float32)


def test_ops_prints_cs_two_lines(net: Network, capsys: pytest.CaptureFixture[str]) -> None:
    by_hand = 2 * 27 * (2 * 4 * 4) + 2 * 8 * 4  # every tap of every output, then connected
    assert main(["ops", "net.cfg", "-nogpu"]) == 0
    number, billions = capsys.readouterr().out.splitlines()
    assert number == f"Floating Point Operations: {by_hand}"
    assert billions == "Floating Point Operations: 0.00 Bn"
    assert main(["ops", "net.cfg", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema("ops"))
    assert document["flops"] == by_hand
    assert main(["ops", str(ROOT / "cfg" / "tiny.cfg")]) == 0
    assert capsys.readouterr().out.endswith(": 0.98 Bn\n")  # as published


def test_print_writes_a_filter_a_line(net: Network, capsys: pytest.CaptureFixture[str]) -> None:
    weights = Weights.read("a.weights", net)
    assert main(["print", "net.cfg", "a.weights", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [len(line.split()) for line in lines] == [27, 27]
    wanted = weights[0]["weights"][1].ravel()
    np.testing.assert_allclose(np.float32(lines[1].split()), wanted, rtol=1e-5)
    assert lines[0].startswith(f"{float(weights[0]['weights'][0, 0, 0, 0]):g} ")
    assert main(["print", "net.cfg", "a.weights", "2", "--array", "biases", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema("print"))
    assert np.float32(document["rows"]).tolist() == [weights[2]["biases"].tolist()]


def test_print_has_null_for_what_json_lacks(
    net: Network, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = Weights.read("a.weights", net)
    biases = np.float32([np.nan, np.inf, -np.inf, 1])
    arrays = (*weights.arrays[:2], {**weights[2], "biases": biases})
    Weights(Header(), arrays).save("odd.weights", net)
    words = ["net.cfg", "odd.weights", "2", "--array", "biases"]
    assert main(["print", *words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == [[None, None, None, 1]]
    assert main(["print", *words]) == 0
    assert capsys.readouterr().out == "nan inf -inf 1 \n"


def test_partial_is_read_again_with_cutoff(net: Network) -> None:
    assert main(["partial", "net.cfg", "a.weights", "part.weights", "1"]) == 0
    part = Weights.read("part.weights", net, cutoff=1)
    whole = Weights.read("a.weights", net)
    np.testing.assert_array_equal(part[0]["weights"], whole[0]["weights"])
    assert (part.header.seen, whole.header.seen) == (0, 100)
    assert os.path.getsize("part.weights") == 20 + 4 * net.nodes[0].parameters


def test_rescale_and_rgbgr(net: Network, x: np.ndarray, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rescale", "net.cfg", "a.weights", "r.weights"]) == 0
    assert not capsys.readouterr().err  # nothing around the image
    wanted = answer(net, "a.weights", 2 * x - 1)
    np.testing.assert_allclose(answer(net, "r.weights", x), wanted, rtol=1e-4, atol=1e-5)
    assert main(["rgbgr", "net.cfg", "a.weights", "bgr.weights"]) == 0
    wanted = answer(net, "a.weights", x[:, ::-1].copy())
    np.testing.assert_allclose(answer(net, "bgr.weights", x), wanted, rtol=1e-4, atol=1e-5)


def test_rescale_tells_of_the_border(net: Network, capsys: pytest.CaptureFixture[str]) -> None:
    Path("pad.cfg").write_text("[net]\nwidth=8\nheight=8\nchannels=3\n[conv]\nsize=5\npad=1\n")
    padded = Network.build(Cfg.read("pad.cfg"))
    random_weights(padded).save("pad.weights", padded)
    assert main(["rescale", "pad.cfg", "pad.weights", "p.weights"]) == 0
    assert "near the border: the zeros around the image (2 on each side)" in capsys.readouterr().err


@pytest.mark.parametrize("fork", ["pjreddie", "alexeyab"])
def test_denormalize_normalize_and_reset(net: Network, x: np.ndarray, fork: str) -> None:
    net = network(TEXT, fork=fork)
    wanted = answer(net, "a.weights", x)
    assert main(["reset", "net.cfg", "a.weights", "0.weights", "--fork", fork]) == 0
    assert main(["denormalize", "net.cfg", "a.weights", "1.weights", "--fork", fork]) == 0
    assert main(["normalize", "1.cfg", "1.weights", "2.weights", "--fork", fork]) == 0
    nets = [Network.build(Cfg.read(f), fork=fork) for f in ("net.cfg", "1.cfg", "2.cfg")]
    for number, built in enumerate(nets):
        found = answer(built, f"{number}.weights", x)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max())
    assert [b.nodes[0].layer.batch_normalize for b in nets] == [True, False, True]
    assert [b.nodes[2].layer.batch_normalize for b in nets] == [False, False, True]
    assert Weights.read("2.weights", nets[2]).header.seen == 100


def test_average(net: Network) -> None:
    assert main(["average", "net.cfg", "mean.weights", "a.weights", "b.weights"]) == 0
    a, b, mean = (Weights.read(f"{name}.weights", net) for name in ("a", "b", "mean"))
    for layer in (0, 2):
        for name, array in mean[layer].items():
            np.testing.assert_allclose(array, (a[layer][name] + b[layer][name]) / 2, atol=1e-6)
    assert mean.header.seen == 200


def test_statistics(net: Network, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["statistics", "net.cfg", "a.weights"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 5 + 2
    assert lines[1].split()[:4] == ["0", "convolutional", "biases", "2"]
    assert main(["statistics", "net.cfg", "a.weights", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema("statistics"))
    kernel = Weights.read("a.weights", net)[0]["weights"]
    found = next(a for a in document["arrays"] if a["array"] == "weights")
    assert found["mean"] == pytest.approx(float(kernel.mean()), abs=1e-6)
    assert document["seen"] == 100


WRITERS = {
    "partial": ["partial", "net.cfg", "a.weights", "OUT", "2"],
    "rescale": ["rescale", "net.cfg", "a.weights", "OUT"],
    "rgbgr": ["rgbgr", "net.cfg", "a.weights", "OUT"],
    "reset": ["reset", "net.cfg", "a.weights", "OUT"],
    "denormalize": ["denormalize", "net.cfg", "a.weights", "OUT", "--cfg-out", "new.cfg"],
    "normalize": ["normalize", "net.cfg", "a.weights", "OUT", "--cfg-out", "new.cfg"],
    "average": ["average", "net.cfg", "OUT", "b.weights", "a.weights"],
}


@pytest.mark.parametrize("verb", WRITERS)
def test_an_input_is_kept_unless_force_says_otherwise(
    net: Network, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    os.symlink("a.weights", "link")
    before = {name: Path(name).read_bytes() for name in ("net.cfg", "a.weights", "b.weights")}
    for out in ("a.weights", "./net.cfg", "link"):
        words = [word if word != "OUT" else out for word in WRITERS[verb]]
        assert main(words) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert "is read here, and is not overwritten: choose another name" in error
    assert {name: Path(name).read_bytes() for name in before} == before
    assert sorted(os.listdir()) == ["a.weights", "b.weights", "link", "net.cfg"]
    words = [word if word != "OUT" else "a.weights" for word in WRITERS[verb]]
    assert main([*words, "--force"]) == 0
    assert Path("a.weights").read_bytes() != before["a.weights"]


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Network]:
    """A model's weights in the cache, made at random, and its network; a folder to work in."""
    monkeypatch.chdir(tmp_path)
    model = zoo.named("cifar")
    net = model.network()
    random_weights(net).save("made", net)
    Cache.default().add(model.file, Path("made"), model.check)
    Path("made").unlink()
    return Cache.default().path(model.file.name), net


@pytest.mark.parametrize("words", ["rgbgr cifar cifar OUT", "average cifar OUT cifar cifar"])
def test_a_models_own_file_is_an_input_too(
    cached: tuple[Path, Network], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file, net = cached
    before = file.read_bytes()
    os.link(file, "hard")
    for out in (str(file), "hard"):
        assert main(words.replace("OUT", out).split()) == 2
        assert "is read here" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert main(words.replace("OUT", "new.weights").split()) == 0
    Weights.read("new.weights", net)


def test_a_models_own_cfg_is_an_input_too(
    cached: tuple[Path, Network], capsys: pytest.CaptureFixture[str]
) -> None:
    cfg = zoo.named("cifar").cfg
    before = cfg.read_bytes()
    words = ["denormalize", "cifar", "cifar", "new.weights", "--cfg-out", str(cfg)]
    assert main(words) == 2
    assert "is read here" in capsys.readouterr().err
    assert cfg.read_bytes() == before


@pytest.mark.parametrize("verb", WRITERS)
def test_a_device_is_written_to(
    net: Network, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(os.listdir())
    words = [word if word != "OUT" else os.devnull for word in WRITERS[verb]]
    words = words[: words.index("--cfg-out")] if "--cfg-out" in words else words
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    layers = 20 + 4 * sum(node.parameters for node in net.nodes[:2])
    sizes = {"partial": layers, "denormalize": net.weights_bytes - 3 * 2 * 4}
    sizes["normalize"] = net.weights_bytes + 3 * 4 * 4
    assert document["bytes"] == sizes.get(verb, net.weights_bytes)
    assert sorted(os.listdir()) == before
    assert not os.path.lexists(f"{os.devnull}.cfg")


def test_one_layer_is_not_layers(net: Network, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rgbgr", "net.cfg", "a.weights", "out.weights"]) == 0
    assert capsys.readouterr().out.endswith(" bytes, 1 layer changed\n")
    assert main(["partial", "net.cfg", "a.weights", "out.weights", "2"]) == 0
    assert capsys.readouterr().out.endswith(" bytes, 2 layers kept\n")


@pytest.mark.parametrize("verb", WRITERS)
def test_json_of_what_was_written(
    net: Network, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word if word != "OUT" else "out.weights" for word in WRITERS[verb]]
    assert main([*words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema("weights-tools"))
    assert document["command"] == verb
    assert document["bytes"] == os.path.getsize("out.weights")
    assert document["cfg_out"] == ("new.cfg" if verb.endswith("normalize") else None)
    layers = {"partial": [0, 1], "average": [0, 2], "normalize": [2]}
    assert document["layers"] == layers.get(verb, [0])


def test_a_cfg_that_nobody_named_is_kept(net: Network, capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.cfg").write_text("mine")
    assert main(["denormalize", "net.cfg", "a.weights", "new.weights"]) == 2
    assert "new.cfg: exists, and was not named" in capsys.readouterr().err
    assert Path("new.cfg").read_text() == "mine"
    assert not Path("new.weights").exists()
    assert main(["denormalize", "net.cfg", "a.weights", "new.weights", "--force"]) == 0
    assert "batch_normalize=0" in Path("new.cfg").read_text()
    assert main(["denormalize", "net.cfg", "a.weights", "x", "--cfg-out", "x", "--force"]) == 2
    assert "x: is OUT: --cfg-out says where the cfg goes" in capsys.readouterr().err
    assert not Path("x").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["print", "net.cfg", "a.weights", "3"], "layer 3: expected 0 to 2"),
        (["print", "net.cfg", "a.weights", "1"], "net.cfg:10: layer 1 [maxpool]: has no array"),
        (["print", "net.cfg", "a.weights", "one"], "one"),
        (["partial", "net.cfg", "a.weights", "o", "4"], "expected 1 to 3"),
        (["partial", "net.cfg", "a.weights", "o", "0"], "expected 1 to 3"),
        (["rescale", "net.cfg", "net.cfg", "o"], "swapped"),
        (["rgbgr", "none.cfg", "a.weights", "o"], "none.cfg"),
        (["reset", "net.cfg", "a.weights", "no/o"], "no/o"),
        (["denormalize", "net.cfg", "a.weights", "no/o"], "no/o"),
        (["average", "net.cfg", "o"], "WEIGHTS"),
        (["average", "net.cfg", "o", "a.weights", "none.weights"], "none.weights"),
        (["oneoff", "net.cfg", "a.weights", "o"], "darknet partial"),
        (["oneoff"], "darknet partial"),
        (["statistics", "net.cfg"], "WEIGHTS"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(
    net: Network, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(os.listdir())
    assert main(words) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.startswith("darknet: ")
    assert out.err.count("\n") == 1
    assert said in out.err
    assert sorted(os.listdir()) == before


def test_tiny_darknet_without_normalization(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cfg, weights = ROOT / "cfg/tiny.cfg", shared / "data/weights/tiny/tiny.weights"
    out = tmp_path / "plain.weights"
    assert main(["denormalize", str(cfg), str(weights), str(out)]) == 0
    photograph = shared / "data/images/dog.jpg"
    said = []
    for words in ((cfg, weights), (tmp_path / "plain.cfg", out)):
        capsys.readouterr()
        assert main(["classify", *map(str, words), str(photograph), "--names", "imagenet"]) == 0
        said.append(capsys.readouterr().out.splitlines()[1:])
    for one, two in zip(*said, strict=True):
        (name, p), (other, q) = one.split(": "), two.split(": ")
        assert name == other
        assert abs(float(p) - float(q)) < 3e-6
