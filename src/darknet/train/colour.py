"""Hue, saturation and exposure, as Darknet's distort_image, on planes of RGB in 0..1.

Darknet goes through HSV: hue turns, saturation and value are multiplied, and what comes back is
clamped. With V the largest of a pixel's red, green and blue, and D how far the smallest is below:

    without hue   every colour c becomes exposure * (V - saturation * (V - c)), so HSV is not needed
    with hue      red becomes exposure * (V - saturation * D * (1 - clip(|H - 3| - 1, 0, 1))), H
                  being the new hue in sixths of the circle; green and blue likewise
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["distort"]

Planes = NDArray[np.float32]
Factors = Sequence[float] | NDArray[np.float32]
STRIP = 16_384  # pixels at once: what is in between stays in the processor's cache
_MIDDLES = (np.float32(3), np.float32(2), np.float32(4))  # of red, green and blue: see above
_TINY = np.float32(1e-12)  # divides the 0 of a grey, whose hue is 0


def distort(images: Planes, hue: Factors, saturation: Factors, exposure: Factors) -> None:
    """Change images (count, 1 or 3 channels, height, width) in place, each in its own way.

    hue: the turns, as shares of the circle. saturation, exposure: factors. Grey images have
    exposure alone. The images are contiguous.
    """
    count, channels, height, width = images.shape
    planes = images.reshape(count, channels, height * width).swapaxes(0, 1)
    turns, depths, lights = (
        np.asarray(given, np.float32)[:, None] for given in (hue, saturation, exposure)
    )
    together = max(1, STRIP // (height * width))
    for first in range(0, count, together):
        some = slice(first, first + together)
        for start in range(0, height * width, STRIP):
            strip = planes[:, some, start : start + STRIP]
            if channels == 3:
                _distort(strip, turns[some], depths[some], lights[some])
            else:
                strip *= lights[some]
            np.clip(strip, 0, 1, out=strip)


def _distort(rgb: Planes, hue: Planes, saturation: Planes, exposure: Planes) -> None:
    """Three planes (count, pixels), and factors (count, 1)."""
    top = np.maximum(rgb[0], rgb[1])
    np.maximum(top, rgb[2], out=top)
    if not hue.any():
        rgb *= saturation * exposure
        top *= (1 - saturation) * exposure
        rgb += top
        return
    depth = top - np.minimum(np.minimum(rgb[0], rgb[1]), rgb[2])
    turned = _hue(rgb, top, depth)
    turned += 6 * hue
    turned -= 6 * np.floor(turned / 6)
    depth *= saturation * exposure
    top *= exposure
    top -= depth
    for plane, middle, sign in zip(rgb, _MIDDLES, (1, -1, -1), strict=True):
        np.subtract(turned, middle, out=plane)
        np.abs(plane, out=plane)
        if sign < 0:
            np.subtract(2, plane, out=plane)
        else:
            plane -= 1
        np.clip(plane, 0, 1, out=plane)
        plane *= depth
        plane += top


def _hue(rgb: Planes, top: Planes, depth: Planes) -> Planes:
    """-1..5, in sixths of the circle: 0 red, 2 green, 4 blue."""
    red, green, blue = rgb
    is_red = top == red
    is_green = (top == green) & ~is_red
    hue = red - green + 4 * depth
    np.copyto(hue, blue - red + 2 * depth, where=is_green)
    np.copyto(hue, green - blue, where=is_red)
    hue /= depth + _TINY
    return hue
