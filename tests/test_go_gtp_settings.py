"""GTP: rules, parameters, clocks, and what is told of the engine."""

from __future__ import annotations

import json

import pytest

from darknet.go.moves import Ko
from gtp_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk(5)


# -- Rules -------------------------------------------------------------------------------------


def rules(desk: Desk) -> dict[str, object]:
    return json.loads(desk("kata-get-rules"))


def test_rules_as_katago_writes_them(desk: Desk) -> None:
    desk("kata-set-rules tromp-taylor")
    assert desk("kata-get-rules") == (
        '{"hasButton":false,"ko":"POSITIONAL","scoring":"AREA","suicide":true,"tax":"NONE",'
        '"whiteHandicapBonus":"0","friendlyPassOk":false}'
    )
    desk("kata-set-rules Japanese")
    assert desk("kata-get-rules") == (
        '{"hasButton":false,"ko":"SIMPLE","scoring":"TERRITORY","suicide":false,"tax":"SEKI",'
        '"whiteHandicapBonus":"0","friendlyPassOk":true}'
    )


@pytest.mark.parametrize(
    ("name", "ko", "bonus"),
    [
        ("chinese", "SIMPLE", "N"),
        ("chinese-ogs", "POSITIONAL", "N"),
        ("chinese-kgs", "POSITIONAL", "N"),
        ("korean", "SIMPLE", "0"),
        ("aga", "SITUATIONAL", "N-1"),
        ("bga", "SITUATIONAL", "N-1"),
        ("new-zealand", "SITUATIONAL", "0"),
        ("New_Zealand", "SITUATIONAL", "0"),
    ],
)
def test_rules_by_name(desk: Desk, name: str, ko: str, bonus: str) -> None:
    desk(f"kata-set-rules {name}")
    assert (rules(desk)["ko"], rules(desk)["whiteHandicapBonus"]) == (ko, bonus)


def test_rules_are_read_as_they_are_written(desk: Desk) -> None:
    desk("kata-set-rules aga")
    written = desk("kata-get-rules")
    desk("kata-set-rules tromp-taylor")
    desk(f"kata-set-rules {written}")
    assert desk("kata-get-rules") == written
    desk('kata-set-rules { "scoring" : "territory" , "suicide" : true }')
    assert rules(desk) == json.loads(written) | {"scoring": "TERRITORY", "suicide": True}


@pytest.mark.parametrize(
    "words",
    [
        "", "ing", "chinese japanese", "{", "{}", "[]", "{1}", '{"ko":"NONE"}', '{"ko":1}',
        '{"suicide":"true"}', '{"hasButton":true}', '{"tax":"ALL"}', '{"komi":5}',
        '{"suicide":1}', "stone-scoring", "aga-button", "{" * 5000 + '"a":',
        '{"friendlyPassOk":null}',
    ],
)  # fmt: skip
def test_rules_that_are_none(desk: Desk, words: str) -> None:
    before = desk("kata-get-rules")
    desk.refused(f"kata-set-rules {words}")
    assert desk("kata-get-rules") == before


def test_one_rule(desk: Desk) -> None:
    desk("kata-set-rule ko situational")
    desk("kata-set-rule suicide true")
    assert (rules(desk)["ko"], rules(desk)["suicide"]) == ("SITUATIONAL", True)
    assert "did you mean" in desk.refused("kata-set-rule koo SIMPLE")
    desk.refused("kata-set-rule ko")
    desk.refused("kata-set-rule ko true")


def test_kgs_has_superko_in_chinese_rules(desk: Desk) -> None:
    desk("kgs-rules chinese")
    assert rules(desk)["ko"] == "POSITIONAL"
    desk("kgs-rules new_zealand")
    assert rules(desk)["ko"] == "SITUATIONAL"


def test_other_rules_leave_the_board_and_count_for_what_is_played(desk: Desk) -> None:
    desk("kata-set-rules new-zealand")
    for move in ("b A2", "b B2", "b C1", "w A1", "w B1"):  # the last one takes its own chain
        desk(f"play {move}")
    assert desk("list_stones w") == ""
    before = desk("showboard").replace("new-zealand", "chinese")
    desk("kata-set-rules chinese")
    assert desk("showboard") == before
    assert desk.session.board.ko_rule is Ko.SIMPLE
    desk("play w A1")
    assert desk.refused("play w B1") == "illegal move: it would take its own last liberty"
    desk("undo")
    desk("undo")
    assert desk("list_stones w") == "A1"


# -- Parameters --------------------------------------------------------------------------------


def test_parameters(desk: Desk) -> None:
    names = desk("kata-list-params").split()
    assert json.loads(desk("kata-get-params")).keys() == set(names)
    desk("kata-set-param Temperature 0.5")
    desk("kata-set-param symmetries true")
    assert desk("kata-get-param temperature") == "0.5"
    assert desk.session.choice.symmetries is True
    desk('kata-set-params {"assist": true, "resignBelow": 0.1, "temperatureMoves": 8}')
    assert json.loads(desk("kata-get-params")) == {
        "temperature": 0.5,
        "temperatureMoves": 8,
        "resignBelow": 0.1,
        "allowPass": True,
        "symmetries": True,
        "assist": True,
    }


@pytest.mark.parametrize(
    "words",
    [
        "", "temperature", "temperature -1", "temperature nan", "temperature 1e9", "heat 1",
        "temperatureMoves 1.5", "resignBelow 2", "symmetries 2", "assist maybe", "assist 1 1",
    ],
)  # fmt: skip
def test_parameters_that_are_none(desk: Desk, words: str) -> None:
    before = desk("kata-get-params")
    desk.refused(f"kata-set-param {words}")
    assert desk("kata-get-params") == before


def test_several_parameters_or_none(desk: Desk) -> None:
    before = desk("kata-get-params")
    for words in ('{"assist": true, "heat": 1}', '{"assist": "x"}', "[1]", '{"assist": [true]}'):
        desk.refused(f"kata-set-params {words}")
    assert desk("kata-get-params") == before


def test_parameters_as_gogui_shows_them(desk: Desk) -> None:
    desk("darknet-param symmetries 1")
    desk("darknet-param temperature 0.25")
    assert desk("darknet-param").split("\n") == [
        "[string] temperature 0.25",
        "[string] temperatureMoves 0",
        "[string] resignBelow 0",
        "[bool] allowPass 1",
        "[bool] symmetries 1",
        "[bool] assist 0",
    ]


# -- Clocks ------------------------------------------------------------------------------------


def test_clocks(desk: Desk) -> None:
    desk("time_settings 600 30 5")
    desk("time_left b 599 0")
    desk("time_left white 12.5 3")
    assert desk("darknet-clock") == "600 30 5\nb 599 0\nw 12.5 3"
    desk("kgs-time_settings byoyomi 1800 30 5")
    assert desk("darknet-clock") == "byoyomi 1800 30 5"
    desk("kgs-time_settings none")
    desk("kgs-time_settings absolute 600")
    desk("kgs-time_settings canadian 600 300 20")
    desk("kata-time_settings fischer 600 10.5")
    desk("kata-time_settings fischer-capped 600 10 -1 -1")
    assert desk("darknet-clock") == "fischer-capped 600 10 -1 -1"
    assert "fischer" in desk("kata-list_time_settings").split()


@pytest.mark.parametrize(
    "line",
    [
        "time_settings 600 30", "time_settings 600 30 5 5", "time_settings a b c",
        "time_settings -1 0 0", "time_left b 10", "time_left x 10 0", "time_left b inf 0",
        "kgs-time_settings", "kgs-time_settings fischer 1 1", "kgs-time_settings byoyomi 1 2",
        "kgs-time_settings sand 1", "kata-time_settings fischer 600 -1",
    ],
)  # fmt: skip
def test_clocks_that_are_none(desk: Desk, line: str) -> None:
    assert desk.refused(line).startswith("syntax error")


# -- The engine --------------------------------------------------------------------------------


def test_who_it_is(desk: Desk) -> None:
    assert desk("protocol_version") == "2"
    assert desk("name") == "Darknet"
    assert desk("version") == "random.weights"
    assert desk("gogui-title") == "Darknet random.weights"
    assert "policy network" in desk("gomill-describe_engine")
    assert json.loads(desk("kata-get-models"))[0]["name"] == "random.weights"
    assert float(desk("cputime")) > 0
    assert desk("echo  D4   e5") == "D4 e5"
    for line in ("clear_cache", "stop", "gogui-interrupt", "kgs-game_over"):
        assert desk(line) == ""


@pytest.mark.parametrize(
    "line", ["name x", "protocol_version 2", "undo 2", "showboard b", "komi 5 5"]
)
def test_a_word_too_many(desk: Desk, line: str) -> None:
    desk("play b A1")
    assert "is one word too many" in desk.refused(line)
    assert desk("list_stones b") == "A1"
