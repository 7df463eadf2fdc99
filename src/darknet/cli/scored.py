"""What ``darknet classifier valid`` hands out: lines, pictures, a CSV file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ImageError, InputError, printable
from .targets import check_ending

if TYPE_CHECKING:
    from ..labelled import Labelled
    from ..tasks.scores import Validation

__all__ = ["TILES", "Outputs", "lines"]

TILES = 20  # mistakes on a sheet


class Outputs:
    """Where --save, --matrix, --calibration and --csv go; None is nowhere.

    Looked at before the work: InputError for what cannot be written, or is one of the `inputs`.
    """

    def __init__(
        self,
        inputs: Iterable[str],
        *,
        save: str | None = None,
        matrix: str | None = None,
        calibration: str | None = None,
        csv: str | None = None,
    ) -> None:
        self._save, self._matrix, self._calibration = save, matrix, calibration
        self._csv = csv
        pictures = {"--save": save, "--matrix": matrix, "--calibration": calibration}
        given = {f: path for f, path in {**pictures, "--csv": csv}.items() if path is not None}
        taken = {os.path.realpath(path) for path in inputs} if given else set()
        for flag, path in given.items():
            if flag in pictures:
                check_ending(flag, path, ".png")
            if not path or os.path.isdir(path):
                raise InputError(f"{flag} {path}: expected a file's name, not a folder")
            target = os.path.realpath(path)
            if target in taken:
                raise InputError(f"{flag} {path}: is an input, or written twice; it is kept")
            taken.add(target)
            _writable(flag, path)

    def check_classes(self, count: int) -> None:
        """InputError where the network has too many classes for --matrix."""
        from ..confusion import MAX_CLASSES

        if self._matrix is not None and count > MAX_CLASSES:
            raise InputError(
                f"--matrix {self._matrix}: {count:,} classes are too many to draw; expected at "
                f"most {MAX_CLASSES:,}"
            )

    def write(self, result: Validation, data: Labelled, worst: int | None) -> None:
        """Write what was asked for; InputError when that cannot be done."""
        from ..files import write_atomic

        if self._csv is not None:
            write_atomic(self._csv, result.to_csv().encode("utf-8", "surrogateescape"))
        if self._save is not None:
            write_atomic(self._save, _sheet(result, data, worst or TILES))
        if self._matrix is not None:
            write_atomic(self._matrix, _matrix(result))
        if self._calibration is not None:
            from ..reliability import reliability

            drawn = reliability(result.bins, result.calibration, _title(result))
            write_atomic(self._calibration, drawn)


def _writable(flag: str, path: str) -> None:
    folder = Path(path).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise InputError(
            f"{flag} {path}: {folder} cannot be made a folder: {problem.strerror}"
        ) from None
    if not os.access(folder, os.W_OK):
        raise InputError(f"{flag} {path}: {folder} cannot be written to")


def _sheet(result: Validation, data: Labelled, count: int) -> bytes:
    from ..image import open_image
    from ..mistakes import MAX_TILES, Tile, sheet, thumbnail

    sources = {one.path: one.source for one in data.photographs}
    tiles = []
    for one in result.worst(min(count, MAX_TILES)):
        try:
            picture = thumbnail(open_image(sources[one.source]))
        except ImageError:  # gone since it was answered
            picture = thumbnail(None)
        truth, answer = result.names[one.truth], result.names[one.answer]
        tiles.append(Tile(picture, truth, one.truth_probability, answer, one.probability))
    wrong = sum(one.rank > 0 for one in result.scored)
    title = (
        f"{len(tiles)} of {wrong} mistakes, most confident first: the answer, below it the class"
    )
    return sheet(tiles, title, _title(result))


def _matrix(result: Validation) -> bytes:
    from ..confusion import PAIRS, confusion_matrix

    pairs = [
        f"{one.photographs:,}  {result.names[one.truth]}, taken for {result.names[one.answer]}"
        for one in result.confused(PAIRS)
    ]
    return confusion_matrix(result.names, result.matrix, _title(result), pairs)


def _title(result: Validation) -> str:
    right = f"top-1 {100 * result.top1:.1f} %" if len(result) else "nothing was answered"
    return f"{result.cfg} on {result.data}: {right} of {len(result):,}"


# ---- lines


def lines(
    result: Validation, *, per_class: bool, confused: int | None, worst: int | None
) -> Iterator[str]:
    """The scores, and the tables that were asked for."""
    yield str(result)
    if per_class:
        yield from ("", *_classes(result))
    if confused:
        yield from ("", *_confusions(result, confused))
    if worst:
        yield from ("", *_mistakes(result, worst))


def _short(name: str) -> str:
    return printable(name, 28)


def _classes(result: Validation) -> Iterator[str]:
    yield f"{'class':28s} {'n':>6s} {'top-1':>7s} {f'top-{result.top}':>7s}  most often taken for"
    for one in result.per_class:
        shares = f"{100 * one.top1:7.1f} {100 * one.topk:7.1f}"
        mistake = ""
        if one.mistake is not None:
            mistake = f"  {_short(result.names[one.mistake[0]])} ({one.mistake[1]})"
        yield f"{_short(result.names[one.index]):28s} {one.photographs:6d} {shares}{mistake}"


def _confusions(result: Validation, count: int) -> Iterator[str]:
    yield f"{'times':>6s}  {'class':28s}  taken for"
    for pair in result.confused(count):
        truth, answer = _short(result.names[pair.truth]), _short(result.names[pair.answer])
        yield f"{pair.photographs:6d}  {truth:28s}  {answer}"


def _mistakes(result: Validation, count: int) -> Iterator[str]:
    yield f"{'answer':37s}  {'class':37s}  photograph"
    for one in result.worst(count):
        answer, truth = _short(result.names[one.answer]), _short(result.names[one.truth])
        shares = f"{one.probability:8.4f} {answer:28s}  {one.truth_probability:8.4f} {truth:28s}"
        yield f"{shares}  {printable(one.source, 4096)}"
