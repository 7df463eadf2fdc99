"""Typed options: the one place where the text of a cfg becomes values and values become text.

An option is declared as a field of a frozen dataclass::

    filters: int = integer(1, "Number of filters: the channels of the output.", minimum=1)

and that one line gives the parser, the bounds, the error text, ``darknet help SECTION`` and the
reference page. The key in the file is the field's name without a trailing underscore (``from_``).

What the C readers accept, and so do we: a number followed by a comment (``batch=1 # test``), an
integer written as ``1.0``. What they accept and we refuse: text that is no number (C reads 0),
numbers beyond a C int, fractions where an integer is meant.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import CfgError, did_you_mean, printable

if TYPE_CHECKING:
    from .cfg import Section

__all__ = [
    "Option",
    "bind",
    "choice",
    "flag",
    "integer",
    "integers",
    "number",
    "numbers",
    "options_of",
    "set_but_ignored",
    "text",
]

REQUIRED: Any = MISSING  # an option without a default: its section must give it
INT_MAX = 2**31 - 1
MAX_WARNINGS = 20  # of one network; more are counted, not shown
_INTEGER = re.compile(r"[+-]?\d{1,1000}(\.0*)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,40}\.?\d{0,60}|\.\d{1,60})([eE][+-]?\d{1,3})?f?", re.ASCII)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Option:
    """What is known of one option; `parse` raises ValueError with what was expected.

    `ignored`: it is read, and changes nothing here.
    """

    kind: str
    help: str
    parse: Callable[[str], Any]
    format: Callable[[Any], str]
    choices: tuple[str, ...] = ()
    bounds: str = ""
    fork: str = ""
    ignored: bool = False
    key: str = ""
    default: Any = None
    required: bool = False


def _uncommented(value: str) -> str:
    return value.split("#", 1)[0].split(";", 1)[0]


def _parse_integer(value: str) -> int:
    value = _uncommented(value)
    if not _INTEGER.fullmatch(value):
        raise ValueError("an integer")
    found = int(value.split(".", 1)[0])
    if abs(found) > INT_MAX:
        raise ValueError(f"an integer within +-{INT_MAX}")
    return found


def _parse_number(value: str) -> float:
    value = _uncommented(value)
    if not _NUMBER.fullmatch(value) or not math.isfinite(float(value.rstrip("f"))):
        raise ValueError("a number")
    return float(value.rstrip("f"))


def _parse_list(parse: Callable[[str], T], value: str) -> tuple[T, ...]:
    parts = _uncommented(value).strip(",")
    return tuple(parse(part) for part in parts.split(",")) if parts else ()


def _format_number(value: float) -> str:
    return f"{value:.9g}"


def _bounded(
    parse: Callable[[str], Any], minimum: float | None, maximum: float | None
) -> tuple[Callable[[str], Any], str]:
    """`parse` with bounds checked after it, and the bounds in words."""
    low = "" if minimum is None else f"at least {minimum:g}"
    high = "" if maximum is None else f"at most {maximum:g}"
    words = " and ".join(filter(None, (low, high)))

    def checked(value: str) -> Any:
        found = parse(value)
        if (minimum is not None and found < minimum) or (maximum is not None and found > maximum):
            raise ValueError(words)
        return found

    return checked, words


def _field(default: Any, option: Option) -> Any:
    # Any, as dataclasses.field has it: the annotation of the declared field says the type.
    return dataclasses.field(default=default, metadata={"option": option})


def integer(
    default: int,
    help: str,
    *,
    minimum: int | None = None,
    maximum: int | None = None,
    fork: str = "",
    ignored: bool = False,
) -> Any:
    """A whole number, within the bounds."""
    parse, bounds = _bounded(_parse_integer, minimum, maximum)
    return _field(
        default, Option("integer", help, parse, str, bounds=bounds, fork=fork, ignored=ignored)
    )


def number(
    default: float,
    help: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    fork: str = "",
    ignored: bool = False,
) -> Any:
    """A finite real number, within the bounds."""
    parse, bounds = _bounded(_parse_number, minimum, maximum)
    return _field(
        default,
        Option("number", help, parse, _format_number, bounds=bounds, fork=fork, ignored=ignored),
    )


def flag(default: bool, help: str, *, fork: str = "", ignored: bool = False) -> Any:
    """0 or 1; as in C any other integer is true."""
    option = Option(
        "0 or 1",
        help,
        lambda value: _parse_integer(value) != 0,
        lambda on: str(int(on)),
        fork=fork,
        ignored=ignored,
    )
    return _field(default, option)


def text(default: str, help: str, *, fork: str = "", ignored: bool = False) -> Any:
    """Free text, a file's path for example (white space is dropped by the cfg format)."""
    return _field(default, Option("text", help, str, str, fork=fork, ignored=ignored))


def choice(
    default: str, help: str, choices: Sequence[str], *, fork: str = "", ignored: bool = False
) -> Any:
    """One word of a closed list."""
    words = tuple(choices)

    def parse(value: str) -> str:
        word = _uncommented(value)
        if word not in words:
            raise ValueError(f"one of {', '.join(words)}{did_you_mean(word, words)}")
        return word

    return _field(
        default, Option("word", help, parse, str, choices=words, fork=fork, ignored=ignored)
    )


def integers(default: tuple[int, ...], help: str, *, fork: str = "", ignored: bool = False) -> Any:
    """Whole numbers separated by commas."""
    option = Option(
        "integers",
        help,
        lambda value: _parse_list(_parse_integer, value),
        lambda values: ",".join(map(str, values)),
        fork=fork,
        ignored=ignored,
    )
    return _field(default, option)


def numbers(default: tuple[float, ...], help: str, *, fork: str = "", ignored: bool = False) -> Any:
    """Real numbers separated by commas."""
    option = Option(
        "numbers",
        help,
        lambda value: _parse_list(_parse_number, value),
        lambda values: ",".join(map(_format_number, values)),
        fork=fork,
        ignored=ignored,
    )
    return _field(default, option)


def options_of(cls: type) -> Mapping[str, Option]:
    """The options that a declaration has, by their key in the file, in order of declaration."""
    return _options_of(cls)


@functools.cache
def _options_of(cls: Any) -> Mapping[str, Option]:
    return {
        (key := field.name.rstrip("_")): dataclasses.replace(
            field.metadata["option"],
            key=key,
            default=None if field.default is REQUIRED else field.default,
            required=field.default is REQUIRED,
        )
        for field in dataclasses.fields(cls)
        if "option" in field.metadata
    }


def set_but_ignored(declared: object) -> list[Option]:
    """The options of a section that ask for what is not done here."""
    return [
        option
        for option in options_of(type(declared)).values()
        if option.ignored and getattr(declared, option.key) != option.default
    ]


def bind(cls: type[T], section: Section) -> tuple[T, list[str]]:
    """Read a section's entries into its declaration.

    Returns the instance and the warnings (unknown keys, keys given twice: the first counts).
    Raises CfgError naming file, line, key and what was expected.
    """
    known = options_of(cls)
    values: dict[str, Any] = {}
    warnings: list[str] = []
    for entry in section.entries:
        where = (
            f"{printable(section.label, 200)}:{entry.line}: [{section.name}] {printable(entry.key)}"
        )
        option = known.get(entry.key)
        if option is None:
            near = did_you_mean(entry.key, known) if len(warnings) < MAX_WARNINGS else ""
            warnings.append(f"{where}: unknown option{near} (ignored)")
        elif entry.key in values:
            warnings.append(f"{where}: given twice; the first counts")
        else:
            values[entry.key] = _read(option, entry.value, section.told(entry))
    _require(known, values, section)
    fields = {field.name.rstrip("_"): field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    return cls(**{fields[key]: value for key, value in values.items()}), warnings


def _read(option: Option, value: str, told: str) -> Any:
    try:
        return option.parse(value)
    except ValueError as expected:
        raise CfgError(f"{told}: expected {expected}") from None


def _require(known: Mapping[str, Option], values: dict[str, Any], section: Section) -> None:
    for key, option in known.items():
        if option.required and key not in values:
            raise CfgError(
                f"{section.label}:{section.line}: [{section.name}] needs {key}= ({option.help})"
            )
