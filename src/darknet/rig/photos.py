"""What photographs a network is to see: how many, how large as files, and as pixels."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from ..errors import InputError, printable
from ..files import PHOTOGRAPHS

__all__ = ["IMAGENET", "Photos", "look_at"]

SAMPLE = 200  # photographs that are opened
_MOST = 5_000_000  # files that are counted


@dataclass(frozen=True)
class Photos:
    """A data set. bytes_each and pixels_each are means; `source` says where they are from."""

    label: str
    count: int
    bytes_each: float
    pixels_each: float
    source: str

    @property
    def bytes(self) -> float:
        """Of all of them, as files."""
        return self.count * self.bytes_each

    def resized(self, side: int) -> Photos:
        """The same photographs, stored with a shorter side of so many pixels.

        Pixels and bytes shrink alike; a photograph that is smaller already stays as it is.
        """
        pixels = min(self.pixels_each, side * side * 4 / 3)
        share = pixels / self.pixels_each
        label = f"{self.label}, shorter side {side}"
        return replace(self, label=label, bytes_each=self.bytes_each * share, pixels_each=pixels)


IMAGENET = Photos(
    label="ImageNet",
    count=1_281_167,
    bytes_each=138e9 / 1_281_167,
    pixels_each=500 * 375,
    source="ILSVRC 2012: 138 GB of 1,281,167 photographs, most of them 500 x 375",
)
"""The data set that networks are most often measured with (source "imagenet" in sources.toml)."""


def look_at(folder: str | os.PathLike[str]) -> Photos:
    """Count the photographs of a folder and below, and look at some of them.

    Only the headers of at most 200 are read, evenly spread. InputError for what is no folder, or
    has no photographs in it.
    """
    label = printable(os.fspath(folder), 200)
    if not os.path.isdir(folder):
        raise InputError(f"{label}: no such folder; expected a folder of photographs")
    paths: list[str] = []
    total = 0
    for where, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if os.path.splitext(name)[1].lower() in PHOTOGRAPHS and len(paths) < _MOST:
                path = os.path.join(where, name)
                paths.append(path)
                total += os.stat(path).st_size
    if not paths:
        kinds = ", ".join(sorted(PHOTOGRAPHS))
        raise InputError(f"{label}: no photographs in this folder or below ({kinds})")
    pixels = [found for path in _spread(paths) if (found := _pixels(path))]
    if not pixels:
        raise InputError(f"{label}: none of the photographs looked at can be read")
    mean = sum(pixels) / len(pixels)
    about = f"{len(paths):,} files, {len(pixels)} of them opened"
    return Photos(label, len(paths), total / len(paths), mean, about)


def _spread(paths: list[str]) -> list[str]:
    have = len(paths)
    if have <= SAMPLE:
        return paths
    return [paths[number * have // SAMPLE] for number in range(SAMPLE)]


def _pixels(path: str) -> int:
    """Width times height from the file's header; 0 where it has none that can be read."""
    from PIL import Image

    from ..image import FORMATS

    try:
        with Image.open(path, formats=FORMATS) as image:
            return image.width * image.height
    except Exception:  # whatever a broken header makes a decoder say: it is not counted
        return 0
