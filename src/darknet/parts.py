"""The parts of a data set: what is trained on, and what is kept to see how well that went."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from .vocabulary import Vocabulary

__all__ = ["PARTS", "Part", "chosen", "common_folder", "is_divided", "part_of"]

Part = Literal["train", "valid"]
PARTS: dict[Part, tuple[str, ...]] = {
    "train": ("train", "training"),
    "valid": ("valid", "val", "validation", "test"),
}
"""What folders, and a manifest's column ``split``, call them; the first that is there counts."""


def part_of(word: str) -> Part | None:
    """The part that a word means."""
    return next((part for part, words in PARTS.items() if word.strip().lower() in words), None)


def chosen(found: Collection[str], part: Part) -> str | None:
    """The word for a part among those that were found: where there are valid and test, valid."""
    known = {word.strip().lower(): word for word in found}
    return next((known[word] for word in PARTS[part] if word in known), None)


def is_divided(folders: Collection[str], vocabulary: Vocabulary | None) -> bool:
    """True where a data set's folders are its parts; a lone one that is a class is that class."""
    found = [folder for folder in folders if part_of(folder) is not None]
    if len({part_of(folder) for folder in found}) == 2:
        return True
    return bool(found) and not any(vocabulary and vocabulary.named(folder) for folder in found)


def common_folder(names: Sequence[str]) -> str:
    """The folder that all names begin with: ``cifar10/`` of cifar10/train/cat/1.jpg; or ''."""
    first = names[0] if names else ""
    folder = first[: first.find("/") + 1]
    return folder if folder and all(name.startswith(folder) for name in names) else ""
