"""Games over GTP against GNU Go (Debian's package gnugo): do they end, and is the score agreed?

    python benchmarks/gnugo.py [CFG WEIGHTS] [--games 20] [--level 1] [--size 19] [--rules chinese]

Both are processes that are told the same moves; colours alternate. A referee (`darknet.go.board`)
checks every move. A game ends by two passes, by resignation, or is broken off after three moves for
every point of the board. After two passes both are asked for the score.

Aims: of 20 games each ends by passes or resignation, and at least 18 with the score agreed (one
that ended by resignation counts as agreed).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from darknet.errors import DarknetError, GtpError
from darknet.go.board import Board
from darknet.go.coordinates import from_gtp
from darknet.go.gtp_client import GtpProcess
from darknet.go.moves import BLACK, WHITE
from darknet.go.records import record_of
from darknet.go.rules import Rules, Scoring, rules_named

LONGEST = 3
LETTERS = {BLACK: "B", WHITE: "W"}


@dataclass(frozen=True)
class Game:
    """One game: how it ended, who won (us, gnugo, draw, nobody) and what both say of the score."""

    black: str
    end: str
    winner: str
    moves: int
    our_score: str | None
    gnugo_score: str | None
    agreed: bool
    why: str = ""


def main() -> int:
    """Play, print a line a game and the counts, as JSON with --json."""
    given = _arguments()
    rules = rules_named(given.rules)
    games = []
    for number, game in enumerate(_games(given, rules)):
        games.append(game)
        line = f"{number + 1}: black {game.black}, {game.end}, winner {game.winner}"
        scores = f"{game.moves} moves, ours {game.our_score}, gnugo {game.gnugo_score} {game.why}"
        print(f"{line}, {scores}", file=sys.stderr, flush=True)
    counts = _counts(games)
    if given.json:
        setting = {"level": given.level, "size": given.size, "rules": rules.name}
        print(json.dumps({**setting, **counts, "list": [asdict(game) for game in games]}, indent=1))
    else:
        print(", ".join(f"{name} {count}" for name, count in counts.items()))
    return 0 if counts["finished"] == len(games) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("network", nargs="*", help="CFG WEIGHTS, or a model; else the shipped")
    parser.add_argument("--games", type=int, default=20)
    parser.add_argument("--level", type=int, default=1, help="GNU Go's, 0 to 10")
    parser.add_argument("--size", type=int, default=19)
    parser.add_argument("--rules", default="chinese", choices=("chinese", "japanese"))
    parser.add_argument("--options", default="", help="more options of darknet go gtp")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds for an answer")
    parser.add_argument("--sgf", type=Path, help="a folder for the games")
    parser.add_argument("--gnugo", default=shutil.which("gnugo") or "/usr/games/gnugo")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _games(given: argparse.Namespace, rules: Rules) -> Iterator[Game]:
    kind = "chinese" if rules.scoring is Scoring.AREA else "japanese"
    ours = [sys.executable, "-m", "darknet", "go", "gtp", *given.network, "--rules", rules.name]
    theirs = [given.gnugo, "--mode", "gtp", "--level", str(given.level), f"--{kind}-rules"]
    with GtpProcess([*ours, *given.options.split()], name="us", timeout=given.timeout) as us:
        for number in range(given.games):
            seeded = [*theirs, "--seed", str(number + 1)]
            with GtpProcess(seeded, name="gnugo", timeout=given.timeout) as gnugo:
                black, white = (gnugo, us) if number % 2 else (us, gnugo)
                board = Board(given.size, ko=rules.ko, suicide=rules.suicide)
                game = _game(board, black, white, rules)
                yield game
            if given.sgf:
                _write(given.sgf, number, board, game, rules)


def _game(board: Board, black: GtpProcess, white: GtpProcess, rules: Rules) -> Game:
    """One game, to its end."""
    players = {BLACK: black, WHITE: white}
    try:
        for program in players.values():
            for command in (f"boardsize {board.size}", "clear_board", f"komi {rules.komi:g}"):
                program.send(command)
        end, resigned = _played(board, players)
    except DarknetError as problem:
        return Game(
            black.name, "fault", "nobody", len(board.moves), None, None, False, str(problem)
        )
    if resigned:
        winner = players[-resigned].name
        return Game(black.name, end, winner, len(board.moves), None, None, True)
    scores = {program.name: _score(program) for program in players.values()}
    ours, theirs = scores["us"], scores["gnugo"]
    leader = {"B": black.name, "W": white.name, "0": "draw"}.get(ours[:1], "nobody")
    return Game(black.name, end, leader, len(board.moves), ours, theirs, _same(ours, theirs))


def _played(board: Board, players: dict[int, GtpProcess]) -> tuple[str, int]:
    """How the game ended, and the colour that resigned (0: none)."""
    while board.passes < 2:
        if len(board.moves) >= LONGEST * board.points:
            return "broken off", 0
        colour = board.to_move
        word = players[colour].send(f"genmove {LETTERS[colour]}")
        if word.strip().lower() == "resign":
            return "resignation", colour
        point = from_gtp(word, board.size)
        board.play(point, colour)
        players[-colour].send(f"play {LETTERS[colour]} {word}")
    return "two passes", 0


def _score(program: GtpProcess) -> str:
    try:
        return program.send("final_score").strip()
    except GtpError as problem:
        return f"none: {problem}"


def _same(ours: str, theirs: str) -> bool:
    """Whether two scores have the same winner by the same points."""
    return _margin(ours) is not None and _margin(ours) == _margin(theirs)


def _margin(score: str) -> float | None:
    if score in ("0", "Draw", "Jigo"):
        return 0.0
    side, _, points = score.partition("+")
    try:
        return float(points) if side == "B" else -float(points)
    except ValueError:
        return None


def _counts(games: list[Game]) -> dict[str, int]:
    return {
        "games": len(games),
        "finished": sum(game.end in ("two passes", "resignation") for game in games),
        "by passes": sum(game.end == "two passes" for game in games),
        "agreed": sum(game.agreed for game in games),
        "won": sum(game.winner == "us" for game in games),
        "lost": sum(game.winner == "gnugo" for game in games),
    }


def _write(folder: Path, number: int, board: Board, game: Game, rules: Rules) -> None:
    os.makedirs(folder, exist_ok=True)
    names = ("us", "gnugo") if game.black == "us" else ("gnugo", "us")
    properties = {
        "PB": names[0],
        "PW": names[1],
        "KM": f"{rules.komi:g}",
        "RU": rules.name,
        "RE": game.our_score or _resignation(game),
        "C": f"{game.end}; ours {game.our_score}, gnugo's {game.gnugo_score}",
    }
    record_of(board, properties).write(folder / f"{number + 1:03d}.sgf")


def _resignation(game: Game) -> str:
    if game.end != "resignation":
        return "Void"
    return "B+R" if game.winner == game.black else "W+R"


if __name__ == "__main__":
    sys.exit(main())
