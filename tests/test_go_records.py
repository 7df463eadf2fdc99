"""SGF: what is read, what survives, what is refused and in which line; a fuzzer of the reader."""

from __future__ import annotations

import importlib.util
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.errors import DarknetError, InputError, RecordError
from darknet.go.coordinates import PASS, from_gtp
from darknet.go.diagram import draw, read
from darknet.go.moves import BLACK, WHITE, Move
from darknet.go.records import parse_records, read_record, read_records, record_of
from darknet.go.rules import RULES
from darknet.go.sgf_encoding import known_encoding
from darknet.go.sgf_text import find_games
from go_games import boards, played

needs_sgfmill = pytest.mark.skipif(
    importlib.util.find_spec("sgfmill") is None, reason="needs sgfmill (the extra `go`)"
)


def parsed(text: str | bytes, **options):
    data = text.encode() if isinstance(text, str) else text
    return parse_records(data, "game.sgf", **options)[0]


SMALL = (
    "(;FF[4]GM[1]SZ[9]KM[6.5]HA[2]RU[Japanese]PB[A]PW[B]RE[W+R]AB[gc][cg]PL[W];W[ee];B[cc]C[hm])"
)


@needs_sgfmill
def test_a_game_by_hand():
    record = parsed(SMALL)
    assert (record.size, record.komi, record.handicap) == (9, 6.5, 2)
    assert [record.text(name) for name in ("RU", "PB", "PW", "RE", "DT")] == [
        "Japanese", "A", "B", "W+R", None,
    ]  # fmt: skip
    assert record.moves() == [Move(WHITE, 40), Move(BLACK, 20)]
    boards_before = [(draw(board), move) for board, move in record.replay()]
    start = read("\n".join([". " * 9] * 2 + [". . . . . . X . ."] + [". " * 9] * 3
                           + [". . X . . . . . ."] + [". " * 9] * 2))  # fmt: skip
    assert boards_before[0] == (draw(start), Move(WHITE, 40))
    assert len(boards_before) == 2
    final = record.board()
    assert final.to_move == WHITE
    assert final.moves == record.moves()
    assert record.text("C", record.main_line()[-1]) == "hm"


@needs_sgfmill
def test_passes_are_empty_or_tt():
    moves = parsed("(;SZ[19];B[];W[tt];B[pd])").moves()
    assert [move.point for move in moves] == [PASS, PASS, from_gtp("Q16", 19)]
    assert parsed("(;SZ[21];B[tt])").moves() == [Move(BLACK, 19 * 21 + 19)]
    assert parsed("(;B[aa])").size == 19


@needs_sgfmill
def test_variations_are_kept_and_found():
    text = "(;SZ[9];B[aa](;W[bb];B[cc])(;W[dd](;B[ee])(;B[ff];W[gg])))"
    record = parsed(text)
    lines = [[move.point for move in record.moves(line)] for line in record.lines()]
    assert lines == [[0, 10, 20], [0, 30, 40], [0, 30, 50, 60]]
    assert [move.point for move in record.moves()] == [0, 10, 20]
    assert record.board(list(record.lines())[2]).moves[-1].point == 60
    again = parsed(record.to_bytes())
    assert [again.moves(line) for line in again.lines()] == [
        record.moves(line) for line in record.lines()
    ]


@needs_sgfmill
def test_unknown_properties_survive_with_their_bytes():
    text = "(;FF[4]SZ[9]XYZ[a\\]b][\\\\][c\nd]KGS[\xff\x80];B[aa]ZZ[][x:y]N[\xe9])".encode(
        "latin-1"
    )
    record = parsed(text)
    again = parsed(record.to_bytes())
    for one, other in zip(record.main_line(), again.main_line(), strict=True):
        assert one.get_raw_property_map() == other.get_raw_property_map()
    assert b"XYZ[a\\]b][\\\\][c\nd]" in record.to_bytes()
    assert b"KGS[\xff\x80]" in record.to_bytes()
    assert b"CA[" not in record.to_bytes()
    assert record.text("XYZ") == "a]b"
    assert record.text("N", record.main_line()[1]) == "\xe9"


@needs_sgfmill
def test_setup_in_any_node_and_rectangles():
    record = parsed("(;SZ[9]AB[aa:cb]AW[ee];B[ii];AE[aa][ba]AW[ia]PL[B]AB[];B[ha])")
    board = record.board()
    assert board[0] == board[1] == 0
    assert [board[2], board[9], board[10], board[11], board[40]] == [1, 1, 1, 1, -1]
    assert [len(entry) for entry in board.past] == [4, 5, 4, 5]  # edit, move, edit, move
    while board.undo():
        pass
    assert not any(board.stones)


@needs_sgfmill
@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("(;SZ[9])", BLACK),
        ("(;SZ[9];W[aa])", WHITE),
        ("(;SZ[9]PL[W])", WHITE),
        ("(;SZ[9]PL[black];W[aa])", BLACK),
        ("(;SZ[9]HA[2]AB[aa][bb])", WHITE),
        ("(;SZ[9]HA[2]AB[aa][bb];B[cc])", BLACK),
        ("(;SZ[9]AB[aa]AW[bb])", BLACK),
    ],
)
def test_who_moves_first(text, first):
    record = parsed(text)
    turns = [board.to_move for board, _ in record.replay()]
    assert (turns[0] if turns else record.board().to_move) == first


@needs_sgfmill
@pytest.mark.parametrize(
    ("raw", "komi"),
    [("6.5", 6.5), ("6,5", 6.5), ("-5", -5.0), (" 7 ", 7.0), ("", None), ("0", 0.0), ("375", 375)],
)
def test_komi(raw, komi):
    assert parsed(f"(;KM[{raw}])").komi == komi


# -- Encodings -------------------------------------------------------------------------------------

NAME = "\u53e4\u529b"  # Gu Li, in Chinese
TRAP = "\u8a71\u8868"  # the second byte of the second letter is a backslash in Shift-JIS


@needs_sgfmill
@pytest.mark.parametrize(
    ("declared", "encoding", "name"),
    [
        ("UTF-8", "utf-8", NAME),
        ("utf8", "utf-8", NAME),
        ("GB2312", "gb2312", NAME),
        ("gbk", "gbk", NAME),
        ("GB18030", "gb18030", NAME + "\u9f98"),
        ("Big5", "big5", "\u8a31\u529f"),  # here too
        ("Shift_JIS", "shift_jis", TRAP),
        ("EUC-KR", "euc_kr", "\uc774\ucc3d\ud638"),
        ("ISO-8859-1", "latin-1", "J\xf6rg"),
        ("windows-1251", "cp1251", "\u0418\u0432\u0430\u043d"),
        ("", "utf-8", NAME),
        ("", "utf-8-sig", NAME),
        ("", "utf-16", NAME),
        ("", "latin-1", "J\xf6rg"),
        ("no-such-thing", "utf-8", NAME),
        ("rot13", "utf-8", NAME),
        ("punycode", "latin-1", "J\xf6rg"),
    ],
)
def test_encodings(declared, encoding, name):
    said = f"CA[{declared}]" if declared else ""
    record = parsed(f"(;{said}SZ[9]PB[{name}];B[aa])".encode(encoding))
    assert record.text("PB") == name
    again = parsed(record.to_bytes())
    assert again.text("PB") == name
    assert again.moves() == record.moves() == [Move(BLACK, 0)]
    again.set_text("PW", "x]\\y")
    assert parsed(again.to_bytes()).text("PW") == "x]\\y"


@needs_sgfmill
def test_an_encoding_known_better():
    data = f"(;SZ[9]PB[{NAME}])".encode("gbk")
    assert parsed(data).text("PB") != NAME
    record = parsed(data, encoding="gbk")
    assert record.text("PB") == NAME
    assert record.text("CA") == "UTF-8"
    for wrong in ("rot13", "no-such", "idna", "zip"):
        with pytest.raises(InputError, match="is no encoding of SGF files"):
            parsed(data, encoding=wrong)


@needs_sgfmill
def test_wrong_bytes_are_kept():
    data = b"(;CA[UTF-8]SZ[9]PB[a\xff\xfeb])"
    record = parsed(data)
    assert record.text("PB") == "a\ufffd\ufffdb"
    assert b"PB[a\xff\xfeb]" in record.to_bytes()
    with pytest.raises(InputError, match="has letters that ISO-8859-1 lacks"):
        parsed("(;CA[latin1])").set_text("PB", NAME)
    with pytest.raises(InputError, match="is no SGF property"):
        record.set_text("pb", "x")


def test_only_encodings_in_use_are_known():
    assert known_encoding("UTF8") == "utf-8"
    for name in ("rot13", "hex", "idna", "utf-7", "utf-16", "unicode_escape", "", "a\0b", "x" * 99):
        assert known_encoding(name) is None


# -- What is refused -------------------------------------------------------------------------------

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


# -- Files -----------------------------------------------------------------------------------------


@needs_sgfmill
def test_files_and_collections(tmp_path):
    path = tmp_path / "games.sgf"
    path.write_text("junk before\n(;SZ[9];B[aa])\nbetween (;SZ[13];W[bb]) after")
    assert [record.size for record in read_records(path)] == [9, 13]
    assert read_record(path).size == 9
    read_record(path).write(tmp_path / "one.sgf")
    assert read_record(tmp_path / "one.sgf").moves() == [Move(BLACK, 0)]
    path.write_text("(;SZ[9];B[aa])\n(;SZ[9];B[aa)")
    assert read_record(path).size == 9  # what is wrong comes later
    with pytest.raises(RecordError, match=r"games.sgf:2: the value of B has no end"):
        read_records(path)
    with pytest.raises(RecordError, match="expected a game record"):
        read_record(tmp_path / "none.sgf")


def test_without_sgfmill_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sgfmill", None)
    monkeypatch.setitem(sys.modules, "sgfmill.sgf_grammar", None)
    with pytest.raises(InputError, match=r"pip install 'darknet-python\[go\]'"):
        parse_records(b"(;SZ[9])")


# -- From boards -----------------------------------------------------------------------------------


@needs_sgfmill
def test_a_board_becomes_a_record(tmp_path):
    board = read("X . .\n. . .\n. . O", to_move=WHITE)
    played(board, "w B2 b pass")
    board.edit({0: 0, 2: BLACK})
    played(board, "w C2")
    record = record_of(board, {"KM": "6.5", "PB": NAME, "C": "a]b\\c"})
    record.write(tmp_path / "board.sgf")
    again = read_record(tmp_path / "board.sgf")
    assert (again.size, again.komi, again.text("PB"), again.text("C")) == (3, 6.5, NAME, "a]b\\c")
    final = again.board()
    assert (final.stones, final.to_move, final.moves) == (board.stones, board.to_move, board.moves)
    assert len(final.past) == len(board.past)
    with pytest.raises(InputError, match="is no SGF property"):
        record_of(board, {"komi": "6.5"})


@needs_sgfmill
@given(boards())
@settings(max_examples=25, deadline=None)
def test_any_board_there_and_back(board):
    final = parsed(record_of(board).to_bytes()).board()
    assert (final.stones, final.moves) == (board.stones, board.moves)


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
