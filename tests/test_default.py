"""darknet classify PHOTO and darknet.load(): the network where none is named."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import darknet
from darknet import zoo
from darknet.cli import main
from darknet.errors import InputError
from darknet.zoo.cache import Cache
from darknet.zoo.local import default_model
from shipping import Package, installed

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """The package that darknet finds."""
    with installed(tmp_path, monkeypatch) as made:
        yield made


def test_photographs_alone_are_answered_by_what_is_embedded(
    package: Package, capsys: Capture
) -> None:
    assert main(["classify", str(package.photograph), str(package.photograph), "-t", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.count("Predicted in") == 2
    assert err == (
        "no network is named: tiny-cifar answers, from the package (classes: cifar10); darknet "
        "models lists others, darknet pull tiny makes that the default\n"
    )


def test_photographs_alone_are_answered_by_tiny_where_it_is_in_the_cache(
    package: Package, capsys: Capture
) -> None:
    package.cache_tiny()
    assert main(["classify", str(package.photograph), "--json"]) == 0
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert (document["cfg"], document["preprocess"]) == ("tiny", "whole")
    assert document["weights"] == str(Cache.default().path("tiny.weights"))
    assert err == (
        "no network is named: tiny answers, from the cache (classes: imagenet); darknet models "
        "lists others\n"
    )


def test_a_named_network_is_not_told(package: Package, capsys: Capture) -> None:
    assert main(["classify", "tiny-cifar", str(package.photograph)]) == 0
    assert capsys.readouterr().err == ""


def test_load_without_arguments_does_the_same(
    package: Package, caplog: pytest.LogCaptureFixture
) -> None:
    with darknet.load() as net:
        assert (len(net.names), net.classifier().method) == (10, "area")
    assert [record.getMessage() for record in caplog.records] == [default_model()[1]]
    assert caplog.records[0].name == "darknet"
    package.cache_tiny()
    with darknet.load(threads=1) as net:
        assert len(net.names) == 1000
    assert "tiny answers, from the cache" in caplog.text


def test_a_damaged_tiny_in_the_cache_is_not_the_default(package: Package) -> None:
    package.cache_tiny()
    Cache.default().path("tiny.weights").write_bytes(b"short")
    assert default_model()[0].name == "tiny-cifar"


def test_weights_without_a_network_are_an_error() -> None:
    with pytest.raises(InputError, match=r"^cfg: missing; expected the network that the weights"):
        darknet.load(weights="mine.weights")


def test_the_real_tiny_is_the_default_where_it_is_in_the_cache(
    shared: Path, capsys: Capture
) -> None:
    data = shared / "data"
    Cache.default().add(zoo.named("tiny").file, data / "weights" / "tiny" / "tiny.weights")
    assert main(["classify", str(data / "images" / "dog.jpg"), "-t", "1"]) == 0
    assert "malamute: 0.170292" in capsys.readouterr().out


# ---- which words are photographs


@pytest.fixture
def here(package: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in: photographs of several names, a network of the user's own."""
    folder = tmp_path / "here"
    (folder / "photos").mkdir(parents=True)
    (folder / "empty").mkdir()
    for name in ("a.png", "DOG.JPG", "nosuffix", "photos/b.png", "tiny-cifar"):
        shutil.copy(package.photograph, folder / name)
    shutil.copy(package.ours, folder / "mine.weights")
    shutil.copy(zoo.named("tiny-cifar").cfg, folder / "mine.cfg")
    shutil.copy(zoo.named("tiny-cifar").cfg, folder / "mine")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("words", "answered"),
    [
        (["a.png"], ["a.png"]),
        (["DOG.JPG", "a.png"], ["DOG.JPG", "a.png"]),
        (["nosuffix"], ["nosuffix"]),
        (["photos"], ["photos/b.png"]),
        (["ph*/*"], ["photos/b.png"]),
        (["./a.png", "nosuffix"], ["./a.png", "nosuffix"]),
        (["./tiny-cifar"], ["./tiny-cifar"]),
        (["a.png", "tiny-cifar"], ["a.png", "tiny-cifar"]),  # a file of that name is there
    ],
    ids=str,
)
def test_photographs_need_no_network(
    here: Path, words: list[str], answered: list[str], capsys: Capture
) -> None:
    assert main(["classify", *words, "--json"]) == 0, capsys.readouterr().err
    document = json.loads(capsys.readouterr().out)
    assert document["cfg"] == "tiny-cifar"
    assert [found["source"] for found in document["results"]] == answered


@pytest.mark.parametrize(
    ("words", "cfg"),
    [
        (["tiny-cifar", "a.png"], "tiny-cifar"),  # a name means the model
        (["mine.cfg", "mine.weights", "a.png"], "mine.cfg"),
        (["mine", "mine.weights", "a.png"], "mine"),
    ],
    ids=str,
)
def test_a_named_network_is_taken(here: Path, words: list[str], cfg: str, capsys: Capture) -> None:
    assert main(["classify", *words, "--json"]) == 0, capsys.readouterr().err
    out, err = capsys.readouterr()
    assert json.loads(out)["cfg"] == cfg
    assert "no network is named" not in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "classify: Missing argument 'CFG', 'MODEL' or 'IMAGE'"),
        (["none.jpg"], "none.jpg: cannot be read: No such file or directory; expected a photog"),
        (["empty"], "empty: no photographs in this folder"),
        (["none/*.png"], "none/*.png: no file matches this pattern"),
        (["mine.cfg"], "classify: Missing argument 'WEIGHTS'"),
        (["mine"], "classify: Missing argument 'WEIGHTS'"),
        (["mine.weights"], "classify: Missing argument 'WEIGHTS'"),
        (["tiny-cifer", "a.png"], 'no model of this name; did you mean "tiny-cifar"?'),
        (["none"], "none: no such file, and no model of this name"),
        (["none.cfg", "a.png"], "none.cfg: cannot be read: No such file"),
        (["a.png", "mine.cfg", "mine.weights"], "mine.cfg comes before a.png"),
        (["a.png", "mine.weights"], "mine.weights comes before a.png"),
        (["a.png", "tiny"], "tiny comes before a.png"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_in_one_line(
    here: Path, words: list[str], said: str, capsys: Capture
) -> None:
    assert main(["classify", *words]) == 2
    *notes, line = capsys.readouterr().err.splitlines()
    assert line.startswith("darknet: ")
    assert said in line
    assert all(note.startswith("no network is named") for note in notes)


def test_classifier_predict_is_as_it_was(here: Path, capsys: Capture) -> None:
    (here / "my.data").write_text("top=1\n")
    assert main(["classifier", "predict", "my.data", "a.png"]) == 2
    assert "Missing argument 'WEIGHTS'" in capsys.readouterr().err
    assert main(["classifier", "predict", "my.data", "tiny-cifar", "a.png"]) == 0


def test_bytes_on_standard_input_need_no_network(
    package: Package, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(package.photograph.read_bytes()))
    monkeypatch.setattr("sys.stdin", stdin)
    assert main(["classify", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["results"][0]["source"] == "-"
