"""options: text to values and back, bounds, and what is said of what cannot be read."""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darknet.cfg import Cfg
from darknet.errors import CfgError, did_you_mean, printable
from darknet.layers import NetSection, sections
from darknet.options import (
    INT_MAX,
    REQUIRED,
    Option,
    bind,
    choice,
    flag,
    integer,
    integers,
    number,
    numbers,
    options_of,
    text,
)

quick = settings(deadline=None, max_examples=50)

DECLARATIONS = {"net": NetSection} | {cls.names[0]: cls for cls in sections().values()}
OPTIONS = {
    f"{name}.{key}": option
    for name, cls in DECLARATIONS.items()
    for key, option in options_of(cls).items()
}
KINDS = {"integer", "number", "0 or 1", "text", "word", "integers", "numbers"}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One option of every kind."""

    count: int = integer(1, "A count.", minimum=1, maximum=10)
    any: int = integer(0, "Any integer.")
    share: float = number(0.5, "A share.", minimum=0, maximum=1)
    real: float = number(0, "Any number.")
    on: bool = flag(False, "A switch.")
    file: str = text("", "A file.")
    colour: str = choice("red", "A colour.", ("red", "green", "blue"))
    layers: tuple[int, ...] = integers((), "Layers.")
    scales: tuple[float, ...] = numbers((), "Scales.")
    from_: int = integer(0, "A key that Python has taken.")


@dataclass(frozen=True, kw_only=True)
class Needy:
    """An option that must be given."""

    output: int = integer(REQUIRED, "Number of outputs.")


def read(body: str) -> Sample:
    return bind(Sample, Cfg.parse(f"[sample]\n{body}\n", "a.cfg").sections[0])[0]


def refusal(body: str, cls: type = Sample) -> str:
    with pytest.raises(CfgError) as caught:
        bind(cls, Cfg.parse(f"[sample]\n{body}\n", "a.cfg").sections[0])
    return str(caught.value)


def warnings(body: str) -> list[str]:
    return bind(Sample, Cfg.parse(f"[sample]\n{body}\n", "a.cfg").sections[0])[1]


# Kinds.


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("7", 7),
        ("+7", 7),
        ("-7", -7),
        ("007", 7),
        ("7 # seven", 7),
        ("7;seven", 7),
        ("1.0", 1),
        ("1.", 1),
        ("-2.000 # two", -2),
        ("2147483647", INT_MAX),
        ("-2147483647", -INT_MAX),
    ],
)
def test_an_integer_is_read(written, value):
    assert read(f"any={written}").any == value


@pytest.mark.parametrize(
    "written",
    [
        "",
        "abc",
        "1.5",
        "1.01",
        "0x10",
        "1e3",
        "--1",
        "1_000",
        "1,2",
        "٣",
        "#1",
        ".",
        "1a",
        "9" * 11,
    ],
)
def test_what_is_no_integer_is_refused(written):
    assert "expected an integer" in refusal(f"any={written}")


@pytest.mark.parametrize("written", ["2147483648", "-2147483648", "9999999999"])
def test_an_integer_beyond_cs_int_is_refused(written):
    assert refusal(f"any={written}").endswith("expected an integer within +-2147483647")


def test_an_endless_integer_is_refused_at_once():
    assert len(refusal("any=" + "9" * 1_000_000)) < 150


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", 1),
        (".5", 0.5),
        ("5.", 5),
        ("-0.25", -0.25),
        ("+1e-3", 0.001),
        ("2E2", 200),
        (".1f", 0.1),
        (".1 # tenth", 0.1),
        ("1e-400", 0),
    ],
)
def test_a_number_is_read(written, value):
    assert read(f"real={written}").real == value


@pytest.mark.parametrize(
    "written", ["", "abc", "nan", "inf", "-inf", "1e999", "1..2", "1e", ".", "0x1p3", "1,5", "1ff"]
)
def test_what_is_no_finite_number_is_refused(written):
    assert refusal(f"real={written}").endswith("expected a number")


@pytest.mark.parametrize(("written", "value"), [("0", False), ("1", True), ("2", True), ("-1", 1)])
def test_a_flag_is_true_for_all_integers_but_0(written, value):
    assert read(f"on={written}").on is bool(value)


def test_a_flag_is_no_word():
    assert "expected an integer" in refusal("on=yes")


@pytest.mark.parametrize(
    ("written", "value"),
    [("-1", (-1,)), ("-1, 8", (-1, 8)), ("1,2,", (1, 2)), ("1.0,2 # c", (1, 2))],
)
def test_a_list_of_integers_is_read(written, value):
    assert read(f"layers={written}").layers == value


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1,,2", "an integer"),
        ("1,x", "an integer"),
        ("1,2.5", "an integer"),
        ("1,9999999999", "an integer within"),
    ],
)
def test_a_bad_list_of_integers_is_refused(written, expected):
    assert f"expected {expected}" in refusal(f"layers={written}")


def test_a_list_of_numbers_is_read_and_refused():
    assert read("scales=.1, 10,1e-2").scales == (0.1, 10, 0.01)
    assert read("scales=").scales == ()
    assert refusal("scales=1,nan").endswith("expected a number")


def test_text_is_kept_as_it_stands():
    assert read("file=data/a#1.txt").file == "data/a#1.txt"
    assert read("file=").file == ""


def test_a_word_is_one_of_its_choices():
    assert read("colour=green # c").colour == "green"
    assert refusal("colour=gren") == (
        'a.cfg:2: [sample] colour=gren: expected one of red, green, blue; did you mean "green"?'
    )
    assert refusal("colour=").endswith("expected one of red, green, blue")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("count=0", "at least 1 and at most 10"),
        ("count=11", "at least 1 and at most 10"),
        ("share=-.001", "at least 0 and at most 1"),
        ("share=1.001", "at least 0 and at most 1"),
    ],
)
def test_bounds_are_said(body, expected):
    assert refusal(body) == f"a.cfg:2: [sample] {body}: expected {expected}"


def test_the_bounds_themselves_are_allowed():
    assert [read(f"count={n}").count for n in (1, 10)] == [1, 10]
    assert [read(f"share={n}").share for n in (0, 1)] == [0, 1]


# A section.


def test_what_is_not_given_has_its_default():
    assert read("") == Sample()


def test_the_key_of_a_field_has_no_trailing_underscore():
    assert read("from=3").from_ == 3
    assert warnings("from_=3")


def test_an_unknown_option_is_a_warning_with_the_nearest_one():
    assert warnings("coutn=3") == [
        'a.cfg:2: [sample] coutn: unknown option; did you mean "count"? (ignored)'
    ]
    assert warnings("zzzzzz=3") == ["a.cfg:2: [sample] zzzzzz: unknown option (ignored)"]


def test_an_option_given_twice_is_a_warning_and_the_first_counts():
    assert read("any=1\nany=oops").any == 1
    assert warnings("any=1\nany=2") == ["a.cfg:3: [sample] any: given twice; the first counts"]


def test_a_required_option_is_asked_for():
    assert refusal("", Needy) == "a.cfg:1: [sample] needs output= (Number of outputs.)"


@pytest.mark.parametrize("value", ["x" * 10_000, "\x1b[31m", "\x07", "\u202e"])
def test_a_bad_value_is_shown_safely(value):
    said = refusal(f"any={value}")
    assert said.isprintable()
    assert len(said) < 150


# Every option of every section.


def test_every_option_has_a_known_kind_and_a_sentence_of_help():
    assert len(OPTIONS) > 150
    for name, option in OPTIONS.items():
        assert option.kind in KINDS, name
        assert option.help.endswith("."), name
        assert bool(option.choices) == (option.kind == "word"), name


@pytest.mark.parametrize("name", [name for name, option in OPTIONS.items() if not option.required])
def test_every_default_can_be_written_and_read(name):
    option = OPTIONS[name]
    assert option.parse(option.format(option.default)) == option.default


class Refused(str):
    """What was expected instead."""


def attempt(option: Option, written: str) -> object:
    """The value that is read, or Refused."""
    try:
        return option.parse(written)
    except ValueError as expected:
        return Refused(expected)


def survives(option: Option, value: object) -> bool:
    """Whether the value comes back from text; one that is out of bounds need not."""
    found = attempt(option, option.format(value))
    if isinstance(found, Refused):
        return found == option.bounds != ""
    return found == value


def of_kind(kind: str) -> dict[str, Option]:
    return {name: option for name, option in OPTIONS.items() if option.kind == kind}


@quick
@given(st.integers(-INT_MAX, INT_MAX) | st.integers(-2, 70))
def test_every_integer_survives_writing(value):
    assert all(survives(option, value) for option in of_kind("integer").values())


@quick
@given(st.floats(allow_nan=False, allow_infinity=False, width=32) | st.floats(0, 2, width=32))
def test_every_float32_survives_writing(value):
    nearest = struct.Struct("<f")
    for name, option in of_kind("number").items():
        found = attempt(option, option.format(value))
        if not isinstance(found, Refused):
            assert nearest.pack(found) == nearest.pack(value), name
        else:
            assert found == option.bounds != "", name


@quick
@given(st.lists(st.integers(-INT_MAX, INT_MAX), min_size=1, max_size=5).map(tuple))
def test_every_list_of_integers_survives_writing(values):
    assert all(survives(option, values) for option in of_kind("integers").values())


@quick
@given(st.lists(st.floats(-1e30, 1e30), min_size=1, max_size=5).map(tuple))
def test_every_list_of_numbers_survives_writing(values):
    for option in of_kind("numbers").values():
        found = option.parse(option.format(values))
        assert all(math.isclose(a, b, rel_tol=1e-8) for a, b in zip(found, values, strict=True))


@quick
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"])))
def test_every_text_survives_writing(value):
    assert all(survives(option, value) for option in of_kind("text").values())


def test_every_flag_and_word_survives_writing():
    for option in of_kind("0 or 1").values():
        assert survives(option, False)
        assert survives(option, True)
    for option in of_kind("word").values():
        assert option.choices
        assert all(survives(option, word) for word in option.choices)


@quick
@given(st.text(max_size=20))
def test_any_value_of_any_option_is_read_or_refused_with_what_was_expected(value):
    for option in OPTIONS.values():
        found = attempt(option, value)
        if isinstance(found, Refused):
            assert re.match(r"(an integer|integers|a number|numbers|one of|at least)\b", found)


def test_every_section_binds_with_its_required_options_alone():
    for name, cls in DECLARATIONS.items():
        needed = [key for key, option in options_of(cls).items() if option.required]
        section = Cfg.build([(name, dict.fromkeys(needed, "-1"))]).sections[0]
        made, said = bind(cls, section)
        assert isinstance(made, cls)
        assert said == []


# The words of errors.


def test_did_you_mean_is_silent_where_nothing_is_near():
    assert did_you_mean("fliters", ["filters", "size"]) == '; did you mean "filters"?'
    assert did_you_mean("quux", ["filters", "size"]) == ""


@quick
@given(st.text(), st.integers(22, 200))
def test_printable_is_one_short_line(value, limit):
    shown = printable(value, limit)
    assert shown.isprintable()
    assert len(shown) <= limit
    if value.isprintable() and len(value) <= limit:
        assert shown == value


def test_printable_shows_bytes_that_are_not_utf8():
    assert printable(b"caf\xe9".decode("utf-8", "surrogateescape")) == r"caf\xe9"
