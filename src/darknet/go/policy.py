"""Policy networks: a position in, the probability of every move out."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from ..engines import DEFAULT, Settings
from ..errors import InputError, NetworkError, WeightsError
from ..network import Network
from ..runner import Runner
from ..weights import Array, Weights
from ..zoo import find, read_cfg
from ..zoo.catalogue import shipped_path
from .board import Board
from .evaluation import Evaluation, Suggestion, suggestions
from .geometry import SYMMETRIES, symmetry
from .planes import planes_for

__all__ = ["Evaluation", "Policy", "Suggestion", "default_policy", "suggestions"]

DEFAULT_NETWORK = "go-small"


class Policy:
    """A network that answers positions. Made by `load`. Safe to use from several threads."""

    def __init__(self, runner: Runner, name: str) -> None:
        self.runner, self.name = runner, name
        self.planes = planes_for(runner.network)
        self.check_size(runner.network.input.width)

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
        runner = Runner(network, Weights.read(weights, network), engine=engine, settings=settings)
        return cls(runner, os.path.basename(weights))

    def check_size(self, size: int) -> None:
        """InputError unless the network answers boards of `size` lines."""
        self._network(size)

    def _network(self, size: int) -> Network:
        network = self.runner.network
        own = network.input
        if (own.height, own.width) != (size, size):
            try:
                network = network.resized(size, size)
            except NetworkError:
                raise InputError(
                    f"{network.cfg.label}: takes boards of {own.width} lines only, not {size}"
                ) from None
        if network.outputs[-1].output.size != size * size + 1:
            raise InputError(
                f"{network.cfg.label}: answers {network.outputs[-1].output.size} values for a board"
                f" of {size} lines; expected {size * size + 1}, one a point and one for the pass"
            )
        return network

    def evaluate(self, board: Board, *, symmetries: bool = False) -> Evaluation:
        """The answer for one position; with `symmetries` the mean over the board's eight."""
        return self.evaluate_all([board], symmetries=symmetries)[0]

    def evaluate_all(
        self, boards: Sequence[Board], *, symmetries: bool = False
    ) -> list[Evaluation]:
        """The answers for positions of one size, as one batch (of eight a position, perhaps)."""
        if not boards:
            return []
        size = boards[0].size
        if any(board.size != size for board in boards):
            raise InputError("boards of several sizes in one batch")
        self.check_size(size)
        views = SYMMETRIES if symmetries else 1
        batch = np.stack([plane for board in boards for plane in self._views(board, views)])
        values = self.runner.run(batch)[-1].reshape(len(boards), views, -1)
        return [self._evaluation(size, value) for value in values]

    def _views(self, board: Board, views: int) -> list[Array]:
        """The planes under the first `views` symmetries."""
        flat = self.planes.of(board).reshape(self.planes.count, -1)
        turned = []
        for number in range(views):
            view = np.empty_like(flat)
            view[:, symmetry(board.size, number)] = flat
            turned.append(view.reshape(-1, board.size, board.size))
        return turned

    def _evaluation(self, size: int, values: Array) -> Evaluation:
        """The mean of `values`, (views, size * size + 1), brought back to the board."""
        if not np.isfinite(values).all():
            raise WeightsError(f"{self.name}: the network answers NaN or infinity")
        back = [view[list(symmetry(size, number))] for number, view in enumerate(values)]
        priors = np.mean(back, axis=0, dtype=np.float32).reshape(size, size)
        return Evaluation(priors, float(values[:, -1].mean()))

    def close(self) -> None:
        """Let go of the engines' memory and threads."""
        self.runner.close()


def default_policy() -> tuple[str, str]:
    """The cfg and weights of the network that comes with the package; InputError without one."""
    cfg = shipped_path("cfg", f"{DEFAULT_NETWORK}.cfg")
    weights = shipped_path("weights", f"{DEFAULT_NETWORK}.weights")
    if not (cfg.is_file() and weights.is_file()):
        raise InputError(
            f"{weights.name} does not come with this installation: name a CFG and WEIGHTS"
        )
    return str(cfg), str(weights)
