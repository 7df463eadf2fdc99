"""The analysis commands of Leela Zero, KataGo and Sabaki, live and with a move."""

from __future__ import annotations

import time
from collections.abc import Iterator

from .analysis import Analysis
from .asked import Asked, asked_for
from .moves import choose_and_play
from .registry import command
from .reports import Report, kata_report, leela_report
from .session import Session
from .words import Words

__all__: list[str] = []

_PATIENCE = 1.0  # seconds between looks when there is nothing to do


@command("lz-analyze")
def lz_analyze(session: Session, words: Words) -> Iterator[str]:
    """Report the network's moves until the next line comes, as Leela Zero does."""
    return _live(session, asked_for(session, words), leela_report)


@command("kata-analyze", "analyze")
def kata_analyze(session: Session, words: Words) -> Iterator[str]:
    """Report the network's moves until the next line comes, as KataGo does."""
    return _live(session, asked_for(session, words), kata_report)


@command("lz-genmove_analyze")
def lz_genmove_analyze(session: Session, words: Words) -> Iterator[str]:
    """Play as `genmove`, and report the network's moves, as Leela Zero does."""
    return _with_move(session, asked_for(session, words), leela_report)


@command("kata-genmove_analyze", "genmove_analyze")
def kata_genmove_analyze(session: Session, words: Words) -> Iterator[str]:
    """Play as `genmove`, and report the network's moves, as KataGo does."""
    return _with_move(session, asked_for(session, words), kata_report)


def _live(session: Session, asked: Asked, report: Report) -> Iterator[str]:
    """Reports, the first at once, until there is a next line of input."""
    analysis = Analysis(session, asked.colour, asked.wanted)
    yield report(analysis, asked)
    due = time.monotonic() + (asked.interval or 0.0)
    while True:
        grows = not analysis.is_over
        for _ in analysis.deepen():
            if session.interrupted(0.0):
                return
        left = 0.0 if asked.interval is None else due - time.monotonic()
        if (grows and asked.interval is None) or (left <= 0 and asked.interval is not None):
            yield report(analysis, asked)
            due = time.monotonic() + (asked.interval or 0.0)
        if session.interrupted(0.0 if not analysis.is_over else _pause(asked, due)):
            return


def _pause(asked: Asked, due: float) -> float:
    """How long to wait where there is nothing to do but the next report."""
    if asked.interval is None:
        return _PATIENCE
    return min(_PATIENCE, max(0.0, due - time.monotonic()))


def _with_move(session: Session, asked: Asked, report: Report) -> Iterator[str]:
    """One report, with the answers to every move, then the move."""
    analysis = Analysis(session, asked.colour, asked.wanted)
    for _ in analysis.deepen():
        pass
    yield report(analysis, asked)
    yield f"play {choose_and_play(session, asked.colour)}"
