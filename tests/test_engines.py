"""Every engine against the numpy oracle: every section, every activation, every shipped cfg.

The oracle itself is held to numbers worked out by hand in test_by_hand_*.py, and to C's answers in
test_golden.py. Adding a section without a case here fails a test.
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
import pytest

from conftest import ENGINE_MODULES, ROOT, network, random_weights
from darknet.cfg import Cfg
from darknet.engines import ENGINES, UNFOLDED, Settings, open_engine
from darknet.errors import EngineError
from darknet.fold import fold_batch_norm
from darknet.interp.evaluate import evaluate
from darknet.interp.reference import NumpyOps
from darknet.layers import sections
from darknet.layers.activations import ACTIVATIONS
from darknet.network import Network
from darknet.runner import Runner

# float32: sums of up to some hundred products in another order, normalization folded into the
# filters beforehand. The largest error met is 7e-7 of the largest value, and values are below 20.
CLOSE = {"rtol": 1e-5, "atol": 5e-6}

NET = "[net]\nwidth=7\nheight=6\nchannels=4\n"
WIDE = "[net]\nwidth=8\nheight=6\nchannels=4\n"
CONV = "[conv]\nfilters={}\nsize=3\npad=1\nactivation=linear\n"
BN = "[conv]\nfilters=4\nsize=3\npad=1\nbatch_normalize=1\nactivation=leaky\n"
CASES = {
    "convolutional": [
        BN,
        "[conv]\nfilters=5\nsize=3\nstride=2\nactivation=relu\n",
        "[conv]\nfilters=6\nsize=2\npad=1\ngroups=2\nbatch_normalize=1\n",
        "[conv]\nfilters=4\nsize=3\npad=1\ngroups=4\nbatch_normalize=1\n",
        "[conv]\nfilters=3\nsize=3\ndilation=2\npad=1\nstride_x=2\nstride_y=1\n",
        "[conv]\nfilters=3\nsize=3\npad=1\nxnor=1\nbatch_normalize=1\nactivation=linear\n",
        "[conv]\nfilters=3\nsize=3\nbinary=1\nactivation=linear\n",
        f"{BN}{BN}share_index=0\n",
        f"{BN}[conv]\nfilters=4\nsize=3\npad=1\nactivation=linear\nshare_index=0\n",
    ],
    "deconvolutional": [
        "[deconv]\nfilters=3\nsize=4\nstride=2\npadding=1\nbatch_normalize=1\n",
        "[deconv]\nfilters=2\nsize=1\nstride=2\nactivation=linear\n",
        "[deconv]\nfilters=2\nsize=3\npad=1\nstride=1\nactivation=linear\n",
        "[avgpool]\n[deconv]\nfilters=9\nsize=3\nstride=30000\nactivation=linear\n",
    ],
    "local": ["[local]\nfilters=3\nsize=3\nstride=2\npad=1\n", "[local]\nfilters=2\nsize=2\n"],
    "connected": [
        "[connected]\noutput=5\nactivation=linear\n",
        "[connected]\noutput=5\nbatch_normalize=1\n[connected]\noutput=3\n",
    ],
    "dropout": ["[dropout]\n", f"{BN}[dropout]\n[softmax]\n"],
    "softmax": [
        "[softmax]\n",
        "[softmax]\ngroups=8\ntemperature=2\n",
        "[softmax]\nspatial=1\n",
        "[softmax]\ntree=TREE\n",
    ],
    "cost": ["[softmax]\n[cost]\n", "[cost]\n"],
    "activation": ["[activation]\nactivation=tanh\n"],
    "logistic": ["[logistic]\n"],
    "maxpool": [
        "[maxpool]\nsize=2\nstride=2\n",
        "[maxpool]\nsize=2\nstride=1\n",
        "[maxpool]\nsize=3\nstride=2\npadding=0\n",
        "[maxpool]\nsize=5\nstride=1\n",
        "[maxpool]\nsize=4\nstride_x=3\nstride_y=2\npadding=3\n",
    ],
    "local_avgpool": [
        "[local_avgpool]\nsize=3\nstride=2\n",
        "[local_avgpool]\nsize=2\nstride=1\n",
        "[local_avgpool]\nsize=3\nstride=3\npadding=0\n",
    ],
    "avgpool": ["[avgpool]\n", f"{CONV.format(5)}[avgpool]\n[softmax]\n"],
    "upsample": [
        "[upsample]\nstride=2\n",
        "[upsample]\nstride=3\nscale=.5\n",
        "[maxpool]\nstride=1\nsize=2\npadding=0\n[crop]\ncrop_width=4\ncrop_height=4\nnoadjust=1\n"
        "[upsample]\nstride=-2\nscale=2\n",
    ],
    "crop": ["[crop]\ncrop_width=4\ncrop_height=3\n"],
    "batchnorm": ["[batchnorm]\n", f"{BN}[batchnorm]\n"],
    "normalization": ["[lrn]\nsize=3\nalpha=.1\n", "[normalization]\nsize=2\nbeta=.5\nkappa=2\n"],
    "l2norm": ["[l2norm]\n"],
    "route": [
        f"{CONV.format(3)}{BN}[route]\nlayers=-1,0\n",
        f"{CONV.format(6)}[route]\nlayers=0\ngroups=3\ngroup_id=1\n",
    ],
    "shortcut": [
        f"{BN}{BN}[shortcut]\nfrom=0\nactivation=relu\n",
        f"{CONV.format(3)}{BN}[shortcut]\nfrom=0\nbeta=2\n",
        f"{CONV.format(6)}{BN}[shortcut]\nfrom=0\nalpha=.5\n",
        f"{WIDE}{BN}[maxpool]\nsize=1\nstride=2\npadding=0\n[shortcut]\nfrom=0\n",
        f"{WIDE}[maxpool]\nsize=1\nstride=2\n{CONV.format(3)}[upsample]\n[shortcut]\nfrom=0\n",
        f"{BN}{BN}{BN}[shortcut]\nfrom=0,1\nweights_type=per_channel\n"
        "weights_normalization=softmax\n",
        f"{BN}{BN}[shortcut]\nfrom=0\nweights_type=per_feature\nweights_normalization=relu\n",
    ],
    "scale_channels": [
        f"{BN}[avgpool]\n[scale_channels]\nfrom=0\n",
        f"{BN}{CONV.format(1)}[scale_channels]\nfrom=0\nscale_wh=1\nactivation=relu\n",
    ],
    "sam": [f"{BN}{BN}[sam]\nfrom=0\nactivation=leaky\n"],
    "reorg": [
        "[crop]\ncrop_width=6\ncrop_height=4\n[reorg]\nstride=2\n",
        "[reorg]\nstride=2\nreverse=1\n",
        "[reorg]\nflatten=1\n",
        "[reorg]\nflatten=1\nreverse=1\n",
        "[reorg]\nextra=3\n[softmax]\n",
    ],
    "reorg3d": [
        "[crop]\ncrop_width=6\ncrop_height=4\n[reorg3d]\nstride=2\n",
        "[reorg3d]\nstride=2\nreverse=1\n",
    ],
    "empty": ["[empty]\n", f"{BN}[empty]\n[softmax]\n"],
}
ALL = [
    pytest.param(text, id=f"{name}-{number}")
    for name, texts in CASES.items()
    for number, text in enumerate(texts)
]


@cache
def solved(text, fork=None):
    """A network with random weights, a batch of two inputs, and the oracle's answers."""
    net = network(text if text.startswith("[net]") else NET + text, fork=fork)
    weights = random_weights(net)
    given = net.input
    batch = np.random.default_rng(5).uniform(-1, 1, (2, given.channels, given.height, given.width))
    batch = batch.astype(np.float32)
    return net, weights, batch, evaluate(net, NumpyOps(), weights.arrays, batch)


@pytest.fixture(scope="session")
def tree(tmp_path_factory):
    """A softmax tree for the 168 inputs of NET: 84 roots, and two children of each second."""
    path = tmp_path_factory.mktemp("tree") / "names.tree"
    lines = [f"c{number} {-1 if number < 84 else (number - 84) // 2}" for number in range(168)]
    path.write_text("\n".join(lines))
    return str(path)


def check(engine, net, weights, batch, expected, **close):
    """The engine's answers, to the network as it is and (if the runner folds it) folded."""
    answers = [open_engine(engine, net, weights, len(batch), Settings(threads=2)).run(batch)]
    if engine not in UNFOLDED:
        answers.append(Runner(net, weights, engine=engine).run(batch))
    for found in answers:
        assert len(found) == len(expected) == len(net.outputs)
        for ours, theirs in zip(found, expected, strict=True):
            assert ours.dtype == np.float32
            assert ours.shape == theirs.shape
            np.testing.assert_allclose(ours, theirs, **close)


def off_by(found, expected):
    """The largest error as a share of the largest value."""
    return np.abs(found - expected).max() / np.abs(expected).max()


def test_every_section_has_a_case():
    assert set(CASES) == {layer.names[0] for layer in sections().values()}
    for name, texts in CASES.items():
        names = sections()[name].names
        for text in texts:
            assert any(f"[{alias}]" in text for alias in names), f"{text} is no case of {name}"


@pytest.mark.parametrize("text", ALL)
def test_section(text, engine, tree):
    check(engine, *solved(text.replace("TREE", tree)), **CLOSE)


@pytest.mark.parametrize("fork", ["pjreddie", "alexeyab"])
@pytest.mark.parametrize(
    "text",
    [
        BN,
        "[deconv]\nbatch_normalize=1\nactivation=linear\n",
        "[batchnorm]\n",
        "[connected]\noutput=5\nbatch_normalize=1\nactivation=linear\n",
    ],
    ids=["convolutional", "deconvolutional", "batchnorm", "connected"],
)
def test_both_epsilons(text, fork, engine):
    net = network(NET + text, fork=fork)
    weights = random_weights(net)
    weights.arrays[0]["rolling_variance"][:] = 1e-5  # beside which neither is small
    batch = solved(BN)[2]
    expected = evaluate(net, NumpyOps(), weights.arrays, batch)[0]
    plain = open_engine(engine, net, weights, len(batch), Settings()).run(batch)[0]
    folded = Runner(net, weights, engine=engine).run(batch)[0]
    assert off_by(plain, expected) < 1e-5
    assert off_by(folded, expected) < 1e-5


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation_after_a_convolution(name, engine):
    text = f"[conv]\nfilters=6\nsize=3\nbatch_normalize=1\nactivation={name}\n"
    check(engine, *solved(text), **CLOSE)


QUICK = {"tiny", "go.test", "cifar", "darknet", "squeezenet1.1"}
SHIPPED = [
    pytest.param(cfg, id=cfg.stem, marks=() if cfg.stem in QUICK else pytest.mark.slow)
    for cfg in sorted(ROOT.glob("cfg/*.cfg"))
]


@pytest.mark.parametrize("engine", sorted(ENGINE_MODULES), indirect=True)  # the inner loop
@pytest.mark.parametrize("cfg", SHIPPED)
def test_shipped_cfg(cfg, engine):
    # Softmax makes errors of the logits, some 1e-5, relative ones of the probabilities.
    check(engine, *shipped(cfg), rtol=2e-4, atol=1e-9)


@lru_cache(1)  # they come one after the other, and the largest have half a gigabyte
def shipped(cfg):
    net = Network.build(Cfg.read(cfg))
    if net.flops > 5e9 and net.net.width == 256 and cfg.stem != "vgg-16":
        net = net.resized(128, 128)  # the same layers for a quarter of the oracle's time
    weights = random_weights(net)
    given = net.input
    batch = np.random.default_rng(5).uniform(0, 1, (1, given.channels, given.height, given.width))
    batch = batch.astype(np.float32)
    return net, weights, batch, evaluate(net, NumpyOps(), weights.arrays, batch)


# ---- what the protocol promises


def test_an_input_without_an_image(engine):
    text = "[net]\ninputs=12\n[connected]\noutput=5\nactivation=tanh\n[softmax]\n"
    check(engine, *solved(text), **CLOSE)


def test_an_answer_is_the_callers_own(engine):
    net, weights, batch, _ = solved(BN)
    opened = open_engine(engine, net, weights, 2, Settings())
    first = opened.run(batch)[0]
    kept = first.copy()
    second = opened.run(-batch)[0]
    np.testing.assert_array_equal(first, kept)
    first[...] = 0
    assert second.any()


def test_the_input_is_neither_changed_nor_handed_back(engine):
    net, weights, batch, _ = solved("[dropout]\n")
    given = batch.copy()
    answer = open_engine(engine, net, weights, 2, Settings()).run(given)[0]
    answer[...] = 0
    np.testing.assert_array_equal(given, batch)


def test_an_engine_does_not_change_the_weights(engine):
    net, weights, batch, _ = solved(BN)
    before = weights.to_bytes(net)
    open_engine(engine, net, weights, 2, Settings()).run(batch)
    assert weights.to_bytes(net) == before


def test_an_engine_says_what_it_is(engine):
    net, weights, *_ = solved(BN)
    described = open_engine(engine, net, weights, 1, Settings(threads=1)).describe()
    assert "f32" in described
    assert any(character.isdigit() for character in described), "a version"


def test_an_unknown_engine_is_named_with_its_neighbour():
    net, weights, *_ = solved(BN)
    with pytest.raises(EngineError, match=r'opnvino.*did you mean "openvino"') as error:
        open_engine("opnvino", net, weights, 1, Settings())
    assert all(name in str(error.value) for name in ENGINES)


def test_onnx_takes_any_number_of_inputs_at_once():
    onnx = pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    from darknet.interp.onnx import to_onnx

    net, weights, batch, expected = solved(f"{BN}[connected]\noutput=3\n[softmax]\n")
    model = to_onnx(net, weights)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    for count in (1, 2):
        found = session.run(None, {"image": batch[:count]})[0]
        np.testing.assert_allclose(found, expected[0][:count], **CLOSE)


# ---- batch normalization folded into the weights before it


def folded(text, fork=None):
    net, weights, batch, expected = solved(text, fork)
    net, weights = fold_batch_norm(net, weights)
    found = evaluate(net, NumpyOps(), weights.arrays, batch)
    np.testing.assert_allclose(found[0], expected[0], **CLOSE)
    return [getattr(node.layer, "batch_normalize", None) for node in net.nodes], weights


@pytest.mark.parametrize("fork", ["pjreddie", "alexeyab"])
def test_folding_leaves_biases_and_weights_that_answer_the_same(fork):
    text = f"{BN}[conv]\nfilters=6\ngroups=2\nbatch_normalize=1\n[connected]\nbatch_normalize=1\n"
    normalized, weights = folded(text, fork)
    assert normalized == [False, False, False]
    assert [set(arrays) for arrays in weights.arrays] == [{"biases", "weights"}] * 3


def test_folding_with_a_tiny_variance_is_exact():
    net = network("[net]\nwidth=1\nheight=1\nchannels=1\n[conv]\nbatch_normalize=1\n")
    weights = random_weights(net)
    weights.arrays[0]["rolling_variance"][:] = 1e-6
    own = {name: float(array.item()) for name, array in weights[0].items()}
    factor = own["scales"] / (1e-3 + 1e-6)
    arrays = fold_batch_norm(net, weights)[1][0]
    assert arrays["weights"].item() == pytest.approx(own["weights"] * factor, rel=1e-6)
    bias = own["biases"] - own["rolling_mean"] * factor
    assert arrays["biases"].item() == pytest.approx(bias, rel=1e-6)


def test_shared_weights_are_folded_once_for_all_who_use_them():
    assert folded(f"{BN}{BN}share_index=0\n{BN}share_index=0\n")[0] == [False] * 3


def test_weights_shared_with_a_layer_that_does_not_normalize_stay():
    plain = "[conv]\nfilters=4\nsize=3\npad=1\nactivation=linear\nshare_index=0\n"
    assert folded(f"{BN}{plain}{BN}share_index=0\n")[0] == [True, False, True]


@pytest.mark.parametrize("option", ["xnor", "binary"])
def test_binarized_filters_stay_unfolded(option):
    assert folded(f"{BN}{option}=1\n")[0] == [True]
    assert folded(f"{BN}{option}=1\n{BN}share_index=0\n")[0] == [True, True]
    assert folded(f"{BN}{BN}{option}=1\nshare_index=0\n")[0] == [True, True]


def test_deconvolutions_are_folded_and_batchnorm_sections_stay():
    assert folded("[deconv]\nfilters=4\nbatch_normalize=1\n[batchnorm]\n")[0] == [False, None]


# ---- bf16


def has_bf16():
    openvino = pytest.importorskip("openvino")
    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


DEEP = f"{BN}[maxpool]\nstride=2\n{BN}{BN}[shortcut]\nfrom=1\n"


def test_bf16_of_openvino_is_within_3e_2_or_refused():
    net, weights, batch, expected = solved(DEEP)
    settings = Settings("bf16")
    if not has_bf16():
        with pytest.raises(EngineError, match=r"bf16.*f32"):
            open_engine("openvino", net, weights, 2, settings)
        return
    opened = open_engine("openvino", net, weights, 2, settings)
    assert "bf16" in opened.describe()
    # 8 bits of mantissa: 4e-3 a rounding, and three convolutions after each other.
    assert 1e-5 < off_by(opened.run(batch)[0], expected[0]) < 3e-2, "1e-5 and less is f32"


def test_bf16_of_torch_is_within_3e_2():
    pytest.importorskip("torch")
    net, weights, batch, expected = solved(DEEP)
    opened = open_engine("torch", net, weights, 2, Settings("bf16"))
    assert "bf16" in opened.describe()
    assert 1e-5 < off_by(opened.run(batch)[0], expected[0]) < 3e-2, "1e-5 and less is f32"


@pytest.mark.parametrize("precision", ["auto", "f32"])
def test_other_precisions_are_f32(precision, engine):
    net, weights, batch, expected = solved(DEEP)
    opened = open_engine(engine, net, weights, 2, Settings(precision))
    assert "f32" in opened.describe()
    assert off_by(opened.run(batch)[0], expected[0]) < 1e-5


@pytest.mark.parametrize("name", ["onnxruntime", "reference"])
def test_engines_without_bf16_say_so(name):
    pytest.importorskip("onnxruntime" if name == "onnxruntime" else "numpy")
    net, weights, *_ = solved(BN)
    with pytest.raises(EngineError, match=f"{name} has no bf16.*openvino"):
        open_engine(name, net, weights, 1, Settings("bf16"))
