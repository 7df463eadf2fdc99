"""The commands ``darknet go valid`` and ``darknet go review``, as a user types them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from colours import follows
from darknet.cli import main
from darknet.go.packed import PackedGame, write_packed
from darknet.go.records import record_of
from darknet.go.review_data import Review
from darknet.go.valid import GoValidator
from darknet.go.valid_scores import Answered
from go_games import chance
from go_nets import files

Run = pytest.CaptureFixture[str]


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A small network and a record of 30 moves, in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net").mkdir()
    (tmp_path / "folder.png").mkdir()
    record_of(chance(1, 9, 30), {"PB": "Ann", "PW": "Bo", "KM": "6.5"}).write("game.sgf")
    return list(files(tmp_path / "net"))


def answer(capsys: Run, *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


# ---- valid


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", [["valid", "--plot"], ["review", "--save"]])
def test_a_full_disk_costs_no_answer(net: list[str], capsys: Run, words: list[str]) -> None:
    Path("full.png").symlink_to("/dev/full")
    verb, flag = words
    code, out, err = answer(capsys, "go", verb, "game.sgf", *net, "--json", flag, "full.png")
    assert code == 2
    assert json.loads(out)
    assert "full.png: cannot be written: No space left" in err


@pytest.mark.parametrize("network_first", [True, False])
@pytest.mark.parametrize("multi", [[], ["-multi"], ["--multi"]])
def test_valid_json(net: list[str], capsys: Run, network_first: bool, multi: list[str]) -> None:
    words = [*net, "game.sgf"] if network_first else ["game.sgf", *net]
    code, out, _ = answer(capsys, "go", "valid", *words, *multi, "--json")
    found = json.loads(out)
    follows("go-valid", found)
    assert code == 0
    assert (found["positions"], found["games"], found["kind"]) == (30, 1, "sgf")
    assert found["symmetries"] == bool(multi)
    assert found["error"] is None


def test_valid_text(net: list[str], capsys: Run) -> None:
    record_of(chance(2, 9, 160)).write("other.sgf")
    code, out, _ = answer(capsys, "go", "valid", ".", *net, "-n", "100", "--seed", "3")
    assert code == 0
    assert "100 positions of 190, seed 3 from 2 games" in out
    for row in ("all", "moves 1-60", "moves 61-150", "moves 151 on", "Black", "White"):
        assert any(line.startswith(row) for line in out.splitlines()), row
    assert "±" in out


def test_valid_takes_all_positions(net: list[str], capsys: Run) -> None:
    _, out, _ = answer(capsys, "go", "valid", "game.sgf", *net, "--count", "0")
    assert "30 positions from 1 game\n" in out


def test_valid_calibrates_and_draws(net: list[str], capsys: Run) -> None:
    record_of(chance(2, 9, 40)).write("other.sgf")
    code, out, err = answer(
        capsys, "go", "valid", ".", *net, "--calibrate", "--plot", "a.svg", "--json"
    )
    found = json.loads(out)
    follows("go-valid", found)
    assert (code, err) == (0, "")
    assert sum(one["positions"] for one in found["calibration"]["bins"]) == 70
    best = found["temperature"]
    assert best["found_on"]["positions"] + best["judged_on"]["positions"] == 70
    assert Path("a.svg").read_text().startswith("<svg")
    assert f"temperature={best['value']:g}" in Path("a.svg").read_text()
    code, out, _ = answer(capsys, "go", "valid", ".", *net, "--calibrate", "--plot", "a.PNG")
    assert code == 0
    assert "no advice: a temperature found on 30 positions of 1 game is chance" in out
    assert Path("a.PNG").read_bytes().startswith(b"\x89PNG")


def test_valid_of_one_game_has_no_temperature(net: list[str], capsys: Run) -> None:
    code, out, _ = answer(capsys, "go", "valid", "game.sgf", *net, "--calibrate", "--json")
    found = json.loads(out)
    follows("go-valid", found)
    assert (code, found["temperature"]) == (0, None)


def test_valid_goes_on_without_what_it_cannot_read(net: list[str], capsys: Run) -> None:
    Path("games").mkdir()
    record_of(chance(1, 9, 30)).write("games/a.sgf")
    Path("games/b.sgf").write_text("(;SZ[9];B[zz])")
    code, out, err = answer(capsys, "go", "valid", "games", *net, "--json")
    assert code == 2
    assert json.loads(out)["positions"] == 30
    assert "b.sgf:1" in err
    assert len(json.loads(out)["unreadable"]) == 1


def test_valid_that_is_interrupted_tells_what_it_knows(
    net: list[str], capsys: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = GoValidator.run

    def cut(self: GoValidator) -> Iterator[Answered]:
        for number, one in enumerate(run(self), 1):
            if number > 20:
                raise KeyboardInterrupt
            yield one

    monkeypatch.setattr(GoValidator, "run", cut)
    code, out, err = answer(capsys, "go", "valid", "game.sgf", *net, "--json")
    assert code == 130
    assert "interrupted at 21 of 30" in err
    assert json.loads(out)["positions"] == 21


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["go", "valid"], "Missing argument 'DATA'"),
        (["go", "valid", "NET"], "Missing argument 'DATA'"),
        (["go", "valid", "game.sgf", "NET", "more"], "unexpected extra argument (more)"),
        (["go", "valid", "game.sgf", "NET", "-clear"], "No such option '-clear'"),
        (["go", "valid", "nothing.sgf", "NET"], "nothing.sgf: cannot be read"),
        (["go", "valid", "game.sgf", "net/small.cfg"], "Missing argument 'WEIGHTS'"),
        (["go", "valid", "game.sgf", "no.cfg", "no.weights"], "no.cfg"),
        (["go", "valid", "net", "NET"], "has no .sgf file"),
        (["go", "valid", "net/small.weights", "NET"], "expected packed games"),
        (["go", "valid", "game.sgf", "NET", "--held-out", "0"], "--held-out"),
        (["go", "valid", "game.sgf", "NET", "--count", "-1"], "--count"),
        (["go", "valid", "game.sgf", "NET", "--plot", "a.jpg"], "ends in .png or .svg"),
        (["go", "valid", "game.sgf", "NET", "--plot", "no/a.png"], "folder does not exist"),
        (["go", "valid", "game.sgf", "NET", "--plot", "folder.png"], "not a folder"),
        (["go", "valid", "a.svg", "NET", "--plot", "./a.svg"], "give --plot another name"),
        (["go", "valid", "game.sgf", "NET", "--calibrate", "-multi"], "expected no -multi"),
        (["go", "review"], "Missing argument 'GAME.sgf'"),
        (["go", "review", "NET"], "Missing argument 'GAME.sgf'"),
        (["go", "review", "game.sgf", "NET", "more"], "unexpected extra argument (more)"),
        (["go", "review", "nothing.sgf", "NET"], "nothing.sgf: cannot be read"),
        (["go", "review", "game.sgf", "NET", "--game", "2"], "--game 2: game.sgf has 1"),
        (["go", "review", "game.sgf", "NET", "--save", "a.jpg"], "ends in .png"),
        (["go", "review", "game.sgf", "NET", "--html", "a.htm"], "ends in .html"),
        (["go", "review", "game.sgf", "NET", "--save", "no/a.png"], "folder does not exist"),
    ],
)
def test_what_is_refused(net: list[str], capsys: Run, words: list[str], said: str) -> None:
    typed = [part for word in words for part in (net if word == "NET" else [word])]
    code, out, err = answer(capsys, *typed)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert not out


# ---- review


def test_review_json(net: list[str], capsys: Run) -> None:
    code, out, _ = answer(capsys, "go", "review", "game.sgf", *net, "-multi", "--json")
    found = json.loads(out)
    follows("go-review", found)
    assert code == 0
    assert len(found["moves"]) == 30
    assert len(found["worst"]) == 10
    assert [side["name"] for side in found["players"]] == ["Ann", "Bo"]


@pytest.mark.parametrize(("options", "rows"), [([], 10), (["--worst", "3"], 3), (["--all"], 30)])
def test_review_text(net: list[str], capsys: Run, options: list[str], rows: int) -> None:
    code, out, _ = answer(capsys, "go", "review", *net, "game.sgf", *options)
    assert code == 0
    assert "Ann (Black)" in out
    assert sum(line[:5].strip().isdecimal() for line in out.splitlines()) == rows


def test_review_writes_a_picture_and_a_page(net: list[str], capsys: Run) -> None:
    words = ["--save", "curve.png", "--html", "page.html"]
    code, _, _ = answer(capsys, "go", "review", "game.sgf", *net, *words)
    assert code == 0
    assert Path("curve.png").read_bytes()[:4] == b"\x89PNG"
    assert Path("page.html").read_text().count('<svg xmlns="http') == 10


def test_review_of_another_game_of_a_file(net: list[str], capsys: Run) -> None:
    Path("two.sgf").write_text("(;SZ[9];B[aa])(;SZ[9];B[bb];W[cc])")
    _, out, _ = answer(capsys, "go", "review", "two.sgf", *net, "--game", "2", "--json")
    assert [move["move"] for move in json.loads(out)["moves"]] == ["B8", "C7"]


def test_a_page_is_not_written_over_the_record(net: list[str], capsys: Run) -> None:
    Path("page.html").write_bytes(Path("game.sgf").read_bytes())
    code, _, err = answer(capsys, "go", "review", "page.html", *net, "--html", "page.html")
    assert code == 2
    assert "is read here, and is not overwritten" in err


def test_nothing_is_written_where_the_review_fails(
    net: list[str], capsys: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Review, "worst", lambda self, count: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["go", "review", "game.sgf", *net, "--html", "page.html"])
    assert not Path("page.html").exists()
    capsys.readouterr()


def test_packed_games_and_what_is_held_out(net: list[str], tmp_path: Path, capsys: Run) -> None:
    big = files(tmp_path, size=19)
    games = [PackedGame((), tuple(chance(seed, 19, 50).moves), source=2) for seed in range(12)]
    write_packed("games.bin.xz", games)
    words = ["go", "valid", "games.bin.xz", *big, "--held-out", "50", "-n", "0", "--json"]
    code, out, _ = answer(capsys, *words)
    found = json.loads(out)
    assert code == 0
    assert 0 < found["games_available"] < 12
    assert found["held_out"] == 0.5
    assert [group["name"] for group in found["sources"]] == ["source 2"]
