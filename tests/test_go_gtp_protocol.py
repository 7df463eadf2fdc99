"""The Go Text Protocol's framing: what a line may be, and what a reply always is."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conftest import ROOT
from darknet.errors import InputError
from darknet.go.gtp.protocol import (
    MAX_BYTES,
    Command,
    end_of_reply,
    parse,
    reply,
    start_of_reply,
    text_line,
)
from darknet.go.gtp.registry import COMMANDS, command
from gtp_desk import Desk, Reply, expected_number, replies

REQUIRED = """protocol_version name version known_command list_commands quit boardsize clear_board
komi play genmove"""
LOOKED_FOR = """undo loadsgf reg_genmove showboard final_score final_status_list fixed_handicap
place_free_handicap set_free_handicap time_settings time_left kgs-time_settings kgs-game_over
kgs-genmove_cleanup gogui-analyze_commands lz-analyze kata-analyze lz-genmove_analyze
kata-genmove_analyze kata-raw-nn kata-set-rules kata-get-rules kata-set-param kata-get-param
kata-list-params cputime"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"name\n", Command("", "name", ())),
        (b"1 name\r\n", Command("1", "name", ())),
        (b"  007\tplay \t b\tD4  \n", Command("007", "play", ("b", "D4"))),
        (b"play w d4 # play b e5", Command("", "play", ("w", "d4"))),
        (b"na\x00m\x1be\x7f\x08", Command("", "name", ())),
        (b"GenMove W", Command("", "genmove", ("W",))),
        (b"12", Command("12", "", ())),
        (b"-1 name", Command("", "-1", ("name",))),
        (b"1x name", Command("", "1x", ("name",))),
        ("\u0661 name".encode(), Command("", "\u0661", ("name",))),  # a digit, but not ASCII's
        (b"loadsgf \xff.sgf", Command("", "loadsgf", ("\udcff.sgf",))),
        (b"99999999999999999999 name", Command("99999999999999999999", "name", ())),
    ],
)
def test_a_line_is_read(line: bytes, expected: Command) -> None:
    assert parse(line) == expected


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"\r\n", b" \t \n", b"# name", b"\x00\x01\n", b" \x0b#"]
)
def test_a_line_without_a_command(line: bytes) -> None:
    assert parse(line) is None
    assert Desk().answer(line) == b""


def test_a_line_that_is_too_long() -> None:
    desk = Desk()
    long = desk.reply("17 name" + " x" * MAX_BYTES)
    assert long.text.startswith("syntax error: a line of more")
    assert (long.accepted, long.number) == (False, "17")
    assert desk.reply("x" * (MAX_BYTES + 1)).number == ""
    assert desk("name") == "Darknet"
    with pytest.raises(InputError):
        parse(b"x" * (MAX_BYTES + 1))


def test_replies_as_bytes() -> None:
    assert reply("", "") == b"= \n\n"
    assert reply("7", "D4") == b"=7 D4\n\n"
    assert reply("7", "a fault\n\nof ours", accepted=False) == b"?7 a fault of ours\n\n"
    assert reply("", "\nA\n\n \n\nB\n\n") == b"= \nA\nB\n\n"
    assert reply("", "bell \a\rand \x1b[0m") == b"= bell and [0m\n\n"
    assert reply("", "\udcff") == b"= \\udcff\n\n"
    stream = start_of_reply("3") + text_line("info\n\n") + text_line("\n") + end_of_reply("play D4")
    assert stream == b"=3\ninfo\nplay D4\n\n"
    assert start_of_reply("") + end_of_reply() == b"=\n\n"


@given(st.text(), st.booleans())
@example("\n\n", True)
@example("\x85\u2028", False)
def test_no_text_breaks_a_reply(text: str, accepted: bool) -> None:
    data = reply("5", text, accepted=accepted)
    assert data.endswith(b"\n\n")
    assert data.count(b"\n\n") == 1
    stream = start_of_reply("5") + text_line(text) + end_of_reply()
    assert stream.endswith(b"\n\n")
    assert stream.count(b"\n\n") == 1


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_every_line_with_a_word_gets_one_reply(lines: list[bytes]) -> None:
    for line in lines:
        found = replies(DESK.answer(line))
        number = expected_number(line)
        assert [one.number for one in found] == ([] if number is None else [number])


DESK = Desk(size=3)


def test_the_commands_that_programs_look_for() -> None:
    desk = Desk()
    listed = desk("list_commands").split("\n")
    assert listed == sorted(set(listed))
    assert set(f"{REQUIRED} {LOOKED_FOR}".split()) <= set(listed)
    for name in listed:
        assert desk(f"known_command {name}") == "true"
    assert desk("known_command Genmove") == "true"
    assert desk("known_command sing") == "false"


def test_every_command_is_in_the_documents() -> None:
    words = set((ROOT / "docs" / "go.md").read_text().split())
    assert set(COMMANDS) <= words


def test_two_commands_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two commands are called name"):
        command("name")(lambda session, words: "")


def test_unknown_commands() -> None:
    desk = Desk()
    assert desk.reply("5 sing b") == Reply(False, "5", "unknown command")
    assert desk.reply("5").number == "5"
    assert desk.refused("5") == "syntax error: a number, and no command"


def test_quit_is_answered_and_is_the_end() -> None:
    assert Desk().run("1 name\n2 quit\n3 name") == [
        Reply(True, "1", "Darknet"),
        Reply(True, "2", ""),
    ]


def test_a_fault_of_ours_is_a_refusal_and_the_engine_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(session: object, words: object) -> str:
        raise ZeroDivisionError("one\n\ntwo \x1b[31m")

    monkeypatch.setitem(COMMANDS, "cputime", broken)
    desk = Desk()
    assert desk.reply("9 cputime D4") == Reply(
        False, "9", r"internal fault: ZeroDivisionError: one\n\ntwo \x1b[31m"
    )
    assert len(desk.told) == 1
    assert desk.told[0].startswith('an internal fault at "cputime D4": ZeroDivisionError')
    assert "test_go_gtp_protocol.py:" in desk.told[0]
    assert desk("name") == "Darknet"


def test_a_fault_in_the_middle_of_a_reply_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(session: object, words: object) -> object:
        yield "info\n\nmove"
        raise MemoryError

    monkeypatch.setitem(COMMANDS, "cputime", broken)
    desk = Desk()
    assert desk.reply("9 cputime") == Reply(True, "9", "\ninfo\nmove")
    assert "MemoryError" in desk.told[0]
