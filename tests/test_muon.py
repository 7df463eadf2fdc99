"""optimizer=muon: orthogonal steps for filters before a batch norm, Nesterov's for all else."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="torch is not installed")

from darknet.errors import EngineError  # noqa: E402
from darknet.weights import Weights  # noqa: E402
from test_train_by_hand import CFG, ByHand, Given, arrays_of, built, trainer_of  # noqa: E402

F64 = NDArray[np.float64]
RATE, MOMENTUM, DECAY = 0.1, 0.9, 0.01
MORE = "optimizer=muon"


def orthogonal(matrix: F64) -> F64:
    """Five steps of Newton and Schulz, as published (K. Jordan), in float64."""
    x = matrix / np.linalg.norm(matrix)
    for _ in range(5):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x


class Steps:
    """What two steps do to the arrays of `ByHand`."""

    def __init__(self) -> None:
        self.memory: dict[str, F64] = {}

    def filters(self, array: F64, gradient: F64) -> F64:
        """Decay apart from the gradient; rows are filters."""
        old = self.memory.get("filters", np.zeros_like(gradient))
        new = self.memory["filters"] = MOMENTUM * old + (1 - MOMENTUM) * gradient
        ahead = MOMENTUM * new + (1 - MOMENTUM) * gradient
        step = orthogonal(ahead.reshape(3, 18)).reshape(array.shape)
        return array * (1 - RATE * DECAY) - RATE * step

    def others(self, name: str, array: F64, gradient: F64) -> F64:
        """Nesterov's momentum, no decay."""
        old = self.memory.get(name)
        new = self.memory[name] = gradient if old is None else MOMENTUM * old + gradient
        return array - RATE * (gradient + MOMENTUM * new)


def test_two_steps_are_those_of_the_publication() -> None:
    network = built(more=MORE)
    trainer, given, steps = trainer_of(network), Given(2), Steps()
    hand = ByHand(Weights.initial(network, np.random.default_rng(3)))
    for _, batch in zip(trainer.run(given), given.batches, strict=True):
        _, gradients = hand.gradients(batch.images.astype(float), batch.labels)
        for name, gradient in gradients.items():
            array = hand.arrays[name]
            if name == "filters":
                hand.arrays[name] = steps.filters(array, gradient)
            else:
                hand.arrays[name] = steps.others(name, array, gradient)
    found = arrays_of(trainer)
    # torch orthogonalizes in bfloat16, whose last place is 1/256; the step is RATE times that
    np.testing.assert_allclose(found["filters"], hand.arrays["filters"], atol=0.02 * RATE)
    for name in ("scales", "shifts", "matrix", "biases"):
        # they follow from filters that differ by as much
        np.testing.assert_allclose(found[name], hand.arrays[name], atol=2e-3, err_msg=name)


def test_the_first_step_has_about_the_same_length_in_every_direction() -> None:
    network = built(more=MORE)
    trainer = trainer_of(network)
    before = arrays_of(trainer)["filters"].copy()
    list(trainer.run(Given()))
    decayed = before * (1 - RATE * DECAY)
    step = (decayed - arrays_of(trainer)["filters"]).reshape(3, 18) / RATE
    lengths = np.linalg.svd(step, compute_uv=False)
    assert lengths.min() > 0.5  # what five steps of that iteration come to, by its author
    assert lengths.max() < 1.5


def test_a_frozen_layer_stays_and_a_network_without_normalization_learns() -> None:
    plain = built(more=MORE, body=CFG.replace("batch_normalize=1\n", ""))
    trainer = trainer_of(plain)
    before = {name: array.copy() for name, array in arrays_without_scales(trainer).items()}
    list(trainer.run(Given()))
    for name, array in arrays_without_scales(trainer).items():
        assert (array != before[name]).any(), name
    frozen = trainer_of(built(more=MORE), frozen=1)
    kept = arrays_of(frozen)["filters"].copy()
    list(frozen.run(Given()))
    assert (arrays_of(frozen)["filters"] == kept).all()


def test_an_older_torch_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.optim, "Muon")
    with pytest.raises(EngineError, match=r"optimizer=muon needs torch 2\.9 or later"):
        trainer_of(built(more=MORE))


def arrays_without_scales(trainer: object) -> dict[str, NDArray[np.float32]]:
    weights = trainer.weights()  # type: ignore[attr-defined]
    return {"filters": weights[0]["weights"], "matrix": weights[2]["weights"]}
