"""`darknet go data`: what is left out, what is there twice, what is written."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from colours import follows
from darknet.cli import main
from darknet.errors import RecordError
from darknet.go.collection import Collector
from darknet.go.coordinates import PASS, to_sgf
from darknet.go.geometry import SYMMETRIES, symmetry
from darknet.go.moves import Move
from darknet.go.packed import PackedGame, read_packed, write_packed
from darknet.go.packing import from_words, packed_game, packed_records, words_of
from darknet.go.records import parse_records
from go_packed import drawn_game, drawn_games

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("numba") is None, reason="Numba is not installed"
)


def turned(game: PackedGame, view: int) -> PackedGame:
    goes = symmetry(19, view)

    def all_of(moves: tuple[Move, ...]) -> tuple[Move, ...]:
        return tuple(Move(c, PASS if p == PASS else goes[p]) for c, p in moves)

    return PackedGame(all_of(game.setup), all_of(game.moves), result=game.result)


def collected(*paths: Path, **options: int):
    collector = Collector([str(path) for path in paths], **options)
    for _ in collector.run():
        pass
    return collector.result()


def test_turned_copies_and_beginnings_are_duplicates(tmp_path: Path) -> None:
    one, other = drawn_game(1, 90), drawn_game(2, 90, handicap=3)
    shorter = PackedGame(other.setup, other.moves[:70])
    parts = PackedGame(one.setup, one.moves[:40])  # a beginning, but not of 60 moves
    games = [shorter, one, *(turned(one, view) for view in range(1, 8)), turned(other, 5), parts]
    write_packed(tmp_path / "games.bin", games)
    found = collected(tmp_path / "games.bin")
    assert found.numbers.tolist() == [1, 9, 10]
    assert found.duplicates == 8
    assert found.left_out == ()


@given(st.integers(0, 50), st.integers(0, SYMMETRIES - 1), st.integers(0, 3))
def test_a_line_is_the_same_from_all_sides(seed: int, view: int, handicap: int) -> None:
    from darknet.go.shares import Lines

    game = drawn_game(seed, 30, handicap=handicap)
    games = (game, turned(game, view), drawn_game(seed + 100, 30))
    lines = Lines(from_words([words_of(one) for one in games], "drawn"))
    assert lines.whole(0) == lines.whole(1) != lines.whole(2)
    assert lines.share(0) == lines.share(1) != lines.share(2)


def test_illegal_and_short_games_are_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    good = [drawn_game(seed, 30) for seed in range(40)]
    bad = PackedGame((), (*good[7].moves[:20], Move(1, good[7].moves[0].point)))
    short = PackedGame((), good[9].moves[:5])
    write_packed(tmp_path / "games.bin", [*good[:7], bad, *good[8:20], short, *good[21:]])
    found = collected(tmp_path / "games.bin")
    assert len(found) == 38
    short_line, illegal_line = sorted(found.left_out, key=lambda line: "illegal" in line)
    label = str(tmp_path / "games.bin")
    assert illegal_line.startswith(f"{label}: game 8: move 21 is illegal: there is a stone")
    assert short_line == f"{label}: game 21: 5 moves; expected at least 20"


def test_records_that_are_left_out_are_named_by_their_files(tmp_path: Path) -> None:
    """Beside another source, and after a file that cannot be read: no number is of use there."""
    drawn_games(tmp_path, 3)
    folder = tmp_path / "records"
    folder.mkdir()
    good = drawn_game(50, 30)
    twice = PackedGame((), (*good.moves[:21], Move(-good.moves[20].colour, good.moves[0].point)))
    (folder / "a.sgf").write_text("(;SZ[19];B[zz])")
    (folder / "b.sgf").write_text(sgf_of(good) + ")")
    (folder / "c.sgf").write_text(sgf_of(drawn_game(51, 5)) + ")")
    (folder / "d.sgf").write_text(
        sgf_of(drawn_game(52, 30)) + ")" + sgf_of(drawn_game(53, 4)) + ")"
    )
    (folder / "e.sgf").write_text(sgf_of(twice) + ")")
    found = collected(tmp_path / "games.bin", folder)
    lines = sorted(found.left_out)
    assert len(lines) == 4
    assert "a.sgf" in lines[0]
    assert lines[1] == f"{folder / 'c.sgf'}: 5 moves; expected at least 20"
    assert lines[2] == f"{folder / 'd.sgf'}: game 2: 4 moves; expected at least 20"
    assert "e.sgf" in lines[3]
    assert len(found) == 5


def test_a_record_with_a_line_that_ends_after_94_bytes_is_a_record(tmp_path: Path) -> None:
    """DarkGo's records end in a newline there, too."""
    text = sgf_of(drawn_game(1, 30)) + ")"
    (tmp_path / "game.sgf").write_text(text[:93].replace("\n", " ") + "\n" + text[93:])
    assert len(collected(tmp_path / "game.sgf")) == 1


def sgf_of(game: PackedGame, **root: str) -> str:
    texts = "".join(f"{key}[{value}]" for key, value in root.items())
    setup = "".join(f"[{to_sgf(point, 19)}]" for _, point in game.setup)
    letters = {1: "B", -1: "W"}
    moves = "".join(f";{letters[c]}[{'' if p == PASS else to_sgf(p, 19)}]" for c, p in game.moves)
    return f"(;GM[1]FF[4]SZ[19]{texts}{'AB' + setup if setup else ''}{moves})"


def test_a_record_becomes_the_packed_game_that_it_is() -> None:
    game = drawn_game(4, 50, handicap=3)
    text = sgf_of(game, RE="W+3.5", KM="6.5", DT="1999-03-01,02", BR="3d", WR="9p")
    (record,) = parse_records(text.encode(), "game.sgf")
    found = packed_game(record, 7)
    assert (found.setup, found.moves) == (game.setup, game.moves)
    assert (found.source, found.result, found.how, found.komi) == (7, 2, 3, 6.5)
    assert (found.year, found.black_rank, found.white_rank) == (1999, 13, 29)


def test_what_the_format_has_no_place_for_is_named_by_file() -> None:
    points = [f"[{to_sgf(point, 19)}]" for point in range(361) if point % 19 % 7][:299]
    text = f"(;GM[1]FF[4]SZ[19]AB{''.join(points)};W[aa])"
    (found,) = packed_records(parse_records(text.encode(), "game.sgf"), 0)
    assert isinstance(found, RecordError)
    assert str(found).startswith("game.sgf: does not fit the format")


@pytest.mark.parametrize(
    ("text", "result", "how"),
    [
        ("B+R", 1, 1),
        ("W+T", 2, 2),
        ("b+0.5", 1, 3),
        ("Void", 0, 0),
        ("", 0, 0),
        ("B+", 1, 0),
        ("Black+3", 1, 3),
        ("White + R", 2, 1),
        ("Both lost", 0, 0),
        ("Black lost by time", 0, 0),
        ("W lost", 0, 0),
        ("Won by R", 0, 0),
        ("B", 0, 0),
        ("0", 0, 0),
    ],
)
def test_results_are_read(text: str, result: int, how: int) -> None:
    (record,) = parse_records(sgf_of(drawn_game(1, 20), RE=text).encode(), "game.sgf")
    found = packed_game(record)
    assert (found.result, found.how) == (result, how)


def test_a_folder_of_records_and_a_packed_file_become_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    drawn_games(tmp_path, 6)
    folder = tmp_path / "records" / "club"
    folder.mkdir(parents=True)
    (folder / "a.sgf").write_text(sgf_of(drawn_game(50, 40), RE="B+R"))
    (folder / "b.sgf").write_text(sgf_of(drawn_game(0, 60, handicap=2)))  # in games.bin too
    (folder / "small.sgf").write_text("(;SZ[9];B[aa];W[bb])")
    (folder / "late.sgf").write_text(sgf_of(drawn_game(51, 30))[:-1] + ";AB[ss];W[tt])")
    (folder / "broken.sgf").write_text("(;SZ[19];B[aa")
    words = ("go", "data", "games.bin", "records", "--out", "all.bin.xz", "--source", "9")
    assert main([*words, "--json"]) == 2
    said = capsys.readouterr()
    found = json.loads(said.out)
    follows("go-data", found)
    assert (found["games"], found["duplicates"], len(found["left_out"])) == (7, 1, 3)
    assert found["sources"][-1]["name"] == "source 9"
    assert said.err.count("darknet: ") == 3
    for name in ("small.sgf", "late.sgf", "broken.sgf"):
        assert name in said.err
    games = read_packed("all.bin.xz")
    assert len(games) == 7
    assert sum(len(game.moves) for game in games) == found["moves"]
    assert main(["go", "data", "all.bin.xz"]) == 0
    assert "7 games" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("text.bin", b"hello", "text.bin: begins with b'hello'; expected packed games"),
        ("old.test", b"\x00" * 93 + b"\n", "old.test: records of 94 bytes are positions without"),
        ("cut.bin", b"DKGOGAM1\x01\x00\x00\x00\x09\x00\x00\x00", "ends in the head of game 1"),
    ],
)
def test_what_is_none_is_told_in_a_line(
    tmp_path: Path, name: str, data: bytes, said: str, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(data)
    assert main(["go", "data", name, "--out", "out.bin"]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not Path("out.bin").exists()


def test_what_is_read_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    drawn_games(tmp_path, 3)
    before = Path("games.bin").read_bytes()
    assert main(["go", "data", "games.bin", "--out", "games.bin"]) == 2
    assert Path("games.bin").read_bytes() == before
    assert "games.bin" in capsys.readouterr().err


def test_the_order_is_drawn_by_the_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    drawn_games(tmp_path, 12)
    for name, seed in (("one.bin", "1"), ("again.bin", "1"), ("two.bin", "2")):
        assert main(["go", "data", "games.bin", "--out", name, "--seed", seed]) == 0
    assert Path("one.bin").read_bytes() == Path("again.bin").read_bytes()
    one, two = (read_packed(name) for name in ("one.bin", "two.bin"))
    assert [game.moves for game in one] != [game.moves for game in two]
    key = sorted(str(game.moves) for game in one)
    assert key == sorted(str(game.moves) for game in two)
    assert np.diff(one.begins).sum() == np.diff(two.begins).sum()
