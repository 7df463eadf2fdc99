"""A review as one HTML file: no script, nothing loaded from elsewhere, for light and dark."""

from __future__ import annotations

import html
from collections.abc import Iterator

from ..errors import printable
from .coordinates import to_gtp
from .moves import BLACK, NAMES
from .review_board import review_board
from .review_curve import curve_svg
from .review_data import Review, Reviewed, Side

__all__ = ["review_page"]

_STYLE = """
:root{--ink:#1f2933;--paper:#fff;--faint:#e4e9ee;--quiet:#5a6672;--blue:#0072b2;--red:#c43c00}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaee;--paper:#171b1f;--faint:#37414b;
--quiet:#9fabb7;--blue:#4ea8dc;--red:#ff7d45}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);
max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.15rem;margin:2rem 0 .6rem}
p{margin:.3rem 0}.quiet{color:var(--quiet)}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .8rem .2rem 0;text-align:right;border-bottom:1px solid var(--faint)}
th:first-child,td:first-child,.words{text-align:left}th{font-weight:600;color:var(--quiet)}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(19rem,1fr));gap:1.6rem}
.card:target{outline:3px solid var(--red);outline-offset:6px}
.card h3{font-size:1rem;margin:.5rem 0 0}svg{width:100%;height:auto;display:block}
.wide{overflow-x:auto}.curve{min-width:34rem}
.curve text{font:11px sans-serif;fill:var(--quiet)}.curve .caption{font-size:12px;fill:var(--ink)}
.curve .tick{text-anchor:end}.curve .number{text-anchor:middle}
.curve .line{stroke:var(--faint);fill:none}
.curve .chance{stroke:var(--ink);fill:none;stroke-width:1.6}
.curve .black{fill:var(--ink)}.curve .white{fill:var(--blue)}.curve .worst{fill:var(--red)}
details{margin-top:2rem}summary{cursor:pointer;font-weight:600}
@media print{.card{break-inside:avoid}}
""".strip()
_FACTS = {
    "RE": "result", "DT": "date", "EV": "event", "RO": "round", "PC": "place", "RU": "rules",
    "KM": "komi", "HA": "handicap",
}  # fmt: skip


def review_page(review: Review, worst: int = 10) -> str:
    """The page, with the diagrams of the `worst` moves at most."""
    chosen = review.worst(worst)
    title = _text(f"{review.names[BLACK]} against {review.names[-BLACK]}")
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width,initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
            " style-src 'unsafe-inline'\">",
            f"<title>{title}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{title}</h1>",
            *_facts(review),
            *_players(review),
            f'<div class="wide">{curve_svg(review, chosen)}</div>',
            *(_cards(review, chosen) if worst else ()),
            *_moves(review),
            "</body></html>\n",
        ]
    )


def _text(words: str, limit: int = 120) -> str:
    """Words from outside, for the page: one line, no markup."""
    return html.escape(printable(words, limit))


def _facts(review: Review) -> Iterator[str]:
    known = [f"{name} {_text(review.about[key])}" for key, name in _FACTS.items()
             if key in review.about]  # fmt: skip
    views = ", mean of 8 symmetries" if review.symmetries else ""
    yield f'<p class="quiet">{" · ".join(known)}</p>'
    yield (
        f'<p class="quiet">{_text(review.source)}: {len(review.moves)} moves, seen by'
        f" {_text(review.weights)}{views}</p>"
    )


def _players(review: Review) -> Iterator[str]:
    yield "<h2>How often the players did what the network would have done</h2><table><tr><th></th>"
    yield "<th>moves</th><th>its first</th><th>of its first five</th><th>mean loss</th></tr>"
    for side in review.players:
        yield _player(side)
    yield "</table>"
    what = "drop of the chance to win" if review.has_value else "gap"
    yield f"<h2>The game</h2><p class=quiet>Red: the worst moves by their {what}.</p>"


def _player(side: Side) -> str:
    cells = f"<td>{_text(side.name)}{side.suffix}</td><td>{side.moves}</td>"
    if not side.moves:
        return f"<tr>{cells}<td></td><td></td><td></td></tr>"
    shares = f"<td>{100 * side.first:.0f} %</td><td>{100 * side.first_five:.0f} %</td>"
    return f"<tr>{cells}{shares}<td>{side.loss:.2f}</td></tr>"


def _cards(review: Review, chosen: list[Reviewed]) -> Iterator[str]:
    if not chosen:
        yield f"<p>{_text(review.blameless.capitalize())}.</p>"
        return
    yield "<h2>The worst moves</h2>"
    yield (
        '<p class="quiet">In the red ring what was played; in blue what the network would have'
        " played, in percent.</p>"
    )
    yield '<div class="cards">'
    for move in chosen:
        name = to_gtp(move.point, review.size)
        yield f'<div class="card" id="move-{move.number}">{review_board(review.size, move)}'
        yield f"<h3>{move.number}. {NAMES[move.colour]} {name}</h3>{_verdict(review, move)}</div>"
    yield "</div>"


def _verdict(review: Review, move: Reviewed) -> str:
    first = move.best[0]
    words = (
        f"{_percent(move.probability)}, choice number {move.rank}; the first was"
        f" {to_gtp(first.point, review.size)} with {_percent(first.probability)}"
    )
    if move.drop is not None:
        words += f"; chance to win {100 * -move.drop:+.1f} %"
    return f"<p>{words}</p>"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.001 else "under 0.1 %"


def _moves(review: Review) -> Iterator[str]:
    chance = "<th>Black's chance</th>" if review.has_value else ""
    yield "<details><summary>All moves</summary><table><tr><th>move</th><th class=words>played</th>"
    yield "<th>probability</th><th>rank</th><th>loss</th><th class=words>first</th><th></th>"
    yield f"{chance}</tr>"
    for move in review.moves:
        first = move.best[0]
        row = (
            f"<tr><td>{move.number}</td><td class=words>{NAMES[move.colour]}"
            f" {to_gtp(move.point, review.size)}</td><td>{_percent(move.probability)}</td>"
            f"<td>{move.rank}</td><td>{move.loss:.2f}</td>"
            f"<td class=words>{to_gtp(first.point, review.size)}</td>"
            f"<td>{_percent(first.probability)}</td>"
        )
        if review.has_value:
            row += f"<td>{'' if move.chance is None else f'{100 * move.chance:.0f} %'}</td>"
        yield f"{row}</tr>"
    yield "</table></details>"
