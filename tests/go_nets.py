"""Small Go networks with random weights, for the tests of what plays with networks."""

from __future__ import annotations

import numpy as np

from conftest import network, random_weights
from darknet.go.coordinates import PASS, from_gtp
from darknet.go.evaluation import Evaluation
from darknet.go.policy import Policy
from darknet.runner import Runner

NET = "[net]\nwidth={0}\nheight={0}\nchannels=1\n"
CONV = "[convolutional]\nbatch_normalize=1\nfilters={}\nsize=3\nstride=1\npad=1\nactivation=leaky\n"
POINTS = "[convolutional]\nfilters=1\nsize=1\nstride=1\npad=1\nactivation=linear\n"
MOVES = f"{POINTS}[reorg]\nstride=1\nextra=1\n[softmax]\n"
SMALL = f"{NET}{CONV.format(6)}{CONV.format(6)}{MOVES}"
HEADS = (
    f"{NET}{CONV.format(6)}{CONV.format(6)}"
    f"{POINTS}[activation]\nactivation=tanh\n"
    "[route]\nlayers=1\n[avgpool]\n"
    f"{POINTS}[logistic]\n"
    f"[route]\nlayers=1\n{MOVES}"
)


def policy(text: str = SMALL, size: int = 9, seed: int = 0, engine: str = "openvino") -> Policy:
    """A policy of random weights."""
    net = network(text.format(size))
    return Policy(Runner(net, random_weights(net, seed), engine=engine), "random.weights")


def files(folder, text: str = SMALL, size: int = 9, seed: int = 0) -> tuple[str, str]:
    """Such a network's cfg and weights as files."""
    net = network(text.format(size))
    (folder / "small.cfg").write_text(text.format(size))
    (folder / "small.weights").write_bytes(random_weights(net, seed).to_bytes(net))
    return str(folder / "small.cfg"), str(folder / "small.weights")


class Fixed:
    """Planes that show every position as the same array: for golden vectors."""

    def __init__(self, array: np.ndarray) -> None:
        self.array, self.count = array.astype(np.float32), len(array)

    def of(self, board):
        return self.array


class Told:
    """A policy that says what the test tells it to, point by point; nothing else is probable."""

    has_value = has_ownership = False
    name = "told"

    def __init__(self, said, value=None, ownership=None) -> None:
        self.said, self.value, self.ownership = said, value, ownership
        self.has_ownership = ownership is not None

    def evaluate(self, board, *, symmetries=False):
        priors, a_pass = np.full(board.points, 1e-6, np.float32), 1e-7
        for vertex, share in self.said.items():
            point = from_gtp(vertex, board.size)
            if point == PASS:
                a_pass = share
            else:
                priors[point] = share
        return Evaluation(
            priors.reshape(board.size, board.size), a_pass, self.value, self.ownership,
            board.stones, board.to_move,
        )  # fmt: skip

    def evaluate_all(self, boards, *, symmetries=False):
        return [self.evaluate(board) for board in boards]
