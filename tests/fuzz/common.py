"""What all targets share: cases, the judgement of an outcome, and how a finding is kept."""

from __future__ import annotations

import json
import os
import re
import shutil
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, ClassVar

import darknet

__all__ = [
    "Case",
    "Content",
    "Finding",
    "Target",
    "Wrong",
    "check_error",
    "check_line",
    "judge",
    "random_of",
]

Content = bytes | int | None
"""A file of a case: its bytes, or the size of one with holes only, or None for a named pipe."""

GIB = 2**30
LONGEST_MESSAGE = 2_000
KEPT_EACH = 3  # reproducers that are kept of one finding
_ROOT = str(Path(darknet.__file__).parent)


class Wrong(Exception):
    """An answer that breaks a promise; the first line says which."""


@dataclass(frozen=True)
class Case:
    """Files by name, and how they are to be used (JSON values only, so that they can be shown)."""

    files: Mapping[str, Content]
    use: Mapping[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Make `folder` hold exactly the case."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, content in self.files.items():
            path = folder / name
            if content is None:
                os.mkfifo(path)
            elif isinstance(content, int):
                with path.open("wb") as file:
                    file.truncate(content)
            else:
                path.write_bytes(content)
        (folder / "use.json").write_text(json.dumps(dict(self.use), indent=1))


class Target:
    """Something that reads files. `run` is called with the case's folder as working directory."""

    name: ClassVar[str]
    memory: ClassVar[int] = 3 * GIB // 2
    """Bytes of address space that the child may have."""

    def make(self, rng: Random) -> Case:
        """A case, the same for the same state of `rng`."""
        raise NotImplementedError

    def run(self, case: Case) -> str:
        """Do what a user would; returns a word for the statistics. DarknetErrors may come out."""
        raise NotImplementedError


@dataclass(frozen=True)
class Finding:
    """What went wrong: its kind and place (equal for equal faults), and all that is known."""

    slug: str
    detail: str

    def save(self, target: str, seed: str, number: int, folder: Path, findings: Path) -> Path:
        """Count it, and keep the case's files for the first few of a kind."""
        kind = findings / f"{target}-{self.slug}"
        kind.mkdir(parents=True, exist_ok=True)
        with (kind / "cases.txt").open("a") as file:
            file.write(f"{number}\n")
        place = kind / f"case-{number}"
        if place.is_dir() or len(list(kind.glob("case-*"))) >= KEPT_EACH:
            return kind
        place.mkdir()
        for path in folder.iterdir():
            if path.is_file() and path.stat().st_blocks < 2**17:  # 64 MiB
                with path.open("rb") as source:
                    (place / path.name).write_bytes(source.read(2**26))
        again = f"python tests/fuzz/run.py --target {target} --seed {seed} --case {number}"
        (place / "finding.txt").write_text(f"{again}\n\n{self.detail}\n", errors="backslashreplace")
        return kind


def random_of(target: str, seed: str, number: int) -> Random:
    """The source of everything random in one case."""
    return Random(f"{target}/{seed}/{number}")


def judge(error: BaseException) -> Finding | None:
    """None for a DarknetError whose message can be printed, else the finding."""
    if isinstance(error, darknet.DarknetError):
        fault = _fault(str(error))
        if not fault:
            return None
        return _finding(f"message-{fault}", error)
    if isinstance(error, Wrong):
        return _finding(f"wrong-{str(error).splitlines()[0]}", error)
    return _finding(type(error).__name__, error)


def check_error(error: darknet.DarknetError) -> None:
    """Raise the error again where its message is a finding."""
    if judge(error) is not None:
        raise error


def check_line(text: str, what: str) -> None:
    """Raise Wrong unless `text` can be printed as one line of moderate length."""
    fault = _fault(text)
    if fault:
        raise Wrong(f"{what} {fault}\n{text[:4000]!a}")


def _fault(message: str) -> str:
    if len(message) > LONGEST_MESSAGE:
        return "too-long"
    if "\n" in message:
        return "newline"
    return "" if message.isprintable() else "unprintable"


def _finding(kind: str, error: BaseException) -> Finding:
    text = "".join(traceback.format_exception(error))
    message = str(error)
    if len(message) > LONGEST_MESSAGE:
        text = text.replace(message, f"{message[:600]} ... ({len(message):,} characters)")
    return Finding(slug(f"{kind}-{_place(error.__traceback__)}"), text[-20_000:])


def slug(text: str) -> str:
    """A file name from a description."""
    return re.sub(r"[^\w.]+", "-", text, flags=re.ASCII).strip("-")[:120]


def _place(trace: TracebackType | None) -> str:
    """module.function.line of the deepest frame that is the package's own."""
    own = [f for f in traceback.extract_tb(trace) if f.filename.startswith(_ROOT)]
    if not own:
        return "outside"
    return f"{Path(own[-1].filename).parent.name}.{Path(own[-1].filename).stem}.{own[-1].name}"
