"""Which class a word means: a name, a WordNet id, or a class number.

A class is called by its name (``great white shark``, also ``great_white_shark``: spaces,
underscores, hyphens, dots, commas and brackets part words, and are all the same), by a name of a
second list (the ``labels`` of a .data file), and, where the names are the shipped ImageNet list, by
its wnid.
A word matches as a whole or not at all: C looks for a name anywhere in a path, and finds "person"
in "noperson". Numbers are those of the network's outputs, from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from .errors import InputError, did_you_mean, printable
from .names import Numbered, wordnet_ids

__all__ = ["Candidate", "Vocabulary", "agreed", "shown"]

MAX_WORDS = 64  # of a file's name that are looked at
MAX_SHOWN = 4
_PARTS = re.compile(r"[\s_\-.,()\[\]]+")
_WNID = re.compile(r"(?<![0-9A-Za-z])n\d{8}(?![0-9A-Za-z])", re.ASCII)

Candidate = tuple[str, frozenset[int]]
"""Where a class was found, in words, and the classes that it may be."""


class Vocabulary:
    """The words for the classes of a network.

    names: one a class, in the order of the outputs.
    labels: further names in the same order (Darknet's ``labels`` beside ``names``), or nothing;
    what is beyond the number of classes does not count.
    """

    def __init__(self, names: Sequence[str], labels: Sequence[str] = ()) -> None:
        self.names = names
        self.ids: tuple[str, ...] = wordnet_ids(names)
        known: dict[str, list[int]] = {}
        lists: list[Sequence[str]] = [] if isinstance(names, Numbered) else [names]
        for words in (*lists, labels[: len(names)], self.ids):
            for index, word in enumerate(words):
                found = known.setdefault(_normal(word), [])
                if index not in found:
                    found.append(index)
        known.pop("", None)
        self._known = {word: frozenset(found) for word, found in known.items()}
        self._asked: dict[str, frozenset[int]] = {}  # a million paths lie in a thousand folders
        self._longest = max((word.count(" ") + 1 for word in self._known), default=0)
        self._id_index = {wnid: index for index, wnid in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.names)

    @property
    def is_known(self) -> bool:
        """False where the classes have numbers alone."""
        return bool(self._known)

    def named(self, word: str) -> frozenset[int]:
        """The classes of that name or wnid: none, one, or several of one name."""
        found = self._asked.get(word)
        if found is None:
            found = self._asked[word] = self._known.get(_normal(word), frozenset())
        return found

    def number(self, word: str) -> int | None:
        """The class of that number; None for what is no number of a class."""
        if not (word.isascii() and word.isdigit() and len(word) < 10):
            return None
        return int(word) if int(word) < len(self) else None

    def meant(self, word: str) -> frozenset[int]:
        """The classes that a word means: by name, else by number."""
        number = self.number(word)
        return self.named(word) or frozenset(() if number is None else (number,))

    def within(self, stem: str) -> Iterator[tuple[str, frozenset[int]]]:
        """The classes that a file's name (without its suffix) has: ``46_cat``, ``kit_fox-3``.

        The longest runs of words count: "school bus" is no "bus".
        """
        words = [word for word in _PARTS.split(stem) if word][:MAX_WORDS]
        covered = 0
        for start in range(len(words)):
            for end in range(min(len(words), start + self._longest), max(start, covered), -1):
                run = " ".join(words[start:end])
                if run in self._known and not run.isdigit():  # 0003.png is the third, not a 3
                    covered = end
                    yield run, self._known[run]
                    break

    def wnids(self, path: str) -> list[Candidate]:
        """The known wnids that a path has as words of their own, each with its class."""
        found = [wnid for wnid in _WNID.findall(path) if wnid in self._id_index]
        return [(f"the path's {wnid}", frozenset({self._id_index[wnid]})) for wnid in found]

    def sorted_index(self, number: int) -> int | None:
        """The class whose wnid is the `number`-th in sorted order, from 0; None for none.

        That is the order of ImageNet's classes in other frameworks.
        """
        ordered = sorted(self.ids)
        return self._id_index[ordered[number]] if 0 <= number < len(ordered) else None

    def hint(self, word: str) -> str:
        """What to do about a word that is no class."""
        if word.isascii() and word.isdigit():
            return f": numbers are from 0 to {len(self) - 1}"
        if not self.is_known:
            wnid = len(self) == 1000 and _WNID.fullmatch(word)
            which = "--names imagenet" if wnid else "--names LIST"
            return f": the names of the classes are not known; {which} gives them"
        return did_you_mean(_normal(word), self._known) or f": expected {shown(self.names)}"

    def title(self, index: int) -> str:
        """A class for a message: ``cat (class 3)``."""
        if isinstance(self.names, Numbered):
            return self.names[index]
        return f"{printable(self.names[index])} (class {index})"

    def listed(self, indices: Iterable[int]) -> str:
        """Classes for a message: ``crane (class 517) and crane (class 701)``."""
        ordered = sorted(indices)
        some = " and ".join(self.title(index) for index in ordered[:MAX_SHOWN])
        return some if len(ordered) <= MAX_SHOWN else f"{some} and {len(ordered) - MAX_SHOWN} more"


def agreed(candidates: Sequence[Candidate], vocabulary: Vocabulary) -> int:
    """The one class that all candidates allow; InputError naming those that do not agree."""
    first, common = candidates[0]
    for words, classes in candidates[1:]:
        if not common & classes:
            raise InputError(
                f"two classes: {first} is {vocabulary.listed(common)}, {words} is "
                f"{vocabulary.listed(classes)}{_sorted_note(common, classes, vocabulary)}"
            )
        common &= classes
    if len(common) > 1:
        how = "wnid" if vocabulary.ids else "class number"
        raise InputError(f"{first} is {vocabulary.listed(common)}: give the {how}")
    return next(iter(common))


def _sorted_note(one: frozenset[int], other: frozenset[int], vocabulary: Vocabulary) -> str:
    """Why two classes may differ: the number was the place among the sorted wnids."""
    if {vocabulary.sorted_index(number) for number in one} & other:
        return (
            ": the number counts sorted wnids, and Darknet has another order (a manifest's column "
            "sorted_index takes such numbers)"
        )
    return ""


def _normal(word: str) -> str:
    return " ".join(part for part in _PARTS.split(word) if part)


def shown(names: Sequence[str]) -> str:
    """The first few names: ``one of airplane, automobile, bird, cat ... (10 classes)``."""
    some = ", ".join(printable(name, 40) for name in names[:MAX_SHOWN])
    return f"one of {some}" + (f" ... ({len(names)} classes)" if len(names) > MAX_SHOWN else "")
