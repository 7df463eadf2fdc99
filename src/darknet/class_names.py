"""The classes of a data set, for a network whose cfg does not know them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from .archive import is_archive, read_archive
from .cfg import Data
from .class_in_path import columns, parts_of
from .errors import InputError, printable
from .labelled import MANIFESTS, is_data_file
from .manifest import Manifest, is_manifest
from .names import list_in, load_names
from .parts import common_folder, is_divided, part_of
from .rows import WHAT, first_line, photographs_in, read_text
from .vocabulary import Vocabulary

__all__ = ["class_names", "empty_folders", "parts_in"]


def class_names(source: str | os.PathLike[str]) -> tuple[str, ...]:
    """The classes that a source names, in the order that they get as outputs.

    Of a .data file its names (or labels); of a folder or archive the folders with photographs, of
    all parts; of a list the words of the second column, or else the photographs' folders; of a
    manifest the words of its class, label or name column. They are sorted, numbers as numbers.

    Raises InputError where there are none.
    """
    label = os.fspath(source)
    where = printable(label, 200)
    if is_data_file(label):
        return _of_data(label, where)
    text = _text_of(label)
    if text is not None:
        words = sorted(_of_text(text))
    else:
        photographs = _names_in(label)
        if not photographs:
            raise InputError(f"{where}: no photographs in it; expected {WHAT}")
        words = sorted(_of_folders(photographs))
    if not words:
        raise InputError(f"{where}: no classes in it; expected folders named after them")
    if all(word.isascii() and word.isdigit() and len(word) < 10 for word in words):
        words.sort(key=int)
    return tuple(words)


def parts_in(source: str | os.PathLike[str]) -> tuple[str, ...]:
    """The parts that a source has: train, valid, both, or none where it is not divided."""
    label = os.fspath(source)
    if is_data_file(label):
        data = Data.read(label)
        return tuple(part for part in ("train", "valid") if data.get(part))
    text = _text_of(label)
    words = _splits(text) if text is not None else _folders(_names_in(label))[0]
    found = {part_of(word) for word in words}
    return tuple(part for part in ("train", "valid") if part in found)


def empty_folders(source: str | os.PathLike[str]) -> tuple[str, ...]:
    """The folders, for parts or classes, in which there is no photograph, at any depth.

    Of a folder, or of those that a .data file names; other sources have none.
    """
    label = os.fspath(source)
    if is_data_file(label):
        data = Data.read(label)
        paths = {str(data.there(part)) for part in ("train", "valid") if data.get(part)}
        return tuple(found for path in sorted(paths) for found in _empty_in(path))
    return tuple(_empty_in(label))


def _empty_in(label: str) -> Iterator[str]:
    if not os.path.isdir(label) or _text_of(label) is not None:
        return
    used = {name[:at] for name in _names_in(label) for at, c in enumerate(name) if c == "/"}
    for folder in _folders_of(label):
        if folder not in used:
            yield os.path.join(label, folder)
        elif part_of(folder) is not None:
            for inner in _folders_of(os.path.join(label, folder)):
                if f"{folder}/{inner}" not in used:
                    yield os.path.join(label, folder, inner)


def _folders_of(path: str) -> list[str]:
    with os.scandir(path) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir() and entry.name[0] != ".")


def _of_data(label: str, where: str) -> tuple[str, ...]:
    data = Data.read(label)
    path = list_in(data)
    if path is None:
        raise InputError(f"{where}: no names= in it; expected a file with a class a line")
    names = load_names(path)
    count = data.integer("classes", minimum=1)
    return names if count is None else names[:count]


_Text = tuple[str, str]  # a list's or manifest's path, and what is in it


def _text_of(label: str) -> _Text | None:
    """The list or manifest of a source; None for a folder or archive of photographs."""
    if os.path.isdir(label):
        inner = (os.path.join(label, name) for name in MANIFESTS)
        path = next((path for path in inner if os.path.isfile(path)), None)
    else:
        path = None if is_archive(label) else label
    return None if path is None else (path, read_text(path))


def _manifest(text: _Text) -> Manifest | None:
    label, content = text
    if not is_manifest(label, first_line(content)):
        return None
    return Manifest.parse(content, label, Vocabulary(()))


def _of_text(text: _Text) -> set[str]:
    manifest = _manifest(text)
    if manifest is not None:
        return manifest.words()
    lines = (columns(line.strip()) for line in text[1].split("\n") if line.strip())
    found = {word or (parts_of(path)[-2:-1] or [""])[0] for path, word in lines}
    return found - {""}


def _splits(text: _Text) -> set[str]:
    manifest = _manifest(text)
    return set() if manifest is None else manifest.splits()


def _names_in(label: str) -> list[str]:
    """The photographs of a folder or archive, by their names within it."""
    if not os.path.isdir(label):
        return list(read_archive(label))
    return ["/".join(parts_of(os.path.relpath(path, label))) for path in photographs_in(label)]


def _folders(names: list[str]) -> tuple[set[str], str]:
    """The folders that are parts, if they are, and what stands before them."""
    for start in ("", common_folder(names)):
        folders = {name[len(start) :].split("/")[0] for name in names if "/" in name[len(start) :]}
        if is_divided(folders, None):
            return {folder for folder in folders if part_of(folder)}, start
    return set(), ""


def _of_folders(names: Iterable[str]) -> set[str]:
    names = list(names)
    parts, start = _folders(names)
    if parts:
        inner = [name[len(start) :].partition("/") for name in names]
        names = [rest for folder, _, rest in inner if folder in parts]
    found = {name.split("/")[0] for name in names if "/" in name}
    common = common_folder(names)
    if len(found) == 1 and common:  # cifar10/cat/1.jpg: the folder that all lie in is no class
        deeper = {rest.split("/")[0] for rest in (n[len(common) :] for n in names) if "/" in rest}
        found = deeper or found
    return found
