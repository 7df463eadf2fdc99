"""Sections: their names, and those that do not fit together."""

from __future__ import annotations

import pytest

from conftest import network
from darknet.errors import CfgError, UnsupportedError
from darknet.layers import NOT_YET, Shape, sections
from darknet.layers.activations import ACTIVATIONS
from wiring import IMAGE, refusal


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
