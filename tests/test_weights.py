"""The .weights file: every array at its place, every byte counted, what is read is written."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import darknet
from conftest import ROOT, network, random_weights
from darknet.cfg import Cfg
from darknet.errors import DarknetError, InputError, WeightsError
from darknet.network import Network
from darknet.weights import Header, Weights, unloaded

NET = "[net]\nwidth=4\nheight=3\nchannels=3\n"
CONV = "[conv]\nfilters=2\nsize=3\npad=1\n"
NEW = struct.pack("<iiiQ", 0, 2, 0, 0)


def counted(text, header=NEW):
    """A network, and its weights from a file whose floats are 0, 1, 2 ..."""
    net = network(NET + text)
    floats = np.arange(net.parameters, dtype="<f4")
    return net, Weights.from_bytes(header + floats.tobytes(), net)


# ---- the header


@pytest.mark.parametrize(
    ("major", "minor", "size", "transposed"),
    [
        (0, 1, 16, False),
        (0, 0, 16, False),
        (0, 2, 20, False),
        (0, 3, 20, False),
        (1, 0, 20, False),
        (1001, 0, 16, True),
        (0, 1001, 16, True),
    ],
)
def test_the_header_of_each_generation(major, minor, size, transposed):
    seen = struct.pack("<I" if size == 16 else "<Q", 7)
    data = struct.pack("<iii", major, minor, 5) + seen
    header = Header.parse(data + b"more", "x.weights")
    assert header == Header(major, minor, 5, 7)
    assert (header.size, header.transposed) == (size, transposed)
    assert header.to_bytes() == data


def test_the_new_header_counts_beyond_32_bits():
    header = Header(seen=2**40 + 1)
    assert Header.parse(header.to_bytes(), "x") == header


def test_new_weights_have_the_version_that_darknet_writes():
    net, weights = counted(CONV)
    assert weights.to_bytes(net)[:12] == struct.pack("<iii", 0, 2, 0)
    assert Weights.initial(net, np.random.default_rng(0)).header == Header(0, 2, 0, 0)


# ---- the order of the floats

NORM = [("scales", 2), ("rolling_mean", 2), ("rolling_variance", 2)]
LAYOUTS = {
    "convolutional": (CONV, [("biases", 2), ("weights", 54)]),
    "convolutional, normalized": (
        f"{CONV}batch_normalize=1\n",
        [("biases", 2), *NORM, ("weights", 54)],
    ),
    "convolutional, groups": ("[conv]\nfilters=3\ngroups=3\n", [("biases", 3), ("weights", 3)]),
    "deconvolutional": (
        "[deconv]\nfilters=2\nsize=2\nbatch_normalize=1\n",
        [("biases", 2), *NORM, ("weights", 24)],
    ),
    "local": ("[local]\nfilters=2\nsize=3\npad=1\n", [("biases", 24), ("weights", 12 * 2 * 27)]),
    "connected": ("[connected]\noutput=2\n", [("biases", 2), ("weights", 72)]),
    "connected, normalized": (
        "[connected]\noutput=2\nbatch_normalize=1\n",
        [("biases", 2), ("weights", 72), *NORM],
    ),
    "batchnorm": (
        "[batchnorm]\n",
        [("scales", 3), ("rolling_mean", 3), ("rolling_variance", 3)],
    ),
    "shortcut, per_layer": (
        "[dropout]\n[dropout]\n[shortcut]\nfrom=0\nweights_type=per_layer\n",
        [("weights_0", 1), ("weights_1", 1)],
    ),
    "shortcut, per_channel": (
        "[dropout]\n[dropout]\n[shortcut]\nfrom=0,-2\nweights_type=per_channel\n",
        [("weights_0", 3), ("weights_1", 3), ("weights_2", 3)],
    ),
}


@pytest.mark.parametrize(("text", "arrays"), LAYOUTS.values(), ids=LAYOUTS)
def test_arrays_follow_each_other_as_in_c(text, arrays):
    net, weights = counted(text)
    assert net.parameters == sum(size for _, size in arrays)
    position = 0
    for name, size in arrays:
        found = weights[len(net.nodes) - 1][name]
        assert found.dtype == np.float32
        assert found.ravel().tolist() == list(range(position, position + size)), name
        position += size


def test_layers_follow_each_other():
    weights = counted(f"{CONV}[maxpool]\n[connected]\noutput=2\n")[1]
    assert weights[1] == {}
    assert weights[2]["biases"].tolist() == [56, 57]


def test_convolutional_filters_are_channels_rows_columns():
    weights = counted(CONV)[1][0]["weights"]
    assert weights.shape == (2, 3, 3, 3)
    assert weights[1, 2, 0, 1] == 2 + 27 + 2 * 9 + 1


def test_flipped_filters_are_stored_taps_first():
    weights = counted(f"{CONV}flipped=1\n")[1][0]["weights"]
    assert weights.shape == (2, 3, 3, 3)
    assert weights[1, 2, 0, 1] == 2 + (2 * 9 + 1) * 2 + 1


@pytest.mark.parametrize("version", [(1001, 0), (0, 1001)])
def test_connected_weights_are_stored_inputs_first_where_the_version_says_so(version):
    header = struct.pack("<iiiI", *version, 0, 0)
    weights = counted("[connected]\noutput=2\n", header)[1][0]["weights"]
    assert weights.shape == (2, 36)
    assert weights[1, 5] == 2 + 5 * 2 + 1


def test_batchnorm_has_biases_of_0_that_no_file_has():
    weights = counted("[batchnorm]\n")[1]
    assert weights[0]["biases"].tolist() == [0, 0, 0]


def test_dontload_takes_no_floats_and_starts_as_before_training():
    net, weights = counted(f"{CONV}batch_normalize=1\ndontload=1\n{CONV}")
    assert weights[0]["scales"].tolist() == [1, 1]
    assert weights[0]["biases"].tolist() == [0, 0]
    assert weights[0]["weights"].std() > 0.1
    assert weights[1]["biases"].tolist() == [0, 1]
    assert [node.index for node in unloaded(net)] == [0]


def test_dontloadscales_takes_no_scales():
    net, weights = counted(f"{CONV}batch_normalize=1\ndontloadscales=1\n")
    arrays = weights[0]
    assert net.parameters == 2 + 54
    assert (arrays["scales"].tolist(), arrays["rolling_mean"].tolist()) == ([1, 1], [0, 0])
    assert arrays["rolling_variance"].tolist() == [1, 1]
    assert arrays["weights"].ravel()[0] == 2
    assert unloaded(net) == []


def test_share_index_takes_no_floats():
    same = "[conv]\nfilters=3\nsize=3\npad=1\n"
    weights = counted(f"{same}{same}share_index=0\n{CONV}")[1]
    assert weights[1] == {}
    assert weights[2]["biases"].tolist() == [3 + 81, 3 + 82]


# ---- what is read is written

KINDS = [
    "[conv]\nfilters={n}\nsize={s}\npad=1\nbatch_normalize={b}\n",
    "[conv]\nfilters={n}\nsize={s}\npad=1\nbatch_normalize={b}\nflipped=1\n",
    "[conv]\nfilters={n}\nbatch_normalize={b}\ndontload=1\n",
    "[conv]\nfilters={n}\nbatch_normalize={b}\ndontloadscales=1\n",
    "[deconv]\nfilters={n}\nsize={s}\nbatch_normalize={b}\n",
    "[local]\nfilters={n}\nsize=1\n",
    "[connected]\noutput={n}\nbatch_normalize={b}\n",
    "[batchnorm]\n",
    "[maxpool]\n",
    "[shortcut]\nfrom=-1\nweights_type=per_channel\n",
]
SECTIONS = st.builds(
    lambda kind, n, s, b: kind.format(n=n, s=s, b=b),
    st.sampled_from(KINDS),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(0, 1),
)
NETWORKS = st.lists(SECTIONS, min_size=1, max_size=4).map(
    lambda parts: network(NET + "[dropout]\n" + "".join(parts))
)
HEADERS = st.sampled_from([(0, 1), (0, 2), (1, 0), (1001, 0), (0, 1001)]).map(
    lambda version: Header(*version, 3, 32_013_312)
)


@settings(deadline=None, max_examples=60)
@given(net=NETWORKS, header=HEADERS, seed=st.integers(0, 2**32 - 1))
def test_any_file_that_is_read_is_written_byte_by_byte(net, header, seed):
    floats = np.random.default_rng(seed).bytes(4 * net.parameters)  # NaNs and denormals too
    data = header.to_bytes() + floats
    weights = Weights.from_bytes(data, net)
    assert weights.to_bytes(net) == data
    for node in net.nodes:
        assert {s.name: s.shape for s in node.weights} == {
            name: array.shape for name, array in weights[node.index].items()
        }


@settings(deadline=None, max_examples=60)
@given(net=NETWORKS, header=HEADERS, seed=st.integers(0, 1000))
def test_any_arrays_that_are_written_are_read(net, header, seed):
    drawn = Weights(header, random_weights(net, seed).arrays)
    again = Weights.from_bytes(drawn.to_bytes(net), net)
    assert again.header == header
    for node in net.nodes:
        for spec in node.weights:
            if spec.stored:
                ours, theirs = again[node.index][spec.name], drawn[node.index][spec.name]
                np.testing.assert_array_equal(ours, theirs)


def test_a_file_is_saved_and_read(tmp_path):
    net = network(NET + CONV)
    weights = random_weights(net)
    path = tmp_path / "a.weights"
    weights.save(path, net)
    assert path.read_bytes() == weights.to_bytes(net)
    assert path.stat().st_size == net.weights_bytes
    np.testing.assert_array_equal(Weights.read(path, net)[0]["weights"], weights[0]["weights"])
    assert [file.name for file in tmp_path.iterdir()] == ["a.weights"]


def test_saving_where_nothing_can_be_written_leaves_nothing(tmp_path):
    net = network(NET + CONV)
    with pytest.raises(InputError, match="cannot be written"):
        random_weights(net).save(tmp_path / "missing" / "a.weights", net)
    assert list(tmp_path.iterdir()) == []


def test_weights_of_another_network_are_not_written():
    weights = random_weights(network(NET + "[conv]\nfilters=4\n"))
    with pytest.raises(DarknetError, match="biases"):
        weights.to_bytes(network(NET + "[conv]\nfilters=2\n"))


# ---- parts of a file


@pytest.fixture
def two_layers(tmp_path):
    net = network(f"{NET}{CONV}[maxpool]\n{CONV}batch_normalize=1\n")
    weights = random_weights(net, seed=1)
    weights.save(tmp_path / "whole.weights", net)
    return net, weights, tmp_path / "whole.weights"


def test_cutoff_reads_the_layers_before_it(two_layers):
    net, weights, path = two_layers
    found = Weights.read(path, net, cutoff=2)
    np.testing.assert_array_equal(found[0]["weights"], weights[0]["weights"])
    assert found[2]["scales"].tolist() == [1, 1]
    assert found[2]["biases"].tolist() == [0, 0]
    assert not np.array_equal(found[2]["weights"], weights[2]["weights"])


def test_cutoff_is_enough_for_a_file_that_ends_there(two_layers):
    net, weights, path = two_layers
    part = 20 + 4 * net.nodes[0].parameters
    path.write_bytes(path.read_bytes()[:part])
    found = Weights.read(path, net, cutoff=1)
    np.testing.assert_array_equal(found[0]["weights"], weights[0]["weights"])
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(WeightsError, match=r"layer 0 .* weights want 54 floats and find 53"):
        Weights.read(path, net, cutoff=1)


@pytest.mark.parametrize("cutoff", [-1, 0, 3, 99])
def test_a_cutoff_that_leaves_nothing_out_or_everything_is_refused(two_layers, cutoff):
    net, _, path = two_layers
    with pytest.raises(WeightsError, match=f"cutoff={cutoff}: expected 1 to 2"):
        Weights.read(path, net, cutoff=cutoff)


def test_load_hands_cutoff_on(two_layers):
    net, weights, path = two_layers
    part = 20 + 4 * net.nodes[0].parameters
    path.write_bytes(path.read_bytes()[:part])
    loaded = darknet.load(net.cfg, path, cutoff=1)
    np.testing.assert_array_equal(loaded.weights[0]["weights"], weights[0]["weights"])


# ---- files that do not fit


@pytest.mark.parametrize("change", [-5, -4, -1, 1, 4, 400])
def test_a_file_of_another_size_is_refused(two_layers, change):
    net, _, path = two_layers
    data = path.read_bytes()
    path.write_bytes(data[:change] if change < 0 else data + bytes(change))
    size, needed = len(data) + change, len(data)
    with pytest.raises(WeightsError, match=rf"{size:,} bytes, but test.cfg needs {needed:,}"):
        Weights.read(path, net)
    with pytest.raises(WeightsError, match=rf"{size:,} bytes, but test.cfg needs {needed:,}"):
        Weights.from_bytes(path.read_bytes(), net)


@pytest.mark.parametrize("length", [1, 4, 15, 19])
def test_a_file_shorter_than_its_header_is_refused(length):
    with pytest.raises(WeightsError, match=f"{length} bytes, too short for a header"):
        Weights.from_bytes(NEW[:length], network(NET + CONV))


def test_a_path_that_cannot_be_read_is_named(tmp_path):
    net = network(NET + CONV)
    with pytest.raises(WeightsError, match=r"none.weights: cannot be read: No such file"):
        Weights.read(tmp_path / "none.weights", net)
    with pytest.raises(WeightsError, match="is a folder"):
        Weights.read(tmp_path, net)
    with pytest.raises(WeightsError, match="cannot be read: embedded null"):
        Weights.read("a\0b", net)


# ---- before training


def test_initial_filters_have_variance_2_over_their_inputs():
    net = network("[net]\nwidth=1\nheight=1\nchannels=50\n[conv]\nfilters=400\nsize=3\npad=1\n")
    weights = Weights.initial(net, np.random.default_rng(0))[0]["weights"]
    assert weights.dtype == np.float32
    assert weights.var() == pytest.approx(2 / 450, rel=0.02)  # 180,000 draws: 0.3 % each way
    assert abs(weights.mean()) < 1e-3
    again = Weights.initial(net, np.random.default_rng(0))[0]["weights"]
    np.testing.assert_array_equal(weights, again)


# ---- the real file


@pytest.mark.parametrize("cfg", ["ours", "pjreddie's"])
def test_tiny_weights_fit_to_the_last_byte(shared, cfg):
    ours, theirs = ROOT / "cfg" / "tiny.cfg", shared / "data" / "cfg" / "pjreddie" / "tiny.cfg"
    net = Network.build(Cfg.read(ours if cfg == "ours" else theirs))
    path = shared / "data" / "weights" / "tiny" / "tiny.weights"
    weights = Weights.read(path, net)
    assert weights.header.size == 16
    assert weights.to_bytes(net) == path.read_bytes()
    assert all(np.isfinite(array).all() for arrays in weights.arrays for array in arrays.values())
    assert all((arrays["rolling_variance"] >= 0).all() for arrays in weights.arrays[:1])


def test_tiny_weights_cut_short_by_a_float_are_explained(shared, tmp_path):
    net = Network.build(Cfg.read(ROOT / "cfg" / "tiny.cfg"))
    whole = (shared / "data" / "weights" / "tiny" / "tiny.weights").read_bytes()
    path = tmp_path / "cut.weights"
    path.write_bytes(whole[:-4])
    with pytest.raises(WeightsError) as error:
        Weights.read(path, net)
    for part in ("cut.weights", "4,185,964", "4,185,968", "layer 19", "128,000", "127,999"):
        assert part in str(error.value)
    assert "\n" not in str(error.value)
