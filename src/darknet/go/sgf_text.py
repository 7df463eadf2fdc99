"""Where things stand in an SGF text, and whether it is one: what a parser needs for its messages.

An SGF text is a tree of nodes: ``(;FF[4]SZ[9];B[ee](;W[cc])(;W[gg]))``. A node is a semicolon and
properties, a property is a name of capital letters and values in square brackets, in which a
backslash takes the next byte as it is.

Leniencies, as files in use need them: anything may stand before the first ``(;`` and after the game
that it begins; names may have small letters among the capital ones (``AddBlack``), which do not
count; a property may stand in a node twice, and its values are then one list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import RecordError, printable

__all__ = ["MAX_NODES", "Game", "find_games", "line_of"]

MAX_NODES = 500_000
"""Nodes of one file; the longest games have a thousand, a reviewed collection some ten thousand."""
_MAX_NAME = 64

_START = re.compile(rb"\(\s*;")
_SPACE = re.compile(rb"\s*")
_NAME = re.compile(rb"[A-Za-z]+")
_VALUE = re.compile(rb"\[[^\\\]]*(?:\\.[^\\\]]*)*\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Game:
    """A game tree of a file: its bytes, and where in the file each of its nodes begins, in order.

    The nodes' order is that of the text, a node before its children: the main line comes first.
    """

    begin: int
    end: int
    nodes: tuple[int, ...]


def line_of(data: bytes, at: int) -> int:
    """The number of the line that byte `at` is in, from 1."""
    return data.count(b"\n", 0, at) + 1


def find_games(data: bytes, label: str, *, first_only: bool = False) -> list[Game]:
    """The games of a text, at least one, or the first alone.

    Raises RecordError with file and line for a text without any, and for what is no SGF in one.
    """
    games: list[Game] = []
    at = nodes = 0
    while found := _START.search(data, at):
        game = _Scan(data, label, MAX_NODES - nodes).game(found.start())
        games.append(game)
        nodes += len(game.nodes)
        at = game.end
        if first_only:
            break
    if not games:
        start = printable(data[:30].decode("ascii", "replace"), 40)
        raise RecordError(f'{label}: no SGF: begins with "{start}"; expected a game, "(;" ... ")"')
    return games


class _Scan:
    """One pass over a game. Trees may be deep: what is open is a list, not a call."""

    def __init__(self, data: bytes, label: str, most: int) -> None:
        self._data, self._label, self._most = data, label, most

    def game(self, begin: int) -> Game:
        data = self._data
        nodes: list[int] = []
        opened: list[int] = []
        may_node, in_node = False, False  # a node may begin here; a property may
        at = begin
        while True:
            at = _end(_SPACE, data, at)
            sign = data[at : at + 1]
            if sign == b"(" and (not opened or (nodes and nodes[-1] > opened[-1])):
                opened.append(at)
                may_node, in_node = True, False
            elif sign == b";" and may_node:
                nodes.append(at)
                in_node = True
                if len(nodes) > self._most:
                    raise self._error(at, f"more than {MAX_NODES:,} nodes")
            elif sign == b")" and nodes and nodes[-1] > opened[-1]:
                opened.pop()
                may_node, in_node = False, False
                if not opened:
                    return Game(begin, at + 1, tuple(nodes))
            elif sign.isalpha() and in_node:
                at = self._property(at)
                continue
            else:
                raise self._unexpected(at, opened)
            at += 1

    def _property(self, at: int) -> int:
        """The end of a property that begins at `at`: its name, then one value or more."""
        end = _end(_NAME, self._data, at)
        name = self._data[at:end]
        shown = printable(name[:30].decode("ascii"))
        if not any(65 <= letter <= 90 for letter in name):
            raise self._error(at, f'"{shown}" is no property: its name has no capital letter')
        if len(name) > _MAX_NAME:
            raise self._error(at, f'"{shown}...", a name of {len(name):,} letters')
        values = 0
        while True:
            begin = _end(_SPACE, self._data, end)
            if self._data[begin : begin + 1] != b"[":
                break
            value = _VALUE.match(self._data, begin)
            if value is None:
                raise self._error(begin, f"the value of {shown} has no end: expected ]")
            end, values = value.end(), values + 1
        if not values:
            raise self._error(at, f"{shown} has no value: expected [ ]")
        return end

    def _unexpected(self, at: int, opened: list[int]) -> RecordError:
        if at >= len(self._data):
            where = line_of(self._data, opened[-1])
            return self._error(at, f'the text ends in a game: the "(" of line {where} has no ")"')
        sign = printable(self._data[at : at + 1].decode("latin-1"))
        return self._error(at, f'"{sign}" where no such sign may stand')

    def _error(self, at: int, what: str) -> RecordError:
        return RecordError(f"{self._label}:{line_of(self._data, at)}: {what} (byte {at:,})")


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    found = pattern.match(data, at)
    return found.end() if found else at
