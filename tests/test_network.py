"""network: shapes, parameters and cost of real networks, and sections that do not fit together."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT, network
from darknet.cfg import Cfg
from darknet.errors import CfgError, NetworkError, UnsupportedError
from darknet.layers import NOT_YET, Maxpool, Shape, sections
from darknet.layers.activations import ACTIVATIONS
from darknet.network import Network, walk
from darknet.options import INT_MAX, options_of

quick = settings(deadline=None, max_examples=60)

IMAGE = "[net]\nwidth=8\nheight=8\nchannels=4\n"  # its first layer stands in line 5
GOLDEN = (
    "pjreddie/alexnet",
    "pjreddie/cifar.test",
    "pjreddie/darknet19",
    "pjreddie/densenet201",
    "pjreddie/extraction",
    "pjreddie/go.test",
    "pjreddie/resnet18",
    "pjreddie/resnext50",
    "pjreddie/tiny",
    "alexeyab/efficientnet_b0",
)


@pytest.fixture(autouse=True)
def _default_memory_limit(monkeypatch):
    monkeypatch.delenv("DARKNET_MEMORY_LIMIT", raising=False)


def load(path: Path) -> Network:
    return Network.build(Cfg.read(path))


def shapes(net: Network) -> list[Shape]:
    return [node.output for node in net.nodes]


def last(text: str, **options: object) -> Shape:
    """The shape that comes out of the last layer of a network from an 8 x 8 x 4 image."""
    return network(IMAGE + text, **options).nodes[-1].output


def refusal(text: str, error: type[CfgError] = NetworkError, **options: object) -> str:
    with pytest.raises(error) as caught:
        network(text, **options)
    assert str(caught.value).isprintable()
    return str(caught.value)


# Real networks.


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


@pytest.mark.parametrize(
    "name",
    [
        "tiny",
        "go.test",
    ],
)
def test_the_comment_in_a_shipped_cfg_has_its_totals(name):
    net = load(ROOT / "cfg" / f"{name}.cfg")
    text = net.cfg.to_bytes().decode()
    assert f"{net.parameters:,} parameters" in text
    assert f"{net.flops / 1e9:.3f} BFLOPs" in text


# Sections and their names.


def test_every_section_of_darknet_is_known():
    pjreddie = """shortcut crop cost detection region yolo iseg local conv convolutional deconv
        deconvolutional activation logistic l2norm crnn gru lstm rnn conn connected max maxpool
        reorg avg avgpool dropout lrn normalization batchnorm soft softmax route upsample"""
    alexeyab = """scale_channels sam Gaussian_yolo conv_lstm history local_avgpool reorg3d
        contrastive empty silence implicit"""
    assert {*pjreddie.split(), *alexeyab.split()} <= {*sections(), *NOT_YET}
    assert not sections().keys() & NOT_YET.keys()


@pytest.mark.parametrize("name", sorted(NOT_YET))
def test_a_section_that_is_not_run_says_so(name):
    said = refusal(f"{IMAGE}[activation]\n\n[{name}]\nclasses=3\n", UnsupportedError)
    assert said.startswith(f"test.cfg:7: layer 1 [{name}]: {NOT_YET[name]}")
    assert said.endswith("which this version does not run yet")


@pytest.mark.parametrize(
    "name", sorted(name for name, cls in sections().items() if name != cls.names[0])
)
def test_an_alias_is_the_same_layer(name):
    (node,) = network(f"{IMAGE}[{name}]\n").nodes
    assert name in node.layer.names


def test_net_may_be_called_network():
    assert network(IMAGE.replace("net", "network") + "[avg]\n").input == Shape(4, 8, 8)


def test_an_unknown_section_has_a_nearest_one():
    assert refusal(f"{IMAGE}[convolutonal]\n") == (
        'test.cfg:5: layer 0 [convolutonal]: no such section; did you mean "convolutional"?'
    )
    assert refusal(f"{IMAGE}[qqqq]\n").endswith("no such section")
    assert "yolo" in refusal(f"{IMAGE}[yoolo]\n")


def test_the_name_of_an_unknown_section_is_shown_safely():
    assert len(refusal(f"{IMAGE}[{'x' * 10_000}\x1b[0m]\n")) < 150


def test_the_first_section_must_be_net():
    assert refusal("[convolutional]\n" + IMAGE) == (
        "test.cfg:1: [convolutional]: expected [net] or [network] as the first section"
    )


def test_a_second_net_is_refused():
    assert refusal(f"{IMAGE}[activation]\n[net]\n") == (
        "test.cfg:6: layer 1 [net]: only the first section can be [net]"
    )


def test_a_network_without_layers_is_refused():
    assert refusal(IMAGE) == "test.cfg:1: [net] and no layer after it"


@pytest.mark.parametrize("text", ["", "width=8\nheight=8\n", "width=0\nheight=8\nchannels=3\n"])
def test_a_network_without_input_is_refused(text):
    assert refusal(f"[net]\n{text}[activation]\n") == (
        "test.cfg:1: [net]: no input: expected width, height and channels, or inputs"
    )


def test_the_input_may_be_a_vector():
    net = network("[net]\ninputs=30\n[connected]\noutput=5\n")
    assert (net.input, net.nodes[0].output) == (Shape(30), Shape(5))
    assert net.parameters == 30 * 5 + 5


def test_a_negative_width_is_refused():
    said = refusal(IMAGE.replace("width=8", "width=-8") + "[activation]\n", CfgError)
    assert said == "test.cfg:2: [net] width=-8: expected at least 0"


def test_every_activation_of_darknet_is_known():
    pjreddie = """logistic loggy relu elu selu relie plse hardtan lhtan linear ramp leaky tanh
        stair"""
    alexeyab = """swish mish hard_mish gelu revleaky normalize_channels normalize_channels_softmax
        normalize_channels_softmax_maxval"""
    assert {*pjreddie.split(), *alexeyab.split()} <= ACTIVATIONS.keys()
    for name in pjreddie.split():
        assert network(f"{IMAGE}[activation]\nactivation={name}\n").fork == "pjreddie"
    for name in alexeyab.split():
        assert network(f"{IMAGE}[activation]\nactivation={name}\n").fork == "alexeyab"


def test_a_misspelt_activation_names_the_nearest():
    said = refusal(f"{IMAGE}[conv]\nactivation=leeky\n", CfgError)
    assert said.startswith("test.cfg:6: [conv] activation=leeky: expected one of linear, ")
    assert said.endswith('did you mean "leaky"?')


def test_unknown_and_repeated_options_are_warnings_in_file_order():
    net = network(f"{IMAGE}hieght=3\n[conv]\nfliters=3\n[conv]\nsize=1\nsize=3\npad=1\n")
    assert net.warnings == (
        'test.cfg:5: [net] hieght: unknown option; did you mean "height"? (ignored)',
        'test.cfg:7: [conv] fliters: unknown option; did you mean "filters"? (ignored)',
        "test.cfg:10: [conv] size: given twice; the first counts",
    )
    assert net.nodes[1].layer.size == 1


# Shapes of single layers. The input is 8 x 8 x 4, written (channels, height, width).


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


# Sections that do not fit together.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[route]\nlayers=0\n", "5: layer 0 [route]: names layer 0, but it is the first layer"),
        ("[route]\nlayers=-2\n", "5: layer 0 [route]: names layer -2, but it is the first layer"),
        ("[avg]\n[route]\nlayers=1\n", "6: layer 1 [route]: names layer 1, but only layers 0 to 0"),
        ("[avg]\n[route]\nlayers=-1,9\n", "6: layer 1 [route]: names layer 9, but only"),
        ("[avg]\n[route]\nlayers=-2\n", "6: layer 1 [route]: names layer -1, but only"),
        ("[avg]\n[shortcut]\nfrom=1\n", "6: layer 1 [shortcut]: names layer 1, but only"),
        ("[avg]\n[shortcut]\nfrom=-9\n", "6: layer 1 [shortcut]: names layer -8, but only"),
        ("[avg]\n[sam]\nfrom=2147483647\n", "names layer 2147483647, but only layers 0 to 0"),
        ("[avg]\n[scale_channels]\nfrom=-2147483647\n", "names layer -2147483646, but only"),
        (
            "[avg]\n[max]\nstride=2\n[route]\nlayers=0,-3\n",
            "8: layer 2 [route]: names layer -1, but only layers 0 to 1 come before it",
        ),
        (
            "[activation]\n[maxpool]\nstride=2\n[route]\nlayers=0,1\n",
            "8: layer 2 [route]: the layers it joins differ in width x height: 4 x 4 and 8 x 8",
        ),
        ("[activation]\n[route]\nlayers=0\ngroups=3\n", "groups=3 does not divide the 4 channels"),
        (
            "[activation]\n[route]\nlayers=0\ngroups=2\ngroup_id=2\n",
            "group_id=2 is not one of groups=2",
        ),
        (
            "[conv]\nfilters=6\ngroups=3\n",
            "5: layer 0 [conv]: groups=3 must divide the 4 channels of the input and filters=6",
        ),
        ("[conv]\nfilters=3\ngroups=2\n", "groups=2 must divide the 4 channels of the input and"),
        ("[softmax]\ngroups=3\n", "groups=3 does not divide 256 inputs"),
        ("[conv]\nsize=9\n", "a window of 9 does not fit in 8 with 0 padding"),
        ("[conv]\nsize=5\ndilation=2\n", "a window of 9 does not fit in 8 with 0 padding"),
        ("[local]\nsize=9\n", "a window of 9 does not fit in 8 with 0 padding"),
        ("[maxpool]\nsize=9\npadding=0\n", "a window of 9 does not fit in 8 with 0 padding"),
        ("[maxpool]\nsize=2\npadding=4\n", "padding=4 puts whole windows of 2 outside the image"),
        ("[deconv]\npadding=9\n", "padding 9 leaves nothing of the output"),
        ("[crop]\ncrop_width=9\ncrop_height=8\n", "9 x 8 is more than the 8 x 8 that comes in"),
        ("[upsample]\nstride=-3\n", "stride=-3 does not divide 8 x 8"),
        ("[upsample]\nstride=0\n", "stride=0 does not divide 8 x 8"),
        ("[reorg]\nstride=3\n", "stride=3 squared does not divide 4 channels"),
        ("[reorg]\nstride=3\nflatten=1\n", "stride=3 does not divide 8 x 8"),
        ("[reorg]\nstride=4\nreverse=1\n", "stride=4 squared does not divide 4 channels"),
        (
            "[reorg]\nstride=4\nreverse=1\nflatten=1\n",
            "stride=4 squared does not divide 4 channels",
        ),
        ("[reorg3d]\nstride=3\n", "stride=3 does not divide 8 x 8"),
        ("[reorg3d]\nstride=4\nreverse=1\n", "stride=4 squared does not divide 4 channels"),
        (
            "[max]\nstride_y=2\n[shortcut]\nfrom=-1\n[max]\nstride_x=2\n[shortcut]\nfrom=0\n",
            "differ by other factors in width and height",
        ),
        (
            "[activation]\n[activation]\n[scale_channels]\nfrom=0\n",
            "expected factors of 1 x 1 x 4 for an image of 8 x 8 x 4, not 8 x 8 x 4",
        ),
        (
            "[activation]\n[avg]\n[scale_channels]\nfrom=0\nscale_wh=1\n",
            "expected factors of 8 x 8 x 1 for an image of 8 x 8 x 4, not 1 x 1 x 4",
        ),
        ("[activation]\n[avg]\n[sam]\nfrom=0\n", "expected two equal shapes, not 1 x 1 x 4 and 8"),
    ],
)
def test_what_does_not_fit_is_refused(text, said):
    message = refusal(IMAGE + text)
    assert message.startswith("test.cfg:")
    assert said in message


@pytest.mark.parametrize("section", ["route\nlayers", "shortcut\nfrom", "sam\nfrom"])
def test_layers_that_are_joined_must_be_named(section):
    name, key = section.split("\n")
    assert f"test.cfg:6: [{name}] needs {key}=" in refusal(f"{IMAGE}[avg]\n[{name}]\n", CfgError)


@pytest.mark.parametrize(
    ("section", "key"),
    [
        *(("conv", key) for key in ("antialiasing", "deform", "stretch", "sway", "rotate")),
        ("conv", "stretch_sway"),
        ("maxpool", "antialiasing"),
        ("maxpool", "maxpool_depth"),
    ],
)
def test_an_option_that_is_not_run_says_so(section, key):
    said = refusal(f"{IMAGE}[{section}]\n{key}=1\n", UnsupportedError)
    assert said == f"test.cfg:5: layer 0 [{section}]: {key}=1 is not run by this version"
    network(f"{IMAGE}[{section}]\n{key}=0\n")


# Memory.


def test_a_network_beyond_the_memory_limit_is_refused_before_anything_is_allocated():
    tracemalloc.start()
    try:
        said = refusal(f"{IMAGE}[conv]\nfilters=700000000\nsize=3\npad=1\n")
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
    assert said.startswith("test.cfg:5: layer 0 [conv]: needs ")
    assert "GiB, more than the limit of 8 GiB (DARKNET_MEMORY_LIMIT sets another" in said


@pytest.mark.parametrize(
    "text",
    [
        "[conv]\nfilters=2147483647\nsize=2147483647\npad=1\n",
        "[conv]\npadding=2147483647\n",
        "[connected]\noutput=2147483647\n",
        "[upsample]\nstride=32767\n",
        "[deconv]\nstride=32767\n",
        "[reorg]\nextra=2147483647\n",
        "[local]\nfilters=2147483647\n",
    ],
)
def test_numbers_that_overflow_c_are_refused(text):
    assert "more than the limit of 8 GiB" in refusal(IMAGE + text)


@pytest.mark.parametrize("layer", ["[activation]", "[avg]", "[conv]", "[softmax]", "[reorg]"])
def test_an_image_that_overflows_c_is_refused(layer):
    big = "[net]\nwidth=2147483647\nheight=2147483647\nchannels=2147483647\n"
    assert "more than the limit of 8 GiB" in refusal(big + layer)


@pytest.mark.parametrize(
    "text",
    [
        "[conv]\nsize=3\ndilation=2147483647\npad=1\n",
        "[conv]\nsize=2\npadding=2000000000\nstride=32767\n",
        "[maxpool]\nsize=2147483647\nstride=32767\n",
    ],
)
def test_padding_beyond_memory_is_refused(text):
    assert "more than the limit of 8 GiB" in refusal(IMAGE + text)


def test_many_layers_add_up_to_the_limit():
    layer = "[conv]\nfilters=4\nsize=3\npad=1\n"  # 148 weights
    padded = 4 * 10 * 10
    limit = 4 * (148 * 3 + 256 + 256 + padded)
    network(IMAGE + layer * 3, limit=limit)
    said = refusal(IMAGE + layer * 4, limit=limit)
    assert said.startswith("test.cfg:17: layer 3 [conv]: needs ")


def test_everything_that_a_route_joins_counts():
    text = f"{IMAGE}[route]\nlayers={'-1,' * 10}\n"
    values = 256 + 256 * 10  # the input, and ten times it
    network(text, limit=4 * values)
    assert "needs" in refusal(text, limit=4 * values - 1)


def test_the_environment_sets_the_limit(monkeypatch):
    monkeypatch.setenv("DARKNET_MEMORY_LIMIT", "2048")  # 256 floats in, 256 out
    network(f"{IMAGE}[activation]\n")
    monkeypatch.setenv("DARKNET_MEMORY_LIMIT", "2047")
    assert "test.cfg:5: layer 0 [activation]: needs" in refusal(f"{IMAGE}[activation]\n")
    network(f"{IMAGE}[activation]\n", limit=2048)


def test_an_empty_limit_is_none(monkeypatch):
    monkeypatch.setenv("DARKNET_MEMORY_LIMIT", "")
    network(f"{IMAGE}[activation]\n")


@pytest.mark.parametrize("value", ["x", "-1", "1e9", "8GiB", " 5", "1.5", "²", "٣"])
def test_a_limit_that_is_no_number_of_bytes_is_refused(monkeypatch, value):
    monkeypatch.setenv("DARKNET_MEMORY_LIMIT", value)
    said = refusal(f"{IMAGE}[activation]\n")
    assert said.startswith(f"DARKNET_MEMORY_LIMIT={value}: expected a number of bytes")


# Shared weights.

SHARING = "[conv]\nfilters=4\nsize=3\npad=1\n" * 2 + "share_index={}\n"


@pytest.mark.parametrize("index", [0, -1])
def test_shared_weights_stand_in_the_file_once(index):
    net = network(IMAGE + SHARING.format(index))
    assert [node.weights_from for node in net.nodes] == [0, 0]
    assert [node.parameters for node in net.nodes] == [148, 0]
    assert net.nodes[1].flops == net.nodes[0].flops
    assert net.fork == "alexeyab"


@pytest.mark.parametrize("index", [2, 7, -2, 2147483647])
def test_weights_are_shared_from_an_earlier_layer(index):
    assert "which does not come before it" in refusal(IMAGE + SHARING.format(index))


@pytest.mark.parametrize("first", ["[activation]", "[conv]\nfilters=4", "[batchnorm]"])
def test_weights_are_shared_where_they_have_the_same_shapes(first):
    text = f"{IMAGE}{first}\n[conv]\nfilters=4\nsize=3\nshare_index=0\n"
    assert "shares the weights of layer 0, whose shapes are others" in refusal(text)


# Other sizes.


def test_a_fully_convolutional_network_runs_over_the_whole_image():
    net = load(ROOT / "cfg" / "tiny.cfg")
    wide = net.resized(448, 320)
    assert wide.input == Shape(3, 320, 448)
    assert (wide.net.width, wide.net.height) == (448, 320)
    assert wide.nodes[0].output == Shape(16, 320, 448)
    assert wide.nodes[19].output == Shape(1000, 20, 28)
    assert wide.outputs[0].output == Shape(1000)
    assert wide.parameters == net.parameters
    assert wide.flops * 224 * 224 == net.flops * 448 * 320
    assert net.input == Shape(3, 224, 224)


def test_resizing_to_its_own_size_changes_nothing():
    net = load(ROOT / "cfg" / "tiny.cfg")
    assert shapes(net.resized(224, 224)) == shapes(net)


def test_resizing_keeps_the_fork():
    net = network(f"{IMAGE}[conv]\n[avg]\n", fork="alexeyab")
    assert {node.fork for node in net.resized(9, 9).nodes} == {"alexeyab"}


@pytest.mark.parametrize("text", ["[connected]\n", "[local]\n", "[crop]\n"])
def test_a_layer_that_fixes_the_size_is_named(text):
    net = network(f"{IMAGE}[activation]\n{text}")
    name = net.nodes[1].layer.names[0]
    with pytest.raises(NetworkError) as caught:
        net.resized(16, 8)
    assert str(caught.value).startswith(
        f"test.cfg:6: layer 1 [{name}]: fixes the image size to 8 x 8;"
    )


def test_an_image_too_small_for_a_layer_is_refused():
    net = network(f"{IMAGE}[activation]\n[conv]\nsize=5\n[avg]\n")
    assert net.resized(5, 5).nodes[1].output == Shape(1, 1, 1)
    with pytest.raises(NetworkError, match=r"test\.cfg:6: layer 1 \[conv\]: a window of 5 does"):
        net.resized(5, 4)


def test_an_image_beyond_the_memory_limit_is_refused():
    net = load(ROOT / "cfg" / "tiny.cfg")
    with pytest.raises(NetworkError, match="more than the limit of 8 GiB"):
        net.resized(2**20, 2**20)


@pytest.mark.parametrize(("width", "height"), [(0, 8), (8, 0), (-1, 8), (-8, -8)])
def test_a_size_below_1_is_refused(width, height):
    with pytest.raises(NetworkError):
        network(f"{IMAGE}[activation]\n[avg]\n").resized(width, height)


def test_a_network_without_an_image_is_not_resized():
    with pytest.raises(NetworkError):
        network("[net]\ninputs=10\n[softmax]\n").resized(5, 5)


def test_resizing_keeps_the_limit():
    net = network(f"{IMAGE}[activation]\n[avg]\n", limit=10_000)
    with pytest.raises(NetworkError, match="more than the limit"):
        net.resized(800, 800)


@pytest.mark.parametrize(
    ("text", "resizable"),
    [
        ("[conv]\n[avg]\n[softmax]\n[cost]\n", True),
        ("[conv]\n[softmax]\n", False),
        ("[conv]\n[avg]\n[connected]\n", False),
        ("[crop]\ncrop_width=4\ncrop_height=4\n[avg]\n", False),
    ],
)
def test_resizable_means_one_size_of_answer_for_all_sizes_of_image(text, resizable):
    assert network(IMAGE + text).resizable is resizable


# Outputs, and what they depend on.


def test_the_answer_is_the_last_layer_that_is_no_loss():
    assert [node.index for node in network(f"{IMAGE}[avg]\n[softmax]\n[cost]\n").outputs] == [1]
    assert [node.index for node in network(f"{IMAGE}[avg]\n[softmax]\n").outputs] == [1]
    assert [node.index for node in network(f"{IMAGE}[cost]\n").outputs] == [0]


def test_walk_leaves_out_what_the_answer_does_not_need():
    net = network(f"{IMAGE}[conv]\n[conv]\n[route]\nlayers=0\n[avg]\n[cost]\n")
    assert [node.index for node in walk(net)] == [0, 2, 3]


def test_walk_of_a_real_network_is_all_of_it():
    net = load(ROOT / "cfg" / "tiny.cfg")
    assert tuple(walk(net)) == net.nodes


# Whose arithmetic counts.


@pytest.mark.parametrize(
    ("text", "fork"),
    [
        ("[conv]\n", "pjreddie"),
        ("[conv]\ngroups=2\nfilters=2\n", "pjreddie"),
        ("[conv]\nactivation=mish\n", "alexeyab"),
        ("[conv]\nstride_x=1\n", "alexeyab"),
        ("[conv]\ndilation=1\n", "alexeyab"),
        ("[local_avgpool]\n", "alexeyab"),
        ("[empty]\n", "alexeyab"),
        ("[avg]\n[route]\nlayers=0\ngroups=2\ngroup_id=1\n", "alexeyab"),
        ("[avg]\n[shortcut]\nfrom=-1\nactivation=swish\n", "alexeyab"),
        ("[l2norm]\n", "pjreddie"),
        ("[l2norm]\n[conv]\nunknown=1\n", "pjreddie"),
    ],
)
def test_the_fork_is_guessed_from_the_layers(text, fork):
    net = network(IMAGE + text)
    assert net.fork == fork
    assert {node.fork for node in net.nodes} == {fork}


def test_the_fork_is_not_guessed_from_net():
    assert network(f"{IMAGE}mosaic=1\nletter_box=1\n[conv]\n").fork == "pjreddie"


@pytest.mark.parametrize("fork", ["pjreddie", "alexeyab"])
def test_the_fork_that_is_asked_for_counts(fork):
    assert network(f"{IMAGE}[conv]\nactivation=mish\n", fork=fork).nodes[0].fork == fork


def test_groups_of_a_route_are_alexeyabs():
    assert network(f"{IMAGE}[avg]\n[route]\nlayers=0\ngroups=2\n").fork == "alexeyab"


# Anything at all.

VALUES = {
    "integer": st.sampled_from(["-1", "0", "1", "2", "3", "4", "8", str(INT_MAX), str(-INT_MAX)]),
    "number": st.sampled_from(["0", ".5", "-1", "1e30"]),
    "0 or 1": st.sampled_from(["0", "1"]),
    "integers": st.sampled_from(["-1", "0", "0,1", "-1,-2", "-3", str(INT_MAX), str(-INT_MAX)]),
    "numbers": st.sampled_from(["1", "1,2"]),
    "text": st.sampled_from(["", "a"]),
}


@st.composite
def any_section(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """A section of the registry with any of its options."""
    name = draw(st.sampled_from(sorted(sections())))
    known = options_of(sections()[name])
    keys = draw(st.lists(st.sampled_from(sorted(known)), unique=True, max_size=5)) if known else []
    keys += [key for key, option in known.items() if option.required and key not in keys]
    return name, {
        key: draw(
            st.sampled_from(known[key].choices) if known[key].choices else VALUES[known[key].kind]
        )
        for key in keys
    }


@settings(deadline=None, max_examples=300)
@given(st.lists(any_section(), min_size=1, max_size=5), sides, sides, st.sampled_from([1, 4, 16]))
def test_any_cfg_is_built_or_refused_by_its_line(layers, width, height, channels):
    net = {"width": width, "height": height, "channels": channels}
    cfg = Cfg.build([("net", net), *layers], "any.cfg")
    try:
        nodes, said = Network.build(cfg).nodes, ""
    except CfgError as error:
        nodes, said = (), str(error)
    if not nodes:
        where, line, _ = said.split(":", 2)
        assert where == "any.cfg"
        assert 1 <= int(line) <= len(cfg.lines)
    for node in nodes:
        assert min(node.output.channels, node.output.height, node.output.width) > 0
        assert node.parameters >= 0
        assert node.flops >= 0
        assert all(source < node.index for source in node.sources)
