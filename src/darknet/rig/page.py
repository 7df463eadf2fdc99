"""A prediction as a page of HTML: pictures, tables, what was assumed, sources; all in one file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape

from .efficiency import fitted
from .facts import Source, sources
from .planning import Plan
from .prediction import Prediction
from .remedy import remedies
from .words import layer_rows, plan_rows, predicted, remedy_rows, stage_rows

__all__ = ["page"]

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1f2933; max-width: 1100px; margin: 2em auto;
  padding: 0 1em }
h1 { font-size: 1.5em } h2 { font-size: 1.15em; margin-top: 2em }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
td, th { padding: 0.15em 0.9em 0.15em 0; text-align: left; vertical-align: top }
th { color: #66727f; font-weight: normal; border-bottom: 1px solid #e4e9ee }
img { width: 100% } pre { white-space: pre-wrap }
"""


def page(found: Prediction, plan: Plan | None, picture: bytes) -> str:
    """The page; `picture` is a PNG."""
    helping = remedies(found)
    title = f"{found.request.network.cfg.label} on {found.request.box.label}"
    image = b64encode(picture).decode()
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<pre>{escape(chr(10).join(_head(found)))}</pre>",
        f'<img alt="stages, layers, roofline, cost" src="data:image/png;base64,{image}">',
        "<h2>Stages</h2>",
        _table(stage_rows(found)),
        "<h2>What would help</h2>",
        _table([["times", "", "change", ""], *remedy_rows(helping)])
        if helping
        else "<p>Nothing of what can be changed in this box.</p>",
    ]
    if plan is not None:
        parts += [
            f"<h2>The best boxes for {plan.budget:,.0f} dollars</h2>",
            _table(plan_rows(plan.best(10))),
            "<h2>Cards that were left out</h2>",
            _table([["card", "why"], *map(list, plan.left_out.items())]),
        ]
    parts += [
        "<h2>Every layer, on one card</h2>",
        _table(layer_rows(found)),
        "<h2>How sure this is</h2>",
        f"<p>{escape(_sure(found))}</p>",
        "<h2>Sources</h2>",
        _list(_said(source) for source in _sources(found)),
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f"<!doctype html>\n<html lang=en>\n{head}\n" + "\n".join(parts) + "\n</html>\n"


def _head(found: Prediction) -> list[str]:
    """The first lines of the answer, up to what binds; the notes."""
    lines = list(predicted(found, ()))
    binds = lines.index(f"{found.binding.name} binds")
    return [*lines[: binds + 1], *(f"note: {note}" for note in found.notes)]


def _sure(found: Prediction) -> str:
    spread = found.compute.device.spread
    if not found.request.box.cards:
        return (
            "The processor's rates were measured on the machine itself, layer by layer. The range "
            f"is a factor of {spread:g} to either side."
        )
    return (
        "What a card reaches of its peak was fitted to published measurements of other networks "
        f"and cards; nine of ten lie within a factor of {fitted().spread:g} of what is predicted "
        "for a card that was left out of the fit. Points above the roof are convolutions of 3 x 3 "
        "that Winograd's algorithm does with fewer multiplications than are counted. What is "
        "assumed (lanes, how busy, how long parts last) is listed in docs/rig.md."
    )


def _sources(found: Prediction) -> list[Source]:
    """Of every figure of the box's parts."""
    used: dict[str, Source] = {}
    for item in found.request.box.items():
        for value in vars(item).values():
            used |= {one.key: one for one in getattr(value, "sources", ())}
    return [used[key] for key in sorted(used)] + [
        sources()[key] for key in ("eia", "pcie") if key in sources() and key not in used
    ]


def _said(source: Source) -> str:
    link = f' <a href="{escape(source.url)}">{escape(source.url)}</a>' if source.url else ""
    return f"{escape(source.title)}, {source.date}{link}"


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>"


def _table(rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(cell.strip())}</th>" for cell in rows[0])
    body = (
        "<tr>" + "".join(f"<td>{escape(cell.strip())}</td>" for cell in row) + "</tr>"
        for row in rows[1:]
    )
    return f"<table><tr>{head}</tr>" + "\n".join(body) + "</table>"
