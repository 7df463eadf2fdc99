"""An analysis as text, in the forms of Leela Zero and KataGo.

`visits` is the network's probability in thousandths, at least 1: there is no search, and programs
that draw moves by their visits draw the likely ones large. `winrate` is one half where the network
has no value head. Points that one is ahead by are told where it has an ownership head; without one
`ownership` comes from fast games to the end.
"""

from __future__ import annotations

from collections.abc import Callable

from ..coordinates import to_gtp
from .analysis import Analysis, Candidate
from .asked import Asked

__all__ = ["Report", "kata_report", "leela_report"]

Report = Callable[[Analysis, Asked], str]


def leela_report(analysis: Analysis, asked: Asked) -> str:
    """Leela Zero's form: chances and probabilities in ten-thousandths."""
    infos = []
    for order, found in enumerate(analysis.candidates):
        chance = round(10_000 * _chance(analysis, found))
        infos.append(
            f"info move {_vertex(analysis, found.line[0])} visits {_visits(found)}"
            f" winrate {chance} prior {round(10_000 * found.probability)} lcb {chance}"
            f" order {order} pv {_line(analysis, found)}"
        )
    return " ".join(infos)


def kata_report(analysis: Analysis, asked: Asked) -> str:
    """KataGo's form: numbers with a point, and ownership if asked for."""
    parts = [
        _kata_info(analysis, asked, order, found) for order, found in enumerate(analysis.candidates)
    ]
    if "rootinfo" in asked.shown:
        chance = _chance(analysis, None)
        visits = sum(_visits(found) for found in analysis.candidates)
        parts.append(f"rootInfo visits {visits} {_values(chance, analysis.lead())}")
    if "ownership" in asked.shown:
        parts.append(f"ownership {_numbers(analysis.estimate)}")
    return " ".join(parts)


def _kata_info(analysis: Analysis, asked: Asked, order: int, found: Candidate) -> str:
    chance = _chance(analysis, found)
    values = _values(chance, analysis.lead(found))
    text = (
        f"info move {_vertex(analysis, found.line[0])} visits {_visits(found)} {values}"
        f" prior {found.probability:.6f} lcb {chance:.6f} utilityLcb {2 * chance - 1:.6f}"
        f" order {order} pv {_line(analysis, found)}"
    )
    for key, name in (("pvvisits", "pvVisits"), ("pvedgevisits", "pvEdgeVisits")):
        if key in asked.shown:
            text += f" {name} {' '.join('1' for _ in found.line)}"
    owners = analysis.owners(found) if "movesownership" in asked.shown else None
    return text if owners is None else f"{text} movesOwnership {_numbers(owners)}"


def _values(chance: float, lead: float | None) -> str:
    text = f"utility {2 * chance - 1:.6f} winrate {chance:.6f}"
    return text if lead is None else f"{text} scoreMean {lead:.3f} scoreLead {lead:.3f}"


def _chance(analysis: Analysis, found: Candidate | None) -> float:
    chance = analysis.chance(found)
    return 0.5 if chance is None else chance


def _visits(found: Candidate) -> int:
    return max(1, round(1000 * found.probability))


def _vertex(analysis: Analysis, point: int) -> str:
    return to_gtp(point, analysis.board.size)


def _line(analysis: Analysis, found: Candidate) -> str:
    return " ".join(_vertex(analysis, point) for point in found.line)


def _numbers(values: list[float]) -> str:
    return " ".join(f"{value:.4f}" for value in values)
