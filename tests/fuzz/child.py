"""The child: cases of one target, one after the other, under limits on memory."""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import signal
import time
import traceback
from collections import Counter
from pathlib import Path

from common import Target, judge, random_of

__all__ = ["MEMORY", "NAMES", "Child"]

MEMORY = ("MemoryError", "bad_alloc", "std::bad_alloc")
NAMES = ("cfg", "weights", "data", "names", "image", "import", "source", "go")


def target_of(name: str) -> Target:
    """The target called `name`; only its own module is imported."""
    if name == "cfg":
        from target_cfg import CfgTarget as Found
    elif name == "weights":
        from target_weights import WeightsTarget as Found  # type: ignore[assignment]
    elif name == "image":
        from target_image import ImageTarget as Found  # type: ignore[assignment]
    elif name == "import":
        from target_import import ImportTarget as Found  # type: ignore[assignment]
    elif name == "source":
        from target_source import SourceTarget as Found  # type: ignore[assignment]
    elif name == "go":
        from target_go import GoTarget as Found  # type: ignore[assignment]
    elif name == "data":
        from target_text import DataTarget as Found  # type: ignore[assignment]
    else:
        from target_text import NamesTarget as Found  # type: ignore[assignment]
    return Found()


class Child:
    """Runs cases from `start` on; what it is at stands in files that outlive it.

    work/current: number and stage of the case. work/case: its files. work/report.json: the
    statistics so far, the next number, and the findings.
    """

    def __init__(self, target: str, seed: str, work: Path, findings: Path) -> None:
        self._seed, self._work, self._findings = seed, work, findings
        self._current = os.open(work / "current", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self._outcomes: Counter[str] = Counter()
        self._found: list[str] = []
        self._out_of_memory = False
        stack = os.open(work / "stack", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        faulthandler.enable(stack)
        faulthandler.register(signal.SIGUSR1, stack, all_threads=True)
        self._name = target
        self._target = target_of(target)
        resource.setrlimit(resource.RLIMIT_AS, (self._target.memory,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def run(self, start: int, stop: int, seconds: float) -> None:
        """Cases until `stop`, until the time is over, or until memory ran out (see MEMORY)."""
        end = time.monotonic() + seconds
        reported, known, number = 0.0, 0, start
        while number < stop and not self._out_of_memory:
            try:
                self._one(number)
            except MemoryError:  # left over from the cases before: a fresh child makes this one
                self._out_of_memory = True
                if number > start:
                    break
            number += 1
            now = time.monotonic()
            if now > end:
                break
            if now > reported + 1 or len(self._found) > known:
                known = len(self._found)
                self._report(number)
                reported = now
        self._at(number, "end")
        self._report(number)

    def _at(self, number: int, stage: str) -> None:
        os.pwrite(self._current, f"{number} {stage:4s}\n".encode(), 0)

    def _one(self, number: int) -> None:
        self._at(number, "make")
        folder = self._work / "case"
        case = self._target.make(random_of(self._name, self._seed, number))
        case.write(folder)
        os.chdir(folder)
        self._at(number, "run")
        try:
            outcome = self._target.run(case)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            outcome = type(error).__name__
            if isinstance(error.__context__, MemoryError):
                outcome += " for a MemoryError"  # refused, but only after memory had run out
            traceback.clear_frames(error.__traceback__)  # what they hold may be all the memory
            found = judge(error)
            if found is not None:
                outcome = f"! {found.slug}"
                kind = found.save(self._name, self._seed, number, folder, self._findings)
                self._found.append(f"{number} {kind.name}")
                self._out_of_memory = any(word in found.detail for word in MEMORY)
        self._outcomes[outcome] += 1

    def _report(self, number: int) -> None:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        report = {"next": number, "outcomes": self._outcomes, "found": self._found, "peak": peak}
        path = self._work / "report.json"
        path.with_suffix(".new").write_text(json.dumps(report))
        path.with_suffix(".new").replace(path)
