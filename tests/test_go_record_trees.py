"""Records gone through node by node, and gone on with."""

from __future__ import annotations

import pytest

from darknet.errors import RecordError
from darknet.go.coordinates import PASS
from darknet.go.moves import BLACK, EMPTY, WHITE, Edit, Entry, Move
from darknet.go.records import parse_records
from darknet.go.rules import RULES

TEXT = b"(;SZ[5]AB[aa]C[setup];B[bb](;C[words only];AW[cc]B[dd])(;W[ee]))"


def test_walking_gives_every_node_and_the_board_after_it():
    record = parse_records(TEXT)[0]
    seen = [
        (record.text("C", node), board.steps, sum(map(abs, board.stones)))
        for node, board in record.walk()
    ]
    # the setup; its move; a comment; a setup and a move in one node
    assert seen == [("setup", 1, 1), (None, 2, 2), ("words only", 2, 2), (None, 4, 4)]


def test_walking_another_line_by_rules():
    record = parse_records(b"(;SZ[5];B[aa];W[ba];B[ab](;W[ee])(;W[bb];B[aa]))")[0]
    line = list(record.lines())[1]
    boards = [board.steps for _, board in record.walk(line[:-1], RULES["japanese"])]
    assert boards == [0, 1, 2, 3, 4]
    with pytest.raises(RecordError, match=r"^<bytes>:1: move 5: Black may not play A5"):
        list(record.walk(line, RULES["japanese"]))


def test_what_is_added_is_the_main_line():
    record = parse_records(TEXT)[0]
    first = record.root[0]
    child = record.add(first, Entry(Move(WHITE, 12), (), BLACK, None, WHITE))
    child = record.add(child, Entry(Move(BLACK, PASS), (), WHITE, None, BLACK))
    record.add(
        child, Edit(((0, BLACK, EMPTY), (24, EMPTY, WHITE), (1, EMPTY, EMPTY)), BLACK, None, WHITE)
    )
    text = record.to_bytes().replace(b"\n", b"")
    assert b";B[bb](;W[cc];B[];AE[aa]AW[ee]PL[B])(;C[words only];" in text
    again = parse_records(record.to_bytes())[0]
    assert again.moves() == [(BLACK, 6), (WHITE, 12), (BLACK, PASS)]
    assert again.board().stones[24] == WHITE
    assert again.board().to_move == BLACK


def test_an_error_names_the_line_of_the_file_though_nodes_were_added():
    record = parse_records(b"(;SZ[5]\n;B[bb]\n;W[bb])")[0]
    record.add(record.root[0], Entry(Move(WHITE, 12), (), BLACK, None, WHITE))
    with pytest.raises(RecordError, match=r"^<bytes>:3: move 2"):
        record.board(list(record.lines())[1])
    record.add(record.root[0][0], Entry(Move(WHITE, 12), (), BLACK, None, WHITE))
    with pytest.raises(RecordError, match=r"^<bytes>: move 3"):
        record.board()
