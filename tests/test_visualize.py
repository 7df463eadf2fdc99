"""``darknet visualize``: what the picture shows, what the figures say, what is refused."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import jsonschema
import numpy as np
import pytest
from PIL import Image

import darknet
from conftest import ROOT, network, random_weights
from darknet.cli import main
from darknet.errors import ImageError, InputError
from darknet.sheet import GRID, coloured, filter_picture, map_picture
from darknet.visualize import SEVERAL_TILES, show_filters

SCHEMA = json.loads((ROOT / "docs" / "schemas" / "visualize.schema.json").read_text())
SMALL = """
[net]
width=16
height=16
channels=3
[conv]
filters=5
size=3
pad=1
activation=relu
[maxpool]
size=2
stride=2
[conv]
filters=4
size=1
activation=linear
[avgpool]
[softmax]
"""


def small_weights():
    """Filter 0 is red, 1 green, 2 blue, 3 grey and the strongest, 4 has no weights."""
    net = network(SMALL)
    weights = random_weights(net)
    kernel = weights.arrays[0]["weights"]
    kernel[...] = 0
    for number in range(3):
        kernel[number, number, 1, 1] = 1 + number / 10
    kernel[3, :, 1, 1] = 2
    weights.arrays[0]["biases"][...] = 0
    return net, weights


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A folder with net.cfg, net.weights and photo.png, to work in."""
    net, weights = small_weights()
    (tmp_path / "net.cfg").write_text(SMALL)
    weights.save(tmp_path / "net.weights", net)
    pixels = np.random.default_rng(0).integers(0, 256, (20, 24, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    (tmp_path / "hard.png").hardlink_to(tmp_path / "photo.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def net(small):
    """The network of that folder."""
    return darknet.load("net.cfg", "net.weights", engine="reference")


def opened(png):
    return np.array(Image.open(io.BytesIO(png)).convert("RGB"))


def run(*words):
    return main(["visualize", "net.cfg", "net.weights", *words, "--engine", "reference"])


def test_filters_are_grey_at_zero_and_scaled_to_their_largest_weight():
    values = np.zeros((3, 2, 2), np.float32)
    values[0, 0, 0], values[2, 0, 1], values[:, 1, 1] = -2, 1, 2
    picture = np.array(filter_picture(values, 40))
    assert picture.shape == (40, 40, 3)
    assert picture[5, 5].tolist() == [0, 128, 128]  # -2 of 2 in red
    assert picture[5, 35].tolist() == [128, 128, 191]  # half in blue: 127.5 + 63.75
    assert picture[35, 5].tolist() == [128, 128, 128]
    assert picture[35, 35].tolist() == [255, 255, 255]


def test_other_filters_are_a_mosaic_of_greys():
    values = np.zeros((4, 1, 1), np.float32)
    values[1], values[2] = 1, -1
    picture = np.array(filter_picture(values, 20))
    assert picture[[5, 5, 15, 15], [5, 15, 5, 15], 0].tolist() == [128, 255, 0, 128]
    # Three by three squares of two channels stand beside each other, a line between.
    beside = np.array(filter_picture(np.zeros((2, 3, 3), np.float32), 55))
    assert beside.shape == (27, 55, 3)
    assert set(beside[:, 27].ravel()) == {255}
    assert set(np.delete(beside, 27, 1).ravel()) == {128}


def test_a_filter_of_zeros_is_grey():
    assert set(np.array(filter_picture(np.zeros((3, 3, 3), np.float32), 30)).ravel()) == {128}


def test_more_channels_than_pixels_still_fit():
    values = np.random.default_rng(0).standard_normal((2048, 3, 3)).astype(np.float32)
    assert filter_picture(values, 70).width == 70


@pytest.mark.parametrize("channels", [1, 3, 7])
@pytest.mark.parametrize(("height", "width"), [(30_000, 1), (1, 30_000)])
def test_a_filter_is_at_most_four_times_as_high_as_wide(channels, height, width):
    """The one white pixel is still seen, however long the strip."""
    values = np.full((channels, height, width), -1, np.float32)
    values[:, : height // 2, : max(1, width // 2)] = 1
    picture = np.array(filter_picture(values, 50))
    assert picture.shape[1] == 50
    assert 1 <= picture.shape[0] <= 4 * 50
    if height > 1:
        assert picture[10, 2].tolist() == [255] * 3
        assert picture[195, 2].tolist() == [0] * 3


def test_a_network_one_pixel_wide_has_a_picture_of_usual_size():
    """Maps of 1 x 3000 were drawn 300 pixels wide and 900,000 high."""
    net = network("[net]\nwidth=1\nheight=3000\nchannels=3\n[conv]\nfilters=5\nsize=3\npad=1\n")
    loaded = darknet.load(net.cfg, random_weights(net), engine="reference")
    pixels = np.random.default_rng(0).integers(0, 256, (60, 40, 3), np.uint8)
    for found in (
        loaded.visualize(pixels, preprocess="crop"),
        loaded.visualize(pixels, preprocess="letterbox", layers=[0, -1]),
    ):
        assert max(found.photograph.shape) <= 3000
        assert opened(found.png).shape[0] < 3000


def test_colours_rise_in_lightness_and_are_magmas():
    strip = coloured(np.linspace(0, 1, 256, dtype=np.float32)[None])[0].astype(int)
    lightness = strip @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) >= -0.5).all()
    assert lightness[0] < 5
    assert lightness[-1] > 240
    colormaps = pytest.importorskip("matplotlib").colormaps
    magma = 255 * colormaps["magma"](np.linspace(0, 1, 256))[:, :3]
    assert np.abs(strip - magma).max() < 6  # half a per cent at the ends is cut off


def test_a_map_shows_its_pixels():
    picture = np.array(map_picture(np.array([[0, 1], [1, 0]], np.float32), 40, 40))
    assert (picture[:20, :20] == picture[0, 0]).all()
    assert (picture[20:, 20:] == picture[0, 0]).all()
    assert (picture[:20, 20:] == picture[0, 39]).all()
    assert picture[0, 39].sum() > picture[0, 0].sum() + 400
    flat = np.array(map_picture(np.full((3, 3), 7, np.float32), 9, 9))
    assert (flat == flat[0, 0]).all()


@pytest.mark.parametrize(
    ("sort", "order"),
    [("index", [0, 1, 2, 3, 4]), ("energy", [3, 2, 1, 0, 4]), ("hue", [3, 4, 2, 0, 1])],
)
def test_filters_are_sorted(sort, order, net):
    """By energy: 12, 1.44, 1.21, 1, 0. By hue: greys, then blue (-120), red (0), green (120)."""
    from darknet.visualize import _order

    found = net.visualize(sort=sort)
    assert _order(found.planes[0], sort) == order


def test_the_sheet_of_filters_has_a_tile_for_each(net):
    sheet = opened(net.visualize(sort="index").png)
    assert sheet.shape[1] == 2 * 28 + GRID
    side = (GRID + 10) // 6 - 10
    colours = []
    for number in range(5):
        left = 28 + number * (side + 10)
        middle = sheet[84 + 52 + side // 2, left + side // 2]
        colours.append(middle.tolist())
    assert colours[:4] == [[255, 128, 128], [128, 255, 128], [128, 128, 255], [255, 255, 255]]
    assert colours[4] != [128, 128, 128]  # a dead filter is crossed out


def test_maps_are_shown_with_the_answer(net):
    found = net.visualize("photo.png", layers=[0, 2])
    assert found.kind == "maps"
    assert [planes.shape for planes in found.planes] == [(5, 16, 19), (4, 8, 10)]
    assert found.planes[0].dead == (4,)
    assert found.answers == tuple(net.classify("photo.png").top(5))
    assert len(found.answers) == 4
    sheet = opened(found.png)
    assert sheet.shape[1] == 640 + 3 * 28 + GRID
    assert found._repr_png_() == found.png


def test_a_relu_after_copying_taps_shows_the_photograph_itself(net):
    """Filter 0 is the red channel: its map is the network's input."""
    from darknet.image import open_image
    from darknet.preprocess import prepare

    found = net.visualize("photo.png", layers=[0])
    image = prepare(open_image("photo.png"), 16, 16, "whole")
    assert found.planes[0].shape == (5, *image.shape[1:])
    np.testing.assert_allclose(found.planes[0].values[0], image[0], atol=1e-6)
    np.testing.assert_allclose(found.planes[0].values[2], 1.2 * image[2], rtol=1e-5)


def test_the_text_is_a_line_a_layer(net):
    lines = str(net.visualize("photo.png", preprocess="crop")).splitlines()
    assert lines[0].split() == ["layer", "shape", "min", "mean", "max", "dead"]
    first = lines[1].split()
    assert first[:7] == ["0", "convolutional", "16", "x", "16", "x", "5"]
    assert first[-3:] == ["1", "of", "5"]
    assert lines[2].split()[0] == "2"


def test_a_network_that_does_not_classify_has_no_answer():
    text = SMALL.replace("[avgpool]\n[softmax]\n", "")
    net = network(text)
    found = darknet.load(net.cfg, random_weights(net), engine="reference").visualize(
        np.zeros((16, 16, 3), np.uint8)
    )
    assert found.answers == ()
    assert found.to_dict()["source"] is None
    assert opened(found.png).shape[1] > GRID


def test_single_values_have_the_layers_colours(net):
    found = net.visualize("photo.png", layers=[3, 4])
    assert [planes.shape for planes in found.planes] == [(4, 1, 1), (4, 1, 1)]
    opened(found.png)


def test_many_maps_are_those_that_vary_most(net):
    from darknet.feature_maps import Planes
    from darknet.visualize import _strongest

    values = np.zeros((40, 2, 2), np.float32)
    values[:, 0, 0] = np.arange(40)
    planes = Planes(net.network.nodes[0], values)
    shown, words = _strongest(planes, SEVERAL_TILES, by_mean=False)
    assert shown == list(range(16, 40))
    assert words == "; the 24 that vary most"
    shown, words = _strongest(planes, SEVERAL_TILES, by_mean=True)
    assert shown == list(range(39, 15, -1))
    assert words == "; the 24 with the largest means"
    assert _strongest(planes, 64, by_mean=False) == (list(range(40)), "")


def test_too_many_layers_for_a_picture(tmp_path):
    text = "[net]\nwidth=4\nheight=4\nchannels=3\n" + "[conv]\n" * 65
    net = network(text)
    found = darknet.load(net.cfg, random_weights(net), engine="reference").visualize(
        layers=range(65), sort="index"
    )
    assert len(found.to_dict()["layers"]) == 65
    with pytest.raises(InputError, match="65 layers: a picture has 64 at most"):
        found.save(tmp_path / "out.png")


def test_the_command_prints_figures_and_the_answer(small, capsys):
    assert run("photo.png", "--save", "out.png", "-nogpu") == 0
    out = capsys.readouterr()
    assert out.out.startswith("layer ")
    assert "1 of 5" in out.out
    assert out.out.splitlines()[-1].startswith("class ")
    with Image.open("out.png") as picture:
        assert picture.format == "PNG"
    assert run("--layer", "2", "--layer", "0") == 0
    out = capsys.readouterr()
    assert [line.split()[0] for line in out.out.splitlines()] == ["layer", "0", "2"]
    assert out.err.endswith("--save PNG draws them.\n")


@pytest.mark.parametrize(
    ("words", "indices"),
    [
        ([], [0]),
        (["--layer", "-3"], [2]),
        (["photo.png"], [0, 2]),
        (["photo.png", "--layer", "all"], [0, 1, 2, 3, 4]),
    ],
    ids=str,
)
def test_json_follows_its_schema(small, words, indices, capsys):
    assert run(*words, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert [layer["index"] for layer in document["layers"]] == indices
    assert document["layers"][0]["dead_share"] == (0.2 if 0 in indices else 0.0)
    assert len(document["predictions"]) == (4 if words[:1] == ["photo.png"] else 0)


def test_the_fork_decides_what_is_divided_by(small, capsys):
    """A variance of 0: pjreddie divides by 1e-6, AlexeyAB by the root of 1e-5."""
    text = SMALL.replace("[conv]\nfilters=5\n", "[conv]\nbatch_normalize=1\nfilters=5\n")
    net = network(text)
    weights = random_weights(net)
    weights.arrays[0]["rolling_variance"][...] = 0
    (small / "net.cfg").write_text(text)
    weights.save("net.weights", net)
    largest = {}
    for fork in ("pjreddie", "alexeyab"):
        assert run("photo.png", "--layer", "0", "--json", "--fork", fork) == 0
        largest[fork] = json.loads(capsys.readouterr().out)["layers"][0]["max"]
    assert largest["pjreddie"] / largest["alexeyab"] == pytest.approx(1e-5**0.5 / 1e-6, rel=1e-3)


def test_a_photograph_comes_from_stdin(small):
    words = ["visualize", "net.cfg", "net.weights", "-", "--json", "--engine", "reference"]
    done = subprocess.run(
        [sys.executable, "-m", "darknet", *words],
        input=(small / "photo.png").read_bytes(),
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["source"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--layer", "5"], "layer 5: net.cfg has layers 0 to 4"),
        (["photo.png", "--layer", "-6"], "layer -6: net.cfg has layers 0 to 4"),
        (["--layer", "one"], "--layer one: expected a number, or all"),
        (["--layer", "1"], "layer 1 [maxpool] has no filters; the layers 0, 2 have"),
        (["--layer", "2", "--sort", "hue"], "sort=hue: layer 2"),
        (["--save", "out.jpg"], "out.jpg: expected a name that ends in .png"),
        (["photo.png", "--save", "photo.png"], "is read here"),
        (["photo.png", "--save", "hard.png"], "is read here"),
        (["--save", ".png"], ".png: expected a name that ends in .png"),
        (["--save", "no/out.png"], "no/out.png: its folder does not exist"),
        (["missing.jpg"], "missing.jpg: cannot be read"),
        (["--sort", "size"], "--sort"),
    ],
)
def test_bad_input_is_one_line(small, words, said, capsys):
    before = (small / "photo.png").read_bytes()
    assert run(*words) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.count("\n") == 1
    assert said in out.err
    assert (small / "photo.png").read_bytes() == before


def test_bad_arguments_in_python(net):
    with pytest.raises(InputError, match="sort=size: expected one of energy, hue, index"):
        net.visualize(sort="size")
    with pytest.raises(InputError):
        net.visualize(layers=[])
    with pytest.raises(InputError, match="no layer"):
        net.visualize("photo.png", layers=[])
    with pytest.raises(ImageError):
        net.visualize("net.cfg")
    plain = network("[net]\ninputs=4\n[connected]\n[softmax]\n")
    with pytest.raises(InputError, match="no layer of it has filters"):
        show_filters(darknet.load(plain.cfg, random_weights(plain)).runner)


def test_the_dog_of_tiny_darknet(shared, capsys, tmp_path):
    data = shared / "data"
    weights, photograph = data / "weights/tiny/tiny.weights", data / "images/dog.jpg"
    target = tmp_path / "dog.png"
    assert main(["visualize", "tiny", str(weights), str(photograph), "--save", str(target)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:6]] == ["0", "2", "7", "12", "19"]
    assert lines[6].startswith("malamute: 0.1702")
    assert target.stat().st_size > 100_000
