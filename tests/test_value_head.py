"""A second output, the chance to win: its loss and gradient, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from conftest import network, random_weights  # noqa: E402
from darknet.errors import UnsupportedError  # noqa: E402
from darknet.interp.training import TrainingNetwork  # noqa: E402
from darknet.train.losses import VALUE, Loss, one_hot  # noqa: E402

TRUNK = (
    "[net]\nwidth=3\nheight=3\nchannels=1\nvalue_scale=0.25\n"
    "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=leaky\n"
)
VALUE_HEAD = "[avgpool]\n[connected]\noutput=1\nactivation=linear\n[logistic]\n[route]\nlayers=0\n"
POLICY_HEAD = "[convolutional]\nfilters=1\nsize=1\nactivation=linear\n[reorg]\nextra=1\n[softmax]\n"


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_the_loss_of_both_heads_is_that_worked_out() -> None:
    net = network(TRUNK + VALUE_HEAD + POLICY_HEAD)
    loss = Loss.of(net)
    module = TrainingNetwork(net, random_weights(net), *loss.before).train()
    images = torch.randn(5, 1, 3, 3, generator=torch.Generator().manual_seed(1))
    policy, value = module(images)
    labels = np.array([0, 9, 3, 3, 8])
    won = np.array([1.0, np.nan, 0.0, 0.5, 1.0])
    found = loss([policy, value], one_hot(torch.tensor(labels), 10), {VALUE: torch.tensor(won)})
    z = policy.detach().double().numpy().reshape(5, 10)
    logs = z - np.log(np.exp(z).sum(1, keepdims=True))
    v = value.detach().double().numpy().reshape(5)
    p, known = sigmoid(v), ~np.isnan(won)
    entropy = -(won * np.log(p) + (1 - won) * np.log(1 - p))[known]
    expected = -logs[np.arange(5), labels].mean() + 0.25 * entropy.sum() / 5
    assert float(found.detach()) == pytest.approx(expected, rel=1e-5)
    (gradient,) = torch.autograd.grad(found, value)
    wanted = np.where(known, 0.25 * (p - np.nan_to_num(won)) / 5, 0)
    np.testing.assert_allclose(gradient.numpy().reshape(5), wanted, rtol=1e-4, atol=1e-7)


def test_where_nothing_is_known_of_the_value_the_policy_learns_alone() -> None:
    net = network(TRUNK + VALUE_HEAD + POLICY_HEAD)
    loss = Loss.of(net)
    values = [torch.randn(2, 10, 1, 1), torch.randn(2, 1, 1, 1)]
    truth = one_hot(torch.tensor([1, 2]), 10)
    alone = loss(values, truth)
    assert torch.equal(loss(values, truth, {VALUE: torch.tensor([torch.nan, torch.nan])}), alone)


@pytest.mark.parametrize(
    "head",
    [
        VALUE_HEAD.replace("[logistic]", "[activation]\nactivation=tanh"),
        VALUE_HEAD.replace("output=1", "output=2"),
        VALUE_HEAD + VALUE_HEAD,
    ],
    ids=["tanh", "two values", "two heads"],
)
def test_other_outputs_are_refused(head: str) -> None:
    net = network(TRUNK + head + POLICY_HEAD)
    with pytest.raises(UnsupportedError, match=r"expected one \[softmax\] and one value through"):
        Loss.of(net)
