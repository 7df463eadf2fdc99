"""Standard input and output as a console: colours where the terminal has them, plain text else.

Colours need a terminal that has them, and that neither NO_COLOR nor the option forbids; rich finds
out, and tones them down to what there is. FORCE_COLOR colours what goes into a pipe. Signs beyond
ASCII need a terminal and an encoding that has them, and a locale that is not C. Lines are edited,
and earlier ones fetched back, where Python has readline.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ...errors import MAX_MESSAGE, printable
from .draw import Line, Look, plain

if TYPE_CHECKING:
    from rich.console import Console as RichConsole

__all__ = ["StandardConsole", "has_unicode"]

_MAX_LINE = 65_536  # characters
_NEEDED = "●✗■□╋─┼█"  # what is drawn beyond ASCII
_WOOD, _HEATS = "#dcb35c", (
    "#d8c98a", "#e2c46a", "#ebba4e", "#f2a63c", "#f58e33", "#f3742f", "#ee592c", "#e63e2a",
)  # fmt: skip
_RICH = {
    "wood": f"#6b4f1d on {_WOOD}",
    "black": f"#000000 on {_WOOD}",
    "white": f"#ffffff on {_WOOD}",
    "last": f"bold #c4122f on {_WOOD}",
    "ko": f"bold #0b3c8c on {_WOOD}",
    **{f"heat{step}": f"bold #000000 on {colour}" for step, colour in enumerate(_HEATS)},
    **{f"bar heat{step}": colour for step, colour in enumerate(_HEATS)},
}
_HEATS_OF_16 = ("black on cyan",) * 3 + ("black on green",) * 3 + ("bright_white on red",) * 2
_OF_16 = {
    "wood": "black on yellow",
    "black": "black on yellow",
    "white": "bright_white on yellow",
    "last": "red on yellow",
    "ko": "blue on yellow",
    **{f"heat{step}": style for step, style in enumerate(_HEATS_OF_16)},
    **{f"bar heat{step}": style.split()[-1] for step, style in enumerate(_HEATS_OF_16)},
}
_SAME = {
    "letters": "dim",
    "dim": "dim",
    "bold": "bold",
    "warning": "bold red",
    "ko text": "",
    "": "",
}
_ALIKE = {f"{what} {side}": side for what in ("dead", "owned") for side in ("black", "white")}


def has_unicode(encoding: str | None, environment: Mapping[str, str]) -> bool:
    """True where an encoding has every sign that is drawn, and the locale is not C or POSIX.

    Python writes UTF-8 even in the locale C, whose terminals need not know it.
    """
    try:
        _NEEDED.encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        told = environment.get(name, "")
        if told == "C.UTF-8" and name == "LC_CTYPE":
            continue  # perhaps what Python itself put there, in the place of C
        if told:
            return told not in ("C", "POSIX")
    return True


class StandardConsole:
    """The process's own stdin and stdout. `colour` and `unicode` False forbid them."""

    def __init__(self, *, colour: bool = True, unicode: bool = True) -> None:
        is_screen = sys.stdout.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")
        self._rich = _rich() if colour else None
        self._styles = _styles(self._rich)
        self._unicode = (
            unicode
            and (is_screen or self._rich is not None)
            and has_unicode(sys.stdout.encoding, os.environ)
        )
        self._is_typed = sys.stdin.isatty()
        self._is_edited = self._is_typed and sys.stdout.isatty()
        if self._is_edited:
            with suppress(ImportError):  # Windows has none: lines are plain there
                import readline  # noqa: F401 - input() uses it from here on

    def look(self) -> Look:
        """What it can show now; a window may change its size."""
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
        return Look(self._rich is not None, self._unicode, width)

    def show(self, lines: Sequence[Line]) -> None:
        """Print styled lines."""
        if self._rich is None:
            print("\n".join(plain(line) for line in lines), flush=True)
            return
        from rich.text import Text

        for line in lines:
            text = Text.assemble(*((span.text, self._styles[span.style]) for span in line))
            self._rich.print(text, soft_wrap=True)
        sys.stdout.flush()

    def say(self, lines: Sequence[str]) -> None:
        """Print words."""
        for line in lines:
            print(printable(line, MAX_MESSAGE))
        sys.stdout.flush()

    def ask(self, prompt: str) -> str | None:
        """The next line; the prompt is for a person: none is printed into a pipe."""
        if self._is_edited:
            try:
                return input(prompt)
            except EOFError:
                print()
                return None
        if self._is_typed:
            print(prompt, end="", file=sys.stderr, flush=True)
        return _line()

    def last_words(self, lines: Sequence[str]) -> None:
        """Words on stderr, where the program stops before its end."""
        for line in lines:
            print(f"\n{printable(line, MAX_MESSAGE)}", file=sys.stderr, flush=True)


def _line() -> str | None:
    """A line of stdin, and all of it however long; None at the end."""
    line = sys.stdin.readline(_MAX_LINE)
    rest = line
    while len(rest) == _MAX_LINE and not rest.endswith("\n"):
        rest = sys.stdin.readline(_MAX_LINE)  # too long for anything: only its length counts
    return line.rstrip("\n") if line else None


def _rich() -> RichConsole | None:
    """rich's console where it has colours; rich takes a tenth of a second, and waits for that."""
    if not (sys.stdout.isatty() or os.environ.get("FORCE_COLOR")):
        return None
    from rich.console import Console

    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    return None if console.color_system is None or console.no_color else console


def _styles(console: RichConsole | None) -> dict[str, str]:
    """rich's words for every style, in the colours that there are."""
    colours = _OF_16 if console is not None and console.color_system == "standard" else _RICH
    return {**_SAME, **colours, **{name: colours[like] for name, like in _ALIKE.items()}}
