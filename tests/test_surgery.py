"""The weight tools, each by what it must preserve: the engines' answers before and after."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import network, random_weights
from darknet.cfg import Cfg
from darknet.errors import InputError, WeightsError
from darknet.network import Network
from darknet.runner import Runner
from darknet.statistics import damage, statistics
from darknet.surgery import (
    average,
    changed,
    denormalize,
    filters,
    normalize,
    partial,
    rescale,
    reset,
    rgbgr,
    rows,
)
from darknet.weights import Header, Weights

NET = "[net]\nwidth=8\nheight=8\nchannels=3\n"
CONV = "[conv]\nfilters=4\nsize=3\nactivation=leaky\nbatch_normalize=1\n"
PLAIN = CONV.replace("batch_normalize=1\n", "")
# every kind of layer that has weights; his Darknet has no deconvolutional, the other shares none
PJREDDIE = (
    f"{NET}{CONV}"
    "[deconv]\nfilters=3\nsize=2\nstride=2\nactivation=linear\nbatch_normalize=1\n"
    "[batchnorm]\n[local]\nfilters=2\nsize=3\nactivation=tanh\n"
    "[conv]\nfilters=4\nsize=1\ngroups=2\nactivation=linear\n"
    "[connected]\noutput=6\nactivation=leaky\nbatch_normalize=1\n"
    "[connected]\noutput=5\nactivation=linear\n"
)
SHARED = "[conv]\nfilters=4\nsize=3\npad=1\nactivation=leaky\nbatch_normalize=1\n"
ALEXEYAB = (
    f"{NET}{CONV}{SHARED}{SHARED}share_index=1\n"
    "[shortcut]\nfrom=-2\nweights_type=per_channel\nweights_normalization=softmax\n"
    "[conv]\nfilters=4\nsize=3\nxnor=1\nbatch_normalize=1\nactivation=leaky\n"
    "[conv]\nfilters=3\nsize=1\nflipped=1\nbatch_normalize=1\nactivation=linear\n"
)
TEXTS = {"pjreddie": PJREDDIE, "alexeyab": ALEXEYAB}
ENGINES = ("reference", "openvino")


def pixels(net: Network) -> np.ndarray:
    shape = net.input
    sides = (2, shape.channels, shape.height, shape.width)
    return np.random.default_rng(7).random(sides, np.float32)


def answer(net: Network, weights: Weights, x: np.ndarray, engine: str = "reference") -> np.ndarray:
    """What the network says, after a trip of its weights through a file."""
    again = Weights.from_bytes(weights.to_bytes(net), net)
    return Runner(net, again, engine=engine).run(x)[0]


def close(found: np.ndarray, wanted: np.ndarray, share: float = 1e-5) -> None:
    assert np.ptp(wanted) > 0.1  # else everything would be close
    assert np.abs(found - wanted).max() <= share * np.abs(wanted).max()


@pytest.fixture(params=["pjreddie", "alexeyab"])
def pair(request: pytest.FixtureRequest) -> tuple[Network, Weights]:
    """A network with every kind of layer, in each Darknet's arithmetic, and weights."""
    net = network(TEXTS[request.param])
    assert net.fork == request.param
    return net, random_weights(net, 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_denormalize_gives_the_same_answers_without_normalization(
    pair: tuple[Network, Weights], engine: str
) -> None:
    net, weights = pair
    cfg, folded = denormalize(net, weights)
    built = Network.build(cfg, fork=net.fork)
    left = [n.layer.names[0] for n in built.nodes if "scales" in folded[n.index]]
    assert left == (["batchnorm"] if net.fork == "pjreddie" else ["convolutional"])  # the xnor one
    assert built.parameters < net.parameters
    x = pixels(net)
    close(answer(built, folded, x, engine), answer(net, weights, x))


@pytest.mark.parametrize("engine", ENGINES)
def test_reset_gives_the_same_answers_from_an_identity(
    pair: tuple[Network, Weights], engine: str
) -> None:
    net, weights = pair
    result = reset(net, weights)
    assert np.all(result[0]["scales"] == 1)
    assert np.all(result[0]["rolling_mean"] == 0)
    assert not np.array_equal(result[0]["weights"], weights[0]["weights"])
    x = pixels(net)
    close(answer(net, result, x, engine), answer(net, weights, x))
    twice = reset(net, result)  # nothing is left to do, but for one rounding
    np.testing.assert_allclose(twice[0]["weights"], result[0]["weights"], rtol=3e-7)


def test_reset_divides_by_one_in_either_arithmetic() -> None:
    for fork, root in (("pjreddie", lambda v: np.sqrt(v) + 1e-6), ("alexeyab", None)):
        net = network(f"{NET}{CONV}", fork=fork)
        variance = reset(net, random_weights(net))[0]["rolling_variance"].astype(np.float64)
        divided_by = root(variance) if root else np.sqrt(variance + 1e-5)
        assert np.abs(divided_by - 1).max() < 6e-8  # C has 1 for the variance: 5e-6 off


@pytest.mark.parametrize("engine", ENGINES)
def test_normalize_gives_the_same_answers_with_an_identity(
    pair: tuple[Network, Weights], engine: str
) -> None:
    net, weights = pair
    without = Network.build(denormalize(net, weights)[0], fork=net.fork)
    start = random_weights(without, 2)
    cfg, result = normalize(without, start)
    built = Network.build(cfg, fork=net.fork)
    kinds = ("convolutional", "deconvolutional", "connected")
    wanted = [n.layer.names[0] in kinds for n in built.nodes]
    assert [getattr(n.layer, "batch_normalize", False) for n in built.nodes] == wanted
    x = pixels(net)
    close(answer(built, result, x, engine), answer(without, start, x), 3e-6)


def test_normalize_and_denormalize_undo_each_other() -> None:
    net = network(f"{NET}{PLAIN}[connected]\noutput=3\nactivation=linear\n")
    weights = random_weights(net)
    cfg, with_norm = normalize(net, weights)
    back, again = denormalize(Network.build(cfg), with_norm)
    assert not any(n.layer.batch_normalize for n in Network.build(back).nodes)
    for layer in (0, 1):
        assert again[layer].keys() == weights[layer].keys()
        np.testing.assert_allclose(again[layer]["weights"], weights[layer]["weights"], rtol=2e-7)


def test_a_layer_that_shares_with_one_that_normalizes_stays_as_it_is() -> None:
    plain = SHARED.replace("batch_normalize=1\n", "")
    net = network(f"{NET}{CONV}{SHARED}{plain}share_index=1\n")
    weights = random_weights(net)
    assert changed(weights, normalize(net, weights)[1]) == ()
    assert changed(weights, denormalize(net, weights)[1]) == (0,)
    assert denormalize(net, weights)[0].sections[2].get("batch_normalize") == "1"


def test_denormalize_keeps_the_rest_of_the_cfg() -> None:
    text = f"# mine\n{NET}\n{CONV}; end\n"
    net = network(text)
    cfg, _ = denormalize(net, random_weights(net))
    assert cfg.to_bytes().decode() == text.replace("batch_normalize=1", "batch_normalize=0")


@settings(max_examples=25, deadline=None)
@given(
    filters=st.integers(1, 3),
    size=st.integers(1, 3),
    pad=st.booleans(),
    groups=st.sampled_from([1, 3]),
    fork=st.sampled_from(["pjreddie", "alexeyab"]),
    kind=st.sampled_from(["conv", "deconv"]),
    seed=st.integers(0, 99),
)
def test_denormalize_whatever_the_layer(
    filters: int, size: int, pad: bool, groups: int, fork: str, kind: str, seed: int
) -> None:
    layer = f"[{kind}]\nfilters={3 * filters}\nsize={size}\npad={int(pad)}\nbatch_normalize=1\n"
    layer += f"groups={groups}\n" if kind == "conv" else ""
    net = network(f"{NET}{layer}activation=linear\n", fork=fork)
    weights = random_weights(net, seed)
    cfg, folded = denormalize(net, weights)
    x = pixels(net)
    close(answer(Network.build(cfg), folded, x), answer(net, weights, x))


# rescale and rgbgr


def test_rescale_by_hand() -> None:
    net = network("[net]\nwidth=1\nheight=1\nchannels=3\n[conv]\nactivation=linear\n")
    kernel = np.array([1, 2, 3], np.float32).reshape(1, 3, 1, 1)
    weights = Weights(Header(), ({"biases": np.float32([10]), "weights": kernel},))
    result = rescale(net, weights)
    assert result[0]["weights"].ravel().tolist() == [2, 4, 6]
    assert result[0]["biases"].tolist() == [4]  # 10 - (1 + 2 + 3)
    assert weights[0]["biases"].tolist() == [10]  # what was given stays as it was


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "text",
    [f"{NET}{PLAIN}", f"{NET}{CONV}", f"{NET}[dropout]\n[maxpool]\nsize=3\nstride=1\n{CONV}"],
)
def test_rescaled_weights_answer_for_x_as_the_old_for_2x_minus_1(text: str, engine: str) -> None:
    net = network(text)
    weights = random_weights(net)
    x = pixels(net)
    close(answer(net, rescale(net, weights), x, engine), answer(net, weights, 2 * x - 1))


def test_means_that_no_file_has_are_not_where_rescale_moves_things() -> None:
    net = network(
        f"{NET}[conv]\nfilters=3\nbatch_normalize=1\ndontloadscales=1\nactivation=linear\n"
    )
    weights = Weights.initial(net, np.random.default_rng(0))
    x = pixels(net)
    close(answer(net, rescale(net, weights), x), answer(net, weights, 2 * x - 1))


def test_rescaled_weights_need_no_crop_that_moves_the_pixels() -> None:
    crop = "[crop]\ncrop_width=6\ncrop_height=6\n"
    old, new = (network(f"{NET}{c}{CONV}") for c in (crop, f"{crop}noadjust=1\n"))
    weights = random_weights(old)
    x = pixels(old)
    close(answer(new, rescale(old, weights), x), answer(old, weights, x))


def test_rescaled_weights_differ_where_zeros_around_the_image_are_seen() -> None:
    net = network(f"{NET}{SHARED}")
    weights = random_weights(net)
    x = pixels(net)
    found, wanted = answer(net, rescale(net, weights), x), answer(net, weights, 2 * x - 1)
    close(found[..., 1:-1, 1:-1], wanted[..., 1:-1, 1:-1])
    assert np.abs(found - wanted)[..., 0, :].max() > 0.01


@pytest.mark.parametrize("engine", ENGINES)
def test_rgbgr_weights_see_blue_as_red(pair: tuple[Network, Weights], engine: str) -> None:
    net, weights = pair
    result = rgbgr(net, weights)
    x = pixels(net)
    close(answer(net, result, x[:, ::-1].copy(), engine), answer(net, weights, x))
    assert changed(weights, result) == (0,)
    assert changed(weights, rgbgr(net, result)) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[net]\nwidth=4\nheight=4\nchannels=1\n[conv]\n", "1 channels; expected 3"),
        (f"{NET}[conv]\nfilters=3\ngroups=3\n", "1 channels; expected 3"),
        (f"{NET}[connected]\noutput=3\n", "no [convolutional] layer"),
        (f"{NET}[batchnorm]\n{CONV}", "test.cfg:5: layer 0 [batchnorm]: stands before"),
        (f"{NET}[dropout]\n{CONV}[route]\nlayers=0\n", "layer 2 [route]: sees the image too"),
        (f"{NET}[conv]\nfilters=3\n[conv]\nfilters=3\nshare_index=0\n", "shares the filters"),
    ],
)
def test_first_convolutions_that_cannot_be_changed(text: str, said: str) -> None:
    net = network(text)
    for tool in (rescale, rgbgr):
        with pytest.raises(InputError) as raised:
            tool(net, random_weights(net))
        assert said in str(raised.value)


def test_binary_filters_cannot_be_rescaled() -> None:
    net = network(f"{NET}[conv]\nxnor=1\n")
    with pytest.raises(InputError, match="binary filters"):
        rescale(net, random_weights(net))


# partial, average, filters, statistics


def test_partial_is_the_first_bytes(pair: tuple[Network, Weights]) -> None:
    net, weights = pair
    whole = Weights(Header(seen=77), weights.arrays).to_bytes(net)
    for count in range(1, len(net.nodes) + 1):
        short, kept = partial(net, Weights(Header(seen=77), weights.arrays), count)
        part = kept.to_bytes(short)
        assert part[20:] == whole[20 : len(part)]
        assert int.from_bytes(part[12:20], "little") == 0  # seen, as in C
        assert len(part) == 20 + 4 * sum(n.parameters for n in net.nodes[:count])
    assert part[20:] == whole[20:]


@pytest.mark.parametrize("count", [0, -1, 8])
def test_partial_refuses_layers_that_are_not_there(count: int) -> None:
    net = network(PJREDDIE)
    with pytest.raises(InputError, match="expected 1 to 7"):
        partial(net, random_weights(net), count)


def test_average_of_all_arrays(pair: tuple[Network, Weights]) -> None:
    net, one = pair
    two, three = random_weights(net, 5), random_weights(net, 6)
    several = [Weights(Header(seen=seen), w.arrays) for seen, w in ((5, one), (9, two), (2, three))]
    result = average(net, several)
    assert result.header == Header(seen=9)
    for node in net.nodes:
        for spec in node.weights:
            wanted = np.mean([w[node.index][spec.name].astype(np.float64) for w in several], axis=0)
            np.testing.assert_array_equal(result[node.index][spec.name], wanted.astype(np.float32))
    assert changed(one, average(net, [one])) == ()
    assert changed(one, average(net, [one, one, one])) == ()


def test_the_average_of_linear_networks_answers_the_average() -> None:
    net = network(f"{NET}[conv]\nfilters=4\nsize=3\nactivation=linear\n")
    one, two = random_weights(net, 1), random_weights(net, 2)
    x = pixels(net)
    wanted = (answer(net, one, x) + answer(net, two, x)) / 2
    close(answer(net, average(net, [one, two]), x), wanted, 1e-6)


def test_average_refuses_what_does_not_fit() -> None:
    net, other = network(PJREDDIE), network(ALEXEYAB)
    with pytest.raises(InputError, match="no weights"):
        average(net, [])
    with pytest.raises(WeightsError):
        average(net, [random_weights(net), random_weights(other)])


def test_filters_are_rows() -> None:
    net = network(PJREDDIE)
    weights = random_weights(net)
    shapes = [rows(net, weights, layer).shape for layer in (0, 1, 3, 4, 5, 6)]
    assert shapes == [(4, 27), (3, 16), (10 * 10 * 2, 27), (4, 1), (6, 10 * 10 * 4), (5, 6)]
    np.testing.assert_array_equal(rows(net, weights, 0)[2], weights[0]["weights"][2].ravel())
    np.testing.assert_array_equal(rows(net, weights, 1)[2], weights[1]["weights"][:, 2].ravel())
    assert rows(net, weights, 0, "scales").shape == (1, 4)
    assert rows(net, weights, 3, "biases").shape == (1, 2 * 10 * 10)
    shared = network(ALEXEYAB)
    held = random_weights(shared)
    np.testing.assert_array_equal(rows(shared, held, 2), rows(shared, held, 1))


def test_filters_have_channels_rows_and_columns() -> None:
    net = network(PJREDDIE)
    weights = random_weights(net)
    found = {layer: filters(net, weights, layer) for layer in (0, 1, 3, 4, 5, 6)}
    assert {layer: array.shape for layer, array in found.items()} == {
        0: (4, 3, 3, 3), 1: (3, 4, 2, 2), 3: (10 * 10 * 2, 3, 3, 3), 4: (4, 1, 1, 1),
        5: (6, 4, 10, 10), 6: (5, 6, 1, 1),
    }  # fmt: skip
    assert found[1][2, 3, 0, 1] == weights[1]["weights"][3, 2, 0, 1]
    assert found[3][2 * 7 + 1, 2, 1, 0] == weights[3]["weights"][7, 1, 9 * 2 + 3 * 1]


@pytest.mark.parametrize(
    ("layer", "array", "said"),
    [
        (7, "weights", "layer 7: expected 0 to 6"),
        (-1, "weights", "layer -1: expected 0 to 6"),
        (2, "weights", "layer 2 [batchnorm]: has no array 'weights'; it has scales"),
        (3, "scales", "layer 3 [local]: has no array 'scales'; it has biases, weights"),
    ],
)
def test_filters_that_are_not_there(layer: int, array: str, said: str) -> None:
    net = network(PJREDDIE)
    with pytest.raises(InputError) as raised:
        rows(net, random_weights(net), layer, array)
    assert said in str(raised.value)


def test_statistics_by_hand() -> None:
    net = network("[net]\ninputs=3\n[connected]\noutput=2\nactivation=linear\n")
    numbers = np.float32([[0, 1, 2], [np.nan, np.inf, 0]])
    weights = Weights(Header(seen=3), ({"biases": np.float32([-1, 1]), "weights": numbers},))
    biases, found = statistics(net, weights).arrays
    assert (biases.minimum, biases.mean, biases.maximum, biases.std) == (-1, 0, 1, 1)
    assert (found.minimum, found.mean, found.maximum) == (0, 0.75, 2)
    assert found.std == pytest.approx(0.6875**0.5)  # of 0, 1, 2, 0
    assert (found.zeros, found.nan, found.infinite) == (2 / 6, 1, 1)
    table = str(statistics(net, weights)).splitlines()
    assert table[0].split()[:3] == ["layer", "section", "array"]
    assert table[2].endswith("33.3%  1 NaN 1 inf")
    assert "<td>weights</td>" in statistics(net, weights)._repr_html_()


def test_statistics_count_negative_variances() -> None:
    net = network(f"{NET}[conv]\nfilters=3\nbatch_normalize=1\n")
    weights = random_weights(net)
    assert damage(net, weights) == ""
    weights[0]["rolling_variance"][:2] = [-1, np.inf]
    found = {array.array: array.bad for array in statistics(net, weights).arrays}
    assert {name: bad for name, bad in found.items() if bad} == {
        "rolling_variance": "1 inf 1 negative"
    }
    assert damage(net, weights) == "layer 0 [convolutional]: rolling_variance has 1 inf 1 negative"


def test_statistics_of_nothing_finite_are_null_in_json() -> None:
    net = network("[net]\ninputs=1\n[connected]\noutput=1\n")
    nan = np.full(1, np.nan, np.float32)
    weights = Weights(Header(), ({"biases": nan, "weights": nan.reshape(1, 1)},))
    found = statistics(net, weights).to_dict()["arrays"][0]
    assert found["minimum"] is found["mean"] is found["maximum"] is found["std"] is None
    assert found["nan"] == 1


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 3e38, -1])
@pytest.mark.parametrize("text", [PJREDDIE, ALEXEYAB, f"{NET}{PLAIN}"])
def test_damaged_weights_raise_no_warnings(text: str, value: float) -> None:
    net = network(text)
    good = random_weights(net)
    bad = Weights(
        good.header,
        tuple({name: np.full_like(a, value) for name, a in own.items()} for own in good.arrays),
    )
    for tool in (denormalize, reset, normalize, rgbgr, rescale):
        tool(net, bad)
    average(net, [bad, bad])
    str(statistics(net, bad))


def test_header_and_format_are_kept(pair: tuple[Network, Weights]) -> None:
    net, weights = pair
    header = Header(0, 1, 0, 1234)
    old = Weights(header, weights.arrays)
    for result in (reset(net, old), rgbgr(net, old), denormalize(net, old)[1]):
        assert result.header == header
    assert isinstance(denormalize(net, old)[0], Cfg)
