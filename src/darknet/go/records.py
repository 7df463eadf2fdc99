"""Game records in SGF (FF[4]), read and written with sgfmill (MIT; the extra `go`).

A record is a tree of nodes. `Record.game` is sgfmill's own object of it, for whatever is not here;
a *line* is a list of its nodes from the root on, `main_line` the one that takes each first child.
All properties are kept byte for byte, known or not, and so are variations.

What is read leniently: what `sgf_text` and `sgf_encoding` say; ``SZ[19:19]``; setup stones in any
node; a node with setup and a move (the setup comes first); moves that break a ko rule or are
suicides, unless rules are given. What is refused, with file and line: boards that are no square of
2 to 25 lines, games other than Go, points off the board, a stone on a stone, setups that leave a
chain without liberties.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import DarknetError, InputError, RecordError, printable
from ..files import read_bytes, write_atomic
from .board import Board
from .coordinates import MAX_SIZE, MIN_SIZE, PASS, check_size, from_sgf, to_gtp, to_sgf
from .moves import BLACK, EMPTY, WHITE, Edit, Entry, Ko, Move
from .rules import Rules
from .sgf_encoding import DEFAULT, as_parsed, known_encoding
from .sgf_text import Game, find_games, line_of

__all__ = ["Line", "Node", "Record", "parse_records", "read_record", "read_records", "record_of"]

Node = Any
"""sgfmill's Tree_node: children by index, ``get_raw_property_map()``."""
Line = Sequence[Node]

MAX_BYTES = 8 * 2**20
WHAT = "a game record (.sgf)"
_SIZE = re.compile(rb"\s*([0-9]{1,4})(?:\s*:\s*([0-9]{1,4}))?\s*")
_NUMBER = re.compile(r"[+-]?[0-9]{1,6}(?:[.,][0-9]{0,6})?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,4}", re.ASCII)
_IDENT = re.compile(r"[A-Z]{1,64}", re.ASCII)
_COLOURS = {"B": BLACK, "W": WHITE}
_SETUP = {"AB": BLACK, "AW": WHITE, "AE": EMPTY}
_LETTERS = {BLACK: "B", WHITE: "W"}
_SETUP_LETTERS = {colour: name for name, colour in _SETUP.items()}


class Record:
    """One game. Made by `read_record`, `parse_records` or `record_of`."""

    def __init__(self, game: Any, label: str, data: bytes = b"", nodes: Sequence[int] = ()) -> None:
        self.game = game
        self.label = label
        self.size: int = game.get_size()
        self.encoding: str = game.get_root().get_encoding()
        self._data, self._begins = data, nodes
        self._added: list[Node] = []  # which the text does not have

    # -- What it says of the game --------------------------------------------------------------

    @property
    def root(self) -> Node:
        """The first node."""
        return self.game.get_root()

    def text(self, name: str, node: Node = None) -> str | None:
        """A property as text (of the root, if no node is given); None where it is not there."""
        grammar = _sgfmill("sgf_grammar")
        raw = (self.root if node is None else node).get_raw_property_map().get(name)
        if raw is None:
            return None
        text: str = grammar.text_value(raw[0]).decode(self.encoding, "replace")
        return text

    def set_text(self, name: str, value: str, node: Node = None) -> None:
        """Set a property; InputError for a name that is none, or text that CA cannot express."""
        if not _IDENT.fullmatch(name):
            raise InputError(f"{printable(name)} is no SGF property: expected capital letters")
        try:
            raw = _sgfmill("sgf_grammar").escape_text(value.encode(self.encoding))
        except UnicodeEncodeError:
            raise InputError(f"{name}: has letters that {self.encoding} lacks") from None
        (self.root if node is None else node).set_raw(name, raw)

    @property
    def komi(self) -> float | None:
        """KM; None where there is none. RecordError where it is no number."""
        text = (self.text("KM") or "").strip()
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise self._error(self.root, f"KM[{printable(text)}]: expected a number")
        return float(text.replace(",", "."))

    @property
    def handicap(self) -> int:
        """HA; 0 where there is none. RecordError where it is no whole number."""
        text = (self.text("HA") or "").strip()
        if not text:
            return 0
        if not _WHOLE.fullmatch(text):
            raise self._error(self.root, f"HA[{printable(text)}]: expected a whole number")
        return int(text)

    # -- Lines and moves -----------------------------------------------------------------------

    def main_line(self) -> list[Node]:
        """The nodes from the root on, each the first child of the one before."""
        return list(self.game.get_main_sequence())

    def lines(self) -> Iterator[list[Node]]:
        """Every line from the root to a node without children, the main line first."""
        line: list[Node] = []
        waiting = [(self.root, 0)]
        while waiting:
            node, depth = waiting.pop()
            del line[depth:]
            line.append(node)
            if len(node) == 0:
                yield line.copy()
            waiting += [(child, depth + 1) for child in reversed(list(node))]

    def moves(self, line: Line | None = None) -> list[Move]:
        """The moves of a line (the main one by default); RecordError for one that is none."""
        found = (self._move(node) for node in (self.main_line() if line is None else line))
        return [move for move in found if move is not None]

    def replay(
        self, line: Line | None = None, rules: Rules | None = None
    ) -> Iterator[tuple[Board, Move]]:
        """For each move of a line the board before it, and the move.

        It is one board, which the moves are then played on, with what `rules` say about ko and
        suicide, or with all kos and suicides allowed. RecordError for a move that is illegal.
        """
        line = self.main_line() if line is None else line
        yield from self._replay(self._empty(rules), line)

    def board(self, line: Line | None = None, rules: Rules | None = None) -> Board:
        """The board at the end of a line; its past has the setups and moves. As `replay`."""
        board = self._empty(rules)
        for _ in self._replay(board, self.main_line() if line is None else line):
            pass
        return board

    def walk(
        self, line: Line | None = None, rules: Rules | None = None
    ) -> Iterator[tuple[Node, Board]]:
        """For each node of a line the node, and the one board after it. As `replay`."""
        line = self.main_line() if line is None else line
        board = self._empty(rules)
        for node in line:
            move = self._set_up(board, line, node)
            if move is not None:
                self._play(board, node, move)
            yield node, board

    def _empty(self, rules: Rules | None) -> Board:
        if rules is None:
            return Board(self.size, ko=Ko.NONE, suicide=True)
        return Board(self.size, ko=rules.ko, suicide=rules.suicide)

    def _replay(self, board: Board, line: Line) -> Iterator[tuple[Board, Move]]:
        for node in line:
            move = self._set_up(board, line, node)
            if move is not None:
                yield board, move
                self._play(board, node, move)

    def _set_up(self, board: Board, line: Line, node: Node) -> Move | None:
        """Do the setup of a node; its move, if it has one, is still to be played."""
        setup, turn = self._setup(node), self._turn(node)
        if node is line[0] and turn is None:
            turn = self._first_player(line, setup)
        move = self._move(node)
        if setup or (turn is not None and turn != board.to_move):
            try:
                board.edit(setup, turn)
            except DarknetError as problem:
                number = len(board.moves)
                where = f"setup after move {number}" if move is None else f"move {number + 1}"
                raise self._error(node, f"{where}: {problem}") from None
        return move

    def _play(self, board: Board, node: Node, move: Move) -> None:
        try:
            board.play(move.point, move.colour)
        except DarknetError as problem:
            raise self._error(node, f"move {len(board.moves) + 1}: {problem}") from None

    def _first_player(self, line: Line, setup: Mapping[int, int]) -> int:
        """Who moves first where PL does not say: who does; White after handicap stones."""
        first = next((move for node in line if (move := self._move(node)) is not None), None)
        if first is not None:
            return first.colour
        return WHITE if setup and set(setup.values()) == {BLACK} else BLACK

    # -- Properties of a node ------------------------------------------------------------------

    def _move(self, node: Node) -> Move | None:
        raw = node.get_raw_property_map()
        names = [name for name in _COLOURS if name in raw]
        if not names:
            return None
        name = names[0]
        if len(names) > 1 or len(raw[name]) > 1:
            raise self._error(node, "more than one move in a node")
        return Move(_COLOURS[name], self._point(node, name, raw[name][0]))

    def _setup(self, node: Node) -> dict[int, int]:
        raw = node.get_raw_property_map()
        setup: dict[int, int] = {}
        for name, colour in _SETUP.items():
            values = raw.get(name, ())
            if len(values) > self.size**2:
                raise self._error(node, f"{name} has {len(values):,} values, more than points")
            for value in values:
                for point in self._rectangle(node, name, value):
                    if setup.setdefault(point, colour) != colour:
                        where = to_gtp(point, self.size)
                        raise self._error(node, f"{where} is set twice in a node")
        return setup

    def _rectangle(self, node: Node, name: str, value: bytes) -> Iterator[int]:
        """The points of ``aa``, or of ``aa:cc``; AE[] and the like, which have none, are let be."""
        if not value.strip():
            return
        corners = [self._point(node, name, part) for part in value.split(b":", 1)]
        if PASS in corners:
            raise self._error(node, f"{name}[{_shown(value)}]: a pass is no point")
        (top, left), (bottom, right) = (divmod(corners[i], self.size) for i in (0, -1))
        for row in range(top, bottom + 1):
            yield from range(row * self.size + left, row * self.size + right + 1)

    def _turn(self, node: Node) -> int | None:
        raw = node.get_raw_property_map().get("PL")
        if raw is None:
            return None
        colour = _COLOURS.get(raw[0].strip()[:1].decode("latin-1").upper())
        if colour is None:
            raise self._error(node, f"PL[{_shown(raw[0])}]: expected B or W")
        return colour

    def _point(self, node: Node, name: str, raw: bytes) -> int:
        try:
            return from_sgf(raw.decode("latin-1").strip(), self.size)
        except InputError as problem:
            raise self._error(node, f"{name}: {problem}") from None

    def _error(self, node: Node, what: str) -> RecordError:
        return RecordError(f"{self.label}{self._where(node)}: {what}")

    def _where(self, node: Node) -> str:
        """``:line`` of a node, found by its place in the tree; nothing for one that was added."""
        added = {id(one) for one in self._added}
        read = (one for one in self._nodes() if id(one) not in added)
        begins = (at for one, at in zip(read, self._begins, strict=False) if one is node)
        begin = next(begins, None)
        return "" if begin is None else f":{line_of(self._data, begin)}"

    def _nodes(self) -> Iterator[Node]:
        """All nodes, each before its children."""
        waiting = [self.root]
        while waiting:
            yield (node := waiting.pop())
            waiting += reversed(list(node))

    # -- Writing -------------------------------------------------------------------------------

    def add(self, node: Node, entry: Entry | Edit) -> Node:
        """A new first child of `node`, of the main line then, with a move or an edit; the child."""
        child = node.new_child(0)
        self._added.append(child)
        if isinstance(entry, Edit):
            _set_edit(child, entry, self.size)
        else:
            colour, point = entry.move
            child.set_raw(_LETTERS[colour], to_sgf(point, self.size).encode())
        return child

    def to_bytes(self) -> bytes:
        """The record as SGF; every property has the bytes that were read, or were set."""
        grammar = _sgfmill("sgf_grammar")
        tree = grammar.make_coarse_game_tree(
            self.root, list, lambda node: node.get_raw_property_map()
        )
        data: bytes = grammar.serialise_game_tree(tree)
        return data

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the record; the file appears whole or not at all. InputError where it cannot be."""
        write_atomic(path, self.to_bytes())


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
    grammar, sgf = _sgfmill("sgf_grammar"), _sgfmill("sgf")
    where = f"{label}:{line_of(data, found.begin)}"
    try:
        tree = grammar.parse_sgf_game(data[found.begin : found.end])
    except ValueError as problem:
        raise RecordError(f"{where}: no SGF: {printable(str(problem), 120)}") from None
    properties = tree.sequence[0]
    said, size = properties.get("CA"), _size(properties, where)
    if b":" in properties.get("SZ", [b""])[0]:
        properties["SZ"] = [str(size).encode()]
    game = sgf.Sgf_game.from_coarse_game_tree(tree, codec)  # which writes CA
    if said is None and codec == DEFAULT:
        del properties["CA"]  # this is what no CA means
    elif said is not None and known_encoding(_shown(said[0])) == known_encoding(codec):
        properties["CA"] = said  # as it was spelled
    return Record(game, label, data, found.nodes)


def _size(properties: Mapping[str, list[bytes]], where: str) -> int:
    """The size of the board, of a game that is Go."""
    game = properties.get("GM", [b"1"])[0].strip()
    if game not in (b"1", b""):
        raise RecordError(f"{where}: GM[{_shown(game)}]: expected 1, which is Go")
    raw = properties.get("SZ", [b"19"])[0]
    sides = _SIZE.fullmatch(raw)
    if sides and sides[2] is not None and int(sides[1]) != int(sides[2]):
        raise RecordError(
            f"{where}: SZ[{_shown(raw)}]: rectangular boards are not played here: expected a"
            f" square of {MIN_SIZE} to {MAX_SIZE} lines"
        )
    if not sides or not MIN_SIZE <= int(sides[1]) <= MAX_SIZE:
        raise RecordError(f"{where}: SZ[{_shown(raw)}]: expected {MIN_SIZE} to {MAX_SIZE} lines")
    return int(sides[1])


def record_of(board: Board, properties: Mapping[str, str] | None = None) -> Record:
    """A new record of a board's past, edits as setup nodes, in UTF-8.

    `properties` are set in the root: KM, RU, PB, PW, RE, HA ... Raises InputError for a name that
    is none.
    """
    record = Record(_sgfmill("sgf").Sgf_game(check_size(board.size)), "new record")
    record.set_text("AP", "Darknet for Python")
    for name, value in (properties or {}).items():
        record.set_text(name, value)
    node = record.root
    for number, entry in enumerate(board.past):
        if not number and isinstance(entry, Edit):
            _set_edit(node, entry, board.size)
        else:
            node = record.add(node, entry)
    return record


def _set_edit(node: Node, edit: Edit, size: int) -> None:
    for colour, name in _SETUP_LETTERS.items():
        points = [to_sgf(point, size) for point, before, now in edit.changes
                  if now == colour and before != now]  # fmt: skip
        if points:
            node.set_raw_list(name, [point.encode() for point in sorted(points)])
    node.set_raw("PL", _LETTERS[edit.new_to_move].encode())


def _shown(raw: bytes) -> str:
    return printable(raw[:60].decode("latin-1"), 40)


def _sgfmill(module: str) -> Any:
    """A module of sgfmill, imported when a record is met."""
    from importlib import import_module

    try:
        return import_module(f"sgfmill.{module}")
    except ImportError:
        raise InputError(
            "game records need sgfmill, which is not installed: pip install 'darknet-python[go]'"
        ) from None
