"""Networks of the zoo beside each other: what is published of them, and what their cfgs give.

The table of the Tiny Darknet page (https://pjreddie.com/darknet/tiny-darknet) is `Comparison` of
the four networks that are in it.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .catalogue import Model, models
from .describe import Row, score_text, weights_state

__all__ = ["Comparison", "classic", "comparable", "listing"]


@dataclass(frozen=True)
class Comparison:
    """Rows of networks whose accuracy is published, as a table.

    `engine` says what was timed, where rows have milliseconds.
    """

    rows: Sequence[Row]
    engine: str = ""

    def to_dict(self) -> dict[str, Any]:
        """What ``darknet models --compare --json`` prints (docs/json.md)."""
        return {"engine": self.engine or None, "models": [row.to_dict() for row in self.rows]}

    def __str__(self) -> str:
        """The table, why figures differ, and what we measured."""
        return "\n".join([*_aligned(self._cells(), left=1), "", *self._notes()])

    def _repr_html_(self) -> str:
        """The same for notebooks."""
        first, second, *others = self._cells()
        head = "".join(
            f"<th>{html.escape(f'{above} {below}'.strip())}</th>"
            for above, below in zip(first, second, strict=True)
        )
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"
            for cells in others
        )
        notes = "".join(f"<p>{html.escape(note.strip())}</p>" for note in self._notes() if note)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"

    def _cells(self) -> list[list[str]]:
        """Two lines of heading, then one a network."""
        timed = any(row.milliseconds is not None for row in self.rows)
        above = ["Model", "Top-1", "Top-5", "Ops", "Ops here", "Size", "Size here"]
        below = ["", "%", "%", "Bn", "Bn", "MB", "MB"]
        cells = [above + ["Time here"] * timed, below + ["ms"] * timed]
        for row in self.rows:
            published = row.model.published
            if published is None:
                continue
            line = [
                row.model.title,
                f"{published.top1:.1f}",
                f"{published.top5:.1f}",
                f"{published.gflops:.2f}",
                f"{row.gflops:.2f}",
                _megabytes(published.megabytes),
                _megabytes(row.megabytes),
            ]
            cells.append(line + [_time(row.milliseconds)] * timed)
        return cells

    def _notes(self) -> Iterable[str]:
        yield "Top-1, Top-5, Ops, Size: as published. Ops here, Size here: those of the cfg."
        yield "MB: 2^20 bytes, as the pages count."
        if self.engine:
            yield f"Time here: median for one input, {self.engine}."
        why = [row.model for row in self.rows if row.model.why]
        if why:
            yield from ("", "Why figures differ:")
            yield from (f"  {model.title}: {model.why}" for model in why)
        measured = [(row.model, score) for row in self.rows for score in row.model.measured]
        if measured:
            yield from (
                "",
                "Accuracy measured with this package (published figures are of 50,000 images):",
            )
            yield from (f"  {model.title}: {score_text(score)}" for model, score in measured)


def classic() -> list[Model]:
    """The four networks of the Tiny Darknet page, in its order: the largest file first."""
    found = [(model, model.published) for model in models().values() if model.classic]
    found.sort(key=lambda pair: -pair[1].megabytes if pair[1] else 0)
    return [model for model, _ in found]


def comparable() -> list[Model]:
    """Every network whose accuracy is published, in the order of zoo.toml."""
    return [model for model in models().values() if model.published]


def listing(shown: Sequence[Row], engine: str = "") -> str:
    """A line for each network: what it is, what it costs, how good it is, where its weights are."""
    timed = any(row.milliseconds is not None for row in shown)
    heading = ["name", "title", "year", "parameters", "GFLOPs", "MB", "top-1", "top-5", "measured"]
    cells = [[*heading, *["ms"] * timed, "weights"]]
    for row in shown:
        model, published = row.model, row.model.published
        line = [
            model.name,
            model.title,
            str(model.year),
            f"{row.parameters:,}",
            f"{row.gflops:.3f}",
            _megabytes(row.megabytes),
            f"{published.top1:.1f}" if published else "-",
            f"{published.top5:.1f}" if published else "-",
            " ".join(f"{score.top1:.1f}/{score.top5:.1f}" for score in model.measured) or "-",
            *[_time(row.milliseconds)] * timed,
            weights_state(model),
        ]
        cells.append(line)
    notes = ["", "top-1, top-5: per cent of ImageNet's validation photographs, as published."]
    notes.append(
        "measured: the same two, by this package on other photographs (not comparable with the "
        "published; darknet models NAME says on which)."
    )
    notes.append("MB: 2^20 bytes.")
    if engine:
        notes.append(f"ms: median for one input, {engine}.")
    return "\n".join([*_aligned(cells, left=2, last_left=True), *notes])


def _aligned(cells: list[list[str]], left: int, *, last_left: bool = False) -> list[str]:
    """Columns of equal width; the first `left` ones (and the last) start where others end."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for line in cells:
        parts = []
        for number, (cell, width) in enumerate(zip(line, widths, strict=True)):
            to_the_left = number < left or (last_left and number == len(line) - 1)
            parts.append(cell.ljust(width) if to_the_left else cell.rjust(width))
        lines.append("  ".join(parts).rstrip())
    return lines


def _megabytes(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _time(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
