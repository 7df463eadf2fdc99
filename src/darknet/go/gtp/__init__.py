"""An engine for programs that speak the Go Text Protocol, version 2 (Farnebaeck's draft 2).

protocol    lines and replies as bytes
lines       lines of input, and whether there is a next one
words       the arguments of a command
session     what an engine knows between two commands
registry    the commands by name; each of these modules has some:
            admin, position, moves, rules, times, games, scores, params, network, analyze, gogui
analysis    what the network expects, and `asked`, `reports`: the words and the text of it
engine      the loop
"""

from __future__ import annotations

from .engine import Engine as Engine
from .lines import LinesOf as LinesOf
from .lines import LinesRead as LinesRead
from .session import Session as Session

__all__ = ["Engine", "LinesOf", "LinesRead", "Session"]
