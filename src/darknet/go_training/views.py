"""Planes for a network, made on the device that computes from positions that are bits.

What a network learns from are the planes that it is shown when it plays (`darknet.go.planes`), to
the bit: tests compare them.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..go.examples import PAST, Examples
from ..go.geometry import SYMMETRIES, symmetry
from ..go.mixing import Mixed
from ..go.planes import CLASSIC, STRONG, Planes

__all__ = ["Viewer"]

SIZE, POINTS = 19, 361
PASS = POINTS
_FEW = 3


class Viewer:
    """Makes planes and moves of a batch; `planes` is `CLASSIC` or `STRONG`."""

    def __init__(self, planes: Planes, device: torch.device) -> None:
        if planes not in (CLASSIC, STRONG):
            raise ValueError(f"{planes}: no planes to learn from")
        self.device, self._count = device, planes.count
        goes = np.array([(*symmetry(SIZE, view), PASS) for view in range(SYMMETRIES)])
        self._goes = torch.from_numpy(goes).to(device)
        self._comes = torch.from_numpy(np.argsort(goes[:, :PASS], axis=1)).to(device)
        self._shifts = torch.arange(8, dtype=torch.uint8, device=device)

    def __call__(self, mixed: Mixed) -> tuple[Tensor, Tensor]:
        """Planes (n, count, 19, 19), float32, channels last; and moves (n,), 361 for a pass."""
        found, views = mixed.examples, self._sent(mixed.views)
        moves = self._goes[views, self._sent(found.moves)]
        if self._count == CLASSIC.count:
            stones = self._turned(self._sent(found.bits[:, :2]), views)
            planes = stones[:, :1].view(torch.int8) - stones[:, 1:].view(torch.int8)
        else:
            stones = self._turned(self._sent(found.bits), views)
            planes = self._strong(stones, found, views)
        images = planes.reshape(-1, self._count, SIZE, SIZE)  # of bytes till here
        return images.to(torch.float32, memory_format=torch.channels_last), moves

    def _sent(self, array: NDArray[np.generic]) -> Tensor:
        sent = torch.from_numpy(np.ascontiguousarray(array)).to(self.device)
        return sent if array.ndim > 2 else sent.long()

    def _turned(self, bits: Tensor, views: Tensor) -> Tensor:
        """Boards (n, k, 361) of 0 and 1 as they look in their views, from bits (n, k, 48)."""
        flat = bits[..., None].bitwise_right_shift(self._shifts).bitwise_and(1).flatten(2)
        where = self._comes[views][:, None].expand(-1, flat.shape[1], -1)
        return flat[..., :POINTS].gather(2, where)

    def _strong(self, stones: Tensor, found: Examples, views: Tensor) -> Tensor:
        own, other, few = stones[:, :1], stones[:, 1:2], stones[:, 2:]
        past = self._sent(found.last)
        planes = stones.new_zeros(len(stones), self._count, POINTS)
        planes[:, 0:1], planes[:, 1:2], planes[:, 2] = own, other, 1
        planes[:, 3 : 3 + _FEW], planes[:, 6 : 6 + _FEW] = few * own, few * other
        for back in range(PAST):
            self._mark(planes[:, 9 + back], past[:, back], views)
        self._mark(planes[:, 14], self._sent(found.kos), views)
        is_empty = (own | other).sum((1, 2)) == 0
        planes[:, 15] = ((past[:, 0] >= 0) | is_empty)[:, None]
        return planes

    def _mark(self, plane: Tensor, points: Tensor, views: Tensor) -> None:
        """Set a point of each board of `plane` (n, 361) to one, where there is such a point."""
        on_board = ((points >= 0) & (points < POINTS)).to(plane.dtype)
        places = self._goes[views, points.clamp(0, PASS - 1)]
        plane.scatter_(1, places[:, None], on_board[:, None])
