"""Policy networks: positions in, the probability of every move out.

Positions come as boards, from a game or typed by hand (`diagram.read`, `Board.edit`). DarkGo's
input has no history; a network of sixteen planes (`planes.STRONG`) is shown the last moves where a
board knows them, and has learned to answer without.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ..engines import DEFAULT, Settings
from ..errors import DarknetError, InputError, WeightsError, printable
from ..log import tell
from ..network import Network
from ..runner import Runner
from ..weights import Array, Weights
from ..zoo import find, read_cfg
from ..zoo.catalogue import shipped_path
from .board import Board
from .evaluation import Evaluation, Suggestion, suggestions
from .geometry import SYMMETRIES, symmetry
from .heads import Head, Heads, heads_for
from .planes import planes_for

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ..layers import Node

__all__ = ["Evaluation", "Policy", "Suggestion", "default_policy", "suggestions"]

DEFAULT_NETWORKS = ("go", "go-classic")
"""What is taken where no network is named: the first of these that comes with the package."""
_CFGS = (*(f"{name}.cfg" for name in DEFAULT_NETWORKS), "go.test.cfg")
_MOST = 64  # positions answered at once; batches are powers of two, as each size is an engine


class Policy:
    """A network that answers positions. Made by `load`. Safe to use from several threads.

    `name` is the file name of the weights.
    """

    def __init__(self, runner: Runner, name: str) -> None:
        self.runner, self.name = runner, name
        self.planes = planes_for(runner.network)
        self._heads: dict[int, Heads] = {}
        self.check_size(self.size)

    @classmethod
    def load(
        cls,
        cfg: str,
        weights: str | None = None,
        *,
        engine: str = DEFAULT,
        settings: Settings | None = None,
    ) -> Policy:
        """Read a network and its weights; `cfg` may be a model's name, which needs no weights.

        Raises a DarknetError for what cannot be read, does not fit, or is no policy network.
        """
        model = find(cfg)
        network = Network.build(read_cfg(cfg))
        if weights is None:
            if model is None:
                raise InputError("weights: missing (only a model's name goes without)")
            from ..zoo.local import weights_of

            weights = os.fspath(weights_of(model))
        planes_for(network)  # told before a large file is read
        heads_for(network, network.input.width)
        for line in network.warnings:
            tell(line)
        read = _weights(weights, network)
        runner = Runner(network, read, engine=engine, settings=settings)
        return cls(runner, os.path.basename(weights))

    @property
    def size(self) -> int:
        """The number of lines that the cfg says."""
        return self.runner.network.input.width

    @property
    def softmax(self) -> Node:
        """The layer that the probabilities of the moves come from."""
        return self.runner.network.outputs[self._heads[self.size].policy.index]

    @property
    def has_value(self) -> bool:
        """True where it says who wins."""
        return self._heads[self.size].value is not None

    @property
    def has_ownership(self) -> bool:
        """True where it says whose each point will be."""
        return self._heads[self.size].ownership is not None

    def check_size(self, size: int) -> None:
        """InputError unless the network answers boards of `size` lines.

        A network whose layers keep the board's size answers all of them, but it knows only what it
        was trained on.
        """
        self._heads_for(size)

    def _heads_for(self, size: int) -> Heads:
        found = self._heads.get(size)
        if found is None:
            found = self._heads[size] = heads_for(self.runner.network, size)
        return found

    def evaluate(self, board: Board, *, symmetries: bool = False) -> Evaluation:
        """The answer for one position; with `symmetries` the mean over the board's eight.

        Raises InputError for a board of a size that the network does not take.
        """
        return self.evaluate_all([board], symmetries=symmetries)[0]

    def evaluate_all(
        self, boards: Sequence[Board], *, symmetries: bool = False
    ) -> list[Evaluation]:
        """The answers for positions of one size, many at once; with `symmetries` eight of each.

        Raises InputError for boards of several sizes, or of one that the network does not take.
        """
        if not boards:
            return []
        if len({board.size for board in boards}) > 1:
            raise InputError("boards of several sizes: expected one size in one batch")
        heads = self._heads_for(boards[0].size)
        views = SYMMETRIES if symmetries else 1
        share = _MOST // views
        return [
            evaluation
            for start in range(0, len(boards), share)
            for evaluation in self._answer(boards[start : start + share], views, heads)
        ]

    def _answer(self, boards: Sequence[Board], views: int, heads: Heads) -> Iterator[Evaluation]:
        """The answers for as many boards as one batch takes."""
        size, planes = boards[0].size, self.planes.count
        _, sources = _turns(size)
        room = 1 << (len(boards) - 1).bit_length()
        batch = np.zeros((room, views, planes, size, size), np.float32)
        for number, board in enumerate(boards):
            flat = self.planes.of(board).reshape(planes, -1)
            turned = flat[:, sources[:views]].swapaxes(0, 1)
            batch[number] = turned.reshape(views, planes, size, size)
        values = self.runner.run(batch.reshape(room * views, planes, size, size))
        for number, board in enumerate(boards):
            mine = slice(number * views, (number + 1) * views)
            yield self._evaluation(
                board, [value[mine].reshape(views, -1) for value in values], heads
            )

    def _evaluation(self, board: Board, values: list[Array], heads: Heads) -> Evaluation:
        """The mean of the views, brought back to the board."""
        if not all(np.isfinite(value).all() for value in values):
            from ..statistics import damage

            found = damage(self.runner.network, self.runner.weights)
            raise WeightsError(
                f"{printable(self.name, 200)}: the network answers NaN or infinity ("
                f"{found or 'are the weights damaged, or made for another network?'})"
            )
        moves, owner, chance = values[heads.policy.index], None, None
        if heads.value is not None:
            chance = (1 + float(_signed(values, heads.value).mean())) / 2
        if heads.ownership is not None:
            owner = _mean_back(_signed(values, heads.ownership), board.size) * board.to_move
        return Evaluation(
            priors=_mean_back(moves[:, :-1], board.size),
            pass_prior=float(moves[:, -1].mean()),
            value=chance,
            ownership=owner,
            stones=board.stones,
            to_move=board.to_move,
        )

    def close(self) -> None:
        """Let go of the engines' memory and threads."""
        self.runner.close()


def _weights(path: str, network: Network) -> Weights:
    """The weights; WeightsError, which names the cfg of ours that they do fit, where they do not.

    Two networks have weights called go.weights, DarkGo's own and ours.
    """
    try:
        return Weights.read(path, network)
    except WeightsError as problem:
        known = [shipped_path("cfg", name) for name in _CFGS]
        fitting = " or ".join(said for cfg in known if (said := _fitting(path, cfg)))
        if not fitting:
            raise
        raise WeightsError(f"{problem}; it would fit {fitting}") from None


def _fitting(path: str, cfg: Path) -> str:
    """The cfg in words; nothing where the weights do not fit it, or it is not there."""
    try:
        network = Network.build(read_cfg(cfg))
        Weights.read(path, network)
    except DarknetError:
        return ""
    count = network.input.channels
    return f"cfg/{cfg.name} ({count} plane{'s' if count > 1 else ''})"


@lru_cache(maxsize=32)
def _turns(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each symmetry where each point goes, and which point comes to each: (8, points) both."""
    goes = np.array([symmetry(size, number) for number in range(SYMMETRIES)], dtype=np.intp)
    return goes, np.argsort(goes, axis=1)


def _mean_back(views: Array, size: int) -> Array:
    """The mean of (views, points), each taken back to where its points came from."""
    goes, _ = _turns(size)
    back = np.take_along_axis(views, goes[: len(views)], axis=1)
    mean: Array = back.mean(axis=0, dtype=np.float32).reshape(size, size)
    return mean


def _signed(values: list[Array], head: Head) -> Array:
    """A head's values as -1..1."""
    found = values[head.index]
    return found if head.signed else 2 * found - 1


def default_policy() -> tuple[str, str]:
    """The cfg and weights of the best network that comes with the package.

    The weights' file name says which it is. InputError where there is none.
    """
    for name in DEFAULT_NETWORKS:
        cfg, weights = (
            shipped_path("cfg", f"{name}.cfg"),
            shipped_path("weights", f"{name}.weights"),
        )
        if cfg.is_file() and weights.is_file():
            return str(cfg), str(weights)
    raise InputError(f"{weights.name} does not come with this installation: name a CFG and WEIGHTS")
