"""Go: a position by engine, what choosing a move takes besides, replaying games for training.

    python benchmarks/go.py [--rounds 31] [--threads 2]

Aims: a move is chosen within 2 ms beyond the network; over 300,000 positions a second on one core.
The network is cfg/go.test.cfg with weights as training begins with (the time does not depend on
them). A row's `besides` is what it takes longer than the same engine's bare run of the same batch.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median, quantiles

import numpy as np

from darknet.cfg import Cfg
from darknet.engines import Settings
from darknet.go.board import Board
from darknet.go.choice import Choice, Player
from darknet.go.packed import PackedGames, read_packed
from darknet.go.policy import Policy
from darknet.go.positions import replayed
from darknet.go.rules import rules_named
from darknet.network import Network
from darknet.runner import Runner
from darknet.weights import Array, Weights
from measure import arguments, medians, report, shared_folder

CFG = Path(__file__).parent.parent / "cfg" / "go.test.cfg"
ENGINES = ("openvino", "onnxruntime", "torch")
GAMES, EVERY = 1, 2  # games for choosing moves, and every which move of them
RULES = rules_named("chinese")

Row = dict[str, object]


def policies(threads: int) -> dict[str, Policy]:
    """The same network on every engine, in float32."""
    network = Network.build(Cfg.read(CFG))
    weights = Weights.initial(network, np.random.default_rng(0))
    settings = Settings("f32", threads)
    return {
        name: Policy(Runner(network, weights, engine=name, settings=settings), "initial")
        for name in ENGINES
    }


def answers(subjects: dict[str, Policy], board: Board, rounds: int) -> list[Row]:
    """Milliseconds for one position, alone and in eight views, engines in turn."""
    runs: dict[str, Callable[[], object]] = {}
    for name, policy in subjects.items():
        plane = policy.planes.of(board)[None]
        for batch in (1, 8):
            runs[f"{name}|{batch}|run"] = partial(policy.runner.run, np.repeat(plane, batch, 0))
            runs[f"{name}|{batch}|evaluate"] = partial(
                policy.evaluate, board, symmetries=batch == 8
            )
    found = medians(runs, rounds)
    rows = []
    for key, milliseconds in found.items():
        name, views, what = key.split("|")
        rows.append(
            {
                "what": f"{what}, batch {views}",
                "engine": name,
                "ms": milliseconds,
                "of OpenVINO": milliseconds / found[f"openvino|{views}|{what}"],
                "besides, ms": milliseconds - found[f"{name}|{views}|run"],
            }
        )
    return rows


def positions_of(games: PackedGames) -> Iterator[tuple[int, Board]]:
    """Positions of a few games, in order, with the number of the game."""
    for number in range(min(GAMES, len(games))):
        game = games[number]
        board = game.board()
        for turn, (colour, point) in enumerate(game.moves):
            if turn % EVERY == 0:
                yield number, board
            board.play(point, colour)


class Watched:
    """A policy's network with a watch on it: `seconds` spent in it."""

    def __init__(self, policy: Policy) -> None:
        self._run, self.seconds = policy.runner.run, 0.0
        policy.runner.run = self  # type: ignore[method-assign]

    def __call__(self, batch: Array) -> list[Array]:
        """Run it."""
        begin = time.perf_counter()
        answer = self._run(batch)
        self.seconds += time.perf_counter() - begin
        return answer


def choosing(policy: Policy, watch: Watched, games: PackedGames, choice: Choice) -> Row:
    """What choosing takes beyond the network, every other move through whole games."""
    totals: list[float] = []
    besides: list[float] = []
    players: dict[int, Player] = {}
    for number, board in positions_of(games):
        player = players.setdefault(number, Player(policy, choice, 0))
        before, begin = watch.seconds, time.perf_counter()
        player.choose(board, RULES, 7.5)
        total = time.perf_counter() - begin
        totals.append(1e3 * total)
        besides.append(1e3 * (total - (watch.seconds - before)))
    name = "symmetries" if choice.symmetries else "assist" if choice.assist else "plain"
    slow, mean = quantiles(besides, n=20)[-1], sum(besides) / len(besides)
    return {
        "what": f"choose, {name}; besides: mean {mean:.2f}, 95 % within {slow:.2f} ms",
        "engine": "openvino",
        "ms": median(totals),
        "of OpenVINO": 1.0,
        "besides, ms": median(besides),
    }


def replaying(games: PackedGames, rounds: int) -> list[Row]:
    """Positions a second on one core: as bits, and with boards of int8."""
    count = len(replayed(games))
    found = medians(
        {
            "replay to bits": lambda: replayed(games),
            "replay to int8 boards": lambda: replayed(games).stones(),
        },
        rounds,
    )
    return [
        {
            "what": f"{name}: {count * 1e3 / milliseconds:,.0f} positions/s",
            "engine": "Numba",
            "ms": milliseconds,
            "of OpenVINO": float("nan"),
            "besides, ms": float("nan"),
        }
        for name, milliseconds in found.items()
    ]


def main() -> None:
    """Print the table."""
    given: argparse.Namespace = arguments(__doc__ or "", rounds=31)
    games = read_packed(shared_folder(given) / "data" / "go" / "games_mini.bin.xz")
    subjects = policies(given.threads)
    board = games[0].board()
    for colour, point in games[0].moves[:60]:
        board.play(point, colour)
    rows = answers(subjects, board, given.rounds)
    watch = Watched(subjects["openvino"])
    choices = (Choice(), Choice(symmetries=True), Choice(assist=True))
    rows += [choosing(subjects["openvino"], watch, games, choice) for choice in choices]
    rows += replaying(games, given.rounds)
    report(rows, given.json)


if __name__ == "__main__":
    main()
