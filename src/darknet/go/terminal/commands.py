"""What can be typed at the terminal board: a line in, a `Command` out.

A letter and a number are always a point (``s 15`` is S15, never a file); ``b``, ``w``, ``c`` and
``d`` with a point after them change that point; a number alone is a suggestion, and an empty line
the first one: so DarkGo's page has it. What is left begins with a word of the table `KINDS`.
Capital and small letters are the same, except in the names of files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from ...errors import InputError, did_you_mean, printable
from ..coordinates import PASS, from_typed
from ..moves import BLACK, EMPTY, WHITE

__all__ = ["KINDS", "Command", "Kind", "Verb", "help_lines", "parse"]

MAX_LINE = 4096  # characters; a file's name is the longest thing to type


class Verb(Enum):
    """What is to be done."""

    SUGGESTED = auto()
    PLAY = auto()
    EDIT = auto()
    DEAD = auto()
    PASS = auto()
    TURN = auto()
    GO = auto()
    RESIGN = auto()
    UNDO = auto()
    REDO = auto()
    BACK = auto()
    FORWARD = auto()
    FIRST = auto()
    LAST = auto()
    GOTO = auto()
    IDEAS = auto()
    MULTI = auto()
    SIDES = auto()
    SCORE = auto()
    SAVE = auto()
    LOAD = auto()
    NEW = auto()
    KOMI = auto()
    VIEW = auto()
    HELP = auto()
    QUIT = auto()


@dataclass(frozen=True, slots=True)
class Command:
    """One line that was understood; what a verb does not need has its default."""

    verb: Verb
    point: int = PASS
    colour: int = EMPTY
    number: int | None = None
    text: str = ""
    force: bool = False
    """The word ended in ``!``: do it although something is lost."""


class Takes(StrEnum):
    """What may follow a word, and how help shows it."""

    NOTHING = ""
    COUNT = "[N]"
    NUMBER = "N"
    TEXT = "[FILE]"
    SIDE = "[black|white|both]"


@dataclass(frozen=True, slots=True)
class Kind:
    """A row of the table: the words that mean a verb (the shortest first), and its help."""

    verb: Verb
    words: tuple[str, ...]
    takes: Takes
    help: str
    number: int = 1
    """What a missing N means."""


KINDS = (
    Kind(Verb.PASS, ("p", "pass"), Takes.NOTHING, "pass"),
    Kind(Verb.GO, ("g", "go"), Takes.NOTHING, "let the network move, for whoever's turn it is"),
    Kind(Verb.UNDO, ("u", "undo"), Takes.COUNT, "take back (against the network: to your turn)"),
    Kind(Verb.REDO, ("r", "redo"), Takes.COUNT, "play again what was taken back"),
    Kind(Verb.BACK, ("<", "back"), Takes.COUNT, "look at the move before; << ten moves before"),
    Kind(Verb.BACK, ("<<",), Takes.NOTHING, "", 10),
    Kind(Verb.FORWARD, (">", "forward"), Takes.COUNT, "and at the next; >> ten moves on"),
    Kind(Verb.FORWARD, (">>",), Takes.NOTHING, "", 10),
    Kind(Verb.FIRST, ("|<", "first"), Takes.NOTHING, "to the beginning of the game"),
    Kind(Verb.LAST, (">|", "last"), Takes.NOTHING, "and to its end"),
    Kind(Verb.GOTO, ("goto", "move"), Takes.NUMBER, "to the position after move N"),
    Kind(Verb.TURN, ("t", "turn"), Takes.NOTHING, "let the other side move (no pass)"),
    Kind(Verb.IDEAS, ("i", "ideas"), Takes.NOTHING, "show or hide the suggestions"),
    Kind(Verb.MULTI, ("m", "multi"), Takes.NOTHING, "suggestions: mean of 8 turns and flips"),
    Kind(Verb.SIDES, ("x", "sides"), Takes.SIDE, "play black, white, or both; alone: change sides"),
    Kind(Verb.SCORE, ("k", "score"), Takes.NOTHING, "count; again: back to the game"),
    Kind(Verb.RESIGN, ("resign",), Takes.NOTHING, "resign"),
    Kind(Verb.SAVE, ("s", "save"), Takes.TEXT, "save as SGF; s! FILE writes over a file"),
    Kind(Verb.LOAD, ("l", "load"), Takes.TEXT, "load SGF; without FILE: the game kept last"),
    Kind(Verb.NEW, ("new",), Takes.COUNT, "a new game, on N lines"),
    Kind(Verb.KOMI, ("komi",), Takes.NUMBER, "what White gets for moving second"),
    Kind(Verb.VIEW, ("v", "view", "board"), Takes.NOTHING, "draw the board again"),
    Kind(Verb.HELP, ("h", "help", "?"), Takes.NOTHING, "this"),
    Kind(Verb.QUIT, ("q", "quit", "exit"), Takes.NOTHING, "leave; an unsaved game is kept"),
)  # fmt: skip
"""Every word, in the order of the help."""

_BY_WORD = {word: kind for kind in KINDS for word in kind.words}
_MAY_FORCE = (Verb.SAVE, Verb.LOAD, Verb.NEW)
_EDITS = {"b": BLACK, "w": WHITE, "c": EMPTY}
_SIDES = {"black": BLACK, "b": BLACK, "white": WHITE, "w": WHITE, "both": EMPTY}

_POINT = re.compile(r"[a-z]\s*[0-9]{1,3}", re.ASCII | re.IGNORECASE)
_CHANGE = re.compile(r"([bwcd])\s*([a-z]\s*[0-9]{1,3})", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)
_KOMI = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,3})?", re.ASCII)


def parse(line: str, size: int) -> Command:
    """What a line means on a board of `size` lines; InputError where it means nothing."""
    line = line.strip()
    if len(line) > MAX_LINE:
        raise InputError(f"a line of {len(line):,} characters is no command; h lists the commands")
    if not line:
        return Command(Verb.SUGGESTED, number=1)
    if _NUMBER.fullmatch(line):
        return Command(Verb.SUGGESTED, number=int(line))
    if _POINT.fullmatch(line):
        return Command(Verb.PLAY, from_typed(line, size))
    change = _CHANGE.fullmatch(line)
    if change:
        letter, point = change[1].lower(), from_typed(change[2], size)
        if letter == "d":
            return Command(Verb.DEAD, point)
        return Command(Verb.EDIT, point, _EDITS[letter])
    return _worded(line)


def _worded(line: str) -> Command:
    """A line that begins with a word of the table."""
    word, _, rest = line.partition(" ")
    word, rest = word.lower(), rest.strip()
    force = len(word) > 1 and word.endswith("!")
    kind = _BY_WORD.get(word.removesuffix("!") if force else word)
    if kind is None or (force and kind.verb not in _MAY_FORCE):
        raise InputError(_unknown(line, word))
    if kind.takes is Takes.TEXT:
        return Command(kind.verb, text=_unquoted(rest), force=force)
    if kind.takes is Takes.SIDE and rest.lower() in _SIDES:
        return Command(kind.verb, colour=_SIDES[rest.lower()], text=rest)
    if kind.verb is Verb.KOMI and _KOMI.fullmatch(rest):
        return Command(kind.verb, text=rest)
    if kind.takes in (Takes.COUNT, Takes.NUMBER) and _NUMBER.fullmatch(rest):
        return Command(kind.verb, number=int(rest), force=force)
    if rest or kind.takes is Takes.NUMBER:
        expected = f"{word} {kind.takes}".strip()
        raise InputError(f'"{printable(line)}": expected {expected}')
    number = None if kind.verb is Verb.NEW else kind.number
    return Command(kind.verb, number=number, force=force)


def _unknown(line: str, word: str) -> str:
    if word in ("b", "w", "c", "d"):
        return f'"{printable(line)}": expected a point after {word}, as in {word} D 4'
    near = did_you_mean(word, _BY_WORD) if len(word) > 2 else ""
    return f'"{printable(line)}" is no point and no command{near or "; h lists the commands"}'


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text


def help_lines() -> Iterator[str]:
    """The help, a line a command."""
    rows = [
        ("Enter", "play the first suggestion"),
        ("3", "play the third"),
        ("A 15", "play there"),
        ("b A 15, w A 15", "place a black or a white stone (the turn stays)"),
        ("c A 15", "clear the point"),
        ("d A 15", "while counting: the stones there are dead, or are not"),
    ]
    for kind in KINDS:
        takes = "[SIDE]" if kind.takes is Takes.SIDE else kind.takes
        rows += [(f"{', '.join(kind.words)} {takes}".rstrip(), kind.help)] if kind.help else []
    width = max(len(what) for what, _ in rows)
    yield from (f"  {what:{width}}  {said}" for what, said in rows)
