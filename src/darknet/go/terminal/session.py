"""The state at the terminal board: a game, a network, who plays, and what is shown of it.

Nothing here reads from or writes to a terminal. What happens is told in lines of words; what cannot
be done raises a DarknetError, and everything stays as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ...errors import DarknetError, InputError
from ..coordinates import PASS, to_gtp
from ..evaluation import Evaluation, Suggestion, suggestions
from ..moves import BLACK, EMPTY, NAMES
from ..scoring import Score, dead_chains, score
from .game import Game
from .kept import Kept

if TYPE_CHECKING:
    from ..choice import Player
    from ..policy import Policy

__all__ = ["BOTH", "COUNT", "Counting", "Ideas", "Session"]

BOTH: Final = EMPTY
"""The side of a person who plays both."""
COUNT = 10
"""How many suggestions are shown, as DarkGo shows."""
_OVER = 2  # passes that end a game

Lines = list[str]


@dataclass(frozen=True, slots=True)
class Ideas:
    """What the network thinks of the position."""

    evaluation: Evaluation
    moves: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Counting:
    """The position counted, with these stones taken for dead."""

    dead: frozenset[int]
    score: Score


class Session:
    """A person, a game and a network. `begin` makes a new game of a size.

    `person` is the side that the person plays, BLACK or WHITE; with BOTH the network only makes
    suggestions. Raises InputError where the network does not take boards of the game's size.
    """

    def __init__(
        self,
        game: Game,
        policy: Policy,
        player: Player,
        *,
        begin: Callable[[int], Game],
        kept: Kept,
        person: int = BOTH,
        multi: bool = False,
        show_ideas: bool = True,
    ) -> None:
        policy.check_size(game.board.size)
        self.game, self.policy, self.player = game, policy, player
        self.person, self.multi, self.show_ideas = person, multi, show_ideas
        self.begin, self.kept = begin, kept
        self.counting: Counting | None = None
        self._ideas: Ideas | None = None
        self._name_players()

    # -- What there is to see ------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """True at the end of a game that somebody won, and where both have passed."""
        return (self.game.at_end and bool(self.game.result)) or self.has_passes

    @property
    def has_passes(self) -> bool:
        """True where both sides passed, one after the other, and nothing came after."""
        return self.game.board.passes >= _OVER

    @property
    def is_networks_side(self) -> bool:
        """True where the network plays the side that is to move."""
        return self.person == -self.game.board.to_move

    def ideas(self) -> Ideas:
        """The network's suggestions here; asked once a position. DarknetError where it fails."""
        if self._ideas is None:
            board = self.game.board
            evaluation = self.policy.evaluate(board, symmetries=self.multi)
            self._ideas = Ideas(evaluation, tuple(suggestions(evaluation, board, COUNT)))
        return self._ideas

    def forget(self) -> None:
        """The position is another one, or is looked at in another way."""
        self._ideas = self.counting = None

    # -- Moves ---------------------------------------------------------------------------------

    def play(self, point: int) -> Lines:
        """Play for who is to move; then the network answers where it plays, or the game is over."""
        lines = self._make(point)
        try:
            return lines + (self._end() if self.has_passes else self.answer())
        except DarknetError as problem:  # the move stands, though the network fails
            return [*lines, str(problem)]

    def _make(self, point: int) -> Lines:
        """Play; what was unusual about it."""
        colour, ahead = self.game.board.to_move, not self.game.at_end
        taken = self.game.play(point)
        self.forget()
        lines = ["What lay ahead is a variation now."] if ahead else []
        if taken:
            stones = "a stone" if len(taken) == 1 else f"{len(taken)} stones"
            lines.append(f"{NAMES[colour]} takes {stones}.")
        return lines

    def answer(self) -> Lines:
        """The network moves, if it is its turn in a game that is not over."""
        return self.network_moves() if self.is_networks_side and not self.is_over else []

    def network_moves(self) -> Lines:
        """The network moves for whoever's turn it is, or resigns."""
        game, colour = self.game, self.game.board.to_move
        chosen = self.player.choose(game.board, game.rules, game.komi, handicap=game.handicap)
        if chosen.point is None:
            return self.resign(colour, f", since {chosen.reason}")
        if chosen.point == PASS:
            lines = [f"{NAMES[colour]} passes: {chosen.reason}."]
        else:
            lines = [f"{NAMES[colour]} plays {to_gtp(chosen.point, game.board.size)}."]
        lines += self._make(chosen.point)
        return lines + (self._end() if self.has_passes else [])

    def resign(self, colour: int, reason: str = "") -> Lines:
        """`colour` gives up."""
        self.game.end(f"{'W' if colour == BLACK else 'B'}+R")
        self.counting = None
        return [f"{NAMES[colour]} resigns{reason}: {self.game.result}."]

    def waiting(self) -> Lines:
        """A word where the network is to move, and waits to be asked."""
        waits = self.is_networks_side and not self.is_over
        return ["It is the network's turn: g lets it move."] if waits else []

    def take_side(self, person: int) -> None:
        """Who plays what: `person` is that of the class."""
        self.person = person
        self._name_players()

    def _name_players(self) -> None:
        self.game.players = {-self.person: self.policy.name} if self.person else {}

    # -- Counting ------------------------------------------------------------------------------

    def _end(self) -> Lines:
        """Both have passed: what was played is counted, and that is the result."""
        return ["Both have passed.", *self.count()]

    def count(self) -> Lines:
        """Count, with the stones taken for dead that the network thinks are."""
        from ..status import dead_stones

        dead = dead_stones(self.game.board, self.game.rules, self.policy)
        return self.score(dead, is_result=not self.game.has_files_result)

    def score(self, dead: frozenset[int], *, is_result: bool = True) -> Lines:
        """Count with these stones taken for dead; after two passes it is the result, if it may."""
        game = self.game
        found = score(game.board, game.rules, dead=dead, handicap=game.handicap, komi=game.komi)
        self.counting = Counting(dead, found)
        if is_result and self.has_passes and game.at_end:
            game.end(found.result)
        bonus = game.rules.bonus.points(game.handicap)
        extra = f"komi {game.komi:g}" + (f" and {bonus} for the handicap" if bonus else "")
        return [
            f"Black {found.black:g}, White {found.white:g} with {extra}: {found.result}"
            f" by {game.rules.scoring}."
        ]

    def toggle_dead(self, point: int) -> Lines:
        """While counting: a chain is dead, or is not. InputError where there is none."""
        if self.counting is None:
            raise InputError("stones are marked dead while counting: k begins to count")
        chain, dead = dead_chains(self.game.board, [point]), self.counting.dead
        return self.score(dead - chain if chain <= dead else dead | chain)

    # -- Another game --------------------------------------------------------------------------

    def take(self, game: Game, *, force: bool) -> Lines:
        """Go on with another game. This one is kept where it was not saved, unless with `force`.

        Raises InputError where the network does not take its size, or this one cannot be kept.
        """
        self.policy.check_size(game.board.size)
        lines: Lines = []
        if self.game.is_unsaved and not force:
            try:
                lines = [self._keep()]
            except DarknetError as problem:
                raise InputError(
                    f"the game is not saved, and cannot be kept ({problem}); new! and l! let it go"
                ) from None
        self.game = game
        self._name_players()
        self.forget()
        return lines

    def farewell(self) -> Lines:
        """What to say to one who leaves: that an unsaved game is kept, and where."""
        if not self.game.is_unsaved:
            return []
        try:
            return [self._keep()]
        except DarknetError as problem:
            return [f"The game was not saved, and cannot be kept: {problem}"]

    def _keep(self) -> str:
        return f"The game was not saved; it is kept: {self.kept.keep(self.game.record())}"
