"""DarkGo's own training records: a position and the move that followed, 94 bytes each.

| byte | what |
| --- | --- |
| 0 | the move's row, 0 at the top |
| 1 | the move's column; a row or a column of 19 or more is a pass (19, 19 is written) |
| 2..92 | two bits a point, row by row, four points a byte from the lowest bits on: own, other |
| 93 | a newline, 10 |

*Own* are the stones of who is to move. A position has neither colours nor history: it is DarkGo's
input, one plane with 1 for own, -1 for other and 0. The last six bits of byte 92 are not used.
Among the 91 bytes there may be a 10 too: records are counted off, not split at newlines.

The C program reads on whatever is wrong. Here a record without its newline, a point that is both
own and other, used bits beyond the board, and a last record that is cut off are refused.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import InputError, RecordError, printable
from ..files import open_file, read_bytes, write_atomic
from ..system import available_bytes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["POINTS", "RECORD", "Samples", "read_classic", "samples_of", "write_classic"]

SIZE = 19
POINTS = SIZE * SIZE
RECORD = 94
"""Bytes of a record."""
WHAT = "DarkGo's records of 94 bytes"
_PACKED = slice(2, 93)
_PLACES = 91 * 4  # for points; the last three are beyond the board
_NEWLINE = 10
_SHARE = 32  # of the free memory: a record's bits are 1,500 bytes for a while, then 360 stay


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Positions and the moves that followed, as DarkGo's network sees them.

    `positions`: (n, 19, 19) int8, 1 own, -1 other, 0 empty, row 0 at the top. `moves`: (n,) int16,
    row * 19 + column, or 361 for a pass.
    """

    positions: NDArray[np.int8]
    moves: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.moves)

    def first(self, count: int) -> Samples:
        """So many of them."""
        return Samples(self.positions[:count], self.moves[:count])

    def to_bytes(self) -> bytes:
        """The records; InputError for arrays of other shapes or values."""
        import numpy as np

        _check(self)
        count = len(self)
        records = np.zeros((count, RECORD), dtype=np.uint8)
        rows, columns = np.divmod(self.moves.astype(np.int64), SIZE)
        is_pass = self.moves == POINTS
        records[:, 0] = np.where(is_pass, SIZE, rows)
        records[:, 1] = np.where(is_pass, SIZE, columns)
        bits = np.zeros((count, _PLACES, 2), dtype=np.uint8)
        flat = self.positions.reshape(count, POINTS)
        bits[:, :POINTS, 0] = flat == 1
        bits[:, :POINTS, 1] = flat == -1
        records[:, _PACKED] = np.packbits(
            bits.reshape(count, 2 * _PLACES), axis=1, bitorder="little"
        )
        records[:, -1] = _NEWLINE
        return records.tobytes()


def _check(samples: Samples) -> None:

    shape, count = samples.positions.shape, len(samples.moves)
    if shape != (count, SIZE, SIZE) or samples.moves.ndim != 1:
        raise InputError(f"positions {shape} for {count} moves: expected ({count}, 19, 19)")
    if samples.positions.min(initial=0) < -1 or samples.positions.max(initial=0) > 1:
        raise InputError("positions have values other than 1 (own), -1 (other) and 0")
    low, high = samples.moves.min(initial=0), samples.moves.max(initial=0)
    if low < 0 or high > POINTS:
        raise InputError(f"moves from {low} to {high}: expected 0 to 360, or 361 for a pass")


def read_classic(path: str | os.PathLike[str]) -> Samples:
    """The records of a file; RecordError, with the byte, for what is none."""
    limit = available_bytes() // _SHARE
    with open_file(path, WHAT, RecordError) as file:
        size = os.fstat(file.fileno()).st_size
    if size > limit:
        label = printable(os.fspath(path), 200)
        raise RecordError(
            f"{label}: {size:,} bytes, and {limit:,} can be read with the memory that is free:"
            " split it (94 bytes a record)"
        )
    data = read_bytes(path, size, WHAT, RecordError)
    return samples_of(data, os.fspath(path))


def samples_of(data: bytes, label: str = "<bytes>") -> Samples:
    """The records of bytes; RecordError, with `label` and the byte, for what is none."""
    import numpy as np

    label = printable(label, 200)
    if len(data) % RECORD:
        whole = len(data) // RECORD
        raise RecordError(
            f"{label}: {len(data):,} bytes, no multiple of {RECORD}: {whole:,} records and"
            f" {len(data) % RECORD} bytes more; expected {WHAT}"
        )
    records = np.frombuffer(data, dtype=np.uint8).reshape(-1, RECORD)
    _refuse(records[:, -1:] != _NEWLINE, RECORD - 1, "does not end in a newline", label)
    bits = np.unpackbits(records[:, _PACKED], axis=1, bitorder="little")
    own, other = bits[:, 0::2], bits[:, 1::2]
    _refuse((own & other) != 0, None, "has a point that is both own and other", label)
    _refuse((own | other)[:, POINTS:] != 0, RECORD - 2, "uses bits beyond the board", label)
    board = own[:, :POINTS].astype(np.int8) - other[:, :POINTS].astype(np.int8)
    row, column = records[:, 0].astype(np.int16), records[:, 1].astype(np.int16)
    is_pass = (row >= SIZE) | (column >= SIZE)
    moves = np.where(is_pass, POINTS, row * SIZE + column).astype(np.int16)
    return Samples(board.reshape(-1, SIZE, SIZE), moves)


def _refuse(wrong: NDArray[np.bool_], byte: int | None, what: str, label: str) -> None:
    """RecordError for the first record with something wrong; None: four points a byte from 2 on."""
    import numpy as np

    if wrong.any():
        record, place = (int(index) for index in np.argwhere(wrong)[0])
        at = record * RECORD + (2 + place // 4 if byte is None else byte)
        raise RecordError(f"{label}: byte {at:,}: record {record + 1:,} {what}; expected {WHAT}")


def write_classic(path: str | os.PathLike[str], samples: Samples) -> None:
    """Write the records; the file appears whole or not at all. InputError as `Samples.to_bytes`."""
    write_atomic(path, samples.to_bytes())
