"""The commands ``darknet go match`` and ``darknet go self``, as a user types them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from colours import follows
from darknet.cli import main
from darknet.errors import InputError
from darknet.go.match import Match
from darknet.go.match_result import GameResult
from darknet.go.packed import read_packed
from darknet.go.records import record_of
from go_games import chance
from go_nets import HEADS, files
from go_nets import SMALL as SMALL_NET
from go_seats import command

Run = pytest.CaptureFixture[str]
SMALL = ["--size", "5", "--komi", "2.5"]


@pytest.fixture
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """Two small networks; the current folder is empty but for them."""
    monkeypatch.chdir(tmp_path)
    found = []
    for number in (1, 2):
        (tmp_path / f"net{number}").mkdir()
        found.append(list(files(tmp_path / f"net{number}", size=5, seed=number)))
    return found[0], found[1]


def answer(capsys: Run, *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    said = capsys.readouterr()
    return code, said.out, said.err


def test_networks_play_each_other(nets: tuple[list[str], list[str]], capsys: Run) -> None:
    words = ["go", "match", *nets[0], *nets[1], *SMALL, "-n", "6", "--out", "games", "--json"]
    code, out, err = answer(capsys, *words)
    found = json.loads(out)
    follows("go-match", found)
    assert code == 0
    assert not err
    assert found["finished"] == len(list(Path("games").glob("*.sgf"))) == 6
    assert (found["first"], found["second"]) == ("small.weights (1)", "small.weights (2)")
    assert sum(found[name] for name in ("wins", "draws", "losses", "void")) == 6
    again = json.loads(answer(capsys, *words)[1])
    assert again == found  # nothing was played: all games are there
    quoted = [" ".join(nets[0]), " ".join(nets[1])]  # as programs are given
    assert json.loads(answer(capsys, "go", "match", *quoted, *words[6:])[1]) == found


def test_a_network_against_a_program_and_on(nets: tuple[list[str], list[str]], capsys: Run) -> None:
    words = ["go", "match", *nets[0], command(3), *SMALL, "--names", "net", "random", "-multi"]
    code, out, _ = answer(capsys, *words, "-n", "2")
    assert code == 0
    assert "net against random: 5 lines, chinese rules, komi 2.5" in out
    assert "\nElo " in out
    code, out, err = answer(capsys, *words, "-n", "4")
    assert "2 of 4 games are in match" in err
    assert "4 games: " in out


def test_the_words_of_a_match_that_has_a_failure(
    nets: tuple[list[str], list[str]], capsys: Run
) -> None:
    code, out, _ = answer(
        capsys,
        "go",
        "match",
        *nets[0],
        command(3, "die", 2),
        *SMALL,
        "-n",
        "2",
        "--names",
        "a",
        "b",
    )
    assert code == 0
    assert "2 games: 2 won, 0 drawn, 0 lost" in out
    assert "ended by crash 2" in out
    assert "game 1: B+F: White failed: " in out
    assert "out of cheese" in out


def test_openings_come_from_records(nets: tuple[list[str], list[str]], capsys: Run) -> None:
    board = chance(3, 5, 6, passes=0)
    record_of(board).write("opening.sgf")
    words = ["--openings", "opening.sgf", "--opening-moves", "2", "-n", "2", "--referee", "ours"]
    code, out, err = answer(capsys, "go", "match", *nets[0], *nets[1], *SMALL, *words, "--json")
    alternates = board.moves[0].colour != board.moves[1].colour and board.moves[0].colour == 1
    assert code == (0 if alternates else 2), err
    if alternates:
        assert json.loads(out)["games"][0]["ours"] is not None


def test_a_match_that_is_interrupted_keeps_what_is_there(
    nets: tuple[list[str], list[str]], capsys: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Match.run

    def cut(self: Match) -> Iterator[GameResult]:
        for number, one in enumerate(run(self), 1):
            yield one
            if number == 2:
                raise KeyboardInterrupt

    monkeypatch.setattr(Match, "run", cut)
    words = ["go", "match", *nets[0], *nets[1], *SMALL, "-n", "4", "--json"]
    code, out, err = answer(capsys, *words)
    assert code == 130
    assert "interrupted: 2 of 4 games are in match; the same command goes on" in err
    assert json.loads(out)["finished"] == 2
    monkeypatch.undo()
    monkeypatch.chdir(nets[0][0].rsplit("/", 2)[0])
    assert json.loads(answer(capsys, *words)[1])["finished"] == 4


def test_a_match_that_comes_to_a_bad_end_tells_how_it_stands(
    nets: tuple[list[str], list[str]], capsys: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Match.run

    def full(self: Match) -> Iterator[GameResult]:
        yield next(run(self))
        raise InputError("game-0002.sgf: cannot be written: No space left on device")

    monkeypatch.setattr(Match, "run", full)
    words = ["go", "match", *nets[0], *nets[1], *SMALL, "-n", "4", "--json"]
    code, out, err = answer(capsys, *words)
    assert code == 2
    assert "cannot be written: No space left on device\ndarknet: ended: 1 of 4 games" in err
    assert json.loads(out)["finished"] == 1


@pytest.mark.parametrize("words", [["--referee", "ours"], ["--most-moves", "9"], ["--time", "9"]])
def test_other_terms_are_another_match(
    nets: tuple[list[str], list[str]], capsys: Run, words: list[str]
) -> None:
    match = ["go", "match", *nets[0], *nets[1], *SMALL, "-n", "1"]
    assert answer(capsys, *match)[0] == 0
    code, _, err = answer(capsys, *match, *words)
    assert code == 2
    assert "is of another match" in err
    assert words[1] in err


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
def test_ctrl_c_ends_a_match_and_its_programs(tmp_path: Path) -> None:
    words = [command(1), command(2, "sleep", 2), *SMALL, "-n", "4"]
    running = subprocess.Popen(
        [sys.executable, "-m", "darknet", "go", "match", *words, "--opening-moves", "0"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    deadline = time.monotonic() + 120
    while len(children.read_text().split()) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    programs = children.read_text().split()
    time.sleep(2)
    os.kill(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=120)
    assert running.returncode == 130
    assert "interrupted: 0 of 4 games" in err
    assert "no game was finished" in out
    assert len(programs) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in programs)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "0 players: expected 2"),
        (["NET"], "1 players: expected 2"),
        (["NET", "NET", "NET"], "3 players: expected 2"),
        (["NET", "/no/such/program --gtp"], "cannot be started"),
        (["NET", "no.cfg", "no.weights"], "no.cfg"),
        (["NET", "net2/small.cfg"], "Missing argument 'WEIGHTS'"),
        (["NET", "NET", "--rules", "chines"], 'did you mean "chinese"'),
        (["NET", "NET", "--size", "1"], "--size"),
        (["NET", "NET", "--openings", "nothing.sgf"], "nothing.sgf: cannot be read"),
        (["NET", "NET", "--referee", "/no/such/program"], "cannot be started"),
        (["NET", "NET", "--time", "0"], "--time"),
        (["NET", "NET", "--time", "inf"], "--time"),
        (["NET", command(1), "--time", "nan"], "'nan' is not a number"),
        (["NET", "NET", "--referee", command(1, "size")], "unacceptable size"),
        (["NET", "NET", "-n", "1000000000"], "--games"),
        (["NET", "NET", "--out", "net1/small.cfg"], "--out"),
        (["NET", "NET", "--out", "net1/small.cfg/games"], "cannot be made a folder"),
        (["FIXED", "NET", "--size", "7"], "5 lines"),
        (["NET", "NET", "--komi", "nan"], "komi"),
        (["NET", "NET", "--komi", "1e9"], "komi"),
        (["NET", "NET", "--temperature", "nan"], "temperature"),
    ],
)
def test_what_is_refused(
    nets: tuple[list[str], list[str]], capsys: Run, words: list[str], said: str
) -> None:
    fixed = SMALL_NET.replace("[reorg]", "[connected]\noutput=25\nactivation=linear\n[reorg]")
    Path("fixed").mkdir()
    known = {"NET": nets[0], "FIXED": list(files(Path("fixed"), fixed, size=5))}
    typed = [part for word in words for part in known.get(word, [word])]
    size = [] if "--size" in words else ["--size", "5"]
    code, out, err = answer(capsys, "go", "match", *typed, *size)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert not out
    assert not Path("match").exists()


# ---- self-play


def test_self_play(nets: tuple[list[str], list[str]], capsys: Run) -> None:
    words = ["go", "self", *nets[0], *SMALL, "-n", "4", "-o", "games"]
    code, out, _ = answer(capsys, *words, "--json")
    found = json.loads(out)
    follows("go-self", found)
    assert code == 0
    assert found["finished"] == 4
    assert found["black"] + found["white"] + found["draws"] + found["void"] == 4
    assert found["distinct"] == 4
    _, out, err = answer(capsys, *words)
    assert "4 of 4 games are in games" in err
    assert "small.weights against itself" in out


def test_self_play_writes_packed_games(tmp_path: Path, capsys: Run) -> None:
    net = files(tmp_path, HEADS, size=19)
    place = tmp_path / "games.bin.xz"
    words = ["go", "self", *net, "-n", "2", "-o", str(tmp_path / "games"), "--packed", str(place)]
    code, out, _ = answer(capsys, *words, "--most-moves", "30", "--json")
    assert code == 0
    games = list(read_packed(place))
    assert [len(game.moves) for game in games] == [30, 30]
    assert json.loads(out)["void"] == 2
    assert [(game.result, game.how, game.komi) for game in games] == [(0, 0, 7.5)] * 2


def test_no_games_do_not_write_over_packed_games(
    tmp_path: Path, capsys: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(self: Match) -> Iterator[GameResult]:
        raise KeyboardInterrupt
        yield  # makes it an iterator

    monkeypatch.setattr(Match, "run", stopped)
    (tmp_path / "games.bin").write_bytes(b"of another day")
    words = ["go", "self", *files(tmp_path, HEADS, size=19), "-o", str(tmp_path / "games")]
    code, _, _ = answer(capsys, *words, "--packed", str(tmp_path / "games.bin"))
    assert code == 130
    assert (tmp_path / "games.bin").read_bytes() == b"of another day"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["NET", "NET"], "darknet go match"),
        (["NET", "--packed", "a.bin"], "19 lines, not 5"),
        (["NET", "--packed", "a.sgf"], "ending in .bin"),
        (["NET", "-n", "0"], "--games"),
    ],
)
def test_self_play_refuses(
    nets: tuple[list[str], list[str]], capsys: Run, words: list[str], said: str
) -> None:
    typed = [part for word in words for part in (nets[0] if word == "NET" else [word])]
    code, _, err = answer(capsys, "go", "self", *typed, "--size", "5")
    assert code == 2
    assert said in err
    assert not Path("self").exists()
