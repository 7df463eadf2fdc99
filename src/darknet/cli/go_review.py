"""``darknet go review``: a game looked over by a network."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import click

from ..errors import InputError, printable
from .declared import takes
from .go_network import NamedNetwork, Running
from .options import json_option, old_flags
from .targets import check_target
from .words import complete_network

if TYPE_CHECKING:
    from ..go.records import Record
    from ..go.review_data import Review

__all__ = ["review"]


@click.command(short_help="What a network would have played in a game, move by move.")
@click.argument("words", metavar="GAME.sgf [CFG WEIGHTS | MODEL]", nargs=-1, type=click.Path(),
                shell_complete=complete_network)  # fmt: skip
@click.option("--worst", type=click.IntRange(0), default=10, show_default=True, metavar="N",
              help="How many of the worst moves are told and drawn.")  # fmt: skip
@click.option("--all", "every_move", is_flag=True, help="List every move.")
@click.option("--save", metavar="PNG", help="Draw the game's curve (needs matplotlib).")
@click.option("--html", "page", metavar="HTML", help="Write a page: the curve, the worst moves "
              "with diagrams, all moves.")  # fmt: skip
@click.option("--game", type=click.IntRange(1), default=1, show_default=True, metavar="N",
              help="Which game of a file of several.")  # fmt: skip
@click.option("--batch", type=click.IntRange(1), default=16, show_default=True,
              help="Positions answered at once.")  # fmt: skip
@takes(NamedNetwork, "named")
@takes(Running, "running")
@json_option
@old_flags
def review(
    words: tuple[str, ...],
    worst: int,
    every_move: bool,
    save: str | None,
    page: str | None,
    game: int,
    batch: int,
    named: NamedNetwork,
    running: Running,
    as_json: bool,
) -> int:
    """Print what a network thinks of the moves of a game: its main line.

    For each move: the probability that the network gave it, its rank among the legal moves, the
    loss (-ln of the probability), and what the network would have played. The worst moves are those
    where it was surest of another one, or where its value head, if it has one, saw the chance to
    win drop the most.
    """
    from ..go.review import Reviewer
    from .progress import progress

    network, path = named.beside("GAME.sgf", words)
    if save is not None:
        from ..plot import check_installed

        check_target("--save", save, ".png", inputs=(path,))
        check_installed("--save")
    if page is not None:
        check_target("--html", page, ".html", inputs=(path,))
    record = _record(path, game)
    with closing(running.open(network)) as policy:
        reviewer = Reviewer(record, policy, symmetries=running.multi, batch=batch)
        for _ in progress(reviewer.run(), reviewer.total, "Reviewing", answers=False):
            pass
        result = reviewer.result()
    if as_json:
        print(json.dumps(result.to_dict(worst), indent=1))
    else:
        from ..go.review_text import review_lines

        print("\n".join(review_lines(result, worst, every_move=every_move)))
    _write(result, worst, save, page)  # last: a full disk costs no answer
    return 0


def _record(path: str, game: int) -> Record:
    from ..go.records import read_records

    records = read_records(path)
    if game > len(records):
        raise InputError(f"--game {game}: {printable(path, 200)} has {len(records)}")
    return records[game - 1]


def _write(result: Review, worst: int, save: str | None, page: str | None) -> None:
    from ..files import write_atomic

    if save is not None:
        from ..go.review_curve import curve_png

        write_atomic(save, curve_png(result))
    if page is not None:
        from ..go.review_page import review_page

        write_atomic(page, review_page(result, worst).encode("utf-8", "backslashreplace"))
