"""import: preprocessing and class order in the weights give the source's own answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import darknet
from conftest import network, random_weights
from darknet.errors import InputError, UnsupportedError
from darknet.importing import Imported, Recipe, import_weights
from darknet.importing.known import recognised
from darknet.names import load_names, shipped_ids
from darknet.weights import Weights

NET = "[net]\nwidth=9\nheight=7\nchannels=3\n"
CAFFE = Recipe(order="bgr", scale=255.0, mean=(104, 117, 123))
TORCH = Recipe(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
TAIL = "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=leaky\n"
FIRST = {
    "conv": "[convolutional]\nfilters=5\nsize=3\nstride=2\nactivation=relu\n",
    "normed": "[convolutional]\nfilters=5\nsize=3\nbatch_normalize=1\nactivation=relu\n",
    "dense": "[connected]\noutput=6\nactivation=relu\n[connected]\noutput=4\n",
}
PADDED = "[convolutional]\nfilters=5\nsize={}\nstride={}\npad=1\ndilation={}\nactivation=linear\n"
ADAPTER = "[convolutional]\nfilters=3\nsize=1\nactivation=linear\n"


def fed(batch: np.ndarray, recipe: Recipe) -> np.ndarray:
    """What the source's network is fed for RGB in 0..1: (scale * x - mean) / std."""
    x = batch[:, ::-1] if recipe.order == "bgr" else batch
    mean, std = (np.reshape(v, (-1, 1, 1)) for v in (recipe.mean or 0, recipe.std or 1))
    return np.asarray(((recipe.scale or 1) * x - mean) / std, np.float32)


def answer(text: str, weights: Weights, batch: np.ndarray) -> np.ndarray:
    with darknet.load(network(text).cfg, weights, engine="reference") as net:
        return np.asarray(net.predict(batch))


def batch_of(text: str) -> np.ndarray:
    shape = network(text).input
    size = (2, shape.channels, shape.height, shape.width)
    return np.random.default_rng(1).uniform(0, 1, size).astype(np.float32)


def saved(folder: Path, text: str) -> Weights:
    """Random weights of a network, also as folder/a.npz."""
    net = network(text)
    weights = random_weights(net, 3)
    named = enumerate(weights.arrays)
    np.savez(folder / "a.npz", **{f"c{k}.{n}": a for k, own in named for n, a in own.items()})
    return weights


def imported(folder: Path, text: str, recipe: Recipe, **options: bool) -> Imported:
    return import_weights(folder / "a.npz", network(text).cfg, recipe=recipe, **options)


@pytest.mark.parametrize("recipe", [CAFFE, TORCH, Recipe(scale=2.0)], ids=str)
@pytest.mark.parametrize("first", FIRST)
def test_the_answers_are_the_sources_own(tmp_path: Path, recipe: Recipe, first: str) -> None:
    text = NET + FIRST[first] + (TAIL if first != "dense" else "")
    weights, batch = saved(tmp_path, text), batch_of(text)
    found = imported(tmp_path, text, recipe)
    assert found.absorbed == (f"{recipe}, into layer 0",)
    expected = answer(text, weights, fed(batch, recipe))
    limit = 1e-6 * max(1, abs(expected).max())
    np.testing.assert_allclose(
        answer(text, found.weights, batch), expected, rtol=2e-5, atol=20 * limit
    )


def test_the_absorbed_weights_by_hand(tmp_path: Path) -> None:
    """One pixel: w = (1, 2, 3) over B, G, R; 255 * 3 for R; the bias loses 104 + 234 + 369."""
    np.savez(tmp_path / "a.npz", w=np.float32([[[[1]], [[2]], [[3]]]]), b=np.float32([7]))
    text = "[net]\nwidth=1\nheight=1\nchannels=3\n[convolutional]\nactivation=linear\n"
    layer = imported(tmp_path, text, CAFFE).weights[0]
    assert layer["weights"].ravel().tolist() == [765, 510, 255]
    assert layer["biases"].tolist() == [7 - 707]


@pytest.mark.parametrize(("size", "stride", "dilation"), [(3, 1, 1), (3, 2, 1), (5, 2, 2)])
def test_padding_is_refused_with_its_effect_which_is_the_true_one(
    tmp_path: Path, size: int, stride: int, dilation: int
) -> None:
    text = NET.replace("9", "19").replace("7", "16") + PADDED.format(size, stride, dilation)
    weights, batch = saved(tmp_path, text), batch_of(text)
    with pytest.raises(InputError, match=r"pads with zeros.*--approximate"):
        imported(tmp_path, text, TORCH)
    found = imported(tmp_path, text, TORCH, approximate=True)
    (note,) = found.notes
    away = abs(answer(text, found.weights, batch) - answer(text, weights, fed(batch, TORCH)))
    share = (away > 1e-4).any((0, 1)).mean()
    assert f": {share:.1%} of its outputs change" in note
    assert f"by up to {away.max():.3g} (they reach" in note


def test_padding_without_a_mean_is_exact(tmp_path: Path) -> None:
    text, recipe = NET + PADDED.format(3, 1, 1), Recipe(order="bgr", scale=255.0)
    weights, batch = saved(tmp_path, text), batch_of(text)
    found = imported(tmp_path, text, recipe)
    assert not found.notes
    np.testing.assert_allclose(
        answer(text, found.weights, batch), answer(text, weights, fed(batch, recipe)), rtol=1e-4
    )


@pytest.mark.parametrize("recipe", [CAFFE, TORCH], ids=str)
def test_a_first_layer_for_preprocessing_makes_padding_exact(
    tmp_path: Path, recipe: Recipe
) -> None:
    text, own = NET + PADDED.format(3, 1, 1) + TAIL, NET + ADAPTER + PADDED.format(3, 1, 1) + TAIL
    weights, batch = saved(tmp_path, text), batch_of(text)
    found = imported(tmp_path, own, recipe)
    assert found.absorbed == (f"{recipe}, by layer 0, which is there for it",)
    expected = answer(text, weights, fed(batch, recipe))
    np.testing.assert_allclose(
        answer(own, found.weights, batch), expected, rtol=1e-4, atol=1e-5 * abs(expected).max()
    )


def test_a_first_layer_of_that_form_that_the_source_has_is_the_sources(tmp_path: Path) -> None:
    text = NET + ADAPTER + TAIL
    saved(tmp_path, text)
    assert imported(tmp_path, text, CAFFE).absorbed == (f"{CAFFE}, into layer 0",)


@pytest.mark.parametrize(
    ("text", "recipe"),
    [
        ("[maxpool]\nsize=2\nstride=2\n" + TAIL, CAFFE),
        ("[convolutional]\nfilters=3\ngroups=3\nsize=3\n", CAFFE),
        ("[convolutional]\nfilters=4\nbinary=1\nsize=3\n", CAFFE),
    ],
)
def test_what_cannot_absorb_is_refused(tmp_path: Path, text: str, recipe: Recipe) -> None:
    saved(tmp_path, NET + text)
    with pytest.raises(UnsupportedError, match="layer 0 "):
        imported(tmp_path, NET + text, recipe)


def test_bgr_needs_three_channels(tmp_path: Path) -> None:
    text = NET.replace("channels=3", "channels=1") + FIRST["conv"]
    saved(tmp_path, text)
    with pytest.raises(InputError, match=r"order=bgr: test\.cfg has 1 input channels"):
        imported(tmp_path, text, CAFFE)


CLASSIFIER = NET + "{}\n" + FIRST["conv"]
THOUSAND = "[convolutional]\nfilters=1000\nsize=1\nbatch_normalize=1\n[avgpool]\n[softmax]\n"


def test_sorted_wordnet_ids_become_darknets_order(tmp_path: Path) -> None:
    """Darknet's class 0 is n02119789, the kit fox: number 278 where ids are sorted."""
    text = CLASSIFIER.format("names=imagenet") + THOUSAND
    weights = saved(tmp_path, text)
    found = imported(tmp_path, text, Recipe(classes="imagenet-sorted"))
    ids = shipped_ids("imagenet")
    assert (ids[0], sorted(ids).index(ids[0])) == ("n02119789", 278)
    for name, array in weights[1].items():
        np.testing.assert_array_equal(found.weights[1][name][0], array[278])
    batch = batch_of(text)
    mine, theirs = (answer(text, w, batch)[0] for w in (found.weights, weights))
    np.testing.assert_allclose(mine, [theirs[sorted(ids).index(one)] for one in ids], rtol=1e-5)
    again = imported(tmp_path, text, Recipe(classes=tuple(sorted(ids))))
    np.testing.assert_array_equal(again.weights[1]["weights"], found.weights[1]["weights"])


def test_the_order_is_that_of_the_networks_own_list(tmp_path: Path) -> None:
    ids = sorted(shipped_ids("imagenet"))
    (tmp_path / "sorted.names").write_text("\n".join(ids))
    text = CLASSIFIER.format(f"names={tmp_path}/sorted.names") + THOUSAND
    weights = saved(tmp_path, text)
    found = imported(tmp_path, text, Recipe(classes="imagenet-sorted"))
    np.testing.assert_array_equal(found.weights[1]["weights"], weights[1]["weights"])
    (tmp_path / "sorted.names").write_text("\n".join(f"class {n}" for n in range(1000)))
    with pytest.raises(InputError, match="class 0 is no class of ImageNet"):
        imported(tmp_path, text, Recipe(classes="imagenet-sorted"))


LISTS = {  # a thousand classes in another order than Darknet's: as ids, as names; and Darknet's own
    "ids": sorted(shipped_ids("imagenet")),
    "turned": list(shipped_ids("imagenet"))[::-1],
    "names": list(load_names("imagenet")),
}


@pytest.mark.parametrize("kind", LISTS)
def test_sorted_wordnet_ids_become_the_order_that_the_cfg_lists(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.names").write_text("\n".join(LISTS[kind]))
    text = CLASSIFIER.format(f"names={tmp_path}/a.names") + THOUSAND
    weights = saved(tmp_path, text)
    ids = list(shipped_ids("imagenet")) if kind == "names" else LISTS[kind]
    places = [sorted(ids).index(one) for one in ids]
    assert (places == list(range(1000))) == (kind == "ids")
    for given in ("imagenet-sorted", tuple(sorted(ids))):
        found = imported(tmp_path, text, Recipe(classes=given)).weights[1]["weights"]
        np.testing.assert_array_equal(found, weights[1]["weights"][places])


def test_fewer_classes_by_name_and_by_id(tmp_path: Path) -> None:
    """n02102040 springer, n02119789 kit fox: by id the springer comes first."""
    (tmp_path / "a.names").write_text("kit fox\nEnglish springer\n")
    text = (
        CLASSIFIER.format(f"names={tmp_path}/a.names") + "[convolutional]\nfilters=2\n[avgpool]\n"
    )
    weights = saved(tmp_path, text)
    found = imported(tmp_path, text, Recipe(classes=("n02102040", "n02119789")))
    np.testing.assert_array_equal(found.weights[1]["weights"], weights[1]["weights"][::-1])
    for line, why in (("emu and owl", "no class"), ("crane", "the name of two classes")):
        (tmp_path / "a.names").write_text(f"kit fox\n{line}\n")
        with pytest.raises(InputError, match=rf"a\.names: {line} is {why} of ImageNet"):
            imported(tmp_path, text, Recipe(classes=("n02102040", "n02119789")))
    unnamed = text.replace(f"names={tmp_path}/a.names", "")
    with pytest.raises(InputError, match="its classes are not known: names="):
        imported(tmp_path, unnamed, Recipe(classes=("n02102040", "n02119789")))


@pytest.mark.parametrize(
    ("tail", "why"),
    [
        ("[convolutional]\nfilters=10\n[avgpool]\n[softmax]\n", "1000 classes, but"),
        ("[convolutional]\nfilters=500\n[route]\nlayers=-1,-1\n[avgpool]\n", "order of classes"),
        ("[convolutional]\nfilters=1000\n[avgpool]\n[softmax]\ngroups=2\n", "order of classes"),
    ],
)  # fmt: skip
def test_an_order_of_classes_that_cannot_be_changed(tmp_path: Path, tail: str, why: str) -> None:
    text = CLASSIFIER.format("") + tail
    saved(tmp_path, text)
    with pytest.raises((InputError, UnsupportedError), match=why):
        imported(tmp_path, text, Recipe(classes="imagenet-sorted"))


def test_recipes_say_what_they_are_and_lie_over_each_other() -> None:
    assert str(CAFFE) == "BGR, x 255, - (104, 117, 123)"
    assert CAFFE.changes_input
    assert not Recipe(order="rgb", scale=1, mean=(0, 0, 0), std=(1, 1, 1)).changes_input
    assert Recipe(std=(2.0, 2.0, 2.0)).changes_input
    assert Recipe(scale=1.0).over(CAFFE) == Recipe(order="bgr", scale=1.0, mean=(104, 117, 123))
    table = {"sha256": "0", "order": "bgr", "scale": 255, "mean": [104, 117, 123]}
    assert Recipe.from_table(table, "zoo.toml") == CAFFE
    with pytest.raises(InputError, match=r"zoo\.toml: colour: no such key"):
        Recipe.from_table({"colour": 3}, "zoo.toml")


def test_an_unknown_file_is_not_recognised() -> None:
    assert recognised("0" * 64) is None
