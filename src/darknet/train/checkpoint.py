"""Where a run is kept: files that appear whole, and the state that it goes on from.

NAME.checkpoint    everything --resume needs, to the bit (torch's format)
NAME.backup        the newest weights, as C writes them
NAME_best.weights  those that were best in validation
NAME.weights       the last
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout

from ..errors import InputError, printable

__all__ = ["Folder", "State", "load_state", "save_state"]

FORMAT = 1


@dataclass(frozen=True)
class State:
    """A run after `batch` batches.

    module, optimizer, average: state dictionaries of torch (`average` None without one). loss: the
    running average. best: batch and top-1 of the best validation, or None. settings: what the run
    was started with, which must not change.
    """

    batch: int
    module: Mapping[str, Any]
    optimizer: Mapping[str, Any]
    average: Mapping[str, Any] | None
    loss: float | None
    best: tuple[int, float] | None
    settings: Mapping[str, str]


def save_state(path: Path, state: State) -> None:
    """Write a checkpoint that appears whole or not at all; InputError when it cannot be written."""
    content = {
        "format": FORMAT,
        "batch": state.batch,
        "module": dict(state.module),
        "optimizer": dict(state.optimizer),
        "average": None if state.average is None else dict(state.average),
        "loss": state.loss,
        "best": None if state.best is None else list(state.best),
        "settings": dict(state.settings),
    }
    written = io.BytesIO()  # torch's own message about a full disk is not for people
    torch.save(content, written)
    replace_file(path, written.getbuffer())


def load_state(path: Path) -> State:
    """Read a checkpoint; InputError when there is none, or it is something else."""
    label = printable(str(path), 200)
    if not path.is_file():
        raise InputError(f"{label}: no checkpoint there; without --resume a run starts anew")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        if content["format"] != FORMAT:
            raise InputError(f"{label}: format {content['format']}; this version reads {FORMAT}")
        best = content["best"]
        return State(
            batch=int(content["batch"]),
            module=content["module"],
            optimizer=content["optimizer"],
            average=content["average"],
            loss=content["loss"],
            best=None if best is None else (int(best[0]), float(best[1])),
            settings=content["settings"],
        )
    except InputError:
        raise
    except Exception as problem:  # torch raises nearly anything on a broken file
        reason = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
        raise InputError(f"{label}: no checkpoint, or damaged: {printable(reason, 120)}") from None


def replace_file(path: Path, data: bytes | memoryview) -> None:
    """Write beside `path`, and take its place at the end.

    The part has a fixed name, so that what a killed run leaves is overwritten by the next; a lock
    (`Folder`) keeps two runs apart. Raises InputError when it cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        try:
            with open(part, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as problem:
        where = printable(str(path), 200)
        raise InputError(f"{where}: cannot be written: {problem.strerror or problem}") from None


class Folder:
    """The folder of a run: made, tried, and held by one run at a time.

    Raises InputError when it cannot be written to, or another run has it.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        label = printable(str(path), 200)
        if path.is_file():
            raise InputError(f"{label}: is a file; expected a folder to write to")
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise InputError(f"{label}: cannot be made: {problem.strerror}") from None
        self._lock = FileLock(self.file(".lock"))
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise InputError(
                f"{label}: another run called {printable(name)} writes here; wait for it, or give "
                "--backup another folder"
            ) from None
        except OSError as problem:
            raise InputError(f"{label}: cannot be written to: {problem.strerror}") from None
        trial = self.file(".trial")
        try:
            replace_file(trial, bytes(4096))
            trial.unlink(missing_ok=True)
        except InputError:
            self._lock.release()
            raise

    def file(self, suffix: str) -> Path:
        """A file of the run: NAME and the suffix."""
        return self.path / f"{self.name}{suffix}"

    def close(self) -> None:
        """Let others have it."""
        self._lock.release()
