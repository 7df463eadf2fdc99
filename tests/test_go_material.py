"""What a network learns Go from, whatever form it lies in."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
if importlib.util.find_spec("numba") is None:
    pytest.skip("Numba is not installed", allow_module_level=True)

from darknet.cli import main  # noqa: E402
from darknet.errors import RecordError  # noqa: E402
from darknet.go.classic import Samples, read_classic, write_classic  # noqa: E402
from darknet.go.examples import UNKNOWN, examples  # noqa: E402
from darknet.go.loose import LooseMixer, loose_examples  # noqa: E402
from darknet.go.moves import Move  # noqa: E402
from darknet.go.packed import PackedGame, PackedGames, write_packed  # noqa: E402
from darknet.go.positions import replayed  # noqa: E402
from darknet.go_training.material import Material, material  # noqa: E402
from darknet.go_training.options import GoOptions  # noqa: E402
from go_packed import drawn_game, drawn_games  # noqa: E402
from test_go_train import NET, POLICY  # noqa: E402

LETTERS = "abcdefghijklmnopqrs"


def as_sgf(games: PackedGames, number: int) -> str:
    """A game without setup stones."""
    words = [
        f";{'BW'[colour - 1] if colour > 0 else 'W'}[{point_of(point)}]"
        for colour, point in games[number].moves
    ]
    return f"(;GM[1]SZ[19]RE[B+R]{''.join(words)})"


def point_of(point: int) -> str:
    return "" if point < 0 else LETTERS[point % 19] + LETTERS[point // 19]


def as_samples(games: PackedGames) -> Samples:
    found = replayed(games, None)
    return Samples(found.stones().reshape(-1, 19, 19), found.moves)


def read(path: Path, **options: float) -> Material:
    return material(path, GoOptions(**options), 0)


@pytest.fixture
def games(tmp_path: Path) -> PackedGames:
    return drawn_games(tmp_path, 12, handicaps=0)


def test_a_record_is_the_position_that_a_game_gives(games: PackedGames) -> None:
    whole, loose = examples(games), loose_examples(as_samples(games))
    assert (loose.bits == whole.bits).all()  # the liberties, too
    assert (loose.moves == whole.moves).all()
    assert (loose.last == UNKNOWN).all()
    assert (loose.kos == UNKNOWN).all()
    assert not loose.won.any()


def test_every_record_is_there_once_an_epoch(games: PackedGames) -> None:
    found = loose_examples(as_samples(games))
    numbered = found.take(np.arange(100))
    numbered.moves[:] = np.arange(100)
    mixer = LooseMixer(numbered, "records")
    seen = np.concatenate([mixer.batch(number, 40).examples.moves for number in range(5)])
    first, second = seen[:100], seen[100:]
    assert sorted(first) == sorted(second) == list(range(100))
    assert first.tolist() != second.tolist()
    parts = [mixer.batch(2, 40, slice(start, start + 20)) for start in (0, 20)]
    assert np.concatenate([part.examples.moves for part in parts]).tolist() == seen[80:120].tolist()
    whole = mixer.batch(2, 40).views
    assert np.concatenate([part.views for part in parts]).tolist() == whole.tolist()


def test_the_last_records_are_held_out(games: PackedGames, tmp_path: Path) -> None:
    samples = as_samples(games)
    write_classic(tmp_path / "records", samples)
    found = read(tmp_path / "records", held_out=10)
    count = len(samples)
    assert (found.learned + found.held_out, found.held_out) == (count, -(-count // 10))
    assert found.mixer.count == found.learned
    assert found.unit == "records"


def test_game_records_are_learned_from_as_packed_games(games: PackedGames, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    for number in range(len(games)):
        (folder / f"{number:02}.sgf").write_text(as_sgf(games, number))
    (folder / "bad.sgf").write_text("(;GM[1]SZ[19];B[zz])")
    ours, packed = read(folder, held_out=30), read(tmp_path / "games.bin", held_out=30)
    assert (ours.learned, ours.held_out) == (packed.learned, packed.held_out)
    assert ours.mixer.count == packed.mixer.count
    assert len(ours.left_out) == 1
    assert "bad.sgf" in ours.left_out[0]


def test_what_is_left_out_is_not_validated_with_either(games: PackedGames, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "one.sgf").write_text(as_sgf(games, 0))
    (folder / "same.sgf").write_text(as_sgf(games, 0))
    found = read(folder, held_out=0)
    assert (found.learned, found.held_out) == (1, 0)
    assert sorted(found.valid.share(game) < 1 for game in range(2)) == [False, True]


def test_illegal_packed_games_are_left_out_before_a_run(tmp_path: Path) -> None:
    """Learned or held out: the one would end a run midway, the other when all is done."""
    good = [drawn_game(seed, 40) for seed in range(10)]
    bad = [PackedGame((), (*one.moves, Move(1, one.moves[0].point))) for one in good[:4]]
    write_packed(tmp_path / "games.bin", good)
    before = read(tmp_path / "games.bin", held_out=50)
    write_packed(tmp_path / "games.bin", [*good, *bad])
    found = read(tmp_path / "games.bin", held_out=50)
    assert (found.learned, found.held_out) == (before.learned, before.held_out)
    assert found.held_out_positions == before.held_out_positions
    for number, line in enumerate(found.left_out, 11):
        assert line.startswith(f"{tmp_path / 'games.bin'}: game {number}: move 41 is illegal: ")
    assert len(found.left_out) == 4
    for number in range(14):
        if found.valid.share(number) < 0.5:
            list(found.valid.positions(number, range(40)))


def test_held_out_records_without_a_liberty_are_told_at_once(
    games: PackedGames, tmp_path: Path
) -> None:
    samples = as_samples(games)
    samples.positions[-1] = 1
    write_classic(tmp_path / "records", samples)
    with pytest.raises(RecordError, match=f"record {len(samples):,}: "):
        read(tmp_path / "records", held_out=1)


def test_nothing_to_learn_from(tmp_path: Path) -> None:
    (tmp_path / "short.sgf").write_text("(;GM[1]SZ[19];B[aa];W[bb])")
    with pytest.raises(RecordError, match="no game that is of use"):
        read(tmp_path / "short.sgf")


@pytest.mark.parametrize("name", ["records", "folder"])
def test_a_run_learns_from_them(
    games: PackedGames,
    tmp_path: Path,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    one_thread: None,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.cfg").write_text(NET.format(planes=16, batch=8) + POLICY)
    if name == "records":
        write_classic(name, as_samples(games))
        assert len(read_classic(name)) == len(as_samples(games))
    else:
        Path(name).mkdir()
        for number in range(len(games)):
            Path(name, f"{number:02}.sgf").write_text(as_sgf(games, number))
    words = ("--held-out", "30", "--valid-count", "50", "--json")
    assert main(["go", "train", "net.cfg", "--data", name, *words]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["complete"]
    assert "held out to validate with (30 %" in said.err
    network = ("backup/net.cfg", "backup/net.weights")
    assert main(["go", "valid", name, *network, "--held-out", "30", "-n", "50", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    # boards without stones are ties all over, which rounding decides: two of fifty may differ
    assert found["top1"] == pytest.approx(json.loads(said.out)["top1"], abs=0.041)
