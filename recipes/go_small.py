"""Train the small Go network that comes with the package: `recipes/go-small.md`.

    OMP_NUM_THREADS=1 python -m torch.distributed.run --standalone --nproc-per-node=2 \
        recipes/go_small.py games.bin.xz --backup backup

Positions of the first games of a packed file (`darknet.go.packed`), each turned or flipped at
random. The last `HELD_OUT` games are never read: ``darknet go valid --last`` judges with them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from darknet.cfg import Cfg
from darknet.errors import DarknetError
from darknet.files import write_atomic
from darknet.go.coordinates import PASS
from darknet.go.geometry import SYMMETRIES, symmetry
from darknet.go.packed import PackedGames, read_packed
from darknet.network import Network
from darknet.train.loader import Batch
from darknet.train.parallel import Process, joined
from darknet.train.plan import Plan
from darknet.train.trainer import Trainer
from darknet.weights import Weights

ROOT = Path(__file__).resolve().parents[1]
SIZE, POINTS = 19, 361
HELD_OUT = 500


@dataclass
class Positions:
    """What was on the board, 1 own and -1 other, (n, 361) int8; and the move, 361 for a pass."""

    stones: NDArray[np.int8]
    moves: NDArray[np.int64]

    @classmethod
    def of(cls, games: PackedGames, count: int, share: float, seed: int) -> Positions:
        """A share, drawn at random, of the positions of the first `count` games."""
        draw = np.random.default_rng(seed)
        stones: list[NDArray[np.int8]] = []
        moves: list[int] = []
        for number in range(count):
            game = games[number]
            board = game.board()
            for colour, point in game.moves:
                if draw.random() < share:
                    stones.append(board.array().reshape(-1) * np.int8(colour))
                    moves.append(POINTS if point == PASS else point)
                board.play(point, colour)
        return cls(np.array(stones, np.int8), np.array(moves, np.int64))


class Turned:
    """Batches of positions, each in one of the board's eight views; drawn from seed and number."""

    def __init__(self, positions: Positions, process: Process, batch: int, last: int) -> None:
        self.waited = 0.0
        self._positions, self._batch, self._last = positions, batch, last
        self._process = process
        self._goes = np.array([[*symmetry(SIZE, view), POINTS] for view in range(SYMMETRIES)])
        self._comes = np.argsort(self._goes[:, :POINTS], axis=1)

    def __iter__(self) -> Iterator[Batch]:
        for number in range(self._last):
            started = time.perf_counter()
            made = self._make(number)
            self.waited += time.perf_counter() - started
            yield made

    def _make(self, number: int) -> Batch:
        draw = np.random.default_rng([number, self._process.rank])
        chosen = draw.integers(len(self._positions.moves), size=self._batch)
        views = draw.integers(SYMMETRIES, size=self._batch)
        stones = np.take_along_axis(self._positions.stones[chosen], self._comes[views], axis=1)
        moves = self._goes[views, self._positions.moves[chosen]]
        return Batch(number, stones.reshape(-1, 1, SIZE, SIZE).astype(np.float32), moves)

    def close(self) -> None:
        """Nothing is open."""


def main() -> None:
    """Train, and write ``go-small.weights`` to the folder, whole."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("games", help="packed games")
    parser.add_argument("--cfg", default=str(ROOT / "cfg" / "go-small.cfg"))
    parser.add_argument("--count", type=int, default=12_000, help="games to learn from")
    parser.add_argument("--share", type=float, default=0.25, help="of their positions")
    parser.add_argument("--backup", default="backup", help="the folder to write to")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    try:
        with joined() as process:
            train(given, process)
    except DarknetError as problem:
        raise SystemExit(f"go_small: {problem}") from None


def train(given: argparse.Namespace, process: Process) -> None:
    """One run, from drawn weights to a file of them."""
    games = read_packed(given.games)
    count = min(given.count, len(games) - HELD_OUT)
    positions = Positions.of(games, count, given.share, given.seed + process.rank)
    network = Network.build(Cfg.read(given.cfg))
    plan = Plan(
        network=network,
        photographs=len(positions.moves) * process.world,
        seed=given.seed,
        bf16=process.computes_in_bf16("auto"),
    )
    drawn = Weights.initial(network, np.random.default_rng(given.seed))
    trainer = Trainer(plan, drawn, process)
    batches = Turned(positions, process, plan.net.batch, plan.net.max_batches)
    for step in trainer.run(batches):
        if process.is_main and step.batch % 50 == 0:
            print(f"{step.batch:,}: {step.average:.4f}, {step.images / step.seconds:.0f}/s")
    if process.is_main:
        data = trainer.weights().to_bytes(network)
        write_atomic(Path(given.backup) / "go-small.weights", data)


if __name__ == "__main__":
    main()
