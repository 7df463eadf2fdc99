"""`darknet train classify` and `darknet classifier train`: what is written, told, refused."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="torch is not installed")

import darknet  # noqa: E402
from darknet.cli import main  # noqa: E402
from darknet.errors import InputError  # noqa: E402
from darknet.network import Network  # noqa: E402
from darknet.train import kept  # noqa: E402
from darknet.train.record import Recorder, read_steps  # noqa: E402
from darknet.train.trainer import Trainer  # noqa: E402
from darknet.weights import Weights  # noqa: E402

CFG = """[net]
width=8
height=8
channels=3
batch=6
learning_rate=0.1
policy=poly
power=1
max_batches=20

[convolutional]
batch_normalize=1
filters=8
size=3
pad=1
activation=leaky

[maxpool]
size=2
stride=2

[convolutional]
filters=3
size=1
activation=linear

[avgpool]

[softmax]
"""
ROOT = Path(__file__).parents[1]
COLOURS = ("blue", "green", "red")


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Networks this small wait for a second thread longer than it works."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def photograph(path: Path, colour: int, generator: np.random.Generator) -> None:
    pixels = generator.integers(0, 120, (12, 10, 3), np.uint8)
    pixels[..., 2 - colour] += 130
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with photographs of three colours and a cfg, which is the current one."""
    generator = np.random.default_rng(0)
    for part, count in (("train", 10), ("valid", 4)):
        for colour, name in enumerate(COLOURS):
            for number in range(count):
                photograph(tmp_path / "data" / part / name / f"{number}.png", colour, generator)
    (tmp_path / "net.cfg").write_text(CFG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def trained(*words: str) -> int:
    return main(["train", "classify", "--data", "data", "--cfg", "net.cfg", *words])


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith("darknet: ")
    return lines[-1]


def answer(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def follows(schema: str, document: object) -> None:
    text = (ROOT / "docs" / "schemas" / f"{schema}.schema.json").read_text()
    jsonschema.validate(document, json.loads(text))


def test_a_run_leaves_weights_that_answer(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trained("--json") == 0
    found = answer(capsys)
    assert found["complete"]
    assert (found["batch"], found["seen"]) == (20, 120)
    assert found["top1"] == found["best"]["top1"] == 1
    follows("train", found)
    assert {Path(path).name for path in found["files"].values()} == {
        "net.weights",
        "net_best.weights",
        "net.backup",
        "net.checkpoint",
        "net.cfg",
        "net.names",
        "net.png",
        "net.csv",
        "net.jsonl",
    }
    net = darknet.load("backup/net.cfg", "backup/net.weights")
    assert tuple(net.names) == COLOURS
    assert net.weights.header.seen == 120
    assert net.validate("data").top1 == 1
    assert not list(Path("backup").glob("*.part"))


def test_the_accuracy_told_is_that_of_the_weights(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trained("--batches", "3", "--lr", "0.01", "--json") == 0
    told = answer(capsys)["top1"]
    assert (
        main(["classifier", "valid", "data", "backup/net.cfg", "backup/net.weights", "--json"]) == 0
    )
    assert answer(capsys)["top1"] == pytest.approx(told)


def test_as_in_c(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lists = {
        part: "".join(f"{path}\n" for path in sorted(here.glob(f"data/{part}/*/*.png")))
        for part in ("train", "valid")
    }
    for part, text in lists.items():
        (here / f"{part}.list").write_text(text)
    (here / "own.names").write_text("".join(f"{name}\n" for name in COLOURS))
    (here / "own.data").write_text(
        "classes=3\ntrain=train.list\nvalid=valid.list\nnames=own.names\nbackup=kept\ntop=2\n"
    )
    assert main(["classifier", "train", "own.data", "net.cfg"]) == 0
    assert "trained 20 batches" in capsys.readouterr().out
    assert (here / "kept" / "net.weights").exists()
    # classic tools go on from what was seen: nothing is left to do, until it counts from 0 again
    again = ("classifier", "train", "own.data", "net.cfg", "kept/net.backup")
    assert "20 batches are done already" in refused(capsys, *again)
    assert main([*again, "-clear"]) == 0
    assert main([*again, "--batches", "25"]) == 0
    assert (
        Weights.read("kept/net.weights", Network.build(darknet.Cfg.read("net.cfg"))).header.seen
        == 150
    )


def test_a_run_ended_early_goes_on_to_the_same_weights(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--ema", "0.9", "--mixup", "0.3", "--precision", "bf16", "--save-every", "7")
    assert trained(*words, "--backup", "whole") == 0
    run = Trainer.run

    def ended(self: Trainer, batches: Any) -> Iterator[Any]:
        for step in run(self, batches):
            self.stopping = step.batch == 9
            yield step

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "run", ended)
        assert trained(*words) == 130
    assert not (here / "backup" / "net.weights").exists()
    assert "another ema_alpha (was 0.9, now 0.5)" in refused(
        capsys, "train", "classify", "--data", "data", "--cfg", "net.cfg", "--mixup", "0.3",
        "--ema", "0.5", "--precision", "bf16", "--resume",
    )  # fmt: skip
    assert trained(*words, "--resume") == 0
    for name in ("net.weights", "net.backup", "net_best.weights"):
        assert (here / "backup" / name).read_bytes() == (here / "whole" / name).read_bytes()


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


def test_an_earlier_run_is_kept(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trained() == 0
    first = (here / "backup" / "net.weights").read_bytes()
    assert trained("--seed", "1") == 0
    assert "an earlier run's files are kept as net.previous.*" in capsys.readouterr().err
    assert (here / "backup" / "net.previous.weights").read_bytes() == first
    assert (here / "backup" / "net.weights").read_bytes() != first


def test_a_run_that_is_done_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trained() == 0
    words = ("train", "classify", "--data", "data", "--cfg", "net.cfg", "--resume")
    assert "all of its 20 batches are done already" in refused(capsys, *words)


def test_classes_that_are_not_the_cfgs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("train", "classify", "--data", "data", "--cfg", "cifar")
    assert "are those of names=cifar10: --classes 3 takes the data's" in refused(capsys, *words)


def test_flags_of_c_are_taken(here: Path) -> None:
    words = ("classifier", "train", "data", "net.cfg", "-dont_show", "-map", "-topk")
    assert main([*words, "--batches", "2"]) == 0


def test_what_is_read_is_not_overwritten(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(
        capsys, "train", "classify", "--data", "data", "--cfg", "net.cfg", "--backup", "."
    )
    assert "net.cfg: is read here, and would be overwritten: give --backup another folder" in said
    assert (here / "net.cfg").read_text() == CFG
    assert sorted(path.name for path in here.iterdir()) == ["data", "net.cfg", "net.lock"]


def test_a_list_of_classes_goes_with_the_weights(here: Path) -> None:
    (here / "own.names").write_text("".join(f"{name}\n" for name in reversed(COLOURS)))
    (here / "net.cfg").write_text(CFG.replace("batch=6", "batch=6\nnames=own.names"))
    assert trained() == 0
    net = darknet.load("backup/net.cfg", "backup/net.weights")
    assert tuple(net.names) == COLOURS[::-1]
    assert net.validate("data").top1 == 1


def test_ctrl_c_keeps_what_is_there_and_resume_goes_on(here: Path) -> None:
    assert trained("--batches", "200", "--backup", "whole", "--validate-every", "0") == 0
    command = [sys.executable, "-m", "darknet", "train", "classify", "--data", "data"]
    command += ["--cfg", "net.cfg", "--batches", "200", "--validate-every", "0"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        record = here / "backup" / "net.csv"
        deadline = time.monotonic() + 120
        while not (record.exists() and record.read_text().count("\n") > 3):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=120)
    assert process.returncode == 130
    assert b"Traceback" not in error
    assert not (here / "backup" / "net.weights").exists()
    assert subprocess.run([*command, "--resume"], capture_output=True, timeout=300).returncode == 0
    assert (here / "backup" / "net.weights").read_bytes() == (
        here / "whole" / "net.weights"
    ).read_bytes()


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


def test_classes_named_like_part_of_another(here: Path) -> None:
    (here / "data" / "train" / "red").rename(here / "data" / "train" / "infrared")
    (here / "data" / "valid" / "red").rename(here / "data" / "valid" / "infrared")
    (here / "data" / "train" / "blue").rename(here / "data" / "train" / "red")
    (here / "data" / "valid" / "blue").rename(here / "data" / "valid" / "red")
    assert trained() == 0
    assert (here / "backup" / "net.names").read_text().split() == ["green", "infrared", "red"]


def test_the_number_of_classes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photograph(here / "data" / "train" / "black" / "0.png", 0, np.random.default_rng(0))
    words = ("train", "classify", "--data", "data", "--cfg", "net.cfg")
    said = refused(capsys, *words)
    assert "4 classes, but" in said
    assert "has 3 outputs; --classes 4 changes the network" in said
    assert trained("--classes", "4") == 0
    assert darknet.load("backup/net.cfg", "backup/net.weights").network.outputs[0].output.size == 4


def test_transfer_freezes_to_the_bit(here: Path) -> None:
    assert trained() == 0
    words = ("--weights", "backup/net.weights", "--upto", "1", "--freeze", "1", "--backup", "b")
    assert trained(*words) == 0
    network = Network.build(darknet.Cfg.read("net.cfg"))
    before, after = (Weights.read(f"{folder}/net.weights", network) for folder in ("backup", "b"))
    for name, array in before[0].items():
        np.testing.assert_array_equal(after[0][name], array)
    assert not np.array_equal(after[2]["weights"], before[2]["weights"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--data", "nothing"), "nothing: cannot be read"),
        (("--data", "empty"), "empty: no photographs in it; expected"),
        (("--cfg", "none.cfg"), "none.cfg: cannot be read"),
        (("--weights", "net.cfg"), "expected a .weights file"),
        (("--net", "lerning_rate=3"), 'with an option of [net]; did you mean "learning_rate"?'),
        (("--net", "momentum=much"), "momentum=much: expected"),
        (("-gpus", "0;1"), "expected numbers of GPUs"),
        (("--resume",), "no checkpoint there"),
        (("--batch", "6", "--subdivisions", "4"), "batch=6 cannot be computed in subdivisions=4"),
        (("--backup", "net.cfg"), "net.cfg: is a file; expected a folder"),
        (("--freeze", "9"), "freeze=9: expected 1 to 4"),
        (("--quarantine", "net.cfg"), "net.cfg:1: expected a quarantine list"),
        (("--lr", "1e30"), "the loss is not a number"),
        (("--policy", "poly", "--power", "-1"), "last good weights are in backup/net.backup"),
        (("--net", "momentum=-1"), "momentum=-1: expected at least 0, below 1"),
        (("--optimizer", "adam", "--net", "B1=1"), "B1=1: expected at least 0, below 1"),
        (("--optimizer", "adam", "--net", "eps=-1"), "eps=-1: expected at least 0"),
        (("--decay", "-1"), "decay=-1: expected at least 0"),
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


@pytest.mark.parametrize("seed", ["0", "100000000000", str(2**70)])
def test_any_seed_will_do(here: Path, seed: str) -> None:
    assert trained("--seed", seed, "--batches", "2") == 0


def test_batches_win_over_the_epochs_of_the_cfg(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "net.cfg").write_text(CFG.replace("batch=6", "batch=6\nmax_epochs=1"))
    assert trained("--batches", "7", "--json") == 0
    assert answer(capsys)["batch"] == 7
    assert trained("--json") == 0
    assert answer(capsys)["batch"] == 5


def test_the_optimizer_of_the_command_line_wins(here: Path) -> None:
    (here / "net.cfg").write_text(CFG.replace("batch=6", "batch=6\nadam=1"))
    assert trained("--optimizer", "sgd") == 0
    (here / "plain.cfg").write_text(CFG)
    assert main(["train", "classify", "--data", "data", "--cfg", "plain.cfg"]) == 0
    assert (here / "backup/net.weights").read_bytes() == (
        here / "backup/plain.weights"
    ).read_bytes()


def test_epochs_make_batches(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trained("--epochs", "3", "--json") == 0
    assert answer(capsys)["batch"] == 15


def test_the_self_test(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    assert main(["train", "--overfit-one-batch", "--json"]) == 0
    found = answer(capsys)
    follows("overfit", found)
    assert found["learned"]
    assert trained("--overfit-one-batch") == 0
    assert "learned by heart" in capsys.readouterr().out


def test_a_rate_is_found(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("lr-find", "--data", "data", "--cfg", "net.cfg", "--batches", "30")
    assert main([*words, "--save", "rates.png", "--json"]) == 0
    found = answer(capsys)
    follows("lr-find", found)
    assert found["rates"] == sorted(found["rates"])
    assert 1e-5 < found["suggestion"] < 1
    with Image.open("rates.png") as picture:
        assert picture.width > 500
    assert not (here / "backup").exists()
    assert main([*words]) == 0
    assert "suggestion     learning_rate=" in capsys.readouterr().out


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
