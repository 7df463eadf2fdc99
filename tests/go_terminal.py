"""What the tests of the terminal board share: a session of a small network, and typing."""

from __future__ import annotations

from functools import cache

from darknet.go.board import Board
from darknet.go.choice import Choice, Player
from darknet.go.coordinates import to_gtp
from darknet.go.moves import Edit
from darknet.go.policy import Policy
from darknet.go.rules import rules_named
from darknet.go.terminal.actions import Reply, perform
from darknet.go.terminal.draw import Look, plain
from darknet.go.terminal.game import Game
from darknet.go.terminal.kept import Kept
from darknet.go.terminal.screen import screen
from darknet.go.terminal.session import Session
from go_nets import SMALL, policy


@cache
def network(text: str = SMALL, size: int = 9) -> Policy:
    """One policy for all tests: opening an engine takes longer than most of them."""
    return policy(text, size)


def session(folder, size: int = 9, rules: str = "chinese", text: str = SMALL, **more) -> Session:
    """A session of a new game; games are kept in `folder`/kept."""
    made, given = network(text), rules_named(rules)
    handicap = more.pop("handicap", 0)

    def begin(lines: int) -> Game:
        return Game.begin(lines, given, handicap=handicap)

    game = more.pop("game", None) or begin(size)
    player = Player(made, Choice(), seed=1)
    return Session(game, made, player, begin=begin, kept=Kept(folder / "kept"), **more)


def typed(made: Session, *lines: str) -> Reply:
    """The reply to the last of the lines; no other was refused."""
    for line in lines[:-1]:
        reply = perform(made, line)
        assert reply.draw, f"{line}: {reply.lines}"
    return perform(made, lines[-1])


def stones(board: Board) -> str:
    """The stones in words, in the order of points: ``b C3 w D4``."""
    letters = {1: "b", -1: "w"}
    found = [
        f"{letters[colour]} {to_gtp(point, board.size)}"
        for point, colour in enumerate(board.stones)
        if colour
    ]
    return " ".join(found)


def seen(made: Session, look: Look | None = None) -> list[str]:
    """The screen without styles."""
    return [plain(line) for line in screen(made, look or Look())]


def check_board(board: Board) -> None:
    """The board is what its past makes of an empty one, and every move in it was legal."""
    fresh = Board(board.size, ko=board.ko_rule, suicide=board.suicide)
    for entry in board.past:
        if isinstance(entry, Edit):
            fresh.edit({point: now for point, _, now in entry.changes}, entry.new_to_move)
        else:
            fresh.play(entry.move.point, entry.move.colour)
    assert fresh.stones == board.stones
    assert (fresh.hash, fresh.ko, fresh.to_move) == (board.hash, board.ko, board.to_move)
    assert fresh.past == board.past
