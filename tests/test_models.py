"""``darknet models``: the tables, what they say differs, and their JSON."""

from __future__ import annotations

import json

import jsonschema
import pytest

from conftest import ROOT
from darknet import zoo
from darknet.cli import main
from darknet.zoo.compare import Comparison, classic, comparable, listing
from darknet.zoo.describe import detail, row, rows, weights_state

SCHEMA = json.loads((ROOT / "docs" / "schemas" / "models.schema.json").read_text())
# The page, with what the cfgs of this package give beside it (operations by hand in test_zoo.py).
CLASSIC = """\
Model              Top-1  Top-5   Ops  Ops here  Size  Size here
                       %      %    Bn        Bn    MB         MB
AlexNet             57.0   80.3  2.27      2.27   238        238
Darknet Reference   61.1   83.0  0.81      0.96    28         28
SqueezeNet v1.0     57.5   80.3  2.17      1.72   4.8        4.8
Tiny Darknet        58.7   81.7  0.98      0.98   4.0        4.0

Top-1, Top-5, Ops, Size: as published. Ops here, Size here: those of the cfg.
MB: 2^20 bytes, as the pages count.
"""


def test_a_row_has_what_the_cfg_gives():
    found = row(zoo.named("tiny"), 5.25)
    assert (found.parameters, found.size) == (1_046_488, 20 + 4 * 1_046_488)
    assert found.gflops == 0.983048192
    assert found.megabytes == pytest.approx(3.992, abs=1e-3)
    assert found.milliseconds == 5.25


def test_the_classic_table(capsys):
    assert main(["models", "--compare"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(CLASSIC)
    why, measured = out.removeprefix(CLASSIC).split("\nAccuracy measured")
    assert [line.split(":")[0].strip() for line in why.strip().splitlines()[1:]] == [
        "Darknet Reference",
        "SqueezeNet v1.0",
    ]
    assert zoo.named("darknet").why in why
    assert "Tiny Darknet: top-1 63.6 %, top-5 84.4 % on 500 ImageNet photographs" in measured
    assert "2026-11-23" in measured


def test_whatever_differs_is_explained():
    """A figure of the table that is not the published one has its reason below."""
    for found in rows(comparable()):
        published = found.model.published
        assert published is not None
        same = f"{published.gflops:.2f}" == f"{found.gflops:.2f}"
        same = same and abs(published.megabytes - found.megabytes) < 0.6
        assert same or found.model.why, found.model.name


def test_all_are_those_with_published_figures(capsys):
    assert main(["models", "--all"]) == 0
    out = capsys.readouterr().out
    table = out.split("\n\n")[0].splitlines()[2:]
    assert len(table) == 16 == len(comparable())
    assert "CIFAR" not in out
    assert "ResNeXt-50 (32x4d)   77.8   94.2  10.11     10.11   220         85" in table


def test_times_are_a_column():
    found = Comparison(rows(classic(), {"tiny": 5.678}), "an engine, 2 threads")
    lines = str(found).splitlines()
    assert lines[0].endswith("Time here")
    assert lines[1].endswith("ms")
    assert lines[2].endswith("  -")  # AlexNet was not timed
    assert lines[5].endswith("  5.7")
    assert "Time here: median for one input, an engine, 2 threads." in lines


def test_a_notebook_shows_the_table():
    html = Comparison(rows(classic()))._repr_html_()
    assert "<th>Ops here Bn</th>" in html
    assert "<tr><td>Tiny Darknet</td><td>58.7</td><td>81.7</td><td>0.98</td>" in html
    assert html.count("<tr>") == 5


def test_the_list_has_every_network(capsys):
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.split("\n\n")[0].splitlines()
    assert lines[0].split() == [
        *["name", "title", "year", "parameters", "GFLOPs", "MB", "top-1", "top-5", "measured"],
        "weights",
    ]
    assert [line.split()[0] for line in lines[1:]] == list(zoo.models())
    assert lines[1].endswith("58.7   81.7  63.6/84.4  darknet pull tiny")
    cifar = next(line for line in lines if line.startswith("cifar "))
    assert cifar.split()[-5:] == ["-", "-", "-", "none", "published"]


def test_the_list_with_times():
    found = listing(rows([zoo.named("tiny")], {"tiny": 12.34}), "an engine")
    assert "  measured    ms  weights" in found
    assert "12.3  darknet pull tiny" in found
    assert found.endswith("ms: median for one input, an engine.")


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("tiny", "darknet pull tiny"),
        ("alexnet", "darknet pull alexnet (unverified)"),
        ("squeezenet1.1", "darknet import squeezenet_v1.1.npz"),
        ("cifar", "none published"),
    ],
)
def test_how_to_come_by_weights(name, state):
    assert weights_state(zoo.named(name)) == state


def test_everything_known_of_one(capsys):
    assert main(["models", "squeezenet1.0"]) == 0
    out = capsys.readouterr().out
    model = zoo.named("squeezenet1.0")
    for fact in (
        *(model.paper, str(model.cfg), model.why, model.imported.sha256, model.imported.licence),
        *(
            "1,248,424",
            "1.723 GFLOPs",
            "4,993,716 bytes",
            "926,077",
            "BGR, 0..255",
            "104, 117, 123",
        ),
        *("top-1 57.5 %", "top-1 62.2 %", "2026-11-24", "imagenet-sorted", "crop"),
        "darknet import squeezenet_v1.0.npz",
    ):
        assert fact in out, fact
    tiny = detail(row(zoo.named("tiny"), 5.0), "an engine")
    assert "5.0 ms an input (median; an engine)" in tiny
    assert "f1c3fe6b9bab9af6" in tiny
    assert tiny.count("https://data.pjreddie.com/files/tiny.weights") == 1
    assert "not known: the file can only be checked by its size" in detail(row(zoo.named("vgg-16")))


@pytest.mark.parametrize("words", [[], ["tiny"], ["--compare"], ["--all"], ["cifar"]], ids=str)
def test_json_follows_its_schema(words, capsys):
    assert main(["models", *words, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert document["engine"] is None


def test_json_has_the_numbers(capsys):
    assert main(["models", "tiny", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["models"]
    assert found["gflops"] == 0.983048192
    assert found["weights_bytes"] == 4_185_972
    assert found["published"]["top1"] == 58.7
    assert found["measured"][0]["date"] == "2026-11-23"
    assert found["weights"]["size"] == 4_185_968


def test_measure_times_what_is_shown(capsys, monkeypatch):
    from darknet.cli import models as door

    monkeypatch.setattr(door, "ROUNDS", 2)
    assert main(["models", "tiny", "--measure", "--threads", "1", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    assert document["engine"].startswith("OpenVINO")
    assert document["engine"].endswith("f32, 1 threads")
    assert document["models"][0]["milliseconds"] > 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["squeezenet1"], 'no model squeezenet1; did you mean "squeezenet1.1"?'),
        (["tiny", "--compare"], "a NAME and a comparison"),
        (["tiny", "--all"], "a NAME and a comparison"),
        (["--save", "chart.jpg"], "chart.jpg: expected a name that ends in .png or .svg"),
        (["--measure", "--engine", "tensorflow"], "openvino"),
    ],
)
def test_bad_input_is_one_line(words, said, capsys):
    assert main(["models", *words]) == 2
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.count("\n") == 1
    assert said in out.err


def test_the_readme_counts_them() -> None:
    words = {20: "twenty", 21: "twenty-one", 22: "twenty-two", 23: "twenty-three"}
    text = (ROOT / "README.md").read_text("utf-8")
    assert f"`darknet models` lists all {words[len(zoo.models())]} (" in text
    assert f"one of [{words[len(zoo.models())]} networks" in text
