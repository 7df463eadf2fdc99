"""Photographs: from a file, bytes, an array or a PIL image to pixels, and pixels to a size.

Pixels are uint8 (height, width, channels), RGB or grey; what goes into a network is float32
(channels, height, width), 0..1. Sizes are resampled as Darknet does it: bilinear with aligned
corners (scale (in-1)/(out-1)), no antialiasing. `average` is what Darknet has not.

Beyond C: the orientation that a camera noted (EXIF) is applied, 16-bit greys are scaled to 8,
transparency is dropped, and files over MAX_PIXELS are refused before they are decoded.
"""

from __future__ import annotations

import io
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from .archive import Encoded
from .errors import ImageError, printable
from .files import PHOTOGRAPHS, open_file

if TYPE_CHECKING:
    Bytes = bytes | bytearray | memoryview
    Source = str | os.PathLike[str] | Bytes | IO[bytes] | NDArray[Any] | Image.Image

__all__ = [
    "EXTENSIONS",
    "KINDS",
    "MAX_BYTES",
    "MAX_PIXELS",
    "Pixels",
    "average",
    "kind_of",
    "open_image",
    "resize",
    "size_of",
]

T = TypeVar("T")
Pixels = NDArray[np.uint8]
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "PPM", "TIFF", "WEBP", "TGA")
EXTENSIONS = PHOTOGRAPHS
MAX_PIXELS = 100_000_000
MAX_BYTES = 512 * 2**20
MAX_SIDE = 65_535
KINDS = ("RGB", "grey", "black and white", "palette", "alpha", "CMYK", "16-bit")
_KINDS = {
    "L": "grey",
    "1": "black and white",
    "P": "palette",
    "LA": "alpha",
    "PA": "alpha",
    "RGBA": "alpha",
    "CMYK": "CMYK",
    "YCCK": "CMYK",
}
_WARNINGS = threading.Lock()
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

    `source` is a path, an encoded file's bytes, a file opened with "rb", a PIL image, or an array:
    (height, width), (height, width, 1), RGB or RGBA, of uint8 or of floats 0..1.

    Raises ImageError saying what is wrong with it.
    """
    if channels not in (1, 3):
        raise ImageError(
            f"the network takes {channels} channels, a photograph has 1 or 3: use predict"
        )
    if isinstance(source, np.ndarray):
        return _guarded("<array>", lambda: _pixels(Image.fromarray(_eight_bit(source)), channels))
    if isinstance(source, Image.Image):
        return _guarded("<image>", lambda: _pixels(source, channels))
    if isinstance(source, bytes | bytearray | memoryview):
        label = source.label if isinstance(source, Encoded) else "<bytes>"
        return _guarded(label, lambda: _decode(io.BytesIO(source), channels))
    if isinstance(source, str | os.PathLike):
        path = os.fsdecode(source)
        return _guarded(path, lambda: _open_file(path, channels))
    if hasattr(source, "read"):
        return _guarded(_name_of(source), lambda: _decode(_read_whole(source), channels))
    raise ImageError(
        f"got {type(source).__name__}; expected a path, bytes, a file, a numpy array or a PIL image"
    )


def _name_of(file: IO[bytes]) -> str:
    """An open file's name; ``<file>`` for one without."""
    name = getattr(file, "name", None)
    return os.fsdecode(name) if isinstance(name, str | bytes) else "<file>"


def _read_whole(file: IO[bytes]) -> io.BytesIO:
    """From where it is to its end: a socket cannot go back, and Pillow wants to."""
    data = file.read(MAX_BYTES + 1)
    if not isinstance(data, bytes):
        raise ImageError('opened as text; expected a file opened with "rb"')
    if len(data) > MAX_BYTES:
        raise ImageError(f"larger than {MAX_BYTES:,} bytes; expected a photograph")
    return io.BytesIO(data)


def _guarded(label: str, decode: Callable[[], T]) -> T:
    """Decode, and turn whatever goes wrong into an ImageError that begins with the label."""
    label = printable(label, 200)
    try:
        return decode()
    except ImageError as error:
        if str(error).startswith(f"{label}: "):
            raise
        raise ImageError(f"{label}: {error}") from None
    except Image.DecompressionBombError:
        raise ImageError(f"{label}: more than {MAX_PIXELS:,} pixels: make it smaller") from None
    except MemoryError:
        raise ImageError(f"{label}: too large for this machine's memory") from None
    except Exception as problem:  # Pillow's decoders raise nearly anything on a broken file
        reason = getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
        missing = isinstance(problem, OSError) and problem.errno is not None
        what = "cannot be read" if missing else "damaged or cut off"
        raise ImageError(f"{label}: {what}: {printable(reason, 120)}") from None


def _open_file(path: str, channels: int) -> Pixels:
    if path.startswith(("http://", "https://", "rtsp://")):
        raise ImageError("is an address; download the photograph first")
    with open_file(path, "a photograph", ImageError) as file:
        if os.fstat(file.fileno()).st_size > MAX_BYTES:
            raise ImageError(f"larger than {MAX_BYTES:,} bytes; expected a photograph")
        return _decode(file, channels)


def size_of(source: str | bytes) -> tuple[int, int]:
    """Width and height as the file's header has them; (0, 0) for one that cannot be read."""
    try:
        opened = (
            io.BytesIO(source)
            if isinstance(source, bytes)
            else open_file(source, "a photograph", ImageError)
        )
        with opened as file, _quietly():
            return Image.open(file, formats=FORMATS).size
    except Exception:  # whoever decodes it will say what is wrong
        return 0, 0


def kind_of(data: bytes) -> str:
    """What an encoded photograph's pixels are: a word of KINDS.

    Raises ImageError for what is no photograph.
    """

    def kind() -> str:
        with _quietly(), Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.mode.startswith(("I", "F")) or (image.format == "PNG" and data[24] == 16):
                return "16-bit"
            return _KINDS.get(image.mode, "RGB")

    return _guarded(data.label if isinstance(data, Encoded) else "<bytes>", kind)


def _decode(file: IO[bytes], channels: int) -> Pixels:
    try:
        with _quietly():
            opened = Image.open(file, formats=FORMATS)
        with opened as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise ImageError(
                    f"{width:,} x {height:,} pixels, more than {MAX_PIXELS:,}: make it smaller"
                )
            image.load()
            return _pixels(image, channels)
    except UnidentifiedImageError:
        raise ImageError(f"{_instead(file)}; expected a photograph") from None


@contextmanager
def _quietly() -> Iterator[None]:
    """Without Pillow's remarks on odd files.

    The filters of Python's warnings are global: the lock keeps two threads from restoring each
    other's, and they are changed for the reading of headers alone.
    """
    with _WARNINGS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _instead(file: IO[bytes]) -> str:
    """What a file is that Pillow cannot open."""
    from .mismatch import is_picture, not_weights

    file.seek(0)
    start = file.read(1024)
    what = not_weights(start, len(start))
    if not what:
        return "no picture that is known here"
    return f"{what}, but damaged" if is_picture(start) else what


def _pixels(image: Image.Image, channels: int) -> Pixels:
    """Turned upright, in the wanted mode."""
    if 0 in image.size:
        raise ImageError(f"{image.width} x {image.height} pixels")
    sixteen = image.format == "PNG"  # where Pillow has integers: told now, a turned image forgets
    turn = _TURNS.get(_orientation(image))
    if turn is not None:
        image = image.transpose(turn)
    if image.mode.startswith(("I", "F")):
        narrowed = _narrowed(np.asarray(image), sixteen=sixteen)
        image = Image.fromarray(_eight_bit(narrowed))
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")
    if image.mode == "La":  # alpha multiplied in, which converts to nothing else
        image = image.convert("LA")
    mode = "RGB" if channels == 3 else "L"
    if image.mode != mode:
        try:
            image = image.convert(mode)
        except ValueError:
            raise ImageError(
                f"an image of mode {image.mode}, which Pillow cannot convert; expected RGB or L"
            ) from None
    pixels = np.asarray(image)
    return pixels if channels == 3 else pixels[:, :, None]


def _orientation(image: Image.Image) -> int:
    """The camera's note; 1 where there is none, or in a TIFF, which Pillow turns itself."""
    if "exif" not in image.info or image.format == "TIFF":
        return 1
    try:
        with _quietly():
            return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # damaged notes are no reason to refuse a photograph
        return 1


def _narrowed(array: NDArray[Any], *, sixteen: bool) -> NDArray[Any]:
    """Pillow's 32-bit integers and floats (modes I and F) as what they stand for.

    Up to 255 they are 8-bit values, as ``convert("I")`` and 32-bit TIFFs have them, unless the file
    has 16 bits a pixel (`sixteen`) and is only dark; integers beyond are 16-bit values. Floats up
    to 1 stay what they are.
    """
    if array.dtype.kind not in "if" or not array.size:
        return array
    low, high = array.min(), array.max()
    if array.dtype.kind == "f":
        return np.rint(array).astype(np.uint8) if low >= 0 and 1 < high <= 255 else array
    if low < 0 or high > 65_535:
        raise ImageError("integers outside 0..65535; expected 8 or 16 bits a channel")
    return array.astype(np.uint16 if sixteen or high > 255 else np.uint8)


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
    if (
        array.dtype.kind == "u" and array.dtype.itemsize == 2
    ):  # a 16-bit PNG; C keeps the upper byte, too
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


def average(
    pixels: Pixels | NDArray[np.float32], length: int, start: int, count: int
) -> NDArray[np.float32]:
    """Rows [start, start + count) of the `length` rows that an image is averaged down to.

    (height, width, channels) -> (count, width, channels), float32, not rounded; `length` is at
    most the height. A new row is the mean of the height/length rows that fall into it; one that
    falls into two counts in each with the share that lies there. So nothing is skipped, and at
    its own height an image stays as it is.
    """
    height, rest = pixels.shape[0], pixels.shape[1:]
    rows = np.empty((count, *rest), np.float32)
    for number in range(count):
        # In units of 1/length of a row: whole numbers, so that sums of bytes are exact in float32.
        begin, end = (start + number) * height, (start + number + 1) * height
        first, last = begin // length, -(-end // length)
        shares = np.full(last - first, length, np.float32)
        shares[0] -= begin - first * length
        shares[-1] -= last * length - end
        band = pixels[first:last].reshape(last - first, -1).astype(np.float32, copy=False)
        rows[number] = (shares @ band / np.float32(height)).reshape(rest)
    return rows


def _taps(
    length: int, wanted: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """For each wanted position: the two neighbours, and the share of the second."""
    scale = np.float32(length - 1) / np.float32(max(1, wanted - 1))
    position = np.arange(wanted, dtype=np.float32) * scale
    position[-1] = length - 1
    below = np.minimum(position.astype(np.intp), length - 1)
    return below, np.minimum(below + 1, length - 1), position - below.astype(np.float32)
