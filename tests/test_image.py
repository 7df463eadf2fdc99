"""Photographs: sources, Pillow's modes, the camera's orientation, arrays."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from darknet.errors import ImageError
from darknet.image import EXTENSIONS, open_image
from photographs import RGB, encoded, sources


def test_every_kind_of_source_gives_the_same_pixels(tmp_path):
    for source in [*sources(encoded(RGB), tmp_path / "a.png"), RGB, RGB / 255.0]:
        pixels = open_image(source)
        assert pixels.dtype == np.uint8
        np.testing.assert_array_equal(pixels, RGB)


def test_a_name_tells_nothing_of_the_format(tmp_path):
    np.testing.assert_array_equal(open_image(sources(encoded(RGB), tmp_path / "a.jpg")[0]), RGB)


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "PPM", "TGA", "WEBP"])
def test_formats_without_loss(format):
    options = {"lossless": True} if format == "WEBP" else {}
    np.testing.assert_array_equal(open_image(encoded(RGB, format, **options)), RGB)


def test_jpeg_is_close_and_gif_gives_its_first_frame():
    smooth = np.full((16, 16, 3), (200, 40, 90), np.uint8)
    off = np.abs(open_image(encoded(smooth, "JPEG", quality=95)).astype(int) - smooth)
    assert off.max() <= 3
    first, second = Image.new("L", (4, 4), 10), Image.new("L", (4, 4), 200)
    data = encoded(first, "GIF", save_all=True, append_images=[second])
    assert (open_image(data) == 10).all()


def test_the_extensions_are_lower_case_with_their_dot():
    assert {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".ppm", ".tif", ".webp"} <= EXTENSIONS
    assert all(ext.startswith(".") and ext == ext.lower() for ext in EXTENSIONS)


# ---- Pillow's modes


def palette():
    image = Image.new("P", (4, 3), 1)
    image.putpalette([0, 0, 0, 10, 20, 30])
    return image


MODES = {  # the colour that comes out as RGB
    "1": (Image.new("1", (4, 3), 1), (255, 255, 255)),
    "L": (Image.new("L", (4, 3), 100), (100, 100, 100)),
    "LA": (Image.new("LA", (4, 3), (100, 5)), (100, 100, 100)),
    "P": (palette(), (10, 20, 30)),
    "PA": (palette().convert("PA"), (10, 20, 30)),
    "RGB": (Image.new("RGB", (4, 3), (10, 20, 30)), (10, 20, 30)),
    "RGBA, opaque": (Image.new("RGBA", (4, 3), (10, 20, 30, 255)), (10, 20, 30)),
    "RGBA, clear": (Image.new("RGBA", (4, 3), (10, 20, 30, 0)), (10, 20, 30)),
    "RGBX": (Image.new("RGBX", (4, 3), (10, 20, 30, 0)), (10, 20, 30)),
    "RGBa": (Image.new("RGBa", (4, 3), (10, 20, 30, 255)), (10, 20, 30)),
    "CMYK": (Image.new("CMYK", (4, 3), (0, 255, 255, 0)), (255, 0, 0)),
    "YCbCr": (Image.new("YCbCr", (4, 3), (100, 128, 128)), (100, 100, 100)),
    "HSV": (Image.new("HSV", (4, 3), (0, 255, 200)), (200, 0, 0)),
    "I;16": (Image.new("I;16", (4, 3), 0x7FFF), (0x7F, 0x7F, 0x7F)),
    "I;16B": (Image.new("I;16B", (4, 3), 0x7FFF), (0x7F, 0x7F, 0x7F)),
    "I": (Image.new("I", (4, 3), 0x7FFF), (0x7F, 0x7F, 0x7F)),
    "I, of 8 bits": (Image.new("I", (4, 3), 200), (200, 200, 200)),
    "F": (Image.new("F", (4, 3), 0.5), (128, 128, 128)),
    "F, of 8 bits": (Image.new("F", (4, 3), 200.0), (200, 200, 200)),
    "La": (Image.new("LA", (4, 3), (50, 255)).convert("La"), (50, 50, 50)),
}


@pytest.mark.parametrize(("image", "colour"), MODES.values(), ids=MODES)
def test_mode(image, colour):
    pixels = open_image(image)
    assert (pixels.shape, pixels.dtype) == ((3, 4, 3), np.uint8)
    assert np.unique(pixels.reshape(-1, 3), axis=0).tolist() == [list(colour)]
    grey = open_image(image, 1)
    assert (grey.shape, grey.dtype) == ((3, 4, 1), np.uint8)
    # Pillow's weights of red, green and blue.
    luma = round(0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2])
    assert abs(int(grey[0, 0, 0]) - luma) <= 1


FILES = [
    ("1", "PNG"),
    ("L", "PNG"),
    ("LA", "PNG"),
    ("P", "PNG"),
    ("P", "GIF"),
    ("RGBA, clear", "PNG"),
    ("CMYK", "TIFF"),
    ("CMYK", "JPEG"),
    ("YCbCr", "JPEG"),
    ("L", "JPEG"),
    ("I;16", "PNG"),
    ("I;16", "TIFF"),
    ("F", "TIFF"),
    ("I", "TIFF"),
    ("I, of 8 bits", "TIFF"),
    ("F, of 8 bits", "TIFF"),
]


@pytest.mark.parametrize(("mode", "format"), FILES)
def test_mode_in_a_file(mode, format):
    image, colour = MODES[mode]
    pixels = open_image(encoded(image, format))
    assert np.abs(pixels.astype(int) - colour).max() <= (2 if format == "JPEG" else 0)


def test_a_mode_that_pillow_does_not_convert_is_named():
    with pytest.raises(ImageError, match=r"^<image>: an image of mode LAB, which Pillow cannot"):
        open_image(Image.new("LAB", (4, 3)), 1)


def test_open_files_and_views_of_bytes_are_photographs(tmp_path):
    data = encoded(Image.new("RGB", (4, 3), (10, 20, 30)), "PNG")
    (tmp_path / "a.png").write_bytes(data)
    with open(tmp_path / "a.png", "rb") as file:
        found = [open_image(source) for source in (file, io.BytesIO(data), memoryview(data))]
    for pixels in found:
        assert (pixels.shape, pixels[0, 0].tolist()) == ((3, 4, 3), [10, 20, 30])


def test_open_files_that_are_none_are_named(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"hello")
    with open(path, "rb") as file, pytest.raises(ImageError, match=r"a\.png: text; expected"):
        open_image(file)
    with open(path) as file, pytest.raises(ImageError, match=r'a\.png: opened as text; .* "rb"'):
        open_image(file)
    with pytest.raises(ImageError, match="<file>: empty"):
        open_image(io.BytesIO())


def test_a_dark_16_bit_png_stays_dark():
    dark = Image.new("I;16", (4, 3), 200)
    assert open_image(encoded(dark, "PNG")).max() == 0
    turned = Image.Exif()
    turned[0x0112] = 6
    data = io.BytesIO()
    dark.save(data, "PNG", exif=turned)
    assert open_image(data.getvalue()).max() == 0


@pytest.mark.parametrize("value", [70_000, -5])
def test_integers_beyond_16_bits_are_refused(value):
    with pytest.raises(ImageError):
        open_image(Image.new("I", (4, 3), value))


def test_a_palette_with_transparency_is_taken_silently():
    image = palette()
    image.info["transparency"] = bytes([0, 128])
    assert open_image(image)[0, 0].tolist() == [10, 20, 30]


# ---- the camera's orientation

# The photograph's pixel (row, column) of stored row r and column c, for a photograph of 2 x 3:
# the EXIF standard says which sides of the photograph are the first stored row and column.
ORIENTATIONS = {
    1: lambda r, c: (r, c),  # top, left
    2: lambda r, c: (r, 2 - c),  # top, right
    3: lambda r, c: (1 - r, 2 - c),  # bottom, right
    4: lambda r, c: (1 - r, c),  # bottom, left
    5: lambda r, c: (c, r),  # left, top
    6: lambda r, c: (c, 2 - r),  # right, top
    7: lambda r, c: (1 - c, 2 - r),  # right, bottom
    8: lambda r, c: (1 - c, r),  # left, bottom
    9: lambda r, c: (r, c),  # no such orientation
}


def turned(orientation, format):
    """The photograph RGB as a camera held otherwise would store it."""
    place = ORIENTATIONS[orientation]
    rows, columns = (3, 2) if 5 <= orientation <= 8 else (2, 3)
    stored = [[RGB[place(r, c)] for c in range(columns)] for r in range(rows)]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if format == "WEBP" else {}
    return encoded(np.array(stored, np.uint8), format, exif=exif, **options)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_photograph_is_turned_upright(orientation, format, tmp_path):
    path, _, data, *_ = sources(turned(orientation, format), tmp_path / "turned")
    for source in (path, data):
        np.testing.assert_array_equal(open_image(source), RGB)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_a_pillow_image_is_turned_upright(orientation, format):
    image = Image.open(io.BytesIO(turned(orientation, format)))
    np.testing.assert_array_equal(open_image(image), RGB)


@pytest.mark.parametrize("load", [True, False])
def test_a_tiff_that_pillow_turns_itself_is_turned_once(load):
    image = Image.open(io.BytesIO(turned(6, "TIFF")))
    if load:
        image.load()
    np.testing.assert_array_equal(open_image(image), RGB)


def test_a_jpeg_is_turned_upright():
    upright = np.zeros((16, 32, 3), np.uint8)
    upright[:, 16:] = 250
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held a quarter turn
    data = encoded(np.rot90(upright, 1), "JPEG", exif=exif)
    assert np.abs(open_image(data).astype(int) - upright).max() <= 3


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_with_damaged_exif_is_read(format):
    data = encoded(np.zeros((8, 8, 3), np.uint8), format, exif=b"Exif\0\0garbage!")
    assert open_image(data).shape == (8, 8, 3)


# ---- arrays


@pytest.mark.parametrize(
    ("dtype", "given", "expected"),
    [
        (np.uint8, 200, 200),
        (np.int64, 200, 200),
        (np.int16, 255, 255),
        (np.uint16, 0x12FF, 0x12),
        (np.float16, 0.5, 128),
        (np.float32, 1 / 255, 1),
        (np.float64, 1, 255),
        (bool, True, 255),
    ],
)
def test_an_array_of_every_type(dtype, given, expected):
    assert (open_image(np.full((2, 3, 3), given, dtype)) == expected).all()


@pytest.mark.parametrize(
    ("shape", "channels", "out"),
    [
        ((2, 3), 3, (2, 3, 3)),
        ((2, 3, 1), 3, (2, 3, 3)),
        ((2, 3, 3), 3, (2, 3, 3)),
        ((2, 3, 4), 3, (2, 3, 3)),
        ((2, 3), 1, (2, 3, 1)),
        ((2, 3, 3), 1, (2, 3, 1)),
        ((1, 1), 3, (1, 1, 3)),
    ],
)
def test_an_array_of_every_form(shape, channels, out):
    pixels = open_image(np.full(shape, 77, np.uint8), channels)
    assert pixels.shape == out
    assert (pixels == 77).all()


def test_an_array_may_be_a_view_or_read_only():
    np.testing.assert_array_equal(open_image(RGB[::-1, ::2]), RGB[::-1, ::2])
    frozen = RGB.copy()
    frozen.flags.writeable = False
    np.testing.assert_array_equal(open_image(frozen), RGB)


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros(3), "an array of 3; expected height x width"),
        (np.zeros((3, 4, 2)), "an array of 3 x 4 x 2; expected"),
        (np.zeros((3, 4, 5)), "an array of 3 x 4 x 5; expected"),
        (np.zeros((3, 224, 224)), "an array of 3 x 224 x 224; expected"),
        (np.zeros((1, 3, 4, 3)), "an array of 1 x 3 x 4 x 3; expected"),
        (np.array(5), "an array of a single number; expected"),
        (np.zeros((0, 4, 3)), "an array of 4 x 0 pixels"),
        (np.zeros((70_000, 1), np.uint8), "an array of 1 x 70000 pixels"),
        (np.full((2, 2), 1.5), "floats outside 0..1"),
        (np.full((2, 2), -0.1), "floats outside 0..1"),
        (np.full((2, 2), np.nan), "floats outside 0..1"),
        (np.full((2, 2), 256), "integers outside 0..255"),
        (np.full((2, 2), -1), "integers outside 0..255"),
        (np.zeros((2, 2), complex), "an array of complex128; expected uint8"),
        (np.zeros((2, 2), object), "an array of object; expected uint8"),
        (np.zeros((2, 2), "U1"), "an array of <U1; expected uint8"),
    ],
)
def test_an_array_that_is_no_picture_is_refused(array, said):
    with pytest.raises(ImageError, match=said):
        open_image(array)


def test_16_bits_of_either_byte_order_are_scaled_alike():
    given = np.full((2, 2), 0x1234)
    for order in ("<u2", ">u2"):
        assert (open_image(given.astype(order)) == 0x12).all()


@pytest.mark.parametrize("source", [None, 5, [RGB], {"path": "a.jpg"}])
def test_another_object_is_refused_by_its_type(source):
    with pytest.raises(ImageError, match=f"got {type(source).__name__}; expected a path, bytes"):
        open_image(source)


@pytest.mark.parametrize("channels", [0, 2, 4])
def test_a_network_of_other_channels_cannot_take_photographs(channels):
    with pytest.raises(ImageError, match=f"takes {channels} channels.*use predict"):
        open_image(RGB, channels)
