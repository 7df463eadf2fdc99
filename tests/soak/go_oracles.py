"""The Go board beside sgfmill's and open_spiel's, move by move, on as many games as one likes.

python tests/soak/go_oracles.py --games 2000 --data games.bin.xz    exit 1 at the first difference

After every move the three boards are compared, and sgfmill's ko with ours; every ninth move all
legal points with open_spiel's. The first games of the file are taken, or those from --first on.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from darknet.go.packed import read_packed
from go_oracles import compare


def main() -> int:
    parser = argparse.ArgumentParser(description="the Go board beside two others")
    parser.add_argument("--data", required=True, help="packed games")
    parser.add_argument("--games", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first game")
    asked = parser.parse_args()
    games = read_packed(asked.data)
    last = min(asked.first + asked.games, len(games))
    start, moves, taken, whole = time.perf_counter(), 0, 0, 0
    for number in range(asked.first, last):
        game = games[number]
        board = game.board()
        try:
            compared = compare(board, game.setup, game.moves)
        except AssertionError as difference:
            print(f"game {number}: {difference}")
            return 1
        moves += compared
        whole += compared == len(game.moves)
        taken += board.prisoners(1) + board.prisoners(-1)
        if (number + 1 - asked.first) % 100 == 0:
            seconds = time.perf_counter() - start
            print(
                f"{number + 1 - asked.first:,} games, {moves:,} moves, {seconds:.0f} s", flush=True
            )
    print(
        f"{last - asked.first:,} games ({whole:,} to their end), {moves:,} moves, {taken:,} stones"
        " taken: no difference"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
