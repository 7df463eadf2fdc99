"""SGF: what is read, what survives, and what a board becomes."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings

from darknet.errors import InputError, RecordError
from darknet.go.coordinates import PASS, from_gtp
from darknet.go.diagram import draw, read
from darknet.go.moves import BLACK, WHITE, Move
from darknet.go.records import parse_records, read_record, read_records, record_of
from darknet.go.sgf_encoding import known_encoding
from go_games import boards, played
from sgf_games import NAME, SMALL, needs_sgfmill, parsed


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
    ("text", "stones"),
    [
        ("(;SZ[9]HA[2]AB[aa][bb];W[cc])", 2),
        ("(;SZ[9]HA[2];AB[aa][bb];W[cc])", 2),
        ("(;SZ[9]HA[3];B[aa];B[bb];B[cc];W[dd];B[ee])", 3),  # as some servers write them
        ("(;SZ[9]HA[2]AB[aa][bb];B[cc];W[dd])", 2),
        ("(;SZ[9]HA[9];W[dd])", 0),  # they stand nowhere, and count for nobody
        ("(;SZ[9]HA[9]AB[aa][bb];W[dd])", 2),
        ("(;SZ[9]HA[2];B[aa];W[bb])", 0),
        ("(;SZ[9]HA[1];B[aa];W[bb])", 0),
        ("(;SZ[9]HA[2];B[aa];B[];B[bb];W[cc])", 0),
        ("(;SZ[9]HA[0]AB[aa][bb];W[cc])", 0),
        ("(;SZ[9]AB[aa][bb];W[cc])", 0),
    ],
)
def test_handicap_is_what_stands_on_the_board(text, stones):
    assert parsed(text).handicap == stones


@needs_sgfmill
@pytest.mark.parametrize(
    ("raw", "komi"),
    [("375", 7.5), ("650", 6.5), ("750", 7.5), ("325", 6.5), ("275", 5.5), ("361", 361), ("0", 0)],
)
def test_komi_in_hundredths(raw, komi):
    """As Fox writes it; what ends in 75 or 25 is in stones, of two points each."""
    assert parsed(f"(;KM[{raw}])").komi == komi


@needs_sgfmill
@pytest.mark.parametrize(
    ("raw", "komi"),
    [("6.5", 6.5), ("6,5", 6.5), ("-5", -5.0), (" 7 ", 7.0), ("", None), ("0", 0.0), ("200", 200)],
)
def test_komi(raw, komi):
    assert parsed(f"(;KM[{raw}])").komi == komi


# -- Encodings -------------------------------------------------------------------------------------

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
