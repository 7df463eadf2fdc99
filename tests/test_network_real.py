"""Real networks: shapes, parameters and cost as C has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import ROOT
from darknet.cfg import Cfg
from darknet.errors import UnsupportedError
from darknet.layers import NOT_YET, Shape
from darknet.network import Network
from wiring import GOLDEN, load, shapes


def golden_lines(shared: Path, name: str, first: str) -> list[dict[str, str]]:
    """The lines of a golden network that begin with `first`, by their keys; 1 and 2 are words."""
    text = (shared / "golden" / f"{name}.txt").read_text()
    rows = [line.split() for line in text.splitlines() if line.startswith(f"{first} ")]
    return [
        {"index": row[1], "kind": row[2]} | dict(word.split("=") for word in row if "=" in word)
        for row in rows
    ]


def floats(line: dict[str, str]) -> int:
    """Floats in the weights file of a golden network's W line."""
    biases, normalized, weights = (int(line[key]) for key in ("b", "bn", "w"))
    return 3 * biases if line["kind"] == "bnorm" else biases * (1 + 3 * normalized) + weights


@pytest.mark.parametrize("name", GOLDEN)
def test_shapes_are_those_of_c(shared, name):
    net = load(shared / "data" / "cfg" / f"{name}.cfg")
    lines = golden_lines(shared, Path(name).name, "L")
    assert len(lines) == len(net.nodes)
    for node, line in zip(net.nodes, lines, strict=True):
        assert node.output.size == int(line["outputs"]), node.index
        shape = node.output
        if line["out"] != "0x0x0":
            assert f"{shape.channels}x{shape.height}x{shape.width}" == line["out"], node.index


@pytest.mark.parametrize("name", GOLDEN)
def test_parameters_of_each_layer_are_those_of_c(shared, name):
    net = load(shared / "data" / "cfg" / f"{name}.cfg")
    expected = dict.fromkeys(range(len(net.nodes)), 0)
    for line in golden_lines(shared, Path(name).name, "W"):
        expected[int(line["index"])] += floats(line)
    assert {node.index: node.parameters for node in net.nodes} == expected


def test_the_layers_before_a_head_have_cs_shapes_and_parameters_too(shared):
    for name in ("yolov3-tiny", "yolov1-tiny", "yolov2-tiny-voc"):
        cfg = Cfg.read(shared / "data" / "cfg" / "pjreddie" / f"{name}.cfg")
        end = next(i for i, s in enumerate(cfg.sections) if s.name in NOT_YET)
        net = Network.build(Cfg(cfg.label, cfg.lines, cfg.sections[:end]))
        lines = golden_lines(shared, name, "L")[: end - 1]
        assert [shape.size for shape in shapes(net)] == [int(line["outputs"]) for line in lines]
        weights = [w for w in golden_lines(shared, name, "W") if int(w["index"]) < end - 1]
        assert net.parameters == sum(map(floats, weights))


def test_every_real_cfg_is_built_or_says_which_section_is_missing(shared):
    paths = sorted((shared / "data" / "cfg").glob("*/*.cfg"))
    assert len(paths) > 100
    built = 0
    for path in paths:
        cfg = Cfg.read(path)
        missing = [(i, s) for i, s in enumerate(cfg.sections, -1) if s.name in NOT_YET]
        if missing:
            index, section = missing[0]
            with pytest.raises(UnsupportedError) as caught:
                Network.build(cfg)
            where = f"{path}:{section.line}: layer {index} [{section.name}]: "
            assert str(caught.value).startswith(where + NOT_YET[section.name])
        else:
            net = Network.build(cfg)
            built += 1
            assert all(min(s.channels, s.height, s.width) > 0 for s in shapes(net)), path
            assert all("given twice" in warning for warning in net.warnings), path
    assert built >= 50


@pytest.mark.parametrize(
    ("name", "parameters", "bflops"),
    [
        ("tiny", 1_046_488, "0.98"),
        ("alexnet", 62_378_344, "2.27"),
        ("darknet", 7_323_480, "0.96"),
        ("vgg-16", 138_357_544, "30.94"),
        ("extraction", 23_455_400, "8.52"),
        ("darknet19", 20_856_776, "7.29"),
        ("darknet19_448", 20_856_776, "22.33"),
        ("resnet18", 11_523_496, "4.69"),
        ("resnet34", 21_639_080, "9.52"),
        ("resnet50", 22_825_896, "9.74"),
        ("resnet101", 41_870_248, "19.70"),
        ("resnet152", 57_559_976, "29.39"),
        ("resnext50", 22_312_872, "10.11"),
        ("densenet201", 17_206_440, "10.85"),
        ("darknet53", 41_645_640, "18.57"),
        ("darknet53_448", 41_645_640, "56.87"),
        ("go.test", 7_093_761, "5.11"),
    ],
)
def test_parameters_and_operations_are_the_published_ones(shared, name, parameters, bflops):
    net = load(shared / "data" / "cfg" / "pjreddie" / f"{name}.cfg")
    assert net.parameters == parameters
    assert f"{net.flops / 1e9:.2f}" == bflops


@pytest.mark.parametrize(("name", "mebibytes"), [("alexnet", 238), ("darknet", 28), ("tiny", 4)])
def test_the_weights_file_has_the_published_size(shared, name, mebibytes):
    net = load(shared / "data" / "cfg" / "pjreddie" / f"{name}.cfg")
    assert round(net.weights_bytes / 2**20) == mebibytes


def test_the_weights_file_has_the_size_of_the_real_one(shared):
    path = shared / "data" / "weights" / "tiny" / "tiny.weights"
    assert path.stat().st_size - load(ROOT / "cfg" / "tiny.cfg").weights_bytes in (0, -4)


@pytest.mark.parametrize("name", ["tiny", "go.test"])
def test_a_shipped_cfg_is_cs_network(shared, name):
    ours = load(ROOT / "cfg" / f"{name}.cfg")
    theirs = load(shared / "data" / "cfg" / "pjreddie" / f"{name}.cfg")
    assert shapes(ours) == shapes(theirs)
    assert [node.weights for node in ours.nodes] == [node.weights for node in theirs.nodes]
    assert ours.flops == theirs.flops
    for mine, other in zip(ours.nodes, theirs.nodes, strict=True):
        for key in ("activation", "batch_normalize", "size", "strides", "border", "stride"):
            assert getattr(mine.layer, key, None) == getattr(other.layer, key, None)


def test_tiny_darknet_ships_with_its_known_totals():
    net = load(ROOT / "cfg" / "tiny.cfg")
    assert (net.parameters, net.flops) == (1_046_488, 983_048_192)
    assert net.input == Shape(3, 224, 224)
    assert [node.output for node in net.outputs] == [Shape(1000)]
    assert net.resizable
    assert net.fork == "pjreddie"
    assert net.warnings == ()


def test_darkgo_ships_with_its_known_totals():
    net = load(ROOT / "cfg" / "go.test.cfg")
    assert net.parameters == 7_093_761
    assert round(net.flops / 1e9, 2) == 5.11
    assert net.input == Shape(1, 19, 19)
    assert [node.output for node in net.outputs] == [Shape(362)]
    assert not net.resizable


def test_the_comment_in_darkgos_cfg_has_its_totals():
    net = load(ROOT / "cfg" / "go.test.cfg")
    text = net.cfg.to_bytes().decode()
    assert f"{net.parameters:,} parameters" in text
    assert f"{net.flops / 1e9:.3f} BFLOPs" in text
