"""Models by name: darknet classify tiny, darknet summary resnet18, darknet.load("tiny")."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import darknet
from conftest import ROOT
from darknet import zoo
from darknet.cli import main
from darknet.errors import DarknetError, InputError
from darknet.zoo.cache import Cache
from darknet.zoo.local import weights_of


@pytest.fixture
def tiny(shared):
    """The real Tiny Darknet in the cache; the folder of sample photographs."""
    file = shared / "data" / "weights" / "tiny" / "tiny.weights"
    Cache.default().add(zoo.named("tiny").file, file)
    return shared / "data" / "images"


def test_the_summary_of_a_model_is_that_of_its_cfg(capsys):
    assert main(["summary", "resnet18"]) == 0
    by_name = capsys.readouterr().out
    assert main(["summary", str(ROOT / "cfg" / "resnet18.cfg")]) == 0
    assert by_name == capsys.readouterr().out


def test_a_word_that_is_no_model_and_no_file(capsys):
    assert main(["summary", "resnet19"]) == 2
    line = capsys.readouterr().err
    assert line.startswith("darknet: resnet19: no such file, and no model of this name; did you")
    assert main(["summary", "cfg/resnet19.cfg"]) == 2
    assert "cannot be read: No such file" in capsys.readouterr().err


def test_classify_by_name(tiny, capsys):
    assert main(["classify", "tiny", str(tiny / "dog.jpg"), "-t", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[1] == "malamute: 0.170292"
    assert err == ""


def test_classify_by_name_with_other_weights(tiny, tmp_path, capsys):
    mine = tmp_path / "mine.weights"
    shutil.copy(weights_of(zoo.named("tiny")), mine)
    Cache.default().remove("tiny.weights")
    assert main(["classify", "tiny", str(mine), str(tiny / "dog.jpg"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["cfg"], answer["weights"]) == ("tiny", str(mine))
    assert answer["results"][0]["predictions"][0]["name"] == "malamute"


def test_a_checkpoint_of_another_name_is_weights_too(tiny, tmp_path, capsys):
    backup, photograph = tmp_path / "tiny.backup", tmp_path / "dog"  # a photograph without a suffix
    shutil.copy(weights_of(zoo.named("tiny")), backup)
    shutil.copy(tiny / "dog.jpg", photograph)
    Cache.default().remove("tiny.weights")
    assert main(["classify", "tiny", str(backup), str(photograph), "-t", "1"]) == 0
    assert "malamute: 0.170292" in capsys.readouterr().out


def test_load_by_name_takes_the_preprocessing_of_the_zoo(tiny):
    with darknet.load("tiny") as net:
        assert net.classifier().method == "whole"
        assert net.classify(tiny / "dog.jpg").top(1)[0][0] == "malamute"


def test_an_absent_model_says_how_to_get_it(capsys):
    assert main(["classify", "tiny", "dog.jpg"]) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert "tiny.weights: is not in the cache" in line
    assert "darknet cache add" in line


def test_a_model_whose_weights_are_imported_says_so(capsys):
    assert main(["classify", "squeezenet1.1", "dog.jpg"]) == 2
    assert "darknet import squeezenet_v1.1.npz makes them" in capsys.readouterr().err


def test_a_model_without_weights_says_so():
    with pytest.raises(InputError, match=r"^cifar: no weights of it are published; name a file"):
        darknet.load("cifar")


def test_a_file_of_the_wrong_size_in_the_cache_is_not_taken(capsys):
    place = Path(Cache.default().folder) / "tiny.weights"
    place.parent.mkdir()
    place.write_bytes(b"short")
    with pytest.raises(DarknetError, match=r"tiny\.weights"):
        darknet.load("tiny")
    assert place.read_bytes() == b"short"


def test_a_cfg_without_weights_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"^weights: missing; expected a path"):
        darknet.load(ROOT / "cfg" / "tiny.cfg")


def test_missing_words(capsys):
    assert main(["classify"]) == 2
    assert capsys.readouterr().err.startswith("darknet: classify: Missing argument 'CFG'")
    assert main(["classify", "cfg/tiny.cfg"]) == 2
    assert capsys.readouterr().err.startswith("darknet: classify: Missing argument 'WEIGHTS'")


@pytest.mark.parametrize("words", ["darknet summary resnet1", "darknet classify resnet1"])
def test_completion_offers_the_models(words):
    asked = {"COMP_WORDS": words, "COMP_CWORD": "2", "_DARKNET_COMPLETE": "bash_complete"}
    found = subprocess.run(
        [sys.executable, "-m", "darknet"],
        capture_output=True,
        text=True,
        env={**os.environ, **asked},
    )
    assert found.stdout.splitlines()[:3] == ["plain,resnet18", "plain,resnet101", "plain,resnet152"]
