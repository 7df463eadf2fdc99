"""The operations as sizes: what a step of training needs of memory, and nothing computed.

A tensor is its shape, and the block of memory that it lies in; an operation makes blocks, and notes
on a tape which of them the backward pass will look at again, by the rules that torch has for it. So
every layer is counted by its own forward pass: nothing is declared twice. A block is given back
when nothing refers to it any more, as in torch (CPython counts references for both).

Small things (a value a channel, the numbers of a batch) are not counted.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from math import prod

import numpy as np
from numpy.typing import NDArray

from ..layers.ops import Pair
from ..network import Network
from .borders import as_padding, reached
from .evaluate import evaluate

__all__ = ["Peak", "peak_of"]

_FLOAT, _INDEX, _FLAG = 4, 8, 1  # bytes
_ids = itertools.count()


class Meter:
    """Bytes in use now, and the most there were."""

    def __init__(self) -> None:
        self.now = self.most = 0

    def block(self, size: int) -> Block:
        """A new block of so many bytes."""
        return Block(self, size)


class Block:
    """Memory that is in use as long as this object is."""

    __slots__ = ("_meter", "size")

    def __init__(self, meter: Meter, size: int) -> None:
        self._meter, self.size = meter, size
        meter.now += size
        meter.most = max(meter.most, meter.now)

    def __del__(self) -> None:
        self._meter.now -= self.size


class Sized:
    """A tensor: its shape without the batch, its block, and whether it gets a gradient.

    `batched`: there is one for every photograph; else it is a constant, or weights.
    """

    __slots__ = ("batched", "block", "grad", "key", "shape", "weight")

    def __init__(
        self,
        shape: tuple[int, ...],
        block: Block | None,
        *,
        grad: bool,
        batched: bool = True,
        weight: bool = False,
    ) -> None:
        self.shape, self.block, self.grad, self.batched = shape, block, grad, batched
        self.weight = weight
        self.key = next(_ids)


class Entry:
    """An operation on the tape: what it keeps, and where its gradient goes.

    `same`: the gradient of an input is that of the output, and takes no memory of its own.
    """

    __slots__ = ("inputs", "kept", "output", "same")

    def __init__(
        self, output: Sized, inputs: Sequence[Sized], kept: list[Block], same: bool
    ) -> None:
        self.output, self.kept, self.same = output.key, kept, same
        self.inputs = [(x.key, x.shape, x.batched, x.weight) for x in inputs if x.grad]


class SizeOps:
    """Counts, for `part` photographs at once with `item` bytes a value."""

    def __init__(self, part: int, item: int, meter: Meter) -> None:
        self._part, self._item, self.meter = part, item, meter
        self.tape: list[Entry] = []

    # ---- what the operations below are made of

    def bytes_of(self, shape: Iterable[int], batched: bool = True, item: int = 0) -> int:
        """Of a tensor of this shape."""
        return prod(shape) * (item or self._item) * (self._part if batched else 1)

    def _made(
        self,
        shape: tuple[int, ...],
        inputs: Sequence[Sized],
        keeps: Sequence[Sized] = (),
        *,
        keeps_output: bool = False,
        more: int = 0,
        view: bool = False,
        same: bool = False,
    ) -> Sized:
        """The output of an operation; `more` bytes are kept beside the tensors named."""
        grad = any(x.grad for x in inputs)
        batched = any(x.batched for x in inputs)
        block = inputs[0].block if view else self.meter.block(self.bytes_of(shape, batched))
        out = Sized(shape, block, grad=grad, batched=batched)
        if grad:
            kept = [x.block for x in keeps if x.block is not None]
            if keeps_output and block is not None:
                kept.append(block)
            if more:
                kept.append(self.meter.block(more))
            self.tape.append(Entry(out, inputs, kept, same))
        return out

    def backward(self, last: Sized, gradients: dict[int, Block]) -> None:
        """Go back over the tape; `gradients` of weights stay in that dictionary, by key."""
        own: dict[int, Block] = {last.key: self.meter.block(self.bytes_of(last.shape))}
        while self.tape:
            entry = self.tape.pop()
            given = own.pop(entry.output, None)
            if given is None:
                continue
            for key, shape, batched, weight in entry.inputs:
                size = self.bytes_of(shape, batched, _FLOAT if weight else 0)
                new = given if entry.same and not weight else self.meter.block(size)
                if weight:
                    gradients.setdefault(key, new)  # where it is there already it is added to
                else:
                    own[key] = self.meter.block(size) if key in own else new
                del new

    # ---- the operations

    def constant(self, value: NDArray[np.float32] | float) -> Sized:
        shape = np.shape(value)
        return Sized(shape[1:] if len(shape) == 4 else shape, None, grad=False, batched=False)

    def conv2d(
        self, x: Sized, weight: Sized, *, stride: Pair, padding: Pair, dilation: int, groups: int
    ) -> Sized:
        sides = [
            (length + 2 * pad - dilation * (size - 1) - 1) // step + 1
            for length, pad, size, step in zip(
                x.shape[1:], padding, weight.shape[2:], stride, strict=True
            )
        ]
        keeps = ([x] if weight.grad else []) + ([weight] if x.grad else [])
        return self._made((weight.shape[0], *sides), (x, weight), keeps)

    def conv_transpose2d(self, x: Sized, weight: Sized, *, stride: Pair, padding: int) -> Sized:
        steps = zip(x.shape[1:], stride, strict=True)
        sides = [(length - 1) * step + weight.shape[2] for length, step in steps]
        keeps = ([x] if weight.grad else []) + ([weight] if x.grad else [])
        whole = self._made((weight.shape[1], *sides), (x, weight), keeps)
        inner = tuple(side - 2 * padding for side in sides)
        return self._made((weight.shape[1], *inner), (whole,), view=True)

    def max_pool(self, x: Sized, *, size: Pair, stride: Pair, before: Pair, after: Pair) -> Sized:
        padding = as_padding(x.shape[1:], size, stride, before, after)
        if padding is None:
            after = reached(x.shape[1:], size, stride, before, after)
            x, padding = self._padded(x, before, after), (0, 0)
        shape = _pooled(x, size, stride, padding)
        return self._made(shape, (x,), (x,), more=self.bytes_of(shape, item=_INDEX))

    def avg_pool(self, x: Sized, *, size: Pair, stride: Pair, before: Pair, after: Pair) -> Sized:
        padded = self._padded(x, before, after)
        sums = self._made(_pooled(padded, size, stride), (padded,), (padded,))
        return self._made(sums.shape, (sums,))

    def _padded(self, x: Sized, before: Pair, after: Pair) -> Sized:
        return self.pad(x, (0, *before), (0, *after))

    def upsample(self, x: Sized, factor: int) -> Sized:
        channels, height, width = x.shape
        return self._made((channels, height * factor, width * factor), (x,))

    def matmul(self, x: Sized, y: Sized, *, transpose_y: bool = False) -> Sized:
        columns = y.shape[-2] if transpose_y else y.shape[-1]
        if len(y.shape) == 2 and not y.batched:
            keeps = ([x] if y.grad else []) + ([y] if x.grad else [])
            return self._made((*x.shape[:-1], columns), (x, y), keeps)
        # weights of every position: torch writes them out for every photograph
        copies = self.bytes_of(x.shape)
        return self._made((*x.shape[:-1], columns), (x, y), (y,), more=copies)

    def batch_norm(
        self,
        x: Sized,
        *,
        scale: Sized,
        bias: Sized,
        mean: Sized,
        variance: Sized,
        epsilon: float,
        add_to_root: bool,
    ) -> Sized:
        if not scale.grad:
            return self._made(x.shape, (self._made(x.shape, (x,)),), same=True)
        return self._made(x.shape, (x, scale, bias), (x,))

    def add_bias(self, x: Sized, bias: Sized) -> Sized:
        return self._made(x.shape, (x, bias), same=True)

    def softmax(self, x: Sized, axis: int) -> Sized:
        return self._made(x.shape, (x,), keeps_output=True)

    def mean(self, x: Sized, axes: Sequence[int]) -> Sized:
        return self._made(_reduced(x, axes), (x,))

    def sum(self, x: Sized, axes: Sequence[int]) -> Sized:
        return self._made(_reduced(x, axes), (x,))

    def max(self, x: Sized, axes: Sequence[int]) -> Sized:
        return self._made(_reduced(x, axes), (x,), (x,), keeps_output=True)

    def dropout(self, x: Sized, probability: float) -> Sized:
        if probability == 0:
            return x
        return self._made(x.shape, (x,), more=self.bytes_of(x.shape, item=_FLOAT))

    def concat(self, xs: Sequence[Sized], axis: int) -> Sized:
        shape = list(xs[0].shape)
        shape[axis] = sum(x.shape[axis] for x in xs)
        return self._made(tuple(shape), tuple(xs))

    def slice(self, x: Sized, axis: int, start: int, stop: int, step: int = 1) -> Sized:
        shape = list(x.shape)
        shape[axis] = len(range(start, min(stop, shape[axis]), step))
        return self._made(tuple(shape), (x,), view=True)

    def pad(self, x: Sized, before: Sequence[int], after: Sequence[int]) -> Sized:
        triples = zip(x.shape, before, after, strict=True)
        return self._made(tuple(length + low + high for length, low, high in triples), (x,))

    def reshape(self, x: Sized, shape: Sequence[int]) -> Sized:
        # Images lie in memory with their channels last: as another shape they are a copy.
        view = len(x.shape) != 3 or x.shape[0] == 1 or x.shape[1:] == (1, 1)
        return self._made(tuple(shape), (x,), view=view, same=True)

    def transpose(self, x: Sized, axes: Sequence[int]) -> Sized:
        return self._made(tuple(x.shape[axis] for axis in axes), (x,), view=True, same=True)

    def add(self, x: Sized, y: Sized) -> Sized:
        return self._made(_joined(x, y), (x, y), same=x.shape == y.shape)

    def sub(self, x: Sized, y: Sized) -> Sized:
        return self._made(_joined(x, y), (x, y), same=x.shape == y.shape)

    def mul(self, x: Sized, y: Sized) -> Sized:
        keeps = ([x] if y.grad else []) + ([y] if x.grad else [])
        return self._made(_joined(x, y), (x, y), keeps)

    def div(self, x: Sized, y: Sized) -> Sized:
        return self._made(_joined(x, y), (x, y), (x, y) if y.grad else (y,))

    def maximum(self, x: Sized, y: Sized) -> Sized:
        return self._made(_joined(x, y), (x, y), (x, y))

    def minimum(self, x: Sized, y: Sized) -> Sized:
        return self._made(_joined(x, y), (x, y), (x, y))

    def power(self, x: Sized, exponent: float) -> Sized:
        return self._made(x.shape, (x,), (x,))

    def exp(self, x: Sized) -> Sized:
        return self._made(x.shape, (x,), keeps_output=True)

    def tanh(self, x: Sized) -> Sized:
        return self._made(x.shape, (x,), keeps_output=True)

    def sigmoid(self, x: Sized) -> Sized:
        return self._made(x.shape, (x,), keeps_output=True)

    def softplus(self, x: Sized) -> Sized:
        return self._made(x.shape, (x,), (x,))

    def floor(self, x: Sized) -> Sized:
        return self._made(x.shape, (x,))

    def leaky_relu(self, x: Sized, slope: float) -> Sized:
        if slope == 0:
            return self._made(x.shape, (x,), keeps_output=True)
        return self._made(x.shape, (x,), (x,))

    def where_positive(self, x: Sized, yes: Sized, no: Sized) -> Sized:
        shape = _joined(Sized(_joined(x, yes), None, grad=False), no)
        where = Sized(x.shape, None, grad=False, batched=x.batched)  # the choice has no gradient
        return self._made(shape, (yes, no, where), more=self.bytes_of(x.shape, x.batched, _FLAG))


def _pooled(x: Sized, size: Pair, stride: Pair, padding: Pair = (0, 0)) -> tuple[int, ...]:
    sides = zip(x.shape[1:], size, stride, padding, strict=True)
    return (
        x.shape[0],
        *((length + 2 * p - window) // step + 1 for length, window, step, p in sides),
    )


def _reduced(x: Sized, axes: Sequence[int]) -> tuple[int, ...]:
    return tuple(1 if axis in axes else length for axis, length in enumerate(x.shape))


def _joined(x: Sized, y: Sized) -> tuple[int, ...]:
    return np.broadcast_shapes(x.shape, y.shape)


# ---- a network


class Peak:
    """What a part of a batch needs, in bytes: kept for the backward pass, and the most at once."""

    def __init__(self, kept: int, most: int) -> None:
        self.kept, self.most = kept, most


def peak_of(
    network: Network, before: int, part: int, *, frozen: int = 0, item: int = _FLOAT,
    alone: bool = True,
) -> Peak:  # fmt: skip
    """The values and gradients of `part` photographs, forward and backward again.

    before: the layer whose values the loss is computed from. frozen: the first layers that do not
    change. item: bytes a value. alone: the batch has no other parts; else there are gradients of
    the weights from those before, which are not counted here (nor are the weights).
    """
    meter = Meter()
    ops = SizeOps(part, item, meter)
    weights = [_weights(network, index, index >= frozen) for index in range(len(network.nodes))]
    shape = network.input
    image = Sized((shape.channels, shape.height, shape.width), None, grad=False)
    (last,) = evaluate(network, ops, weights, image, (before,))
    kept = meter.now
    gradients: dict[int, Block] = {}
    if not alone:
        everything = [array for arrays in weights for array in arrays.values() if array.grad]
        gradients = {array.key: Block(Meter(), 0) for array in everything}
    ops.backward(last, gradients)
    return Peak(kept, meter.most)


def _weights(network: Network, index: int, learns: bool) -> Mapping[str, Sized]:
    return {
        spec.name: Sized(
            spec.shape,
            None,
            grad=learns and spec.role not in ("mean", "variance"),
            batched=False,
            weight=True,
        )
        for spec in network.nodes[index].weights
    }
