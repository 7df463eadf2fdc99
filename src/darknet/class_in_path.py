"""The class of one photograph, in its path or in the word beside it.

A folder decides; where no folder is a class, the file's name does (``46_cat.png``). Names match as
wholes (see `darknet.vocabulary`), and a path with two classes is an error that names both: C looks
for a class anywhere in the path, and takes what it finds.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from enum import Enum

from .errors import InputError, printable
from .files import PHOTOGRAPHS
from .vocabulary import Candidate, Vocabulary, agreed, shown

__all__ = ["Place", "class_in", "class_of_word", "columns", "common_folders", "parts_of"]

_SPACED = re.compile(
    rf"(.*?(?:{'|'.join(map(re.escape, sorted(PHOTOGRAPHS)))}))\s+(\S.*)", re.IGNORECASE
)
_SLASHES = re.compile(r"[/\\]+")


class Place(Enum):
    """Where a class was found."""

    FOLDER = "folder"
    FILE = "file"
    BESIDE = "beside"


def parts_of(path: str) -> list[str]:
    """Folders and file of a path, of this system or another."""
    return _SLASHES.split(path)


def columns(line: str) -> tuple[str, str]:
    """Path and class of a line of a list; '' where it has no class."""
    if "\t" in line:
        path, _, word = line.partition("\t")
        return path.strip(), word.strip()
    if os.path.splitext(line)[1].lower() in PHOTOGRAPHS:
        return line, ""
    spaced = _SPACED.fullmatch(line)
    return (spaced[1], spaced[2]) if spaced else (line, "")


def class_of_word(path: str, word: str, vocabulary: Vocabulary) -> int:
    """The class that the second column names; a wnid in the path has to agree."""
    classes = vocabulary.meant(word)
    if not classes:
        raise InputError(f"{printable(word)} is no class{vocabulary.hint(word)}")
    given = (f"the second column's {printable(word)}", classes)
    return agreed([given, *vocabulary.wnids(path)], vocabulary)


def class_in(parts: Sequence[str], vocabulary: Vocabulary, common: int) -> tuple[int, Place]:
    """The class in a path, and where in it; InputError for none, or two.

    The first `common` parts are those of all paths (/home/person/photographs), which are asked
    only when no other is a class.
    """
    found = _class_in(parts[common:], vocabulary) or _class_in(parts, vocabulary)
    if found is None:
        raise InputError(_no_class(parts, vocabulary))
    return found


def _class_in(parts: Sequence[str], vocabulary: Vocabulary) -> tuple[int, Place] | None:
    folders, stem = parts[:-1], os.path.splitext(parts[-1])[0]
    named = [(f"folder {printable(part)}", vocabulary.named(part)) for part in folders]
    candidates: list[Candidate] = [found for found in named if found[1]]
    if candidates:
        return agreed(candidates, vocabulary), Place.FOLDER
    candidates = [(f'"{printable(word)}" in the name', c) for word, c in vocabulary.within(stem)]
    number = vocabulary.number(folders[-1]) if folders else None
    if number is not None:
        candidates.insert(0, (f"folder {folders[-1]}", frozenset({number})))
    if not candidates:
        return None
    return agreed(candidates, vocabulary), Place.FILE if number is None else Place.FOLDER


def _no_class(parts: Sequence[str], vocabulary: Vocabulary) -> str:
    if len(parts) < 2:
        wanted = "class numbers" if not vocabulary.is_known else shown(vocabulary.names)
        return (
            f"no class in the name {printable(parts[-1], 100)}, and no folder; expected folders "
            f"named after the classes ({wanted}), a second column, or a manifest"
        )
    return f"its folder {printable(parts[-2])} is no class{vocabulary.hint(parts[-2])}"


def common_folders(paths: Iterable[Sequence[str]]) -> int:
    """How many leading folders all paths have, not counting the one that the file lies in."""
    first: Sequence[str] | None = None
    count = 0
    for parts in paths:
        if first is None:
            first, count = parts, len(parts)
        count = min(count, len(parts) - 2)
        while count > 0 and first[:count] != parts[:count]:
            count -= 1
    return max(0, count)
