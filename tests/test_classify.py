"""Photographs in, probabilities of classes out: `darknet.load` and `Net.classify`."""

from __future__ import annotations

import io
import itertools
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

import darknet
from conftest import network, random_weights
from darknet.errors import ImageError, InputError, NamesError, Unreadable, WeightsError
from darknet.preprocess import prepare
from darknet.tasks.classify import Classification

CFG = """[net]
width=16
height=16
channels=3

[conv]
filters=7
size=3
pad=1
activation=leaky

[avgpool]

[softmax]
"""
NAMES = ("ape", "bee", "cow", "dog", "elk", "fox", "gnu")


def photograph(seed=0, width=20, height=16):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def net(cfg=CFG, **options):
    built = network(cfg)
    options = {"engine": "reference", "names": NAMES} | options
    return darknet.load(built.cfg, random_weights(built, 2), **options)


@pytest.fixture
def folder(tmp_path):
    """Seven photographs as files, two of them of other sizes."""
    for seed in range(7):
        size = (24, 16) if seed == 2 else (16, 30) if seed == 5 else (20, 16)
        Image.fromarray(photograph(seed, *size)).save(tmp_path / f"{seed}.png")
    return tmp_path


# ---- what goes in


def test_every_kind_of_source_gives_the_same_answer(folder):
    path = folder / "0.png"
    data, loaded = path.read_bytes(), net()
    expected = loaded.classify(path).probs
    others = [str(path), data, bytearray(data), Image.open(io.BytesIO(data)), photograph(0)]
    for source in [*others, photograph(0) / 255]:
        np.testing.assert_array_equal(loaded.classify(source).probs, expected)


def test_the_answer_is_predict_of_the_prepared_photograph():
    loaded = net()
    for method in ("whole", "letterbox", "crop", "square", "area"):
        image = prepare(photograph(), 16, 16, method)
        found = loaded.classify(photograph(), preprocess=method).probs
        np.testing.assert_allclose(found, loaded.predict(image[None])[0], rtol=1e-6)


def test_a_list_gives_a_list_in_its_order(folder):
    paths = sorted(folder.iterdir())
    loaded = net()
    for sources in (paths, tuple(paths)):
        answers = loaded.classify(sources)
        assert isinstance(answers, list)
        assert [answer.source for answer in answers] == [str(path) for path in paths]
        for path, answer in zip(paths, answers, strict=True):
            np.testing.assert_array_equal(answer.probs, loaded.classify(path).probs)
    assert loaded.classify([]) == []
    assert len(loaded.classify([paths[0]])) == 1


@pytest.mark.parametrize("preprocess", ["whole", "crop"])
@pytest.mark.parametrize("batch", [2, 4, 7, 50])
def test_a_batch_answers_as_one_by_one(folder, engine, batch, preprocess):
    paths = sorted(folder.iterdir())
    loaded = net(engine=engine, preprocess=preprocess)
    single, together = (loaded.classify(paths, batch=count) for count in (1, batch))
    for one, other in zip(single, together, strict=True):
        assert one.source == other.source
        # The same float32 sums in kernels for another batch.
        np.testing.assert_allclose(one.probs, other.probs, rtol=1e-5, atol=1e-7)
    again = loaded.classify(paths, batch=batch)  # with the engine for a full batch open
    for one, other in zip(together, again, strict=True):
        np.testing.assert_allclose(one.probs, other.probs, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("batch", [0, -1])
def test_a_batch_has_at_least_one(batch):
    with pytest.raises(InputError, match=f"batch={batch}: expected at least 1"):
        net().classify([photograph()], batch=batch)


def test_the_first_photograph_that_cannot_be_read_is_raised(folder):
    (folder / "3.png").write_text("no photograph")
    (folder / "5.png").write_bytes(b"")
    paths = sorted(folder.iterdir())
    for batch in (1, 4):
        with pytest.raises(ImageError, match=r"3.png: text"):
            net().classify(paths, batch=batch)
    with pytest.raises(ImageError, match=r"3.png: text"):
        net().classify(paths[3])


def test_a_stream_goes_on_after_a_photograph_that_cannot_be_read(folder):
    (folder / "3.png").write_text("no photograph")
    paths = sorted(folder.iterdir())
    for batch in (1, 4):
        found = list(net().classifier().stream(paths, batch))
        assert len(found) == 7
        unreadable = found.pop(3)
        assert isinstance(unreadable, Unreadable)
        assert unreadable.source == str(paths[3])
        assert isinstance(unreadable.error, ImageError)
        assert [answer.source for answer in found] == [str(p) for p in paths if "3." not in p.name]


def test_a_stream_reads_only_a_little_ahead():
    taken = itertools.count()
    endless = (photograph(next(taken)) for _ in itertools.repeat(None))
    stream = net().classifier().stream(endless)
    answers = [next(stream) for _ in range(5)]
    stream.close()
    assert all(isinstance(answer, Classification) for answer in answers)
    assert 5 <= next(taken) <= 10


def test_threads_share_a_net(folder, engine):
    paths = sorted(folder.iterdir()) * 4
    loaded = net(engine=engine)
    serial = [loaded.classify(path).probs for path in paths]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda path: loaded.classify(path).probs, paths))
    np.testing.assert_allclose(found, serial, rtol=1e-6)


def test_a_grey_network_takes_colour_and_a_network_of_planes_no_photograph():
    assert net(CFG.replace("channels=3", "channels=1")).classify(photograph()).probs.shape == (7,)
    with pytest.raises(ImageError, match=r"takes 2 channels.*use predict"):
        net(CFG.replace("channels=3", "channels=2")).classify(photograph())


def test_preprocess_of_load_is_the_default_and_a_call_may_say_otherwise():
    wide = photograph(0, 40, 16)
    whole, crop = (net().classify(wide, preprocess=method).probs for method in ("whole", "crop"))
    assert np.abs(whole - crop).max() > 1e-4
    np.testing.assert_array_equal(net().classify(wide).probs, whole)
    cropping = net(preprocess="crop")
    np.testing.assert_array_equal(cropping.classify(wide).probs, crop)
    np.testing.assert_array_equal(cropping.classify(wide, preprocess="whole").probs, whole)


def test_an_unknown_preprocess_is_refused_by_load_and_by_classify():
    with pytest.raises(InputError, match="preprocess=corp"):
        net(preprocess="corp")
    with pytest.raises(InputError, match="preprocess=corp"):
        net().classify(photograph(), preprocess="corp")


def test_a_network_whose_answer_is_an_image_cannot_classify():
    loaded = net(CFG.split("[avgpool]")[0], names=None)
    with pytest.raises(InputError, match=r"its output is 16 x 16 x 7.*cannot classify"):
        loaded.classify(photograph())


def test_a_tree_gives_probabilities_of_its_leaves(tmp_path):
    tree = tmp_path / "seven.tree"
    tree.write_text("animal -1\nthing -1\ndog 0\ncat 0\ncow 0\ncar 1\ncup 1\n")
    loaded = net(CFG.replace("[softmax]", f"[softmax]\ntree={tree}"))
    conditional = loaded.predict(prepare(photograph(), 16, 16, "whole")[None])[0]
    np.testing.assert_allclose(conditional[:2].sum(), 1, rtol=1e-5)
    probs = loaded.classify(photograph()).probs
    expected = [0, 0, *(conditional[0] * conditional[2:5]), *(conditional[1] * conditional[5:])]
    np.testing.assert_allclose(probs, expected, rtol=1e-5)
    assert probs.sum() == pytest.approx(1, rel=1e-5)


# ---- what comes out


@pytest.fixture
def answer():
    probs = np.array([0.1, 0.25, 0.0, 0.25, 0.4], np.float32)
    return Classification("a/b.jpg", probs, ("ä <b>", 'c & "d"', "e", "f", "g"), 0.0123456789)


def test_probabilities_are_float32_in_class_order(engine):
    found = net(engine=engine).classify(photograph())
    assert (found.probs.dtype, found.probs.shape) == (np.float32, (7,))
    assert found.probs.sum() == pytest.approx(1, rel=1e-5)
    assert found.names == NAMES
    assert found.seconds > 0
    assert found.source == ""


def test_top_has_the_most_probable_first_and_among_equals_the_first(answer):
    assert answer.ranking(5) == [4, 1, 3, 0, 2]
    top = answer.top(3)
    assert [name for name, _ in top] == ["g", 'c & "d"', "f"]
    assert [probability for _, probability in top] == pytest.approx([0.4, 0.25, 0.25])
    assert all(type(probability) is float for _, probability in top)
    assert [len(answer.top(count)) for count in (0, -3, 1, 5, 99)] == [0, 0, 1, 5, 5]
    assert len(answer.top()) == 5
    equals = Classification("", np.tile(np.float32([0.01, 0.02]), 50), ("x",) * 100, 0)
    assert equals.ranking(100) == [*range(1, 100, 2), *range(0, 100, 2)]


def test_json_has_source_seconds_and_predictions(answer):
    found = json.loads(answer.to_json(2))
    assert found == {
        "source": "a/b.jpg",
        "seconds": 0.012346,
        "predictions": [
            {"class": 4, "name": "g", "probability": 0.4},
            {"class": 1, "name": 'c & "d"', "probability": 0.25},
        ],
    }
    assert "\n" not in answer.to_json()
    assert answer.to_json().isascii()
    assert json.loads(answer.to_json())["predictions"][3]["name"] == "ä <b>"


def test_html_escapes_names_and_source(answer):
    odd = Classification("<script>x</script>", answer.probs, answer.names, 0)
    text = odd._repr_html_()
    assert "&lt;script&gt;" in text
    assert "c &amp; &quot;d&quot;" in text
    assert "ä &lt;b&gt;" in text
    assert "<script" not in text
    assert text.count("<tr>") == 5


def test_text_is_as_darknet_prints_it(answer):
    lines = str(answer).splitlines()
    assert lines[:2] == ["g: 0.400000", 'c & "d": 0.250000']
    assert len(lines) == 5
    assert "names" not in repr(answer)


def test_numbers_in_json_keep_six_digits():
    found = net().classify(photograph())
    for row in found.to_dict(7)["predictions"]:
        assert row["probability"] == pytest.approx(float(found.probs[row["class"]]), rel=5e-6)
        assert row["name"] == NAMES[row["class"]]


def test_json_of_a_file_name_that_is_no_utf8_can_be_written(answer):
    odd = Classification("\udcff.png", answer.probs, answer.names, 0)  # the file b"\xff.png"
    odd.to_json().encode("utf-8")


def test_predicting_nothing_is_told_as_that():
    loaded = net()
    shape = loaded.network.input
    with pytest.raises(
        InputError, match=r"predict: got 0 x 3 x .*; expected N x 3 x .*, N at least 1"
    ):
        loaded.predict(np.zeros((0, shape.channels, shape.height, shape.width), np.float32))


def test_answers_can_be_compared():
    one, other = net().classify([photograph(0), photograph(1)])
    assert one != other


# ---- names


def test_names_from_a_list_a_file_or_not_at_all(tmp_path):
    file = tmp_path / "animals.names"
    file.write_text("\n".join(NAMES) + "\n")
    assert net(names=list(NAMES)).names == NAMES
    assert net(names=file).names == NAMES
    assert net(names=str(file)).names == NAMES
    assert [*net(names=None).names] == [f"class {number}" for number in range(7)]


def test_names_that_the_cfg_says(tmp_path):
    (tmp_path / "animals.names").write_text("\n".join(NAMES))
    cfg = tmp_path / "a.cfg"
    cfg.write_text(CFG.replace("[net]", "[net]\nnames=animals.names"))
    weights = random_weights(network(CFG))
    assert darknet.load(cfg, weights).names == NAMES
    assert darknet.load(cfg, weights, names=["x"] * 7).names == ("x",) * 7


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("none.names", "cannot be read: No such file or directory; expected a class list"),
        ("few.names", "2 names, but the network has 7 outputs"),
        ("imagenet", "1,000 names, but the network has 7 outputs"),
    ],
)
def test_names_in_a_cfg_that_cannot_be_used_are_told_with_their_line(tmp_path, names, said):
    (tmp_path / "few.names").write_text("a\nb\n")
    cfg = tmp_path / "a.cfg"
    cfg.write_text(CFG.replace("[net]", f"[net]\nnames={names}"))
    line = cfg.read_text().splitlines().index(f"names={names}") + 1
    with pytest.raises(NamesError) as raised:
        darknet.load(cfg, random_weights(network(CFG)))
    assert str(raised.value).startswith(f"{cfg}:{line}: [net] names={names}: {said}")


def test_shipped_names_are_called_by_name():
    cfg = CFG.replace("filters=7", "filters=1000").replace("[net]", "[net]\nnames=imagenet")
    names = net(cfg, names=None).names
    assert len(names) == 1000
    assert (names[448], names[441]) == ("tench", "great white shark")


def test_more_names_than_outputs_are_cut_and_fewer_refused():
    assert net(names=[*NAMES, "hen", "ibis"]).names == NAMES
    with pytest.raises(NamesError, match="6 names, but the network has 7 outputs"):
        net(names=NAMES[:6])


def test_a_names_file_that_is_not_there_is_named():
    with pytest.raises(NamesError, match=r"none.names: cannot be read"):
        net(names="none.names")


# ---- damaged weights


def with_biases(value, engine):
    built = network(CFG)
    weights = random_weights(built)
    weights.arrays[0]["biases"][:] = value
    return darknet.load(built.cfg, weights, engine=engine)


def test_weights_that_give_nan_are_an_error_that_names_the_array(folder, engine):
    loaded = with_biases(np.nan, engine)
    said = r"<weights>: layer 0 \[convolutional\]: biases has \d NaN; .*a damaged file"
    for answer in (
        lambda: loaded.classify(folder / "0.png"),
        lambda: loaded.classify(sorted(folder.iterdir()), batch=4),
        lambda: loaded.classify(photograph()),
    ):
        with pytest.raises(WeightsError, match=said):
            answer()


def test_finite_weights_that_give_no_numbers_are_an_error_that_names_the_photograph(folder):
    built = network(CFG)
    weights = random_weights(built)
    weights.arrays[0]["weights"][:] = np.float32(3e38)
    loaded = darknet.load(built.cfg, weights, engine="reference")
    with pytest.raises(
        WeightsError, match=r"<weights>: the network answers NaN .* for .*0\.png \(are"
    ):
        loaded.classify(folder / "0.png")


def test_the_weights_file_is_named_where_it_is_damaged(tmp_path, folder):
    built = network(CFG)
    weights = random_weights(built)
    weights.arrays[0]["biases"][:] = np.nan
    weights.save(tmp_path / "bad.weights", built)
    (tmp_path / "net.cfg").write_bytes(built.cfg.to_bytes())
    loaded = darknet.load(tmp_path / "net.cfg", tmp_path / "bad.weights")
    with pytest.raises(WeightsError, match=r"bad\.weights: layer 0"):
        loaded.classify(folder / "0.png")


@pytest.mark.parametrize("name", ["openvino", "onnxruntime", "torch"])
def test_weights_that_give_infinity_are_an_error(name):
    pytest.importorskip(name)
    with pytest.raises(WeightsError, match=r"layer 0 .*biases has \d inf"):
        with_biases(np.inf, name).classify(photograph())


def test_weights_that_give_infinity_are_an_error_without_a_warning():
    with pytest.raises(WeightsError, match=r"layer 0 .*biases has \d inf"):
        with_biases(np.inf, "reference").classify(photograph())
