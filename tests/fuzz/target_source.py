"""Target `source`: data sets as archives, lists, manifests and quarantine lists."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
from contextlib import suppress
from random import Random

from common import Case, Content, Target, Wrong, check_error, check_line
from values import extreme, extreme_integer, garble, junk_text, name_of_file, splice

import darknet
from darknet.class_names import class_names, parts_in
from darknet.data_check import DataCheck
from darknet.image import open_image
from darknet.labelled import survey
from darknet.names import Numbered
from darknet.quarantine import Quarantine

__all__ = ["SourceTarget"]

NAMES = ("cat", "dog", "school bus", "train", "1")
FOLDERS = ("cat", "dog", "school_bus", "wolf", "1", "07", "train", "cat/dog", "n01440764", "")
STARTS = ("", "", "", "train/", "valid/", "test/", "val/", "./", "../", "/", "data/train/", "a/b/")
TYPES = (b"0", b"0", b"\0", b"1", b"2", b"3", b"5", b"6", b"7", b"S", b"L", b"K", b"x", b"g", b"V")
PIXEL = b"P6 1 1 255\n\x01\x02\x03"
PACKINGS = (bytes, bytes, bytes, gzip.compress, bz2.compress, lzma.compress)
WORDS = ("cat", "dog", "wolf", "0", "1", "5", "-1", "school bus", "tench", "n01440764", "")
SPLITS = ("train", "valid", "Test", "val", "x", "")
COLUMNS = (
    "file",
    "class",
    "split",
    "wnid",
    "name",
    "darknet_index",
    "sorted_index",
    "label",
    "path",
)


class SourceTarget(Target):
    """Everything that is asked of a data set before a network learns from it."""

    name = "source"

    def make(self, rng: Random) -> Case:
        kind = rng.choice(("tar", "tar", "tar", "list", "manifest"))
        if kind == "tar":
            name, data = name_of_file(rng, rng.choice((".tar", ".tar.gz", ".bin"))), _tar(rng)
        elif kind == "list":
            name, data = name_of_file(rng, ".list"), _lines(rng, _row_of_list)
        else:
            name, data = name_of_file(rng, rng.choice((".tsv", ".csv"))), _manifest(rng)
        if rng.random() < 0.2:
            data = garble(data, rng)
        files: dict[str, Content] = {
            name: data,
            "photo.ppm": PIXEL,
            "q.tsv": _quarantine(rng, name),
        }
        use = {
            "source": name,
            "part": rng.choice(("train", "valid")),
            "names": rng.random() < 0.7,
            "quarantine": rng.random() < 0.3,
        }
        return Case(files, use)

    def run(self, case: Case) -> str:
        use = case.use
        source, names = use["source"], NAMES if use["names"] else Numbered(5)
        words = "unread"
        with suppress_checked():
            found = class_names(source)
            if not found or list(found) != sorted(set(found), key=found.index):
                raise Wrong("class names that are there twice")
            parts_in(source)
            words = "named"
        quarantine = Quarantine.read("q.tsv") if use["quarantine"] else None
        looked = survey(source, names, use["part"], quarantine)
        for fault in looked.faults:
            check_line(str(darknet.InputError(f"{fault.where}: {fault.reason}")), "a fault")
        for one in looked.labelled.photographs[:20]:
            if not 0 <= one.index < 5:
                raise Wrong("a class that is none")
            with suppress_checked():
                open_image(one.source)
        if len(looked.labelled) < 100:
            words = self._check(source, names)
        with suppress_checked():
            looked.checked()
        return words

    def _check(self, source: str, names: object) -> str:
        looked = DataCheck(source, names, ())  # type: ignore[arg-type]
        for _ in looked.run(1):
            pass
        report = looked.result()
        for line in report.lines():
            if line:
                check_line(line, "a line")
        json.dumps(report.to_dict())
        report.quarantine("found.tsv").write()
        again = Quarantine.read("found.tsv")
        if len(again.entries) != len(report.problems):
            raise Wrong("a quarantine that is not read as it was written")
        return "checked"


class suppress_checked(suppress):
    """DarknetErrors are well, where their message is."""

    def __init__(self) -> None:
        super().__init__(darknet.DarknetError)

    def __exit__(self, kind, error, trace):  # type: ignore[no-untyped-def]
        if isinstance(error, darknet.DarknetError):
            check_error(error)
        return super().__exit__(kind, error, trace)


def _member_name(rng: Random) -> str:
    if rng.random() < 0.1:
        return junk_text(rng)[:300].replace("\0", "")
    ending = rng.choice((".jpg", ".ppm", ".PNG", ".txt", "", ".jpg/"))
    return f"{rng.choice(STARTS)}{rng.choice(FOLDERS)}/{rng.randrange(9)}{ending}"


def _tar(rng: Random) -> bytes:
    out = io.BytesIO()
    form = rng.choice((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
    with tarfile.open(fileobj=out, mode="w", format=form, errors="surrogateescape") as opened:
        for _ in range(rng.choice((0, 1, 2, 5, 20))):
            member = tarfile.TarInfo(_member_name(rng))
            data = rng.choice((PIXEL, PIXEL, b"", rng.randbytes(700)))
            member.size = len(data)
            if rng.random() < 0.1:
                member.pax_headers = {rng.choice(("path", "size", "GNU.sparse.map")): extreme(rng)}
            with suppress(ValueError, UnicodeError):
                opened.addfile(member, io.BytesIO(data))
    data = bytearray(out.getvalue())
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        _odd_header(data, rng)
    packed = rng.choice(PACKINGS)(bytes(data))
    if rng.random() < 0.1:
        return splice(packed, rng.choice(PACKINGS)(bytes(data)), rng)
    return packed[: rng.randrange(len(packed))] if rng.random() < 0.1 else packed


def _odd_header(data: bytearray, rng: Random) -> None:
    """A header with another size or type, whose sum is right."""
    at = 512 * rng.randrange(max(1, min(len(data) // 512, 12)))
    block = data[at : at + 512]
    if rng.random() < 0.5:
        block[156:157] = rng.choice(TYPES)
    else:
        number = extreme_integer(rng)
        octal = b"%011o\0" % (abs(number) % 8**11)
        block[124:136] = rng.choice((octal, b"\x80" + (number % 2**88).to_bytes(11, "big")))
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    data[at : at + 512] = block


def _lines(rng: Random, row) -> bytes:  # type: ignore[no-untyped-def]
    rows = [row(rng) for _ in range(rng.choice((0, 1, 2, 5, 30)))]
    return rng.choice(("\n", "\n", "\r\n")).join(rows).encode("utf-8", "surrogatepass")


def _row_of_list(rng: Random) -> str:
    path = rng.choice((_member_name(rng), "photo.ppm", "./photo.ppm", junk_text(rng)))
    return rng.choice((path, f"{path} {rng.choice(WORDS)}", f"{path}\t{extreme(rng)}"))


def _manifest(rng: Random) -> bytes:
    columns = [rng.choice(COLUMNS) for _ in range(rng.randint(1, 4))]
    if rng.random() < 0.7:
        columns = ["file", "class", *columns]

    def row(rng: Random) -> str:
        cells = ["photo.ppm" if c in ("file", "path") else rng.choice(SPLITS if c == "split" else
                 WORDS) for c in columns]  # fmt: skip
        if rng.random() < 0.2:
            cells[rng.randrange(len(cells))] = rng.choice((extreme(rng), junk_text(rng)))
        return "\t".join(cells)

    return "\t".join(columns).encode() + b"\n" + _lines(rng, row)


def _quarantine(rng: Random, source: str) -> bytes:
    if rng.random() < 0.2:
        return junk_text(rng).encode("utf-8", "surrogatepass")
    rows = ["path\treason\twhere\tline\tpart"]
    for _ in range(rng.randrange(4)):
        path = rng.choice((f"{source}/{_member_name(rng)}", "photo.ppm", junk_text(rng)))
        line = rng.choice(("", "", "1", "2", extreme(rng)))
        rows.append("\t".join((path, "why", "", line, rng.choice(("", "train", "x")))))
    return "\n".join(rows).encode("utf-8", "surrogatepass")
