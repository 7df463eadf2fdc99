"""Training's interpretation of the operations in torch, and a network that learns.

Two operations differ from answering: batch normalization takes the statistics of the batch (and
notes them in the rolling ones), and dropout drops. A frozen layer is one whose parameters need no
gradient: its normalization answers as it does after training, to the bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from ..network import Network
from ..weights import Header, Weights
from .evaluate import evaluate
from .torch import TorchNetwork, TorchOps

__all__ = ["TrainingNetwork", "TrainingOps"]


class TrainingOps(TorchOps):
    """torch's interpretation while a network learns.

    `rolling`: the share of the newest batch in the rolling means and variances (C: 0.01).
    `synchronized`: batch normalization over the batches of all processes together.
    """

    def __init__(self, device: torch.device, *, rolling: float, synchronized: bool = False) -> None:
        super().__init__(device)
        self._rolling, self._synchronized = rolling, synchronized

    def batch_norm(
        self,
        x: Tensor,
        *,
        scale: Tensor,
        bias: Tensor,
        mean: Tensor,
        variance: Tensor,
        epsilon: float,
        add_to_root: bool,
    ) -> Tensor:
        if not scale.requires_grad:
            return super().batch_norm(
                x,
                scale=scale,
                bias=bias,
                mean=mean,
                variance=variance,
                epsilon=epsilon,
                add_to_root=add_to_root,
            )
        share = self._rolling
        if self._synchronized:
            added = epsilon**2 if add_to_root else epsilon
            return _normalized_together(x, scale, bias, mean, variance, added, share)
        # C divides by the variance over N-1, torch by that over N: the factor makes up for it.
        # Where C adds 1e-6 to the root, its square is added to the variance: the same where the
        # variance is 0, and no difference where it is not.
        count = x.numel() // x.shape[1]
        unbiased = (count - 1) / count if count > 1 else 1.0
        added = epsilon**2 if add_to_root else epsilon
        if count == 1:  # nothing to divide by: C has infinity here, torch an error
            return x * 0 + bias[:, None, None]
        return F.batch_norm(
            x, mean, variance, scale * unbiased**0.5, bias, True, share, added * unbiased
        )

    def dropout(self, x: Tensor, probability: float) -> Tensor:
        return F.dropout(x, probability)


def _normalized_together(
    x: Tensor,
    scale: Tensor,
    bias: Tensor,
    mean: Tensor,
    variance: Tensor,
    added: float,
    share: float,
) -> Tensor:
    """Batch normalization with the statistics of all processes' batches, in float32."""
    values = x.float()
    channels = x.shape[1]
    own = torch.cat([values.sum((0, 2, 3)), x.new_full((1,), values.numel() / channels).float()])
    sums = _summed(own)
    count = sums[channels].detach()
    centre = sums[:channels] / count
    away = values - centre[:, None, None]
    squares = _summed((away * away).sum((0, 2, 3)))
    spread = squares / (count - 1).clamp(min=1)
    with torch.no_grad():
        mean.lerp_(centre, share)
        variance.lerp_(spread, share)
    factor = scale / (spread + added).sqrt()
    return (away * factor[:, None, None] + bias[:, None, None]).to(x.dtype)


def _summed(x: Tensor) -> Tensor:
    """The sum over all processes; its gradient is the sum of theirs."""
    from torch.distributed.nn.functional import all_reduce

    total: Tensor = all_reduce(x)  # type: ignore[no-untyped-call]
    return total


class TrainingNetwork(TorchNetwork):
    """A network that learns: call it with (batch, channels, height, width) float32.

    The answer are the values of the layers `before`, which the loss is computed from.
    """

    def __init__(
        self, network: Network, weights: Weights, *before: int, synchronized: bool = False
    ) -> None:
        super().__init__(network, weights)
        self._before = before
        self._synchronized = synchronized

    def forward(self, image: Tensor) -> list[Tensor]:
        """The values that the loss is computed from."""
        arrays = [self.arrays(node.index) for node in self.network.nodes]
        ops = (
            TrainingOps(
                image.device,
                rolling=self.network.net.rolling,
                synchronized=self._synchronized,
            )
            if self.training
            else TorchOps(image.device)
        )
        return evaluate(self.network, ops, arrays, image, self._before)

    def freeze(self, layers: Sequence[int]) -> None:
        """Let nothing in these layers change: parameters, means and variances."""
        for layer in layers:
            if str(layer) in self.layers:
                self.layers[str(layer)].requires_grad_(False)

    def to_weights(self, header: Header) -> Weights:
        """The arrays as they are now, copied."""
        return Weights(
            header,
            tuple(
                {
                    name: value.detach().float().cpu().contiguous().numpy().copy()
                    for name, value in self.arrays(node.index).items()
                }
                for node in self.network.nodes
            ),
        )
