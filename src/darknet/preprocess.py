"""The four ways in which Darknets bring a photograph to a classifier's size.

They differ by version and command, and they change the answer:

    whole       shorter side to the network's, no crop; the network is resized to the image.
                The classic `classify` of 2016; needs a fully convolutional network.
    letterbox   fitted inside, grey around. pjreddie's `classify` today, and every detector.
    crop        shorter side to the network's, then the middle. AlexeyAB's `classify`; `label`.
    square      the middle square, then to size. `classifier valid`.

The default is `whole` where the network can be resized, and `crop` where it cannot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from .errors import ImageError, InputError, did_you_mean, printable
from .image import Pixels, resize
from .network import Network

__all__ = ["METHODS", "Method", "checked_method", "prepare"]

Method = Literal["whole", "letterbox", "crop", "square"]
Image = NDArray[np.float32]
P = TypeVar("P", np.uint8, np.float32)
MAX_ASPECT = 16
"""Longest side over shortest that `whole` accepts: a longer strip would need an absurd network."""


def checked_method(method: str | None, network: Network) -> Method:
    """The method to use: the one given, or the network's default.

    InputError for an unknown one, or for `whole` with a network that has a fixed size.
    """
    if method is None:
        return "whole" if network.resizable else "crop"
    if not isinstance(method, str) or method not in METHODS:
        raise InputError(
            f"preprocess={printable(str(method))}: expected one of {', '.join(METHODS)}"
            f"{did_you_mean(str(method), METHODS)}"
        )
    if method == "whole" and not network.resizable:
        raise InputError(
            f"preprocess=whole: {network.cfg.label} cannot be resized to any photograph (that "
            "takes convolutions alone, and an average pool at the end); use crop, square or "
            "letterbox"
        )
    return method


def prepare(pixels: Pixels, width: int, height: int, method: Method) -> Image:
    """Pixels (height, width, channels) as a network's input: (channels, height, width), 0..1.

    `width` and `height` are the network's; only `whole` gives another size.
    """
    sized = METHODS[method](pixels, width, height)
    image = np.empty((sized.shape[2], *sized.shape[:2]), np.float32)
    np.multiply(sized.transpose(2, 0, 1), np.float32(1 / 255), out=image)
    return image


def _shorter_side(pixels: Pixels, length: int) -> Image:
    """Shorter side to `length`; the longer one is cut to whole pixels, as in C."""
    height, width = pixels.shape[:2]
    if width < height:
        return resize(pixels, length, height * length // width)
    return resize(pixels, width * length // height, length)


def _whole(pixels: Pixels, width: int, height: int) -> Image:
    sides = sorted(pixels.shape[:2])
    if sides[1] > MAX_ASPECT * sides[0]:
        raise ImageError(
            f"{pixels.shape[1]} x {pixels.shape[0]} pixels is too long a strip to be taken whole; "
            "use --preprocess letterbox or crop"
        )
    return _shorter_side(pixels, min(width, height))


def _crop(pixels: Pixels, width: int, height: int) -> Image:
    sized = _covering(pixels, width, height)
    if sized[0] > MAX_ASPECT * width or sized[1] > MAX_ASPECT * height:
        # A strip: cut to a length of 16 first, lest most of the work be for what is cut anyway.
        have_height, have_width = pixels.shape[:2]
        wide = -(-MAX_ASPECT * width * have_height // height)
        high = -(-MAX_ASPECT * height * have_width // width)
        pixels = _middle(pixels, min(wide, have_width), min(high, have_height))
        sized = _covering(pixels, width, height)
    return _middle(resize(pixels, *sized), width, height)


def _covering(pixels: Pixels, width: int, height: int) -> tuple[int, int]:
    """The least (width, height) of the photograph's shape that covers width x height."""
    have_height, have_width = pixels.shape[:2]
    if have_width * height < have_height * width:
        return width, have_height * width // have_width
    return have_width * height // have_height, height


def _square(pixels: Pixels, width: int, height: int) -> Image:
    side = min(pixels.shape[:2])
    return resize(_middle(pixels, side, side), width, height)


def _letterbox(pixels: Pixels, width: int, height: int) -> Image:
    have_height, have_width = pixels.shape[:2]
    if width * have_height < height * have_width:
        inner = (width, max(1, have_height * width // have_width))
    else:
        inner = (max(1, have_width * height // have_height), height)
    boxed = np.full((height, width, pixels.shape[2]), 127.5, np.float32)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    boxed[top : top + inner[1], left : left + inner[0]] = resize(pixels, *inner)
    return boxed


def _middle(pixels: NDArray[P], width: int, height: int) -> NDArray[P]:
    """At most width x height from the middle."""
    top = max(0, (pixels.shape[0] - height) // 2)
    left = max(0, (pixels.shape[1] - width) // 2)
    return pixels[top : top + height, left : left + width]


METHODS: dict[Method, Callable[[Pixels, int, int], Image]] = {
    "whole": _whole,
    "letterbox": _letterbox,
    "crop": _crop,
    "square": _square,
}
