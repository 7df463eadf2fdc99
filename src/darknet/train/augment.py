"""Augmentation: every photograph is seen a little differently each time, as ``[net]`` says.

What C does, in its order: stretch by up to `aspect`, scale so that the shorter side has `low` to
`high` pixels, turn by up to `angle` degrees, take a window of the network's size anywhere in it
(beyond the photograph its edge is repeated), mirror half of them, change hue, saturation and
exposure. With ``center=1`` the window is the photograph's middle square, scaled.

Ours, and off unless asked for: `translate` moves the window by whole pixels, `cutout` greys a
square, `reflect` mirrors the photograph at its edges instead of repeating these, and with
`alternate` it is not drawn which ones are mirrored: the epoch decides (see `loader.mirrored`).

How a photograph is changed is drawn before its size is known, so that the draws of a batch depend
on its number and the seed alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..image import Pixels
from ..layers import NetSection
from .colour import distort
from .warp import TO_ONE, Affine, shifted, warped

__all__ = ["Augmentation", "Draw"]

GREY = np.float32(0.5)


class Draw(NamedTuple):
    """How one photograph is changed.

    aspect: factor on its width before the shorter side is found. size: that side's pixels.
    radians: the turn. across, down: -1..1, the place of the window in the room that there is.
    flip: mirrored. hue: share of the circle; saturation, exposure: factors. left, up: whole pixels
    (`translate`). column, row: the middle of the grey square (`cutout`).
    """

    aspect: float
    size: int
    radians: float
    across: float
    down: float
    flip: bool
    hue: float
    saturation: float
    exposure: float
    left: int
    up: int
    column: int
    row: int


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """What may be done to photographs; sizes in pixels, `angle` in degrees, the rest as in [net].

    The defaults change nothing of a photograph that has the network's size.
    Raises InputError for a factor that is not above 0.
    """

    width: int
    height: int
    low: int
    high: int
    angle: float = 0
    aspect: float = 1
    hue: float = 0
    saturation: float = 1
    exposure: float = 1
    flip: bool = False
    center: bool = False
    translate: int = 0
    cutout: int = 0
    reflect: bool = False
    alternate: bool = False

    def __post_init__(self) -> None:
        for option in ("aspect", "saturation", "exposure"):
            value = getattr(self, option)
            if not (math.isfinite(value) and value > 0):
                raise InputError(f"{option}={value:g}: expected above 0 (1 changes nothing)")
        for option in ("angle", "hue"):
            if not math.isfinite(getattr(self, option)):
                raise InputError(f"{option}={getattr(self, option):g}: expected a number")
        if min(self.width, self.height, self.low, self.high) < 1:
            raise InputError(
                f"photographs of {self.width} x {self.height} pixels, scaled to {self.low} to "
                f"{self.high}: expected at least 1 (width, height, min_crop, max_crop)"
            )

    @classmethod
    def of(cls, net: NetSection) -> Augmentation:
        """What a cfg's ``[net]`` asks for; InputError for a network that takes no photographs."""
        if not (net.width and net.height):
            raise InputError("[net]: no width and height; expected a network for photographs")
        low, high = net.min_crop or net.width, net.max_crop or 2 * net.width
        if net.min_ratio:
            low = int(net.min_ratio * net.width)
        if net.max_ratio:
            high = int(net.max_ratio * net.width)
        return cls(
            width=net.width,
            height=net.height,
            low=min(low, high),
            high=max(low, high),
            angle=net.angle,
            aspect=net.aspect,
            hue=net.hue,
            saturation=net.saturation,
            exposure=net.exposure,
            flip=bool(net.flip),
            center=bool(net.center),
            translate=net.translate,
            cutout=net.cutout,
            reflect=net.reflect,
            alternate=net.alternate_flip,
        )

    @property
    def colours(self) -> bool:
        """True where colours change."""
        return self.hue != 0 or self.saturation != 1 or self.exposure != 1

    def draw(
        self,
        generator: np.random.Generator,
        count: int,
        mirrored: NDArray[np.bool_] | None = None,
    ) -> list[Draw]:
        """How each of `count` photographs is changed.

        mirrored: which ones are, where `flip` lets them; None draws it.
        As many numbers are drawn whatever the options are, so that two runs which differ in one
        option see the same windows.
        """
        turn, step = math.radians(self.angle), self.translate
        columns: list[Iterable[float]] = [
            _factors(generator, self.aspect, count),
            generator.integers(self.low, self.high, size=count, endpoint=True).tolist(),
            (turn * generator.uniform(-1, 1, count)).tolist(),
            generator.uniform(-1, 1, count).tolist(),
            generator.uniform(-1, 1, count).tolist(),
            (_either(mirrored, generator.random(count) < 0.5) & self.flip).tolist(),
            (self.hue * generator.uniform(-1, 1, count)).tolist(),
            _factors(generator, self.saturation, count),
            _factors(generator, self.exposure, count),
            _whole(generator.random(count), -step, step),
            _whole(generator.random(count), -step, step),
            _whole(generator.random(count), 0, self.width - 1),
            _whole(generator.random(count), 0, self.height - 1),
        ]
        return [Draw(*row) for row in zip(*columns, strict=True)]

    def apply(self, pixels: Pixels, draw: Draw) -> NDArray[np.float32]:
        """One photograph (height, width, channels), changed: (channels, height, width), 0..1."""
        out = np.empty((1, pixels.shape[2], self.height, self.width), np.float32)
        self.apply_all([pixels], [draw], out)
        return out[0]

    def apply_all(
        self, photographs: Sequence[Pixels], draws: Sequence[Draw], out: NDArray[np.float32]
    ) -> None:
        """Several at once, into `out`: (count, channels, height, width).

        Those that only move by whole pixels are copied together, size by size.
        """
        moved: dict[tuple[int, ...], list[tuple[int, int, int]]] = {}
        for number, (pixels, draw) in enumerate(zip(photographs, draws, strict=True)):
            corner = self._corner(pixels, draw)
            if corner is not None:
                moved.setdefault(pixels.shape, []).append((number, *corner))
                continue
            places = self._places(pixels, draw)
            warped(pixels, places, self.width, self.height, out[number], reflect=self.reflect)
        for group in moved.values():
            numbers, left, top = np.array(group).T
            flip = np.array([draws[number].flip for number in numbers])
            chosen = [photographs[number] for number in numbers]
            windows = shifted(
                chosen, left, top, flip, self.width, self.height, reflect=self.reflect
            )
            found = windows.transpose(0, 3, 1, 2)
            if len(numbers) == len(out):
                np.multiply(found, TO_ONE, out=out)
            else:
                out[numbers] = found * TO_ONE
        if self.colours:
            columns = zip(*((d.hue, d.saturation, d.exposure) for d in draws), strict=True)
            distort(out, *columns)
        if self.cutout:
            for image, draw in zip(out, draws, strict=True):
                self._cut_out(image, draw)

    def _corner(self, pixels: Pixels, draw: Draw) -> tuple[int, int] | None:
        """Where the window begins when it is one of whole pixels, not scaled and not turned."""
        tall, wide, _ = pixels.shape
        if draw.aspect != 1 or draw.radians != 0:
            return None
        if self.center:
            if (wide, tall) != (self.width, self.height) or wide != tall:
                return None
            return draw.left, draw.up
        if draw.size != min(wide, tall):
            return None
        left = (wide - self.width) / 2 * (1 + draw.across) + draw.left
        top = (tall - self.height) / 2 * (1 + draw.down) + draw.up
        return (int(left), int(top)) if left == int(left) and top == int(top) else None

    def _places(self, pixels: Pixels, draw: Draw) -> Affine:
        """Where in the photograph each pixel of the window is sampled."""
        tall, wide, _ = pixels.shape
        found = self._middle(tall, wide, draw) if self.center else self._window(tall, wide, draw)
        if not draw.flip:
            return found
        a, b, c, d, e, f = found
        last = self.width - 1
        return -a, b, c + a * last, -d, e, f + d * last

    def _window(self, tall: int, wide: int, draw: Draw) -> Affine:
        """C's rotate_crop_image. That aspect counts in `shorter` and again below is C's, too."""
        shorter = min(tall, int(wide * draw.aspect) or 1)
        scale = draw.size / shorter
        along_x, along_y = draw.aspect / scale, 1 / scale  # of the photograph, for one pixel
        start_x = draw.across * (wide / along_x - self.width) / 2 + draw.left - self.width / 2
        start_y = draw.down * (tall / along_y - self.height) / 2 + draw.up - self.height / 2
        cos, sin = math.cos(draw.radians), math.sin(draw.radians)
        return (
            cos * along_x,
            -sin * along_y,
            cos * start_x * along_x - sin * start_y * along_y + wide / 2,
            sin * along_x,
            cos * along_y,
            sin * start_x * along_x + cos * start_y * along_y + tall / 2,
        )

    def _middle(self, tall: int, wide: int, draw: Draw) -> Affine:
        """The middle square, resized with aligned corners."""
        side = min(tall, wide)
        along_x, along_y = (side - 1) / max(1, self.width - 1), (side - 1) / max(1, self.height - 1)
        left, top = (wide - side) // 2 + draw.left * along_x, (tall - side) // 2 + draw.up * along_y
        return along_x, 0, left, 0, along_y, top

    def _cut_out(self, image: NDArray[np.float32], draw: Draw) -> None:
        left, top = draw.column - self.cutout // 2, draw.row - self.cutout // 2
        rows = slice(max(0, top), max(0, top + self.cutout))
        image[:, rows, max(0, left) : max(0, left + self.cutout)] = GREY


def _factors(generator: np.random.Generator, most: float, count: int) -> list[float]:
    """Darknet's rand_scale: between 1 and `most`, or the inverse, with equal chance."""
    factors = 1 + (most - 1) * generator.random(count)
    inverse = generator.random(count) < 0.5
    found: list[float] = np.where(inverse, 1 / factors, factors).tolist()
    return found


def _either(given: NDArray[np.bool_] | None, drawn: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return drawn if given is None else given


def _whole(shares: NDArray[np.float64], low: int, high: int) -> list[int]:
    """Whole numbers from `low` to `high` for shares of 0..1."""
    found: list[int] = (low + np.floor(shares * (high - low + 1)).astype(np.int64)).tolist()
    return found
