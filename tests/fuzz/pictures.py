"""Encoded photographs in every format, and mutations that know PNG's, JPEG's and TIFF's parts."""

from __future__ import annotations

import io
import struct
import zlib
from random import Random
from typing import Any

import numpy as np
from PIL import Image
from values import extreme_integer, garble, splice

__all__ = ["mutated", "picture"]

MODES = {
    "JPEG": ("RGB", "L", "CMYK", "YCbCr"),
    "PNG": ("RGB", "L", "RGBA", "LA", "P", "1", "I;16", "I"),
    "GIF": ("P", "L", "RGB"),
    "BMP": ("RGB", "L", "P", "1", "RGBA"),
    "TIFF": ("RGB", "L", "RGBA", "1", "P", "CMYK", "YCbCr", "LAB", "I;16", "I", "F", "LA", "PA"),
    "WEBP": ("RGB", "RGBA"),
    "PPM": ("RGB", "L", "1", "I;16", "I", "F"),
    "TGA": ("RGB", "RGBA", "L", "P", "LA", "1"),
}
SIDES = (1, 1, 2, 3, 7, 8, 16, 17, 33, 64)
LONG = (100, 1_000, 5_000, 16_383, 20_000, 65_500, 65_535)


def picture(rng: Random) -> tuple[str, bytes]:
    """A format's name and a good file of it, a small one but for long strips and bombs."""
    draw = rng.random()
    if draw < 0.03:
        return "PPM", _plain_pnm(rng)
    if draw < 0.035:
        return "PNG", _bomb(rng)
    name = rng.choice(list(MODES))
    mode = rng.choice(MODES[name])
    width, height = rng.choice(SIDES), rng.choice(SIDES)
    if rng.random() < 0.03:
        width, height = rng.choice(LONG), rng.choice((1, 1, 2, 5))
        width, height = rng.choice(((width, height), (height, width)))
    image = _image(mode, width, height, rng)
    out = io.BytesIO()
    try:
        image.save(out, name, **_options(name, image, rng))
    except Exception:  # a mode, size or compression that the format lacks
        out = io.BytesIO()
        image.convert("RGB").save(out, "PNG")
        name = "PNG"
    return name, out.getvalue()


def _image(mode: str, width: int, height: int, rng: Random) -> Image.Image:
    generator = np.random.default_rng(rng.getrandbits(32))
    if mode == "F":
        values = generator.random((height, width), np.float32) * rng.choice((1, 1, 255, 1e30))
        if rng.random() < 0.2:
            values[0, 0] = rng.choice((np.nan, np.inf, -1.0))
        return Image.fromarray(values)
    if mode.startswith("I"):
        top = rng.choice((256, 65_536, 2**31 - 1)) if mode == "I" else 65_536
        drawn = generator.integers(0, top, (height, width))
        return Image.fromarray(drawn.astype(np.int32 if mode == "I" else np.uint16))
    noise = Image.fromarray(generator.integers(0, 256, (height, width, 3)).astype(np.uint8))
    if rng.random() < 0.3:
        noise = Image.new("RGB", (width, height), (10, 200, 90))
    if mode in ("LAB", "PA"):
        bands = {"LAB": 3, "PA": 2}[mode]
        return Image.frombytes(mode, (width, height), rng.randbytes(width * height * bands))
    return noise.convert(mode)


def _options(name: str, image: Image.Image, rng: Random) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if name in ("JPEG", "PNG", "TIFF", "WEBP") and rng.random() < 0.3:
        exif = Image.Exif()
        exif[0x0112] = rng.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 65_535))
        options["exif"] = exif
    if name == "JPEG":
        options |= {"quality": rng.choice((1, 50, 95)), "progressive": rng.random() < 0.4}
        options["optimize"] = rng.random() < 0.3
    elif name == "TIFF":
        options["compression"] = rng.choice(
            ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "group4", "lzma", "zstd")
        )
    elif name == "GIF" and rng.random() < 0.5:
        options |= {"save_all": True, "append_images": [image.copy()] * rng.randint(1, 3)}
        options["transparency"] = rng.randrange(256)
    elif name == "WEBP":
        options |= {"lossless": rng.random() < 0.5, "quality": 40}
    elif name == "TGA" and rng.random() < 0.5:
        options["compression"] = "tga_rle"
    elif name == "PNG" and image.mode in ("P", "L", "RGB") and rng.random() < 0.3:
        options["transparency"] = (1, 2, 3) if image.mode == "RGB" else 1
    return options


def _plain_pnm(rng: Random) -> bytes:
    """P1 to P7 as text, with any maximum."""
    kind = rng.choice(("P1", "P2", "P3", "P4", "P5", "P6", "P7", "Pf", "PF", "Py"))
    width, height = rng.choice(SIDES), rng.choice(SIDES)
    top = rng.choice((1, 2, 255, 256, 65_535, 0, 65_536, extreme_integer(rng)))
    if rng.random() < 0.2:
        width = extreme_integer(rng)
    values = " ".join(str(rng.randint(0, 300)) for _ in range(200))
    comment = rng.choice(("", "# x\n", "#" + "y" * 5_000 + "\n"))
    return f"{kind}\n{comment}{width} {height}\n{top}\n{values}\n".encode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _bomb(rng: Random) -> bytes:
    """A PNG of one colour at, below and above the limits on pixels."""
    width, height = rng.choice(
        ((10_000, 10_000), (10_000, 10_001), (9_000, 9_000), (100_000, 1_000), (13_000, 13_000),
         (20_000, 20_000), (2**31 - 1, 1), (1, 2**31 - 1), (65_536, 65_536), (1, 90_000_000))
    )  # fmt: skip
    depth, colour, bits = rng.choice(((1, 0, 1), (8, 0, 8), (1, 3, 1), (8, 3, 8)))
    rows = zlib.compressobj(9)
    line = bytes(1 + -(-min(width, 10**8) * bits // 8))
    count = height if len(line) * height < 120_000_000 else 10
    body = b"".join(rows.compress(line * 1000) for _ in range(count // 1000)) + rows.compress(
        line * (count % 1000)
    )
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    palette = _chunk(b"PLTE", bytes(6)) if colour == 3 else b""
    start = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + palette
    return start + _chunk(b"IDAT", body + rows.flush()) + _chunk(b"IEND", b"")


def mutated(name: str, data: bytes, rng: Random) -> bytes:
    """The file with changes: none, some that its format's parts know, or any."""
    draw = rng.random()
    if draw < 0.15 or len(data) > 2_000_000:
        return data
    if draw < 0.25:
        return data[: rng.randrange(len(data))]
    if draw < 0.3:
        return splice(data, picture(rng)[1], rng)
    if name == "PNG" and draw < 0.75:
        return _png(data, rng)
    if name == "JPEG" and draw < 0.6:
        return _jpeg(data, rng)
    return garble(data, rng)


def _png(data: bytes, rng: Random) -> bytes:
    """Chunks changed, repeated, moved or left out, with checksums that are right again."""
    chunks, at = [], 8
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    for _ in range(rng.randint(1, 3)):
        index = rng.randrange(len(chunks)) if chunks else 0
        kind, body = chunks[index] if chunks else (b"IHDR", b"")
        change = rng.randrange(5)
        if change == 0:
            chunks[index : index + 1] = [(kind, garble(body, rng, 2))]
        elif change == 1:
            chunks.insert(rng.randint(0, len(chunks)), (kind, body))
        elif change == 2 and chunks:
            del chunks[index]
        elif change == 3:
            odd = (b"tRNS", b"eXIf", b"iCCP", b"zTXt", b"iTXt", b"acTL", b"fcTL", b"PLTE", b"gAMA")
            content = rng.choice((b"", rng.randbytes(20), b"x\0\0" + zlib.compress(bytes(10**6))))
            chunks.insert(min(1, len(chunks)), (rng.choice(odd), content))
        else:
            chunks[index : index + 1] = [(garble(kind, rng, 1)[:4].ljust(4, b"x"), body)]
    return data[:8] + b"".join(_chunk(kind, body) for kind, body in chunks)


def _jpeg(data: bytes, rng: Random) -> bytes:
    """A header segment's content changed, its length kept right or not."""
    at, places = 2, []
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        places.append(at)
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    if not places:
        return garble(data, rng)
    at = rng.choice(places)
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    body = garble(data[at + 4 : end], rng, 2)
    size = len(body) + 2 if rng.random() < 0.8 else extreme_integer(rng) % 65_536
    return data[: at + 2] + struct.pack(">H", min(size, 65_535)) + body + data[end:]
