"""Names of points: every corner of the table, round trips, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darknet.errors import InputError
from darknet.go.coordinates import (
    COLUMNS,
    PASS,
    check_size,
    from_gtp,
    from_sgf,
    from_typed,
    to_gtp,
    to_sgf,
)

CORNERS = [
    # size, point, GTP, SGF
    (19, 0, "A19", "aa"),
    (19, 18, "T19", "sa"),
    (19, 342, "A1", "as"),
    (19, 360, "T1", "ss"),
    (19, 8, "J19", "ia"),  # the column after H is J in GTP, i in SGF
    (19, 72, "Q16", "pd"),
    (9, 40, "E5", "ee"),
    (25, 24, "Z25", "ya"),
    (25, 600, "A1", "ay"),
    (2, 3, "B1", "bb"),
]
SIZES = st.integers(2, 25)


@pytest.mark.parametrize(("size", "point", "gtp", "sgf"), CORNERS)
def test_the_table_of_names(size, point, gtp, sgf):
    assert (to_gtp(point, size), to_sgf(point, size)) == (gtp, sgf)
    assert from_gtp(gtp, size) == from_gtp(gtp.lower(), size) == from_sgf(sgf, size) == point


@given(st.data(), SIZES)
def test_every_name_leads_back(data, size):
    point = data.draw(st.integers(PASS, size * size - 1))
    vertex = to_gtp(point, size)
    assert from_gtp(vertex, size) == from_sgf(to_sgf(point, size), size) == point
    assert from_typed(" ".join(vertex), size) == point


def test_there_are_25_columns_without_i():
    assert len(set(COLUMNS)) == 25
    assert "I" not in COLUMNS


@pytest.mark.parametrize("typed", ["A 15", "a15", "A15", " a  15 ", "a\t15"])
def test_what_people_type(typed):
    assert from_typed(typed, 19) == 4 * 19


@pytest.mark.parametrize("text", ["pass", "PASS", "Pass", " pass "])
def test_passes_in_gtp(text):
    assert from_gtp(text, 9) == from_typed(text, 9) == PASS


def test_passes_in_sgf():
    assert from_sgf("", 25) == from_sgf("", 9) == from_sgf("tt", 19) == from_sgf("tt", 9) == PASS
    assert from_sgf("tt", 21) == 19 * 21 + 19  # a point there


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I5", "no column I"),
        ("i15", "no column I"),
        ("U1", "not on a board of 19 lines: expected A1 to T19"),
        ("A0", "not on a board"),
        ("A20", "not on a board"),
        ("A999", "not on a board"),
        ("", "is no point"),
        ("A", "is no point"),
        ("15A", "is no point"),
        ("A-1", "is no point"),
        ("A1 B2", "is no point"),
        ("A\u0661", "is no point"),  # an Arabic digit
        ("\x1b[2J", "is no point"),
        ("A" * 10_000, "is no point"),
    ],
)
def test_what_is_no_vertex(text, words):
    with pytest.raises(InputError, match=words) as caught:
        from_gtp(text, 19)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("text", ["a", "ta", "at", "AA", "aaa", "a1", "i", "{a", "\xe9a"])
def test_what_is_no_sgf_point(text):
    with pytest.raises(InputError, match="expected aa to ss"):
        from_sgf(text, 19)


@pytest.mark.parametrize("point", [-2, 81, 10**9])
@pytest.mark.parametrize("name", [to_gtp, to_sgf])
def test_points_off_the_board_have_no_name(name, point):
    with pytest.raises(InputError, match="not on a board of 9 lines: 0 to 80"):
        name(point, 9)


def test_sizes():
    assert [check_size(size) for size in (2, 9, 19, 25)] == [2, 9, 19, 25]
    for size in (0, 1, 26, -9, True, 9.0, "9", (19, 13), None):
        with pytest.raises(InputError, match="expected a square one of 2 to 25"):
            check_size(size)
