"""One game record: the tree of its nodes, the lines through it, and the boards along them.

`Record.game` is sgfmill's own object of the tree (MIT; the extra `go`), for whatever is not here; a
*line* is a list of its nodes from the root on, `main_line` the one that takes each first child. All
properties are kept byte for byte, known or not, and so are variations.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from ..errors import DarknetError, InputError, RecordError, printable
from ..files import write_atomic
from .board import Board
from .coordinates import PASS
from .moves import BLACK, WHITE, Edit, Entry, Ko, Move
from .rules import Rules
from .sgf_node import Properties, move_in, set_entry, setup_in, sgfmill, turn_in
from .sgf_text import line_of

__all__ = ["Line", "Node", "Record"]

T = TypeVar("T")
Node = Any
"""sgfmill's Tree_node: children by index, ``get_raw_property_map()``."""
Line = Sequence[Node]

_NUMBER = re.compile(r"[+-]?[0-9]{1,6}(?:[.,][0-9]{0,6})?", re.ASCII)
_HUNDREDTHS = 250  # from here on no KM is meant as points
_WHOLE = re.compile(r"[0-9]{1,4}", re.ASCII)
_IDENT = re.compile(r"[A-Z]{1,64}", re.ASCII)


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
        grammar = sgfmill("sgf_grammar")
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
            raw = sgfmill("sgf_grammar").escape_text(value.encode(self.encoding))
        except UnicodeEncodeError:
            raise InputError(f"{name}: has letters that {self.encoding} lacks") from None
        (self.root if node is None else node).set_raw(name, raw)

    @property
    def komi(self) -> float | None:
        """KM in points; None where there is none. RecordError where it is no number.

        Servers of the Fox family write hundredths: KM[650] is 6.5, and KM[375] 3.75 stones, of
        which each counts two points: 7.5.
        """
        text = (self.text("KM") or "").strip()
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise self._error(self.root, f"KM[{printable(text)}]: expected a number")
        komi = float(text.replace(",", "."))
        if komi < _HUNDREDTHS or komi % 25:
            return komi
        return komi / 100 if komi % 50 == 0 else komi / 50

    @property
    def handicap(self) -> int:
        """HA, as far as Black has stones for it: set up, or played, before White's first move.

        0 where there is none, or fewer than two stones. RecordError where it is no whole number.
        """
        text = (self.text("HA") or "").strip()
        if not text:
            return 0
        if not _WHOLE.fullmatch(text):
            raise self._error(self.root, f"HA[{printable(text)}]: expected a whole number")
        stones = self._stones_at_first()
        return min(int(text), stones) if stones > 1 else 0

    def _stones_at_first(self) -> int:
        """Black's stones before White's first move."""
        stones: set[int] = set()
        for node in self.main_line():
            setup = self._read(node, lambda properties: setup_in(properties, self.size))
            stones |= {point for point, colour in setup.items() if colour == BLACK}
            move = self._move(node)
            if move is not None and (move.colour == WHITE or move.point == PASS):
                break
            if move is not None:
                stones.add(move.point)
        return len(stones)

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
        setup = self._read(node, lambda properties: setup_in(properties, self.size))
        turn = self._read(node, turn_in)
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
        return self._read(node, lambda properties: move_in(properties, self.size))

    def _read(self, node: Node, read: Callable[[Properties], T]) -> T:
        """What a node's properties say; RecordError, with file and line, where they are wrong."""
        try:
            return read(node.get_raw_property_map())
        except InputError as problem:
            raise self._error(node, str(problem)) from None

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
        set_entry(child, entry, self.size)
        return child

    def to_bytes(self) -> bytes:
        """The record as SGF; every property has the bytes that were read, or were set."""
        grammar = sgfmill("sgf_grammar")
        tree = grammar.make_coarse_game_tree(
            self.root, list, lambda node: node.get_raw_property_map()
        )
        data: bytes = grammar.serialise_game_tree(tree)
        return data

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the record; the file appears whole or not at all. InputError where it cannot be."""
        write_atomic(path, self.to_bytes())
