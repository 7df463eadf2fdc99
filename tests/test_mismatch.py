"""Why a file does not fit: what it is instead, where it ends, and what would make it fit.

A suggestion is tested by building the file that it is true of, and by doing what it says.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import re
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from conftest import ROOT, network, random_weights
from darknet.errors import WeightsError
from darknet.network import Network
from darknet.weights import Weights

NET = "[net]\nwidth=8\nheight=8\nchannels=3\n"
CONV = "[conv]\nfilters={}\nsize=3\npad=1\nbatch_normalize={}\nactivation=leaky\n"
SMALL = f"{NET}{CONV.format(4, 1)}[maxpool]\n{CONV.format(5, 0)}[avgpool]\n[softmax]\n"
NOISE = np.random.default_rng(0).bytes(5000)


def message(text, data):
    """What is said of a file for a network."""
    with pytest.raises(WeightsError) as error:
        Weights.from_bytes(data, network(text), "given.weights")
    said = str(error.value)
    assert said.startswith("given.weights: ")
    assert "\n" not in said
    return said


# ---- other files


def saved(save, *arguments):
    out = io.BytesIO()
    save(out, *arguments)
    return out.getvalue()


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("archive/data.pkl", NOISE)
    return out.getvalue()


PICTURE = Image.new("RGB", (9, 9))
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:f1c3fe6b\nsize 4185968\n"
JSON = b'{"weights": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}'
IMPOSTORS = {
    "a page": (b"<!DOCTYPE html>\n<html><body>404</body></html>", "an HTML page"),
    "a page after white space": (b"\r\n  <HTML lang=en>", "an HTML page"),
    "a page after a byte order mark": (b"\xef\xbb\xbf<html>", "an HTML page"),
    "an error of a store": (b'<?xml version="1.0"?><Error/>', "an HTML page"),
    "a pointer": (POINTER, r"a Git LFS pointer to a file of 4,185,968 bytes.*git lfs pull"),
    "names": (b"person\nbicycle\ncar\n", "text"),
    "JSON": (b'{"error": "not found"}', "text"),
    "a cfg": (b"[net]\nwidth=8\n", r"a \.cfg file.*swapped"),
    "a cfg with spaces": (b"\n\n  [network]\n", r"a \.cfg file.*swapped"),
    "safetensors": (struct.pack("<Q", len(JSON)) + JSON + bytes(4), "a safetensors file"),
    "torch": (zipped(), "a zip archive"),
    "npz": (saved(np.savez, np.zeros(3)), "a zip archive"),
    "npy": (saved(np.save, np.zeros(3)), r"a numpy \.npy file"),
    "old torch": (pickle.dumps({"state": 1}, protocol=2), "a Python pickle"),
    "AVIF": (b"\0\0\0\x20ftypavif" + NOISE, r"an AVIF picture \(convert it to JPEG or PNG"),
    "HEIC": (b"\0\0\0\x18ftypheic" + NOISE, "a HEIC picture"),
    "video": (b"\0\0\0\x18ftypisom" + NOISE, "a video"),
    "JPEG 2000": (b"\0\0\0\x0cjP  \r\n\x87\n" + NOISE, "a JPEG 2000 picture"),
    "Keras": (b"\x89HDF\r\n\x1a\n" + NOISE, "an HDF5 file"),
    "gzip": (gzip.compress(NOISE), "compressed with gzip"),
    "bzip2": (bz2.compress(NOISE), "compressed with bzip2"),
    "xz": (lzma.compress(NOISE), "compressed with xz"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + NOISE, "a 7z archive"),
    "png": (saved(PICTURE.save, "PNG"), "a PNG picture"),
    "jpeg": (saved(PICTURE.save, "JPEG"), "a JPEG photograph"),
    "gguf": (b"GGUF\x03\0\0\0" + NOISE, "a GGUF file"),
    "pdf": (b"%PDF-1.7\n" + NOISE, "a PDF document"),
    "empty": (b"", r"empty \(0 bytes\)"),
}


@pytest.mark.parametrize(("data", "what"), IMPOSTORS.values(), ids=IMPOSTORS)
def test_another_file_is_named(data, what, tmp_path):
    path = tmp_path / "tiny.weights"
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=rf"tiny.weights: {what}.*expected a \.weights file"):
        Weights.read(path, network(SMALL))
    with pytest.raises(WeightsError, match=what):
        Weights.from_bytes(data, network(SMALL))


@pytest.mark.parametrize(("data", "what"), IMPOSTORS.values(), ids=IMPOSTORS)
def test_another_file_of_just_the_right_size_is_named(data, what):
    if data:
        padded = (data + b" " * 10_000)[: network(SMALL).weights_bytes]
        assert re.search(what, message(SMALL, padded))


@pytest.mark.parametrize("cfg", sorted(ROOT.glob("cfg/*.cfg")), ids=lambda path: path.stem)
def test_shipped_cfgs_are_known_as_cfgs(cfg):
    assert re.search(r"a \.cfg file.*swapped", message(SMALL, cfg.read_bytes()))


@pytest.mark.parametrize("version", [(-1, 2), (0, -1), (100_000, 0), (1_065_353_216, 0)])
def test_a_version_that_no_darknet_writes_is_refused(version):
    said = message(SMALL, struct.pack("<iii", *version, 0) + bytes(5000))
    assert f"starts with version {version[0]}.{version[1]}, which no Darknet writes" in said


def test_floats_without_a_header_are_refused():
    floats = np.random.default_rng(0).standard_normal(500).astype("<f4").tobytes()
    assert "which no Darknet writes" in message(SMALL, floats)


@settings(deadline=None, max_examples=100)
@given(data=st.binary(max_size=600))
def test_no_bytes_crash_the_reader(data):
    with pytest.raises(WeightsError):
        Weights.from_bytes(data, network(SMALL))  # wants 1,152 bytes


# ---- where it ends


@pytest.mark.parametrize(
    ("floats", "ends"),
    [
        (0, "layer 0 [convolutional], whose biases want 4 floats and find 0"),
        (3, "layer 0 [convolutional], whose biases want 4 floats and find 3"),
        (9, "layer 0 [convolutional], whose rolling_mean want 4 floats and find 1"),
        (16 + 107, "layer 0 [convolutional], whose weights want 108 floats and find 107"),
        (124 + 2, "layer 2 [convolutional], whose biases want 5 floats and find 2"),
        (124 + 5 + 100, "layer 2 [convolutional], whose weights want 180 floats and find 100"),
    ],
)
def test_a_short_file_names_layer_array_and_floats(floats, ends):
    said = message(SMALL, struct.pack("<iiiQ", 0, 2, 0, 0) + bytes(4 * floats))
    assert f"{20 + 4 * floats:,} bytes, but test.cfg needs 1,256: it ends in {ends}" in said


def test_a_long_file_says_how_much_is_left_over():
    whole = random_weights(network(SMALL)).to_bytes(network(SMALL))
    assert "132 bytes are left over after the last layer" in message(SMALL, whole + bytes(132))


def test_a_file_of_a_much_larger_network_is_told_in_a_few_words():
    """Not by the layer, nor by a number of classes that would make it fit."""
    net = network(SMALL)
    whole = random_weights(net).to_bytes(net)
    for floats in (1_000_000, 37 * 30_000):  # a whole number of filters, the second
        assert message(SMALL, whole + bytes(4 * floats)) == (
            f"given.weights: {len(whole) + 4 * floats:,} bytes, but {net.cfg.label} needs "
            f"{len(whole):,}: the weights of another, larger network"
        )


def test_a_file_cut_within_a_float_is_told_from_one_for_another_network():
    whole = random_weights(network(SMALL)).to_bytes(network(SMALL))
    said = message(SMALL, whole[:-2])
    assert said.endswith("the floats are not whole: the file is cut off or no .weights file")


# ---- what would make it fit

DENSE = "[net]\nwidth={}\nheight={}\nchannels={}\n[conv]\nfilters=4\n[connected]\noutput=9\n"
SUGGESTIONS = {
    "classes": (SMALL, SMALL.replace("filters=5", "filters=11"), "filters=11 (classes?) instead"),
    "one class": (SMALL, SMALL.replace("filters=5", "filters=1"), "filters=1 (classes?) instead"),
    "outputs": (DENSE.format(8, 8, 3), DENSE.format(8, 8, 3).replace("=9", "=3"), "output=3 (cla"),
    "one layer normalizes": (
        f"{NET}{CONV.format(4, 0)}{CONV.format(6, 1)}",
        f"{NET}{CONV.format(4, 1)}{CONV.format(6, 1)}",
        "batch_normalize=1 in layer 0",
    ),
    "one layer does not normalize": (
        f"{NET}{CONV.format(4, 1)}{CONV.format(6, 1)}",
        f"{NET}{CONV.format(4, 1)}{CONV.format(6, 0)}",
        "batch_normalize=0 in layer 1",
    ),
    "all normalize": (
        f"{NET}{CONV.format(4, 0)}{CONV.format(6, 0)}",
        f"{NET}{CONV.format(4, 1)}{CONV.format(6, 1)}",
        "batch_normalize=1 in every layer",
    ),
    "all but the last normalize": (
        f"{NET}{CONV.format(4, 0)}{CONV.format(5, 0)}{CONV.format(6, 0)}",
        f"{NET}{CONV.format(4, 1)}{CONV.format(5, 1)}{CONV.format(6, 0)}",
        "batch_normalize=1 in every layer but the last",
    ),
    "none normalizes": (
        f"{NET}{CONV.format(4, 1)}{CONV.format(6, 1)}",
        f"{NET}{CONV.format(4, 0)}{CONV.format(6, 0)}",
        "without batch_normalize in any layer",
    ),
    "the size": (DENSE.format(32, 32, 3), DENSE.format(28, 28, 3), "width=28, height=28 in [net]"),
    "grey": (SMALL, SMALL.replace("channels=3", "channels=1"), "channels=1 in [net]"),
    "Go, one plane": (
        SMALL.replace("channels=3", "channels=16"),
        SMALL.replace("channels=3", "channels=1"),
        "channels=1 in [net]",
    ),
    "Go, what came before": (
        SMALL.replace("channels=3", "channels=1"),
        SMALL.replace("channels=3", "channels=16"),
        "channels=16 in [net]",
    ),
    "colour": (SMALL.replace("channels=3", "channels=1"), SMALL, "channels=3 in [net]"),
}


@pytest.mark.parametrize(("cfg", "other", "idea"), SUGGESTIONS.values(), ids=SUGGESTIONS)
def test_the_option_that_differs_is_named(cfg, other, idea):
    data = random_weights(network(other)).to_bytes(network(other))
    assert f"it would fit with {idea}" in message(cfg, data).replace(
        "fit without", "fit with without"
    )


def test_a_pretrained_start_is_known_and_the_cutoff_that_it_names_loads_it(tmp_path):
    net = network(SMALL)
    weights = random_weights(net, seed=3)
    start = weights.to_bytes(net)[: 20 + 4 * net.nodes[0].parameters]
    said = message(SMALL, start)
    assert "exactly layers 0 to 0 (a pretrained start: darknet.load with cutoff=1)" in said
    (tmp_path / "a.conv.1").write_bytes(start)
    found = Weights.read(tmp_path / "a.conv.1", net, cutoff=1)
    np.testing.assert_array_equal(found[0]["weights"], weights[0]["weights"])


@pytest.mark.parametrize(("wrong", "right"), [((0, 2), 16), ((0, 1), 20)])
def test_damaged_version_numbers_are_seen(wrong, right):
    net = network(SMALL)
    floats = random_weights(net).to_bytes(net)[20:]
    header = struct.pack("<iii", *wrong, 0) + bytes(right - 12)
    said = message(SMALL, header + floats)
    assert f"it would fit with a header of {right} bytes (its version numbers are damaged)" in said


def test_but_the_last_is_said_of_the_last_layer_only():
    cfg = f"{NET}{CONV.format(4, 0)}{CONV.format(5, 0)}{CONV.format(6, 1)}"
    other = f"{NET}{CONV.format(4, 1)}{CONV.format(5, 0)}{CONV.format(6, 1)}"
    said = message(cfg, random_weights(network(other)).to_bytes(network(other)))
    assert "batch_normalize=1 in layer 0" in said
    assert "every layer but the last" not in said


def test_normalizing_a_layer_that_is_not_loaded_is_no_idea():
    cfg = f"{NET}{CONV.format(4, 0)}dontload=1\n{CONV.format(5, 0)}"
    data = random_weights(network(cfg)).to_bytes(network(cfg))
    assert "layer 0" not in message(cfg, data + bytes(4 * 3 * 4))


def test_a_file_for_no_cfg_like_this_says_so():
    net = network(SMALL)
    whole = random_weights(net).to_bytes(net)
    assert message(SMALL, whole[:-8]).endswith("; cut off (fetch it again), or another network's")
    assert message(SMALL, whole + bytes(8)).endswith("; another network's?")


def test_at_most_three_ideas_are_given():
    cfg = f"{NET}{CONV.format(1, 0) * 8}"
    data = random_weights(network(cfg)).to_bytes(network(cfg))
    assert message(cfg, data + bytes(12)).count("it would fit") <= 3


def applied(text, idea):
    """The cfg after doing what a suggestion says."""
    cfg = network(text).cfg
    if found := re.search(r"(filters|output)=(\d+) \(classes\?\) .* in layer (\d+)", idea):
        return cfg.with_option(int(found[3]) + 1, found[1], found[2])
    if found := re.search(r"batch_normalize=([01]) in layer (\d+)", idea):
        return cfg.with_option(int(found[2]) + 1, "batch_normalize", found[1])
    if "batch_normalize" in idea:
        which = [
            at for at, section in enumerate(cfg.sections) if section.name in ("conv", "connected")
        ]
        for at in which[:-1] if "but the last" in idea else which:
            cfg = cfg.with_option(at, "batch_normalize", 0 if "without" in idea else 1)
        return cfg
    for key, value in re.findall(r"(width|height|channels)=(\d+)", idea):
        cfg = cfg.with_option(0, key, value)
    return cfg


LAYERS = st.one_of(
    st.tuples(st.just("conv"), st.integers(1, 6), st.integers(0, 1)),
    st.tuples(st.just("connected"), st.integers(1, 6), st.integers(0, 1)),
)
NETS = st.tuples(
    st.sampled_from([28, 32, 64]),
    st.sampled_from([1, 3, 4]),
    st.lists(LAYERS, min_size=1, max_size=4),
)


def written(size, channels, layers):
    """A cfg of convolutions and connected layers."""
    parts = [f"[net]\nwidth={size}\nheight={size}\nchannels={channels}\n"]
    for kind, count, normalize in layers:
        key = "filters" if kind == "conv" else "output"
        parts.append(f"[{kind}]\n{key}={count}\nbatch_normalize={normalize}\n")
    return "".join(parts)


@st.composite
def two_cfgs(draw):
    """A cfg, and one that differs from it as the cfgs of users do."""
    size, channels, layers = draw(NETS)
    other_size, other_channels, _ = draw(NETS)
    at = draw(st.integers(0, len(layers) - 1))
    kind, count, normalize = layers[at]
    flip = draw(st.sampled_from([0, 1]))
    others = draw(
        st.sampled_from(
            [
                (other_size, channels, layers),
                (size, other_channels, layers),
                (size, channels, layers[: at + 1]),
                (size, channels, [*layers[:at], (kind, count, 1 - normalize), *layers[at + 1 :]]),
                (size, channels, [*layers[:at], (kind, count + 5, normalize), *layers[at + 1 :]]),
                (size, channels, [(kind, count, flip) for kind, count, _ in layers]),
            ]
        )
    )
    return written(size, channels, layers), written(*others)


@settings(deadline=None, max_examples=200)
@given(cfgs=two_cfgs())
def test_whatever_is_suggested_makes_the_file_fit(cfgs):
    cfg, floats = cfgs[0], network(cfgs[1]).parameters
    if floats == network(cfg).parameters:
        return
    said = message(cfg, struct.pack("<iiiQ", 0, 2, 0, 0) + bytes(4 * floats))
    for idea in said.split("; ")[1:]:
        if start := re.search(r"cutoff=(\d+)", idea):
            assert sum(node.parameters for node in network(cfg).nodes[: int(start[1])]) == floats
        elif "would fit" in idea and "header" not in idea and "but the last" not in idea:
            assert Network.build(applied(cfg, idea)).parameters == floats, idea
