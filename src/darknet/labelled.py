"""Photographs whose classes are known: from a folder, a .data file, a list, or a manifest.

    folder      photographs in folders named after their classes: names, wnids, or class numbers.
                A folder that has a labels.tsv (or labels.csv) is what that manifest says.
    .data       Darknet's: ``valid`` names one of the others; ``names``, ``labels``, ``top`` count.
    list        a path a line. The class is in a second column (after a tab, or after spaces where
                the path ends like a photograph's), or in the path.
    manifest    a header, then a photograph a line, with tabs or as CSV; see `darknet.manifest`.

In a path, a folder decides; where no folder of any path is a class, the file's name does
(``46_cat.png``). Names match as wholes (see `darknet.vocabulary`), and a path with two classes is
an error that names both: C looks for a class anywhere in the path, and takes what it finds.
A number is that of the network's output. A wnid in the path must agree with a class that is given
beside it, so that numbers in the order of sorted wnids are not taken for Darknet's.

Paths are tried as written, beside the file that has them, and a folder above. That a photograph can
be read is seen when it is read.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from .cfg import Data
from .errors import InputError, printable
from .files import PHOTOGRAPHS, beside, open_file, read_bytes
from .manifest import Manifest, is_manifest
from .names import Numbered, fitting, load_names
from .vocabulary import Candidate, Vocabulary, agreed, shown

__all__ = ["Labelled", "Photograph", "is_data_file", "read_labelled"]

MAX_BYTES = 512 * 2**20  # of a list or manifest: ImageNet's 1.3 million lines have 0.1 GB
FIRST_BYTES = 65_536  # in which the first line is looked for
WHAT = "a folder, a .data file, a list of photographs or a manifest (labels.tsv)"
MANIFESTS = ("labels.tsv", "labels.csv")
_DATA_KEY = re.compile(r"\s*(classes|train|valid|names|labels|backup|top|results)\s*=")
_SPACED = re.compile(
    rf"(.*?(?:{'|'.join(map(re.escape, sorted(PHOTOGRAPHS)))}))\s+(\S.*)", re.IGNORECASE
)
_PARTS = re.compile(r"[/\\]+")
_IN_FOLDER, _IN_FILE, _BESIDE = "folder", "file", "beside"  # where a class was found

T = TypeVar("T")
_Row = tuple[str, int, T]  # where, for messages; the line, or 0; what is there
_Found = tuple[str, int, str]  # path, class, where the class was found


@dataclass(frozen=True, slots=True)
class Photograph:
    """A path and its class; `line` is that of the list or manifest, 0 for one of a folder.

    `data` is the encoded file where it is not on the disk (from an archive): the path, which begins
    with the archive's, is for messages then.
    """

    path: str
    index: int
    line: int = 0
    data: bytes | None = field(default=None, repr=False, compare=False)

    @property
    def source(self) -> str | bytes:
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


def read_labelled(source: str | os.PathLike[str], names: Sequence[str]) -> Labelled:
    """The photographs of a source, with their classes among `names`.

    names: the network's classes, in the order of its outputs; where they are not known
    (`Numbered`), those of a .data file are taken, and else folders and columns have class numbers.

    Raises InputError with file and line for the first photograph that has no class, two classes,
    or one class here and another there, and says how many more there are; CfgError and NamesError
    for the files that a .data file names.
    """
    label = os.fspath(source)
    if os.path.isdir(label):
        return _folder(label, Vocabulary(names))
    if is_data_file(label):
        return _data(label, names)
    return _file(label, Vocabulary(names))


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
    return _DATA_KEY.match(_first_line(start.decode("utf-8", "surrogateescape"))) is not None


def _data(label: str, names: Sequence[str]) -> Labelled:
    data = Data.read(label)
    valid = data.path("valid")
    if valid is None:
        raise InputError(f"{printable(label, 200)}: no valid= in it; expected {WHAT} there")
    lists = [data.path("names"), data.path("labels")]
    if isinstance(names, Numbered):
        path = next((path for path in lists if path is not None), None)
        names = names if path is None else fitting(load_names(path), len(names), str(path))
    labels = () if lists[1] is None else load_names(lists[1])
    found = (_folder if valid.is_dir() else _file)(str(valid), Vocabulary(names, labels))
    files = (label, *(str(path) for path in lists if path is not None), *found.files)
    return replace(found, label=label, top=data.integer("top", minimum=1), files=files)


def _file(label: str, vocabulary: Vocabulary) -> Labelled:
    text = _text(label)
    where = printable(label, 200)
    first = _first_line(text)
    if first.lstrip().startswith("[") and first.rstrip().endswith("]"):
        raise InputError(f"{where}: this is a .cfg; expected {WHAT}")
    if is_manifest(label, first):
        manifest = Manifest.parse(text, label, vocabulary)
        rows = ((f"{where}:{line}", line, cells) for line, cells in manifest.rows)

        def of_manifest(cells: list[str]) -> _Found:
            path, index = manifest.read(cells)
            return _existing(path, label), index, _BESIDE

        return replace(_labelled(label, vocabulary, rows, of_manifest), files=(label,))
    lines = [(f"{where}:{n}", n, line) for n, line in enumerate(text.split("\n"), 1)]
    written = [(at, n, _columns(line.strip())) for at, n, line in lines if line.strip()]
    depth = _common(_PARTS.split(path) for _, _, (path, _) in written)

    def of_list(columns: tuple[str, str]) -> _Found:
        path, word = columns
        parts = _PARTS.split(path)
        index, how = _by_word(path, word, vocabulary) if word else _in(parts, vocabulary, depth)
        return _existing(path, label), index, how

    return replace(_labelled(label, vocabulary, written, of_list), files=(label,))


def _folder(label: str, vocabulary: Vocabulary) -> Labelled:
    inner = next((name for name in MANIFESTS if os.path.isfile(os.path.join(label, name))), None)
    if inner is not None:
        return replace(_file(os.path.join(label, inner), vocabulary), label=label)
    paths = _photographs(label)
    if not paths:
        kinds = ", ".join(sorted(PHOTOGRAPHS))
        raise InputError(f"{printable(label, 200)}: no photographs in this folder ({kinds})")
    rows = ((printable(path, 200), 0, path) for path in paths)

    def of_folder(path: str) -> _Found:
        parts = _PARTS.split(os.path.relpath(path, label))
        return path, *_in(parts, vocabulary, 0)

    return _labelled(label, vocabulary, rows, of_folder)


def _labelled(
    label: str, vocabulary: Vocabulary, rows: Iterable[_Row[T]], read: Callable[[T], _Found]
) -> Labelled:
    """Every row read; one InputError for all that cannot be, with the first one's words."""
    faults: list[str] = []
    found: list[Photograph] = []
    seen: dict[str, tuple[int, str]] = {}
    by_folder, by_file = "", ""
    for where, line, row in rows:
        try:
            path, index, how = read(row)
            other, there = seen.setdefault(os.path.abspath(path), (index, where))
            if other != index:
                raise InputError(
                    f"{printable(path, 200)} is {vocabulary.title(index)} here and "
                    f"{vocabulary.title(other)} in {there}"
                )
        except InputError as fault:
            faults.append(f"{where}: {fault}")
            continue
        by_folder = by_folder or (where if how == _IN_FOLDER else "")
        by_file = by_file or (where if how == _IN_FILE else "")
        found.append(Photograph(path, index, line))
    if by_folder and by_file:
        faults.append(
            f"{by_file}: only the file's name has a class, but in {by_folder} a folder has: "
            "rename the folder, or give the class in a second column or a manifest"
        )
    if faults:
        more = f" (and {len(faults) - 1:,} more like it)" if len(faults) > 1 else ""
        raise InputError(faults[0] + more)
    if not found:
        raise InputError(f"{printable(label, 200)}: no photographs in it; expected {WHAT}")
    return Labelled(label, vocabulary.names, tuple(found))


# ---- the class of one photograph


def _by_word(path: str, word: str, vocabulary: Vocabulary) -> tuple[int, str]:
    """The class that the second column names; a wnid in the path has to agree."""
    classes = vocabulary.meant(word)
    if not classes:
        raise InputError(f"{printable(word)} is no class{vocabulary.hint(word)}")
    given = (f"the second column's {printable(word)}", classes)
    return agreed([given, *vocabulary.wnids(path)], vocabulary), _BESIDE


def _in(parts: Sequence[str], vocabulary: Vocabulary, common: int) -> tuple[int, str]:
    """The class in a path, and where in it.

    The first `common` parts are those of all paths (/home/person/photographs), which are asked
    only when no other is a class.
    """
    found = _in_parts(parts[common:], vocabulary) or _in_parts(parts, vocabulary)
    if found is None:
        raise InputError(_no_class(parts, vocabulary))
    return found


def _in_parts(parts: Sequence[str], vocabulary: Vocabulary) -> tuple[int, str] | None:
    folders, stem = parts[:-1], os.path.splitext(parts[-1])[0]
    named = [(f"folder {printable(part)}", vocabulary.named(part)) for part in folders]
    candidates: list[Candidate] = [found for found in named if found[1]]
    if candidates:
        return agreed(candidates, vocabulary), _IN_FOLDER
    candidates = [(f'"{printable(word)}" in the name', c) for word, c in vocabulary.within(stem)]
    number = vocabulary.number(folders[-1]) if folders else None
    if number is not None:
        candidates.insert(0, (f"folder {folders[-1]}", frozenset({number})))
    if not candidates:
        return None
    return agreed(candidates, vocabulary), _IN_FILE if number is None else _IN_FOLDER


def _no_class(parts: Sequence[str], vocabulary: Vocabulary) -> str:
    if len(parts) < 2:
        wanted = "class numbers" if not vocabulary.is_known else shown(vocabulary.names)
        return (
            f"no class in the name {printable(parts[-1], 100)}, and no folder; expected folders "
            f"named after the classes ({wanted}), a second column, or a manifest"
        )
    return f"its folder {printable(parts[-2])} is no class{vocabulary.hint(parts[-2])}"


# ---- files and paths


def _text(label: str) -> str:
    data = read_bytes(label, MAX_BYTES, WHAT, InputError)
    if b"\0" in data[:4096]:
        raise InputError(f"{printable(label, 200)}: binary, not text; expected {WHAT}")
    return data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def _first_line(text: str) -> str:
    """The first line that is neither blank nor one of a .data file's comments."""
    lines = text[:FIRST_BYTES].removeprefix("\ufeff").split("\n")
    return next((line for line in lines if line.strip() and line.lstrip()[0] not in "#;"), "")


def _columns(line: str) -> tuple[str, str]:
    """Path and class of a line of a list; '' where it has no class."""
    if "\t" in line:
        path, _, word = line.partition("\t")
        return path.strip(), word.strip()
    if os.path.splitext(line)[1].lower() in PHOTOGRAPHS:
        return line, ""
    spaced = _SPACED.fullmatch(line)
    return (spaced[1], spaced[2]) if spaced else (line, "")


def _existing(path: str, written_in: str) -> str:
    """The path as it can be opened; as written where there is no such file."""
    if os.path.isabs(path) or os.path.exists(path):
        return path
    tries = beside(path, written_in)
    return str(next((place for place in tries if os.path.exists(place)), path))


def _common(paths: Iterable[Sequence[str]]) -> int:
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


def _photographs(folder: str) -> list[str]:
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
