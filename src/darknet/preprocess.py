"""The ways to bring a photograph to a classifier's size: four of Darknets, and one of our own.

They differ by version and command, and they change the answer:

    whole       shorter side to the network's, no crop; the network is resized to the image.
                The classic `classify` of 2016; needs a fully convolutional network.
    letterbox   fitted inside, grey around. pjreddie's `classify` today, and every detector.
    crop        shorter side to the network's, then the middle. AlexeyAB's `classify`; `label`.
    square      the middle square, then to size. `classifier valid`.
    area        crop, but every pixel is the mean of all those that fall into it. Ours.

Darknet's resampling looks at four pixels for each new one. From a photograph of 3000 pixels that
makes noise of 32, which a network for 32 x 32 (trained on photographs that were averaged down) has
never seen: `area` is for those. What is smaller than the network it enlarges as `crop` does, and a
photograph that has the size already stays as it is.

The default is `whole` where the network can be resized, and `crop` where it cannot.

A photograph may also be looked at several times, and the answers averaged (`Views`): as it is and
in the mirror, or at the four corners and the middle (Krizhevsky, Sutskever, Hinton 2012).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from .errors import ImageError, InputError, did_you_mean, printable
from .image import Pixels, average, resize
from .network import Network

__all__ = ["METHODS", "Method", "Views", "checked_method", "prepare", "views_of"]

Method = Literal["whole", "letterbox", "crop", "square", "area"]
Image = NDArray[np.float32]
P = TypeVar("P", np.uint8, np.float32)
MAX_ASPECT = 16
"""Longest side over shortest that `whole` accepts: a longer strip would need an absurd network."""


@dataclass(frozen=True, slots=True)
class Views:
    """How often a photograph is looked at: `crops` is 1, or 5 (corners and middle); `flip` doubles.

    Made by `Views.of`.
    """

    crops: int = 1
    flip: bool = False

    @classmethod
    def of(cls, crops: int = 1, flip: bool = False) -> Views:
        """1, 5 or 10 crops, 10 being 5 and their mirror images; InputError for another number."""
        if crops not in (1, 5, 10):
            raise InputError(f"crops={crops}: expected 1, 5 or 10")
        return cls(min(crops, 5), flip or crops == 10)

    @property
    def count(self) -> int:
        """Inputs of the network for one photograph."""
        return self.crops * (2 if self.flip else 1)


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
            "takes convolutions alone, and an average pool at the end); use crop, area, square "
            "or letterbox"
        )
    return method


def prepare(pixels: Pixels, width: int, height: int, method: Method) -> Image:
    """Pixels (height, width, channels) as a network's input: (channels, height, width), 0..1.

    `width` and `height` are the network's; only `whole` gives another size.
    """
    return _planes(METHODS[method](pixels, width, height))


def views_of(pixels: Pixels, width: int, height: int, method: Method, views: Views) -> Image:
    """All views of a photograph: (views, channels, height, width), 0..1, mirror images last.

    Five crops are cut from a photograph whose shorter side is 8/7 of the network's, as 224 of 256:
    top left, top right, bottom left, bottom right, middle. `method` is for one crop alone.
    Raises ImageError for a strip that is too long to have corners.
    """
    if views.crops == 1:
        images = prepare(pixels, width, height, method)[None]
    else:
        images = np.stack([_planes(cut) for cut in _five(pixels, width, height)])
    return np.concatenate([images, images[..., ::-1]]) if views.flip else images


def _planes(sized: Image) -> Image:
    image = np.empty((sized.shape[2], *sized.shape[:2]), np.float32)
    np.multiply(sized.transpose(2, 0, 1), np.float32(1 / 255), out=image)
    return image


def _five(pixels: Pixels, width: int, height: int) -> list[Image]:
    sides = sorted(pixels.shape[:2])
    if sides[1] > MAX_ASPECT * sides[0]:
        raise ImageError(
            f"{pixels.shape[1]} x {pixels.shape[0]} pixels is too long a strip for crops at its "
            "corners; use --crops 1"
        )
    sized = resize(pixels, *_covering(pixels, width * 8 // 7, height * 8 // 7))
    down, right = sized.shape[0] - height, sized.shape[1] - width
    places = [(0, 0), (0, right), (down, 0), (down, right), (down // 2, right // 2)]
    return [sized[top : top + height, left : left + width] for top, left in places]


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


def _area(pixels: Pixels, width: int, height: int) -> Image:
    sized = _covering(pixels, width, height)
    if sized[0] > pixels.shape[1] or sized[1] > pixels.shape[0]:
        return _crop(pixels, width, height)
    # Only the rows and columns of the middle are made: a strip would have thousands of others.
    left, top = (sized[0] - width) // 2, (sized[1] - height) // 2
    rows = average(pixels, sized[1], top, height)
    return average(rows.swapaxes(0, 1), sized[0], left, width).swapaxes(0, 1)


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
    "area": _area,
}
