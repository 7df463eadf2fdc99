"""Games that were not saved when one left, or began another: kept in a folder, the last few.

The folder is the platform's for the state of programs (~/.local/state/darknet/go on Linux). A file
has the time (UTC) in its name; the oldest go when there are more than `MOST`.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ..records import Record

__all__ = ["MOST", "Kept"]

MOST = 20
_PATTERN = "go-*.sgf"


class Kept:
    """The folder. It need not exist until a game is kept."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    @classmethod
    def default(cls) -> Kept:
        """The folder of whoever runs this."""
        from platformdirs import user_state_path

        return cls(user_state_path("darknet") / "go")

    def keep(self, record: Record) -> Path:
        """Write a game; its file. InputError where it cannot be written."""
        with suppress(OSError):  # where it is not there, writing says why
            self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"go-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}Z.sgf"
        record.write(path)
        for old in self._games()[:-MOST]:
            with suppress(OSError):
                old.unlink()
        return path

    def newest(self) -> Path | None:
        """The game that was kept last; None where there is none."""
        games = self._games()
        return games[-1] if games else None

    def _games(self) -> list[Path]:
        return sorted(self.folder.glob(_PATTERN))
