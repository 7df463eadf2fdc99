"""One step of training against numbers worked out in numpy, in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="torch is not installed")

from darknet.cfg import Cfg  # noqa: E402
from darknet.network import Network  # noqa: E402
from darknet.train.loader import Batch  # noqa: E402
from darknet.train.plan import Plan  # noqa: E402
from darknet.train.trainer import Trainer  # noqa: E402
from darknet.weights import Weights  # noqa: E402

F64 = NDArray[np.float64]
RATE, MOMENTUM, DECAY = 0.1, 0.9, 0.01
CFG = """[net]
width=6
height=6
channels=2
batch=4
subdivisions={subdivisions}
learning_rate=0.1
momentum=0.9
decay=0.01
max_batches=10
{more}

[convolutional]
batch_normalize=1
filters=3
size=3
stride=1
pad=1
activation=leaky

[maxpool]
size=2
stride=2

[connected]
output=5
activation=linear

[softmax]
"""


def built(subdivisions: int = 1, more: str = "", body: str = CFG) -> Network:
    return Network.build(Cfg.parse(body.format(subdivisions=subdivisions, more=more)))


def trainer_of(network: Network, **options: object) -> Trainer:
    weights = Weights.initial(network, np.random.default_rng(3))
    return Trainer(Plan(network=network, photographs=100, **options), weights)  # type: ignore[arg-type]


class Given:
    """The same batches again and again."""

    waited = 0.0

    def __init__(self, count: int = 1, seed: int = 5) -> None:
        generator = np.random.default_rng(seed)
        self.batches = [
            Batch(
                number,
                generator.random((4, 2, 6, 6), np.float32),
                generator.integers(0, 5, 4),
            )
            for number in range(count)
        ]

    def __iter__(self):
        return iter(self.batches)

    def close(self) -> None:
        pass


class ByHand:
    """conv 3x3, batch normalization, leaky, maxpool 2x2, connected, softmax: forward and back."""

    def __init__(self, weights: Weights, rolling: float = 0.01) -> None:
        self.rolling = rolling
        first, last = weights[0], weights[2]
        self.arrays: dict[str, F64] = {
            "filters": first["weights"].astype(float),
            "scales": first["scales"].astype(float),
            "shifts": first["biases"].astype(float),
            "matrix": last["weights"].astype(float),
            "biases": last["biases"].astype(float),
        }
        self.steps = {name: np.zeros_like(array) for name, array in self.arrays.items()}
        self.mean, self.variance = np.zeros(3), np.ones(3)

    def windows(self, images: F64) -> F64:
        """(n, 2*3*3, 36): the window around every pixel."""
        padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
        taps = [padded[:, :, r : r + 6, c : c + 6] for r in range(3) for c in range(3)]
        return np.stack(taps, 2).reshape(len(images), 18, 36)

    def gradients(self, images: F64, labels: NDArray[np.int64]) -> tuple[float, dict[str, F64]]:
        """The mean loss, and its gradient for every array."""
        a, n = self.arrays, len(images)
        windows = self.windows(images)
        x = np.einsum("ft,ntp->nfp", a["filters"].reshape(3, 18), windows)
        count = n * 36
        mean = x.mean((0, 2))
        variance = ((x - mean[:, None]) ** 2).sum((0, 2)) / (count - 1)  # as C: over N - 1
        self.mean += self.rolling * (mean - self.mean)
        self.variance += self.rolling * (variance - self.variance)
        root = np.sqrt(variance + 1e-12)[:, None]
        normal = (x - mean[:, None]) / root
        y = a["scales"][:, None] * normal + a["shifts"][:, None]
        active = np.where(y > 0, y, 0.1 * y)
        tiles = active.reshape(n, 3, 3, 2, 3, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, 27, 4)
        pooled = tiles.max(2)
        z = pooled @ a["matrix"].reshape(5, 27).T + a["biases"]
        p = np.exp(z - z.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        loss = -np.log(p[np.arange(n), labels]).mean()
        dz = p.copy()
        dz[np.arange(n), labels] -= 1
        dz /= n
        dpooled = dz @ a["matrix"].reshape(5, 27)
        dtiles = np.zeros_like(tiles)
        chosen = tiles.argmax(2)
        np.put_along_axis(dtiles, chosen[..., None], dpooled[..., None], 2)
        dactive = dtiles.reshape(n, 3, 3, 3, 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(n, 3, 36)
        dy = np.where(y > 0, dactive, 0.1 * dactive)
        dnormal = dy * a["scales"][:, None]
        along = (dnormal * normal).sum((0, 2), keepdims=True)[0] / (count - 1)
        dx = (dnormal - dnormal.mean((0, 2))[:, None] - normal * along) / root
        return loss, {
            "filters": np.einsum("nfp,ntp->ft", dx, windows).reshape(3, 2, 3, 3),
            "scales": (dy * normal).sum((0, 2)),
            "shifts": dy.sum((0, 2)),
            "matrix": (dz.T @ pooled).reshape(a["matrix"].shape),
            "biases": dz.sum(0),
        }

    def step(self, gradients: dict[str, F64], rate: float) -> None:
        """Momentum, decay on weights alone."""
        for name, gradient in gradients.items():
            decay = DECAY if name in ("filters", "matrix") else 0
            whole = gradient + decay * self.arrays[name]
            self.steps[name] = MOMENTUM * self.steps[name] + whole
            self.arrays[name] = self.arrays[name] - rate * self.steps[name]


def arrays_of(trainer: Trainer) -> dict[str, NDArray[np.float32]]:
    weights = trainer.weights()
    return {
        "filters": weights[0]["weights"],
        "scales": weights[0]["scales"],
        "shifts": weights[0]["biases"],
        "matrix": weights[2]["weights"],
        "biases": weights[2]["biases"],
    }


def test_two_steps_are_those_worked_out() -> None:
    network = built()
    trainer, given = trainer_of(network), Given(2)
    hand = ByHand(Weights.initial(network, np.random.default_rng(3)))
    for step, batch in zip(trainer.run(given), given.batches, strict=True):
        loss, gradients = hand.gradients(batch.images.astype(float), batch.labels)
        hand.step(gradients, RATE)
        assert step.loss == pytest.approx(loss, rel=1e-5)
    for name, array in arrays_of(trainer).items():
        # float32 against float64: a few times 2**-24 of the largest, through a dozen operations
        np.testing.assert_allclose(array, hand.arrays[name], rtol=2e-5, atol=2e-6, err_msg=name)
    weights = trainer.weights()
    np.testing.assert_allclose(weights[0]["rolling_mean"], hand.mean, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(weights[0]["rolling_variance"], hand.variance, rtol=1e-5)
    assert weights.header.seen == 8


@pytest.mark.parametrize("share", [0.25, 1.0])
def test_the_rolling_statistics_take_the_share_that_is_asked_for(share: float) -> None:
    """And nothing else changes: the weights are those of any other share."""
    network = built(more=f"rolling={share:g}")
    trainer, usual, given = trainer_of(network), trainer_of(built()), Given(2)
    hand = ByHand(Weights.initial(network, np.random.default_rng(3)), share)
    for _, batch in zip(trainer.run(given), given.batches, strict=True):
        hand.step(hand.gradients(batch.images.astype(float), batch.labels)[1], RATE)
    list(usual.run(Given(2)))
    first, other = trainer.weights()[0], usual.weights()[0]
    np.testing.assert_allclose(first["rolling_mean"], hand.mean, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(first["rolling_variance"], hand.variance, rtol=1e-5)
    assert (first["weights"] == other["weights"]).all()
    assert (first["rolling_variance"] != other["rolling_variance"]).all()


def test_subdivisions_are_normalized_apart_and_their_gradients_added() -> None:
    network = built(subdivisions=2)
    trainer, given = trainer_of(network), Given()
    hand = ByHand(Weights.initial(network, np.random.default_rng(3)))
    batch = given.batches[0]
    halves = [
        hand.gradients(batch.images[s].astype(float), batch.labels[s])
        for s in (slice(0, 2), slice(2, 4))
    ]
    hand.step({name: (halves[0][1][name] + halves[1][1][name]) / 2 for name in hand.arrays}, RATE)
    (step,) = trainer.run(given)
    assert step.loss == pytest.approx((halves[0][0] + halves[1][0]) / 2, rel=1e-5)
    for name, array in arrays_of(trainer).items():
        np.testing.assert_allclose(array, hand.arrays[name], rtol=2e-5, atol=2e-6, err_msg=name)


def test_a_layer_has_its_own_factor_on_the_rate() -> None:
    network = built(body=CFG.replace("output=5", "output=5\nlearning_rate=0.5"))
    trainer, given = trainer_of(network), Given()
    hand = ByHand(Weights.initial(network, np.random.default_rng(3)))
    batch = given.batches[0]
    _, gradients = hand.gradients(batch.images.astype(float), batch.labels)
    before = hand.arrays["matrix"].copy()
    hand.step(gradients, RATE)
    list(trainer.run(given))
    found = arrays_of(trainer)
    np.testing.assert_allclose(
        found["matrix"] - before, (hand.arrays["matrix"] - before) / 2, rtol=1e-3, atol=1e-6
    )
    np.testing.assert_allclose(found["filters"], hand.arrays["filters"], rtol=2e-5, atol=2e-6)


def test_label_smoothing_and_the_average_of_the_weights() -> None:
    network = built(more="label_smooth_eps=0.25\nema_alpha=0.5")
    trainer, given = trainer_of(network), Given()
    hand = ByHand(Weights.initial(network, np.random.default_rng(3)))
    batch = given.batches[0]
    loss, _ = hand.gradients(batch.images.astype(float), batch.labels)
    (step,) = trainer.run(given)
    assert step.loss != pytest.approx(loss, rel=1e-3)
    assert trainer.averaged is not None
    before = Weights.initial(network, np.random.default_rng(3))[0]["weights"]
    now = trainer.weights(averaged=False)[0]["weights"]
    share = 2 / 11  # the memory of the first batch: (1 + 1) / (10 + 1)
    np.testing.assert_allclose(
        trainer.weights()[0]["weights"], share * before + (1 - share) * now, rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize("epsilon_fork", ["pjreddie", "alexeyab"])
def test_one_photograph_and_constant_channels_stay_finite(epsilon_fork: str) -> None:
    cfg = Cfg.parse(CFG.format(subdivisions=4, more=""))
    network = Network.build(cfg, fork=epsilon_fork)  # type: ignore[arg-type]
    trainer, given = trainer_of(network), Given()
    given.batches[0].images[:] = 0.5
    (step,) = trainer.run(given)
    assert math.isfinite(step.loss)
    assert trainer.is_finite()


def test_adam_is_that_of_the_paper() -> None:
    network = built(more="adam=1")
    trainer, given = trainer_of(network), Given(2)
    hand = ByHand(Weights.initial(network, np.random.default_rng(3)))
    means = {name: np.zeros_like(a) for name, a in hand.arrays.items()}
    squares = {name: np.zeros_like(a) for name, a in hand.arrays.items()}
    for number, batch in enumerate(given.batches, 1):
        _, gradients = hand.gradients(batch.images.astype(float), batch.labels)
        for name, gradient in gradients.items():
            whole = gradient + (DECAY if name in ("filters", "matrix") else 0) * hand.arrays[name]
            means[name] = 0.9 * means[name] + 0.1 * whole
            squares[name] = 0.999 * squares[name] + 0.001 * whole**2
            root = np.sqrt(squares[name] / (1 - 0.999**number)) + 1e-7 / 4
            hand.arrays[name] -= RATE * means[name] / (1 - 0.9**number) / root
    list(trainer.run(given))
    for name, array in arrays_of(trainer).items():
        # where a gradient is nearly 0, its sign decides: a few of 135 values may differ
        close = np.isclose(array, hand.arrays[name], rtol=1e-3, atol=1e-4)
        assert close.mean() > 0.97, name
