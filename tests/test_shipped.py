"""Weights that come with the package: found, verified and used without a network or a cache.

The first part works with a package of its own, made of random weights; the last looks at what
this package ships.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image

import darknet
from conftest import ROOT
from darknet import zoo
from darknet.cli import main
from darknet.errors import InputError, WeightsError
from darknet.go.board import Board
from darknet.go.coordinates import to_gtp
from darknet.go.policy import Policy, suggestions
from darknet.zoo.cache import Cache
from darknet.zoo.local import fetch_model, weights_of
from shipping import Facts, Package, installed

CORNERS = {f"{column}{row}" for column in "CDEPQR" for row in (3, 4, 5, 15, 16, 17)}
SCHEMAS = ROOT / "docs" / "schemas"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """The package that darknet finds."""
    with installed(tmp_path, monkeypatch) as made:
        yield made


# ---- where it is, and whether it is right


def test_they_are_taken_from_the_package_and_nothing_is_asked(package: Package) -> None:
    assert weights_of(zoo.named("tiny-cifar")) == package.ours
    assert not Cache.default().folder.exists()


def test_a_file_of_the_name_in_the_cache_is_not_taken(package: Package) -> None:
    here = Cache.default()
    here.folder.mkdir(parents=True)
    (here.folder / package.ours.name).write_bytes(b"\0" * package.ours.stat().st_size)
    assert weights_of(zoo.named("tiny-cifar")) == package.ours


def test_pull_verifies_them(package: Package, capsys: Capture) -> None:
    size = package.ours.stat().st_size
    for words in (["tiny-cifar"], ["tiny-cifar", "--offline"], ["--force", "tiny-cifar"]):
        assert main(["pull", *words]) == 0
        expected = f"tiny-cifar: {package.ours}: {size:,} bytes, verified (present)\n"
        assert capsys.readouterr().out == expected
    assert main(["pull", "tiny-cifar", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json.loads((SCHEMAS / "pull.schema.json").read_text()))
    assert document["results"][0]["source"] == "the package"


def test_pull_all_has_them_too(package: Package, capsys: Capture) -> None:
    assert main(["pull", "--all"]) == 2  # tiny cannot be had offline
    out = capsys.readouterr()
    assert out.out.startswith("tiny-cifar: ")
    assert "tiny.weights: is not in the cache" in out.err


def test_damage_is_found_by_pull_and_verify(package: Package, capsys: Capture) -> None:
    data = package.ours.read_bytes()
    package.ours.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    weights_of(zoo.named("tiny-cifar"))  # as of the cache, only the size is looked at
    with pytest.raises(WeightsError, match=r"has sha256 .*, expected .*: install that again$"):
        fetch_model(zoo.named("tiny-cifar"))
    assert main(["cache", "verify", "tiny-cifar"]) == 2
    line = capsys.readouterr().err
    assert line.startswith(f"darknet: {package.ours}: has sha256")
    assert "(darknet pull tiny-cifar)" in line


@pytest.mark.parametrize("how", ["short", "absent"])
def test_a_package_without_them_says_so(package: Package, how: str, capsys: Capture) -> None:
    if how == "short":
        package.ours.write_bytes(b"short")
    else:
        package.ours.unlink()
    said = "has 5 bytes, expected" if how == "short" else "cannot be read: No such file"
    assert main(["classify", "tiny-cifar", str(package.photograph)]) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert f"darknet: {package.ours}: {said}" in line
    assert line.endswith("it comes with the package: install that again\n")
    assert main(["pull", "tiny-cifar"]) == 2


def test_the_cache_has_nothing_to_do_with_them(package: Package, capsys: Capture) -> None:
    assert main(["cache"]) == 0
    assert "nothing in it" in capsys.readouterr().out
    assert main(["cache", "verify"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["cache", "verify", "tiny-cifar"]) == 0
    assert capsys.readouterr().out == "tiny-cifar.weights: right\n"
    assert main(["cache", "add", "tiny-cifar", str(package.ours)]) == 2
    assert "its weights come with the package" in capsys.readouterr().err
    assert main(["cache", "remove", "tiny-cifar"]) == 2
    assert "tiny-cifar.weights: not in the cache" in capsys.readouterr().err
    assert package.ours.is_file()


# ---- what is said of it


def test_the_list_says_where_they_are(package: Package, capsys: Capture) -> None:
    assert main(["models"]) == 0
    line = capsys.readouterr().out.splitlines()[2]
    assert line.startswith("tiny-cifar ")
    assert line.endswith("-      -  93.5/99.9  in the package")


def test_all_that_is_known_of_one(package: Package, capsys: Capture) -> None:
    assert main(["models", "tiny-cifar"]) == 0
    out = capsys.readouterr().out
    for fact in (
        *("in the package", str(package.ours), "MIT (ours)", Facts(package.ours).sha256),
        *("recipes/tiny-cifar.md", "photographs, 2026-11-25", "top-1 93.5 %", "area"),
    ):
        assert fact in out, fact
    assert "paper" not in out


def test_json_follows_the_schema(package: Package, capsys: Capture) -> None:
    assert main(["models", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, json.loads((SCHEMAS / "models.schema.json").read_text()))
    tiny, ours = document["models"]
    assert tiny["shipped"] is None
    assert ours["weights"] is None
    assert ours["shipped"] == {
        "file": "tiny-cifar.weights",
        "size": package.ours.stat().st_size,
        "sha256": Facts(package.ours).sha256,
        "licence": "MIT (ours)",
        "recipe": "recipes/tiny-cifar.md",
        "data": "photographs",
        "date": "2026-11-25",
    }


# ---- what takes a model's name


@pytest.mark.parametrize(
    "words",
    [
        ["classify", "NAME", "PHOTO"],
        ["classify", "NAME", "WEIGHTS", "PHOTO"],
        ["summary", "NAME"],
        ["ops", "NAME"],
        ["visualize", "NAME"],
        ["visualize", "NAME", "PHOTO"],
        ["statistics", "NAME", "NAME"],
        ["speed", "NAME", "2"],
        ["export", "NAME", "OUT"],
    ],
    ids=" ".join,
)
def test_every_command_takes_the_name(
    words: list[str], package: Package, tmp_path: Path, capsys: Capture
) -> None:
    stand = {
        "NAME": "tiny-cifar",
        "PHOTO": str(package.photograph),
        "WEIGHTS": str(package.ours),
        "OUT": str(tmp_path / "net.safetensors"),
    }
    assert main([stand.get(word, word) for word in words]) == 0, capsys.readouterr().err


def test_load_by_name(package: Package) -> None:
    with darknet.load("tiny-cifar") as net:
        assert net.classifier().method == "area"
        assert len(net.classify(package.photograph).probs) == 10


# ---- what this package ships

ENTRIES = [
    entry["name"]
    for entry in tomllib.loads((ROOT / "src" / "darknet" / "zoo" / "zoo.toml").read_text("utf-8"))[
        "model"
    ]
    if "shipped" in entry
]


@pytest.fixture(params=ENTRIES or ["tiny-cifar"])
def shipped(request: pytest.FixtureRequest) -> zoo.Model:
    """Every model whose weights come with the package."""
    if request.param not in ENTRIES:
        pytest.skip(f"{request.param} is not in zoo.toml yet: its weights are still to be trained")
    return zoo.named(request.param)


def test_every_file_in_the_folder_is_a_models(shipped: zoo.Model) -> None:
    there = {path.name for path in (ROOT / "weights").iterdir()} - {"README.md"}
    assert there == {f"{name}.weights" for name in ENTRIES}
    assert f"`{shipped.file.name}`" in (ROOT / "weights" / "README.md").read_text("utf-8")


def test_the_file_is_the_one_in_the_catalogue(shipped: zoo.Model) -> None:
    given = shipped.shipped
    assert given is not None
    data = given.path.read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (given.size, given.sha256)
    assert len(data) < 4_000_000  # what the repository is willing to carry
    assert fetch_model(shipped).path == given.path


def test_it_fits_its_network_and_no_value_is_odd(shipped: zoo.Model) -> None:
    weights = darknet.Weights.read(weights_of(shipped), shipped.network())
    assert weights.header.seen > 0
    for arrays in weights.arrays:
        for values in arrays.values():
            assert np.isfinite(values).all()


def test_it_has_a_licence_a_recipe_and_a_score(shipped: zoo.Model) -> None:
    given = shipped.shipped
    assert given is not None
    assert given.licence.startswith("MIT")
    assert (ROOT / given.recipe).is_file()
    assert shipped.measured
    text = (ROOT / given.recipe).read_text("utf-8")
    assert f"{shipped.measured[0].top1:.1f}" in text  # the same score as in its recipe


def test_a_network_that_plays_go_needs_neither_cache_nor_network(shipped: zoo.Model) -> None:
    if not shipped.plays_go:
        pytest.skip(f"{shipped.name}: answers photographs")
    net = Policy.load(shipped.name)
    answer = net.evaluate(Board(19))
    assert answer.priors.sum() + answer.pass_prior == pytest.approx(1, abs=1e-3)
    assert {to_gtp(one.point, 19) for one in suggestions(answer, Board(19), 4)} <= CORNERS
    assert not Cache.default().folder.exists()
    with darknet.load(shipped.name) as loaded, pytest.raises(InputError, match="plays Go"):
        loaded.classify(np.zeros((19, 19, 3), np.uint8))


@pytest.mark.parametrize(
    "words", [("classify", "{go}", "{file}"), ("classifier", "valid", "{folder}", "{go}")]
)
def test_photographs_for_a_network_that_plays_go(words, shipped, tmp_path, capsys) -> None:
    if not shipped.plays_go:
        pytest.skip(f"{shipped.name}: answers photographs")
    file = tmp_path / "cat" / "a.png"
    file.parent.mkdir()
    Image.new("RGB", (19, 19)).save(file)
    named = {"go": shipped.name, "file": str(file), "folder": str(tmp_path)}
    assert main([word.format(**named) for word in words]) == 2
    (line,) = capsys.readouterr().err.splitlines()  # nothing about the names of classes
    assert "plays Go" in line


def test_it_needs_neither_cache_nor_network(shipped: zoo.Model) -> None:
    if shipped.plays_go:
        pytest.skip(f"{shipped.name}: answers positions")
    pixels = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    with darknet.load(shipped.name) as net:
        answer = net.classify(pixels)
    assert answer.probs.sum() == pytest.approx(1, abs=1e-3)
    assert not Cache.default().folder.exists()


@pytest.mark.slow
def test_it_is_as_good_as_the_catalogue_says(
    shipped: zoo.Model, shared: Path, tmp_path: Path
) -> None:
    """The 10,000 test photographs once more, through everything that a user's photograph meets."""
    if shipped.names != "cifar10":
        pytest.skip(f"{shipped.name}: no photographs of {shipped.names} to try it with")
    archive = shared / "data" / "cifar10" / "cifar10-jpeg.tar.xz"
    with tarfile.open(archive) as packed:
        wanted = (each for each in packed if "test" in Path(each.name).parts)
        packed.extractall(tmp_path, members=wanted, filter="data")
    (folder,) = (path for path in tmp_path.rglob("test") if path.is_dir())
    score = shipped.measured[0]
    with darknet.load(shipped.name) as net:
        found = net.validate(folder, preprocess=score.preprocess, batch=100)
    assert len(found) == 10_000
    assert 100 * found.top1 == pytest.approx(score.top1, abs=0.05)
    assert 100 * found.topk == pytest.approx(score.top5, abs=0.05)
