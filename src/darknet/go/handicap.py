"""Where handicap stones go.

The fixed points are GTP's: on the fourth line from 13 lines on, on the third below; up to nine
stones on boards with a middle line from nine lines on, four on others, none below seven lines.
"""

from __future__ import annotations

from ..errors import InputError
from .coordinates import check_size

__all__ = ["fixed", "free", "most_fixed"]

_FOURTH_LINE_FROM = 13
_SMALLEST = 7
_MOST_SMALL, _MOST = 4, 9
_FAR = 10_000  # more than any squared distance

# Lines from the edge, from the middle, or from the other edge: which column and row each stone has.
_PLACES = {
    "south west": (0, 2),
    "north east": (2, 0),
    "north west": (0, 0),
    "south east": (2, 2),
    "middle": (1, 1),
    "west": (0, 1),
    "east": (2, 1),
    "south": (1, 2),
    "north": (1, 0),
}
_CORNERS = ("south west", "north east", "north west", "south east")
_ORDER = {
    2: _CORNERS[:2],
    3: _CORNERS[:3],
    4: _CORNERS,
    5: (*_CORNERS, "middle"),
    6: (*_CORNERS, "west", "east"),
    7: (*_CORNERS, "west", "east", "middle"),
    8: (*_CORNERS, "west", "east", "south", "north"),
    9: (*_CORNERS, "west", "east", "south", "north", "middle"),
}


def most_fixed(size: int) -> int:
    """The largest number of stones that have fixed points: 0, 4 or 9."""
    check_size(size)
    if size < _SMALLEST:
        return 0
    return _MOST if size % 2 and size > _SMALLEST else _MOST_SMALL


def fixed(size: int, stones: int) -> tuple[int, ...]:
    """The fixed points of a handicap; InputError where the size has none for so many stones."""
    most = most_fixed(size)
    if not 2 <= stones <= most:
        limit = f"2 to {most}" if most else "none: use free ones"
        raise InputError(f"{stones} fixed handicap stones on {size} lines: expected {limit}")
    line = 3 if size >= _FOURTH_LINE_FROM else 2
    lines = (line, size // 2, size - 1 - line)
    columns_and_rows = (_PLACES[name] for name in _ORDER[stones])
    return tuple(lines[row] * size + lines[column] for column, row in columns_and_rows)


def free(size: int, stones: int) -> tuple[int, ...]:
    """Points for a handicap of any size: the fixed ones, then each as far from all as it can be.

    They stay off the first line while there is room. Raises InputError for fewer than two stones,
    or so many that they would not leave a liberty.
    """
    points = check_size(size) ** 2
    if not 2 <= stones < points:
        raise InputError(f"{stones} handicap stones on {size} lines: expected 2 to {points - 1}")
    begin = min(stones, most_fixed(size))
    chosen = list(fixed(size, begin)) if begin else []
    gaps = [min((_apart(p, q, size) for q in chosen), default=_FAR) for p in range(points)]
    for inner in (True, False):
        places = [point for point in range(points) if not inner or _is_inner(point, size)]
        while len(chosen) < stones and (best := _roomiest(places, gaps, size)) is not None:
            chosen.append(best)
            gaps = [min(gap, _apart(point, best, size)) for point, gap in enumerate(gaps)]
    return tuple(chosen)


def _is_inner(point: int, size: int) -> bool:
    row, column = divmod(point, size)
    return 0 < row < size - 1 and 0 < column < size - 1


def _apart(one: int, other: int, size: int) -> int:
    """The squared distance of two points."""
    return (one // size - other // size) ** 2 + (one % size - other % size) ** 2


def _roomiest(places: list[int], gaps: list[int], size: int) -> int | None:
    """The place farthest from all stones, and of those from the middle; None if all are taken."""
    best = max(places, key=lambda place: (gaps[place], _from_middle(place, size)), default=None)
    return None if best is None or not gaps[best] else best


def _from_middle(point: int, size: int) -> int:
    row, column = divmod(point, size)
    return (2 * row - size + 1) ** 2 + (2 * column - size + 1) ** 2
