"""Photographs whose classes are known: a folder, a .data file, an archive, a list or a manifest.

    folder      photographs in folders named after their classes: names, wnids, or class numbers.
                A folder that has a labels.tsv (or labels.csv) is what that manifest says.
    archive     the same in a .tar, .tar.gz, .tar.xz, .tar.bz2 or .tar.zst, read into memory.
    .data       Darknet's: ``train``, ``valid`` name others; ``names``, ``labels``, ``top`` count.
    list        a path a line. The class is in a second column (after a tab, or after spaces where
                the path ends like a photograph's), or in the path (see `darknet.class_in_path`).
    manifest    a header, then a photograph a line, with tabs or as CSV; see `darknet.manifest`.

A folder or archive with the folders ``train`` and ``valid`` (or ``val``, ``test``), and a manifest
with a column ``split``, has two parts, of which one is read; any other is both parts itself.

A number is that of the network's output. A wnid in the path must agree with a class that is given
beside it, so that numbers in the order of sorted wnids are not taken for Darknet's.

Paths are tried as written, beside the file that has them, and a folder above. That a photograph can
be read is seen when it is read.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from .archive import Encoded, is_archive
from .cfg import Data
from .class_in_path import Place
from .errors import InputError, printable
from .files import open_file
from .names import Numbered, fitting, list_in, load_names
from .parts import Part
from .quarantine import Quarantine
from .rows import FIRST_BYTES, WHAT, Row, first_line, rows_of_archive, rows_of_folder, rows_of_text
from .vocabulary import Vocabulary

__all__ = ["Fault", "Labelled", "Photograph", "Survey", "is_data_file", "read_labelled", "survey"]

MANIFESTS = ("labels.tsv", "labels.csv")
_DATA_KEY = re.compile(r"\s*(classes|train|valid|names|labels|backup|top|results)\s*=")


@dataclass(frozen=True, slots=True)
class Photograph:
    """A path and its class; `line` is that of the list or manifest, 0 for one of a folder.

    `data` is the encoded file where it is not on the disk (from an archive): the path, which begins
    with the archive's, is for messages then.
    """

    path: str
    index: int
    line: int = 0
    data: Encoded | None = field(default=None, repr=False, compare=False)

    @property
    def source(self) -> str | Encoded:
        """What `open_image` reads it from."""
        return self.path if self.data is None else self.data


@dataclass(frozen=True)
class Labelled:
    """Photographs with their classes, in the order of their source.

    label: the source, as given. names: the classes, in the order of the network's outputs.
    top: what a .data file says under ``top``, or None. files: the lists that were read for it.
    """

    label: str
    names: Sequence[str]
    photographs: tuple[Photograph, ...]
    top: int | None = None
    files: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.photographs)

    @property
    def counts(self) -> tuple[int, ...]:
        """How many photographs every class has, in class order."""
        found = Counter(photograph.index for photograph in self.photographs)
        return tuple(found[index] for index in range(len(self.names)))

    def where(self, photograph: Photograph) -> str:
        """Where a photograph stands, for messages: file:line of its list, or its path."""
        if photograph.line and self.files:
            return f"{printable(self.files[-1], 200)}:{photograph.line}"
        return printable(photograph.path, 200)

    @property
    def duplicates(self) -> tuple[tuple[str, int], ...]:
        """Files that are named more than once (always with one class), and how often."""
        found = Counter(os.path.abspath(photograph.path) for photograph in self.photographs)
        return tuple((path, times) for path, times in found.items() if times > 1)

    def spread(self, limit: int) -> Labelled:
        """At most `limit` photographs, evenly spread: the first ones may be all of one class."""
        have = len(self)
        if limit < 1:
            raise InputError(f"limit={limit}: expected at least 1")
        if limit >= have:
            return self
        kept = tuple(self.photographs[number * have // limit] for number in range(limit))
        return replace(self, photographs=kept)


@dataclass(frozen=True, slots=True)
class Fault:
    """A photograph without a class, or with two: its path, where it stands, and what is wrong."""

    path: str
    where: str
    reason: str


@dataclass(frozen=True)
class Survey:
    """What a source has: the photographs whose class is clear, and those where it is not."""

    labelled: Labelled
    faults: tuple[Fault, ...] = ()

    def checked(self) -> Labelled:
        """The photographs; one InputError for all faults, with the first one's words."""
        if self.faults:
            more = len(self.faults) - 1
            like = f" (and {more:,} more like it)" if more else ""
            raise InputError(f"{self.faults[0].where}: {self.faults[0].reason}{like}")
        return self.labelled


def read_labelled(
    source: str | os.PathLike[str],
    names: Sequence[str],
    part: Part = "valid",
    quarantine: Quarantine | None = None,
) -> Labelled:
    """The photographs of a part of a source, with their classes among `names`.

    names: the network's classes, in the order of its outputs; where they are not known
    (`Numbered`), those of a .data file are taken, and else folders and columns have class numbers.
    quarantine: what is left out, before anything else is asked of it.

    Raises InputError with file and line for the first photograph that has no class, two classes,
    or one class here and another there, and says how many more there are; CfgError and NamesError
    for the files that a .data file names.
    """
    return survey(source, names, part, quarantine).checked()


def survey(
    source: str | os.PathLike[str],
    names: Sequence[str],
    part: Part = "valid",
    quarantine: Quarantine | None = None,
) -> Survey:
    """As `read_labelled`, with every photograph whose class is not clear, instead of an error."""
    label = os.fspath(source)
    if is_data_file(label):
        return _data(label, names, part, quarantine)
    return _source(label, Vocabulary(names), part, quarantine)


def is_data_file(path: str | os.PathLike[str]) -> bool:
    """True for a .data file, by its suffix or else by its first line.

    Raises InputError for a file that cannot be read.
    """
    if os.path.isdir(path):
        return False
    if os.fspath(path).endswith(".data"):
        return True
    with open_file(path, WHAT, InputError) as file:
        start = file.read(FIRST_BYTES)
    return _DATA_KEY.match(first_line(start.decode("utf-8", "surrogateescape"))) is not None


def _data(label: str, names: Sequence[str], part: Part, quarantine: Quarantine | None) -> Survey:
    data = Data.read(label)
    wanted = data.there(part)
    if wanted is None:
        raise InputError(f"{printable(label, 200)}: no {part}= in it; expected {WHAT} there")
    lists = [list_in(data, (key,)) for key in ("names", "labels")]
    if isinstance(names, Numbered):
        path = next((path for path in lists if path is not None), None)
        names = names if path is None else fitting(load_names(path), len(names), path)
    labels = () if lists[1] is None else load_names(lists[1])
    data.check_classes(len(names), "the network")
    found = _source(str(wanted), Vocabulary(names, labels), part, quarantine)
    used = (path for path in lists if path is not None)
    labelled = replace(
        found.labelled,
        label=label,
        top=data.integer("top", minimum=1),
        files=(label, *used, *found.labelled.files),
    )
    return replace(found, labelled=labelled)


def _source(
    label: str, vocabulary: Vocabulary, part: Part, quarantine: Quarantine | None
) -> Survey:
    """Anything but a .data file."""
    inner = [os.path.join(label, name) for name in MANIFESTS]
    manifest = next((path for path in inner if os.path.isfile(path)), None)
    files: tuple[str, ...] = (manifest or label,)
    if os.path.isdir(label) and manifest is None:
        rows, files = rows_of_folder(label, vocabulary, part), ()
    elif not os.path.isdir(label) and is_archive(label):
        rows = rows_of_archive(label, vocabulary, part)
    else:
        rows = rows_of_text(manifest or label, vocabulary, part)
    return _survey(label, vocabulary, rows, files, quarantine, part)


def _survey(
    label: str,
    vocabulary: Vocabulary,
    rows: Iterable[Row],
    files: tuple[str, ...],
    quarantine: Quarantine | None,
    part: Part,
) -> Survey:
    """Every row classified."""
    faults: list[Fault] = []
    found: list[Photograph] = []
    seen: dict[str, tuple[int, str]] = {}
    places: dict[Place, list[Row]] = {place: [] for place in Place}
    left_out = 0
    for row in rows:
        if quarantine is not None and quarantine.has(row.path, row.line, part):
            left_out += 1
            continue
        try:
            index, place = row.classify()
            other, there = seen.setdefault(os.path.abspath(row.path), (index, row.where))
            if other != index:
                raise InputError(
                    f"{printable(row.path, 200)} is {vocabulary.title(index)} here and "
                    f"{vocabulary.title(other)} in {there}"
                )
        except InputError as fault:
            faults.append(Fault(row.path, row.where, str(fault)))
            continue
        places[place].append(row)
        found.append(Photograph(row.path, index, row.line, row.data))
    faults += _mixed(places)
    if not found and not faults:
        where = printable(label, 200)
        if left_out:
            raise InputError(f"{where}: all {left_out:,} photographs of it are in quarantine")
        raise InputError(f"{where}: no photographs in it; expected {WHAT}")
    return Survey(Labelled(label, vocabulary.names, tuple(found), files=files), tuple(faults))


def _mixed(places: dict[Place, list[Row]]) -> Iterator[Fault]:
    """Photographs whose names alone have a class, where others have theirs in folders."""
    if places[Place.FOLDER]:
        first = places[Place.FOLDER][0].where
        for row in places[Place.FILE]:
            yield Fault(
                row.path,
                row.where,
                f"only the file's name has a class, but in {first} a folder has: rename the "
                "folder, or give the class in a second column or a manifest",
            )
