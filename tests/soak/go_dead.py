"""Dead stones of counted games: who wins by them, beside the record, and beside GNU Go's opinion.

python tests/soak/go_dead.py --games 60 --data games.bin.xz --gnugo gnugo    exit 1 below --least

Games that were counted (the record says who won), without handicap and with a known komi, are
played through; then `darknet.go.status` says which stones are dead, and the territory is counted.
GNU Go (Debian's package gnugo) is asked the same with final_status_list where --gnugo names it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from darknet.go.board import Board
from darknet.go.coordinates import from_gtp, to_gtp
from darknet.go.gtp_client import GtpProcess
from darknet.go.moves import BLACK
from darknet.go.packed import PackedGame, read_packed
from darknet.go.rules import rules_named
from darknet.go.scoring import score
from darknet.go.status import dead_stones

JAPANESE = rules_named("japanese")
COUNTED = 3  # how a game ended, in packed games


def counted(path: str, first: int) -> Iterator[tuple[int, PackedGame]]:
    """Counted games with their numbers."""
    games = read_packed(path)
    for number in range(first, len(games)):
        game = games[number]
        if game.how == COUNTED and game.komi is not None and not game.setup:
            yield number, game


def ask_gnugo(process: GtpProcess, game: PackedGame) -> frozenset[int]:
    """The dead stones at the end of a game, by GNU Go."""
    for line in ("boardsize 19", "clear_board", f"komi {game.komi:g}"):
        process.send(line)
    for colour, point in game.moves:
        process.send(f"play {'b' if colour == BLACK else 'w'} {to_gtp(point, 19)}")
    return frozenset(from_gtp(v, 19) for v in process.send("final_status_list dead").split())


def winner(board: Board, dead: frozenset[int], komi: float) -> int:
    """1 Black, 2 White, as packed games have it."""
    return 1 if score(board, JAPANESE, dead=dead, komi=komi).margin > 0 else 2


def main() -> int:
    parser = argparse.ArgumentParser(description="dead stones of counted games")
    parser.add_argument("--data", required=True, help="packed games")
    parser.add_argument("--games", type=int, default=60)
    parser.add_argument(
        "--first", type=int, default=2000, help="the number of the first to look at"
    )
    parser.add_argument("--gnugo", help="the program; without it only the record is compared")
    parser.add_argument("--least", type=float, default=0.9, help="share of winners to be right")
    asked = parser.parse_args()
    process = (
        GtpProcess([asked.gnugo, "--mode", "gtp", "--level", "8"], timeout=300)
        if asked.gnugo
        else None
    )
    right = theirs = same = looked = 0
    seconds = 0.0
    for number, game in counted(asked.data, asked.first):
        board = game.board()
        for colour, point in game.moves:
            board.play(point, colour)
        begin = time.process_time()
        dead = dead_stones(board, replace(JAPANESE, friendly_pass=True))
        seconds += time.process_time() - begin
        looked += 1
        komi = game.komi or 0.0
        right += winner(board, dead, komi) == game.result
        if process is not None:
            other = ask_gnugo(process, game)
            theirs += winner(board, other, komi) == game.result
            same += other == dead
            if other != dead:
                print(f"game {number}: differs at {[to_gtp(p, 19) for p in sorted(other ^ dead)]}")
        if looked == asked.games:
            break
    print(f"{looked} games: {right} winners as in the record, {1e3 * seconds / looked:.0f} ms each")
    if process is not None:
        print(f"GNU Go: {theirs} winners as in the record; the same dead stones in {same}")
        process.close()
    return 0 if right >= asked.least * looked else 1


if __name__ == "__main__":
    sys.exit(main())
