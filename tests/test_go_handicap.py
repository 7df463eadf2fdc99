"""Handicap points: GTP's table, and free ones for every size."""

from __future__ import annotations

import pytest

from darknet.errors import InputError
from darknet.go.board import Board
from darknet.go.coordinates import from_gtp, to_gtp
from darknet.go.handicap import fixed, free, most_fixed
from darknet.go.moves import BLACK

TABLE = {
    # as GTP's specification lists them for 19 lines
    2: "D4 Q16",
    3: "D4 Q16 D16",
    4: "D4 Q16 D16 Q4",
    5: "D4 Q16 D16 Q4 K10",
    6: "D4 Q16 D16 Q4 D10 Q10",
    7: "D4 Q16 D16 Q4 D10 Q10 K10",
    8: "D4 Q16 D16 Q4 D10 Q10 K4 K16",
    9: "D4 Q16 D16 Q4 D10 Q10 K4 K16 K10",
}
OTHERS = [
    (7, 4, "C3 E5 C5 E3"),
    (8, 4, "C3 F6 C6 F3"),
    (9, 5, "C3 G7 C7 G3 E5"),
    (12, 4, "C3 K10 C10 K3"),
    (13, 9, "D4 K10 D10 K4 D7 K7 G4 G10 G7"),
    (18, 2, "D4 P15"),
    (25, 3, "D4 W22 D22"),
]


@pytest.mark.parametrize("stones", TABLE)
def test_nineteen_lines(stones):
    assert " ".join(to_gtp(point, 19) for point in fixed(19, stones)) == TABLE[stones]


@pytest.mark.parametrize(("size", "stones", "points"), OTHERS)
def test_other_sizes(size, stones, points):
    assert " ".join(to_gtp(point, size) for point in fixed(size, stones)) == points


def test_how_many_there_are():
    assert [most_fixed(size) for size in (2, 6, 7, 8, 9, 10, 11, 19, 20, 25)] == [
        0, 0, 4, 4, 9, 4, 9, 9, 4, 9,
    ]  # fmt: skip


@pytest.mark.parametrize(("size", "stones"), [(19, 1), (19, 10), (8, 5), (7, 5), (6, 2), (19, -1)])
def test_what_has_no_fixed_points(size, stones):
    with pytest.raises(InputError, match="fixed handicap stones"):
        fixed(size, stones)


@pytest.mark.parametrize("size", [2, 3, 5, 6, 7, 8, 13])
def test_free_points_exist_for_every_number(size):
    for stones in sorted({2, 3, size, 13, size * size // 2, size * size - 1}):
        if 2 <= stones < size * size:
            points = free(size, stones)
            assert len(set(points)) == len(points) == stones
            Board(size).edit(dict.fromkeys(points, BLACK))  # every stone has a liberty
            if stones <= most_fixed(size):
                assert points == fixed(size, stones)


def test_free_points_keep_apart_and_off_the_edge():
    assert from_gtp("K10", 19) in free(19, 10)
    rows = [divmod(point, 19) for point in free(19, 25)]
    assert all(0 < row < 18 and 0 < column < 18 for row, column in rows)


@pytest.mark.parametrize(("size", "stones"), [(19, 1), (19, 0), (2, 4), (19, 361), (9, -3)])
def test_free_points_that_are_refused(size, stones):
    with pytest.raises(InputError, match="handicap stones"):
        free(size, stones)
