"""`darknet go train`: a network learns games, goes on to the same bits, and says what is wrong."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
if importlib.util.find_spec("numba") is None:
    pytest.skip("Numba is not installed", allow_module_level=True)

from colours import follows  # noqa: E402
from darknet.cfg import Cfg  # noqa: E402
from darknet.cli import main  # noqa: E402
from darknet.go.packed import read_packed  # noqa: E402
from darknet.network import Network  # noqa: E402
from darknet.weights import Weights  # noqa: E402
from go_packed import drawn_games  # noqa: E402

NET = """[net]
width=19
height=19
channels={planes}
batch={batch}
optimizer=muon
learning_rate=0.1
decay=0.01
policy=cosine
max_batches=24
rolling=.1

[convolutional]
batch_normalize=1
filters=8
size=3
pad=1
activation=relu
"""
VALUE = """
[avgpool]

[connected]
output=1
activation=linear

[logistic]

[route]
layers=0
"""
POLICY = """
[convolutional]
filters=1
size=1
activation=linear

[reorg]
extra=1

[softmax]
"""


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_thread: None) -> Path:
    """A folder with games.bin, and cfgs of a classic and a strong network."""
    drawn_games(tmp_path, 24)
    strong = NET.format(planes=16, batch=16) + VALUE + POLICY
    (tmp_path / "strong.cfg").write_text(strong)
    (tmp_path / "classic.cfg").write_text(NET.format(planes=1, batch=16) + POLICY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(cfg: str, *words: str) -> int:
    common = ("--data", "games.bin", "--held-out", "20", "--valid-count", "50")
    return main(["go", "train", cfg, *common, *words])


def record(path: str) -> list[dict[str, float]]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


@pytest.mark.parametrize("kind", ["strong", "classic"])
def test_a_run_learns_and_leaves_weights_that_play(
    table: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(f"{kind}.cfg", "--json") == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    follows("train", found)
    assert found["complete"]
    assert (found["batch"], found["seen"]) == (24, 24 * 16)
    assert "held out to validate with" in said.err
    rows = record(f"backup/{kind}.jsonl")
    assert rows[-1]["average"] < rows[0]["loss"]
    network = (f"backup/{kind}.cfg", f"backup/{kind}.weights")
    words = ("--held-out", "20", "-n", "50", "--json")
    assert main(["go", "valid", "games.bin", *network, *words]) == 0
    assert json.loads(capsys.readouterr().out)["top1"] == pytest.approx(
        found["top1"],
        abs=0.041,  # ties of boards without stones, which rounding decides
    )
    named = ("--cfg", network[0], "--weights", network[1])
    assert main(["go", "suggest", "b", "D4", *named, "--json"]) == 0
    value = json.loads(capsys.readouterr().out)["value"]
    assert (value is None) == (kind == "classic")


def test_an_ended_run_goes_on_to_the_same_bits(table: Path) -> None:
    assert train("strong.cfg", "--backup", "whole") == 0
    assert train("strong.cfg", "--backup", "parts", "--minutes", "1e-6") == 0
    assert not Path("parts", "strong.weights").exists()
    assert train("strong.cfg", "--backup", "parts", "--resume", "--minutes", "1e-6") == 0
    assert train("strong.cfg", "--backup", "parts", "--resume") == 0
    whole, parts = (Path(folder, "strong.weights").read_bytes() for folder in ("whole", "parts"))
    assert parts == whole


def test_a_run_that_is_killed_while_it_validates_validates_again(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if it had not been: the record has every batch, and the best weights are there."""
    from darknet.go_training.data import GoData

    def killed(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    common = ("--batches", "8", "--validate-every", "4")
    assert train("strong.cfg", "--backup", "whole", *common) == 0
    with monkeypatch.context() as patch:
        patch.setattr(GoData, "validate", killed)
        assert train("strong.cfg", "--backup", "parts", *common, "--save-every", "3") != 0
    assert train("strong.cfg", "--backup", "parts", *common, "--save-every", "3", "--resume") == 0
    whole, parts = (record(f"{folder}/strong.jsonl") for folder in ("whole", "parts"))
    shown = ("batch", "loss", "top1", "top5")
    assert [[row.get(key) for key in shown] for row in parts] == [
        [row.get(key) for key in shown] for row in whole
    ]
    for name in ("strong.weights", "strong_best.weights"):
        assert Path("parts", name).read_bytes() == Path("whole", name).read_bytes()


def test_from_weights_on(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train("strong.cfg") == 0
    capsys.readouterr()
    words = ("backup/strong.weights", "--backup", "more", "--batches", "30", "--json")
    assert train("strong.cfg", *words) == 0
    assert json.loads(capsys.readouterr().out)["seen"] == 30 * 16  # six batches after the 24


def test_who_wins_is_learned_of_mixtures_too(table: Path) -> None:
    cfg = Cfg.read("strong.cfg")
    network = Network.build(cfg)
    (node,) = [node for node in network.nodes if node.layer.names[0] == "connected"]
    assert train("strong.cfg", "--mixup", "0.5", "--valid-count", "0", "--batches", "4") == 0
    assert Weights.read("backup/strong.weights", network)[node.index]["biases"].any()


@pytest.mark.slow
def test_two_processes_mix_positions_and_who_won(table: Path) -> None:
    """The head that says who wins is part of what is computed: gradients of all travel."""
    words = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "darknet",
             "go", "train", "strong.cfg", "--data", "games.bin", "--held-out", "20",
             "--valid-count", "0", "--mixup", "0.2", "--batches", "4")  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, *words], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.slow
def test_two_processes_learn_from_the_batches_of_one(table: Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    words = ("-m", "darknet", "go", "train", "strong.cfg", "--data", "games.bin", "--held-out",
             "20", "--valid-count", "0", "--precision", "f32")  # fmt: skip
    launch = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")
    alone = (*words, "--backup", "one", "--batch", "32", "--subdivisions", "2")
    together = (*words, "--backup", "two")
    for command in (alone, (*launch, *together)):
        done = subprocess.run(
            [sys.executable, *command], env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr[-3000:]
    one, two = (
        [row["loss"] for row in record(f"{folder}/strong.jsonl")] for folder in ("one", "two")
    )
    # the same positions in the same halves: sums in another order, through bfloat16's steps
    assert two == pytest.approx(one, rel=0.02)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("strong.cfg", "--data", "nothing.bin"), "nothing.bin"),
        (("strong.cfg", "--data", "strong.cfg"), "strong.cfg: begins with"),
        (("three.cfg",), "three.cfg: its input is 19 x 19 x 3; expected one square plane"),
        (("small.cfg",), "small.cfg: takes boards of 9 lines; games to learn from are of 19"),
        (("photo.cfg",), "photo.cfg: answers 7 values on 19 lines"),
        (("strong.cfg", "--held-out", "100"), "--held-out"),
        (("strong.cfg", "--minutes", "0"), "--minutes"),
        (("strong.cfg", "--minutes", "nan"), "'nan' is not a number"),
        (("strong.cfg", "--held-out", "nan"), "'nan' is not a number"),
        (("strong.cfg", "--handicap", "2"), "--handicap"),
    ],
)
def test_what_does_not_fit_is_told_in_a_line(
    table: Path, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("three.cfg").write_text(NET.format(planes=3, batch=4) + POLICY)
    small = NET.format(planes=1, batch=4).replace("=19", "=9")
    Path("small.cfg").write_text(small + POLICY)
    photo = "[avgpool]\n[connected]\noutput=7\nactivation=linear\n[softmax]\n"
    Path("photo.cfg").write_text(NET.format(planes=1, batch=4) + photo)
    given = words if "--data" in words else (*words, "--data", "games.bin")
    assert main(["go", "train", *given]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not Path("backup").exists()


def test_games_with_an_illegal_move_are_not_learned_from(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    games = read_packed("games.bin")
    data = bytearray(Path("games.bin").read_bytes())
    first = 16 + 2 * (int(games.begins[-2] - games.begins[0]) + 6)  # of the last game's moves
    data[first + 2] = data[first]  # where there is a stone now
    data[first + 3] = data[first + 1] ^ 0x80  # White's
    Path("bad.bin").write_bytes(data)
    words = ("--data", "bad.bin", "--held-out", "0", "--batch", "64")
    assert main(["go", "train", "classic.cfg", *words]) == 0
    said = capsys.readouterr().err
    assert "bad.bin: game 24: move 2 is illegal" in said
    assert "1 of the games left out; darknet go data names them all" in said
    assert "23 games to learn from" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--lr", "-1"), "--learning-rate -1: expected at least 0"),
        (("--upto", "1"), "upto=1: expected WEIGHTS"),
        (("--data", "games.bin"), "'--data': given 2 times; expected once"),
    ],
)
def test_what_is_hardly_meant_is_refused(
    table: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert main(["go", "train", "classic.cfg", "--data", "games.bin", *words]) == 2
    assert said in capsys.readouterr().err
    assert not Path("backup").exists()


def test_drawn_weights_are_told_where_others_may_be_meant(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--data", "games.bin", "--batches", "1", "--batch", "4", "--valid-count", "0")
    assert main(["go", "train", "go-classic", *words, "--freeze", "1"]) == 0
    said = capsys.readouterr().err
    assert "go-classic: its cfg alone is taken, and weights are drawn" in said
    assert "freeze=1: these layers stay as they are drawn" in said
    assert main(["go", "train", "classic.cfg", *words]) == 0
    assert "drawn" not in capsys.readouterr().err
