"""``darknet go suggest``, and the words of ``go play`` and ``go test``: answers, refusals."""

from __future__ import annotations

import io
import json
import sys
from contextlib import closing
from pathlib import Path

import jsonschema
import pytest

from conftest import ROOT
from darknet.cli import main
from darknet.cli.go_options import RULES
from darknet.go.policy import Policy
from darknet.go.records import parse_records
from darknet.go.rules import RULES as KNOWN_RULES
from darknet.go.rules import rules_named
from go_nets import HEADS, SMALL, files

SCHEMA = json.loads((ROOT / "docs" / "schemas" / "go-suggest.schema.json").read_text())
GAME = b"(;FF[4]SZ[9]KM[5.5]RU[Japanese];B[ee];W[dd];B[cc])"


@pytest.fixture(scope="module")
def nets(tmp_path_factory) -> dict[str, tuple[str, str]]:
    made = {}
    for name, text in (("small", SMALL), ("heads", HEADS)):
        made[name] = files(tmp_path_factory.mktemp(name), text)
    return made


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "game.sgf").write_bytes(GAME)
    return tmp_path


@pytest.fixture
def suggest(nets, here, capsys):
    """A call of the command: its JSON, which follows the schema."""

    def call(*words: str, net: str = "small") -> dict:
        cfg, weights = nets[net]
        assert main(["go", "suggest", "--cfg", cfg, "--weights", weights, "--json", *words]) == 0
        document = json.loads(capsys.readouterr().out)
        jsonschema.validate(document, SCHEMA)
        return document

    return call


def said(capsys, *words: str) -> str:
    """What is said of words that are refused."""
    assert main(["go", *words]) == 2
    out = capsys.readouterr()
    assert out.out == ""
    (line,) = out.err.splitlines()
    return line


# ---- answers


def test_the_lines_are_darkgos(nets, here, capsys):
    cfg, weights = nets["small"]
    assert main(["go", "suggest", "D4", "E5", "--cfg", cfg, "--weights", weights, "-t", "3"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head == "Black to move, after 2 moves"
    assert [line.split(":")[0] for line in lines] == ["1", "2", "3"]
    name, share = lines[0].split(": ")[1].split(", ")
    assert name == "pass" or (name[1] == " " and name[2:].isdecimal())
    assert 0 < float(share.rstrip("%")) < 100


def test_typed_moves(suggest):
    document = suggest("D4", "e5", "pass", "w", "C3", "black", "g7")
    assert (document["played"], document["to_move"], document["source"]) == (5, "white", None)
    assert not {"D4", "E5", "C3", "G7"} & {move["move"] for move in document["moves"]}
    assert document["size"] == 9


def test_moves_are_typed_as_they_are_printed(suggest):
    joined = suggest("D4", "b", "B5", "w", "C3")
    apart = suggest("D", "4", "b", "B", "5", "w C 3")
    assert apart == joined


def test_one_move_is_no_moves(nets, capsys):
    cfg, weights = nets["small"]
    assert main(["go", "suggest", "D4", "--cfg", cfg, "--weights", weights]) == 0
    assert capsys.readouterr().out.startswith("White to move, after 1 move\n")


def test_an_sgf_and_a_move_of_it(suggest, nets):
    document = suggest("game.sgf")
    assert (document["source"], document["played"], document["to_move"]) == ("game.sgf", 3, "white")
    assert document["rules"] == "japanese"
    assert suggest("game.sgf", "--move", "1")["moves"] == suggest("E5")["moves"]
    assert suggest("game.sgf", "--move", "0", "--turn", "white")["to_move"] == "white"
    with closing(Policy.load(*nets["small"])) as policy:
        board = parse_records(GAME)[0].board(rules=rules_named("japanese"))
        evaluation = policy.evaluate(board)
    by_name = {move["move"]: move["probability"] for move in document["moves"]}
    best = evaluation.to_dict(1)["moves"][0]
    assert by_name[best["move"]] == best["probability"]
    assert document["pass"] == pytest.approx(evaluation.pass_prior, rel=1e-5)


def test_multi_is_another_answer(suggest):
    document = suggest("E5", "D4", "-multi", "-t", "82")
    assert document["symmetries"]
    assert len(document["moves"]) == 80  # 79 points and the pass
    single = suggest("E5", "D4", "-t", "82")
    assert not single["symmetries"]
    assert document["moves"] != single["moves"]
    probabilities = [move["probability"] for move in document["moves"]]
    assert probabilities == sorted(probabilities, reverse=True)


def test_illegal_points_are_not_suggested(suggest):
    ko = ["D5", "E5", "C4", "F4", "D3", "E3", "E4", "D4"]
    names = {move["move"] for move in suggest(*ko, "-t", "82")["moves"]}
    assert "E4" not in names
    assert "E6" in names


def test_what_other_heads_say(suggest):
    document = suggest("E5", net="heads")
    assert 0 <= document["value"] <= 1
    assert [len(row) for row in document["ownership"]] == [9] * 9
    assert suggest("E5")["value"] is None


@pytest.mark.parametrize("komi", ["nan", "inf"])
def test_a_komi_that_is_no_number(nets, here, capsys, komi):
    assert "--komi" in said(capsys, "play", *nets["small"], "--komi", komi)


def test_an_sgf_from_stdin(suggest, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GAME)))
    assert suggest("-")["played"] == 3


def test_the_empty_board(suggest):
    assert suggest()["played"] == 0
    assert suggest("--size", "7")["size"] == 7


@pytest.mark.parametrize("missing", [False, True])
def test_that_games_cannot_be_saved_is_told_before_they_are_played(
    nets, capsys, monkeypatch, missing
):
    if missing:
        monkeypatch.setitem(sys.modules, "sgfmill", None)
    monkeypatch.setattr(sys, "stdin", io.StringIO("q\n"))
    assert main(["go", "play", *nets["small"]]) == 0
    told = capsys.readouterr().err
    assert ("games cannot be saved or kept" in told) == missing
    assert ("pip install 'darknet-python[go]'" in told) == missing


@pytest.mark.parametrize(("net", "told"), [("small", True), ("heads", False)])
@pytest.mark.parametrize("command", ["play", "match"])
def test_a_network_that_never_resigns_says_so(nets, here, capsys, monkeypatch, command, net, told):
    monkeypatch.setattr(sys, "stdin", io.StringIO("q\n"))
    words = [*nets[net], "--resign", "10", "--size", "9"]
    if command == "match":
        words += [*nets[net], "-n", "1", "--most-moves", "1"]
    assert main(["go", command, *words]) == 0
    said = f"Note: {Path(nets[net][1]).name} does not say who wins, and never resigns"
    assert (said in capsys.readouterr().err) == told


# ---- refusals


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("suggest", "K10"), "K10 is not on a board of 9 lines"),
        (("suggest", "D4", "D4"), "White may not play D4: there is a stone"),
        (("suggest", "w"), "a move is missing after w"),
        (("suggest", "nowhere.sgf"), "nowhere.sgf: cannot be read"),
        (("suggest", "game.sgf", "E5"), "expected one SGF, or moves, and a network"),
        (("suggest", "game.sgf", "--size", "9"), "--size is for typed moves"),
        (("suggest", "E5", "--move", "1"), "--move is for an SGF"),
        (("suggest", "game.sgf", "--move", "4"), "move 4: the game has 3"),
        (("suggest", "bad.sgf"), "no SGF"),
        (("play", "--load", "bad.sgf"), "no SGF"),
        (("play", "--load", "game.sgf", "--size", "9"), "are for new games"),
        (("play", "--rules", "mine"), "is not one of"),
        (("play", "--handicap", "1"), "1 handicap stones on 9 lines"),
        (("suggest", "D", "40"), "D40 is not on a board of 9 lines"),
        (("suggest", "D", "E5"), '"D" is no point'),
    ],
)
def test_what_is_refused(nets, here, capsys, words, expected):
    (here / "bad.sgf").write_bytes(b"no game")
    cfg, weights = nets["small"]
    assert expected in said(capsys, *words, "--cfg", cfg, "--weights", weights)


def test_networks_that_are_not_told_rightly(nets, here, capsys):
    cfg, weights = nets["small"]
    assert "--weights needs --cfg" in said(capsys, "play", "--weights", weights)
    assert "--cfg needs --weights" in said(capsys, "suggest", "--cfg", cfg)
    assert "the network twice" in said(capsys, "play", cfg, weights, "--cfg", cfg)
    assert "one word too many" in said(capsys, "play", cfg, weights, "more")
    assert "one word too many" in said(capsys, "test", cfg, weights, "more")


def test_help_knows_the_rules():
    assert set(RULES) == set(KNOWN_RULES)
