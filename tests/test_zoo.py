"""The zoo: every network against the figures of its publication, and against the one people know.

Parameters and operations were worked out from the papers' tables (see each cfg's first lines) and
stand here as numbers, so that a slip in a cfg cannot hide in code that computes them. Published
operations and sizes are those of the pages that zoo.toml names.
"""

from __future__ import annotations

import pytest

from conftest import ROOT
from darknet import zoo
from darknet.cfg import Cfg
from darknet.errors import InputError
from darknet.layers import Convolutional, Shape
from darknet.names import load_names
from darknet.network import Network
from darknet.preprocess import checked_method

# name: input side, parameters, GFLOPs; the file that Darknet 0.2 writes has 20 bytes more than
# four a parameter.
GOLDEN = {
    "tiny": (224, 1_046_488, 0.983),
    "alexnet": (227, 62_378_344, 2.271),
    "darknet": (256, 7_323_480, 0.965),
    "squeezenet1.0": (227, 1_248_424, 1.723),
    "squeezenet1.1": (227, 1_235_496, 0.775),
    "extraction": (224, 23_455_400, 8.519),
    "vgg-16": (256, 138_357_544, 30.941),
    "darknet19": (256, 20_856_776, 7.291),
    "darknet53": (256, 41_645_640, 18.570),
    "resnet18": (256, 11_523_496, 4.688),
    "resnet34": (256, 21_639_080, 9.520),
    "resnet50": (256, 22_825_896, 9.741),
    "resnet101": (256, 41_870_248, 19.438),
    "resnet152": (256, 57_559_976, 29.136),
    "resnext50": (256, 22_312_872, 10.110),
    "densenet201": (256, 17_206_440, 10.848),
    "cifar": (28, 7_687_050, 1.624),
    "tiny-cifar": (32, 999_792, 0.226),
    "go": (19, 328_242, 0.232),
    "go-classic": (19, 298_881, 0.214),
}
PLANES = {"go": 16, "go-classic": 1}  # photographs have three
EXPLAINED = {"darknet", "squeezenet1.0", "squeezenet1.1", "resnet101", "resnet152", "resnext50"}
OURS = {"cifar", "tiny-cifar", "go", "go-classic"}  # nobody else has published figures of them
KNOWN = sorted(
    set(GOLDEN) - {"squeezenet1.0", "squeezenet1.1", "tiny-cifar", "go", "go-classic"}
)  # pjreddie's


def test_the_list_is_the_zoo():
    assert list(zoo.models()) == list(GOLDEN)


@pytest.mark.parametrize("name", GOLDEN)
def test_parameters_bytes_and_operations(name):
    side, parameters, gflops = GOLDEN[name]
    net = zoo.named(name).network()
    assert net.input == Shape(PLANES.get(name, 3), side, side)
    assert net.parameters == parameters
    assert net.weights_bytes == 20 + 4 * parameters
    assert round(net.flops / 1e9, 3) == gflops
    assert net.warnings == ()
    assert net.fork == ("alexeyab" if name == "go" else "pjreddie")  # [scale_channels]


@pytest.mark.parametrize("name", [name for name in GOLDEN if name not in OURS])
def test_published_figures_are_the_computed_ones_or_explained(name):
    model = zoo.named(name)
    net, published = model.network(), model.published
    ops = abs(net.flops / 1e9 - published.gflops) < 0.01
    size = abs(net.weights_bytes / 2**20 - published.megabytes) < 0.6  # the page rounds up, or not
    assert (ops and size) == (name not in EXPLAINED)
    assert bool(model.why) == (name in EXPLAINED)


def test_the_explanation_of_darknet_reference():
    """At 224 x 224, with 1000 outputs at every position, it has the published 0.81 Bn."""
    text = zoo.named("darknet").cfg.read_text()
    last = "[convolutional]\nfilters=1000\nsize=1\nstride=1\npad=1\nactivation=linear\n"
    assert f"[avgpool]\n\n{last}" in text
    older = text.replace(f"[avgpool]\n\n{last}", f"{last}\n[avgpool]\n")
    older = Network.build(Cfg.parse(older)).resized(224, 224)
    assert round(older.flops / 1e9, 2) == 0.81


@pytest.mark.parametrize(("name", "gflops"), [("resnet101", 19.70), ("resnet152", 29.39)])
def test_the_explanation_of_the_deep_resnets(name, gflops):
    net = zoo.named(name).network()
    assert net.nodes[-3].inputs == (Shape(2048, 8, 8),)
    more = (8 * 8 - 1) * 2 * 2048 * 1000
    assert round((net.flops + more) / 1e9, 2) == gflops


@pytest.mark.parametrize("name", KNOWN)
def test_weights_of_the_network_people_know_fit(shared, name):
    ours = zoo.named(name).network()
    theirs = Network.build(Cfg.read(shared / "data" / "cfg" / "pjreddie" / f"{name}.cfg"))
    assert floats(ours) == floats(theirs)
    assert [node.output for node in ours.outputs] == [node.output for node in theirs.outputs]


def floats(net):
    """The file's arrays in their order, with what tells two convolutions of one size apart."""
    return [
        (spec.name, spec.shape, spec.outputs, *how(node))
        for node in net.nodes
        for spec in node.weights
    ]


def how(node):
    layer = node.layer
    if not isinstance(layer, Convolutional):
        return (layer.activation,)
    return (layer.activation, layer.strides, layer.groups, layer.batch_normalize)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_comment_of_a_cfg_has_its_totals(name):
    model = zoo.named(name)
    net, text = model.network(), " ".join(model.cfg.read_text().replace("\n#", "").split())
    assert f"{net.parameters:,} parameters ({net.weights_bytes / 1e6:.3g} MB)" in text
    assert f"{net.flops / 1e9:.3f} BFLOPs" in text
    if model.published and name != "squeezenet1.1":  # whose authors say "the same as v1.0"
        score = f"{model.published.top1} % top-1, {model.published.top5} % top-5"
        assert score in text


@pytest.mark.parametrize("name", sorted(set(GOLDEN) - set(PLANES)))
def test_classes_and_preprocessing_fit_the_network(name):
    model = zoo.named(name)
    net = model.network()
    assert net.net.names == model.names
    assert len(load_names(model.names)) == net.outputs[0].output.size
    assert checked_method(model.preprocess or None, net)


def test_every_cfg_that_is_shipped_is_in_the_zoo_or_a_go_network():
    shipped = {path.stem for path in (ROOT / "cfg").glob("*.cfg")}
    assert shipped - set(GOLDEN) == {"go.test"}


@pytest.mark.parametrize("name", ["tiny", "squeezenet1.0", "squeezenet1.1"])
def test_what_a_hash_is_known_of_is_the_file_in_use(shared, name):
    import hashlib

    model = zoo.named(name)
    known = model.weights or model.imported
    folder = shared / "data" / "weights" / ("tiny" if name == "tiny" else "squeezenet")
    data = (folder / (known.name if model.weights else known.file)).read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (known.size, known.sha256)


def test_sources_are_https_and_named_as_the_file():
    for model in zoo.models().values():
        for source in model.weights.sources if model.weights else ():
            assert source.startswith("https://")
            assert source.endswith(f"/{model.weights.name}")


def test_a_name_means_the_model_also_where_a_file_is_called_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the C program itself is called darknet
    (tmp_path / "darknet").write_text("[net]\nwidth=8\nheight=8\n[maxpool]\n")
    assert zoo.find("darknet") is zoo.models()["darknet"]
    assert zoo.read_cfg("darknet").label == "darknet.cfg"
    assert zoo.find("./darknet") is None
    assert zoo.read_cfg("./darknet").label == "./darknet"


def test_an_unknown_name_says_what_was_meant():
    with pytest.raises(InputError, match=r'^no model squeezenet1; did you mean "squeezenet1.1"\?$'):
        zoo.named("squeezenet1")
