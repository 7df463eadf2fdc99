"""Hue, saturation and exposure, as Darknet's distort_image, on planes of RGB in 0..1.

Darknet goes through HSV: hue turns, saturation and value are multiplied, and what comes back is
clamped. With V the largest of a pixel's red, green and blue, and D how far the smallest is below:

    without hue   every colour c becomes exposure * (V - saturation * (V - c)), so HSV is not needed
    with hue      red becomes exposure * (V - saturation * D * (1 - clip(|H - 3| - 1, 0, 1))), H
                  being the new hue in sixths of the circle; green and blue likewise
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["distort"]

Planes = NDArray[np.float32]
STRIP = 16_384  # pixels at once: what is in between stays in the processor's cache
_TINY = np.float32(1e-12)  # divides the 0 of a grey, whose hue is 0


def distort(image: Planes, hue: float, saturation: float, exposure: float) -> None:
    """Change an image (1 or 3 channels, height, width) in place.

    hue: the turn, as a share of the circle. saturation, exposure: factors. A grey image has
    exposure alone.
    """
    planes = image.reshape(len(image), -1)
    for start in range(0, planes.shape[1], STRIP):
        strip = planes[:, start : start + STRIP]
        if len(planes) == 3:
            _distort(strip, np.float32(hue), np.float32(saturation), np.float32(exposure))
        else:
            strip *= np.float32(exposure)
        np.clip(strip, 0, 1, out=strip)


def _distort(rgb: Planes, hue: np.float32, saturation: np.float32, exposure: np.float32) -> None:
    top = rgb.max(0)
    if hue == 0:
        rgb *= saturation * exposure
        top *= (1 - saturation) * exposure
        rgb += top
        return
    depth = top - rgb.min(0)
    turned = _hue(rgb, top, depth)
    turned += 6 * hue
    turned -= 6 * np.floor(turned / 6)
    depth *= saturation * exposure
    top *= exposure
    top -= depth
    for plane, (middle, sign) in zip(rgb, ((3, 1), (2, -1), (4, -1)), strict=True):
        np.subtract(turned, np.float32(middle), out=plane)
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
