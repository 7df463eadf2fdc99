"""Photographs that tests make."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

RGB = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3) * 14


def encoded(image, format="PNG", **options):
    """An encoded file's bytes."""
    if not isinstance(image, Image.Image):
        image = Image.fromarray(np.asarray(image))
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def sources(data, path):
    """The same encoded picture as every kind of source that is a file."""
    path.write_bytes(data)
    return [str(path), path, data, bytearray(data), Image.open(io.BytesIO(data))]
