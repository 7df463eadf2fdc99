"""`darknet train classify` where something is wrong: told in a line, and nothing lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="torch is not installed")

import darknet  # noqa: E402
from colours import CFG, COLOURS, photograph, refused, trained  # noqa: E402
from darknet.errors import InputError  # noqa: E402
from darknet.train import kept  # noqa: E402
from darknet.train.record import Recorder, read_steps  # noqa: E402


def test_a_disk_that_is_full_for_a_while_costs_nothing(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    full = [True] * 9  # so many writes fail: rows, and the first checkpoint

    def fails(write: Any) -> Any:
        def tried(*words: Any) -> Any:
            if full and full.pop():
                raise InputError("net.csv: cannot be written: No space left on device")
            return write(*words)

        return tried

    with monkeypatch.context() as patch:
        patch.setattr(Recorder, "add", fails(Recorder.add))
        patch.setattr(kept, "save_state", fails(kept.save_state))
        assert trained("--save-every", "4") == 0
    assert capsys.readouterr().out.count("training goes on, and it is tried again later") == 2
    steps = read_steps("backup/net.csv")
    assert [step.batch for step in steps] == list(range(1, 21))
    assert trained("--backup", "other") == 0
    assert (here / "backup/net.weights").read_bytes() == (here / "other/net.weights").read_bytes()


def test_a_disk_that_stays_full_is_an_error_at_the_end(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, state: object) -> None:
        raise InputError(f"{path}: cannot be written: No space left on device")

    monkeypatch.setattr(kept, "save_state", full)
    said = refused(capsys, "train", "classify", "--data", "data", "--cfg", "net.cfg")
    assert "net.checkpoint: cannot be written: No space left on device" in said
    assert len(read_steps("backup/net.csv")) == 20


def test_a_picture_that_cannot_be_written_costs_no_weights(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*words: object) -> None:
        raise InputError("net.png: cannot be written: No space left on device")

    monkeypatch.setattr(kept, "draw_curve", full)
    assert trained() == 0
    assert (here / "backup" / "net.weights").exists()
    assert "net.png: cannot be written" in capsys.readouterr().out


def test_a_run_that_is_done_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trained() == 0
    words = ("train", "classify", "--data", "data", "--cfg", "net.cfg", "--resume")
    assert "all of its 20 batches are done already" in refused(capsys, *words)


def test_classes_that_are_not_the_cfgs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("train", "classify", "--data", "data", "--cfg", "cifar")
    assert "are those of names=cifar10: --classes 3 takes the data's" in refused(capsys, *words)


def test_what_is_read_is_not_overwritten(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(
        capsys, "train", "classify", "--data", "data", "--cfg", "net.cfg", "--backup", "."
    )
    assert "net.cfg: is read here, and would be overwritten: give --backup another folder" in said
    assert (here / "net.cfg").read_text() == CFG
    assert sorted(path.name for path in here.iterdir()) == ["data", "net.cfg", "net.lock"]


def spoil(here: Path) -> None:
    """Photographs of every kind that people have."""
    folder = here / "data" / "train" / "blue"
    Image.new("L", (9, 9), 100).save(folder / "grey.png")
    Image.fromarray(np.full((9, 9), 40_000, np.uint16)).save(folder / "sixteen.png")
    Image.new("CMYK", (9, 9)).save(folder / "cmyk.jpg")
    whole = (folder / "cmyk.jpg").read_bytes()
    (folder / "short.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "page.jpg").write_bytes(b"<html>404</html>")


def test_bad_photographs_are_told_and_the_run_goes_on(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(here)
    assert trained("--json") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["unreadable"] == 3
    told = [line for line in captured.err.splitlines() if line.startswith("darknet: data/train")]
    assert [Path(line.split(":")[1].strip()).name for line in told] == [
        "empty.jpg",
        "page.jpg",
        "short.jpg",
    ]


def test_the_number_of_classes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photograph(here / "data" / "train" / "black" / "0.png", 0, np.random.default_rng(0))
    words = ("train", "classify", "--data", "data", "--cfg", "net.cfg")
    said = refused(capsys, *words)
    assert "4 classes, but" in said
    assert "has 3 outputs; --classes 4 changes the network" in said
    assert trained("--classes", "4") == 0
    assert darknet.load("backup/net.cfg", "backup/net.weights").network.outputs[0].output.size == 4


@pytest.mark.parametrize("more", [(), ("--classes", "3")])
def test_no_number_of_classes_makes_a_classifier_of_a_go_network(
    here: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
) -> None:
    said = refused(capsys, "train", "classify", "--data", "data", "--cfg", "go-classic", *more)
    assert "3 classes, but" in said
    assert "expected a network whose last layer answers classes" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--data", "nothing"), "nothing: cannot be read"),
        (("--data", "empty"), "empty: no photographs in it; expected"),
        (("--cfg", "none.cfg"), "none.cfg: cannot be read"),
        (("--weights", "net.cfg"), "expected a .weights file"),
        (("--net", "lerning_rate=3"), 'with an option of [net]; did you mean "learning_rate"?'),
        (("--net", "momentum=much"), "darknet: --net momentum=much: expected a number"),
        (("--lr", "nan"), "darknet: --learning-rate nan: expected a number"),
        (("--policy", "steps", "--net", "steps=9"), "darknet: --policy steps: 1 steps= and 0"),
        (("--mixup", "1e-9"), "darknet: --mixup 1e-09: expected at least 0.001"),
        (("--momentum", "0", "--optimizer", "nesterov"), "--optimizer nesterov: needs a momentum"),
        (("-gpus", "0;1"), "expected numbers of GPUs"),
        (("--resume",), "no checkpoint there"),
        (
            ("--batch", "6", "--subdivisions", "4"),
            "darknet: --batch 6: cannot be computed in 4 equal parts (--subdivisions 4)",
        ),
        (("--subdivisions", "4"), "darknet: net.cfg:5: [net] batch=6: cannot be computed in 4"),
        (("--backup", "net.cfg"), "net.cfg: is a file; expected a folder"),
        (("--freeze", "9"), "freeze=9: expected 1 to 4"),
        (("--quarantine", "net.cfg"), "net.cfg:1: expected a quarantine list"),
        (("--lr", "1e30"), "the loss is not a number"),
        (("--policy", "poly", "--power", "-1"), "last good weights are in backup/net.backup"),
        (("--net", "momentum=-1"), "darknet: --net momentum=-1: expected at least 0, below 1"),
        (("--optimizer", "adam", "--net", "B1=1"), "--net B1=1: expected at least 0, below 1"),
        (("--optimizer", "adam", "--net", "eps=-1"), "--net eps=-1: expected at least 0"),
        (("--decay", "-1"), "darknet: --decay -1: expected at least 0"),
        (("--net", "channels=2"), "takes 2 channels; photographs have 1 or 3"),
        (("--batches", "3", "--epochs", "3"), "--batches and --epochs: expected one of them"),
        (("--epochs", "0"), "--epochs"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line(
    here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    (here / "empty").mkdir()
    base = {"--data": "data", "--cfg": "net.cfg"}
    base = {key: value for key, value in base.items() if key not in words}
    line = refused(capsys, "train", "classify", *(w for pair in base.items() for w in pair), *words)
    assert said in line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("classifier", "train", "net.cfg", "data"), "net.cfg: is a network, where photographs are "
         "expected (DATA CFG [WEIGHTS]); did you swap them?"),
        (("classifier", "train", "tiny", "data"), "tiny: is a network, where"),
        (("train", "classify", "--data", "net.cfg", "--cfg", "own.data"), "(--data DATA --c"),
        (("lr-find", "--data", "net.cfg", "--cfg", "data"), "did you swap them?"),
        (("classifier", "valid", "net.cfg", "data", "a.weights"), "(DATA CFG WEIGHTS); did you"),
        (("classifier", "train", "own.data", "net.cfg"), "darknet: own.data:2: train=my.list: no "
         "such file or folder (looked here, and where own.data is)"),
        (("data", "check", "own.data"), "own.data:2: train=my.list: no such file"),
        (("classifier", "valid", "other.data", "net.cfg", "a.weights"), "other.data:1: names=none."
         "list: no such file or folder"),
    ],
)  # fmt: skip
def test_what_is_swapped_or_missing_is_told_by_both_names(
    here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    (here / "own.names").write_text("".join(f"{name}\n" for name in COLOURS))
    (here / "own.data").write_text("names=own.names\ntrain = my.list\n")
    (here / "other.data").write_text("names=none.list\nvalid=data\n")
    assert said in refused(capsys, *words)


def test_divergence_leaves_the_last_good_weights(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--policy", "steps", "--net", "steps=10", "--net", "scales=1e30")
    words += ("--save-every", "5", "--validate-every", "0")
    said = refused(capsys, "train", "classify", "--data", "data", "--cfg", "net.cfg", *words)
    assert "layer" in said
    assert "backup/net.backup" in said
    net = darknet.load("net.cfg", "backup/net.backup")
    assert all(np.isfinite(array).all() for layer in net.weights.arrays for array in layer.values())


def test_gpus_that_are_not_there_are_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is CUDA here")
    assert trained("-gpus", "0,1", "--batches", "2") == 0
    assert "torch sees no CUDA here; training on the CPU" in capsys.readouterr().err


def test_without_torch_it_says_what_to_install(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    said = refused(capsys, "train", "classify", "--data", "data", "--cfg", "net.cfg")
    assert 'pip install "darknet-python[train]"' in said
