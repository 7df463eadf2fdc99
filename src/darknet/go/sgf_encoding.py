"""The encodings of SGF files: which one a file is in, and its bytes as a parser can take them.

SGF is parsed byte by byte, with a backslash and a bracket as signs. That is right for UTF-8 and for
encodings of one byte a letter, and wrong for those of East Asia, in which the second byte of a
letter may be either: they are turned into UTF-8 first. So is UTF-16, which a byte order mark tells.

What a file says in CA is believed where it is an encoding in use. Without CA, and with one that is
not known, a file that is UTF-8 is that, and any other is ISO-8859-1, SGF's own default, which
gives some letter for every byte. Bytes that are wrong in their encoding are kept as they are, and
shown as a replacement sign.
"""

from __future__ import annotations

import codecs
import re

from ..errors import InputError, RecordError, printable

__all__ = ["DEFAULT", "as_parsed", "known_encoding"]

DEFAULT = "ISO-8859-1"
_HEAD = 65_536  # bytes in which CA is looked for
_DECLARED = re.compile(rb"(?<![A-Za-z])CA\s*\[\s*([\w.:+-]{1,40})\s*\]", re.ASCII)
_TWO_BYTES = frozenset((
    "gb2312", "gbk", "gb18030", "big5", "big5hkscs", "cp950",
    "shift_jis", "cp932", "shift_jis_2004", "shift_jisx0213",
    "euc_jp", "euc_jis_2004", "euc_jisx0213", "euc_kr", "cp949", "johab",
))  # fmt: skip
_ONE_BYTE = re.compile(r"ascii|iso8859-\d+|cp125\d|cp8\d\d|koi8-[rtu]|mac-\w+|tis-620")


def known_encoding(name: str) -> str | None:
    """Python's name of an encoding that SGF files are in; None for anything else."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return None
    is_known = found in ("utf-8", *_TWO_BYTES) or _ONE_BYTE.fullmatch(found)
    return found if is_known else None


def as_parsed(data: bytes, label: str, encoding: str | None) -> tuple[bytes, str]:
    """The bytes to parse, and the encoding that they are in.

    `encoding` is what the caller knows better than the file. Raises InputError where that is none
    in use, RecordError for a broken UTF-16.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16").encode(), "UTF-8"
        except UnicodeError as problem:
            raise RecordError(f"{label}: broken UTF-16: {printable(str(problem), 80)}") from None
    codec = _chosen(data, encoding)
    if codec in _TWO_BYTES:
        text = data.decode(codec, "surrogateescape")
        return text.encode("utf-8", "surrogateescape"), "UTF-8"
    if codec is None:
        codec = "utf-8" if _is_utf8(data) else DEFAULT
    return data, codec.upper().replace("ISO8859", "ISO-8859")


def _chosen(data: bytes, encoding: str | None) -> str | None:
    if encoding is not None:
        codec = known_encoding(encoding)
        if codec is None:
            raise InputError(
                f"{printable(encoding)} is no encoding of SGF files: expected UTF-8 ..."
            )
        return codec
    declared = _DECLARED.search(data[:_HEAD])
    return known_encoding(declared[1].decode("ascii")) if declared else None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not data.isascii()  # of ASCII alone nothing follows, and nothing need be said in CA
