"""`darknet export` and `Net.export`: what they answer, and what they refuse in a line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

import darknet
from conftest import ROOT
from darknet.cli import main
from darknet.errors import InputError
from darknet.export import Exported
from darknet.parity import Parity
from small_net import SMALL, small

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")
ov = pytest.importorskip("openvino")
safetensors = pytest.importorskip("safetensors")

SCHEMA = json.loads((ROOT / "docs" / "schemas" / "export.schema.json").read_text())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with net.cfg and net.weights, to work in."""
    net, weights = small()
    (tmp_path / "net.cfg").write_text(SMALL)
    weights.save(tmp_path / "net.weights", net)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("out", ["net.onnx", "net.xml", "net.safetensors"])
def test_the_command_and_its_json(
    folder: Path, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "net.cfg", "net.weights", out]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith("format ")
    assert ("differ by" in said.out) == (out != "net.safetensors")
    assert main(["export", "net.cfg", "net.weights", out, "--json", "-nogpu"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert document["path"] == out
    assert document["bytes"] == sum(Path(file).stat().st_size for file in document["files"])
    assert main(["export", "net.cfg", "net.weights", out, "--json", "--no-check"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert (document["parity"], document["identical"]) == (None, False)


def test_options_of_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("my.names").write_text("a\nb\nc\nd\ne\n")
    words = ["--batch", "4", "--no-fold", "--half", "--names", "my.names", "--fork", "alexeyab"]
    assert main(["export", "net.cfg", "net.weights", "net.onnx", "--json", *words]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["batch"], document["folded"], document["half"]) == (4, False, True)
    facts = {entry.key: entry.value for entry in onnx.load("net.onnx").metadata_props}
    assert facts["fork"] == "alexeyab"
    assert json.loads(facts["names"]) == list("abcde")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["net.cfg", "net.weights", "net.weights"], "ends in .onnx"),
        (["net.cfg", "net.weights", "net.onnx", "--batch", "x"], "neither a number nor free"),
        (["net.cfg", "net.weights", "net.onnx", "--batch", "0"], "batch=0"),
        (["net.cfg", "net.weights", "link.onnx"], "is read here"),
        (["net.cfg", "net.weights", "folder.onnx"], "is a folder"),
        (["net.cfg", "net.weights"], "OUT"),
    ],
)
def test_bad_input_of_the_command_is_one_line(
    folder: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "link.onnx").symlink_to("net.weights")
    (folder / "folder.onnx").mkdir()
    before = (folder / "net.weights").read_bytes()
    assert main(["export", *words]) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.startswith("darknet: ")
    assert out.err.count("\n") == 1
    assert said in out.err
    assert (folder / "net.weights").read_bytes() == before


def test_from_python(folder: Path) -> None:
    with darknet.load("net.cfg", "net.weights") as net:
        done = net.export("net.onnx", batch=2)
        os.link("net.weights", "net.xml")
        with pytest.raises(InputError, match="is read here"):
            net.export("net.xml")
        with pytest.raises(InputError, match="expected a path"):
            net.export(3)  # type: ignore[arg-type]
    assert isinstance(done, Exported)
    assert isinstance(done.parity, Parity)
    assert done.batch == 2
    assert "<th style='text-align:left'>compared</th>" in done._repr_html_()
    jsonschema.validate(done.to_dict(), SCHEMA)


def test_what_stands_in_the_way_of_the_parts_is_found_before(folder: Path) -> None:
    (folder / "net.xml").write_text("old")
    (folder / "net.bin").mkdir()
    with darknet.load("net.cfg", "net.weights") as net, pytest.raises(InputError, match="folder"):
        net.export("net.xml")
    assert (folder / "net.xml").read_text() == "old"
