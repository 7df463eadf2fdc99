"""Game records in SGF (FF[4]), read and written with sgfmill (MIT; the extra `go`).

What is read leniently: what `sgf_text` and `sgf_encoding` say; ``SZ[19:19]``; setup stones in any
node; a node with setup and a move (the setup comes first); moves that break a ko rule or are
suicides, unless rules are given. What is refused, with file and line: boards that are no square of
2 to 25 lines, games other than Go, points off the board, a stone on a stone, setups that leave a
chain without liberties.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..errors import InputError, RecordError, printable
from ..files import read_bytes
from .board import Board
from .coordinates import check_size
from .moves import Edit
from .record import Line, Node, Record
from .sgf_encoding import DEFAULT, as_parsed, known_encoding
from .sgf_node import set_entry, sgfmill, shown, size_in
from .sgf_text import Game, find_games, line_of

__all__ = ["Line", "Node", "Record", "parse_records", "read_record", "read_records", "record_of"]

MAX_BYTES = 8 * 2**20
WHAT = "a game record (.sgf)"


def read_record(path: str | os.PathLike[str], *, encoding: str | None = None) -> Record:
    """The first game of a file. RecordError, with file and line, for what is none."""
    return _read(path, encoding, first_only=True)[0]


def read_records(path: str | os.PathLike[str], *, encoding: str | None = None) -> list[Record]:
    """All games of a file, at least one. RecordError, with file and line, for what is none."""
    return _read(path, encoding, first_only=False)


def _read(path: str | os.PathLike[str], encoding: str | None, *, first_only: bool) -> list[Record]:
    data = read_bytes(path, MAX_BYTES, WHAT, RecordError)
    return parse_records(data, os.fspath(path), encoding=encoding, first_only=first_only)


def parse_records(
    data: bytes, label: str = "<bytes>", *, encoding: str | None = None, first_only: bool = False
) -> list[Record]:
    """The games of SGF bytes, at least one. RecordError, with `label` and line, for what is none.

    `encoding` is for files that do not say theirs, or say it wrongly.
    """
    label = printable(label, 200)
    data, codec = as_parsed(data, label, encoding)
    games = find_games(data, label, first_only=first_only)
    return [_record(data, label, game, codec) for game in games]


def _record(data: bytes, label: str, found: Game, codec: str) -> Record:
    grammar, sgf = sgfmill("sgf_grammar"), sgfmill("sgf")
    where = f"{label}:{line_of(data, found.begin)}"
    try:
        tree = grammar.parse_sgf_game(data[found.begin : found.end])
    except ValueError as problem:
        raise RecordError(f"{where}: no SGF: {printable(str(problem), 120)}") from None
    properties = tree.sequence[0]
    try:
        size = size_in(properties)
    except InputError as problem:
        raise RecordError(f"{where}: {problem}") from None
    said = properties.get("CA")
    if b":" in properties.get("SZ", [b""])[0]:
        properties["SZ"] = [str(size).encode()]
    game = sgf.Sgf_game.from_coarse_game_tree(tree, codec)  # which writes CA
    if said is None and codec == DEFAULT:
        del properties["CA"]  # this is what no CA means
    elif said is not None and known_encoding(shown(said[0])) == known_encoding(codec):
        properties["CA"] = said  # as it was spelled
    return Record(game, label, data, found.nodes)


def record_of(board: Board, properties: Mapping[str, str] | None = None) -> Record:
    """A new record of a board's past, edits as setup nodes, in UTF-8.

    `properties` are set in the root: KM, RU, PB, PW, RE, HA ... Raises InputError for a name that
    is none.
    """
    record = Record(sgfmill("sgf").Sgf_game(check_size(board.size)), "new record")
    record.set_text("AP", "Darknet for Python")
    for name, value in (properties or {}).items():
        record.set_text(name, value)
    node = record.root
    for number, entry in enumerate(board.past):
        if not number and isinstance(entry, Edit):
            set_entry(node, entry, board.size)
        else:
            node = record.add(node, entry)
    return record
