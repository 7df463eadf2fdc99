"""Photographs: from a file, bytes, an array or a PIL image to pixels, and pixels to a size.

Pixels are uint8 (height, width, channels), RGB or grey; what goes into a network is float32
(channels, height, width), 0..1. Sizes are resampled as Darknet does it: bilinear with aligned
corners (scale (in-1)/(out-1)), no antialiasing.

Beyond C: the orientation that a camera noted (EXIF) is applied, 16-bit greys are scaled to 8,
transparency is dropped, and files over MAX_PIXELS are refused before they are decoded.
"""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from .errors import ImageError, printable

if TYPE_CHECKING:
    Source = str | os.PathLike[str] | bytes | bytearray | NDArray[Any] | Image.Image

__all__ = ["EXTENSIONS", "MAX_PIXELS", "Pixels", "open_image", "resize"]

Pixels = NDArray[np.uint8]
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "PPM", "TIFF", "WEBP", "TGA")
EXTENSIONS = frozenset(
    ".jpg .jpeg .jpe .jfif .png .bmp .gif .ppm .pgm .pnm .tif .tiff .webp .tga".split()  # noqa: SIM905
)
MAX_PIXELS = 100_000_000
MAX_BYTES = 512 * 2**20
MAX_SIDE = 65_535
_ORIENTATION = 0x0112  # the EXIF tag
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def open_image(source: Source, channels: int = 3) -> Pixels:
    """Pixels (height, width, channels), RGB for 3 channels and grey for 1.

    `source` is a path, an encoded file's bytes, a PIL image, or an array: (height, width),
    (height, width, 1), RGB or RGBA, of uint8 or of floats 0..1.

    Raises ImageError saying what is wrong with it.
    """
    if channels not in (1, 3):
        raise ImageError(
            f"the network takes {channels} channels, a photograph has 1 or 3: use predict"
        )
    if isinstance(source, np.ndarray):
        image = Image.fromarray(_eight_bit(source))
    elif isinstance(source, Image.Image):
        image = source
    elif isinstance(source, bytes | bytearray):
        return _decode(io.BytesIO(source), "<bytes>", channels)
    elif isinstance(source, str | os.PathLike):
        return _open_file(source, channels)
    else:
        kind = type(source).__name__
        raise ImageError(f"got {kind}; expected a path, bytes, a numpy array or a PIL image")
    return _pixels(image, channels)


def _open_file(path: str | os.PathLike[str], channels: int) -> Pixels:
    label = printable(os.fspath(path), 200)
    if label.startswith(("http://", "https://", "rtsp://")):
        raise ImageError(f"{label}: is an address; download the photograph first")
    try:
        if os.path.isdir(path):
            raise ImageError(f"{label}: is a folder; expected a photograph")
        if os.path.getsize(path) > MAX_BYTES:
            raise ImageError(f"{label}: larger than {MAX_BYTES:,} bytes; expected a photograph")
        with Path(path).open("rb") as file:
            return _decode(file, label, channels)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise ImageError(f"{label}: cannot be read: {reason}") from None


def _decode(file: Any, label: str, channels: int) -> Pixels:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on odd files; errors still come
            with Image.open(file, formats=FORMATS) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise ImageError(
                        f"{label}: {width} x {height} pixels, more than {MAX_PIXELS:,}"
                    )
                image.load()
                return _pixels(image, channels)
    except Image.DecompressionBombError:
        raise ImageError(f"{label}: more than {MAX_PIXELS:,} pixels") from None
    except UnidentifiedImageError:
        raise ImageError(f"{label}: {_instead(file)}; expected a photograph") from None
    except ImageError:
        raise
    except MemoryError:
        raise ImageError(f"{label}: too large for this machine's memory") from None
    except Exception as problem:  # Pillow's decoders raise nearly anything on a broken file
        reason = str(problem) or type(problem).__name__
        raise ImageError(f"{label}: damaged or cut off: {printable(reason, 120)}") from None


def _instead(file: Any) -> str:
    """What a file is that Pillow does not know."""
    from .mismatch import not_weights

    file.seek(0)
    start = file.read(1024)
    return not_weights(start, len(start)) or "no picture that is known here"


def _pixels(image: Image.Image, channels: int) -> Pixels:
    """Turned upright, in the wanted mode."""
    if "exif" in image.info or image.format == "TIFF":
        turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
        if turn is not None:
            image = image.transpose(turn)
    if image.mode.startswith("I"):
        image = Image.fromarray(_eight_bit(np.asarray(image).astype(np.uint16)))
    elif image.mode == "F":
        image = Image.fromarray(_eight_bit(np.asarray(image)))
    mode = "RGB" if channels == 3 else "L"
    if image.mode != mode:
        image = image.convert(mode)
    pixels = np.asarray(image)
    return pixels if channels == 3 else pixels[:, :, None]


def _eight_bit(array: NDArray[Any]) -> Pixels:
    """An array of any usual type and form as uint8, (height, width) or with 3 or 4 channels."""
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        found = " x ".join(map(str, array.shape)) or "a single number"
        raise ImageError(
            f"an array of {found}; expected height x width, or height x width x 3 (RGB)"
        )
    if not array.size or max(array.shape) > MAX_SIDE:
        raise ImageError(f"an array of {array.shape[1]} x {array.shape[0]} pixels")
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind == "b":
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind == "f":
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise ImageError("an array of floats outside 0..1; expected 0..1, or uint8 0..255")
        return np.rint(array * 255).astype(np.uint8)
    if array.dtype == np.uint16:  # a 16-bit PNG; C keeps the upper byte, too
        return (array >> 8).astype(np.uint8)
    if array.dtype.kind in "iu":
        if array.min() < 0 or array.max() > 255:
            raise ImageError("an array of integers outside 0..255; expected uint8 0..255")
        return array.astype(np.uint8)
    raise ImageError(f"an array of {array.dtype}; expected uint8, or floats 0..1")


def resize(pixels: Pixels, width: int, height: int) -> NDArray[np.float32]:
    """Bilinear with aligned corners, as Darknet's resize_image: float32 (height, width, channels).

    Values are 0..255, not rounded.
    """
    below, above, weight = _taps(pixels.shape[0], height)
    weight = weight[:, None, None]
    if np.array_equal(below, np.arange(pixels.shape[0])):
        rows = pixels.astype(np.float32)
    else:
        first = pixels[below].astype(np.float32)
        rows = first + (pixels[above] - first) * weight
    below, above, weight = _taps(pixels.shape[1], width)
    if np.array_equal(below, np.arange(pixels.shape[1])):
        return rows
    first = rows[:, below]
    return first + (rows[:, above] - first) * weight[:, None]


def _taps(
    length: int, wanted: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """For each wanted position: the two neighbours, and the share of the second."""
    scale = np.float32(length - 1) / np.float32(max(1, wanted - 1))
    position = np.arange(wanted, dtype=np.float32) * scale
    position[-1] = length - 1
    below = position.astype(np.intp)
    return below, np.minimum(below + 1, length - 1), position - below.astype(np.float32)
