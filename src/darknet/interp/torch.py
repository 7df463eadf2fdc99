"""The operations in torch, and a network as an ordinary `torch.nn.Module`.

Here it only answers (batch normalization uses the rolling statistics and dropout is the identity);
`training` builds on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ..layers.ops import Pair
from ..network import Network
from ..weights import Weights
from .borders import as_padding, reached
from .evaluate import evaluate

__all__ = ["TorchNetwork", "TorchOps"]


class TorchNetwork(torch.nn.Module):
    """A network with its weights; call it with (batch, channels, height, width) float32.

    Parameters are named ``layers.3.weights`` after layer number and array; means and variances are
    buffers.
    """

    def __init__(self, network: Network, weights: Weights) -> None:
        super().__init__()
        self.network = network
        self.layers = torch.nn.ModuleDict()
        for node in network.nodes:
            if node.weights:
                holder = torch.nn.Module()
                for spec in node.weights:
                    value = torch.from_numpy(np.array(weights[node.index][spec.name]))
                    if spec.role in ("mean", "variance"):
                        holder.register_buffer(spec.name, value)
                    else:
                        holder.register_parameter(spec.name, torch.nn.Parameter(value))
                self.layers[str(node.index)] = holder

    def forward(self, image: Tensor) -> list[Tensor]:
        """The values of the network's output layers, in network order."""
        arrays = [self.arrays(node.index) for node in self.network.nodes]
        return evaluate(self.network, TorchOps(image.device), arrays, image)

    def arrays(self, layer: int) -> Mapping[str, Tensor]:
        """What a layer has, by name."""
        if str(layer) not in self.layers:
            return {}
        holder = self.layers[str(layer)]
        return dict(holder.named_parameters()) | dict(holder.named_buffers())


class TorchOps:
    """torch's interpretation, on one device."""

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def constant(self, value: NDArray[np.float32] | float) -> Tensor:
        return torch.as_tensor(value, dtype=torch.float32, device=self.device)

    def conv2d(
        self,
        x: Tensor,
        weight: Tensor,
        *,
        stride: Pair,
        padding: Pair,
        dilation: int,
        groups: int,
    ) -> Tensor:
        return F.conv2d(x, weight, stride=stride, padding=padding, dilation=dilation, groups=groups)

    def conv_transpose2d(self, x: Tensor, weight: Tensor, *, stride: Pair, padding: int) -> Tensor:
        whole = F.conv_transpose2d(x, weight, stride=stride)
        height, width = whole.shape[2] - padding, whole.shape[3] - padding
        return whole[:, :, padding:height, padding:width]

    def max_pool(self, x: Tensor, *, size: Pair, stride: Pair, before: Pair, after: Pair) -> Tensor:
        padding = as_padding(x.shape[2:], size, stride, before, after)
        if padding is not None:
            return F.max_pool2d(x, size, stride, padding)
        after = reached(x.shape[2:], size, stride, before, after)
        padded = F.pad(x, (before[1], after[1], before[0], after[0]), value=-torch.inf)
        return F.max_pool2d(padded, size, stride)

    def avg_pool(self, x: Tensor, *, size: Pair, stride: Pair, before: Pair, after: Pair) -> Tensor:
        border = (before[1], after[1], before[0], after[0])
        inside = F.pad(torch.ones_like(x[:1, :1]), border)
        return F.avg_pool2d(F.pad(x, border), size, stride) / F.avg_pool2d(inside, size, stride)

    def upsample(self, x: Tensor, factor: int) -> Tensor:
        return F.interpolate(x, scale_factor=float(factor), mode="nearest")

    def matmul(self, x: Tensor, y: Tensor, *, transpose_y: bool = False) -> Tensor:
        return torch.matmul(x, y.transpose(-1, -2) if transpose_y else y)

    def add_bias(self, x: Tensor, bias: Tensor) -> Tensor:
        return x + bias[:, None, None]

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
        root = variance.sqrt() + epsilon if add_to_root else (variance + epsilon).sqrt()
        factor = scale / root
        shift = bias - mean * factor
        return x * factor[:, None, None] + shift[:, None, None]

    def softmax(self, x: Tensor, axis: int) -> Tensor:
        return torch.softmax(x, axis + 1)

    def mean(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        return x.mean([axis + 1 for axis in axes], keepdim=True)

    def sum(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        return x.sum([axis + 1 for axis in axes], keepdim=True)

    def max(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        return x.amax([axis + 1 for axis in axes], keepdim=True)

    def dropout(self, x: Tensor, probability: float) -> Tensor:
        return x

    def concat(self, xs: Sequence[Tensor], axis: int) -> Tensor:
        return torch.cat(list(xs), axis + 1)

    def slice(self, x: Tensor, axis: int, start: int, stop: int, step: int = 1) -> Tensor:
        return x[(slice(None),) * (axis + 1) + (slice(start, stop, step),)]

    def pad(self, x: Tensor, before: Sequence[int], after: Sequence[int]) -> Tensor:
        pairs = list(zip(before, after, strict=True))
        return F.pad(x, [count for pair in reversed(pairs) for count in pair])

    def reshape(self, x: Tensor, shape: Sequence[int]) -> Tensor:
        return x.reshape(len(x), *shape)

    def transpose(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        return x.permute(0, *(axis + 1 for axis in axes))

    def add(self, x: Tensor, y: Tensor) -> Tensor:
        return x + y

    def sub(self, x: Tensor, y: Tensor) -> Tensor:
        return x - y

    def mul(self, x: Tensor, y: Tensor) -> Tensor:
        return x * y

    def div(self, x: Tensor, y: Tensor) -> Tensor:
        return x / y

    def maximum(self, x: Tensor, y: Tensor) -> Tensor:
        return torch.maximum(x, y)

    def minimum(self, x: Tensor, y: Tensor) -> Tensor:
        return torch.minimum(x, y)

    def power(self, x: Tensor, exponent: float) -> Tensor:
        return x**exponent

    def exp(self, x: Tensor) -> Tensor:
        return x.exp()

    def tanh(self, x: Tensor) -> Tensor:
        return x.tanh()

    def sigmoid(self, x: Tensor) -> Tensor:
        return x.sigmoid()

    def softplus(self, x: Tensor) -> Tensor:
        return F.softplus(x)

    def floor(self, x: Tensor) -> Tensor:
        return x.floor()

    def leaky_relu(self, x: Tensor, slope: float) -> Tensor:
        return F.relu(x) if slope == 0 else F.leaky_relu(x, slope)

    def where_positive(self, x: Tensor, yes: Tensor, no: Tensor) -> Tensor:
        return torch.where(x > 0, yes, no)
