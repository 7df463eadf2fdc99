"""A review as text: the game, the players, a table of moves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import printable
from .coordinates import to_gtp
from .moves import NAMES
from .review_data import Review, Reviewed, Side

__all__ = ["review_lines"]

_SHOWN = 3  # suggestions in a row


def review_lines(review: Review, worst: int = 10, *, every_move: bool = False) -> Iterator[str]:
    """The lines: what was looked at, both players, and the `worst` moves or all of them."""
    views = ", mean of 8 symmetries" if review.symmetries else ""
    yield f"{review.source}: {len(review.moves)} moves, seen by {review.weights}{views}"
    yield ""
    yield f"{'':32s} {'moves':>6s} {'first':>7s} {'first 5':>8s} {'loss':>6s}"
    yield from (_side(side) for side in review.players)
    chosen = review.moves if every_move else review.worst(worst)
    if not (worst or every_move):
        return
    yield ""
    if not chosen:
        yield review.blameless
        return
    yield "all moves" if every_move else _worst_of(review, len(chosen))
    yield from _table(review, chosen)


def _worst_of(review: Review, count: int) -> str:
    what = (
        "lost most of the chance to win" if review.has_value else "the network was surest against"
    )
    return f"the {count} moves that {what}, worst first" if count > 1 else f"the move that {what}"


def _side(side: Side) -> str:
    name = f"{printable(side.name, 22)}{side.suffix}"
    if not side.moves:
        return f"{name:32s} {0:6d}"
    first, five = 100 * side.first, 100 * side.first_five
    return f"{name:32s} {side.moves:6d} {first:5.1f} % {five:6.1f} % {side.loss:6.2f}"


def _table(review: Review, moves: Sequence[Reviewed]) -> Iterator[str]:
    drop = f"{'drop':>7s} " if review.has_value else ""
    numbers = f"{'prob.':>7s} {'rank':>5s} {'loss':>6s} {drop}"
    yield f"{'move':>5s}  {'played':11s} {numbers} the network's"
    for move in moves:
        played = f"{NAMES[move.colour]} {to_gtp(move.point, review.size)}"
        lost = f"{100 * (move.drop or 0):+5.1f} % " if review.has_value else ""
        own = ", ".join(
            f"{to_gtp(one.point, review.size)} {100 * one.probability:.1f}"
            for one in move.best[:_SHOWN]
        )
        numbers = f"{100 * move.probability:5.1f} % {move.rank:5d} {move.loss:6.2f}"
        yield f"{move.number:5d}  {played:11s} {numbers} {lost} {own}"
