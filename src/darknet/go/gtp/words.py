"""The arguments of a command, read one by one; what is none is a syntax error."""

from __future__ import annotations

import json
import math
from typing import Any

from ...errors import InputError, printable
from ..coordinates import from_gtp
from ..moves import BLACK, WHITE

__all__ = ["Words", "colour_named", "syntax"]

_COLOURS = {"b": BLACK, "black": BLACK, "w": WHITE, "white": WHITE}
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}
_MOST_DIGITS = 18


def syntax(what: str) -> InputError:
    """The error of arguments that a command does not take."""
    return InputError(f"syntax error: {what}")


def colour_named(word: str) -> int | None:
    """The colour of ``b``, ``Black``, ``w`` or ``white``; None for anything else."""
    return _COLOURS.get(word.lower())


class Words(tuple[str, ...]):
    """The words after a command's name. What is read past the end is an InputError, as all is."""

    __slots__ = ()

    def text(self, at: int, what: str) -> str:
        """A word as it stands."""
        if at >= len(self):
            raise syntax(f"expected {what}")
        return self[at]

    def none_after(self, count: int) -> None:
        """Refuse more than `count` words."""
        if len(self) > count:
            raise syntax(f'"{printable(self[count])}" is one word too many')

    def colour(self, at: int) -> int:
        """BLACK or WHITE."""
        word = self.text(at, "a colour, b or w")
        found = colour_named(word)
        if found is None:
            raise syntax(f'"{printable(word)}" is no colour: expected b or w')
        return found

    def colour_or(self, at: int, default: int) -> int:
        """BLACK or WHITE, or the default where there is no such word."""
        return self.colour(at) if at < len(self) else default

    def point(self, at: int, size: int) -> int:
        """A point, or PASS."""
        word = self.text(at, "a point, as D4, or pass")
        try:
            return from_gtp(word, size)
        except InputError as problem:
            raise InputError(f"invalid coordinate: {problem}") from None

    def whole(self, at: int, what: str) -> int:
        """A whole number."""
        word = self.text(at, what)
        digits = word.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS):
            raise syntax(f'"{printable(word)}": expected {what}, a whole number')
        return int(word)

    def real(self, at: int, what: str) -> float:
        """A number; infinity and NaN are none."""
        word = self.text(at, what)
        try:
            number = float(word) if word.isascii() and "_" not in word else math.nan
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise syntax(f'"{printable(word)}": expected {what}, a number')
        return number

    def truth(self, at: int, what: str) -> bool:
        """``true`` or ``false``, ``1`` or ``0``."""
        word = self.text(at, what)
        if word.lower() not in _TRUTHS:
            raise syntax(f'"{printable(word)}": expected {what}, true or false')
        return _TRUTHS[word.lower()]

    def moves(self, at: int, size: int) -> list[tuple[int, int]]:
        """Colours and points by turns, up to the end."""
        if (len(self) - at) % 2:
            raise syntax("expected a colour and a point, by turns")
        return [(self.colour(n), self.point(n + 1, size)) for n in range(at, len(self), 2)]

    def json(self, at: int, what: str) -> Any:
        """The rest of the line as JSON."""
        try:
            return json.loads(" ".join(self[at:]))
        except (ValueError, RecursionError):
            raise syntax(f"expected {what} in JSON") from None
