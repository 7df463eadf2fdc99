"""SGF: what is refused, and in which line; a fuzzer of the reader."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.errors import DarknetError, RecordError
from darknet.go.moves import BLACK
from darknet.go.rules import RULES
from darknet.go.sgf_text import find_games
from sgf_games import NAME, SMALL, needs_sgfmill, parsed

REFUSED = [
    # text, where and what
    ("", 'game.sgf: no SGF: begins with "'),
    ("<html>\n", 'game.sgf: no SGF: begins with "<html>'),
    ("(;FF[4]\nSZ[9]\n;B[aa]", 'game.sgf:3: the text ends in a game: the "(" of line 1 has no ")"'),
    ("(;\nB[aa\n", "game.sgf:2: the value of B has no end: expected ] (byte 4)"),
    ("(;SZ[9]\n\nB;W[aa])", "game.sgf:3: B has no value"),
    ("(;SZ[9];\nb[aa])", 'game.sgf:2: "b" is no property: its name has no capital letter'),
    ("(;\n[x])", 'game.sgf:2: "[" where no such sign may'),
    ("(;SZ[9](;B[aa])\n;W[bb])", 'game.sgf:2: ";" where no such sign may stand'),
    ("(;SZ[9]())", 'game.sgf:1: ")" where'),
    ("(;SZ[9]((;B[aa]))", 'game.sgf:1: "(" where'),
    ("(;SZ[9]\x00)", 'game.sgf:1: "\\x00" where'),
    ("\n(;SZ[19:13])", "game.sgf:2: SZ[19:13]: rectangular boards are not played here"),
    ("(;SZ[1])", "game.sgf:1: SZ[1]: expected 2 to 25 lines"),
    ("(;SZ[26])", "game.sgf:1: SZ[26]: expected 2 to 25 lines"),
    ("(;SZ[nine])", "game.sgf:1: SZ[nine]: expected 2 to 25 lines"),
    ("(;SZ[-9])", "SZ[-9]: expected"),
    ("(;SZ[9999999999])", "SZ[9999999999]: expected"),
    ("(;GM[2]SZ[8])", "game.sgf:1: GM[2]: expected 1, which is Go"),
    ("(;" + "A" * 65 + "[x])", "a name of 65 letters"),
]


@needs_sgfmill
@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_is_no_record(text, words):
    with pytest.raises(RecordError) as caught:
        parsed(text)
    assert words in str(caught.value)


ILLEGAL = [
    ("(;SZ[9];B[aa]\n;W[jj])", 'game.sgf:2: W: "jj" is not on a board of 9 lines'),
    ("(;SZ[9];B[aa]\n;W[aa])", "game.sgf:2: move 2: White may not play A9: there is a stone"),
    ("(;SZ[9];B[aa]\n;W[bb]B[cc])", "game.sgf:2: more than one move in a node"),
    ("(;SZ[9];B[aa]\n;W[bb][cc])", "game.sgf:2: more than one move in a node"),
    ("(;SZ[9]\nAB[aa]AW[aa])", "game.sgf:1: A9 is set twice in a node"),
    ("(;SZ[9]\n;AB[tt])", 'game.sgf:2: AB[tt]: a pass is no point'),
    ("(;SZ[9]\n;AB[aa:])", "a pass is no point"),
    ("(;SZ[9]\n;AW[ba][ab]AB[aa])", "2: setup after move 0: Black's stone at A9 would have"),
    ("(;SZ[9]PL[green])", "game.sgf:1: PL[green]: expected B or W"),
    ("(;SZ[2]AB[aa][aa][aa][aa][aa])", "AB has 5 values, more than points"),
    ("(;SZ[9]\n(;B[aa];W[aa])(;W[bb]))", "game.sgf:2: move 2: White may not play A9"),
]  # fmt: skip


@needs_sgfmill
@pytest.mark.parametrize(("text", "words"), ILLEGAL)
def test_what_cannot_be_replayed(text, words):
    with pytest.raises(RecordError) as caught:
        parsed(text).board()
    assert words in str(caught.value)


@needs_sgfmill
def test_the_line_of_a_node_in_a_variation():
    record = parsed("(;SZ[9]\n;B[aa]\n(;W[bb])\n(;W[cc]\n;B[cc]))")
    with pytest.raises(RecordError, match=r"game.sgf:5: move 3: Black may not play C7"):
        record.board(list(record.lines())[1])
    assert len(record.board().moves) == 2


@needs_sgfmill
def test_komi_and_handicap_that_are_none():
    with pytest.raises(RecordError, match=r"game.sgf:1: KM\[high\]: expected a number"):
        _ = parsed("(;KM[high])").komi
    with pytest.raises(RecordError, match=r"HA\[-2\]: expected a whole number"):
        _ = parsed("(;HA[-2])").handicap
    for text in ("nan", "inf", "1e9", "\u0661"):
        with pytest.raises(RecordError):
            _ = parsed(f"(;CA[UTF-8]KM[{text}])").komi


@needs_sgfmill
def test_rules_say_what_is_legal():
    ko = "(;SZ[5]AB[ba][ab][bc]AW[ca][bb][db][cc];B[cb];W[bb])"
    assert len(parsed(ko).board().moves) == 2  # whatever rules it was played under
    with pytest.raises(RecordError, match=r"move 2: White may not play B4: it would take back"):
        parsed(ko).board(rules=RULES["japanese"])
    suicide = "(;SZ[5]AB[ab][bb][ba]AW[ca][cb][bc][ac];B[aa])"
    assert not parsed(suicide).board()[1]
    with pytest.raises(RecordError, match="its own last liberty"):
        parsed(suicide).board(rules=RULES["chinese"])
    assert parsed(suicide).board(rules=RULES["new-zealand"]).prisoners(BLACK) == 4


def test_too_many_nodes(monkeypatch):
    monkeypatch.setattr("darknet.go.sgf_text.MAX_NODES", 10)
    assert len(find_games(b"(" + b";" * 10 + b")", "a.sgf")[0].nodes) == 10
    with pytest.raises(RecordError, match=r"a.sgf:1: more than 10 nodes"):
        find_games(b"(" + b";" * 11 + b")", "a.sgf")
    with pytest.raises(RecordError, match="more than 10 nodes"):
        find_games(b"(;;;)" * 4, "a.sgf")


@needs_sgfmill
def test_deep_trees_do_not_break_it():
    depth = 20_000
    record = parsed("(;SZ[9]" + "(;B[]" * depth + ")" * depth + ")")
    assert len(record.moves()) == depth
    assert parsed(record.to_bytes()).moves() == record.moves()


# -- Fuzzing ---------------------------------------------------------------------------------------

SEEDS = [
    SMALL.encode(),
    b"(;FF[4]CA[UTF-8]SZ[9]AB[aa:cb]AE[]PL[W];B[ee](;W[];B[tt]C[\\]\\\\ x])(;W[dd]LB[aa:1]))",
    f"(;CA[GBK]SZ[19]PB[{NAME}];B[pd];W[dp])".encode("gbk"),
    b"(;SZ[5]AB[ba][ab][bc]AW[ca][bb][db][cc];B[cb];W[bb])",
]
PIECES = [b"(", b")", b";", b"[", b"]", b"\\", b":", b"B[aa]", b"W[]", b"SZ[", b"CA[big5]", b"\n",
          b"AB[aa:ii]", b"AE[aa]", b"PL[W]", b"KM[x]", b"\xff", b"\0", b"(;", b"SZ[2]"]  # fmt: skip


def spoiled(draw) -> bytes:
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(0, 4)))
        data[at:end] = draw(st.sampled_from(PIECES) | st.binary(max_size=3))
    return bytes(data)


def refusal(ask) -> str:
    """What a call is refused with; nothing where it is not."""
    try:
        ask()
    except DarknetError as problem:
        return str(problem)
    return ""


@needs_sgfmill
@given(st.data())
@settings(max_examples=200, deadline=None)
def test_spoiled_records_are_read_or_refused_in_one_line(data):
    text = spoiled(data.draw)
    refused = refusal(lambda: parsed(text))
    if refused:
        assert refused.isprintable()
        assert refused.startswith("game.sgf")
        return
    record = parsed(text)
    written = record.to_bytes()
    assert parsed(written).to_bytes() == written  # nothing is lost, and nothing more is changed
    for line in record.lines():
        for ask in (record.board, record.moves, lambda _: (record.komi, record.handicap)):
            refused = refusal(lambda ask=ask, line=line: ask(line))
            assert not refused or refused.startswith("game.sgf:")
        record.text("PB", line[-1])
