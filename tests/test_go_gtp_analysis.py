"""GTP: what the network expects, as Leela Zero and KataGo tell it, live and with a move."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
import pytest

import go_nets
from darknet.go.coordinates import from_gtp
from darknet.go.gtp.analysis import LONGEST
from darknet.go.moves import WHITE
from darknet.go.status import ownership
from gtp_desk import Desk, replies

COMMANDS = ("lz-analyze", "kata-analyze", "analyze")
WITH_MOVE = ("lz-genmove_analyze", "kata-genmove_analyze", "genmove_analyze")


@pytest.fixture
def desk() -> Desk:
    return Desk(5)


@pytest.fixture
def heads() -> Desk:
    """An engine whose network says who wins and whose points will be."""
    return Desk(5, policy=go_nets.policy(go_nets.HEADS, size=5))


class Info(NamedTuple):
    """One move of a report, and its line."""

    values: dict[str, str]
    line: list[str]


def infos(report: str) -> list[Info]:
    """A report as a GUI reads it: split at ``info``, keys and values by turns, then the line."""
    found = []
    for part in report.split("info ")[1:]:
        head, _, line = part.partition(" pv ")
        words = head.split()
        found.append(Info(dict(zip(words[::2], words[1::2], strict=True)), line.split()))
    return found


class Slow:
    """Lines of which the next one comes after so many looks."""

    def __init__(self, looks: int) -> None:
        self.looks, self.waits = looks, []

    def next(self) -> None:
        return None

    def wait(self, seconds: float) -> bool:
        self.looks -= 1
        self.waits.append(seconds)
        time.sleep(min(seconds, 0.01))
        return self.looks < 0


# -- The forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_a_report_has_the_networks_moves(desk: Desk, command: str) -> None:
    desk("play b C3")
    found = infos(desk(command))
    board, evaluation = desk.session.evaluate(WHITE)
    assert [info.values["order"] for info in found] == [str(n) for n in range(10)]
    assert all(info.line[0] == info.values["move"] for info in found)
    assert "C3" not in [info.values["move"] for info in found]
    priors = {from_gtp(info.values["move"], 5): float(info.values["prior"]) for info in found}
    scale = 10_000 if command == "lz-analyze" else 1
    flat = np.append(evaluation.priors.ravel(), evaluation.pass_prior)
    for point, prior in priors.items():
        assert prior / scale == pytest.approx(flat[point], abs=1e-4)
    for info in found:
        share = flat[from_gtp(info.values["move"], 5)]  # of a pass, too, which is -1
        assert int(info.values["visits"]) == max(1, round(1000 * float(share)))
    assert list(priors.values()) == sorted(priors.values(), reverse=True)
    assert board is desk.session.board


def test_leela_zeros_numbers_are_whole_and_katagos_have_a_point(desk: Desk) -> None:
    keys = ["move", "visits", "winrate", "prior", "lcb", "order"]
    for info in infos(desk("lz-analyze b 10")):
        assert list(info.values) == keys
        assert all(value.isdigit() for key, value in info.values.items() if key != "move")
        assert info.values["winrate"] == "5000"  # the network does not say
    for info in infos(desk("analyze b 10")):
        for key in ("winrate", "prior", "lcb", "utility", "utilityLcb"):
            assert "." in info.values[key]
        assert "scoreLead" not in info.values


def test_chances_and_points_where_the_network_has_them(heads: Desk) -> None:
    report = heads("kata-analyze w ownership true rootInfo true")
    text, _, ownership = report.partition(" ownership ")
    values = [float(word) for word in ownership.split()]
    _, evaluation = heads.session.evaluate(WHITE)
    assert values == pytest.approx(-evaluation.ownership.ravel(), abs=1e-4)
    text, _, root = text.partition(" rootInfo ")
    words = root.split()
    told = dict(zip(words[::2], words[1::2], strict=True))
    assert float(told["winrate"]) == pytest.approx(evaluation.value, abs=1e-6)
    assert float(told["scoreLead"]) == pytest.approx(sum(values) + 7.5, abs=0.01)
    assert infos(text)[0].values["winrate"] == told["winrate"]  # before the answers are known


def test_ownership_is_estimated_where_the_network_has_none(desk: Desk) -> None:
    for move in ("b C3", "b C2", "b B4", "b D4"):
        desk(f"play {move}")
    report = desk("kata-analyze w ownership true maxmoves 1")
    values = [float(word) for word in report.partition(" ownership ")[2].split()]
    played_out = -ownership(desk.session.board).ravel()  # the network does not lead: no waiting
    assert values == pytest.approx(played_out.tolist(), abs=1e-3)
    assert values[12] < -0.9  # C3
    assert "ownership" not in desk("kata-analyze w ownership false")


def test_after_a_move_the_other_sides_chance_counts(heads: Desk) -> None:
    (reply,) = replies(heads.answer(b"kata-genmove_analyze b movesOwnership true maxmoves 3"))
    lines = reply.text.split("\n")
    assert len(lines) == 3
    heads("undo")
    for info in infos(lines[1]):
        line, _, owned = " ".join(info.line).partition(" movesOwnership ")
        heads(f"play b {line.split()[0]}")
        _, after = heads.session.evaluate(WHITE)
        heads("undo")
        assert float(info.values["winrate"]) == pytest.approx(1 - after.value, abs=1e-5)
        values = [float(word) for word in owned.split()]
        assert values == pytest.approx(after.ownership.ravel(), abs=1e-4)
        assert float(info.values["scoreLead"]) == pytest.approx(sum(values) - 7.5, abs=0.01)


# -- Which moves -------------------------------------------------------------------------------


def moves(desk: Desk, words: str) -> list[str]:
    return [info.values["move"] for info in infos(desk(f"lz-analyze {words}"))]


def test_how_many_moves(desk: Desk) -> None:
    assert len(moves(desk, "b")) == 10
    assert len(moves(desk, "b maxmoves 3")) == 3
    assert len(moves(desk, "b minmoves 15")) == 15
    assert len(moves(desk, "b minmoves 99")) == 26  # and a pass
    assert moves(desk, "b maxmoves 0") == []


def test_moves_avoided_and_allowed(desk: Desk) -> None:
    best = moves(desk, "b")
    words = f"avoid b {best[0]},{best[1]} 1 avoid b {best[2]} 20 avoid w {best[3]} 1"
    assert moves(desk, f"b {words}")[0] == best[3]
    assert moves(desk, f"b allow b {best[5]},pass 1 interval 10") == [
        move for move in best if move in (best[5], "pass")
    ] + (["pass"] if "pass" not in best else [])


def test_illegal_moves_are_not_told(desk: Desk) -> None:
    desk("set_position b A2 b B1 w E5")
    assert "A1" not in moves(desk, "w minmoves 30")
    assert "A1" in moves(desk, "b minmoves 30")


def test_nothing_on_the_board_changes(desk: Desk) -> None:
    desk("play b C3")
    before = desk.session.board.past
    for command in COMMANDS:
        for colour in "bw":
            desk(f"{command} {colour}")
    for line in ("kata-raw-nn all", "darknet-line w", "reg_genmove b", "reg_genmove w"):
        desk(line)
    assert desk.session.board.past == before
    assert desk.session.board.to_move == WHITE


@pytest.mark.parametrize("command", COMMANDS + WITH_MOVE)
@pytest.mark.parametrize(
    "words",
    [
        "x", "b b", "b -5", "b 10 10", "b interval", "b interval x", "b maxmoves -1", "minmoves",
        "b avoid", "b avoid b D4", "b avoid b D4, 1", "b avoid b D4 0", "b avoid x D4 1",
        "b ownership", "b ownership maybe", "b 99999999999999999999", "b 1e3",
    ],
)  # fmt: skip
def test_words_that_are_none_are_refused(desk: Desk, command: str, words: str) -> None:
    desk.refused(f"{command} {words}")
    assert desk("move_history") == ""


@pytest.mark.parametrize(
    "words",
    [
        "", "b", "W 50", "50", "black interval 50 ownership false",
        "b pvVisits true noResultValue true ownershipStdev true",
    ],
)  # fmt: skip
def test_words_that_are_taken(desk: Desk, words: str) -> None:
    for command in COMMANDS:
        assert infos(desk(f"{command} {words}"))


# -- Live --------------------------------------------------------------------------------------


def test_an_analysis_ends_with_the_next_line(desk: Desk) -> None:
    found = desk.run("1 lz-analyze b 1\n\n2 lz-analyze b 1\n# a comment\n3 kata-analyze 1\n4 name")
    assert [reply.number for reply in found] == ["1", "2", "3", "4"]
    assert all("\ninfo move" in reply.text for reply in found[:3])


def test_lines_grow_while_nothing_comes(desk: Desk) -> None:
    desk.session.lines = Slow(200)
    reports = desk("lz-analyze b maxmoves 9").lstrip("\n").split("\n")
    lengths = [max(len(info.line) for info in infos(report)) for report in reports]
    assert lengths == list(range(1, LONGEST + 1))  # and nothing more, as nothing changes
    desk.session.lines = Slow(10)
    reports = desk("lz-analyze b 1 maxmoves 1").lstrip("\n").split("\n")
    assert 1 < len(reports) <= 11


def test_the_interval_is_kept(desk: Desk) -> None:
    desk.session.lines = Slow(40)
    began = time.monotonic()
    reports = desk("kata-analyze b interval 4 maxmoves 2").lstrip("\n").split("\n")
    assert 1 <= len(reports) <= 1 + (time.monotonic() - began) / 0.04
    assert max(desk.session.lines.waits) <= 0.04


def test_lines_are_what_the_network_plays(desk: Desk) -> None:
    desk.session.lines = Slow(200)
    last = desk("lz-analyze b maxmoves 2").split("\n")[-1]
    for info in infos(last):
        desk("clear_board")
        desk(f"play b {info.line[0]}")
        for colour, move in zip("wb" * LONGEST, info.line[1:], strict=False):
            desk.session.lines = Slow(0)
            assert moves(desk, f"{colour} maxmoves 1") == [move]
            desk(f"play {colour} {move}")


@pytest.mark.parametrize("command", WITH_MOVE)
def test_a_move_with_its_analysis(desk: Desk, command: str) -> None:
    reply = desk.reply(f"5 {command} b 10")
    _, report, played = reply.text.split("\n")
    assert len(infos(report)[0].line) == 2
    assert played == f"play {desk('last_move').split()[1]}"
    assert desk("last_move").startswith("black")
