"""Where ``--save`` puts its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..files import write_atomic
from ..image import open_image
from ..picture import with_bars

if TYPE_CHECKING:
    from ..tasks.classify import Classification

__all__ = ["Pictures"]


class Pictures:
    """Draws answers into one PNG, or for several photographs into a folder, one PNG each.

    An answer without a source is the photograph whose bytes are `stdin`.
    """

    def __init__(self, target: str, several: bool, stdin: bytes) -> None:
        self._stdin = stdin
        self._target = Path(target)
        self._folder = several or self._target.is_dir()
        self._taken: set[str] = set()
        if self._folder:
            try:
                self._target.mkdir(parents=True, exist_ok=True)
            except OSError as problem:
                raise InputError(
                    f"--save {target}: cannot be made a folder: {problem.strerror} "
                    "(several photographs need one)"
                ) from None
        elif self._target.suffix.lower() != ".png":
            raise InputError(f"--save {target}: expected a name that ends in .png, or a folder")

    def save(self, answer: Classification, count: int) -> None:
        """Draw one answer; InputError when the file cannot be written."""
        picture = with_bars(open_image(answer.source or self._stdin), answer.top(count))
        write_atomic(
            self._target / self._name(answer.source) if self._folder else self._target, picture
        )

    def _name(self, source: str) -> str:
        """dog.jpg -> dog.png, and dog-2.png for the dog.jpg of another folder."""
        stem = Path(source).stem or "photograph"
        name, number = f"{stem}.png", 2
        while name in self._taken:
            name, number = f"{stem}-{number}.png", number + 1
        self._taken.add(name)
        return name
