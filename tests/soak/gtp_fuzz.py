"""Random commands for the GTP engine, in this process: framing, faults, the board.

    python tests/soak/gtp_fuzz.py --commands 100000 --seed 1
    python tests/soak/gtp_fuzz.py --seed 1 --game 17        that game again, line by line

A game is GAME lines for a fresh engine with a small network of random weights (of two kinds: with
moves alone, and with a value and ownership). After every line: one whole reply with the right
number, or none where there is no command; no internal fault; nothing on the board changed by what
only looks; no line takes longer than SLOWEST seconds. Exit code 1 at the first game that breaks a
rule.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent))

import go_nets
from gtp_desk import Desk
from gtp_noise import Wrong, answered, line

GAME = 500
SLOWEST = 60.0
RULES = ("chinese", "japanese", "tromp-taylor", "aga", "new-zealand")


def main() -> int:
    """Play the games; 0 where all held."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--commands", type=int, default=10_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--game", type=int, help="one game again, every line printed")
    given = parser.parse_args()
    policies = [go_nets.policy(size=5), go_nets.policy(go_nets.HEADS, size=5)]
    games = [given.game] if given.game is not None else range(-(-given.commands // GAME))
    kinds: Counter[str] = Counter()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number in games:
            if not play(given.seed, number, policies, kinds, given.game is not None):
                return 1
            if number % 20 == 19:
                print(f"{sum(kinds.values())} lines, {time.monotonic() - began:.0f} s", flush=True)
        os.chdir("/")
    total = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    print(f"held: {sum(kinds.values())} lines in {time.monotonic() - began:.0f} s ({total})")
    return 0


def play(seed: str, number: int, policies: list, kinds: Counter[str], is_shown: bool) -> bool:
    """One game; what was wrong is printed."""
    draw = Random(f"{seed}:{number}")
    Path("game.sgf").write_text("(;SZ[5]AB[aa][bb];W[cc];B[dd];W[])")
    Path("broken.sgf").write_bytes(bytes(draw.choices(b"(;SZBW[]abc59)", k=40)))
    desk = Desk(5, rules=draw.choice(RULES), policy=draw.choice(policies), seed=number)
    for at in range(GAME):
        data = line(draw, desk.session.board.size)
        if is_shown:
            print(at, data, flush=True)
        began = time.monotonic()
        try:
            answered(desk, data)
            if time.monotonic() - began > SLOWEST:
                raise Wrong(f"took {time.monotonic() - began:.0f} seconds")
        except Exception as problem:
            print(f"game {seed}:{number}, line {at}, {data!r}: {type(problem).__name__}: {problem}")
            return False
        kinds[KIND[desk.last[:1]]] += 1
    return True


KIND = {b"=": "accepted", b"?": "refused", b"": "empty"}

if __name__ == "__main__":
    sys.exit(main())
