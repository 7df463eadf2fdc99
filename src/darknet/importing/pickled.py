"""What a pickle would call for, seen before anything reads it.

torch's reader of weights alone lets more through than weights need: ``builtins.bytearray`` called
with a number takes that much memory, and a file of 935 bytes says any number. So the operations
are walked first (https://docs.python.org/3/library/pickletools.html), and whatever names another
thing than a state dict has in it is refused.
"""

from __future__ import annotations

import pickletools
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO

from .entries import fail, twice

__all__ = ["forbidden_in_stream", "forbidden_in_zip"]

_DTYPE = r"bool|b?float[0-9]\w*|u?int[0-9]+|complex[0-9]+"
_ALLOWED = re.compile(
    r"collections (OrderedDict|Counter)"  # Counter: a checkpoint's schedule of learning rates
    r"|torch\._utils _rebuild_\w+"
    rf"|torch(\.cuda)? (?!Untyped|Typed)\w+Storage|torch (Size|{_DTYPE})"
)
_NAMING = ("GLOBAL", "INST")
_OF_THE_STACK = ("STACK_GLOBAL", "EXT1", "EXT2", "EXT4")
_PICKLES = 5
"""Of a file from before torch 1.6: a magic number, versions, sizes, the tensors, storages' keys."""


def forbidden_in_zip(path: str, label: str) -> str | None:
    """The first name in torch's zip file that no state dict has, None where there is none.

    Every member that could be taken for the pickle is walked: readers of zips differ in how they
    compare names, and in which of two they take. WeightsError for names that come twice.
    """
    with zipfile.ZipFile(path) as archive:
        names = [info.filename for info in archive.infolist()]
        again = twice([name.lower() for name in names])
        if again is not None:
            raise fail(label, again, "is there twice")
        pickles = [name for name in names if name.lower().endswith("data.pkl")]
        found = (forbidden_in_stream(archive.read(name), 1) for name in pickles)
        return next((name for name in found if name is not None), None)


def forbidden_in_stream(data: bytes, pickles: int = _PICKLES) -> str | None:
    """The same of pickles one after another, as many as there are up to `pickles`.

    ValueError and the like for damaged ones.
    """
    file = BytesIO(data)
    for _ in range(pickles):
        if file.tell() == len(data):
            return None
        found = next(_forbidden(file), None)
        if found is not None:
            return found
    return None


def _forbidden(file: BytesIO) -> Iterator[str]:
    for operation, argument, _ in pickletools.genops(file):
        if operation.name in _OF_THE_STACK:
            yield operation.name  # which name is not written here; torch knows no such operation
        elif operation.name in _NAMING and not _ALLOWED.fullmatch(str(argument)):
            yield str(argument).replace(" ", ".")
