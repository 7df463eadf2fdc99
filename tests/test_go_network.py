"""How the commands of ``darknet go`` take a network, and per cent: the same way in all of them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknet.cli import main
from darknet.cli.go_network import NamedNetwork, NetworkFiles
from darknet.go.records import record_of
from darknet.go.terminal import loop
from go_games import chance
from go_nets import files

Run = pytest.CaptureFixture[str]
BESIDE = {
    "suggest": (["game.sgf"], ["--json"]),
    "review": (["game.sgf"], ["--json"]),
    "valid": (["game.sgf"], ["--json"]),
    "self": ([], ["--json", "-n", "1", "--size", "9", "--most-moves", "9"]),
}
"""Commands that take a network: the other words, and options."""
WAYS = {
    "words first": lambda cfg, weights, others: [cfg, weights, *others],
    "words last": lambda cfg, weights, others: [*others, cfg, weights],
    "options": lambda cfg, weights, others: [*others, "--cfg", cfg, "--weights", weights],
    "none": lambda cfg, weights, others: others,
}


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A small network, which is the default here, and a game, in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net").mkdir()
    named = files(tmp_path / "net")
    monkeypatch.setattr("darknet.go.policy.default_policy", lambda: named)
    record_of(chance(1, 9, 12)).write("game.sgf")
    return named


@pytest.mark.parametrize("command", BESIDE)
def test_a_network_is_named_alike_in_every_command(
    net: tuple[str, str], capsys: Run, command: str
) -> None:
    others, options = BESIDE[command]
    answers = {}
    for way, typed in WAYS.items():
        out = ["--out", way] if command == "self" else []
        assert main(["go", command, *typed(*net, others), *options, *out]) == 0, way
        said = capsys.readouterr()
        answers[way] = json.loads(said.out)
        for timing in ("seconds", "positions_per_second"):
            answers[way].pop(timing, None)
        assert ("no network is named: small answers, from the package" in said.err) == (
            way == "none"
        )
    for way, answer in answers.items():
        assert answer == answers["options"], way


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("command", ["play", "test", "gtp"])
def test_so_they_do_where_lines_are_typed(
    net: tuple[str, str],
    capfd: Run,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    way: str,
) -> None:
    """Those whose input is a terminal, or a program: each begins with the network that is named."""
    opened: list[str] = []

    def noted(*arguments: object, **more: object) -> object:
        opened.append(str(arguments[0]))
        raise KeyboardInterrupt

    monkeypatch.setattr("darknet.go.policy.Policy.load", noted)
    assert main(["go", command, *WAYS[way](*net, [])]) == 130
    assert opened == [net[0]]


@pytest.mark.parametrize("command", [*BESIDE, "play", "test", "gtp"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--weights", "WEIGHTS"], "--weights needs --cfg"),
        (["--cfg", "CFG"], "--cfg needs --weights, unless it is a network's name"),
        (["CFG", "WEIGHTS", "--cfg", "CFG"], "the network twice"),
        (["--cfg", "go-classi"], "go-classic"),
        (["CFG"], "Missing argument 'WEIGHTS'"),
    ],
)
def test_networks_that_are_named_wrongly(
    net: tuple[str, str], capfd: Run, command: str, words: list[str], said: str
) -> None:
    others, _ = BESIDE.get(command, ([], []))
    typed = [dict(zip(("CFG", "WEIGHTS"), net, strict=True)).get(word, word) for word in words]
    assert main(["go", command, *others, *typed]) == 2
    told = capfd.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert not told.out


@given(
    before=st.lists(st.sampled_from(["D4", "w", "pass", "a.sgf", "-", "./tiny"])),
    after=st.lists(st.sampled_from(["D4", "w", "pass", "a.sgf", "-"])),
    network=st.sampled_from(
        [
            ("a.cfg", "b.weights"),
            ("a.cfg", "odd name"),
            ("go-classic", "x.weights"),
            ("go-classic",),
        ]
    ),
)
def test_a_network_is_found_among_words(
    before: list[str], after: list[str], network: tuple[str, ...]
) -> None:
    named = NamedNetwork(cfg=None, weights=None)
    found, others = named.among([*before, *network, *after])
    assert found == NetworkFiles(network[0], network[1] if network[1:] else None)
    assert others == (*before, *after)


def test_weights_before_their_cfg(net: tuple[str, str], capsys: Run) -> None:
    assert main(["go", "suggest", *reversed(net), "D4"]) == 2
    assert (
        f"cfg comes before its weights: {net[0]} comes before {net[1]}" in capsys.readouterr().err
    )


# ---- per cent


@pytest.mark.parametrize(
    ("typed", "below"),
    [("0", 0), ("5", 0.05), ("5%", 0.05), ("7.5 %", 0.075), ("1", 0.01), (".5%", 0.005),
     ("0.05%", 0.0005), ("100", 1), ("0.0", 0)],
)  # fmt: skip
def test_resigning_is_in_per_cent(
    net: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: Run, typed: str, below: float
) -> None:
    seen: list[float] = []
    monkeypatch.setattr(sys, "stdin", io.StringIO("q\n"))
    monkeypatch.setattr(
        loop, "run", lambda session, *more: seen.append(session.player.choice.resign_below)
    )
    assert main(["go", "play", "--resign", typed]) == 0
    assert seen == [pytest.approx(below)]


@pytest.mark.parametrize("command", ["play", "gtp", "self", "match"])
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0.05", "0.05: expected per cent: 5 for a chance of 0.05, or 0.05% if it is less"),
        ("101", "101: expected per cent, 0 to 100 (5 or 5%)"),
        ("-1", "-1: expected per cent, 0 to 100"),
        ("nan", "nan: expected per cent, 0 to 100"),
        ("often", "often: expected per cent, 0 to 100"),
        ("1e9", "1e9: expected per cent, 0 to 100"),
        ("\u0665", "expected per cent, 0 to 100"),
    ],
)
def test_what_is_no_per_cent(
    net: tuple[str, str], capsys: Run, command: str, typed: str, said: str
) -> None:
    assert main(["go", command, "--resign", typed]) == 2
    told = capsys.readouterr()
    assert "--resign" in told.err
    assert said in told.err
    assert told.err.count("\n") == 1
