"""Files and pictures that are no photographs."""

from __future__ import annotations

import contextlib
import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from darknet.errors import ImageError
from darknet.image import MAX_PIXELS, open_image
from photographs import RGB, encoded


def noisy():
    return np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)


def png_of(width, height):
    """A PNG that declares a size, and has almost no data."""

    def chunk(kind, data):
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


BROKEN = {
    "empty": (b"", r"empty \(0 bytes\)"),
    "text": (b"hello, this is no photograph\n", "text"),
    "a page": (b"<!DOCTYPE html><html>404</html>", "an HTML page"),
    "a Git LFS pointer": (b"version https://git-lfs.github.com/spec/v1\nsize 99\n", "Git LFS"),
    "a zip archive": (b"PK\x03\x04" + bytes(100), "a zip archive"),
    "unknown bytes": (bytes(range(256)) * 9, "no picture "),
    "a cut JPEG": (encoded(noisy(), "JPEG")[:1500], "damaged or cut off"),
    "a cut PNG": (encoded(noisy())[:5000], "damaged or cut off"),
    "a PNG of its first bytes": (encoded(noisy())[:20], "damaged or cut off"),
    "a PNG without data": (png_of(64, 64), "damaged or cut off"),
    "a PNG of 144 million pixels": (
        png_of(12_000, 12_000),
        "12,000 x 12,000 pixels, more than 100,000,000: make it smaller",
    ),
    "a PNG of 4e18 pixels": (png_of(2**31 - 1, 2**31 - 1), "more than 100,000,000 pixels"),
}
UNKNOWN_TO_PILLOW = {
    "a JPEG of its first bytes": encoded(noisy(), "JPEG")[:20],
    "a PNG of no pixels": png_of(0, 5),
    "a PNG with a wrong byte": encoded(RGB).replace(b"IDAT", b"IDAX"),
}


@pytest.mark.parametrize(("data", "said"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_photograph_is_named(data, said, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    with pytest.raises(ImageError, match=rf"photo.jpg: .*({said})") as error:
        open_image(path)
    assert "\n" not in str(error.value)
    with pytest.raises(ImageError, match=f"<bytes>: .*({said})"):
        open_image(data)


@pytest.mark.parametrize("data", UNKNOWN_TO_PILLOW.values(), ids=UNKNOWN_TO_PILLOW)
def test_a_picture_that_pillow_gives_up_on_is_called_damaged(data):
    with pytest.raises(ImageError, match="damaged"):
        open_image(data)


@settings(deadline=None, max_examples=100)
@given(at=st.integers(0, 4000), byte=st.integers(0, 255), format=st.sampled_from(["JPEG", "PNG"]))
def test_a_damaged_byte_gives_pixels_or_an_error(at, byte, format):
    data = bytearray(encoded(noisy(), format))
    data[at % len(data)] = byte
    with contextlib.suppress(ImageError):
        assert open_image(bytes(data)).dtype == np.uint8


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere/none.jpg", "none.jpg: cannot be read: No such file"),
        (".", r"\.: is a folder; expected a photograph"),
        ("", "cannot be read"),
        ("a\0b.jpg", "cannot be read: embedded null"),
        ("https://example.com/dog.jpg", "is an address; download"),
        ("x" * 5000, "cannot be read: File name too long"),
    ],
)
def test_a_path_that_leads_to_no_file_is_named(path, said):
    with pytest.raises(ImageError, match=said):
        open_image(path)
    if path:
        with pytest.raises(ImageError):
            open_image(Path(path))


def test_an_unusable_float_file_is_named():
    with pytest.raises(ImageError, match=r"<bytes>: .*floats outside"):
        open_image(encoded(Image.new("F", (4, 3), 300.0), "TIFF"))


def lazily_cut():
    return Image.open(io.BytesIO(encoded(noisy(), "JPEG")[:1500]))


def closed():
    image = Image.new("RGB", (4, 3))
    image.close()
    return image


@pytest.mark.parametrize("make", [lazily_cut, closed])
def test_a_pillow_image_that_cannot_be_used_is_refused(make):
    with pytest.raises(ImageError, match="<image>: damaged or cut off"):
        open_image(make())


@pytest.mark.parametrize("size", [(0, 5), (5, 0)])
def test_a_pillow_image_without_pixels_is_refused(size):
    with pytest.raises(ImageError):
        open_image(Image.new("RGB", size))


SHORT_EXIF = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\1\x12\0\3" * 20


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_reading_damaged_exif_warns_of_nothing(format):
    data = encoded(RGB, format, exif=SHORT_EXIF)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        open_image(data)
    assert seen == []


def test_reading_a_large_photograph_warns_of_nothing():
    data = encoded(np.zeros((9_600, 9_600), np.uint8))  # Pillow warns from 89 million on
    assert MAX_PIXELS > 9_600**2
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        open_image(data)
    assert seen == []
