"""Commands that read and write games."""

from __future__ import annotations

import os

from ...errors import DarknetError, InputError
from ...files import write_atomic
from ..board import Board
from ..coordinates import check_size
from ..records import Record, read_record, record_of
from ..rules import Rules
from .registry import command
from .rules import rules_called
from .session import Session
from .words import Words

__all__: list[str] = []


@command("loadsgf")
def loadsgf(session: Session, words: Words) -> str:
    """A game from a file: its size, rules, komi and main line, up to before a move or to the end.

    Rules and komi stay as they are where the file does not say them, or names rules that are not
    known.
    """
    path, before = _path_and_number(words)
    try:
        record = read_record(path)
        session.policy.check_size(check_size(record.size))
        board = _board(record, before)
        komi, handicap, rules = record.komi, record.handicap, _rules(record)
        if komi is not None:
            session.set_komi(komi)
    except DarknetError as problem:
        raise InputError(f"cannot load file: {problem}") from None
    session.rules = rules or session.rules
    session.take(board.under(session.rules.ko, session.rules.suicide), handicap)
    return ""


def _rules(record: Record) -> Rules | None:
    """The rules that RU names; None where it is not there, or names others than are known."""
    try:
        return rules_called(record.text("RU") or "")
    except InputError:
        return None


def _path_and_number(words: Words) -> tuple[str, int | None]:
    """A file's name, which may have single spaces, and the number behind it if there is one."""
    whole = " ".join((words.text(0, "a file"), *words[1:]))
    if len(words) == 1 or os.path.exists(whole) or not words[-1].isdecimal():
        return whole, None
    return " ".join(words[:-1]), words.whole(len(words) - 1, "the number of a move")


def _board(record: Record, before: int | None) -> Board:
    """The board at the end of the main line, or before a move."""
    for number, (board, _) in enumerate(record.replay(), 1):
        if before is not None and number >= before:
            return board.copy()
    return record.board()


@command("printsgf")
def printsgf(session: Session, words: Words) -> str:
    """The game as SGF: into a file, or as the answer."""
    words.none_after(1)
    properties = {"KM": f"{session.komi:g}", "RU": session.rules.name}
    if session.handicap:
        properties["HA"] = str(session.handicap)
    data = record_of(session.board, properties).to_bytes()
    if words:
        write_atomic(words[0], data)
        return ""
    return data.decode("utf-8", "replace")


@command("kgs-game_over")
def game_over(session: Session, words: Words) -> str:
    """KGS says that a game has ended."""
    return ""
