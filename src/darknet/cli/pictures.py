"""Where ``--save`` puts its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..files import identity, refuse_inputs, write_atomic
from ..image import open_image
from ..picture import with_bars
from .targets import check_ending

if TYPE_CHECKING:
    from ..archive import Encoded
    from ..tasks.classify import Classification

__all__ = ["Pictures"]


class Pictures:
    """Draws answers into one PNG, or for several photographs into a folder, one PNG each.

    `stdin` is the photograph that came on standard input, if one did.
    """

    def __init__(
        self, target: str, several: bool, sources: Sequence[str], stdin: Encoded | None = None
    ) -> None:
        self._stdin = stdin
        self._inputs = {identity(source): source for source in sources}
        self._target = Path(target)
        self._folder = bool(target) and (self._target.is_dir() or several)
        self._taken: set[str] = set()
        is_picture = self._target.suffix.lower() == ".png"
        if not target or (several and is_picture and not self._target.is_dir()):
            raise InputError(f"--save {target}: expected a folder, for several photographs")
        if not self._folder:
            check_ending("--save", target, ".png", instead=", or a folder")
        folder = self._target if self._folder else self._target.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise InputError(
                f"--save {target}: {folder} cannot be made a folder: {problem.strerror}"
            ) from None

    def save(self, answer: Classification, count: int) -> None:
        """Draw one answer; InputError when that cannot be written, or would replace an input."""
        from_stdin = self._stdin is not None and answer.source == self._stdin.label
        name = "photograph" if from_stdin else Path(answer.source).stem
        target = self._target / self._free(name) if self._folder else self._target
        if not from_stdin:  # paths that are typed are not known before
            self._inputs[identity(answer.source)] = answer.source
        read = self._inputs.get(identity(target))  # one of them: there may be a million
        refuse_inputs(target, () if read is None else (read,), "--save elsewhere")
        photograph = self._stdin if from_stdin and self._stdin is not None else answer.source
        picture = with_bars(open_image(photograph), answer.top(count))
        write_atomic(target, picture)

    def _free(self, stem: str) -> str:
        """dog.png for a dog.jpg, and dog-2.png for the dog.jpg of another folder."""
        name, number = f"{stem}.png", 2
        while name.casefold() in self._taken:
            name, number = f"{stem}-{number}.png", number + 1
        self._taken.add(name.casefold())
        return name
