"""Manifests: a table that says which class every photograph has.

A header, then a line for every photograph, with tabs between the columns, or as CSV:

    file	wnid	darknet_index	sorted_index	name
    n01440764_tench.jpg	n01440764	448	0	tench

The photograph is in the column ``file`` (or ``path``, ``image``, ``filename``). Its class is in one
or more of these; all that are there must agree, other columns do not count:

    darknet_index    the number of the network's output
    class, label     a name, a wnid, or the number of the network's output
    wnid             ImageNet's id
    name             a name of the class list; one that is in no list does not count
    sorted_index     the place of the wnid among ImageNet's sorted wnids, which is the order of
                     other frameworks and NOT that of Darknet's outputs

A column ``split`` says which part of the data a line belongs to: train, or valid (also val, test).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from .errors import InputError, printable
from .parts import PARTS, Part, chosen, part_of
from .vocabulary import Candidate, Vocabulary, agreed

__all__ = ["CLASS_COLUMNS", "FILE_COLUMNS", "Manifest", "is_manifest"]

FILE_COLUMNS = ("file", "path", "image", "filename")
CLASS_COLUMNS = ("darknet_index", "class", "label", "wnid", "name", "sorted_index")
SPLIT_COLUMN = "split"
_NUMBERS = ("darknet_index", "sorted_index")


def is_manifest(label: str, first: str) -> bool:
    """True for a .tsv or .csv file, and for a text whose first line has a ``file`` column."""
    columns = [column.strip().lower() for column in first.split(_delimiter(first))]
    named = len(columns) > 1 and any(column in FILE_COLUMNS for column in columns)
    return named or label.lower().endswith((".tsv", ".csv"))


def _delimiter(first: str) -> str:
    return "\t" if "\t" in first else ","


@dataclass(frozen=True)
class Manifest:
    """The rows of a manifest, each with its line; `path` and `read` give a row's photograph."""

    label: str
    rows: tuple[tuple[int, list[str]], ...]
    columns: tuple[str, ...]
    vocabulary: Vocabulary

    @classmethod
    def parse(cls, text: str, label: str, vocabulary: Vocabulary) -> Manifest:
        """The table in `text`; InputError for one without the columns that count."""
        where = printable(label, 200)
        lines = text.split("\n")
        tabs = _delimiter(next((line for line in lines if line.strip()), "")) == "\t"
        reader = (
            csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if tabs else csv.reader(lines)
        )
        try:
            rows = [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
        except csv.Error as problem:
            raise InputError(f"{where}:{reader.line_num}: no CSV: {problem}") from None
        if not rows:
            raise InputError(f"{where}: empty; expected a header and a photograph a line")
        line, header = rows[0]
        columns = tuple(column.strip().lower() for column in header)
        for kind, wanted in (("photographs", FILE_COLUMNS), ("classes", CLASS_COLUMNS)):
            if not set(wanted) & set(columns):
                raise InputError(
                    f"{where}:{line}: the header has no column of {kind}; expected "
                    f"{' or '.join(wanted)}"
                )
        return cls(where, tuple(rows[1:]), columns, vocabulary)

    def part(self, part: Part) -> list[tuple[int, list[str]]]:
        """The rows of a part, with their lines: by the column ``split``, or all without one.

        InputError for a part that is none, and where there is no row of `part`.
        """
        if SPLIT_COLUMN not in self.columns:
            return list(self.rows)
        place = self.columns.index(SPLIT_COLUMN)
        words = [(cells[place] if place < len(cells) else "").strip().lower()
                 for _, cells in self.rows]  # fmt: skip
        for (line, _), word in zip(self.rows, words, strict=True):
            if part_of(word) is None:
                wanted = ", ".join(word for known in PARTS.values() for word in known)
                raise InputError(
                    f"{self.label}:{line}: split {printable(word)}: expected one of {wanted}"
                )
        wanted_word = chosen(set(words), part)
        if wanted_word is None:
            raise InputError(f"{self.label}: no line of it has {' or '.join(PARTS[part])} as split")
        return [row for row, word in zip(self.rows, words, strict=True) if word == wanted_word]

    def splits(self) -> set[str]:
        """The words in the column ``split``."""
        return self._column(SPLIT_COLUMN)

    def words(self) -> set[str]:
        """What stands in the first column of classes.

        InputError where a column has the numbers of outputs: only a list says what they are called.
        """
        numbers = next((column for column in _NUMBERS if column in self.columns), None)
        if numbers is not None:
            raise InputError(
                f"{self.label}: {numbers} has numbers of classes; --names says what they are called"
            )
        column = next((column for column in CLASS_COLUMNS if column in self.columns), "")
        return self._column(column)

    def _column(self, column: str) -> set[str]:
        if column not in self.columns:
            return set()
        place = self.columns.index(column)
        found = {cells[place].strip() for _, cells in self.rows if place < len(cells)}
        return found - {""}

    def path(self, cells: Sequence[str]) -> str:
        """The photograph of a row, as written; '' where it has none."""
        row = dict(zip(self.columns, (cell.strip() for cell in cells), strict=False))
        return next((row[column] for column in FILE_COLUMNS if row.get(column)), "")

    def read(self, cells: Sequence[str]) -> int:
        """The class of a row; InputError says what is wrong with it."""
        if len(cells) != len(self.columns):
            raise InputError(f"{len(cells)} columns; the header has {len(self.columns)}")
        row = {column: cell.strip() for column, cell in zip(self.columns, cells, strict=True)}
        path = self.path(cells)
        if not path:
            raise InputError("no path of a photograph in this line")
        given = [(column, row[column]) for column in CLASS_COLUMNS if row.get(column)]
        read = [(f"{column} {printable(word)}", self._classes(column, word))
                for column, word in given]  # fmt: skip
        candidates: list[Candidate] = [found for found in read if found[1]]
        if not candidates:
            raise InputError(self._no_class(path, given))
        return agreed([*candidates, *self.vocabulary.wnids(path)], self.vocabulary)

    def _classes(self, column: str, word: str) -> frozenset[int]:
        """The classes that a cell means; InputError for a number that is none."""
        vocabulary = self.vocabulary
        if column in ("wnid", "name"):
            return vocabulary.named(word)
        found = vocabulary.meant(word) if column in ("class", "label") else frozenset()
        number = vocabulary.number(word)
        if not found and number is None and (column in _NUMBERS or word.isdigit()):
            raise InputError(f"{column} {printable(word)}: expected 0 to {len(vocabulary) - 1}")
        if column == "sorted_index" and number is not None:
            number = vocabulary.sorted_index(number)
        return found or frozenset(() if number is None else (number,))

    def _no_class(self, path: str, given: Sequence[tuple[str, str]]) -> str:
        if not given:
            return f"{printable(path, 100)}: no class in this line"
        column, word = given[0]
        if column == "sorted_index":
            return (
                "sorted_index counts among ImageNet's sorted wnids, and the network's classes are "
                "not ImageNet's; call the column darknet_index where it has the outputs' numbers"
            )
        return f"{column} {printable(word)} is no class{self.vocabulary.hint(word)}"
