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
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from .errors import InputError, printable
from .vocabulary import Candidate, Vocabulary, agreed

__all__ = ["CLASS_COLUMNS", "FILE_COLUMNS", "Manifest", "is_manifest"]

FILE_COLUMNS = ("file", "path", "image", "filename")
CLASS_COLUMNS = ("darknet_index", "class", "label", "wnid", "name", "sorted_index")
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
    """The rows of a manifest, each with its line; `read` gives a row's path and class."""

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
        return cls(tuple(rows[1:]), columns, vocabulary)

    def read(self, cells: Sequence[str]) -> tuple[str, int]:
        """The path, as written, and the class of a row; InputError says what is wrong with it."""
        if len(cells) != len(self.columns):
            raise InputError(f"{len(cells)} columns; the header has {len(self.columns)}")
        row = {column: cell.strip() for column, cell in zip(self.columns, cells, strict=True)}
        path = next((row[column] for column in FILE_COLUMNS if row.get(column)), "")
        if not path:
            raise InputError("no path of a photograph in this line")
        given = [(column, row[column]) for column in CLASS_COLUMNS if row.get(column)]
        read = [(f"{column} {printable(word)}", self._classes(column, word))
                for column, word in given]  # fmt: skip
        candidates: list[Candidate] = [found for found in read if found[1]]
        if not candidates:
            raise InputError(self._no_class(path, given))
        return path, agreed([*candidates, *self.vocabulary.wnids(path)], self.vocabulary)

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
