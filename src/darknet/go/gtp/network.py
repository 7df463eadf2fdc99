"""What the network itself says of the position, as KataGo tells it."""

from __future__ import annotations

import json

from ...errors import InputError, printable
from ..board import Board
from ..coordinates import PASS
from ..evaluation import Evaluation
from ..geometry import SYMMETRIES, symmetry
from ..moves import BLACK, Edit, Ko
from .registry import command
from .session import Session
from .words import Words

__all__ = ["turned"]


@command("kata-raw-nn")
def kata_raw_nn(session: Session, words: Words) -> str:
    """The answer under one symmetry, 0 to 7, or all; what the network has no head for is left out.

    A symmetry is `geometry.symmetry`'s; the answer is brought back to the board as it is.
    """
    word = words.text(0, "a symmetry, 0 to 7, or all").lower()
    words.none_after(1)
    if word == "all":
        return "\n".join(_answer(session, number) for number in range(SYMMETRIES))
    number = words.whole(0, "a symmetry, 0 to 7, or all")
    if not 0 <= number < SYMMETRIES:
        raise InputError(f'syntax error: "{printable(word)}": expected 0 to 7, or all')
    return _answer(session, number)


def _answer(session: Session, number: int) -> str:
    """The lines of one symmetry."""
    board = session.board
    goes = symmetry(board.size, number)
    found = session.policy.evaluate(turned(board, number) if number else board)
    lines = [f"symmetry {number}", *_chances(board, found)]
    priors = found.priors.ravel()[list(goes)].tolist()
    legal = set(board.legal_points())
    lines.append("policy")
    lines += _rows(
        board.size, [f"{priors[p]:.6f}" if p in legal else "NAN" for p in range(board.points)]
    )
    lines.append(f"policyPass {found.pass_prior:.6f}")
    if found.ownership is not None:
        whites = (-found.ownership.ravel()[list(goes)]).tolist()
        lines.insert(1, f"whiteLead {sum(whites) + session.compensation:.3f}")
        lines.append("whiteOwnership")
        lines += _rows(board.size, [f"{value:.4f}" for value in whites])
    return "\n".join(lines)


def _chances(board: Board, found: Evaluation) -> list[str]:
    if found.value is None:
        return []
    white = 1 - found.value if board.to_move == BLACK else found.value
    return [f"whiteWin {white:.6f}", f"whiteLoss {1 - white:.6f}", "noResult 0.000000"]


def _rows(size: int, values: list[str]) -> list[str]:
    return [" ".join(values[at : at + size]) for at in range(0, len(values), size)]


def turned(board: Board, number: int) -> Board:
    """The board, with its past, under symmetry `number` (as `geometry.symmetry` has them)."""
    goes = symmetry(board.size, number)
    free = Board(board.size, ko=Ko.NONE, suicide=True)
    for entry in board.past:
        if isinstance(entry, Edit):
            changes = {goes[point]: now for point, _, now in entry.changes}
            free.edit(changes, entry.new_to_move)
        else:
            colour, point = entry.move
            free.play(PASS if point == PASS else goes[point], colour)
    twin = free.under(board.ko_rule, board.suicide)
    return twin.facing(board.to_move)


@command("kata-get-models")
def get_models(session: Session, words: Words) -> str:
    """The network, as KataGo lists its own."""
    words.none_after(0)
    network = session.policy.runner.network
    model = {"name": session.policy.name, "internalName": network.cfg.label}
    return json.dumps([model])
