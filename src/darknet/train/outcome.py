"""What came of a run, for people and for programs."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .data import Validated
from .memory import size_text

__all__ = ["Outcome"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a run.

    unit: what was learned from. batch: batches done in all. seconds: of this session. best: the
    batch of the best validation, and its top-1 in per cent. validated: the last one. files: what
    was written, by what it is. held_out: samples kept from training to validate with. lost: those
    that could not be read. memory_predicted, memory_used: bytes; None where the system does not
    say.
    """

    cfg: str
    data: str
    unit: str
    batch: int
    seen: int
    loss: float | None
    seconds: float
    images_per_second: float
    waited: float
    best: tuple[int, float] | None
    validated: Validated | None
    held_out: int
    files: Mapping[str, str]
    lost: int
    complete: bool
    memory_predicted: int
    memory_used: int | None

    def to_dict(self) -> dict[str, Any]:
        """For JSON (docs/json.md)."""
        last = self.validated
        return {
            "cfg": self.cfg,
            "data": self.data,
            "complete": self.complete,
            "batch": self.batch,
            "seen": self.seen,
            "loss": self.loss,
            "seconds": round(self.seconds, 3),
            "images_per_second": round(self.images_per_second, 2),
            "waited": round(self.waited, 4),
            "best": None
            if self.best is None
            else {"batch": self.best[0], "top1": self.best[1] / 100},
            "top1": None if last is None else last.top1,
            "topk": None if last is None else last.topk,
            "held_out": self.held_out,
            "unreadable": self.lost,
            "memory": {"predicted": self.memory_predicted, "used": self.memory_used},
            "files": dict(self.files),
        }

    def _repr_html_(self) -> str:
        """The lines and the curve, for notebooks."""
        rows = "".join(f"<div>{html.escape(line)}</div>" for line in self.lines())
        picture = Path(self.files.get("curve", ""))
        if not picture.is_file():
            return rows
        data = base64.b64encode(picture.read_bytes()).decode()
        return f'{rows}<img alt="curve" style="max-width:100%" src="data:image/png;base64,{data}">'

    def lines(self) -> list[str]:
        """For a terminal."""
        did = "trained" if self.complete else "stopped after"
        minutes = self.seconds / 60
        lines = [
            f"{did} {self.batch:,} batches ({self.seen:,} {self.unit}); "
            f"{minutes:.1f} min, {self.images_per_second:.0f} {self.unit}/s"
        ]
        if self.validated is not None:
            lines.append(f"top-1     {100 * self.validated.top1:.2f} %")
        if self.best is not None:
            lines.append(f"best      {self.best[1]:.2f} % after batch {self.best[0]:,}")
        if self.memory_used is not None:
            lines.append(
                f"memory    {size_text(self.memory_predicted)} predicted, "
                f"{size_text(self.memory_used)} used"
            )
        lines += [f"{what:<9} {path}" for what, path in self.files.items()]
        return lines
