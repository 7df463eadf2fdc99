"""`darknet train classify` and `darknet classifier train`: what is written, and what goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="torch is not installed")

import darknet  # noqa: E402
from colours import CFG, COLOURS, answer, follows, refused, trained  # noqa: E402
from darknet.cli import main  # noqa: E402
from darknet.network import Network  # noqa: E402
from darknet.train.trainer import Trainer  # noqa: E402
from darknet.weights import Weights  # noqa: E402


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
    told = capsys.readouterr().out
    assert "trained 20 batches" in told
    assert "\ncheckpoint kept/net.checkpoint\n" in told
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
            if step.batch == 9:
                self.stop()
            yield step

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "run", ended)
        assert trained(*words) == 0
    assert not (here / "backup" / "net.weights").exists()
    assert "another ema_alpha (was 0.9, now 0.5)" in refused(
        capsys, "train", "classify", "--data", "data", "--cfg", "net.cfg", "--mixup", "0.3",
        "--ema", "0.5", "--precision", "bf16", "--resume",
    )  # fmt: skip
    words = ("--ema", "0.9", "--mixup", "0.3", "--save-every", "7")
    assert trained(*words, "--resume") == 0  # in bf16 as before, though auto may choose f32
    for name in ("net.weights", "net.backup", "net_best.weights"):
        assert (here / "backup" / name).read_bytes() == (here / "whole" / name).read_bytes()


def test_an_earlier_run_is_kept(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trained() == 0
    first = (here / "backup" / "net.weights").read_bytes()
    assert trained("--seed", "1") == 0
    assert "an earlier run's files are kept as net.previous.*" in capsys.readouterr().err
    assert (here / "backup" / "net.previous.weights").read_bytes() == first
    assert (here / "backup" / "net.weights").read_bytes() != first


def test_flags_of_c_are_taken(here: Path) -> None:
    words = ("classifier", "train", "data", "net.cfg", "-dont_show", "-map", "-topk")
    assert main([*words, "--batches", "2"]) == 0


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


def test_classes_named_like_part_of_another(here: Path) -> None:
    (here / "data" / "train" / "red").rename(here / "data" / "train" / "infrared")
    (here / "data" / "valid" / "red").rename(here / "data" / "valid" / "infrared")
    (here / "data" / "train" / "blue").rename(here / "data" / "train" / "red")
    (here / "data" / "valid" / "blue").rename(here / "data" / "valid" / "red")
    assert trained() == 0
    assert (here / "backup" / "net.names").read_text().split() == ["green", "infrared", "red"]


def test_transfer_freezes_to_the_bit(here: Path) -> None:
    assert trained() == 0
    words = ("--weights", "backup/net.weights", "--upto", "1", "--freeze", "1", "--backup", "b")
    assert trained(*words) == 0
    network = Network.build(darknet.Cfg.read("net.cfg"))
    before, after = (Weights.read(f"{folder}/net.weights", network) for folder in ("backup", "b"))
    for name, array in before[0].items():
        np.testing.assert_array_equal(after[0][name], array)
    assert not np.array_equal(after[2]["weights"], before[2]["weights"])


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


def test_killed_between_the_last_checkpoint_and_the_weights(here: Path) -> None:
    assert trained() == 0
    whole = (here / "backup" / "net.weights").read_bytes()
    (here / "backup" / "net.weights").unlink()
    assert trained("--resume") == 0
    assert (here / "backup" / "net.weights").read_bytes() == whole
