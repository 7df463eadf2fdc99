"""The rows of a data set: where its photographs are, and how the class of each is found.

Of a folder, an archive, a list or a manifest, the rows of one part (see `darknet.parts`). Nothing
is classified here, so that one bad row does not hide the others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from .archive import Encoded, read_archive
from .class_in_path import Place, class_in, class_of_word, columns, common_folders, parts_of
from .errors import InputError, printable
from .files import PHOTOGRAPHS, beside, read_bytes
from .manifest import Manifest, is_manifest
from .parts import PARTS, Part, chosen, common_folder, is_divided
from .vocabulary import Vocabulary

__all__ = [
    "WHAT",
    "Row",
    "first_line",
    "photographs_in",
    "read_text",
    "rows_of_archive",
    "rows_of_folder",
    "rows_of_text",
]

MAX_BYTES = 512 * 2**20  # of a list or manifest: ImageNet's 1.3 million lines have 0.1 GB
FIRST_BYTES = 65_536  # in which the first line is looked for
WHAT = "a folder, a .data file, an archive (.tar), a list of photographs or a manifest (labels.tsv)"


class Row(NamedTuple):
    """A photograph to be: where it stands, the line or 0, its path, and how its class is found."""

    where: str
    line: int
    path: str
    classify: Callable[[], tuple[int, Place]]
    data: Encoded | None = None


# ---- the rows of a folder, an archive, a list, a manifest


def rows_of_folder(label: str, vocabulary: Vocabulary, part: Part) -> Iterator[Row]:
    """The photographs of a folder and below; InputError where there are none."""
    where = printable(label, 200)
    try:
        folders = [entry.name for entry in os.scandir(label) if entry.is_dir()]
    except OSError as problem:
        raise InputError(f"{where}: cannot be read: {problem.strerror}") from None
    inner = _part_folder(where, folders, vocabulary, part)
    folder = os.path.join(label, inner) if inner else label
    paths = photographs_in(folder)
    if not paths:
        kinds = ", ".join(sorted(PHOTOGRAPHS))
        raise InputError(f"{printable(folder, 200)}: no photographs in this folder ({kinds})")
    for path in paths:
        parts = parts_of(os.path.relpath(path, folder))
        yield Row(printable(path, 200), 0, path, partial(class_in, parts, vocabulary, 0))


def rows_of_archive(label: str, vocabulary: Vocabulary, part: Part) -> Iterator[Row]:
    """The photographs of a tar, with their bytes; InputError as of `read_archive`."""
    found = read_archive(label)
    where = printable(label, 200)
    common = common_folder(tuple(found))
    folders = {name[: name.find("/")] for name in found if "/" in name}
    if not is_divided(folders, vocabulary):
        folders = {n.split("/", 2)[1] for n in found if n.count("/") > 1} if common else set()
    else:
        common = ""
    inner = _part_folder(where, folders, vocabulary, part)
    start = f"{common}{inner}/" if inner else ""
    for name, data in found.items():
        if name.startswith(start):
            parts = parts_of(name.removeprefix(start))
            yield Row(
                f"{where}/{printable(name, 200)}",
                0,
                f"{label}/{name}",
                partial(class_in, parts, vocabulary, 0),
                data,
            )


def _part_folder(
    where: str, folders: Collection[str], vocabulary: Vocabulary, part: Part
) -> str | None:
    """The folder of the part; None for data that are not divided."""
    if not is_divided(folders, vocabulary):
        return None
    found = chosen(folders, part)
    if found is None:
        wanted = " or ".join(PARTS[part])
        raise InputError(f"{where}: divided into parts, but no folder {wanted} in it")
    return found


def rows_of_text(label: str, vocabulary: Vocabulary, part: Part) -> Iterator[Row]:
    """The photographs of a list or manifest; InputError for a file that is neither."""
    text = read_text(label)
    where = printable(label, 200)
    first = first_line(text)
    if first.lstrip().startswith("[") and first.rstrip().endswith("]"):
        raise InputError(f"{where}: this is a .cfg; expected {WHAT}")
    if is_manifest(label, first):
        yield from _of_manifest(Manifest.parse(text, label, vocabulary), label, part)
        return
    lines = [(n, line.strip()) for n, line in enumerate(text.split("\n"), 1)]
    written = [(n, *columns(line)) for n, line in lines if line]
    depth = common_folders(parts_of(path) for _, path, _ in written)

    def classify(path: str, word: str) -> tuple[int, Place]:
        if word:
            return class_of_word(path, word, vocabulary), Place.BESIDE
        return class_in(parts_of(path), vocabulary, depth)

    for n, path, word in written:
        found = _existing(path, label)
        yield Row(f"{where}:{n}", n, found, partial(classify, path, word))


def _of_manifest(manifest: Manifest, label: str, part: Part) -> Iterator[Row]:
    where = printable(label, 200)
    for line, cells in manifest.part(part):
        path = _existing(manifest.path(cells), label)
        yield Row(f"{where}:{line}", line, path, partial(_beside, manifest, cells))


def _beside(manifest: Manifest, cells: list[str]) -> tuple[int, Place]:
    return manifest.read(cells), Place.BESIDE


# ---- files and paths


def read_text(label: str) -> str:
    """A list or manifest; InputError for what is no text."""
    data = read_bytes(label, MAX_BYTES, WHAT, InputError)
    if b"\0" in data[:4096]:
        raise InputError(f"{printable(label, 200)}: binary, not text; expected {WHAT}")
    return data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def first_line(text: str) -> str:
    """The first line that is neither blank nor one of a .data file's comments."""
    lines = text[:FIRST_BYTES].removeprefix("\ufeff").split("\n")
    return next((line for line in lines if line.strip() and line.lstrip()[0] not in "#;"), "")


def _existing(path: str, written_in: str) -> str:
    """The path as it can be opened; as written where there is no such file."""
    if os.path.isabs(path) or os.path.exists(path):
        return path
    tries = beside(path, written_in)
    return str(next((place for place in tries if os.path.exists(place)), path))


def photographs_in(folder: str) -> list[str]:
    """All photographs in a folder and below, sorted; links to folders are followed, once each."""
    return sorted(_walk(folder, set()))


def _walk(folder: str, seen: set[tuple[int, int]]) -> Iterator[str]:
    try:
        here = os.stat(folder)
        if (here.st_dev, here.st_ino) in seen:
            return
        seen.add((here.st_dev, here.st_ino))
        with os.scandir(folder) as entries:
            visible = sorted((e.name, e.is_dir()) for e in entries if e.name[0] != ".")
    except OSError as problem:
        where = printable(folder, 200)
        raise InputError(f"{where}: cannot be read: {problem.strerror}") from None
    for name, is_folder in visible:
        if is_folder:
            yield from _walk(os.path.join(folder, name), seen)
        elif Path(name).suffix.lower() in PHOTOGRAPHS:
            yield os.path.join(folder, name)
